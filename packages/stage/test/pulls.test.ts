import type { Octokit } from "@octokit/rest";
import { expect, test } from "vitest";
import type { GithubHost } from "../src/index.ts";
import { refusalOf } from "./refusal.ts";
import { AT, octokitFor, type Scene, SLUG, startScene } from "./scene.ts";

const ALL = {
  contents: "write",
  pull_requests: "write",
  issues: "write",
  checks: "write",
  statuses: "write",
} as const;

function clientOf(host: GithubHost, user: string): Octokit {
  return octokitFor(host, host.issueToken({ user, permissions: ALL, repositories: [SLUG] }));
}

interface PullScene extends Scene {
  readonly ada: Octokit;
  readonly ben: Octokit;
  /** The head of branch `topic`, one commit beside main. */
  readonly topic: string;
}

/** Ada opens pull requests, Ben reviews them; `topic` is one commit ahead of main. */
async function startPullScene(): Promise<PullScene> {
  const scene = await startScene();
  const { host, repo, head } = scene;
  const topic = await repo.commit({
    branch: "topic",
    from: head,
    message: "Topic",
    files: { "t.txt": "t\n" },
  });
  return { ...scene, ada: clientOf(host, "ada"), ben: clientOf(host, "ben"), topic };
}

const NEW = { ...AT, title: "Topic", head: "topic", base: "main" };

test("opens a pull request, shows it in lists, and gives it refs of its own", async () => {
  await using scene = await startPullScene();
  const { ada, repo, topic, head, stage } = scene;
  const { data, status } = await ada.rest.pulls.create({ ...NEW, body: "Why" });
  expect(status).toBe(201);
  expect(data).toMatchObject({
    number: 1,
    state: "open",
    merged: false,
    mergeable: null,
    commits: 1,
    changed_files: 1,
    user: { login: "ada" },
    head: { label: "octo:topic", ref: "topic", sha: topic },
    base: { ref: "main", sha: head },
  });
  expect(await repo.ref("refs/pull/1/head")).toBe(topic);
  const listed = await ada.rest.pulls.list({ ...AT, head: "octo:topic", base: "main" });
  expect(listed.data.map(({ number }) => number)).toEqual([1]);
  expect((await ada.rest.pulls.list({ ...AT, head: "octo:other" })).data).toEqual([]);
  const commits = await ada.rest.pulls.listCommits({ ...AT, pull_number: 1 });
  expect(commits.data.map(({ sha }) => sha)).toEqual([topic]);
  const files = await ada.rest.pulls.listFiles({ ...AT, pull_number: 1 });
  expect(files.data).toMatchObject([
    { filename: "t.txt", status: "added", patch: "@@ -0,0 +1 @@\n+t" },
  ]);
  expect(stage.history.at(-1)).toMatchObject({
    who: "ada",
    what: "open pull request",
    after: "#1",
  });
});

test("refuses a second one, one without commits, and branches that are not there", async () => {
  await using scene = await startPullScene();
  const { ada, repo, head } = scene;
  await repo.createBranch("same", head);
  await ada.rest.pulls.create(NEW);
  const custom = (message: string): [number, string] => [
    422,
    `Validation Failed: ${JSON.stringify([{ resource: "PullRequest", code: "custom", message }])}`,
  ];
  const invalid = (field: string): [number, string] => [
    422,
    `Validation Failed: ${JSON.stringify([{ resource: "PullRequest", field, code: "invalid" }])}`,
  ];
  expect(await refusalOf(ada.rest.pulls.create(NEW))).toEqual(
    custom("A pull request already exists for octo:topic."),
  );
  expect(await refusalOf(ada.rest.pulls.create({ ...NEW, head: "same" }))).toEqual(
    custom("No commits between main and same"),
  );
  expect(await refusalOf(ada.rest.pulls.create({ ...NEW, head: "none" }))).toEqual(invalid("head"));
  expect(await refusalOf(ada.rest.pulls.create({ ...NEW, base: "none" }))).toEqual(invalid("base"));
  expect(await refusalOf(ada.rest.pulls.create({ ...NEW, head: "else:topic" }))).toEqual(
    invalid("head"),
  );
});

