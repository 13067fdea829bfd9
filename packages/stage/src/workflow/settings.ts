/**
 * What a run, a job and a step are set up with: run-name, environment, runner labels, defaults,
 * environment variables, concurrency ("Workflow syntax" and "Control the concurrency of workflows
 * and jobs").
 */
import { ExpressionError, isList, type Scope } from "./expression.ts";
import { type Json, type StepsJob, type Template, type Workflow } from "./model.ts";
import {
  evaluateMapping,
  evaluateTemplate,
  evaluateText,
  interpolate,
  isObject,
  located,
} from "./template.ts";

/**
 * @param otherwise what GitHub shows without a `run-name`: the commit's or pull request's title for
 *   push and pull_request, else the workflow's name
 */
export function runName(workflow: Workflow, scope: Scope, otherwise: string): string {
  const name = workflow.runName === undefined ? "" : evaluateText(workflow.runName, scope).trim();
  return name === "" ? otherwise : name;
}

/** What a workflow without a `name` is called: its path. */
export function workflowName(workflow: Workflow): string {
  return workflow.name === undefined || workflow.name === "" ? workflow.file : workflow.name;
}

/** @param scope github, inputs, vars, needs, strategy, matrix */
export function evaluateRunsOn(template: Template, scope: Scope): readonly string[] {
  const value = evaluateTemplate(template, scope);
  return located(template, () => {
    const labels = isObject(value) ? (value["labels"] ?? []) : value;
    const list = isList(labels) ? labels : [labels];
    return list.map((label) => {
      if (typeof label !== "string" || label === "") {
        throw new ExpressionError("a runner's label must be a text");
      }
      return label;
    });
  });
}

export interface JobEnvironment {
  readonly name: string;
  /** Evaluated after the steps, in which it may see their outputs. */
  readonly url: Template | undefined;
}

/** Undefined where there is none, and where its name evaluates to nothing. */
export function evaluateEnvironment(
  template: Template | undefined,
  scope: Scope,
): JobEnvironment | undefined {
  if (template === undefined) return undefined;
  return located(template, () => {
    const { value } = template;
    // What an expression gives is not evaluated again.
    const whole = isObject(value) ? value : interpolateScalar(value, scope);
    const written = isObject(whole) ? (whole["name"] ?? "") : whole;
    const name = isObject(value) ? interpolateScalar(written, scope) : written;
    if (name === null || name === "") return undefined;
    if (typeof name !== "string") throw new ExpressionError("the environment's name is no text");
    const url = isObject(whole) ? whole["url"] : undefined;
    return {
      name,
      url: url === undefined ? undefined : { ...template, key: `${template.key}.url`, value: url },
    };
  });
}

function interpolateScalar(value: Json, scope: Scope): Json {
  return typeof value === "string" ? interpolate(value, scope) : value;
}

export interface StepDefaults {
  readonly shell: string | undefined;
  readonly workingDirectory: string | undefined;
}

/** Each of the job's replaces that of the workflow. */
export function runDefaults(workflow: Workflow, job: StepsJob, scope: Scope): StepDefaults {
  const pick = (key: "shell" | "workingDirectory"): string | undefined => {
    const template = job.defaults[key] ?? workflow.defaults[key];
    return template === undefined ? undefined : evaluateText(template, scope);
  };
  return { shell: pick("shell"), workingDirectory: pick("workingDirectory") };
}

/**
 * The variables of a job before its steps add to them: the workflow's, then the job's over them.
 * The workflow's cannot see `needs` or `matrix`, the job's can; neither can see `env`.
 */
export function jobEnvironmentVariables(
  workflow: Workflow,
  job: StepsJob,
  scope: Scope,
): Readonly<Record<string, string>> {
  return { ...evaluateMapping(workflow.env, scope), ...evaluateMapping(job.env, scope) };
}

export interface Concurrency {
  /** As it is written; groups are the same when only their case differs. */
  readonly group: string;
  readonly cancelInProgress: boolean;
  readonly queue: "single" | "max";
}

const MAX_GROUP = 400;
const MAX_PENDING = 100;

export function evaluateConcurrency(
  template: Template | undefined,
  scope: Scope,
): Concurrency | undefined {
  if (template === undefined) return undefined;
  const value = evaluateTemplate(template, scope);
  return located(template, () => {
    const settings = isObject(value) ? value : { group: value };
    const { group, "cancel-in-progress": cancel = false, queue = "single" } = settings;
    const name = groupName(group);
    if (typeof cancel !== "boolean") throw new ExpressionError("cancel-in-progress is no boolean");
    if (queue !== "single" && queue !== "max") {
      throw new ExpressionError("queue must be 'single' or 'max'");
    }
    if (queue === "max" && cancel) {
      throw new ExpressionError("cancel-in-progress cannot be true where queue is 'max'");
    }
    return { group: name, cancelInProgress: cancel, queue };
  });
}

function groupName(group: Json | undefined): string {
  if (group === undefined || group === null || group === "") {
    throw new ExpressionError("Concurrency group name cannot be empty");
  }
  if (typeof group === "object") throw new ExpressionError("the concurrency group is no text");
  const name = String(group);
  if (name.length > MAX_GROUP) {
    throw new ExpressionError(`Concurrency group name must be less than ${MAX_GROUP} characters`);
  }
  return name;
}

/** One concurrency group: who has it, and who waits, the first first. */
export interface GroupQueue {
  readonly running: string | undefined;
  readonly pending: readonly string[];
}

export const EMPTY_GROUP: GroupQueue = { running: undefined, pending: [] };

/** Groups with the same key are one group. */
export function groupKey(group: string): string {
  return group.toLowerCase();
}

/**
 * A newcomer has a free group at once. Else it waits, and takes the place of whoever waited unless
 * the queue is `max`; with cancel-in-progress the one that has the group is cancelled, too, and the
 * newcomer waits until it has left.
 */
export function enterGroup(
  queue: GroupQueue,
  id: string,
  settings: Omit<Concurrency, "group">,
): { readonly queue: GroupQueue; readonly starts: boolean; readonly cancel: readonly string[] } {
  if (queue.running === undefined) {
    return { queue: { ...queue, running: id }, starts: true, cancel: [] };
  }
  if (settings.queue === "max") {
    if (queue.pending.length >= MAX_PENDING) return { queue, starts: false, cancel: [id] };
    return { queue: { ...queue, pending: [...queue.pending, id] }, starts: false, cancel: [] };
  }
  const running = settings.cancelInProgress ? [queue.running] : [];
  return {
    queue: { running: queue.running, pending: [id] },
    starts: false,
    cancel: [...queue.pending, ...running],
  };
}

/** Whoever has waited longest is next. */
export function leaveGroup(
  queue: GroupQueue,
  id: string,
): { readonly queue: GroupQueue; readonly starts: string | undefined } {
  const pending = queue.pending.filter((it) => it !== id);
  if (queue.running !== id) return { queue: { ...queue, pending }, starts: undefined };
  const [next, ...rest] = pending;
  return { queue: { running: next, pending: rest }, starts: next };
}
