import { expect, test } from "vitest";
import { ask, AT, SLUG, startScene } from "./scene.ts";

const UNKNOWN = "a".repeat(40);

test("shows a commit as a git object by its id only", async () => {
  await using scene = await startScene();
  const { host, octokit, repo, token, first, head } = scene;
  const { data } = await octokit.rest.git.getCommit({ ...AT, commit_sha: head });
  expect(data).toMatchObject({
    sha: head,
    message: "Second",
    parents: [{ sha: first }],
    author: { name: "Octo Cat", date: "2026-01-01T00:02:00Z" },
    verification: { verified: false, reason: "unsigned" },
  });
  const tag = await repo.createTag("1.0.0", head, { annotated: true });
  for (const sha of [UNKNOWN, tag, "main", head.slice(0, 10)]) {
    const answer = await ask(host, `/repos/${SLUG}/git/commits/${sha}`, { token });
    expect(answer.status).toBe(404);
  }
});

test("finds a commit by branch, tag, annotated tag, full ref, id and abbreviated id", async () => {
  await using scene = await startScene();
  const { octokit, repo, first, head } = scene;
  await repo.createTag("1.0.0", first);
  await repo.createTag("1.0.1", first, { annotated: true });
  const find = async (ref: string): Promise<string> =>
    (await octokit.rest.repos.getCommit({ ...AT, ref })).data.sha;
  expect(await find("main")).toBe(head);
  expect(await find("heads/main")).toBe(head);
  expect(await find("refs/heads/main")).toBe(head);
  expect(await find("1.0.0")).toBe(first);
  expect(await find("tags/1.0.1")).toBe(first);
  expect(await find(head)).toBe(head);
  expect(await find(head.slice(0, 8))).toBe(head);
});

test("answers with the id alone for the sha media type", async () => {
  await using scene = await startScene();
  const { host, token, head } = scene;
  const headers = { accept: "application/vnd.github.sha" };
  const answer = await ask(host, `/repos/${SLUG}/commits/main`, { token, headers });
  expect(await answer.text()).toBe(head);
});

test.each([UNKNOWN, "no-such-branch"])("answers 422 for the unknown revision %s", async (name) => {
  await using scene = await startScene();
  const { host, token } = scene;
  const answer = await ask(host, `/repos/${SLUG}/commits/${name}`, { token });
  expect(answer.status).toBe(422);
  expect(await answer.json()).toEqual({
    message: `No commit found for SHA: ${name}`,
    documentation_url: "https://docs.github.com/rest/commits/commits#get-a-commit",
    status: "422",
  });
});

test("tells what a commit changed, renames and removals included", async () => {
  await using scene = await startScene();
  const { octokit, repo } = scene;
  const files = { "a.txt": null, "dir/ä b.txt": "two\n", "b.txt": "new\nand more\n" };
  const sha = await repo.commit({ branch: "main", files });
  const { data } = await octokit.rest.repos.getCommit({ ...AT, ref: sha });
  expect(data.stats).toEqual({ total: 1, additions: 1, deletions: 0 });
  const changes = (data.files ?? []).map((f) => [f.status, f.filename, f.previous_filename]);
  expect(changes).toEqual([
    ["modified", "b.txt", undefined],
    ["renamed", "dir/ä b.txt", "a.txt"],
  ]);
});

test("shows an annotated tag object, and nothing else, under git/tags", async () => {
  await using scene = await startScene();
  const { host, octokit, repo, token, head } = scene;
  const sha = await repo.createTag("1.0.0", head, { annotated: true, message: "Release 1.0.0" });
  const { data } = await octokit.rest.git.getTag({ ...AT, tag_sha: sha });
  expect(data).toMatchObject({
    sha,
    tag: "1.0.0",
    message: "Release 1.0.0\n",
    object: { type: "commit", sha: head },
  });
  expect((await ask(host, `/repos/${SLUG}/git/tags/${head}`, { token })).status).toBe(404);
});

