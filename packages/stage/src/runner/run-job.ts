/** One job from its folder to its verdict: set up, steps, what they leave to do, outputs. */
import { mkdir, rm } from "node:fs/promises";
import type { GithubHost } from "../github/host.ts";
import type { Level } from "../github/tokens.ts";
import type { Scope } from "../workflow/expression.ts";
import type { LegResult } from "../workflow/graph.ts";
import type { Json, PermissionSet, StepsJob, Template, Workflow } from "../workflow/model.ts";
import { jobEnvironmentVariables, runDefaults } from "../workflow/settings.ts";
import { evaluateNumber, evaluateText } from "../workflow/template.ts";
import { gitFromFiles, openEgress } from "./egress.ts";
import { jobFolders } from "./github-context.ts";
import { JobSession, type Origin, StepLog } from "./job-session.ts";
import type { JobInfo, RunInfo } from "./observer.ts";
import { REHEARSAL_PATIENCE } from "./processes.ts";
import type { RunServices } from "./services.ts";
import { type PreStep, StepRunner } from "./steps.ts";

export interface JobAssignment {
  readonly host: GithubHost;
  readonly run: RunInfo;
  readonly info: JobInfo;
  readonly workflow: Workflow;
  readonly job: StepsJob;
  readonly origin: Origin;
  /** `github`, `inputs`, `vars`, `needs`, `strategy`, `matrix`. */
  readonly contexts: Readonly<Record<string, Json>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** Values to be masked, the job's own secrets among them. */
  readonly hidden: readonly string[];
  readonly environmentUrl: Template | undefined;
  /** A folder that is the job's own; it is removed. */
  readonly root: string;
}

export interface JobEnd {
  readonly result: LegResult;
  readonly outputs: Readonly<Record<string, string>>;
  readonly environmentUrl: string | undefined;
}

/** Who the history says did what a job's token did. */
export const JOB_IDENTITY = "github-actions[bot]";

/** "Workflow syntax: jobs.<job_id>.timeout-minutes". */
const DEFAULT_TIMEOUT_MINUTES = 360;

/** "Canceling a workflow": what is not over so long after the cancelling is ended by force. */
const CANCEL_MINUTES = 5;

const MINUTE_MS = 60_000;

/** What a timer of Node can hold. */
const MAX_TIMER_MS = 2 ** 31 - 1;

function isLevel(level: string): level is Level {
  return level === "read" || level === "write";
}

/** The token's permissions by the API's names; identity is not the API's. */
export function tokenPermissions(permissions: PermissionSet): Readonly<Record<string, Level>> {
  return Object.fromEntries(
    Object.entries(permissions).flatMap(([scope, level]): [string, Level][] =>
      scope === "id-token" || !isLevel(level) ? [] : [[scope.replaceAll("-", "_"), level]],
    ),
  );
}

function grantedVariables(
  assignment: JobAssignment,
  services: RunServices,
): {
  readonly idToken: Readonly<Record<string, string>>;
  readonly runtime: Readonly<Record<string, string>>;
} {
  const { info, run } = assignment;
  const mayIdentify = info.permissions["id-token"] === "write";
  const identity = mayIdentify ? services.grantIdToken?.(info, run) : undefined;
  const runtime = services.grantRuntime?.(info, run);
  return {
    idToken:
      identity === undefined
        ? {}
        : {
            ACTIONS_ID_TOKEN_REQUEST_URL: identity.url,
            ACTIONS_ID_TOKEN_REQUEST_TOKEN: identity.token,
          },
    runtime:
      runtime === undefined
        ? {}
        : {
            ACTIONS_RUNTIME_URL: runtime.resultsUrl,
            ACTIONS_RESULTS_URL: runtime.resultsUrl,
            ACTIONS_RUNTIME_TOKEN: runtime.token,
          },
  };
}

/**
 * Runs the job to its end. `cancelled` is GitHub's cancelling, which `always()` survives; `aborted`
 * ends everything. Never throws for what a workflow does.
 */