test("does not let a job's token open or approve one unless the repository allows it", async () => {
  await using scene = await startPullScene();
  const { host, ada } = scene;
  await ada.rest.pulls.create(NEW);
  const job = octokitFor(
    host,
    host.issueToken({ kind: "job", permissions: ALL, repositories: [SLUG] }),
  );
  expect(await refusalOf(job.rest.pulls.create({ ...NEW, head: "other" }))).toEqual([
    403,
    "GitHub Actions is not permitted to create or approve pull requests.",
  ]);
  const approve = job.rest.pulls.createReview({ ...AT, pull_number: 1, event: "APPROVE" });
  expect(await refusalOf(approve)).toEqual([
    422,
    'Unprocessable Entity: ["GitHub Actions is not permitted to approve pull requests."]',
  ]);
});

test("finds out in the background whether it can be merged", async () => {
  await using scene = await startPullScene();
  const { ada, repo, first } = scene;
  await repo.commit({ branch: "clash", from: first, files: { "a.txt": "other\n" } });
  await ada.rest.pulls.create(NEW);
  await ada.rest.pulls.create({ ...NEW, head: "clash" });
  const get = async (pull_number: number): Promise<unknown[]> => {
    const { data } = await ada.rest.pulls.get({ ...AT, pull_number });
    return [data.mergeable, data.mergeable_state, data.merge_commit_sha !== null];
  };
  expect(await get(1)).toEqual([null, "unknown", false]);
  expect(await get(1)).toEqual([true, "clean", true]);
  expect(await get(2)).toEqual([null, "unknown", false]);
  expect(await get(2)).toEqual([false, "dirty", false]);
  expect(await repo.ref("refs/pull/1/merge")).toBeDefined();
  await repo.commit({ branch: "topic", files: { "t.txt": "more\n" } });
  expect(await get(1)).toEqual([null, "unknown", true]);
  expect(await get(1)).toEqual([true, "clean", true]);
});

test("merges with a merge commit, and closes", async () => {
  await using scene = await startPullScene();
  const { ada, ben, repo, head, topic, stage } = scene;
  await ada.rest.pulls.create(NEW);
  expect(
    (await ben.rest.pulls.checkIfMerged({ ...AT, pull_number: 1 }).catch((e) => e)).status,
  ).toBe(404);
  const merged = await ben.rest.pulls.merge({ ...AT, pull_number: 1, sha: topic });
  expect(merged.data).toMatchObject({ merged: true, message: "Pull Request successfully merged" });
  const sha = await repo.ref("refs/heads/main");
  expect(merged.data.sha).toBe(sha);
  const { data: commit } = await ada.rest.repos.getCommit({ ...AT, ref: "main" });
  expect(commit.parents.map((parent) => parent.sha)).toEqual([head, topic]);
  expect(commit.commit.message).toBe("Merge pull request #1 from octo/topic\n\nTopic");
  expect(commit.commit.verification?.verified).toBe(true);
  const { data } = await ada.rest.pulls.get({ ...AT, pull_number: 1 });
  expect(data).toMatchObject({
    state: "closed",
    merged: true,
    merge_commit_sha: sha,
    merged_by: { login: "ben" },
    commits: 1,
  });
  const commits = await ada.rest.pulls.listCommits({ ...AT, pull_number: 1 });
  expect(commits.data.map((one) => one.sha)).toEqual([topic]);
  expect((await ben.rest.pulls.checkIfMerged({ ...AT, pull_number: 1 })).status).toBe(204);
  expect(stage.history.slice(-2)).toMatchObject([
    { who: "ben", what: "move ref", ref: "refs/heads/main", before: head, after: sha },
    { who: "ben", what: "merge pull request", before: topic, after: sha },
  ]);
  const again = ben.rest.pulls.merge({ ...AT, pull_number: 1 });
  expect(await refusalOf(again)).toEqual([405, "Pull Request is not mergeable"]);
});

