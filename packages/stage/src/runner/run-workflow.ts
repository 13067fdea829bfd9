/**
 * A run of a workflow: planned and checked as a whole, then its jobs as far as needs, groups, gates
 * and cores allow. What may start is decided in `workflow/graph.ts`; here it is done.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import type { GithubHost } from "../github/host.ts";
import {
  callInputs,
  callOutputs,
  callSecrets,
  dispatchInputs,
  nestedName,
} from "../workflow/calls.ts";
import type { Scope } from "../workflow/expression.ts";
import {
  advanceGraph,
  cancelGraph,
  completeLeg,
  type Command,
  type GraphState,
  graphResult,
  startGraph,
} from "../workflow/graph.ts";
import type { JobLeg } from "../workflow/matrix.ts";
import {
  type CallJob,
  type JobResult,
  type Json,
  type JsonObject,
  type PermissionSet,
  type Problem,
  type StepsJob,
  WorkflowError,
} from "../workflow/model.ts";
import { defaultPermissions } from "../workflow/permissions.ts";
import { type PlannedWorkflow, planRun, type WorkflowSource } from "../workflow/plan.ts";
import {
  type Concurrency,
  evaluateConcurrency,
  evaluateEnvironment,
  evaluateRunsOn,
  type JobEnvironment,
  runName,
  workflowName,
} from "../workflow/settings.ts";
import { Capacity, ConcurrencyGroups, type Lease } from "./concurrency-groups.ts";
import { basePayload, githubContext } from "./github-context.ts";
import type { Origin } from "./job-session.ts";
import { Masks } from "./masks.ts";
import type { JobInfo, RunEvent, RunInfo, RunObserver } from "./observer.ts";
import { assertRunnable } from "./requirements.ts";
import { JOB_IDENTITY, type JobEnd, runJob, tokenPermissions } from "./run-job.ts";
import type { RunServices } from "./services.ts";
import { readStoredFile, resolveCommit } from "./stored-actions.ts";

export interface RunRequest {
  readonly host: GithubHost;
  readonly repository: string;
  /** The workflow file's path in the repository. */
  readonly workflow: string;
  /** Full ref; the default branch unless told. */
  readonly ref?: string;
  /** The ref's commit unless told. */
  readonly sha?: string;
  readonly actor?: string;
  readonly triggeringActor?: string;
  readonly eventName?: string;
  /** Merged over a payload with the repository and the sender. */
  readonly event?: JsonObject;
  /** Of a `workflow_dispatch`, as the API takes them. */
  readonly inputs?: JsonObject;
  readonly runId?: number;
  readonly runNumber?: number;
  readonly runAttempt?: number;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly vars?: Readonly<Record<string, string>>;
  /** Secrets and variables that only jobs of an environment have, by its name. */
  readonly environments?: Readonly<
    Record<
      string,
      {
        readonly secrets?: Readonly<Record<string, string>>;
        readonly vars?: Readonly<Record<string, string>>;
      }
    >
  >;
  /** What a job gets where no file declares permissions; `restricted` unless told. */
  readonly defaultPermissions?: PermissionSet;
  /** Ends everything: no process is left five seconds later, and no `always()` is heard. */
  readonly signal?: AbortSignal;
}

export interface JobReport {
  readonly info: JobInfo;
  readonly result: JobResult;
  readonly outputs: Readonly<Record<string, string>>;
}

export interface RunResult {
  readonly conclusion: JobResult;
  /** The jobs that ran, in the order they ended. */
  readonly jobs: readonly JobReport[];
}

export interface RunHandle {
  readonly info: RunInfo;
  /** What will be empty though the files name it: unknown steps, inputs, secrets, outputs. */
  readonly warnings: readonly Problem[];
  readonly finished: Promise<RunResult>;
  /** GitHub's cancelling: steps and jobs whose condition says so still run. */
  cancel(): void;
}

/** One workflow of the run and what its jobs share; called workflows are levels of their own. */
interface Workflow {
  readonly planned: PlannedWorkflow;
  readonly origin: Origin;
  /** `github`, `inputs`, `vars`. */
  readonly contexts: Readonly<Record<string, Json>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** Names of the calling jobs, and their keys. */
  readonly prefix: { readonly name: string; readonly key: string } | undefined;
  /** The full ref, as identities name it. */
  readonly ref: string;
  readonly cancelled: AbortSignal;
  /** Groups that the callers hold: waiting for one of them would never end. */
  readonly held: ReadonlySet<string>;
}

