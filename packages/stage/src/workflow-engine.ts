import { artifactArchive } from "./artifact-archive.ts";
import { ACTIONS_APP } from "./github/accounts.ts";
/**
 * Executes what the API dispatches: ties the runner to the stores of a host, so that runs, jobs,
 * steps, logs, artifacts, check runs and approvals are where GitHub's API has them.
 */
import type { GithubHost } from "./github/host.ts";
import { accountId, ownerId } from "./github/repositories.ts";
import type { Repository } from "./github/repository.ts";
import { currentAttempt, type Review, type Run } from "./github/runs-store.ts";
import type { OidcIssuer } from "./oidc/issuer.ts";
import {
  type Conclusion,
  ConcurrencyGroups,
  type GateRequest,
  type GateVerdict,
  gitOverHttp,
  type JobInfo,
  type Patience,
  REHEARSAL_PATIENCE,
  type RunEvent,
  type RunHandle,
  type RunInfo,
  type RunObserver,
  type RunResult,
  startRun,
} from "./runner/index.ts";

export interface EngineOptions {
  /** Told of everything, after the stores have it. */
  readonly observer?: RunObserver;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly vars?: Readonly<Record<string, string>>;
  /** Over everything a job's processes get from the runner itself. */
  readonly patience?: Patience;
  /** Jobs at once; the number of cores unless told. */
  readonly maxJobs?: number;
}

/** How a run that the API started came out. */
export interface EngineRun {
  readonly run: Run;
  readonly result: RunResult;
}

interface Waiter {
  readonly request: GateRequest;
  readonly decide: (verdict: GateVerdict) => void;
}

/** The engine of one repository; each has one at most. */
export class WorkflowEngine {
  readonly #host: GithubHost;
  readonly #oidc: OidcIssuer;
  readonly #repository: Repository;
  readonly #options: EngineOptions;
  readonly #groups = new ConcurrencyGroups();
  readonly #stop = new AbortController();
  readonly #handles = new Map<number, RunHandle>();
  readonly #finished = new Map<number, Promise<EngineRun>>();
  readonly #waiters = new Map<number, Waiter[]>();

  constructor(
    host: GithubHost,
    oidc: OidcIssuer,
    repository: Repository,
    options: EngineOptions = {},
  ) {
    this.#host = host;
    this.#oidc = oidc;
    this.#repository = repository;
    this.#options = options;
    repository.runs.attach({
      onDispatch: (run) => {
        this.#begin(run);
      },
      onRerun: (run) => {
        this.#begin(run);
      },
      onCancel: (run) => {
        this.#handles.get(run.id)?.cancel();
      },
      onReview: (run, review) => {
        this.#review(run, review);
      },
    });
  }

  /**
   * Waits for a run that was dispatched.
   *
   * @throws what kept the run from starting: WorkflowError, DispatchInputsError, RefusedRunError
   */
  async finished(runId: number): Promise<EngineRun> {
    const finished = this.#finished.get(runId);
    if (finished === undefined) throw new Error(`the engine was not told of a run ${runId}`);
    return finished;
  }