test("squashes into one commit, and rebases into new ones", async () => {
  await using scene = await startPullScene();
  const { ada, repo, head } = scene;
  const base = await repo.commit({ branch: "main", files: { "m.txt": "m\n" } });
  await repo.commit({ branch: "topic", message: "More", files: { "u.txt": "u\n" } });
  await ada.rest.pulls.create(NEW);
  await ada.rest.pulls.merge({ ...AT, pull_number: 1, merge_method: "squash" });
  const { data: squashed } = await ada.rest.repos.getCommit({ ...AT, ref: "main" });
  expect(squashed.parents.map(({ sha }) => sha)).toEqual([base]);
  expect(squashed.commit.message).toBe("Topic (#1)\n\n* Topic\n\n* More");
  await repo.commits([
    { branch: "second", from: head, message: "One", files: { "1.txt": "1\n" } },
    { message: "Two", files: { "2.txt": "2\n" } },
  ]);
  await ada.rest.pulls.create({ ...NEW, title: "Second", head: "second" });
  const rebased = await ada.rest.pulls.merge({ ...AT, pull_number: 2, merge_method: "rebase" });
  const { data: log } = await ada.rest.repos.listCommits({ ...AT, per_page: 3 });
  expect(log.map(({ commit }) => commit.message)).toEqual(["Two", "One", squashed.commit.message]);
  expect(log[0]?.sha).toBe(rebased.data.sha);
  expect(log.map(({ parents }) => parents.length)).toEqual([1, 1, 1]);
  const { data: tree } = await ada.rest.git.getTree({ ...AT, tree_sha: "main" });
  expect(tree.tree.map(({ path }) => path)).toEqual([
    "1.txt",
    "2.txt",
    "a.txt",
    "b.txt",
    "m.txt",
    "t.txt",
    "u.txt",
  ]);
});

test("refuses to merge a moved head, a draft, and a conflict", async () => {
  await using scene = await startPullScene();
  const { ada, repo, first, topic } = scene;
  await ada.rest.pulls.create({ ...NEW, draft: true });
  await repo.commit({ branch: "clash", from: first, files: { "a.txt": "other\n" } });
  await ada.rest.pulls.create({ ...NEW, head: "clash" });
  const merge = (pull_number: number, extra: object = {}): Promise<unknown> =>
    ada.rest.pulls.merge({ ...AT, pull_number, ...extra });
  expect(await refusalOf(merge(1))).toEqual([405, "Pull Request is still a draft"]);
  expect(await refusalOf(merge(2))).toEqual([405, "Pull Request is not mergeable"]);
  expect(await refusalOf(merge(2, { merge_method: "rebase" }))).toEqual([
    405,
    "This branch can't be rebased",
  ]);
  expect(await refusalOf(merge(2, { sha: topic }))).toEqual([
    409,
    "Head branch was modified. Review and try the merge again.",
  ]);
});