interface LegEnd {
  readonly result: JobResult;
  readonly outputs: Readonly<Record<string, string>>;
}

const CANCELLED: LegEnd = { result: "cancelled", outputs: {} };
const FAILED: LegEnd = { result: "failure", outputs: {} };

let lastRunId = 0;

async function sourceAt(
  host: GithubHost,
  repository: string,
  ref: string,
  path: string,
): Promise<WorkflowSource | undefined> {
  const commit = await resolveCommit(host, repository, ref);
  if (commit === undefined) return undefined;
  const text = await readStoredFile(commit.repository.git, commit.sha, path);
  return text === undefined
    ? undefined
    : { repository: commit.repository.slug, ref, sha: commit.sha, path, text };
}

/**
 * Plans the run and starts it. Nothing has been started when this throws.
 * @throws {WorkflowError} for what is wrong with the files
 * @throws {RefusedRunError} for what the stage does not have
 * @throws {DispatchInputsError} for the inputs
 */
export async function startRun(
  request: RunRequest,
  services: RunServices = {},
): Promise<RunHandle> {
  const { host, workflow: path } = request;
  const repository = host.repository(request.repository);
  if (repository === undefined)
    throw new Error(`the stage has no repository ${request.repository}`);
  const ref = request.ref ?? `refs/heads/${repository.defaultBranch}`;
  const source = await sourceAt(host, repository.slug, request.sha ?? ref, path);
  if (source === undefined) throw new Error(`${repository.slug} has no ${path} at ${ref}`);
  const { root, warnings } = await planRun({
    source: { ...source, ref },
    resolve: (wanted) => sourceAt(host, wanted.repository, wanted.ref, wanted.path),
    defaultPermissions: request.defaultPermissions ?? defaultPermissions("restricted"),
    secrets: [...Object.keys(request.secrets ?? {}), "GITHUB_TOKEN"],
  });
  await assertRunnable({ host, hasArtifacts: services.artifacts !== undefined }, root);
  const run = new WorkflowRun(request, services, root, ref);
  return { info: run.info, warnings, finished: run.run(), cancel: () => run.cancel() };
}

class WorkflowRun {
  readonly info: RunInfo;
  readonly #request: RunRequest;
  readonly #services: RunServices;
  readonly #observer: RunObserver;
  #observerFailure: Error | undefined;
  readonly #root: PlannedWorkflow;
  readonly #contexts: Readonly<Record<string, Json>>;
  readonly #groups: ConcurrencyGroups;
  readonly #capacity: Capacity;
  readonly #cancelled = new AbortController();
  readonly #aborted = new AbortController();
  readonly #reports: JobReport[] = [];
  readonly #hidden: readonly string[];
  readonly #masks: Masks;
  #folder = "";
  #checkRuns = 0;
  #jobs = 0;

  constructor(request: RunRequest, services: RunServices, root: PlannedWorkflow, ref: string) {
    this.#request = request;
    this.#services = { ...services, observer: (event) => this.#say(event) };
    this.#observer = services.observer ?? (() => undefined);
    this.#root = root;
    this.#groups = services.groups ?? new ConcurrencyGroups();
    this.#capacity = new Capacity(services.maxJobs ?? availableParallelism());
    this.#hidden = [
      ...Object.values(request.secrets ?? {}),
      ...Object.values(request.environments ?? {}).flatMap((it) => Object.values(it.secrets ?? {})),
    ];
    this.#masks = new Masks();
    for (const secret of this.#hidden) this.#masks.addLines(secret);
    lastRunId += 1;
    const actor = request.actor ?? "octocat";
    const sender = request.triggeringActor ?? actor;
    const eventName = request.eventName ?? "workflow_dispatch";
    const { repository, path, sha } = root.source;
    const { inputs, eventInputs } =
      eventName === "workflow_dispatch"
        ? dispatchInputs(root.workflow, request.inputs ?? {}, environmentNames(request))
        : { inputs: {}, eventInputs: undefined };
    const event = {
      ...(eventInputs === undefined ? {} : { inputs: eventInputs, ref, workflow: path }),
      ...basePayload(request.host, repository, sender),
      ...request.event,
    };
    const facts = {
      host: request.host,
      repository,
      ref,
      sha,
      actor,
      triggeringActor: sender,
      eventName,
      event,
      runId: request.runId ?? lastRunId,
      runNumber: request.runNumber ?? 1,
      runAttempt: request.runAttempt ?? 1,
      workflow: workflowName(root.workflow),
      workflowRef: `${repository}/${path}@${ref}`,
      workflowSha: sha,
    };
    const contexts = { github: githubContext(facts), inputs, vars: request.vars ?? {} };
    this.#contexts = contexts;
    this.info = {
      runId: facts.runId,
      runNumber: facts.runNumber,
      runAttempt: facts.runAttempt,
      repository,
      path,
      workflow: facts.workflow,
      title: this.#masks.mask(runName(root.workflow, { contexts }, facts.workflow)),
      ref,
      sha,
      eventName,
      actor,
    };
  }

