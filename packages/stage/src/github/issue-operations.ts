/** Issues as far as releases need them: labels, milestones, comments. Pull requests are issues. */
import { associationOf, renderApp, renderUser } from "./accounts.ts";
import { recordsIn, textIn, textsIn } from "./body.ts";
import { type ApiError, notFound, validationFailed } from "./errors.ts";
import type { Comment, Issue, Label, Milestone } from "./issues.ts";
import { type Call, nodeId, type OperationTable, paged, type Reply, seen } from "./operation.ts";
import { apiUrlOf, htmlUrlOf } from "./repositories.ts";
import { formatDate } from "./signing.ts";

export function formatMoment(milliseconds: number): string {
  return formatDate(Math.floor(milliseconds / 1000));
}

function renderLabel(call: Call, { id, name, color, description }: Label): object {
  return {
    id,
    node_id: nodeId("Label", id),
    url: apiUrlOf(call, `/labels/${encodeURIComponent(name)}`),
    name,
    color,
    default: false,
    description,
  };
}

function renderMilestone(call: Call, milestone: Milestone): object {
  const { number } = milestone;
  const url = apiUrlOf(call, `/milestones/${number}`);
  const members = call.repository.issues.all.filter((issue) => issue.milestone === number);
  return {
    url,
    html_url: htmlUrlOf(call, `/milestone/${number}`),
    labels_url: `${url}/labels`,
    id: 2000 + number,
    node_id: nodeId("Milestone", call.repository.id, number),
    number,
    state: milestone.state,
    title: milestone.title,
    description: milestone.description,
    creator: renderUser(call.addresses, milestone.creator),
    open_issues: members.filter(({ state }) => state === "open").length,
    closed_issues: members.filter(({ state }) => state === "closed").length,
    created_at: formatMoment(milestone.createdAt),
    updated_at: formatMoment(milestone.updatedAt),
    closed_at: milestone.closedAt === null ? null : formatMoment(milestone.closedAt),
    due_on: milestone.dueOn,
  };
}

/** Labels and milestone as issues and pull requests show them. */
export function renderMarks(
  call: Call,
  issue: Issue,
): { labels: object[]; milestone: object | null } {
  const { issues } = call.repository;
  const milestone = issue.milestone === undefined ? undefined : issues.milestone(issue.milestone);
  return {
    labels: issue.labels.map((name) => renderLabel(call, issues.label(name))),
    milestone: milestone === undefined ? null : renderMilestone(call, milestone),
  };
}

function renderIssue(call: Call, issue: Issue): object {
  const { number } = issue;
  const { issues, pulls } = call.repository;
  const url = apiUrlOf(call, `/issues/${number}`);
  const html = htmlUrlOf(call, `/${issue.isPull ? "pull" : "issues"}/${number}`);
  const pull = issue.isPull ? pulls.pull(number) : undefined;
  const mergedAt = pull?.mergedAt ?? null;
  const assignees = issue.assignees.map((account) => renderUser(call.addresses, account));
  return {
    id: 100_000 * call.repository.id + number,
    node_id: nodeId(issue.isPull ? "PullRequest" : "Issue", call.repository.id, number),
    url,
    repository_url: apiUrlOf(call),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: html,
    number,
    state: issue.state,
    state_reason: issue.stateReason,
    title: issue.title,
    body: issue.body,
    user: renderUser(call.addresses, issue.author.account),
    ...renderMarks(call, issue),
    assignee: assignees[0] ?? null,
    assignees,
    locked: false,
    active_lock_reason: null,
    comments: issues.commentsOf(number).length,
    created_at: formatMoment(issue.createdAt),
    updated_at: formatMoment(issue.updatedAt),
    closed_at: issue.closedAt === null ? null : formatMoment(issue.closedAt),
    author_association: associationOf(issue.author.account),
    ...(pull === undefined
      ? {}
      : {
          draft: pull.draft,
          pull_request: {
            url: apiUrlOf(call, `/pulls/${number}`),
            html_url: html,
            diff_url: `${html}.diff`,
            patch_url: `${html}.patch`,
            merged_at: mergedAt === null ? null : formatMoment(mergedAt),
          },
        }),
  };
}

function issueOf(call: Call, name = "issue_number"): Issue {
  const issue = call.repository.issues.issue(Number(call.params[name]));
  if (issue === undefined) throw notFound();
  return issue;
}

/** Names of labels, told as texts or as objects with a name. */
function labelNames(call: Call): readonly string[] {
  return [
    ...textsIn(call.body, "labels"),
    ...recordsIn(call.body, "labels").map((label) => textIn(label, "name") ?? ""),
  ].filter((name) => name !== "");
}

