/**
 * Workflow runs of one repository as state: attempts, jobs, steps, logs. Whoever executes workflows
 * fills it (a runner, or a test that sets the scene), and the API reads it. It executes nothing.
 */
import type { Clock } from "../clock.ts";
import type { Actor } from "./actors.ts";

/** `requested`, `waiting` and `pending` are all "not yet"; a run ends as `completed`. */
export type RunStatus =
  | "completed"
  | "in_progress"
  | "pending"
  | "queued"
  | "requested"
  | "waiting";

export type Conclusion =
  | "action_required"
  | "cancelled"
  | "failure"
  | "neutral"
  | "skipped"
  | "success"
  | "timed_out";

export interface Step {
  readonly number: number;
  readonly name: string;
  readonly status: "completed" | "in_progress" | "queued";
  readonly conclusion: Conclusion | null;
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
}

export interface Job {
  readonly id: number;
  readonly runId: number;
  readonly attempt: number;
  readonly name: string;
  readonly labels: readonly string[];
  readonly status: RunStatus;
  readonly conclusion: Conclusion | null;
  readonly createdAt: Date;
  readonly startedAt: Date;
  readonly completedAt: Date | null;
  readonly runnerName: string | null;
  readonly environment: string | undefined;
  readonly steps: readonly Step[];
  readonly log: string;
}

export interface ReferencedWorkflow {
  /** `owner/repo/.github/workflows/file.yml@ref` */
  readonly path: string;
  readonly sha: string;
  readonly ref?: string;
}

/** One approval or rejection of environments, as it was given. */
export interface Review {
  readonly state: "approved" | "rejected";
  readonly user: Actor;
  readonly comment: string;
  readonly environments: readonly string[];
}

/** An environment the attempt waits for. */
export interface PendingDeployment {
  readonly environment: string;
  readonly since: Date;
}

export interface Attempt {
  readonly number: number;
  readonly status: RunStatus;
  readonly conclusion: Conclusion | null;
  readonly triggeringActor: Actor;
  readonly startedAt: Date;
  readonly updatedAt: Date;
  readonly jobs: readonly Job[];
  readonly pending: readonly PendingDeployment[];
}

export interface NewRun {
  /** The workflow file's path, `.github/workflows/ci.yml`. */
  readonly path: string;
  /** The workflow's name; its path unless told, as GitHub has it. */
  readonly name?: string;
  /** What `run-name` made; the commit's first line or the workflow's name unless told. */
  readonly displayTitle?: string;
  readonly event: string;
  readonly actor: Actor;
  /** Full name, `refs/heads/main`. */
  readonly ref: string;
  readonly headSha: string;
  /** `owner/name` of a fork the commit is from. */
  readonly headRepository?: { readonly id: number; readonly slug: string };
  readonly referencedWorkflows?: readonly ReferencedWorkflow[];
  readonly inputs?: Readonly<Record<string, string>>;
  readonly status?: "pending" | "queued" | "requested" | "waiting";
}

export interface Run extends Required<Omit<NewRun, "headRepository" | "status">> {
  readonly id: number;
  readonly number: number;
  readonly workflowId: number;
  readonly headRepository: { readonly id: number; readonly slug: string } | undefined;
  readonly createdAt: Date;
  readonly attempts: readonly [Attempt, ...Attempt[]];
  readonly reviews: readonly Review[];
  /** Until when GitHub keeps logs; from then on they are gone. */
  readonly logsExpireAt: Date;
  readonly logsDeleted: boolean;
}

export interface NewJob {
  readonly name: string;
  readonly labels?: readonly string[];
  readonly environment?: string;
  readonly status?: "pending" | "queued" | "waiting";
}

/** What a client asked to be run again. */
export type Rerun = "all" | "failed" | { readonly job: string };

/**
 * Whoever executes runs. Each method is called once, after the state has changed and before the
 * client has its answer; it must return at once and do its work in its own time.
 */
export interface RunEngine {
  onDispatch?(run: Run): void;
  onRerun?(run: Run, what: Rerun): void;
  /** Without one, a cancelled run is over at once. */
  onCancel?(run: Run, options: { readonly force: boolean }): void;
  /** Without one, a rejected run is over at once. */
  onReview?(run: Run, review: Review): void;
}

/** GitHub keeps logs and artifacts for 90 days unless told. */
const RETENTION_MS = 90 * 24 * 60 * 60 * 1000;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type MutableJob = Mutable<Omit<Job, "steps">> & { steps: Mutable<Step>[] };
type MutableAttempt = Mutable<Omit<Attempt, "jobs" | "pending">> & {
  jobs: MutableJob[];
  pending: PendingDeployment[];
};
type MutableRun = Mutable<Omit<Run, "attempts" | "reviews">> & {
  attempts: [MutableAttempt, ...MutableAttempt[]];
  reviews: Review[];
};

export function currentAttempt(run: Run): Attempt {
  return run.attempts.at(-1) ?? run.attempts[0];
}

