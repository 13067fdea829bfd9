import { expect, test } from "vitest";
import { refusalOf } from "./refusal.ts";
import { ask, AT, octokitFor, type Scene, SLUG, startScene } from "./scene.ts";

const ALL = { contents: "write", issues: "write", checks: "write", statuses: "write" } as const;

async function startOpenScene(): Promise<Scene> {
  const scene = await startScene();
  const token = scene.host.issueToken({ app: "bot", permissions: ALL, repositories: [SLUG] });
  return { ...scene, token, octokit: octokitFor(scene.host, token) };
}

test("keeps milestones with what is open and closed in them", async () => {
  await using scene = await startOpenScene();
  const { octokit } = scene;
  const made = await octokit.rest.issues.createMilestone({
    ...AT,
    title: "1.0.0",
    due_on: "2026-05-01T00:00:00Z",
  });
  expect(made.data).toMatchObject({ number: 1, state: "open", open_issues: 0 });
  const milestone = made.data.number;
  const { data: issue } = await octokit.rest.issues.create({ ...AT, title: "Bug", milestone });
  await octokit.rest.issues.create({ ...AT, title: "Other" });
  const inIt = await octokit.rest.issues.listForRepo({ ...AT, milestone: "1", state: "all" });
  expect(inIt.data.map(({ title }) => title)).toEqual(["Bug"]);
  await octokit.rest.issues.update({ ...AT, issue_number: issue.number, state: "closed" });
  await octokit.rest.issues.updateMilestone({ ...AT, milestone_number: 1, state: "closed" });
  expect((await octokit.rest.issues.listMilestones(AT)).data).toEqual([]);
  const all = await octokit.rest.issues.listMilestones({ ...AT, state: "all" });
  expect(all.data).toMatchObject([{ title: "1.0.0", open_issues: 0, closed_issues: 1 }]);
  const taken = octokit.rest.issues.createMilestone({ ...AT, title: "1.0.0" });
  expect(await refusalOf(taken)).toEqual([
    422,
    'Validation Failed: [{"resource":"Milestone","code":"already_exists","field":"title"}]',
  ]);
});

test("labels an issue, and makes labels that are not there", async () => {
  await using scene = await startOpenScene();
  const { octokit } = scene;
  const { data: issue } = await octokit.rest.issues.create({ ...AT, title: "A", labels: ["bug"] });
  const at = { ...AT, issue_number: issue.number };
  const { data } = await octokit.rest.issues.addLabels({ ...at, labels: ["new", "BUG"] });
  expect(data.map(({ name, color }) => [name, color])).toEqual([
    ["bug", "d73a4a"],
    ["new", "ededed"],
  ]);
  await octokit.rest.issues.removeLabel({ ...at, name: "bug" });
  const left = await octokit.rest.issues.listLabelsOnIssue(at);
  expect(left.data.map(({ name }) => name)).toEqual(["new"]);
  expect((await refusalOf(octokit.rest.issues.removeLabel({ ...at, name: "bug" })))[0]).toBe(404);
  const all = await octokit.paginate(octokit.rest.issues.listLabelsForRepo, { ...AT, per_page: 4 });
  expect(all.map(({ name }) => name)).toContain("new");
});

test("keeps comments in order and edits them", async () => {
  await using scene = await startOpenScene();
  const { octokit } = scene;
  await octokit.rest.issues.create({ ...AT, title: "A" });
  const at = { ...AT, issue_number: 1 };
  const { data: first } = await octokit.rest.issues.createComment({ ...at, body: "one" });
  await octokit.rest.issues.createComment({ ...at, body: "two" });
  await octokit.rest.issues.updateComment({ ...AT, comment_id: first.id, body: "1" });
  const { data } = await octokit.rest.issues.listComments(at);
  expect(data.map(({ body, user }) => [body, user?.login])).toEqual([
    ["1", "bot[bot]"],
    ["two", "bot[bot]"],
  ]);
});

test("takes either permission where issues and pull requests share an endpoint", async () => {
  await using scene = await startOpenScene();
  const { octokit, host } = scene;
  await octokit.rest.issues.create({ ...AT, title: "A" });
  const path = `/repos/${SLUG}/issues/1/comments`;
  const withPulls = host.issueToken({
    permissions: { pull_requests: "write" },
    repositories: [SLUG],
  });
  const request = { method: "POST", body: { body: "x" } };
  expect((await ask(host, path, { ...request, token: withPulls })).status).toBe(201);
  const without = host.issueToken({ permissions: { contents: "write" }, repositories: [SLUG] });
  const refused = await ask(host, path, { ...request, token: without });
  expect([refused.status, refused.headers.get("x-accepted-github-permissions")]).toEqual([
    403,
    "issues=write; pull_requests=write",
  ]);
});

