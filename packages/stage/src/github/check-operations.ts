/** Check runs, check suites and commit statuses as GitHub serves them. */
import { type App, renderApp, renderUser } from "./accounts.ts";
import { recordIn, recordsIn, textIn } from "./body.ts";
import type { CheckRun, CheckSuite, CommitStatus } from "./checks.ts";
import { resolveCommit } from "./commits.ts";
import { ApiError, notFound, unprocessable, validationFailed } from "./errors.ts";
import { formatMoment } from "./issue-operations.ts";
import { type Call, nodeId, type OperationTable, paged, type Reply } from "./operation.ts";
import { apiUrlOf, htmlUrlOf, renderMinimalRepository } from "./repositories.ts";
import { formatDate } from "./signing.ts";

/** How many statuses a commit takes for one context (docs.github.com). */
const MAX_STATUSES_PER_CONTEXT = 1_000;

async function commitOf(call: Call): Promise<string> {
  const name = call.params["ref"] ?? "";
  const sha = await resolveCommit(call, name);
  if (sha === undefined) throw unprocessable(`No commit found for SHA: ${name}`);
  return sha;
}

function renderCheckRun(call: Call, run: CheckRun): object {
  const url = apiUrlOf(call, `/check-runs/${run.id}`);
  const html = htmlUrlOf(call, `/runs/${run.id}`);
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId("CheckRun", run.id),
    head_sha: run.headSha,
    external_id: run.externalId ?? "",
    url,
    html_url: html,
    details_url: run.detailsUrl ?? html,
    status: run.status,
    conclusion: run.conclusion,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    output: {
      title: run.output.title,
      summary: run.output.summary,
      text: run.output.text,
      annotations_count: run.output.annotations,
      annotations_url: `${url}/annotations`,
    },
    check_suite: { id: run.suite },
    app: renderApp(call.addresses, run.app),
    pull_requests: renderPullsAt(call, run.headSha),
  };
}

/** Open pull requests with this head, in the short form. */
function renderPullsAt(call: Call, sha: string): readonly object[] {
  const { pulls, id, slug } = call.repository;
  const repo = { id, url: apiUrlOf(call), name: slug.slice(slug.indexOf("/") + 1) };
  return pulls.all
    .filter((pull) => pull.headSha === sha && pulls.isOpen(pull.number))
    .map((pull) => ({
      id: pullId(call, pull.number),
      number: pull.number,
      url: apiUrlOf(call, `/pulls/${pull.number}`),
      head: { ref: pull.head, sha: pull.headSha, repo },
      base: { ref: pull.base, sha: pull.baseSha, repo },
    }));
}

export function pullId(call: Call, number: number): number {
  return 200_000 * call.repository.id + number;
}

async function listCheckRuns(call: Call): Promise<Reply> {
  const { query, repository } = call;
  const sha = await commitOf(call);
  const unseen = call.unseen("create check run");
  const runs =
    query.get("filter") === "all"
      ? repository.checks.runsOf(sha, unseen)
      : repository.checks.latestRunsOf(sha, unseen);
  const name = query.get("check_name");
  const status = query.get("status");
  const app = query.get("app_id");
  const matching = runs.filter(
    (run) =>
      (name === null || run.name === name) &&
      (status === null || run.status === status) &&
      (app === null || run.app.id === Number(app)),
  );
  const url = apiUrlOf(call, `/commits/${call.params["ref"] ?? ""}/check-runs`);
  const { shown, headers } = paged(call, url, matching);
  const check_runs = shown.map((run) => renderCheckRun(call, run));
  return { status: 200, body: { total_count: matching.length, check_runs }, headers };
}

/** @throws ApiError 403 for anybody but an app */
function callingApp(call: Call): App {
  const { app } = call.repository.accounts.actorOf(call.caller);
  if (app === undefined) throw new ApiError(403, "You must authenticate via a GitHub App.");
  return app;
}

/** What the body says of a run. A conclusion completes it (docs.github.com). */
function changesIn(call: Call): Partial<Omit<CheckRun, "id" | "suite" | "app">> {
  const { body } = call;
  const conclusion = textIn(body, "conclusion");
  const status = conclusion === undefined ? textIn(body, "status") : "completed";
  if (status === "completed" && conclusion === undefined) {
    throw unprocessable(`Invalid request.\n\n"conclusion" wasn't supplied.`);
  }
  const output = recordIn(body, "output");
  const startedAt = textIn(body, "started_at");
  const name = textIn(body, "name");
  const externalId = textIn(body, "external_id");
  const detailsUrl = textIn(body, "details_url");
  const completedAt = textIn(body, "completed_at") ?? formatMoment(Date.now());
  return {
    ...(name === undefined ? {} : { name }),
    ...(externalId === undefined ? {} : { externalId }),
    ...(detailsUrl === undefined ? {} : { detailsUrl }),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(status === "queued" || status === "in_progress"
      ? { status, conclusion: null, completedAt: null }
      : {}),
    ...(status === "completed" ? { status, conclusion: conclusion ?? null, completedAt } : {}),
    ...(output === undefined
      ? {}
      : {
          output: {
            title: textIn(output, "title") ?? null,
            summary: textIn(output, "summary") ?? null,
            text: textIn(output, "text") ?? null,
            annotations: recordsIn(output, "annotations").length,
          },
        }),
  };
}

