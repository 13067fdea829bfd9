/** Workflow runs and their attempts: read, rerun, cancel, delete. */
import { formatTime } from "../clock.ts";
import { actorOf, renderActor } from "./actors.ts";
import { ApiError, notFound } from "./errors.ts";
import { idIn, pageThrough } from "./listing.ts";
import { type Call, nodeId, type OperationTable, type Reply } from "./operation.ts";
import { apiUrlOf, htmlUrlOf, renderMinimalRepository } from "./repositories.ts";
import { type Attempt, currentAttempt, type Rerun, type Run } from "./runs-store.ts";
import { workflowPathOf } from "./workflows.ts";

/** A search over runs finds no more than that (docs.github.com, "List workflow runs"). */
const MAX_FOUND = 1000;

/** A run is rerun 50 times at most, and for 30 days (docs.github.com, "Re-running workflows"). */
const MAX_ATTEMPTS = 51;
const RERUN_FOR_MS = 30 * 24 * 60 * 60 * 1000;

export function runOf(call: Call): Run {
  const run = call.repository.runs.run(idIn(call.params, "run_id"));
  if (run === undefined) throw notFound();
  return run;
}

export function attemptOf(call: Call): { run: Run; attempt: Attempt } {
  const run = runOf(call);
  const attempt = run.attempts[idIn(call.params, "attempt_number") - 1];
  if (attempt === undefined) throw notFound();
  return { run, attempt };
}

/** `heads/x` and `tags/x` are both shown by their short name. */
export function headBranchOf(run: Run): string {
  return run.ref.replace(/^refs\/(?:heads|tags)\//, "");
}

async function renderHeadCommit(call: Call, sha: string): Promise<object | null> {
  const { git } = call.repository;
  if ((await git.typeOf(sha)) !== "commit") return null;
  const [commit] = await git.commits([sha]);
  if (commit === undefined) return null;
  return {
    id: sha,
    tree_id: commit.tree,
    message: commit.message,
    timestamp: formatTime(new Date(commit.author.seconds * 1000)),
    author: { name: commit.author.name, email: commit.author.email },
    committer: { name: commit.committer.name, email: commit.committer.email },
  };
}

/** The repository the commit is from, when that is a fork: what is shown of it. */
function renderFork(call: Call, fork: NonNullable<Run["headRepository"]>): object {
  const text = JSON.stringify(renderMinimalRepository(call));
  const rendered: unknown = JSON.parse(text.replaceAll(call.repository.slug, fork.slug));
  return {
    ...(typeof rendered === "object" ? rendered : {}),
    id: fork.id,
    node_id: nodeId("Repository", fork.id),
    name: fork.slug.split("/")[1] ?? "",
    fork: true,
  };
}

async function renderRun(call: Call, run: Run, attempt: Attempt): Promise<object> {
  const url = apiUrlOf(call, `/actions/runs/${run.id}`);
  const repository = renderMinimalRepository(call);
  const isFork = run.headRepository !== undefined;
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId("WorkflowRun", run.id),
    check_suite_id: run.id,
    check_suite_node_id: nodeId("CheckSuite", run.id),
    head_branch: headBranchOf(run),
    head_sha: run.headSha,
    path: run.path,
    run_number: run.number,
    run_attempt: attempt.number,
    referenced_workflows: run.referencedWorkflows,
    event: run.event,
    display_title: run.displayTitle,
    status: attempt.status,
    conclusion: attempt.conclusion,
    workflow_id: run.workflowId,
    url,
    html_url: htmlUrlOf(call, `/actions/runs/${run.id}`),
    pull_requests: [],
    created_at: formatTime(run.createdAt),
    updated_at: formatTime(attempt.updatedAt),
    run_started_at: formatTime(attempt.startedAt),
    actor: renderActor(call.addresses, run.actor),
    triggering_actor: renderActor(call.addresses, attempt.triggeringActor),
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: apiUrlOf(call, `/check-suites/${run.id}`),
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: attempt.number === 1 ? null : `${url}/attempts/${attempt.number - 1}`,
    workflow_url: apiUrlOf(call, `/actions/workflows/${run.workflowId}`),
    head_commit: await renderHeadCommit(call, run.headSha),
    repository,
    head_repository: isFork ? renderFork(call, run.headRepository) : repository,
  };
}