test("shows the latest run of each check, or all, by name and app, page by page", async () => {
  await using scene = await startOpenScene();
  const { octokit, repo, head } = scene;
  const { data: run } = await octokit.rest.checks.create({
    ...AT,
    name: "build",
    head_sha: head,
    status: "in_progress",
  });
  expect(run).toMatchObject({ status: "in_progress", conclusion: null, app: { slug: "bot" } });
  await octokit.rest.checks.update({
    ...AT,
    check_run_id: run.id,
    conclusion: "failure",
    output: { title: "Bad", summary: "It is" },
  });
  await octokit.rest.checks.create({ ...AT, name: "build", head_sha: head, conclusion: "success" });
  repo.addCheckRun("build", head, { conclusion: "skipped" });
  const list = async (extra: object): Promise<readonly unknown[]> => {
    const { data } = await octokit.rest.checks.listForRef({ ...AT, ref: "main", ...extra });
    return [
      data.total_count,
      data.check_runs.map(({ app, conclusion }) => [app?.slug, conclusion]),
    ];
  };
  expect(await list({})).toEqual([
    2,
    [
      ["github-actions", "skipped"],
      ["bot", "success"],
    ],
  ]);
  expect(await list({ filter: "all", app_id: run.app?.id })).toEqual([
    2,
    [
      ["bot", "success"],
      ["bot", "failure"],
    ],
  ]);
  expect(await list({ check_name: "none" })).toEqual([0, []]);
  expect(await list({ per_page: 1, page: 2 })).toEqual([2, [["bot", "success"]]]);
  const suites = await octokit.rest.checks.listSuitesForRef({ ...AT, ref: head });
  expect(suites.data.check_suites.map(({ app, conclusion }) => [app?.slug, conclusion])).toEqual([
    ["bot", "success"],
    ["github-actions", "skipped"],
  ]);
});

test("takes check runs from apps only, and changes from the app they are of", async () => {
  await using scene = await startOpenScene();
  const { octokit, host, head } = scene;
  const user = octokitFor(
    host,
    host.issueToken({ user: "ada", permissions: ALL, repositories: [SLUG] }),
  );
  const made = { ...AT, name: "build", head_sha: head };
  expect(await refusalOf(user.rest.checks.create(made))).toEqual([
    403,
    "You must authenticate via a GitHub App.",
  ]);
  const { data } = await octokit.rest.checks.create(made);
  const other = octokitFor(
    host,
    host.issueToken({ app: "other", permissions: ALL, repositories: [SLUG] }),
  );
  const change = { ...AT, check_run_id: data.id, status: "in_progress" as const };
  expect((await refusalOf(other.rest.checks.update(change)))[0]).toBe(403);
  const nowhere = octokit.rest.checks.create({ ...made, head_sha: "0".repeat(40) });
  expect((await refusalOf(nowhere))[0]).toBe(422);
});

test("combines the latest status of each context, and is pending without any", async () => {
  await using scene = await startOpenScene();
  const { octokit, head } = scene;
  const combined = async (): Promise<unknown[]> => {
    const { data } = await octokit.rest.repos.getCombinedStatusForRef({ ...AT, ref: "main" });
    return [data.state, data.total_count, data.sha];
  };
  expect(await combined()).toEqual(["pending", 0, head]);
  const create = { ...AT, sha: head };
  await octokit.rest.repos.createCommitStatus({ ...create, state: "pending", context: "a" });
  await octokit.rest.repos.createCommitStatus({ ...create, state: "success", context: "b" });
  expect(await combined()).toEqual(["pending", 2, head]);
  await octokit.rest.repos.createCommitStatus({ ...create, state: "success", context: "a" });
  expect(await combined()).toEqual(["success", 2, head]);
  await octokit.rest.repos.createCommitStatus({ ...create, state: "error", context: "b" });
  expect(await combined()).toEqual(["failure", 2, head]);
  const { data } = await octokit.rest.repos.listCommitStatusesForRef({ ...AT, ref: head });
  expect(data.map(({ context, state }) => `${context} ${state}`)).toEqual([
    "b error",
    "a success",
    "b success",
    "a pending",
  ]);
});
