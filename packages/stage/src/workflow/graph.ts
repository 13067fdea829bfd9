/**
 * The scheduler of one workflow's jobs as a pure function: what a state allows to be started,
 * skipped and cancelled. Called workflows are graphs of their own; to the caller each is one leg.
 * ("Using jobs in a workflow", "Workflow syntax: jobs", "Expressions: status check functions".)
 */
import { type Scope, type StatusFunctions } from "./expression.ts";
import { evaluateStrategy, type JobLeg, type Strategy } from "./matrix.ts";
import {
  type Job,
  type JobResult,
  type Json,
  type JsonObject,
  type Problem,
  type Workflow,
  WorkflowError,
} from "./model.ts";
import { evaluateCondition, evaluateFlag } from "./template.ts";

export type LegResult = Exclude<JobResult, "skipped">;

interface LegState {
  readonly leg: JobLeg;
  readonly status: "queued" | "running" | "completed";
  /** Told to stop; it may still end as it likes. */
  readonly isCancelling: boolean;
  /** A failure of this leg does not fail the job. */
  readonly continueOnError: boolean;
  readonly result: JobResult | undefined;
}

export type JobState =
  | { readonly phase: "pending" }
  | {
      readonly phase: "running";
      readonly strategy: Strategy;
      readonly legs: readonly LegState[];
      /** Of the legs that have completed, the later over the earlier. */
      readonly outputs: Readonly<Record<string, string>>;
    }
  | {
      readonly phase: "completed";
      readonly legs: readonly LegState[];
      readonly outputs: Readonly<Record<string, string>>;
      /** What `needs.<job>.result` says. */
      readonly result: JobResult;
    };

export interface GraphState {
  readonly workflow: Workflow;
  /** github, inputs, vars: what every job of the workflow sees. */
  readonly contexts: Readonly<Record<string, Json>>;
  /** In the order of the file. */
  readonly jobs: ReadonlyMap<string, JobState>;
  readonly isCancelled: boolean;
}

export type Command =
  | {
      readonly kind: "start";
      readonly job: Job;
      readonly leg: JobLeg;
      /** github, inputs, vars, needs, strategy and matrix of that leg. */
      readonly contexts: Readonly<Record<string, Json>>;
    }
  /** A running leg is to be cancelled; it is completed by `completeLeg` all the same. */
  | { readonly kind: "cancel"; readonly job: Job; readonly leg: JobLeg; readonly why: CancelReason }
  /** A leg that had not started will not: it is completed as cancelled already. */
  | { readonly kind: "drop"; readonly job: Job; readonly leg: JobLeg; readonly why: CancelReason }
  /** The job's `if` is false: it is completed as skipped already. */
  | { readonly kind: "skip"; readonly job: Job }
  /** Its `if`, strategy or name cannot be evaluated: it is completed as failed already. */
  | { readonly kind: "fail"; readonly job: Job; readonly problems: readonly Problem[] };

type CancelReason = "fail-fast" | "run-cancelled";

export function startGraph(
  workflow: Workflow,
  contexts: Readonly<Record<string, Json>>,
): GraphState {
  const jobs = workflow.jobs.map(({ id }): [string, JobState] => [id, { phase: "pending" }]);
  return { workflow, contexts, jobs: new Map(jobs), isCancelled: false };
}

/** Everything that can be decided now; a second call decides nothing more. */
export function advanceGraph(state: GraphState): {
  readonly state: GraphState;
  readonly commands: readonly Command[];
} {
  const commands: Command[] = [];
  let current = state;
  for (;;) {
    let hasChanged = false;
    for (const job of current.workflow.jobs) {
      const before = jobState(current, job.id);
      const after = advanceJob(current, job, before, commands);
      if (after === before) continue;
      hasChanged = true;
      current = withJob(current, job.id, after);
    }
    // What one job decides, a job earlier in the file may wait for.
    if (!hasChanged) return { state: current, commands };
  }
}