function milestoneIn(call: Call): number | undefined {
  const given = call.body["milestone"];
  if (given === undefined || given === null) return undefined;
  const number = Number(given);
  if (call.repository.issues.milestone(number) === undefined) {
    throw validationFailed({
      resource: "Issue",
      field: "milestone",
      code: "invalid",
      value: JSON.stringify(given),
    });
  }
  return number;
}

function withLabels(call: Call, names: readonly string[]): readonly string[] {
  return [...new Set(names.map((name) => call.repository.issues.label(name).name))];
}

/** A number is a title, too (GitHub's description). */
function titleIn(call: Call): string | undefined {
  const title = call.body["title"];
  return typeof title === "number" ? String(title) : textIn(call.body, "title");
}

async function createIssue(call: Call): Promise<Reply> {
  const { issues, accounts } = call.repository;
  const issue = issues.add({
    title: titleIn(call) ?? "",
    body: textIn(call.body, "body") ?? null,
    author: accounts.actorOf(call.caller),
    labels: withLabels(call, labelNames(call)),
    milestone: milestoneIn(call),
    assignees: textsIn(call.body, "assignees").map((login) => accounts.actorNamed(login).account),
  });
  call.record({ what: "open issue", before: undefined, after: `#${issue.number}` });
  const location = apiUrlOf(call, `/issues/${issue.number}`);
  return { status: 201, body: renderIssue(call, issue), headers: { location } };
}

async function getIssue(call: Call): Promise<Reply> {
  return { status: 200, body: renderIssue(call, issueOf(call)) };
}

async function updateIssue(call: Call): Promise<Reply> {
  const { issues, accounts } = call.repository;
  const { body } = call;
  const { number, state } = issueOf(call);
  const milestone = milestoneIn(call);
  const title = titleIn(call);
  issues.update(number, {
    ...(title === undefined ? {} : { title }),
    ...("body" in body ? { body: textIn(body, "body") ?? null } : {}),
    ...("milestone" in body ? { milestone } : {}),
    ...("labels" in body ? { labels: withLabels(call, labelNames(call)) } : {}),
    ...("assignees" in body
      ? {
          assignees: textsIn(body, "assignees").map((login) => accounts.actorNamed(login).account),
        }
      : {}),
  });
  const wanted = textIn(body, "state");
  if ((wanted === "open" || wanted === "closed") && wanted !== state) {
    issues.setState(number, wanted, accounts.actorOf(call.caller).account);
    const reason = textIn(body, "state_reason");
    const isNamed = reason === "not_planned" || reason === "duplicate";
    const stateReason = wanted === "open" ? "reopened" : isNamed ? reason : "completed";
    issues.update(number, { stateReason });
  }
  call.record({ what: "edit issue", before: `#${number}`, after: `#${number}` });
  return { status: 200, body: renderIssue(call, issueOf(call)) };
}

function isOfMilestone(issue: Issue, wanted: string | null): boolean {
  if (wanted === null) return true;
  if (wanted === "*") return issue.milestone !== undefined;
  if (wanted === "none") return issue.milestone === undefined;
  return issue.milestone === Number(wanted);
}

/** Sorted as asked; without a wish the youngest first. */
export function sorted<T>(
  items: readonly T[],
  query: URLSearchParams,
  keyOf: (item: T) => number,
  otherwise: "asc" | "desc" = "desc",
): readonly T[] {
  const direction = query.get("direction") ?? otherwise;
  const ascending = items.toSorted((left, right) => keyOf(left) - keyOf(right));
  return direction === "asc" ? ascending : ascending.toReversed();
}

async function listIssues(call: Call): Promise<Reply> {
  const { query, repository } = call;
  const milestone = query.get("milestone");
  if (milestone !== null && /^\d+$/.test(milestone)) {
    if (repository.issues.milestone(Number(milestone)) === undefined) throw noMilestone(milestone);
  }
  const state = query.get("state") ?? "open";
  const labels = (query.get("labels") ?? "").split(",").filter((name) => name !== "");
  const since = Date.parse(query.get("since") ?? "") || 0;
  const creator = query.get("creator");
  const { all } = repository.issues;
  const visible = [
    ...seen(
      call,
      "open issue",
      all.filter(({ isPull }) => !isPull),
    ),
    ...seen(
      call,
      "open pull request",
      all.filter(({ isPull }) => isPull),
    ),
  ];
  const matching = visible.filter(
    (issue) =>
      (state === "all" || issue.state === state) &&
      isOfMilestone(issue, milestone) &&
      labels.every((name) => issue.labels.some((l) => l.toLowerCase() === name.toLowerCase())) &&
      issue.updatedAt >= since &&
      (creator === null || issue.author.account.login === creator),
  );
  const sort = query.get("sort") ?? "created";
  const listed = sorted(matching, query, (issue) => {
    if (sort === "updated") return issue.updatedAt;
    if (sort === "comments") return repository.issues.commentsOf(issue.number).length;
    return issue.number;
  });
  const { shown, headers } = paged(call, apiUrlOf(call, "/issues"), listed);
  return { status: 200, body: shown.map((issue) => renderIssue(call, issue)), headers };
}