test("binds a merge by the rules of its base, and merges when they are met", async () => {
  await using scene = await startPullScene();
  const { ada, ben, host, repo, topic, head } = scene;
  host.addUser("guest", { role: "read" });
  const guest = clientOf(host, "guest");
  const { id } = host.addApp("ci");
  repo.addRuleset({
    name: "main",
    include: ["~DEFAULT_BRANCH"],
    rules: [
      { type: "pull_request", parameters: { required_approving_review_count: 1 } },
      {
        type: "required_status_checks",
        parameters: {
          required_status_checks: [{ context: "build", integration_id: id }, { context: "lint" }],
        },
      },
    ],
  });
  await ada.rest.pulls.create(NEW);
  const merge = async (): Promise<unknown> => ada.rest.pulls.merge({ ...AT, pull_number: 1 });
  const refused = (...sentences: readonly string[]): [number, string] => [
    405,
    `Repository rule violations found\n\n${sentences.map((s) => `${s}\n\n`).join("")}`,
  ];
  const review = "At least 1 approving review is required by reviewers with write access.";
  expect(await refusalOf(merge())).toEqual(
    refused(review, "2 of 2 required status checks are expected."),
  );
  await guest.rest.pulls.createReview({ ...AT, pull_number: 1, event: "APPROVE" });
  // A run of the right name from another app is not the one that is asked for.
  repo.addCheckRun("build", topic, { app: "impostor" });
  repo.addStatus("lint", topic, "failure");
  expect(await refusalOf(merge())).toEqual(
    refused(review, "2 of 2 required status checks have not succeeded: 1 expected and 1 failing."),
  );
  await ben.rest.pulls.createReview({ ...AT, pull_number: 1, event: "APPROVE" });
  repo.addStatus("lint", topic, "success");
  repo.addCheckRun("build", topic, { app: "ci", status: "in_progress" });
  expect(await refusalOf(merge())).toEqual(
    refused("1 of 2 required status checks have not succeeded: 1 in progress."),
  );
  repo.addCheckRun("build", topic, { app: "ci" });
  await merge();
  expect(await repo.ref("refs/heads/main")).not.toBe(head);
  expect(repo.rules.suites.map(({ result }) => result)).toEqual(["fail", "fail", "fail", "pass"]);
});

test("keeps reviews in order, dismisses them by hand and by a push", async () => {
  await using scene = await startPullScene();
  const { ada, ben, repo, topic } = scene;
  repo.protectBranch("main", { requiredApprovals: 1, dismissStaleReviews: true });
  await ada.rest.pulls.create(NEW);
  const on = { ...AT, pull_number: 1 };
  const own = ada.rest.pulls.createReview({ ...on, event: "APPROVE" });
  expect(await refusalOf(own)).toEqual([
    422,
    'Unprocessable Entity: ["Can not approve your own pull request"]',
  ]);
  await ben.rest.pulls.createReview({ ...on, event: "REQUEST_CHANGES", body: "No" });
  const [first] = (await ada.rest.pulls.listReviews(on)).data;
  await ben.rest.pulls.dismissReview({ ...on, review_id: first?.id ?? 0, message: "Done" });
  await ben.rest.pulls.createReview({ ...on, event: "COMMENT", body: "Hm" });
  await ben.rest.pulls.createReview({ ...on, event: "APPROVE" });
  const states = async (): Promise<unknown> =>
    (await ada.rest.pulls.listReviews(on)).data.map(({ state, commit_id }) => [state, commit_id]);
  expect(await states()).toEqual([
    ["DISMISSED", topic],
    ["COMMENTED", topic],
    ["APPROVED", topic],
  ]);
  await repo.commit({ branch: "topic", files: { "t.txt": "more\n" } });
  expect((await ada.rest.pulls.listReviews(on)).data.at(-1)?.state).toBe("DISMISSED");
  expect(await refusalOf(ada.rest.pulls.merge(on))).toEqual([
    405,
    "At least 1 approving review is required by reviewers with write access.",
  ]);
});

test("asks collaborators for a review, and nobody else", async () => {
  await using scene = await startPullScene();
  const { ada, host } = scene;
  host.addUser("eve", { role: "none" });
  await ada.rest.pulls.create(NEW);
  const ask = (login: string): Promise<unknown> =>
    ada.rest.pulls.requestReviewers({ ...AT, pull_number: 1, reviewers: [login] });
  expect(await refusalOf(ask("ada"))).toEqual([
    422,
    "Review cannot be requested from pull request author.",
  ]);
  expect((await refusalOf(ask("eve")))[1]).toContain("is not a collaborator of the octo/telemetry");
  host.addUser("ben", { role: "maintain" });
  await ask("ben");
  const { data } = await ada.rest.pulls.get({ ...AT, pull_number: 1 });
  expect(data.requested_reviewers?.map(({ login }) => login)).toEqual(["ben"]);
  const role = await ada.rest.repos.getCollaboratorPermissionLevel({ ...AT, username: "ben" });
  expect(role.data).toMatchObject({ permission: "write", role_name: "maintain" });
});