export async function runJob(
  assignment: JobAssignment,
  services: RunServices,
  cancelled: AbortSignal,
  aborted: AbortSignal,
): Promise<JobEnd> {
  const { host, info, root } = assignment;
  const token = host.issueToken({
    kind: "job",
    permissions: tokenPermissions(info.permissions),
    repositories: [assignment.run.repository],
    identity: JOB_IDENTITY,
  });
  try {
    await mkdir(root, { recursive: true });
    return await runInFolder(assignment, services, token, cancelled, aborted);
  } finally {
    host.expireToken(token);
    await rm(root, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function runInFolder(
  assignment: JobAssignment,
  services: RunServices,
  token: string,
  cancelled: AbortSignal,
  aborted: AbortSignal,
): Promise<JobEnd> {
  const { host, run, info, root, origin } = assignment;
  const git = (services.git ?? gitFromFiles)(host);
  await using egress = await openEgress(root, git);
  const granted = grantedVariables(assignment, services);
  const minuteMs = services.minuteMs ?? MINUTE_MS;
  const cancelling = new AbortController();
  const aborting = new AbortController();
  const timers: NodeJS.Timeout[] = [];
  const cancel = (): void => {
    timers.push(setTimeout(() => aborting.abort(), CANCEL_MINUTES * minuteMs));
    cancelling.abort();
  };
  const abort = (): void => {
    cancelling.abort();
    aborting.abort();
  };
  cancelled.addEventListener("abort", cancel);
  aborted.addEventListener("abort", abort);
  if (cancelled.aborted) cancel();
  if (aborted.aborted) abort();

  const session = new JobSession(
    {
      host,
      run,
      info,
      origin,
      folders: jobFolders(root),
      contexts: {
        ...assignment.contexts,
        secrets: { ...assignment.secrets, github_token: token },
      },
      token,
      egress,
      git,
      observer: services.observer ?? (() => undefined),
      patience: services.patience ?? REHEARSAL_PATIENCE,
      minuteMs,
      idTokenVariables: granted.idToken,
      runtimeVariables: granted.runtime,
      artifacts: services.artifacts,
      node: services.node ?? process.execPath,
      cancelled: cancelling.signal,
      aborted: aborting.signal,
    },
    assignment.hidden,
  );
  try {
    await session.prepare();
    return await runStages(session, assignment, (minutes, expire) => {
      const onTime = (): void => {
        expire();
        cancel();
      };
      timers.push(setTimeout(onTime, Math.min(minutes * minuteMs, MAX_TIMER_MS)));
    });
  } finally {
    for (const timer of timers) clearTimeout(timer);
    cancelled.removeEventListener("abort", cancel);
    aborted.removeEventListener("abort", abort);
    await session.endOrphans();
  }
}

/** Runs one of the runner's own steps; what goes wrong in it fails the job. */
async function ownStep<T>(
  session: JobSession,
  name: string,
  act: (log: StepLog) => Promise<T>,
): Promise<T | undefined> {
  const { observer, info: job } = session.settings;
  const step = session.nextStep(name);
  const log = new StepLog(session, step);
  observer({ kind: "step-started", at: new Date(), job, step });
  let result: T | undefined;
  let isDone = false;
  try {
    result = await act(log);
    isDone = true;
  } catch (error) {
    log.error(error instanceof Error ? error.message : String(error));
    session.fail();
  }
  const conclusion = isDone ? "success" : "failure";
  observer({
    kind: "step-finished",
    at: new Date(),
    job,
    step,
    outcome: conclusion,
    conclusion,
    summary: "",
  });
  return result;
}

async function runStages(
  session: JobSession,
  assignment: JobAssignment,
  startTimer: (minutes: number, expire: () => void) => void,
): Promise<JobEnd> {
  const { workflow, job, info } = assignment;
  const scope: Scope = session.scope({}, {}, {});
  let expiredAfter: number | undefined;
  let runner = new StepRunner(session, undefined);
  const pres = await ownStep(session, "Set up job", async (log) => {
    const minutes = evaluateNumber(job.timeoutMinutes, scope, DEFAULT_TIMEOUT_MINUTES);
    startTimer(minutes, () => {
      expiredAfter = minutes;
    });
    const variables = jobEnvironmentVariables(workflow, job, scope);
    for (const [name, value] of Object.entries(variables)) session.env.set(name, value);
    const defaults = runDefaults(workflow, job, session.scope({}, {}, {}));
    runner = new StepRunner(session, defaults);
    logSetUp(log, assignment);
    const found = await runner.prepare(log, job.steps);
    log.write(`Complete job name: ${info.name}`);
    return found;
  });
  // What cannot be set up runs nothing, and has nothing to clean up.
  if (pres !== undefined) await runAll(runner, pres, job);
  const end = await ownStep(session, "Complete job", async (log) => {
    if (expiredAfter !== undefined) {
      log.error(
        `The job has exceeded the maximum execution time of ${expiredAfter} minutes: ${info.name}`,
      );
    }
    const orphans = await session.endOrphans();
    if (orphans.length > 0) {
      log.write("Cleaning up orphan processes");
      for (const pid of orphans) log.write(`Terminate orphan process: pid (${pid})`);
    }
    const outputs = pres === undefined ? {} : jobOutputs(session, runner.scope, job, log);
    return { outputs, environmentUrl: urlOf(session, runner.scope, assignment, log) };
  });
  return { result: session.status, outputs: {}, environmentUrl: undefined, ...end };
}

async function runAll(runner: StepRunner, pres: readonly PreStep[], job: StepsJob): Promise<void> {
  await runner.runPre(pres);
  await runner.runSteps(job.steps);
  await runner.runPosts();
}

function logSetUp(log: StepLog, { info, run, origin }: JobAssignment): void {
  log.write("Current runner: the stage");
  const granted = Object.entries(info.permissions).filter(([, level]) => level !== "none");
  log.group("GITHUB_TOKEN Permissions", [
    ...granted.map(([scope, level]) => `${titleCase(scope)}: ${level}`),
    "Metadata: read",
  ]);
  log.write("Secret source: Actions");
  log.write(`Uses: ${info.workflowRef} (${origin.sha})`);
  log.write(`Run ${run.runId}, attempt ${run.runAttempt}, of ${run.repository}@${run.sha}`);
  log.write("Prepare all required actions");
}

/** `pull-requests` as the runner shows it. */
function titleCase(scope: string): string {
  return scope
    .split("-")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}

/** "Passing information between jobs": an output that holds a secret is dropped, and said to be. */
function jobOutputs(
  session: JobSession,
  scope: Scope,
  job: StepsJob,
  log: StepLog,
): Readonly<Record<string, string>> {
  const outputs: Record<string, string> = {};
  for (const { name, value: template } of job.outputs) {
    const value = evaluateText(template, scope);
    if (session.masks.mask(value) !== value) {
      log.warning(`Skip output '${name}' since it may contain secret.`);
      outputs[name] = "";
    } else {
      if (value !== "") log.write(`Set output '${name}'`);
      outputs[name] = value;
    }
  }
  return outputs;
}

function urlOf(
  session: JobSession,
  scope: Scope,
  { environmentUrl }: JobAssignment,
  log: StepLog,
): string | undefined {
  if (environmentUrl === undefined) return undefined;
  const url = session.masks.mask(evaluateText(environmentUrl, scope));
  if (url === "") return undefined;
  log.write(`Evaluated environment url: ${url}`);
  return url;
}