function noMilestone(value: string): ApiError {
  return validationFailed({ resource: "Issue", field: "milestone", code: "invalid", value });
}

function labelsReply(call: Call, number: number): Reply {
  const { issues } = call.repository;
  const labels = (issues.issue(number)?.labels ?? []).map((name) => issues.label(name));
  const { shown, headers } = paged(call, apiUrlOf(call, `/issues/${number}/labels`), labels);
  return { status: 200, body: shown.map((label) => renderLabel(call, label)), headers };
}

async function listIssueLabels(call: Call): Promise<Reply> {
  return labelsReply(call, issueOf(call).number);
}

async function addLabels(call: Call): Promise<Reply> {
  const { number, labels } = issueOf(call);
  const names = withLabels(call, [...labels, ...labelNames(call)]);
  call.repository.issues.update(number, { labels: names });
  call.record({ what: "label issue", before: labels.join(","), after: names.join(",") });
  return labelsReply(call, number);
}

async function removeLabel(call: Call): Promise<Reply> {
  const { number, labels } = issueOf(call);
  const name = (call.params["name"] ?? "").toLowerCase();
  const names = labels.filter((label) => label.toLowerCase() !== name);
  if (names.length === labels.length) throw notFound();
  call.repository.issues.update(number, { labels: names });
  call.record({ what: "unlabel issue", before: labels.join(","), after: names.join(",") });
  return labelsReply(call, number);
}

async function listLabels(call: Call): Promise<Reply> {
  const { shown, headers } = paged(call, apiUrlOf(call, "/labels"), call.repository.issues.labels);
  return { status: 200, body: shown.map((label) => renderLabel(call, label)), headers };
}

function renderComment(call: Call, comment: Comment): object {
  const issue = call.repository.issues.issue(comment.issue);
  const page = htmlUrlOf(call, `/${issue?.isPull === true ? "pull" : "issues"}/${comment.issue}`);
  return {
    id: comment.id,
    node_id: nodeId("IssueComment", comment.id),
    url: apiUrlOf(call, `/issues/comments/${comment.id}`),
    html_url: `${page}#issuecomment-${comment.id}`,
    issue_url: apiUrlOf(call, `/issues/${comment.issue}`),
    body: comment.body,
    user: renderUser(call.addresses, comment.author),
    created_at: formatMoment(comment.createdAt),
    updated_at: formatMoment(comment.updatedAt),
    author_association: associationOf(comment.author),
    performed_via_github_app:
      comment.app === undefined ? null : renderApp(call.addresses, comment.app),
  };
}

async function listComments(call: Call): Promise<Reply> {
  const { number } = issueOf(call);
  const since = Date.parse(call.query.get("since") ?? "") || 0;
  const comments = call.repository.issues.commentsOf(number);
  const listed = seen(call, "comment issue", comments).filter(
    ({ updatedAt }) => updatedAt >= since,
  );
  const { shown, headers } = paged(call, apiUrlOf(call, `/issues/${number}/comments`), listed);
  return { status: 200, body: shown.map((comment) => renderComment(call, comment)), headers };
}

async function createComment(call: Call): Promise<Reply> {
  const { issues, accounts } = call.repository;
  const { number } = issueOf(call);
  const body = textIn(call.body, "body") ?? "";
  if (body.trim() === "") {
    throw validationFailed({ resource: "IssueComment", code: "missing_field", field: "body" });
  }
  const comment = issues.addComment(number, body, accounts.actorOf(call.caller));
  call.record({ what: "comment issue", before: `#${number}`, after: String(comment.id) });
  const location = apiUrlOf(call, `/issues/comments/${comment.id}`);
  return { status: 201, body: renderComment(call, comment), headers: { location } };
}

function commentOf(call: Call): Comment {
  const comment = call.repository.issues.comment(Number(call.params["comment_id"]));
  if (comment === undefined) throw notFound();
  return comment;
}

async function getComment(call: Call): Promise<Reply> {
  return { status: 200, body: renderComment(call, commentOf(call)) };
}

async function editComment(call: Call): Promise<Reply> {
  const { id } = commentOf(call);
  const comment = call.repository.issues.editComment(id, textIn(call.body, "body") ?? "");
  call.record({ what: "edit comment", before: String(id), after: String(id) });
  return { status: 200, body: renderComment(call, comment) };
}

