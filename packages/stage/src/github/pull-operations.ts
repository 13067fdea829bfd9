/** Pull requests as GitHub serves them: opening, listing, changing, merging. */
import { splitRepoSlug } from "@auditable-release/model";
import { isAncestor, mergedTree } from "../git-objects.ts";
import { ACTIONS_APP, associationOf, renderUser } from "./accounts.ts";
import { commitAs, webFlowStamp } from "./authorship.ts";
import { flagIn, textIn } from "./body.ts";
import { pullId } from "./check-operations.ts";
import { renderChanges, renderCommit, resolveCommit } from "./commits.ts";
import { ApiError, notFound, unprocessable, validationFailed } from "./errors.ts";
import { formatMoment, renderMarks, sorted } from "./issue-operations.ts";
import type { Issue } from "./issues.ts";
import { type Call, nodeId, type OperationTable, paged, type Reply, seen } from "./operation.ts";
import { mergePull } from "./pull-merges.ts";
import type { Pull } from "./pulls.ts";
import {
  apiUrlOf,
  htmlUrlOf,
  ownerId,
  renderAccount,
  renderFullRepository,
} from "./repositories.ts";
import type { PullContext } from "./rules.ts";

/** "Lists a maximum of 250 commits" (docs.github.com, "List commits on a pull request"). */
const MAX_COMMITS = 250;
/** "A maximum of 3000 files" (docs.github.com, "List pull requests files"). */
const MAX_FILES = 3_000;

export interface PullAndIssue {
  readonly pull: Pull;
  readonly issue: Issue;
}

export function pullOf(call: Call): PullAndIssue {
  const number = Number(call.params["pull_number"]);
  const pull = call.repository.pulls.pull(number);
  const issue = call.repository.issues.issue(number);
  if (pull === undefined || issue === undefined) throw notFound();
  return { pull, issue };
}

function renderSide(call: Call, branch: string, sha: string): object {
  const { owner } = splitRepoSlug(call.repository.slug);
  return {
    label: `${owner}:${branch}`,
    ref: branch,
    sha,
    user: renderAccount(call.addresses, owner, "Organization", ownerId(call.repository)),
    repo: renderFullRepository(call),
  };
}

/** As lists show it. */
export function renderSimplePull(call: Call, { pull, issue }: PullAndIssue): object {
  const { number } = pull;
  const url = apiUrlOf(call, `/pulls/${number}`);
  const html = htmlUrlOf(call, `/pull/${number}`);
  const issueUrl = apiUrlOf(call, `/issues/${number}`);
  const statuses = apiUrlOf(call, `/statuses/${pull.headSha}`);
  const reviewComment = apiUrlOf(call, "/pulls/comments{/number}");
  const user = (account: Parameters<typeof renderUser>[1]): object =>
    renderUser(call.addresses, account);
  return {
    id: pullId(call, number),
    node_id: nodeId("PullRequest", call.repository.id, number),
    url,
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issueUrl,
    number,
    state: issue.state,
    locked: false,
    active_lock_reason: null,
    title: issue.title,
    body: issue.body,
    user: user(issue.author.account),
    ...renderMarks(call, issue),
    assignee: issue.assignees[0] === undefined ? null : user(issue.assignees[0]),
    assignees: issue.assignees.map(user),
    requested_reviewers: pull.requestedReviewers.map(user),
    requested_teams: [],
    created_at: formatMoment(issue.createdAt),
    updated_at: formatMoment(issue.updatedAt),
    closed_at: issue.closedAt === null ? null : formatMoment(issue.closedAt),
    merged_at: pull.mergedAt === null ? null : formatMoment(pull.mergedAt),
    // Of an open pull request it is the commit of the test merge, once there is one.
    merge_commit_sha: pull.mergeSha ?? pull.mergeability?.sha ?? null,
    draft: pull.draft,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: reviewComment,
    comments_url: `${issueUrl}/comments`,
    statuses_url: statuses,
    head: renderSide(call, pull.head, pull.headSha),
    base: renderSide(call, pull.base, pull.baseSha),
    author_association: associationOf(issue.author.account),
    auto_merge: null,
    _links: {
      self: { href: url },
      html: { href: html },
      issue: { href: issueUrl },
      comments: { href: `${issueUrl}/comments` },
      review_comments: { href: `${url}/comments` },
      review_comment: { href: reviewComment },
      commits: { href: `${url}/commits` },
      statuses: { href: statuses },
    },
  };
}