async function createCheckRun(call: Call): Promise<Reply> {
  const { repository, body } = call;
  const app = callingApp(call);
  const headSha = textIn(body, "head_sha") ?? "";
  if ((await repository.git.typeOf(headSha)) !== "commit") {
    throw unprocessable(`No commit found for SHA: ${headSha}`);
  }
  const run = repository.checks.addRun({
    startedAt: formatMoment(Date.now()),
    ...changesIn(call),
    app,
    name: textIn(body, "name") ?? "",
    headSha,
  });
  call.record({ what: "create check run", before: undefined, after: `${run.name} ${headSha}` });
  const location = apiUrlOf(call, `/check-runs/${run.id}`);
  return { status: 201, body: renderCheckRun(call, run), headers: { location } };
}

function runOf(call: Call): CheckRun {
  const run = call.repository.checks.run(Number(call.params["check_run_id"]));
  if (run === undefined) throw notFound();
  return run;
}

async function getCheckRun(call: Call): Promise<Reply> {
  return { status: 200, body: renderCheckRun(call, runOf(call)) };
}

async function updateCheckRun(call: Call): Promise<Reply> {
  const run = runOf(call);
  // An app changes its own runs only.
  if (callingApp(call).id !== run.app.id) {
    throw new ApiError(
      403,
      `Invalid app_id \`${run.app.id}\` - check run can only be modified by the GitHub App that created it.`,
    );
  }
  const updated = call.repository.checks.updateRun(run.id, changesIn(call));
  call.record({ what: "update check run", before: run.status, after: updated.status });
  return { status: 200, body: renderCheckRun(call, updated) };
}

/** What the suite is, from its runs: the worst one decides. */
function standingOf(runs: readonly CheckRun[]): { status: string; conclusion: string | null } {
  if (runs.length === 0) return { status: "queued", conclusion: null };
  if (runs.some(({ status }) => status !== "completed")) {
    const hasBegun = runs.some(({ status }) => status !== "queued");
    return { status: hasBegun ? "in_progress" : "queued", conclusion: null };
  }
  const order = [
    "action_required",
    "timed_out",
    "cancelled",
    "failure",
    "stale",
    "neutral",
    "success",
  ];
  const found = order.find((conclusion) => runs.some((run) => run.conclusion === conclusion));
  return { status: "completed", conclusion: found ?? "skipped" };
}

async function renderSuite(call: Call, suite: CheckSuite): Promise<object> {
  const { repository } = call;
  const [commit] = await repository.git.commits([suite.headSha]);
  if (commit === undefined) throw notFound();
  const runs = repository.checks
    .latestRunsOf(suite.headSha)
    .filter((run) => run.suite === suite.id);
  const branch = [...(await call.refs())].find(
    ([ref, sha]) => ref.startsWith("refs/heads/") && sha === suite.headSha,
  );
  const url = apiUrlOf(call, `/check-suites/${suite.id}`);
  return {
    id: suite.id,
    node_id: nodeId("CheckSuite", suite.id),
    head_branch: branch?.[0].slice("refs/heads/".length) ?? null,
    head_sha: suite.headSha,
    ...standingOf(runs),
    url,
    before: commit.parents[0] ?? "0".repeat(40),
    after: suite.headSha,
    pull_requests: renderPullsAt(call, suite.headSha),
    app: renderApp(call.addresses, suite.app),
    repository: renderMinimalRepository(call),
    created_at: formatMoment(suite.createdAt),
    updated_at: formatMoment(suite.createdAt),
    head_commit: {
      id: commit.sha,
      tree_id: commit.tree,
      message: commit.message,
      timestamp: formatDate(commit.committer.seconds),
      author: { name: commit.author.name, email: commit.author.email },
      committer: { name: commit.committer.name, email: commit.committer.email },
    },
    latest_check_runs_count: runs.length,
    check_runs_url: `${url}/check-runs`,
  };
}

async function listCheckSuites(call: Call): Promise<Reply> {
  const { query, repository } = call;
  const sha = await commitOf(call);
  const app = query.get("app_id");
  const name = query.get("check_name");
  const matching = repository.checks
    .suitesOf(sha)
    .filter(
      (suite) =>
        (app === null || suite.app.id === Number(app)) &&
        (name === null ||
          repository.checks.runsOf(sha).some((run) => run.suite === suite.id && run.name === name)),
    );
  const url = apiUrlOf(call, `/commits/${call.params["ref"] ?? ""}/check-suites`);
  const { shown, headers } = paged(call, url, matching);
  const check_suites = await Promise.all(shown.map((suite) => renderSuite(call, suite)));
  return { status: 200, body: { total_count: matching.length, check_suites }, headers };
}