/** `2026-01-02`, `>=2026-01-02T03:04:05Z`, `2026-01-01..2026-01-31`: GitHub's search syntax. */
function isCreatedWithin(created: Date, range: string): boolean {
  const time = created.getTime();
  const startOf = (text: string): number => Date.parse(text);
  const endOf = (text: string): number =>
    Date.parse(text) + (/^\d{4}-\d{2}-\d{2}$/.test(text) ? 24 * 60 * 60 * 1000 : 1000);
  const between = /^(?<from>.+)\.\.(?<to>.+)$/.exec(range)?.groups;
  if (between !== undefined) {
    const { from = "", to = "" } = between;
    return (from === "*" || time >= startOf(from)) && (to === "*" || time < endOf(to));
  }
  const { sign = "", date = "" } = /^(?<sign>[<>]=?|)(?<date>.*)$/.exec(range)?.groups ?? {};
  switch (sign) {
    case ">":
      return time >= endOf(date);
    case ">=":
      return time >= startOf(date);
    case "<":
      return time < startOf(date);
    case "<=":
      return time < endOf(date);
    default:
      return time >= startOf(date) && time < endOf(date);
  }
}

function matches(run: Run, query: URLSearchParams): boolean {
  const attempt = currentAttempt(run);
  const wanted = (name: string): string | undefined => query.get(name) ?? undefined;
  const status = wanted("status");
  const created = wanted("created");
  return (
    (wanted("actor") ?? run.actor.login) === run.actor.login &&
    (wanted("branch") ?? headBranchOf(run)) === headBranchOf(run) &&
    (wanted("event") ?? run.event) === run.event &&
    (wanted("head_sha") ?? run.headSha) === run.headSha &&
    (wanted("check_suite_id") ?? String(run.id)) === String(run.id) &&
    // The one parameter asks for both how far it is and how it ended.
    (status === undefined || status === attempt.status || status === attempt.conclusion) &&
    (created === undefined || isCreatedWithin(run.createdAt, created))
  );
}

async function listFound(call: Call, url: string, runs: readonly Run[]): Promise<Reply> {
  const found = runs.filter((run) => matches(run, call.query));
  const isSearch = ["actor", "branch", "created", "event", "head_sha", "status"].some((name) =>
    call.query.has(name),
  );
  const listed = isSearch ? found.slice(0, MAX_FOUND) : found;
  const { shown, total, headers } = pageThrough(url, call.query, listed);
  const rendered = shown.map((run) => renderRun(call, run, currentAttempt(run)));
  const body = { total_count: total, workflow_runs: await Promise.all(rendered) };
  return { status: 200, body, headers };
}

async function listRuns(call: Call): Promise<Reply> {
  return listFound(call, apiUrlOf(call, "/actions/runs"), call.repository.runs.readList());
}

async function listWorkflowRuns(call: Call): Promise<Reply> {
  const path = await workflowPathOf(call);
  const { runs } = call.repository;
  const url = apiUrlOf(call, `/actions/workflows/${runs.workflowId(path)}/runs`);
  const ofWorkflow = runs.readList().filter((run) => run.path === path);
  return listFound(call, url, ofWorkflow);
}

async function getRun(call: Call): Promise<Reply> {
  const run = runOf(call);
  return { status: 200, body: await renderRun(call, run, currentAttempt(run)) };
}

async function getAttempt(call: Call): Promise<Reply> {
  const { run, attempt } = attemptOf(call);
  return { status: 200, body: await renderRun(call, run, attempt) };
}