function mergeabilityKey({ baseTip, headSha }: Pull): string {
  return `${baseTip} ${headSha}`;
}

/** What GitHub's background job does after the first time somebody asked. */
async function findMergeability(call: Call, pull: Pull): Promise<void> {
  const { repository } = call;
  const { git } = repository;
  const common = await git.mergeBase(pull.baseTip, pull.headSha);
  const tree = common === undefined ? undefined : await mergedTree(git, pull.baseTip, pull.headSha);
  const sha =
    tree === undefined
      ? null
      : await commitAs(
          call,
          { author: webFlowStamp(), committer: webFlowStamp(), isSigned: true },
          {
            tree,
            parents: [pull.baseTip, pull.headSha],
            message: `Merge ${pull.headSha} into ${pull.baseTip}`,
          },
        );
  await repository.pulls.setMergeability(pull.number, {
    of: mergeabilityKey(pull),
    isMergeable: tree !== undefined,
    sha,
  });
}

async function mergeableState(call: Call, pull: Pull): Promise<string> {
  const { repository } = call;
  if (pull.mergeability?.isMergeable === false) return "dirty";
  if (pull.draft) return "draft";
  const update = {
    ref: `refs/heads/${pull.base}`,
    before: pull.baseTip,
    after: pull.mergeability?.sha ?? pull.headSha,
  };
  const method: PullContext["method"] = "merge";
  const context = repository.pulls.contextOf(pull, method);
  const actor = repository.accounts.actorOf(call.caller);
  const { verdict } = await repository.rules.foresee(update, actor, context);
  if (verdict !== "pass") return "blocked";
  const { checks } = repository;
  const isRed =
    checks
      .latestRunsOf(pull.headSha)
      .some((run) => !["success", "neutral", "skipped"].includes(run.conclusion ?? "")) ||
    checks.latestStatusesOf(pull.headSha).some(({ state }) => state !== "success");
  return isRed ? "unstable" : "clean";
}

/**
 * The whole pull request. GitHub merges it on trial in the background: asked the first time after a
 * branch moved it does not know yet, `mergeable: null` (docs.github.com, "Get a pull request").
 */
async function renderPull(
  call: Call,
  { pull, issue }: PullAndIssue,
  ask: boolean,
): Promise<object> {
  const { repository } = call;
  const { git } = repository;
  const isKnown = pull.mergeability?.of === mergeabilityKey(pull);
  const isOpen = issue.state === "open";
  const body = {
    ...renderSimplePull(call, { pull, issue }),
    merged: pull.mergedAt !== null,
    mergeable: isOpen && isKnown ? (pull.mergeability?.isMergeable ?? null) : null,
    rebaseable: isOpen && isKnown ? (pull.mergeability?.isMergeable ?? null) : null,
    mergeable_state: isOpen && isKnown ? await mergeableState(call, pull) : "unknown",
    merged_by: pull.mergedBy === null ? null : renderUser(call.addresses, pull.mergedBy),
    comments: repository.issues.commentsOf(pull.number).length,
    review_comments: 0,
    maintainer_can_modify: pull.maintainerCanModify,
    commits: (await repository.pulls.commitsOf(pull)).length,
  };
  const files = await git.changes(await git.mergeBase(pull.baseTip, pull.headSha), pull.headSha);
  if (ask && isOpen && !isKnown) await findMergeability(call, pull);
  return {
    ...body,
    additions: files.reduce((sum, file) => sum + file.additions, 0),
    deletions: files.reduce((sum, file) => sum + file.deletions, 0),
    changed_files: files.length,
  };
}

/** `owner:branch` or `branch`, of this repository: the stage has no forks. */
function branchOf(call: Call, name: string): string | undefined {
  const colon = name.indexOf(":");
  if (colon < 0) return name;
  const { owner } = splitRepoSlug(call.repository.slug);
  return name.slice(0, colon).toLowerCase() === owner.toLowerCase()
    ? name.slice(colon + 1)
    : undefined;
}

function assertMayOpen(call: Call): void {
  const { app } = call.repository.accounts.actorOf(call.caller);
  if (app?.slug === ACTIONS_APP && !call.repository.actionsMayOpenPulls) {
    throw new ApiError(403, "GitHub Actions is not permitted to create or approve pull requests.");
  }
}