/** @throws {Error} when that leg is not running */
export function completeLeg(
  state: GraphState,
  leg: JobLeg,
  outcome: { readonly result: JobResult; readonly outputs: Readonly<Record<string, string>> },
): GraphState {
  const job = jobState(state, leg.jobId);
  const before = job.phase === "running" ? job.legs[leg.index] : undefined;
  if (job.phase !== "running" || before?.status !== "running") {
    throw new Error(`${leg.name} is not running`);
  }
  const after: LegState = { ...before, status: "completed", result: outcome.result };
  // A leg that leaves an output empty has not set it ("Passing information between jobs").
  const set = Object.entries(outcome.outputs).filter(([, value]) => value !== "");
  return withJob(state, leg.jobId, {
    ...job,
    legs: job.legs.with(leg.index, after),
    outputs: { ...blank(outcome.outputs), ...job.outputs, ...Object.fromEntries(set) },
  });
}

/** Somebody cancels the run. Jobs whose `if` says so go on ("Canceling a workflow"). */
export function cancelGraph(state: GraphState): GraphState {
  return { ...state, isCancelled: true };
}

/** Undefined as long as a job is not completed. */
export function graphResult(state: GraphState): JobResult | undefined {
  const results: JobResult[] = [];
  for (const job of state.jobs.values()) {
    if (job.phase !== "completed") return undefined;
    results.push(job.result);
  }
  if (state.isCancelled && results.some((it) => it !== "success")) return "cancelled";
  return aggregate(results);
}

/** The `needs` of a job: its direct ones. */
function needsContext(state: GraphState, job: Job): JsonObject {
  return resultsOf(state, job.needs);
}

/** The `jobs` context, in which `workflow_call` outputs are evaluated. */
export function jobsContext(state: GraphState): JsonObject {
  return resultsOf(state, [...state.jobs.keys()]);
}

function advanceJob(state: GraphState, job: Job, before: JobState, commands: Command[]): JobState {
  switch (before.phase) {
    case "pending":
      return advancePending(state, job, before, commands);
    case "running":
      return advanceRunning(state, job, before, commands);
    case "completed":
      return before;
  }
}

function advancePending(
  state: GraphState,
  job: Job,
  before: JobState,
  commands: Command[],
): JobState {
  if (job.needs.some((id) => jobState(state, id).phase !== "completed")) return before;
  const scope = jobScope(state, job);
  try {
    if (!evaluateCondition(job.if, scope)) {
      commands.push({ kind: "skip", job });
      return { phase: "completed", legs: [], outputs: {}, result: "skipped" };
    }
    const strategy = evaluateStrategy(job, { contexts: scope.contexts });
    const legs = strategy.legs.map((leg): LegState => ({
      leg,
      status: "queued",
      isCancelling: false,
      continueOnError: continuesOnError(job, legContexts(scope.contexts, leg)),
      result: undefined,
    }));
    return advanceRunning(state, job, { phase: "running", strategy, legs, outputs: {} }, commands);
  } catch (error) {
    if (!(error instanceof WorkflowError)) throw error;
    commands.push({ kind: "fail", job, problems: error.problems });
    return { phase: "completed", legs: [], outputs: {}, result: "failure" };
  }
}

function advanceRunning(
  state: GraphState,
  job: Job,
  before: JobState & { readonly phase: "running" },
  commands: Command[],
): JobState {
  const why = cancelReason(state, job, before);
  let free = before.strategy.maxParallel - before.legs.filter(isRunning).length;
  const legs = before.legs.map((it): LegState => {
    if (why !== undefined && it.status === "queued") {
      commands.push({ kind: "drop", job, leg: it.leg, why });
      return { ...it, status: "completed", result: "cancelled" };
    }
    if (why !== undefined && isRunning(it) && !it.isCancelling) {
      commands.push({ kind: "cancel", job, leg: it.leg, why });
      return { ...it, isCancelling: true };
    }
    if (it.status !== "queued" || free <= 0) return it;
    free -= 1;
    const contexts = legContexts(jobScope(state, job).contexts, it.leg);
    commands.push({ kind: "start", job, leg: it.leg, contexts });
    return { ...it, status: "running" };
  });
  if (legs.every(({ status }) => status === "completed")) {
    const results = legs.map((it) =>
      it.result === "failure" && it.continueOnError ? "success" : (it.result ?? "cancelled"),
    );
    return { phase: "completed", legs, outputs: before.outputs, result: aggregate(results) };
  }
  return legs.every((leg, index) => leg === before.legs[index]) ? before : { ...before, legs };
}