/** Ids are of the repository they are in, so that none is the same as another's. */
const IDS_PER_REPOSITORY = 1_000_000;

export class RunsStore {
  readonly #repositoryId: number;
  readonly #clock: Clock;
  readonly #workflowIds = new Map<string, number>();
  readonly #runs = new Map<number, MutableRun>();
  readonly #jobs = new Map<number, MutableJob>();
  /** How many more readings of the lists do not show it yet. */
  readonly #hiddenFor = new Map<number, number>();
  #created = 0;
  #listLag = 0;
  #engine: RunEngine = {};

  constructor(repositoryId: number, clock: Clock) {
    this.#repositoryId = repositoryId;
    this.#clock = clock;
  }

  /** From now on this executes what clients dispatch, rerun, cancel and approve. */
  attach(engine: RunEngine): void {
    this.#engine = engine;
  }

  get engine(): RunEngine {
    return this.#engine;
  }

  /** The workflow of that path has one id for ever, from when it is first seen. */
  workflowId(path: string): number {
    const known = this.#workflowIds.get(path);
    if (known !== undefined) return known;
    const id = this.#repositoryId * 1000 + this.#workflowIds.size + 1;
    this.#workflowIds.set(path, id);
    return id;
  }

  /** From now on, a new run is in the lists only after so many readings of them. */
  setListLag(readings: number): void {
    this.#listLag = readings;
  }

  /** What one reading of a list finds. It counts for what is not in it yet. */
  readList(): readonly Run[] {
    return this.runs.filter(({ id }) => {
      const hiddenFor = this.#hiddenFor.get(id) ?? 0;
      this.#hiddenFor.set(id, Math.max(0, hiddenFor - 1));
      return hiddenFor === 0;
    });
  }

  /** Newest first, in the lists or not yet. */
  get runs(): readonly Run[] {
    return [...this.#runs.values()].toReversed();
  }

  run(id: number): Run | undefined {
    return this.#runs.get(id);
  }

  job(id: number): Job | undefined {
    return this.#jobs.get(id);
  }

  #mutableRun(id: number): MutableRun {
    const run = this.#runs.get(id);
    if (run === undefined) throw new Error(`there is no run ${id}`);
    return run;
  }