function renderSimpleStatus(call: Call, status: CommitStatus): object {
  const at = formatMoment(status.createdAt);
  return {
    url: apiUrlOf(call, `/statuses/${status.sha}`),
    avatar_url: `${call.addresses.serverUrl}/avatars/${status.creator.id}`,
    id: status.id,
    node_id: nodeId("StatusContext", status.id),
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    created_at: at,
    updated_at: at,
  };
}

function renderStatus(call: Call, status: CommitStatus): object {
  return {
    ...renderSimpleStatus(call, status),
    creator: renderUser(call.addresses, status.creator),
  };
}

/** "failure if any is error or failure, pending if there are none or one is, else success". */
function combined(statuses: readonly CommitStatus[]): string {
  if (statuses.some(({ state }) => state === "error" || state === "failure")) return "failure";
  const isPending = statuses.length === 0 || statuses.some(({ state }) => state === "pending");
  return isPending ? "pending" : "success";
}

async function getCombinedStatus(call: Call): Promise<Reply> {
  const sha = await commitOf(call);
  const statuses = call.repository.checks.latestStatusesOf(sha, call.unseen("create status"));
  const url = apiUrlOf(call, `/commits/${sha}/status`);
  const { shown, headers } = paged(call, url, statuses);
  return {
    status: 200,
    body: {
      state: combined(statuses),
      statuses: shown.map((status) => renderSimpleStatus(call, status)),
      sha,
      total_count: statuses.length,
      repository: renderMinimalRepository(call),
      commit_url: apiUrlOf(call, `/commits/${sha}`),
      url,
    },
    headers,
  };
}

async function listStatuses(call: Call): Promise<Reply> {
  const sha = await commitOf(call);
  const url = apiUrlOf(call, `/commits/${call.params["ref"] ?? ""}/statuses`);
  const { shown, headers } = paged(
    call,
    url,
    call.repository.checks.statusesOf(sha, call.unseen("create status")),
  );
  return { status: 200, body: shown.map((status) => renderStatus(call, status)), headers };
}

const STATUS_STATES: readonly CommitStatus["state"][] = ["error", "failure", "pending", "success"];

function statusStateIn(call: Call): CommitStatus["state"] {
  const state = STATUS_STATES.find((known) => known === textIn(call.body, "state"));
  if (state === undefined) {
    throw validationFailed({
      resource: "Status",
      code: "custom",
      message: "state is not included in the list",
    });
  }
  return state;
}

async function createStatus(call: Call): Promise<Reply> {
  const { repository, body } = call;
  const sha = await resolveCommit(call, call.params["sha"] ?? "");
  if (sha === undefined) {
    throw unprocessable(`No commit found for SHA: ${call.params["sha"] ?? ""}`);
  }
  const context = textIn(body, "context") ?? "default";
  const same = repository.checks.statusesOf(sha).filter((status) => status.context === context);
  if (same.length >= MAX_STATUSES_PER_CONTEXT) {
    throw validationFailed({
      resource: "Status",
      code: "custom",
      message: "This SHA and context has reached the maximum number of statuses.",
    });
  }
  const status = repository.checks.addStatus({
    sha,
    state: statusStateIn(call),
    context,
    description: textIn(body, "description") ?? null,
    targetUrl: textIn(body, "target_url") ?? null,
    creator: repository.accounts.actorOf(call.caller).account,
  });
  call.record({ what: "create status", before: undefined, after: `${context} ${status.state}` });
  const location = apiUrlOf(call, `/statuses/${sha}`);
  return { status: 201, body: renderStatus(call, status), headers: { location } };
}

const CHECKS = { permission: "checks", level: "read" } as const;
const STATUSES = { permission: "statuses", level: "read" } as const;

export const checkOperations = {
  "GET /repos/{owner}/{repo}/commits/{ref}/check-runs": { ...CHECKS, handle: listCheckRuns },
  "GET /repos/{owner}/{repo}/commits/{ref}/check-suites": { ...CHECKS, handle: listCheckSuites },
  "GET /repos/{owner}/{repo}/check-runs/{check_run_id}": { ...CHECKS, handle: getCheckRun },
  "POST /repos/{owner}/{repo}/check-runs": {
    permission: "checks",
    level: "write",
    handle: createCheckRun,
  },
  "PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}": {
    permission: "checks",
    level: "write",
    handle: updateCheckRun,
  },
  "GET /repos/{owner}/{repo}/commits/{ref}/status": { ...STATUSES, handle: getCombinedStatus },
  "GET /repos/{owner}/{repo}/commits/{ref}/statuses": { ...STATUSES, handle: listStatuses },
  "POST /repos/{owner}/{repo}/statuses/{sha}": {
    permission: "statuses",
    level: "write",
    handle: createStatus,
  },
} satisfies OperationTable;