function rerun(call: Call, run: Run, what: Rerun): Reply {
  if (currentAttempt(run).status !== "completed") {
    throw new ApiError(403, "This workflow is already running");
  }
  const age = call.host.clock.now().getTime() - run.createdAt.getTime();
  const hasFailed = currentAttempt(run).conclusion !== "success";
  const isTooLate = age > RERUN_FOR_MS || run.attempts.length >= MAX_ATTEMPTS;
  if (isTooLate || (what === "failed" && !hasFailed)) {
    throw new ApiError(403, "This workflow run cannot be retried");
  }
  const before = String(run.attempts.length);
  const attempt = call.repository.runs.startAttempt(run.id, actorOf(call.caller), what);
  call.record({ what: "rerun run", before, after: String(attempt.number) });
  return { status: 201, body: {} };
}

async function rerunAll(call: Call): Promise<Reply> {
  return rerun(call, runOf(call), "all");
}

async function rerunFailed(call: Call): Promise<Reply> {
  return rerun(call, runOf(call), "failed");
}

async function rerunJob(call: Call): Promise<Reply> {
  const { runs } = call.repository;
  const job = runs.job(idIn(call.params, "job_id"));
  const run = job === undefined ? undefined : runs.run(job.runId);
  if (job === undefined || run === undefined) throw notFound();
  if (job.attempt !== currentAttempt(run).number) {
    throw new ApiError(403, "Only jobs from the current attempt can be re-run");
  }
  return rerun(call, run, { job: job.name });
}

function cancel(call: Call, force: boolean): Reply {
  const run = runOf(call);
  if (currentAttempt(run).status === "completed") {
    throw new ApiError(409, "Cannot cancel a workflow run that is completed.");
  }
  call.record({ what: "cancel run", before: undefined, after: String(run.id) });
  call.repository.runs.cancel(run.id, { force });
  return { status: 202, body: {} };
}

async function cancelRun(call: Call): Promise<Reply> {
  return cancel(call, false);
}

async function forceCancelRun(call: Call): Promise<Reply> {
  return cancel(call, true);
}

async function deleteRun(call: Call): Promise<Reply> {
  const run = runOf(call);
  if (currentAttempt(run).status !== "completed") {
    throw new ApiError(403, "Could not delete the workflow run");
  }
  for (const artifact of call.repository.artifacts.ofRun(run.id)) {
    await call.repository.artifacts.delete(artifact.id);
  }
  call.repository.runs.deleteRun(run.id);
  call.record({ what: "delete run", before: String(run.id), after: undefined });
  return { status: 204, body: "" };
}

const read = { permission: "actions", level: "read" } as const;
const write = { permission: "actions", level: "write" } as const;

export const workflowRunOperations = {
  "GET /repos/{owner}/{repo}/actions/runs": { ...read, handle: listRuns },
  "GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs": {
    ...read,
    handle: listWorkflowRuns,
  },
  "GET /repos/{owner}/{repo}/actions/runs/{run_id}": { ...read, handle: getRun },
  "DELETE /repos/{owner}/{repo}/actions/runs/{run_id}": { ...write, handle: deleteRun },
  "GET /repos/{owner}/{repo}/actions/runs/{run_id}/attempts/{attempt_number}": {
    ...read,
    handle: getAttempt,
  },
  "POST /repos/{owner}/{repo}/actions/runs/{run_id}/rerun": { ...write, handle: rerunAll },
  "POST /repos/{owner}/{repo}/actions/runs/{run_id}/rerun-failed-jobs": {
    ...write,
    handle: rerunFailed,
  },
  "POST /repos/{owner}/{repo}/actions/jobs/{job_id}/rerun": { ...write, handle: rerunJob },
  "POST /repos/{owner}/{repo}/actions/runs/{run_id}/cancel": { ...write, handle: cancelRun },
  "POST /repos/{owner}/{repo}/actions/runs/{run_id}/force-cancel": {
    ...write,
    handle: forceCancelRun,
  },
} satisfies OperationTable;