  #mutableJob(id: number): MutableJob {
    const job = this.#jobs.get(id);
    if (job === undefined) throw new Error(`there is no job ${id}`);
    return job;
  }

  #current(run: MutableRun): MutableAttempt {
    return run.attempts.at(-1) ?? run.attempts[0];
  }

  #nextId(): number {
    this.#created += 1;
    return this.#repositoryId * IDS_PER_REPOSITORY + this.#created;
  }

  #newAttempt(number: number, triggeringActor: Actor, status: RunStatus): MutableAttempt {
    const now = this.#clock.now();
    return {
      number,
      status,
      conclusion: null,
      triggeringActor,
      startedAt: now,
      updatedAt: now,
      jobs: [],
      pending: [],
    };
  }

  createRun(options: NewRun): Run {
    const { path, actor, event, ref, headSha, headRepository, status = "queued" } = options;
    const now = this.#clock.now();
    const workflowId = this.workflowId(path);
    const name = options.name ?? path;
    const before = [...this.#runs.values()].filter((run) => run.workflowId === workflowId);
    const run: MutableRun = {
      id: this.#nextId(),
      number: before.length + 1,
      workflowId,
      path,
      name,
      displayTitle: options.displayTitle ?? name,
      event,
      actor,
      ref,
      headSha,
      headRepository,
      referencedWorkflows: options.referencedWorkflows ?? [],
      inputs: options.inputs ?? {},
      createdAt: now,
      attempts: [this.#newAttempt(1, actor, status)],
      reviews: [],
      logsExpireAt: new Date(now.getTime() + RETENTION_MS),
      logsDeleted: false,
    };
    this.#runs.set(run.id, run);
    this.#hiddenFor.set(run.id, this.#listLag);
    return run;
  }

  #setStatus(runId: number, status: RunStatus, conclusion: Conclusion | null): void {
    const attempt = this.#current(this.#mutableRun(runId));
    attempt.status = status;
    attempt.conclusion = conclusion;
    attempt.updatedAt = this.#clock.now();
  }

  startRun(runId: number): void {
    this.#setStatus(runId, "in_progress", null);
  }

  /** Jobs that are not over end as the run does. */
  completeRun(runId: number, conclusion: Conclusion): void {
    for (const job of this.#current(this.#mutableRun(runId)).jobs) {
      if (job.status !== "completed") this.completeJob(job.id, conclusion);
    }
    this.#current(this.#mutableRun(runId)).pending = [];
    this.#setStatus(runId, "completed", conclusion);
  }

  /** The run's current attempt waits until the environment's rules let it go on. */
  awaitEnvironment(runId: number, environment: string): void {
    const attempt = this.#current(this.#mutableRun(runId));
    attempt.pending.push({ environment, since: this.#clock.now() });
    this.#setStatus(runId, "waiting", null);
  }

  /** Notes a review. When nothing is left to wait for, the run goes on. */
  review(runId: number, review: Review): void {
    const run = this.#mutableRun(runId);
    const attempt = this.#current(run);
    run.reviews.push(review);
    attempt.pending = attempt.pending.filter((p) => !review.environments.includes(p.environment));
    if (this.#engine.onReview === undefined && review.state === "rejected") {
      this.completeRun(runId, "failure");
    } else if (attempt.pending.length === 0) this.#setStatus(runId, "in_progress", null);
    this.#engine.onReview?.(run, review);
  }

  /** Adds a job to the current attempt. */
  addJob(runId: number, options: NewJob): Job {
    const attempt = this.#current(this.#mutableRun(runId));
    const now = this.#clock.now();
    const job: MutableJob = {
      id: this.#nextId(),
      runId,
      attempt: attempt.number,
      name: options.name,
      labels: options.labels ?? ["ubuntu-latest"],
      status: options.status ?? "queued",
      conclusion: null,
      createdAt: now,
      startedAt: now,
      completedAt: null,
      runnerName: null,
      environment: options.environment,
      steps: [],
      log: "",
    };
    attempt.jobs.push(job);
    this.#jobs.set(job.id, job);
    return job;
  }

  startJob(jobId: number, { runnerName = "stage-runner-1" } = {}): void {
    const job = this.#mutableJob(jobId);
    job.status = "in_progress";
    job.startedAt = this.#clock.now();
    job.runnerName = runnerName;
    this.#setStatus(job.runId, "in_progress", null);
  }

  /** Steps that are not over end as skipped, or as cancelled with the job. */
  completeJob(jobId: number, conclusion: Conclusion): void {
    const job = this.#mutableJob(jobId);
    for (const step of job.steps.filter((candidate) => candidate.status !== "completed")) {
      step.status = "completed";
      step.conclusion = conclusion === "cancelled" ? "cancelled" : "skipped";
      step.completedAt = this.#clock.now();
    }
    job.status = "completed";
    job.conclusion = conclusion;
    job.completedAt = this.#clock.now();
  }

  /** Adds and starts the job's next step; returns its number, from 1. */
  startStep(jobId: number, name: string): number {
    const job = this.#mutableJob(jobId);
    const number = job.steps.length + 1;
    job.steps.push({
      number,
      name,
      status: "in_progress",
      conclusion: null,
      startedAt: this.#clock.now(),
      completedAt: null,
    });
    return number;
  }

  completeStep(jobId: number, number: number, conclusion: Conclusion): void {
    const step = this.#mutableJob(jobId).steps[number - 1];
    if (step === undefined) throw new Error(`job ${jobId} has no step ${number}`);
    step.status = "completed";
    step.conclusion = conclusion;
    step.completedAt = this.#clock.now();
  }

  /** Each line gets the time, as GitHub's logs have it. */
  appendLog(jobId: number, text: string): void {
    const time = this.#clock.now().toISOString().replace("Z", "0000Z");
    const lines = text.replace(/\n$/, "").split("\n");
    this.#mutableJob(jobId).log += lines.map((line) => `${time} ${line}\n`).join("");
  }

  /**
   * A further attempt of the same run. Jobs that are not run again stand in it as they ended; those
   * that are run again are added by whoever executes them.
   */
  startAttempt(runId: number, triggeringActor: Actor, what: Rerun): Attempt {
    const run = this.#mutableRun(runId);
    const previous = this.#current(run);
    const attempt = this.#newAttempt(previous.number + 1, triggeringActor, "queued");
    run.attempts.push(attempt);
    for (const job of previous.jobs.filter((candidate) => !isRunAgain(candidate, what))) {
      const kept = { ...job, id: this.#nextId(), attempt: attempt.number };
      attempt.jobs.push(kept);
      this.#jobs.set(kept.id, kept);
    }
    this.#engine.onRerun?.(run, what);
    return attempt;
  }

  cancel(runId: number, options: { readonly force: boolean }): void {
    const run = this.#mutableRun(runId);
    if (this.#engine.onCancel === undefined) this.completeRun(runId, "cancelled");
    else this.#engine.onCancel(run, options);
  }

  deleteRun(runId: number): void {
    for (const attempt of this.#mutableRun(runId).attempts) {
      for (const job of attempt.jobs) this.#jobs.delete(job.id);
    }
    this.#runs.delete(runId);
  }

  deleteLogs(runId: number): void {
    this.#mutableRun(runId).logsDeleted = true;
  }
}

/** Jobs that need a failed one run again with it; they were skipped, so they are no success. */
function isRunAgain(job: Job, what: Rerun): boolean {
  if (what === "all") return true;
  if (what === "failed") return job.conclusion !== "success";
  return job.name === what.job;
}
