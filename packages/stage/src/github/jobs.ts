/** Jobs of a run, and the logs of both. */
import { formatTime } from "../clock.ts";
import { ApiError, notFound } from "./errors.ts";
import { idIn, pageThrough } from "./listing.ts";
import { type Call, nodeId, type OperationTable, type Reply } from "./operation.ts";
import { apiUrlOf, htmlUrlOf } from "./repositories.ts";
import { type Attempt, currentAttempt, type Job, type Run } from "./runs-store.ts";
import { attemptOf, headBranchOf, runOf } from "./workflow-runs.ts";
import { zipOf } from "./zip.ts";

/** The address of a log lives this long (specs.md 2.16). */
const LINK_MS = 60_000;

function renderJob(call: Call, run: Run, job: Job): object {
  const time = (date: Date | null): string | null => (date === null ? null : formatTime(date));
  return {
    id: job.id,
    run_id: run.id,
    workflow_name: run.name,
    head_branch: headBranchOf(run),
    run_url: apiUrlOf(call, `/actions/runs/${run.id}`),
    run_attempt: job.attempt,
    node_id: nodeId("CheckRun", job.id),
    head_sha: run.headSha,
    url: apiUrlOf(call, `/actions/jobs/${job.id}`),
    html_url: htmlUrlOf(call, `/actions/runs/${run.id}/job/${job.id}`),
    status: job.status,
    conclusion: job.conclusion,
    created_at: formatTime(job.createdAt),
    started_at: formatTime(job.startedAt),
    completed_at: time(job.completedAt),
    name: job.name,
    steps: job.steps.map((step) => ({
      name: step.name,
      status: step.status,
      conclusion: step.conclusion,
      number: step.number,
      started_at: time(step.startedAt),
      completed_at: time(step.completedAt),
    })),
    check_run_url: apiUrlOf(call, `/check-runs/${job.id}`),
    labels: job.labels,
    runner_id: job.runnerName === null ? null : 1,
    runner_name: job.runnerName,
    runner_group_id: job.runnerName === null ? null : 0,
    runner_group_name: job.runnerName === null ? null : "GitHub Actions",
  };
}

function listed(call: Call, url: string, run: Run, jobs: readonly Job[]): Reply {
  const { shown, total, headers } = pageThrough(url, call.query, jobs);
  const body = { total_count: total, jobs: shown.map((job) => renderJob(call, run, job)) };
  return { status: 200, body, headers };
}

async function listJobs(call: Call): Promise<Reply> {
  const run = runOf(call);
  const jobs =
    call.query.get("filter") === "all"
      ? run.attempts.flatMap((attempt) => attempt.jobs)
      : currentAttempt(run).jobs;
  return listed(call, apiUrlOf(call, `/actions/runs/${run.id}/jobs`), run, jobs);
}

async function listAttemptJobs(call: Call): Promise<Reply> {
  const { run, attempt } = attemptOf(call);
  const url = apiUrlOf(call, `/actions/runs/${run.id}/attempts/${attempt.number}/jobs`);
  return listed(call, url, run, attempt.jobs);
}

function jobOf(call: Call): { run: Run; job: Job } {
  const job = call.repository.runs.job(idIn(call.params, "job_id"));
  const run = job === undefined ? undefined : call.repository.runs.run(job.runId);
  if (job === undefined || run === undefined) throw notFound();
  return { run, job };
}

async function getJob(call: Call): Promise<Reply> {
  const { run, job } = jobOf(call);
  return { status: 200, body: renderJob(call, run, job) };
}

/** @throws ApiError 410 when the run's logs are no longer kept */
function assertLogsKept(call: Call, run: Run): void {
  if (run.logsDeleted) throw notFound();
  if (run.logsExpireAt.getTime() <= call.host.clock.now().getTime()) {
    throw new ApiError(410, "Server Error");
  }
}

async function redirectTo(
  call: Call,
  content: Buffer,
  signing: {
    readonly contentType: string;
    readonly fileName: string;
  },
): Promise<Reply> {
  const blob = await call.host.blobs.write([content]);
  const location = call.host.addressOf(blob.id, { lifeMs: LINK_MS, ...signing });
  return { status: 302, body: "", headers: { location, "content-type": "text/html" } };
}

/** File names in the archive are made of the jobs' names; what a file system minds is left out. */
function fileNameOf(job: Job): string {
  return job.name.replaceAll(/[\\/:*?"<>|]/g, "").trim();
}

async function archiveOf(call: Call, run: Run, attempt: Attempt): Promise<Reply> {
  assertLogsKept(call, run);
  // While it runs there is no archive; finished jobs have their own logs already (peers.md 8).
  if (attempt.status !== "completed") throw notFound();
  const entries = attempt.jobs.map((job, index) => ({
    name: `${index}_${fileNameOf(job)}.txt`,
    content: Buffer.from(job.log),
  }));
  return redirectTo(call, zipOf(entries), {
    contentType: "application/zip",
    fileName: `logs_${run.id}.zip`,
  });
}

async function getRunLogs(call: Call): Promise<Reply> {
  const run = runOf(call);
  return archiveOf(call, run, currentAttempt(run));
}

async function getAttemptLogs(call: Call): Promise<Reply> {
  const { run, attempt } = attemptOf(call);
  return archiveOf(call, run, attempt);
}

async function getJobLogs(call: Call): Promise<Reply> {
  const { run, job } = jobOf(call);
  assertLogsKept(call, run);
  if (job.status !== "completed") throw notFound();
  return redirectTo(call, Buffer.from(job.log), {
    contentType: "text/plain; charset=utf-8",
    fileName: `${job.id}.txt`,
  });
}

async function deleteRunLogs(call: Call): Promise<Reply> {
  const run = runOf(call);
  if (currentAttempt(run).status !== "completed") {
    throw new ApiError(403, "Cannot delete logs of a workflow run that is in progress");
  }
  call.repository.runs.deleteLogs(run.id);
  call.record({ what: "delete logs", before: String(run.id), after: undefined });
  return { status: 204, body: "" };
}

const read = { permission: "actions", level: "read" } as const;

export const jobOperations = {
  "GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs": { ...read, handle: listJobs },
  "GET /repos/{owner}/{repo}/actions/runs/{run_id}/attempts/{attempt_number}/jobs": {
    ...read,
    handle: listAttemptJobs,
  },
  "GET /repos/{owner}/{repo}/actions/jobs/{job_id}": { ...read, handle: getJob },
  "GET /repos/{owner}/{repo}/actions/runs/{run_id}/logs": { ...read, handle: getRunLogs },
  "DELETE /repos/{owner}/{repo}/actions/runs/{run_id}/logs": {
    permission: "actions",
    level: "write",
    handle: deleteRunLogs,
  },
  "GET /repos/{owner}/{repo}/actions/runs/{run_id}/attempts/{attempt_number}/logs": {
    ...read,
    handle: getAttemptLogs,
  },
  "GET /repos/{owner}/{repo}/actions/jobs/{job_id}/logs": { ...read, handle: getJobLogs },
} satisfies OperationTable;
