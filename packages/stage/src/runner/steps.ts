/**
 * The steps of a job, one after the other: whether each runs, with what, and what it comes to.
 * Composite actions are lists of steps in a frame of their own (docs.github.com, "Workflow syntax",
 * "Contexts", "Metadata syntax").
 */
import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { type Scope, stepStatus } from "../workflow/expression.ts";
import type {
  ActionFile,
  CompositeRuns,
  Condition,
  JavaScriptRuns,
  Json,
  JsonObject,
  RunStep,
  Step,
  Template,
  UsesStep,
} from "../workflow/model.ts";
import type { StepDefaults } from "../workflow/settings.ts";
import {
  evaluateCondition,
  evaluateFlag,
  evaluateMapping,
  evaluateNumber,
  evaluateText,
} from "../workflow/template.ts";
import { type Action, findAction, type FoundAction, isKnownAhead } from "./actions.ts";
import { inputVariable } from "./github-context.ts";
import { type JobSession, type Origin, StepLog } from "./job-session.ts";
import type { Conclusion, StepInfo } from "./observer.ts";
import { runProcess } from "./run-process.ts";
import { formatShell, parseShell, shellArguments } from "./shells.ts";
import { refusedInputs, type StandIn, type StandInCall } from "./stand-ins.ts";

type Texts = Readonly<Record<string, string>>;

/** A list of steps and what only they see: the job's own, or those of a composite action. */
interface Frame {
  /** What goes over the job's contexts: `steps`, and an action's `inputs`. */
  readonly own: Readonly<Record<string, Json>>;
  readonly results: Record<string, JsonObject>;
  /** Over the `github` context: `action_path`, `action_repository`, `action_ref`. */
  readonly github: JsonObject;
  /** `env` of the steps that called. */
  readonly env: Texts;
  readonly origin: Origin;
  readonly defaults: StepDefaults | undefined;
  readonly isComposite: boolean;
  /** Actions around this one. */
  readonly depth: number;
  /** `success()` inside of an action is about the action's own steps. */
  hasFailed: boolean;
}

interface StepOutcome {
  readonly outcome: Conclusion;
  readonly outputs: Texts;
}

/** What has to be done when the job's own steps are over, the last first. */
interface PostStep {
  readonly name: string;
  readonly condition: Condition | undefined;
  readonly scope: (env: Texts) => Scope;
  run(log: StepLog, signal: AbortSignal): Promise<Conclusion>;
}

/** An action of a step that is prepared once and run in up to three stages. */
interface Instance {
  readonly action: Action;
  readonly state: Record<string, string>;
  /** Planned by pre or main; main knows better what it is to be given. */
  post: PostStep | undefined;
}

/** A signal for one step: its time, the run's end, or a cancelling its condition does not survive. */
interface StepLimit extends Disposable {
  readonly signal: AbortSignal;
  readonly timedOut: boolean;
}

/** The default of `timeout-minutes` of a step is the job's. */
const NO_TIMEOUT = 0;

/** Constants.CompositeActionsMaxDepth of the runner. */
const MAX_DEPTH = 9;

const SUCCESS: StepOutcome = { outcome: "success", outputs: {} };

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0]?.trim() ?? "";
}

function environmentLines(env: Texts): readonly string[] {
  const entries = Object.entries(env);
  return entries.length === 0
    ? []
    : ["env:", ...entries.map(([name, value]) => `  ${name}: ${value}`)];
}

/** Runs the steps of one job. */
export class StepRunner {
  readonly #session: JobSession;
  readonly #frame: Frame;
  readonly #posts: Instance[] = [];
  readonly #instances = new Map<Step, Instance>();