async function createPull(call: Call): Promise<Reply> {
  assertMayOpen(call);
  const { repository, body } = call;
  const { pulls, issues, git } = repository;
  const { owner } = splitRepoSlug(repository.slug);
  return repository.exclusively(async () => {
    const title = textIn(body, "title");
    if (title === undefined || title === "") {
      throw validationFailed({ resource: "PullRequest", code: "missing_field", field: "title" });
    }
    const refs = await repository.refs();
    const base = textIn(body, "base") ?? "";
    const head = branchOf(call, textIn(body, "head") ?? "") ?? "";
    const baseSha = refs.get(`refs/heads/${base}`);
    const headSha = refs.get(`refs/heads/${head}`);
    if (baseSha === undefined) {
      throw validationFailed({ resource: "PullRequest", field: "base", code: "invalid" });
    }
    if (headSha === undefined) {
      throw validationFailed({ resource: "PullRequest", field: "head", code: "invalid" });
    }
    const refuse = (message: string): never => {
      throw validationFailed({ resource: "PullRequest", code: "custom", message });
    };
    const isTaken = pulls.all.some(
      (pull) => pull.base === base && pull.head === head && pulls.isOpen(pull.number),
    );
    if (isTaken) refuse(`A pull request already exists for ${owner}:${head}.`);
    if ((await git.mergeBase(baseSha, headSha)) === undefined) {
      refuse(`The ${head} branch has no history in common with ${base}`);
    }
    if (await isAncestor(git, headSha, baseSha)) {
      refuse(`No commits between ${base} and ${head}`);
    }
    const pull = await pulls.open(
      {
        base,
        head,
        baseSha,
        headSha,
        draft: flagIn(body, "draft") ?? false,
        maintainerCanModify: flagIn(body, "maintainer_can_modify") ?? false,
      },
      {
        title,
        body: textIn(body, "body") ?? null,
        author: repository.accounts.actorOf(call.caller),
      },
    );
    call.record({ what: "open pull request", before: undefined, after: `#${pull.number}` });
    const issue = issues.issue(pull.number);
    if (issue === undefined) throw new Error(`pull request ${pull.number} has no issue`);
    const location = apiUrlOf(call, `/pulls/${pull.number}`);
    const shown = await renderPull(call, { pull, issue }, false);
    return { status: 201, body: shown, headers: { location } };
  });
}

/** As lists have them, which lag behind under a `stale` fault. */
function allPulls(call: Call): readonly PullAndIssue[] {
  const { pulls, issues } = call.repository;
  return seen(call, "open pull request", pulls.all).flatMap((pull) => {
    const issue = issues.issue(pull.number);
    return issue === undefined ? [] : [{ pull, issue }];
  });
}

async function listPulls(call: Call): Promise<Reply> {
  const { query } = call;
  const state = query.get("state") ?? "open";
  const head = query.get("head");
  const base = query.get("base");
  // Without an owner the filter is ignored, as many a client found out.
  const headBranch = head?.includes(":") === true ? (branchOf(call, head) ?? "") : undefined;
  const matching = allPulls(call).filter(
    ({ pull, issue }) =>
      (state === "all" || issue.state === state) &&
      (headBranch === undefined || pull.head === headBranch) &&
      (base === null || pull.base === base),
  );
  const sort = query.get("sort") ?? "created";
  const listed = sorted(
    matching,
    query,
    ({ issue }) => (sort === "updated" ? issue.updatedAt : issue.number),
    sort === "created" ? "desc" : "asc",
  );
  const { shown, headers } = paged(call, apiUrlOf(call, "/pulls"), listed);
  return { status: 200, body: shown.map((one) => renderSimplePull(call, one)), headers };
}

async function getPull(call: Call): Promise<Reply> {
  const found = pullOf(call);
  return {
    status: 200,
    body: await call.repository.exclusively(() => renderPull(call, found, true)),
  };
}

async function updatePull(call: Call): Promise<Reply> {
  const { repository, body } = call;
  const { pull, issue } = pullOf(call);
  const { number } = pull;
  return repository.exclusively(async () => {
    const state = textIn(body, "state");
    const base = textIn(body, "base");
    const refs = await repository.refs();
    if (base !== undefined && base !== pull.base) {
      const baseTip = refs.get(`refs/heads/${base}`);
      if (baseTip === undefined) {
        throw validationFailed({ resource: "PullRequest", field: "base", code: "invalid" });
      }
      repository.pulls.update(number, { base, baseTip, baseSha: baseTip });
    }
    if (state === "open" && issue.state === "closed") {
      const isGone = !refs.has(`refs/heads/${pull.head}`) || !refs.has(`refs/heads/${pull.base}`);
      if (pull.mergedAt !== null || isGone) {
        throw validationFailed({
          resource: "PullRequest",
          code: "custom",
          field: "state",
          message: "state cannot be changed. The pull request cannot be reopened.",
        });
      }
    }
    const title = textIn(body, "title");
    repository.issues.update(number, {
      ...(title === undefined ? {} : { title }),
      ...("body" in body ? { body: textIn(body, "body") ?? null } : {}),
    });
    if ((state === "open" || state === "closed") && state !== issue.state) {
      const { account } = repository.accounts.actorOf(call.caller);
      repository.issues.setState(number, state, account);
      const what = state === "open" ? "reopen pull request" : "close pull request";
      call.record({ what, before: issue.state, after: state });
    } else {
      call.record({ what: "edit pull request", before: `#${number}`, after: `#${number}` });
    }
    return { status: 200, body: await renderPull(call, pullOf(call), false) };
  });
}