  /** Ends every run: no process is left five seconds later. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#finished.values());
  }

  #begin(run: Run): void {
    const finished = this.#execute(run);
    // Whoever asks gets the error; a run that nobody asks for must not end the process.
    finished.catch(() => undefined);
    this.#finished.set(run.id, finished);
  }

  async #execute(run: Run): Promise<EngineRun> {
    const { runs } = this.#repository;
    const jobs = new Map<string, number>();
    try {
      const handle = await startRun(
        {
          host: this.#host,
          repository: this.#repository.slug,
          workflow: run.path,
          ref: run.ref,
          sha: run.headSha,
          actor: run.actor.login,
          triggeringActor: currentAttempt(run).triggeringActor.login,
          eventName: run.event,
          inputs: run.inputs,
          runId: run.id,
          runNumber: run.number,
          runAttempt: currentAttempt(run).number,
          secrets: this.#options.secrets ?? {},
          vars: this.#options.vars ?? {},
          signal: this.#stop.signal,
        },
        {
          observer: (event) => {
            this.#note(run, jobs, event);
            this.#options.observer?.(event);
          },
          artifacts: artifactArchive(this.#host),
          git: (host) => gitOverHttp(host, host.origin),
          checkRunId: (_, key, name) => this.#addJob(run, jobs, key, name),
          grantIdToken: (job, info) => this.#grantIdToken(job, info),
          grantRuntime: (job) => this.#grantRuntime(run, job),
          gate: async (request) => this.#pass(run, request),
          groups: this.#groups,
          patience: this.#options.patience ?? REHEARSAL_PATIENCE,
          ...(this.#options.maxJobs === undefined ? {} : { maxJobs: this.#options.maxJobs }),
        },
      );
      this.#handles.set(run.id, handle);
      return { run, result: await handle.finished };
    } catch (error) {
      if (currentAttempt(run).status !== "completed") runs.completeRun(run.id, "failure");
      throw error;
    }
  }

  /** GitHub's job and its check run have one id; here the check run is noted beside the job. */
  #addJob(run: Run, jobs: Map<string, number>, key: string, name: string): number {
    const job = this.#repository.runs.addJob(run.id, { name });
    jobs.set(key, job.id);
    return job.id;
  }

  #note(run: Run, jobs: ReadonlyMap<string, number>, event: RunEvent): void {
    const { runs } = this.#repository;
    const idOf = (job: JobInfo): number => jobs.get(job.key) ?? job.checkRunId;
    switch (event.kind) {
      case "run-started":
        runs.startRun(run.id);
        return;
      case "run-finished":
        runs.completeRun(run.id, event.conclusion);
        return;
      case "job-started":
        runs.startJob(idOf(event.job));
        return;
      case "job-finished":
        runs.completeJob(idOf(event.job), event.conclusion);
        this.#addCheckRun(run, event.job.name, event.conclusion);
        return;
      case "job-skipped": {
        const id = jobs.get(event.key) ?? runs.addJob(run.id, { name: event.name }).id;
        runs.completeJob(id, event.conclusion);
        this.#addCheckRun(run, event.name, event.conclusion);
        return;
      }
      case "step-started":
        runs.startStep(idOf(event.job), event.step.name);
        return;
      case "step-finished":
        runs.completeStep(idOf(event.job), event.step.number, event.conclusion);
        return;
      case "log":
        runs.appendLog(idOf(event.job), event.line);
        return;
      case "annotation":
      case "egress":
      case "job-waiting":
        return;
    }
  }

  #addCheckRun(run: Run, name: string, conclusion: Conclusion): void {
    this.#repository.addCheckRun(name, run.headSha, {
      app: ACTIONS_APP,
      status: "completed",
      conclusion,
    });
  }

  #grantIdToken(job: JobInfo, info: RunInfo): { readonly url: string; readonly token: string } {
    const repository = this.#repository;
    const { requestUrl, requestToken } = this.#oidc.grant({
      repository: repository.slug,
      repositoryId: repository.id,
      repositoryOwnerId: ownerId(repository),
      repositoryVisibility: repository.isPrivate ? "private" : "public",
      workflow: info.workflow,
      workflowRef: `${info.repository}/${info.path}@${info.ref}`,
      workflowSha: info.sha,
      jobWorkflowRef: job.workflowRef,
      jobWorkflowSha: job.workflowSha,
      runId: info.runId,
      runNumber: info.runNumber,
      runAttempt: info.runAttempt,
      eventName: info.eventName,
      ref: info.ref,
      sha: info.sha,
      actor: info.actor,
      actorId: accountId(info.actor),
      ...(job.environment === undefined ? {} : { environment: job.environment }),
    });
    return { url: requestUrl, token: requestToken };
  }

  #grantRuntime(
    run: Run,
    { checkRunId }: JobInfo,
  ): { readonly resultsUrl: string; readonly token: string } {
    const job = this.#repository.runs.job(checkRunId);
    if (job === undefined) throw new Error(`run ${run.id} has no job ${checkRunId}`);
    const { results } = this.#host;
    return {
      resultsUrl: results.url,
      token: results.issueToken({ repository: this.#repository, run, job }),
    };
  }

  /** Lets the job in at once where its environment asks nobody. */
  async #pass(run: Run, request: GateRequest): Promise<GateVerdict> {
    const rules = this.#repository.environments.named(request.environment);
    if (rules === undefined || rules.reviewers.length === 0) return "approved";
    return new Promise((decide) => {
      const waiters = this.#waiters.get(run.id) ?? [];
      waiters.push({ request, decide });
      this.#waiters.set(run.id, waiters);
      this.#repository.runs.awaitEnvironment(run.id, request.environment);
    });
  }

  #review(run: Run, { environments, state }: Review): void {
    const waiters = this.#waiters.get(run.id) ?? [];
    const isMeant = ({ request }: Waiter): boolean =>
      environments.some((name) => name.toLowerCase() === request.environment.toLowerCase());
    this.#waiters.set(
      run.id,
      waiters.filter((waiter) => !isMeant(waiter)),
    );
    for (const { decide } of waiters.filter(isMeant)) {
      decide(state === "approved" ? "approved" : "rejected");
    }
  }
}