test("compares two sides: identical, ahead, behind, diverged", async () => {
  await using scene = await startScene();
  const { octokit, repo, first, head } = scene;
  const side = await repo.commit({ branch: "side", from: first });
  const compare = async (basehead: string): Promise<readonly unknown[]> => {
    const { data } = await octokit.rest.repos.compareCommitsWithBasehead({ ...AT, basehead });
    return [data.status, data.ahead_by, data.behind_by, data.merge_base_commit.sha];
  };
  expect(await compare(`${head}...main`)).toEqual(["identical", 0, 0, head]);
  expect(await compare(`${first}...main`)).toEqual(["ahead", 1, 0, first]);
  expect(await compare(`main...${first}`)).toEqual(["behind", 0, 1, first]);
  expect(await compare("main...octo:side")).toEqual(["diverged", 1, 1, first]);
  const { data } = await octokit.rest.repos.compareCommitsWithBasehead({
    ...AT,
    basehead: "main...side",
  });
  expect(data.base_commit.sha).toBe(head);
  expect(data.commits.map((commit) => commit.sha)).toEqual([side]);
  expect(data.files?.map((file) => file.filename)).toEqual(["file.txt"]);
});

test("pages a comparison's commits, oldest first, with the files on the first page", async () => {
  await using scene = await startScene();
  const { host, octokit, repo, token, head } = scene;
  const shas = await repo.commits([{ branch: "next", from: head }, {}, {}]);
  const path = `/repos/${SLUG}/compare/main...next`;
  const second = await ask(host, `${path}?per_page=2&page=2`, { token });
  expect(second.headers.get("link")).toContain('rel="prev"');
  const body = await second.json();
  expect(body).toMatchObject({ total_commits: 3, commits: [{ sha: shas[2] }], files: [] });
  const pages = await octokit.paginate(
    "GET /repos/{owner}/{repo}/compare/{basehead}",
    { ...AT, basehead: "main...next", per_page: 2 },
    (page) => page.data.commits,
  );
  expect(pages.map((commit) => commit.sha)).toEqual(shas);
});

test("shows the last 250 commits of a long comparison when not asked for pages", async () => {
  await using scene = await startScene();
  const { octokit, repo, head } = scene;
  const more = Array.from({ length: 250 }, () => ({}));
  const shas = await repo.commits([{ branch: "next", from: head }, ...more]);
  const basehead = "main...next";
  const { data } = await octokit.rest.repos.compareCommitsWithBasehead({ ...AT, basehead });
  expect(data.ahead_by).toBe(251);
  expect(data.commits.map((commit) => commit.sha)).toEqual(shas.slice(1));
});

test("does not compare what is unknown, without common history, or not two sides", async () => {
  await using scene = await startScene();
  const { host, repo, token, head } = scene;
  const orphan = await repo.commit({ branch: "orphan" });
  const compare = async (basehead: string): Promise<unknown> => {
    const answer = await ask(host, `/repos/${SLUG}/compare/${basehead}`, { token });
    expect(answer.status).toBe(404);
    return answer.json();
  };
  const documentation_url = "https://docs.github.com/rest/commits/commits#compare-two-commits";
  const notFound = { message: "Not Found", documentation_url, status: "404" };
  expect(await compare(`main...${UNKNOWN}`)).toEqual(notFound);
  expect(await compare("none...main")).toEqual(notFound);
  expect(await compare("main...stranger:main")).toEqual(notFound);
  expect(await compare("main")).toEqual(notFound);
  expect(await compare("main...orphan")).toEqual({
    ...notFound,
    message: `No common ancestor between ${head} and ${orphan}.`,
  });
});

test("answers for a commit that only a fork has, and shows by comparing that no branch has it", async () => {
  await using scene = await startScene();
  const { octokit, repo, head } = scene;
  const impostor = await repo.addForkOnlyCommit({ parent: head, message: "Harmless" });
  const { data } = await octokit.rest.git.getCommit({ ...AT, commit_sha: impostor });
  expect(data.message).toBe("Harmless");
  expect([...(await repo.refs()).values()]).not.toContain(impostor);
  const basehead = `${impostor}...main`;
  const compared = await octokit.rest.repos.compareCommitsWithBasehead({ ...AT, basehead });
  expect(compared.data.status).toBe("behind");
});