async function isMerged(call: Call): Promise<Reply> {
  if (pullOf(call).pull.mergedAt === null) throw notFound();
  return { status: 204, body: undefined };
}

async function merge(call: Call): Promise<Reply> {
  return call.repository.exclusively(() => mergePull(call, pullOf(call)));
}

async function listPullCommits(call: Call): Promise<Reply> {
  const { pull } = pullOf(call);
  const shas = (await call.repository.pulls.commitsOf(pull)).slice(0, MAX_COMMITS);
  const { shown, headers } = paged(call, apiUrlOf(call, `/pulls/${pull.number}/commits`), shas);
  const commits = await call.repository.git.commits(shown);
  return { status: 200, body: commits.map((commit) => renderCommit(call, commit)), headers };
}

async function listPullFiles(call: Call): Promise<Reply> {
  const { git } = call.repository;
  const { pull } = pullOf(call);
  const base = await git.mergeBase(pull.baseTip, pull.headSha);
  const files = (await git.changes(base, pull.headSha)).slice(0, MAX_FILES);
  const all = await renderChanges(call, base, pull.headSha, files);
  const { shown, headers } = paged(call, apiUrlOf(call, `/pulls/${pull.number}/files`), all);
  return { status: 200, body: shown, headers };
}

/**
 * "The merged pull request that introduced the commit. If the commit is not present in the default
 * branch, will return merged and open pull requests" (docs.github.com).
 */
async function listPullsOfCommit(call: Call): Promise<Reply> {
  const { repository } = call;
  const { git, pulls } = repository;
  const name = call.params["commit_sha"] ?? "";
  const sha = await resolveCommit(call, name);
  if (sha === undefined) throw unprocessable(`No commit found for SHA: ${name}`);
  const main = (await call.refs()).get(`refs/heads/${repository.defaultBranch}`);
  const isInDefault = main !== undefined && (await isAncestor(git, sha, main));
  const found: PullAndIssue[] = [];
  for (const { pull, issue } of allPulls(call)) {
    if (pull.mergedAt === null && (isInDefault || issue.state !== "open")) continue;
    const brought = [...(await pulls.commitsOf(pull)), ...pull.mergedCommits];
    if (brought.includes(sha)) found.push({ pull, issue });
  }
  const { shown, headers } = paged(call, apiUrlOf(call, `/commits/${sha}/pulls`), found);
  return { status: 200, body: shown.map((one) => renderSimplePull(call, one)), headers };
}

const READ = { permission: "pull_requests", level: "read" } as const;
const WRITE = { permission: "pull_requests", level: "write" } as const;

export const pullOperations = {
  "POST /repos/{owner}/{repo}/pulls": { ...WRITE, handle: createPull },
  "GET /repos/{owner}/{repo}/pulls": { ...READ, handle: listPulls },
  "GET /repos/{owner}/{repo}/pulls/{pull_number}": { ...READ, handle: getPull },
  "PATCH /repos/{owner}/{repo}/pulls/{pull_number}": { ...WRITE, handle: updatePull },
  "GET /repos/{owner}/{repo}/pulls/{pull_number}/merge": {
    permission: "contents",
    level: "read",
    handle: isMerged,
  },
  "PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge": {
    permission: "contents",
    level: "write",
    handle: merge,
  },
  "GET /repos/{owner}/{repo}/pulls/{pull_number}/commits": { ...READ, handle: listPullCommits },
  "GET /repos/{owner}/{repo}/pulls/{pull_number}/files": { ...READ, handle: listPullFiles },
  "GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls": {
    ...READ,
    handle: listPullsOfCommit,
  },
} satisfies OperationTable;