  cancel(): void {
    this.#cancelled.abort();
  }

  /** An observer is called from streams and timers, where nobody would catch what it throws. */
  #say(event: RunEvent): void {
    try {
      this.#observer(event);
    } catch (error) {
      this.#observerFailure ??= error instanceof Error ? error : new Error(String(error));
      this.#cancelled.abort();
      this.#aborted.abort();
    }
  }

  async run(): Promise<RunResult> {
    const { signal } = this.#request;
    const abort = (): void => {
      this.#cancelled.abort();
      this.#aborted.abort();
    };
    signal?.addEventListener("abort", abort);
    if (signal?.aborted === true) abort();
    const folder = this.#services.temporaryFolder ?? tmpdir();
    this.#folder = await mkdtemp(join(folder, "stage-run-"));
    try {
      this.#say({ kind: "run-started", at: new Date(), run: this.info });
      const { conclusion } = await this.#runRoot();
      this.#say({ kind: "run-finished", at: new Date(), run: this.info, conclusion });
      if (this.#observerFailure !== undefined) throw this.#observerFailure;
      return { conclusion, jobs: this.#reports };
    } catch (error) {
      // Nothing of the run may stay behind.
      abort();
      throw error;
    } finally {
      signal?.removeEventListener("abort", abort);
      await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 });
    }
  }

  async #runRoot(): Promise<{ readonly conclusion: JobResult }> {
    const { source } = this.#root;
    const end = await this.#runWorkflow({
      planned: this.#root,
      origin: this.#originOf(source, this.info.ref),
      contexts: this.#contexts,
      secrets: this.#request.secrets ?? {},
      prefix: undefined,
      ref: this.info.ref,
      cancelled: this.#cancelled.signal,
      held: new Set(),
    });
    return { conclusion: end.result };
  }

  #originOf(source: WorkflowSource, ref: string): Origin {
    const repository = this.#request.host.repository(source.repository);
    if (repository === undefined) throw new Error(`the stage has no ${source.repository}`);
    return { repository, sha: source.sha, ref };
  }

  /** One workflow: the run's own or a called one, in its concurrency group if it names one. */
  async #runWorkflow(level: Workflow): Promise<LegEnd> {
    const { workflow } = level.planned;
    const own = new AbortController();
    const stop = (): void => {
      own.abort();
    };
    level.cancelled.addEventListener("abort", stop);
    if (level.cancelled.aborted) stop();
    try {
      const wanted = evaluateConcurrency(workflow.concurrency, { contexts: level.contexts });
      const held = new Set(level.held);
      using lease = await this.#enterGroup(wanted, held, stop, () => undefined, own.signal);
      if (lease === undefined) return CANCELLED;
      return await this.#runGraph({ ...level, cancelled: own.signal, held });
    } finally {
      level.cancelled.removeEventListener("abort", stop);
    }
  }

  /** Undefined when there is to be no waiting any more; `held` grows by the group. */
  async #enterGroup(
    wanted: Concurrency | undefined,
    held: Set<string>,
    onCancel: () => void,
    onWait: () => void,
    signal: AbortSignal,
  ): Promise<Lease | undefined> {
    if (wanted === undefined) return { group: "", [Symbol.dispose]: () => undefined };
    const key = wanted.group.toLowerCase();
    // GitHub: "Canceling since a deadlock for concurrency group was detected".
    if (held.has(key)) return undefined;
    held.add(key);
    const { repository } = this.info;
    return this.#groups.enter(repository, wanted, onCancel, onWait, signal);
  }

  async #runGraph(level: Workflow): Promise<LegEnd> {
    let state = startGraph(level.planned.workflow, level.contexts);
    const running = new Map<
      JobLeg,
      { readonly stop: AbortController; readonly done: Promise<void> }
    >();
    const ended: { readonly leg: JobLeg; readonly end: LegEnd }[] = [];
    const failures: Error[] = [];
    let wake = Promise.withResolvers<void>();
    const onCancelled = (): void => {
      wake.resolve();
    };
    level.cancelled.addEventListener("abort", onCancelled);

    const start = (command: Extract<Command, { kind: "start" }>): void => {
      const stop = new AbortController();
      const work = async (): Promise<void> => {
        try {
          const end = await this.#runLeg(level, command, stop.signal);
          ended.push({ leg: command.leg, end });
        } catch (error) {
          failures.push(error instanceof Error ? error : new Error(String(error)));
          ended.push({ leg: command.leg, end: FAILED });
        }
        wake.resolve();
      };
      running.set(command.leg, { stop, done: work() });
    };

    try {
      for (;;) {
        if (level.cancelled.aborted && !state.isCancelled) state = cancelGraph(state);
        const next = advanceGraph(state);
        state = next.state;
        for (const command of next.commands) {
          if (command.kind === "start") start(command);
          else if (command.kind === "cancel") running.get(command.leg)?.stop.abort();
          else this.#sayUnstarted(level, command);
        }
        const result = graphResult(state);
        if (result !== undefined) return { result, outputs: this.#outputsOf(level, state) };
        if (ended.length === 0) await wake.promise;
        wake = Promise.withResolvers<void>();
        for (const { leg, end } of ended.splice(0)) {
          running.delete(leg);
          state = completeLeg(state, leg, end);
        }
        // A defect of ours, or of a service: everything stops, and then it is thrown.
        const [failure] = failures;
        if (failure !== undefined) throw failure;
      }
    } finally {
      level.cancelled.removeEventListener("abort", onCancelled);
      if (failures.length > 0) this.#aborted.abort();
      for (const { stop } of running.values()) stop.abort();
      await Promise.all([...running.values()].map(({ done }) => done));
    }
  }

  #outputsOf({ planned }: Workflow, state: GraphState): Readonly<Record<string, string>> {
    const trigger = planned.workflow.on.call;
    return trigger === undefined ? {} : callOutputs(trigger, state);
  }

  #sayUnstarted(level: Workflow, command: Exclude<Command, { kind: "start" | "cancel" }>): void {
    const { job } = command;
    const leg = command.kind === "drop" ? command.leg : undefined;
    const name = this.#masks.mask(shownName(level, leg?.name ?? job.id));
    const [conclusion, reason] =
      command.kind === "skip"
        ? (["skipped", "its condition is false"] as const)
        : command.kind === "drop"
          ? (["cancelled", command.why] as const)
          : (["failure", command.problems.map((it) => it.message).join("\n")] as const);
    this.#say({
      kind: "job-skipped",
      at: new Date(),
      key: keyOf(level, job.id, leg),
      name,
      conclusion,
      reason: this.#masks.mask(reason),
    });
  }

  async #runLeg(
    level: Workflow,
    { job, leg, contexts }: Extract<Command, { kind: "start" }>,
    stop: AbortSignal,
  ): Promise<LegEnd> {
    // Nothing starts any more, whatever its condition says.
    if (this.#aborted.signal.aborted) return CANCELLED;
    try {
      const scope: Scope = { contexts };
      return job.kind === "call"
        ? await this.#runCall(level, job, leg, scope, stop)
        : await this.#runSteps(level, job, leg, scope, stop);
    } catch (error) {
      if (!(error instanceof WorkflowError)) throw error;
      const name = this.#masks.mask(shownName(level, leg.name));
      const reason = this.#masks.mask(error.message);
      this.#say({
        kind: "job-skipped",
        at: new Date(),
        key: keyOf(level, job.id, leg),
        name,
        conclusion: "failure",
        reason,
      });
      return FAILED;
    }
  }

  async #runCall(
    level: Workflow,
    job: CallJob,
    leg: JobLeg,
    caller: Scope,
    stop: AbortSignal,
  ): Promise<LegEnd> {
    const planned = level.planned.calls.get(job.id);
    const trigger = planned?.workflow.on.call;
    if (planned === undefined || trigger === undefined)
      throw new Error(`${job.uses} is not planned`);
    const { github, vars } = this.#contexts;
    const own = { github: github ?? null, vars: vars ?? null };
    // A call may hand on `secrets.GITHUB_TOKEN`: it is one with the call's permissions.
    using token = this.#callToken(level, job);
    const secrets = { ...level.secrets, github_token: token.value };
    const withSecrets = { contexts: { ...caller.contexts, secrets } };
    const ref =
      job.reference.kind === "own"
        ? level.ref
        : await this.#fullRef(job.reference.repository, job.reference.ref);
    using link = linked(AbortSignal.any([stop, this.#aborted.signal]));
    const held = new Set(level.held);
    const wanted = evaluateConcurrency(job.concurrency, caller);
    const cancel = (): void => {
      link.controller.abort();
    };
    using lease = await this.#enterGroup(
      wanted,
      held,
      cancel,
      () => undefined,
      link.controller.signal,
    );
    if (lease === undefined) return CANCELLED;
    return await this.#runWorkflow({
      planned,
      origin: this.#originOf(planned.source, ref),
      contexts: { ...own, inputs: callInputs(job, trigger, caller, { contexts: own }) },
      secrets: callSecrets(job, level.secrets, withSecrets),
      prefix: { name: shownName(level, leg.name), key: keyOf(level, job.id, leg) },
      ref,
      cancelled: link.controller.signal,
      held,
    });
  }

  #callToken({ planned }: Workflow, job: CallJob): Disposable & { readonly value: string } {
    const { host } = this.#request;
    const value = host.issueToken({
      kind: "job",
      permissions: tokenPermissions(planned.permissions.get(job.id) ?? {}),
      repositories: [this.info.repository],
      identity: JOB_IDENTITY,
    });
    this.#masks.add(value);
    return {
      value,
      [Symbol.dispose]() {
        host.expireToken(value);
      },
    };
  }

  /** `v1` as identities name it: the full ref, or the commit itself. */
  async #fullRef(slug: string, ref: string): Promise<string> {
    const refs = await this.#request.host.repository(slug)?.refs();
    const names = [`refs/heads/${ref}`, `refs/tags/${ref}`];
    return names.find((name) => refs?.has(name) === true) ?? ref;
  }

  async #runSteps(
    level: Workflow,
    job: StepsJob,
    leg: JobLeg,
    scope: Scope,
    stop: AbortSignal,
  ): Promise<LegEnd> {
    const { source } = level.planned;
    const environment = evaluateEnvironment(job.environment, scope);
    const key = keyOf(level, job.id, leg);
    const name = this.#masks.mask(shownName(level, leg.name));
    const info: JobInfo = {
      key,
      name,
      jobId: job.id,
      workflowRef: `${source.repository}/${source.path}@${level.ref}`,
      workflowSha: source.sha,
      runsOn: evaluateRunsOn(job.runsOn, scope),
      environment: environment?.name,
      permissions: level.planned.permissions.get(job.id) ?? {},
      checkRunId: this.#checkRunId(key, name),
      matrix: isObject(leg.matrix) ? leg.matrix : undefined,
    };
    const wait = (reason: "concurrency" | "environment" | "capacity"): void => {
      this.#say({ kind: "job-waiting", at: new Date(), job: info, reason });
    };
    using link = linked(AbortSignal.any([stop, this.#aborted.signal]));
    const { controller } = link;
    const cancel = (): void => {
      controller.abort();
    };
    const wanted = evaluateConcurrency(job.concurrency, scope);
    using lease = await this.#enterGroup(
      wanted,
      new Set(level.held),
      cancel,
      () => {
        wait("concurrency");
      },
      controller.signal,
    );
    if (lease === undefined) return this.#notStarted(info, "cancelled", "its concurrency group");
    const verdict = await this.#pass(environment, info, wait, controller.signal);
    if (verdict === "rejected") {
      return this.#notStarted(info, "failure", `the environment ${environment?.name} rejected it`);
    }
    if (verdict === "cancelled")
      return this.#notStarted(info, "cancelled", "the run was cancelled");
    if (this.#capacity.isFull) wait("capacity");
    // A job that runs though the run was cancelled has a signal of its own that is still open.
    if (!(await this.#capacity.enter(controller.signal))) {
      return this.#notStarted(info, "cancelled", "the run was cancelled");
    }
    try {
      return await this.#runStarted(level, job, info, environment, scope, controller.signal);
    } finally {
      this.#capacity.leave();
    }
  }

  #checkRunId(key: string, name: string): number {
    this.#checkRuns += 1;
    return this.#services.checkRunId?.(this.info, key, name) ?? this.#checkRuns;
  }

  #notStarted(info: JobInfo, conclusion: "cancelled" | "failure", reason: string): LegEnd {
    const { key, name } = info;
    this.#say({ kind: "job-skipped", at: new Date(), key, name, conclusion, reason });
    return { result: conclusion, outputs: {} };
  }

  async #pass(
    environment: JobEnvironment | undefined,
    job: JobInfo,
    wait: (reason: "environment") => void,
    signal: AbortSignal,
  ): Promise<"approved" | "rejected" | "cancelled"> {
    const { gate } = this.#services;
    if (signal.aborted) return "cancelled";
    if (environment === undefined || gate === undefined) return "approved";
    wait("environment");
    const { promise, resolve } = Promise.withResolvers<"cancelled">();
    const onAbort = (): void => {
      resolve("cancelled");
    };
    signal.addEventListener("abort", onAbort);
    try {
      const asked = gate({ run: this.info, job, environment: environment.name, signal });
      return await Promise.race([asked, promise]);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  async #runStarted(
    level: Workflow,
    job: StepsJob,
    info: JobInfo,
    environment: JobEnvironment | undefined,
    scope: Scope,
    cancelled: AbortSignal,
  ): Promise<JobEnd> {
    this.#jobs += 1;
    const root = join(this.#folder, String(this.#jobs));
    const own = ownEnvironment(this.#request, environment?.name);
    this.#say({ kind: "job-started", at: new Date(), job: info });
    const end = await runJob(
      {
        host: this.#request.host,
        run: this.info,
        info,
        workflow: level.planned.workflow,
        job,
        origin: level.origin,
        contexts: {
          ...scope.contexts,
          vars: { ...this.#request.vars, ...own.vars },
        },
        secrets: { ...level.secrets, ...own.secrets },
        hidden: [...this.#hidden, ...Object.values(level.secrets)],
        environmentUrl: environment?.url,
        root,
      },
      this.#services,
      cancelled,
      this.#aborted.signal,
    );
    const { result, outputs, environmentUrl } = end;
    this.#reports.push({ info, result, outputs });
    this.#say({
      kind: "job-finished",
      at: new Date(),
      job: info,
      conclusion: result,
      outputs,
      environmentUrl,
    });
    return end;
  }
}

function shownName({ prefix }: Workflow, name: string): string {
  return prefix === undefined ? name : nestedName(prefix.name, name);
}

/** Names may be the same for several jobs, and depend on secrets nobody may see; keys do not. */
function keyOf({ prefix }: Workflow, jobId: string, leg: JobLeg | undefined): string {
  const own = leg === undefined || leg.matrix === null ? jobId : `${jobId}[${leg.index}]`;
  return prefix === undefined ? own : `${prefix.key}/${own}`;
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function environmentNames(request: RunRequest): readonly string[] | undefined {
  return request.environments === undefined ? undefined : Object.keys(request.environments);
}

/** Environments are named without case. */
function ownEnvironment(
  request: RunRequest,
  name: string | undefined,
): {
  readonly secrets?: Readonly<Record<string, string>>;
  readonly vars?: Readonly<Record<string, string>>;
} {
  const entries = Object.entries(request.environments ?? {});
  return entries.find(([key]) => key.toLowerCase() === name?.toLowerCase())?.[1] ?? {};
}

/** A controller that is aborted with the signal, or by itself. */
function linked(signal: AbortSignal): Disposable & { readonly controller: AbortController } {
  const controller = new AbortController();
  const stop = (): void => {
    controller.abort();
  };
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  return {
    controller,
    [Symbol.dispose]() {
      signal.removeEventListener("abort", stop);
    },
  };
}