function cancelReason(
  state: GraphState,
  job: Job,
  { strategy, legs }: JobState & { readonly phase: "running" },
): CancelReason | undefined {
  if (state.isCancelled && !outlivesCancellation(state, job)) return "run-cancelled";
  const hasFailed = legs.some((it) => it.result === "failure" && !it.continueOnError);
  return strategy.failFast && hasFailed ? "fail-fast" : undefined;
}

/** The condition is asked again, now that cancelled() is true; one that fails then does not hold. */
function outlivesCancellation(state: GraphState, job: Job): boolean {
  try {
    return evaluateCondition(job.if, jobScope(state, job));
  } catch (error) {
    if (error instanceof WorkflowError) return false;
    throw error;
  }
}

function jobScope(state: GraphState, job: Job): Scope {
  return {
    contexts: { ...state.contexts, needs: needsContext(state, job) },
    status: jobStatus(state, job),
  };
}

/** All ancestors count, not only those the job names: a skipped one makes success() false. */
function jobStatus(state: GraphState, job: Job): StatusFunctions {
  const results = (named: readonly string[]): readonly (JobResult | undefined)[] =>
    (named.length > 0 ? named : ancestors(state.workflow, job)).map((id) => resultOf(state, id));
  return {
    success: (named) => !state.isCancelled && results(named).every((it) => it === "success"),
    failure: (named) => results(named).includes("failure"),
    cancelled: () => state.isCancelled,
  };
}

function ancestors(workflow: Workflow, job: Job): readonly string[] {
  const found = new Set<string>();
  const visit = (ids: readonly string[]): void => {
    for (const id of ids) {
      if (found.has(id)) continue;
      found.add(id);
      visit(workflow.jobs.find((it) => it.id === id)?.needs ?? []);
    }
  };
  visit(job.needs);
  return [...found];
}

function legContexts(
  contexts: Readonly<Record<string, Json>>,
  leg: JobLeg,
): Readonly<Record<string, Json>> {
  return { ...contexts, strategy: leg.strategy, matrix: leg.matrix };
}

function continuesOnError(job: Job, contexts: Readonly<Record<string, Json>>): boolean {
  return job.kind === "steps" && evaluateFlag(job.continueOnError, { contexts }, false);
}

/** A failure outweighs a cancellation, which outweighs success; nothing but skipped is skipped. */
function aggregate(results: readonly JobResult[]): JobResult {
  if (results.includes("failure")) return "failure";
  if (results.includes("cancelled")) return "cancelled";
  return results.includes("success") ? "success" : "skipped";
}

function resultsOf(state: GraphState, ids: readonly string[]): JsonObject {
  return Object.fromEntries(
    ids.map((id): [string, Json] => {
      const job = jobState(state, id);
      return job.phase === "completed"
        ? [id, { result: job.result, outputs: job.outputs }]
        : [id, { result: "", outputs: {} }];
    }),
  );
}

function resultOf(state: GraphState, id: string): JobResult | undefined {
  const job = state.jobs.get(id);
  return job?.phase === "completed" ? job.result : undefined;
}

/** The loader has made sure that every id named is a job's. */
function jobState(state: GraphState, id: string): JobState {
  const found = state.jobs.get(id);
  if (found === undefined) throw new Error(`${state.workflow.file} has no job '${id}'`);
  return found;
}

function withJob(state: GraphState, id: string, job: JobState): GraphState {
  return { ...state, jobs: new Map(state.jobs).set(id, job) };
}

function isRunning(it: LegState): boolean {
  return it.status === "running";
}

function blank(outputs: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.keys(outputs).map((name) => [name, ""]));
}