test("follows its branches: a push moves it, a deletion closes it, a push to the base merges it", async () => {
  await using scene = await startPullScene();
  const { ada, repo, head } = scene;
  await ada.rest.pulls.create(NEW);
  await repo.commit({ branch: "gone", from: head, files: { "g.txt": "g\n" } });
  await ada.rest.pulls.create({ ...NEW, head: "gone" });
  const more = await repo.commit({ branch: "topic", files: { "t.txt": "more\n" } });
  expect(await repo.ref("refs/pull/1/head")).toBe(more);
  await ada.rest.git.deleteRef({ ...AT, ref: "heads/gone" });
  await ada.rest.git.updateRef({ ...AT, ref: "heads/main", sha: more });
  const states = (await ada.rest.pulls.list({ ...AT, state: "all" })).data;
  expect(states.map(({ number, state, merged_at: at }) => [number, state, at !== null])).toEqual([
    [2, "closed", false],
    [1, "closed", true],
  ]);
});

test("changes title, base and state, and does not reopen what was merged", async () => {
  await using scene = await startPullScene();
  const { ada, repo, first } = scene;
  await repo.createBranch("release-1.0", first);
  await ada.rest.pulls.create(NEW);
  const on = { ...AT, pull_number: 1 };
  const changed = await ada.rest.pulls.update({ ...on, title: "New", base: "release-1.0" });
  expect(changed.data).toMatchObject({
    title: "New",
    base: { ref: "release-1.0", sha: first },
    commits: 2,
  });
  await ada.rest.pulls.update({ ...on, state: "closed" });
  await ada.rest.pulls.update({ ...on, state: "open", base: "main" });
  await ada.rest.pulls.merge(on);
  expect((await refusalOf(ada.rest.pulls.update({ ...on, state: "open" })))[0]).toBe(422);
});

test("finds the pull requests of a commit: merged ones on main, open ones elsewhere", async () => {
  await using scene = await startPullScene();
  const { ada, topic, head } = scene;
  await ada.rest.pulls.create(NEW);
  const of = async (commit_sha: string): Promise<readonly number[]> => {
    const { data } = await ada.rest.repos.listPullRequestsAssociatedWithCommit({
      ...AT,
      commit_sha,
    });
    return data.map(({ number }) => number);
  };
  expect(await of(topic)).toEqual([1]);
  expect(await of(head)).toEqual([]);
  const { data } = await ada.rest.pulls.merge({ ...AT, pull_number: 1, merge_method: "squash" });
  expect(await of(data.sha)).toEqual([1]);
});

test("does not list a new pull request at once under a stale fault, and still refuses a second", async () => {
  await using scene = await startPullScene();
  const { ada, stage } = scene;
  await ada.rest.pulls.create(NEW);
  const operation = "GET /repos/{owner}/{repo}/pulls";
  stage.addFault({ at: { nth: 1, operation }, phase: "before", kind: "stale" });
  expect((await ada.rest.pulls.list(AT)).data).toEqual([]);
  expect((await refusalOf(ada.rest.pulls.create(NEW)))[0]).toBe(422);
  expect((await ada.rest.pulls.list(AT)).data).toHaveLength(1);
});

test("pages pull requests with links to the neighbours", async () => {
  await using scene = await startPullScene();
  const { ada, repo, head } = scene;
  for (const branch of ["b1", "b2", "b3"]) {
    await repo.commit({ branch, from: head });
    await ada.rest.pulls.create({ ...NEW, title: branch, head: branch });
  }
  const { data, headers } = await ada.rest.pulls.list({
    ...AT,
    per_page: 1,
    page: 2,
    direction: "asc",
  });
  expect(data.map(({ title }) => title)).toEqual(["b2"]);
  expect(headers.link).toMatch(
    /page=1[^>]*>; rel="prev".*page=3[^>]*>; rel="next".*rel="last".*rel="first"/,
  );
  expect(await ada.paginate(ada.rest.pulls.list, { ...AT, per_page: 2 })).toHaveLength(3);
});