  constructor(session: JobSession, defaults: StepDefaults | undefined) {
    this.#session = session;
    const results: Record<string, JsonObject> = {};
    this.#frame = {
      own: { steps: results },
      results,
      github: {},
      env: {},
      origin: session.settings.origin,
      defaults,
      isComposite: false,
      depth: 0,
      hasFailed: false,
    };
  }

  /** What the job's outputs are evaluated with. */
  get scope(): Scope {
    return this.#scopeOf(this.#frame, undefined, {});
  }

  /** Unpacks actions, and runs the pre steps of those that have one. */
  async prepare(log: StepLog, steps: readonly Step[]): Promise<readonly PreStep[]> {
    return this.#collectPre(log, this.#frame, steps, new Set());
  }

  async runSteps(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      if (this.#session.isAborted) return;
      await this.#runTopStep(step);
    }
  }

  async runPre(pres: readonly PreStep[]): Promise<void> {
    for (const pre of pres) {
      if (this.#session.isAborted) return;
      await this.#runExtra(pre);
    }
  }

  /** The last action that started is the first to clean up. */
  async runPosts(): Promise<void> {
    for (const { post } of this.#posts.toReversed()) {
      if (this.#session.isAborted) return;
      if (post !== undefined) await this.#runExtra(post);
    }
  }

  #scopeOf(frame: Frame, step: Step | undefined, env: Texts): Scope {
    const github = {
      ...frame.github,
      ...(step === undefined ? {} : { action: step.contextName }),
    };
    const scope = this.#session.scope(frame.own, github, { ...frame.env, ...env });
    if (!frame.isComposite) return scope;
    const status =
      this.#session.status === "cancelled" ? "cancelled" : frame.hasFailed ? "failure" : "success";
    return { ...scope, status: stepStatus(status) };
  }

  /** A step that an action brings with it: its pre or its post. */
  async #runExtra(extra: PostStep): Promise<void> {
    const session = this.#session;
    const info = session.nextStep(extra.name);
    const log = new StepLog(session, info);
    this.#begin(info);
    let conclusion: Conclusion = "failure";
    try {
      const holds =
        extra.condition === undefined || evaluateCondition(extra.condition, extra.scope({}));
      using limit = this.#limit(NO_TIMEOUT, () => holds);
      conclusion = holds ? await extra.run(log, limit.signal) : "skipped";
    } catch (error) {
      log.error(messageOf(error));
    }
    if (conclusion === "failure") session.fail();
    this.#finish(info, conclusion, conclusion, log.summary);
  }

  #begin(step: StepInfo): void {
    const { observer, info: job } = this.#session.settings;
    observer({ kind: "step-started", at: new Date(), job, step });
  }

  #finish(step: StepInfo, outcome: Conclusion, conclusion: Conclusion, summary: string): void {
    const { observer, info: job } = this.#session.settings;
    observer({ kind: "step-finished", at: new Date(), job, step, outcome, conclusion, summary });
  }

  #limit(minutes: number, survivesCancelling: () => boolean): StepLimit {
    const { minuteMs, cancelled, aborted } = this.#session.settings;
    const controller = new AbortController();
    let timedOut = false;
    const timer =
      minutes > 0
        ? setTimeout(() => {
            timedOut = true;
            controller.abort();
          }, minutes * minuteMs)
        : undefined;
    const onCancelled = (): void => {
      // "The server re-evaluates the condition of what is running": always() goes on.
      if (!survivesCancelling()) controller.abort();
    };
    const onAborted = (): void => {
      controller.abort();
    };
    // A step that starts after the cancelling has had its condition evaluated with it.
    cancelled.addEventListener("abort", onCancelled);
    aborted.addEventListener("abort", onAborted);
    if (aborted.aborted) onAborted();
    return {
      signal: controller.signal,
      get timedOut() {
        return timedOut;
      },
      [Symbol.dispose]() {
        clearTimeout(timer);
        cancelled.removeEventListener("abort", onCancelled);
        aborted.removeEventListener("abort", onAborted);
      },
    };
  }

  /** A name is for people: what is wrong with it shows when the step runs. */
  #nameOf(step: Step, scope: Scope): string {
    const textOf = (template: Template): string => {
      try {
        return evaluateText(template, scope);
      } catch {
        return typeof template.value === "string" ? template.value : step.contextName;
      }
    };
    if (step.name !== undefined) return textOf(step.name);
    return step.kind === "uses" ? `Run ${step.uses}` : `Run ${firstLine(textOf(step.run))}`;
  }

  async #runTopStep(step: Step): Promise<void> {
    const session = this.#session;
    const info = session.nextStep(this.#nameOf(step, this.#scopeOf(this.#frame, step, {})));
    const log = new StepLog(session, info);
    this.#begin(info);
    const { outcome, conclusion } = await this.#runStep(
      this.#frame,
      step,
      log,
      info.name,
      undefined,
    );
    if (conclusion === "failure") session.fail();
    this.#finish(info, outcome, conclusion, log.summary);
  }

  /** Condition, time limit and verdict of a step, of the job or of an action. */
  async #runStep(
    frame: Frame,
    step: Step,
    log: StepLog,
    name: string,
    parent: AbortSignal | undefined,
  ): Promise<{ readonly outcome: Conclusion; readonly conclusion: Conclusion }> {
    let result: StepOutcome = { outcome: "failure", outputs: {} };
    let continues = false;
    try {
      const env = evaluateMapping(step.env, this.#scopeOf(frame, step, {}));
      const scopeNow = (): Scope => this.#scopeOf(frame, step, env);
      if (!evaluateCondition(step.if, scopeNow())) {
        result = { outcome: "skipped", outputs: {} };
      } else {
        continues = evaluateFlag(step.continueOnError, scopeNow(), false);
        const minutes = evaluateNumber(step.timeoutMinutes, scopeNow(), NO_TIMEOUT);
        using limit = this.#limit(minutes, () => evaluateCondition(step.if, scopeNow()));
        const signal =
          parent === undefined ? limit.signal : AbortSignal.any([limit.signal, parent]);
        result = await this.#carryOut(frame, step, log, env, signal);
        if (limit.timedOut) {
          log.error(`The action '${name}' has timed out after ${minutes} minutes.`);
          result = { ...result, outcome: "failure" };
        } else if (signal.aborted) {
          log.error("The operation was canceled.");
          result = { ...result, outcome: "cancelled" };
        }
      }
    } catch (error) {
      log.error(messageOf(error));
    }
    const { outcome, outputs } = result;
    const conclusion = outcome === "failure" && continues ? "success" : outcome;
    if (step.id !== undefined) frame.results[step.id] = { outputs, outcome, conclusion };
    return { outcome, conclusion };
  }

  async #carryOut(
    frame: Frame,
    step: Step,
    log: StepLog,
    env: Texts,
    signal: AbortSignal,
  ): Promise<StepOutcome> {
    if (step.kind === "run") return this.#runScript(frame, step, log, env, signal);
    const instance = await this.#instanceOf(frame, step);
    if (instance.action.kind === "stand-in") {
      return this.#runStandIn(frame, step, instance, instance.action.standIn, log, env, signal);
    }
    const { file } = instance.action;
    return file.runs.kind === "composite"
      ? this.#runComposite(frame, step, instance.action, file.runs, log, env, signal)
      : this.#runJavaScript(frame, step, instance, instance.action, file.runs, log, env, signal);
  }

  async #runScript(
    frame: Frame,
    step: RunStep,
    log: StepLog,
    env: Texts,
    signal: AbortSignal,
  ): Promise<StepOutcome> {
    const { folders } = this.#session.settings;
    const scope = this.#scopeOf(frame, step, env);
    const textOf = (own: RunStep["shell"]): string | undefined =>
      own === undefined ? undefined : evaluateText(own, scope);
    const shell = parseShell(textOf(step.shell) ?? frame.defaults?.shell);
    const wanted = textOf(step.workingDirectory) ?? frame.defaults?.workingDirectory ?? "";
    const cwd = isAbsolute(wanted) ? wanted : join(folders.workspace, wanted);
    const text = evaluateText(step.run, scope);
    const script = join(folders.temp, `${randomUUID()}${shell.extension}`);
    await writeFile(script, text);
    const lines = text.replace(/\n+$/, "").split("\n");
    log.group(`Run ${firstLine(text)}`, [
      ...lines.map((line) => `\u001B[36;1m${line}\u001B[0m`),
      `shell: ${formatShell(shell)}`,
      ...environmentLines({ ...Object.fromEntries(this.#session.env), ...frame.env, ...env }),
    ]);
    const { conclusion, outputs } = await runProcess(this.#session, log, {
      program: shell.program,
      args: shellArguments(shell, script),
      cwd,
      github: { ...frame.github, action: step.contextName },
      env: { ...frame.env, ...env },
      extra: {},
      signal,
    });
    return { outcome: conclusion, outputs };
  }

  async #instanceOf(frame: Frame, step: UsesStep): Promise<Instance> {
    const known = this.#instances.get(step);
    if (known !== undefined) return known;
    const action = await findAction(this.#session, frame.origin, step);
    const instance: Instance = { action, state: {}, post: undefined };
    // A local action may be another one when the step runs again in another job, never in this one.
    this.#instances.set(step, instance);
    return instance;
  }

  /** `with`, over the defaults that the action declares. Names are matched without case. */
  #inputsOf(
    declared: readonly { readonly name: string; readonly value: () => string | undefined }[],
    given: Texts,
  ): Texts {
    const values = new Map(
      Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]),
    );
    for (const { name, value } of declared) {
      const key = name.toLowerCase();
      const otherwise = values.has(key) ? undefined : value();
      if (otherwise !== undefined) values.set(key, otherwise);
    }
    return Object.fromEntries(values);
  }

  #actionInputs(frame: Frame, step: UsesStep, file: ActionFile, log: StepLog, env: Texts): Texts {
    const scope = this.#scopeOf(frame, step, env);
    const given = evaluateMapping(step.with, scope);
    const known = new Map(file.inputs.map((input) => [input.name.toLowerCase(), input]));
    const unexpected = Object.keys(given).filter((name) => !known.has(name.toLowerCase()));
    if (unexpected.length > 0) {
      const list = (names: readonly string[]): string =>
        names.map((name) => `'${name}'`).join(", ");
      const valid = list(file.inputs.map(({ name }) => name));
      log.warning(`Unexpected input(s) ${list(unexpected)}, valid inputs are [${valid}]`);
    }
    for (const name of Object.keys(given)) {
      const message = known.get(name.toLowerCase())?.deprecationMessage;
      if (message !== undefined) {
        log.warning(`Input '${name}' has been deprecated with message: ${message}`);
      }
    }
    const declared = file.inputs.map((input) => ({
      name: input.name,
      value: () => (input.default === undefined ? undefined : evaluateText(input.default, scope)),
    }));
    return this.#inputsOf(declared, given);
  }

  #announce(step: UsesStep, given: Texts, env: Texts, log: StepLog): void {
    const entries = Object.entries(given).filter(([, value]) => value !== "");
    log.group(`Run ${step.uses}`, [
      ...(entries.length === 0
        ? []
        : ["with:", ...entries.map(([name, value]) => `  ${name}: ${value}`)]),
      ...environmentLines({ ...Object.fromEntries(this.#session.env), ...env }),
    ]);
  }

  async #runStandIn(
    frame: Frame,
    step: UsesStep,
    instance: Instance,
    standIn: StandIn,
    log: StepLog,
    env: Texts,
    signal: AbortSignal,
  ): Promise<StepOutcome> {
    const given = evaluateMapping(step.with, this.#scopeOf(frame, step, env));
    const declared = Object.entries(standIn.inputs).map(([name, value]) => ({
      name,
      value: () => value,
    }));
    const inputs = this.#inputsOf(declared, given);
    this.#announce(step, inputs, { ...frame.env, ...env }, log);
    const refusals = refusedInputs(standIn, inputs);
    if (refusals.length > 0) throw new Error(refusals.join("\n"));
    log.write(`${standIn.name} is played by the stage. It does not do: ${standIn.doesNot}.`);
    const outputs: Record<string, string> = {};
    const session = this.#session;
    const callWith = (at: StepLog, stop: AbortSignal): StandInCall => ({
      session,
      log: at,
      input: (name) => inputs[name.toLowerCase()] ?? "",
      outputs,
      signal: stop,
    });
    if (standIn.post !== undefined) {
      this.#plan(instance, {
        name: `Post ${this.#nameOf(step, this.#scopeOf(frame, step, env))}`,
        condition: undefined,
        scope: () => this.#scopeOf(frame, step, env),
        async run(at, stop) {
          await standIn.post?.(callWith(at, stop));
          return "success";
        },
      });
    }
    await standIn.main(callWith(log, signal));
    return { ...SUCCESS, outputs };
  }

  async #runComposite(
    frame: Frame,
    step: UsesStep,
    action: FoundAction,
    runs: CompositeRuns,
    log: StepLog,
    env: Texts,
    signal: AbortSignal,
  ): Promise<StepOutcome> {
    const inputs = this.#actionInputs(frame, step, action.file, log, env);
    this.#announce(step, inputs, { ...frame.env, ...env }, log);
    const inner = compositeFrame(frame, action, inputs, env);
    if (inner.depth > MAX_DEPTH) {
      throw new Error(`Composite action depth exceeded max depth ${MAX_DEPTH}`);
    }
    for (const innerStep of runs.steps) {
      if (signal.aborted) return { outcome: "cancelled", outputs: {} };
      const name = this.#nameOf(innerStep, this.#scopeOf(inner, innerStep, {}));
      const { conclusion } = await this.#runStep(inner, innerStep, log, name, signal);
      if (conclusion === "failure") inner.hasFailed = true;
    }
    const scope = this.#scopeOf(inner, undefined, {});
    const outputs = Object.fromEntries(
      action.file.outputs.map(({ name, value }) => [name, evaluateText(value, scope)]),
    );
    return { outcome: inner.hasFailed ? "failure" : "success", outputs };
  }

  async #runJavaScript(
    frame: Frame,
    step: UsesStep,
    instance: Instance,
    action: FoundAction,
    runs: JavaScriptRuns,
    log: StepLog,
    env: Texts,
    signal: AbortSignal,
  ): Promise<StepOutcome> {
    const inputs = this.#actionInputs(frame, step, action.file, log, env);
    this.#announce(step, inputs, { ...frame.env, ...env }, log);
    this.#planPost(frame, step, instance, action, runs, inputs, env);
    return this.#runNode(frame, step, instance, action, runs.main, inputs, env, log, signal);
  }

  #plan(instance: Instance, post: PostStep): void {
    if (instance.post === undefined) this.#posts.push(instance);
    instance.post = post;
  }

  #planPost(
    frame: Frame,
    step: UsesStep,
    instance: Instance,
    action: FoundAction,
    runs: JavaScriptRuns,
    inputs: Texts,
    env: Texts,
  ): void {
    const { post } = runs;
    if (post === undefined) return;
    this.#plan(instance, {
      name: `Post ${this.#nameOf(step, this.#scopeOf(frame, step, env))}`,
      condition: runs.postIf,
      scope: () => this.#jobScope(frame, step, env),
      run: async (log, signal) => {
        const args = [frame, step, instance, action, post, inputs, env, log, signal] as const;
        return (await this.#runNode(...args)).outcome;
      },
    });
  }

  /** Conditions of pre and post are about the job, wherever the action stands. */
  #jobScope(frame: Frame, step: Step, env: Texts): Scope {
    return { ...this.#scopeOf(frame, step, env), status: stepStatus(this.#session.status) };
  }

  async #runNode(
    frame: Frame,
    step: UsesStep,
    instance: Instance,
    action: FoundAction,
    entry: string,
    inputs: Texts,
    env: Texts,
    log: StepLog,
    signal: AbortSignal,
  ): Promise<StepOutcome> {
    const { settings } = this.#session;
    const { conclusion, outputs, state } = await runProcess(this.#session, log, {
      program: settings.node,
      args: [join(action.folder, entry)],
      cwd: settings.folders.workspace,
      github: {
        ...frame.github,
        action: step.contextName,
        action_repository: action.repository,
        action_ref: action.ref,
      },
      env: { ...frame.env, ...env },
      extra: {
        ...settings.runtimeVariables,
        ...Object.fromEntries(
          Object.entries(inputs).map(([name, value]) => [inputVariable(name), value]),
        ),
        ...Object.fromEntries(
          Object.entries(instance.state).map(([name, value]) => [`STATE_${name}`, value]),
        ),
      },
      signal,
    });
    Object.assign(instance.state, state);
    return { outcome: conclusion, outputs };
  }

  /** Finds the actions that are known ahead, and the pre steps among them. */
  async #collectPre(
    log: StepLog,
    frame: Frame,
    steps: readonly Step[],
    callers: ReadonlySet<string>,
  ): Promise<readonly PreStep[]> {
    const found: PreStep[] = [];
    for (const step of steps) {
      if (step.kind !== "uses" || !isKnownAhead(step.reference)) continue;
      const instance = await this.#instanceOf(frame, step);
      const { action } = instance;
      if (action.kind === "stand-in") continue;
      log.write(`Download action repository '${step.uses}' (SHA:${action.origin.sha})`);
      const { runs } = action.file;
      if (runs.kind === "composite") {
        if (callers.has(action.folder)) throw new Error(`'${step.uses}' uses itself`);
        const inner = compositeFrame(frame, action, {}, {});
        const all = new Set([...callers, action.folder]);
        found.push(...(await this.#collectPre(log, inner, runs.steps, all)));
        continue;
      }
      const { pre } = runs;
      if (pre === undefined || !action.hasPre) continue;
      found.push({
        name: `Pre ${this.#nameOf(step, this.#scopeOf(frame, step, {}))}`,
        condition: runs.preIf,
        scope: () => this.#jobScope(frame, step, {}),
        run: async (at, signal) => {
          const env = evaluateMapping(step.env, this.#scopeOf(frame, step, {}));
          const inputs = this.#actionInputs(frame, step, action.file, at, env);
          this.#planPost(frame, step, instance, action, runs, inputs, env);
          const args = [frame, step, instance, action, pre, inputs, env, at, signal] as const;
          return (await this.#runNode(...args)).outcome;
        },
      });
    }
    return found;
  }
}

export type PreStep = PostStep;

function compositeFrame(outer: Frame, action: FoundAction, inputs: Texts, env: Texts): Frame {
  const results: Record<string, JsonObject> = {};
  return {
    // An action sees no secrets but those it is given as inputs.
    own: { steps: results, inputs, secrets: null, needs: null, vars: null },
    results,
    github: {
      ...outer.github,
      action_path: action.folder,
      action_repository: action.repository,
      action_ref: action.ref,
    },
    env: { ...outer.env, ...env },
    origin: action.origin,
    defaults: undefined,
    isComposite: true,
    depth: outer.depth + 1,
    hasFailed: false,
  };
}