async function listMilestones(call: Call): Promise<Reply> {
  const state = call.query.get("state") ?? "open";
  const visible = seen(call, "create milestone", call.repository.issues.milestones);
  const matching = visible.filter((milestone) => state === "all" || milestone.state === state);
  // Those without a date come last, and among equals the older is first.
  const listed = sorted(
    matching,
    call.query,
    ({ dueOn, number }) => (dueOn === null ? 1e15 : Date.parse(dueOn)) + number,
    "asc",
  );
  const { shown, headers } = paged(call, apiUrlOf(call, "/milestones"), listed);
  return { status: 200, body: shown.map((one) => renderMilestone(call, one)), headers };
}

function milestoneOf(call: Call): Milestone {
  const milestone = call.repository.issues.milestone(Number(call.params["milestone_number"]));
  if (milestone === undefined) throw notFound();
  return milestone;
}

async function getMilestone(call: Call): Promise<Reply> {
  return { status: 200, body: renderMilestone(call, milestoneOf(call)) };
}

function stateIn(call: Call): "open" | "closed" | undefined {
  const state = textIn(call.body, "state");
  return state === "open" || state === "closed" ? state : undefined;
}

/** Titles are unique, in whatever case. */
function assertTitleIsFree(call: Call, title: string, except: number | undefined): void {
  const isTaken = call.repository.issues.milestones.some(
    (one) => one.number !== except && one.title.toLowerCase() === title.toLowerCase(),
  );
  if (isTaken) {
    throw validationFailed({ resource: "Milestone", code: "already_exists", field: "title" });
  }
}

/** GitHub keeps the day, at an hour of its own. */
function dueOnIn(call: Call): string | null {
  const due = textIn(call.body, "due_on");
  return due === undefined ? null : new Date(due).toISOString().replace(/\.\d+Z$/, "Z");
}

async function createMilestone(call: Call): Promise<Reply> {
  const title = textIn(call.body, "title") ?? "";
  assertTitleIsFree(call, title, undefined);
  const milestone = call.repository.issues.addMilestone({
    title,
    description: textIn(call.body, "description") ?? null,
    state: stateIn(call) ?? "open",
    dueOn: dueOnIn(call),
    creator: call.repository.accounts.actorOf(call.caller).account,
  });
  call.record({ what: "create milestone", before: undefined, after: milestone.title });
  const body = renderMilestone(call, milestone);
  const location = apiUrlOf(call, `/milestones/${milestone.number}`);
  return { status: 201, body, headers: { location } };
}

async function updateMilestone(call: Call): Promise<Reply> {
  const before = milestoneOf(call);
  const title = textIn(call.body, "title") ?? before.title;
  assertTitleIsFree(call, title, before.number);
  const milestone = call.repository.issues.updateMilestone(before.number, {
    title,
    state: stateIn(call) ?? before.state,
    ...("description" in call.body
      ? { description: textIn(call.body, "description") ?? null }
      : {}),
    ...("due_on" in call.body ? { dueOn: dueOnIn(call) } : {}),
  });
  call.record({ what: "edit milestone", before: before.title, after: milestone.title });
  return { status: 200, body: renderMilestone(call, milestone) };
}

const READ = { permission: "issues", alternative: "pull_requests", level: "read" } as const;
const WRITE = { permission: "issues", alternative: "pull_requests", level: "write" } as const;

export const issueOperations = {
  "GET /repos/{owner}/{repo}/issues": { permission: "issues", level: "read", handle: listIssues },
  "POST /repos/{owner}/{repo}/issues": {
    permission: "issues",
    level: "write",
    handle: createIssue,
  },
  "GET /repos/{owner}/{repo}/issues/{issue_number}": { ...READ, handle: getIssue },
  "PATCH /repos/{owner}/{repo}/issues/{issue_number}": { ...WRITE, handle: updateIssue },
  "GET /repos/{owner}/{repo}/issues/{issue_number}/labels": { ...READ, handle: listIssueLabels },
  "POST /repos/{owner}/{repo}/issues/{issue_number}/labels": { ...WRITE, handle: addLabels },
  "DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}": {
    ...WRITE,
    handle: removeLabel,
  },
  "GET /repos/{owner}/{repo}/issues/{issue_number}/comments": { ...READ, handle: listComments },
  "POST /repos/{owner}/{repo}/issues/{issue_number}/comments": {
    ...WRITE,
    handle: createComment,
  },
  "GET /repos/{owner}/{repo}/issues/comments/{comment_id}": { ...READ, handle: getComment },
  "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}": { ...WRITE, handle: editComment },
  "GET /repos/{owner}/{repo}/labels": { ...READ, handle: listLabels },
  "GET /repos/{owner}/{repo}/milestones": { ...READ, handle: listMilestones },
  "POST /repos/{owner}/{repo}/milestones": { ...WRITE, handle: createMilestone },
  "GET /repos/{owner}/{repo}/milestones/{milestone_number}": { ...READ, handle: getMilestone },
  "PATCH /repos/{owner}/{repo}/milestones/{milestone_number}": {
    ...WRITE,
    handle: updateMilestone,
  },
} satisfies OperationTable;
