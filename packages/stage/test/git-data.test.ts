import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { refusalOf } from "./refusal.ts";
import { ask, AT, octokitFor, SLUG, startScene } from "./scene.ts";

const run = promisify(execFile);

const STAMP = { name: "Bot", email: "bot@example.invalid", date: "2026-02-03T04:05:06+02:00" };

test("writes blobs as text and base64, and reads them back", async () => {
  await using scene = await startScene();
  const { octokit, host, token } = scene;
  const text = await octokit.rest.git.createBlob({ ...AT, content: "häuser\n" });
  const bytes = Buffer.from("häuser\n");
  const binary = await octokit.rest.git.createBlob({
    ...AT,
    content: bytes.toString("base64"),
    encoding: "base64",
  });
  expect(binary.data.sha).toBe(text.data.sha);
  const read = await octokit.rest.git.getBlob({ ...AT, file_sha: text.data.sha });
  expect(read.data).toMatchObject({ size: 8, encoding: "base64" });
  expect(Buffer.from(read.data.content, "base64")).toEqual(bytes);
  const raw = await ask(host, `/repos/${SLUG}/git/blobs/${text.data.sha}`, {
    token,
    headers: { accept: "application/vnd.github.raw+json" },
  });
  expect(await raw.text()).toBe("häuser\n");
  const none = octokit.rest.git.getBlob({ ...AT, file_sha: "0".repeat(40) });
  expect(await refusalOf(none)).toEqual([404, "Not Found"]);
  const bad = octokit.rest.git.createBlob({ ...AT, content: "?", encoding: "base64" });
  expect(await refusalOf(bad)).toEqual([422, "content is not valid Base64"]);
});

test("writes a tree over another one: adds, replaces, removes, keeps modes", async () => {
  await using scene = await startScene();
  const { octokit, head, repo } = scene;
  await repo.commit({
    branch: "deep",
    from: head,
    files: { "x/y/z.txt": "z\n", "x/w.txt": "w\n" },
  });
  const base = await octokit.rest.git.getTree({ ...AT, tree_sha: "deep", recursive: "1" });
  const { data: link } = await octokit.rest.git.createBlob({ ...AT, content: "a.txt" });
  const { data } = await octokit.rest.git.createTree({
    ...AT,
    base_tree: base.data.sha,
    tree: [
      { path: "x/y/z.txt", mode: "100644", type: "blob", sha: null },
      { path: "run.sh", mode: "100755", type: "blob", content: "#!/bin/sh\n" },
      { path: "link", mode: "120000", type: "blob", sha: link.sha },
      { path: "module", mode: "160000", type: "commit", sha: head },
      { path: "copy", mode: "040000", type: "tree", sha: base.data.sha },
      { path: "x/v/u.txt", mode: "100644", type: "blob", content: "u\n" },
    ],
  });
  const whole = await octokit.rest.git.getTree({ ...AT, tree_sha: data.sha, recursive: "true" });
  const own = whole.data.tree.filter(({ path }) => !path.startsWith("copy/"));
  expect(own.map(({ mode, path }) => `${mode} ${path}`)).toEqual([
    "100644 a.txt",
    "100644 b.txt",
    "040000 copy",
    "120000 link",
    "160000 module",
    "100755 run.sh",
    "040000 x",
    "040000 x/v",
    "100644 x/v/u.txt",
    "100644 x/w.txt",
  ]);
  expect(whole.data.truncated).toBe(false);
});

test.each([
  [
    { path: "../x", mode: "100644", type: "blob", content: "" },
    "tree.path contains a malformed path component",
  ],
  [{ path: "none", mode: "100644", type: "blob", sha: null }, "GitRPC::BadObjectState"],
  [{ path: "x", mode: "100644", type: "blob" }, "Must supply tree.sha or tree.content."],
] as const)("refuses the tree entry %o", async (entry, message) => {
  await using scene = await startScene();
  const { octokit, head } = scene;
  const made = octokit.rest.git.createTree({ ...AT, base_tree: head, tree: [entry] });
  expect(await refusalOf(made)).toEqual([422, message]);
});

test("makes the same commit and tag from the same data, twice, with the time zone they have", async () => {
  await using scene = await startScene();
  const { octokit, head, repo } = scene;
  const { data: parent } = await octokit.rest.git.getCommit({ ...AT, commit_sha: head });
  const input = { ...AT, message: "Bump", tree: parent.tree.sha, parents: [head], author: STAMP };
  const [one, two] = [
    await octokit.rest.git.createCommit(input),
    await octokit.rest.git.createCommit(input),
  ];
  expect(one.data.sha).toBe(two.data.sha);
  expect(one.data.author.date).toBe("2026-02-03T02:05:06Z");
  expect(one.data.verification).toMatchObject({ verified: false, reason: "unsigned" });
  const { stdout } = await run("git", ["cat-file", "commit", one.data.sha], {
    cwd: repo.git.directory,
  });
  expect(stdout).toContain("author Bot <bot@example.invalid> 1770084306 +0200\n");
  expect(stdout.endsWith("\n\nBump")).toBe(true);
  const tag = {
    ...AT,
    tag: "1.0.0",
    message: "1.0.0",
    object: one.data.sha,
    type: "commit" as const,
  };
  const first = await octokit.rest.git.createTag({ ...tag, tagger: STAMP });
  const again = await octokit.rest.git.createTag({ ...tag, tagger: STAMP });
  expect(first.data).toEqual(again.data);
  expect(await repo.ref("refs/tags/1.0.0")).toBeUndefined();
});

test("signs what an app commits without a custom author, and nothing else", async () => {
  await using scene = await startScene();
  const { octokit, head, host } = scene;
  const { data: parent } = await octokit.rest.git.getCommit({ ...AT, commit_sha: head });
  const content = { ...AT, message: "Bump", tree: parent.tree.sha, parents: [head] };
  const signed = await octokit.rest.git.createCommit(content);
  expect(signed.data.verification).toMatchObject({ verified: true, reason: "valid" });
  expect(signed.data.committer.name).toBe("GitHub");
  const shown = await octokit.rest.repos.getCommit({ ...AT, ref: signed.data.sha });
  expect(shown.data.commit.verification?.verified).toBe(true);
  expect(shown.data.author?.login).toBe("stage-app[bot]");
  const user = host.issueToken({
    user: "ada",
    permissions: { contents: "write" },
    repositories: [SLUG],
  });
  const own = await octokitFor(host, user).rest.git.createCommit(content);
  expect(own.data.verification.verified).toBe(false);
  const foreign = await octokit.rest.git.createCommit({ ...content, signature: "forged" });
  expect(foreign.data.verification).toMatchObject({ verified: false, reason: "unknown_key" });
});

test("moves a ref forward, and elsewhere only by force", async () => {
  await using scene = await startScene();
  const { octokit, repo, first, head, stage } = scene;
  await repo.createBranch("release-1.0", first);
  const at = { ...AT, ref: "heads/release-1.0" };
  const moved = await octokit.rest.git.updateRef({ ...at, sha: head });
  expect(moved.data.object.sha).toBe(head);
  expect(await refusalOf(octokit.rest.git.updateRef({ ...at, sha: first, force: false }))).toEqual([
    422,
    "Update is not a fast forward",
  ]);
  await octokit.rest.git.updateRef({ ...at, sha: first, force: true });
  expect(await repo.ref("refs/heads/release-1.0")).toBe(first);
  const missing = { ...AT, ref: "heads/none" };
  expect(await refusalOf(octokit.rest.git.updateRef({ ...missing, sha: head }))).toEqual([
    422,
    "Reference does not exist",
  ]);
  await octokit.rest.git.deleteRef(at);
  expect(await refusalOf(octokit.rest.git.deleteRef(at))).toEqual([
    422,
    "Reference does not exist",
  ]);
  expect(stage.history.slice(-3).map(({ what }) => what)).toEqual([
    "move ref",
    "move ref",
    "delete ref",
  ]);
});

test("reads files, folders and links at a revision", async () => {
  await using scene = await startScene();
  const { octokit, repo, head, host, token } = scene;
  await repo.commit({ branch: "main", files: { "docs/x y.md": "# X\n" } });
  const file = await octokit.rest.repos.getContent({ ...AT, path: "docs/x y.md" });
  expect(file.data).toMatchObject({ type: "file", size: 4, content: "IyBYCg==\n" });
  const folder = await octokit.rest.repos.getContent({ ...AT, path: "" });
  expect(folder.data).toMatchObject([
    { name: "a.txt", type: "file", size: 4 },
    { name: "b.txt", type: "file" },
    { name: "docs", type: "dir", size: 0 },
  ]);
  const raw = await ask(host, `/repos/${SLUG}/contents/a.txt?ref=${head}`, {
    token,
    headers: { accept: "application/vnd.github.raw" },
  });
  expect(await raw.text()).toBe("two\n");
  const absent = octokit.rest.repos.getContent({ ...AT, path: "none" });
  expect(await refusalOf(absent)).toEqual([404, "Not Found"]);
});

test("writes a file only over the content the client saw", async () => {
  await using scene = await startScene();
  const { octokit, repo } = scene;
  const content = Buffer.from("new\n").toString("base64");
  const put = { ...AT, message: "Change", content, branch: "main" };
  const created = await octokit.rest.repos.createOrUpdateFileContents({ ...put, path: "c/d.txt" });
  expect(created.status).toBe(201);
  expect(created.data.commit.sha).toBe(await repo.ref("refs/heads/main"));
  const again = { ...put, path: "a.txt" };
  expect(await refusalOf(octokit.rest.repos.createOrUpdateFileContents(again))).toEqual([
    422,
    `Invalid request.\n\n"sha" wasn't supplied.`,
  ]);
  const stale = { ...again, sha: "0".repeat(40) };
  expect(await refusalOf(octokit.rest.repos.createOrUpdateFileContents(stale))).toEqual([
    409,
    `a.txt does not match ${"0".repeat(40)}`,
  ]);
  const { data } = await octokit.rest.repos.getContent({ ...AT, path: "a.txt" });
  const sha = "sha" in data ? data.sha : "";
  const updated = await octokit.rest.repos.createOrUpdateFileContents({ ...again, sha });
  expect(updated.status).toBe(200);
  const absent = { ...put, path: "x", branch: "none" };
  expect(await refusalOf(octokit.rest.repos.createOrUpdateFileContents(absent))).toEqual([
    404,
    "Branch none not found",
  ]);
});

test("merges one branch into another, finds nothing to do, and says conflict", async () => {
  await using scene = await startScene();
  const { octokit, repo, first, head } = scene;
  const side = await repo.commit({ branch: "side", from: first, files: { "s.txt": "s\n" } });
  const clash = await repo.commit({ branch: "clash", from: first, files: { "a.txt": "other\n" } });
  const merged = await octokit.rest.repos.merge({ ...AT, base: "main", head: "side" });
  expect(merged.status).toBe(201);
  expect(merged.data.parents.map(({ sha }) => sha)).toEqual([head, side]);
  expect(merged.data.commit.message).toBe("Merge side into main");
  const again = await octokit.rest.repos.merge({ ...AT, base: "main", head: "side" });
  expect(again.status).toBe(204);
  const conflict = octokit.rest.repos.merge({ ...AT, base: "main", head: clash });
  expect(await refusalOf(conflict)).toEqual([409, "Merge conflict"]);
});

test("lists commits by path, author and time, page by page", async () => {
  await using scene = await startScene();
  const { octokit, repo, host } = scene;
  host.addUser("octocat", { email: "octocat@example.invalid" });
  await repo.commits([
    { branch: "main", files: { "p/q.txt": "1\n" }, date: new Date("2026-03-01T00:00:00Z") },
    { files: { "p/q.txt": "2\n" }, date: new Date("2026-03-02T00:00:00Z") },
    { files: { "r.txt": "3\n" }, date: new Date("2026-03-03T00:00:00Z") },
  ]);
  const ofPath = await octokit.rest.repos.listCommits({ ...AT, path: "p" });
  expect(ofPath.data).toHaveLength(2);
  expect(ofPath.data[0]?.author?.login).toBe("octocat");
  const inTime = await octokit.rest.repos.listCommits({
    ...AT,
    since: "2026-03-02T00:00:00Z",
    until: "2026-03-02T12:00:00Z",
  });
  expect(inTime.data).toHaveLength(1);
  const pages = await octokit.paginate(octokit.rest.repos.listCommits, { ...AT, per_page: 2 });
  expect(pages).toHaveLength(5);
  const second = await octokit.rest.repos.listCommits({ ...AT, per_page: 2, page: 2 });
  const rels = [...(second.headers.link ?? "").matchAll(/rel="(\w+)"/g)].map(([, rel]) => rel);
  expect(rels).toEqual(["prev", "next", "last", "first"]);
});

test("shows the patch of each file of a comparison and of a commit", async () => {
  await using scene = await startScene();
  const { octokit, first, head, repo } = scene;
  await repo.commit({ branch: "main", files: { "a.txt": null, bin: "\u0000\u0001" } });
  const compared = await octokit.rest.repos.compareCommitsWithBasehead({
    ...AT,
    basehead: `${first}...${head}`,
  });
  expect(compared.data.files?.map(({ filename, patch }) => [filename, patch])).toEqual([
    ["a.txt", "@@ -1 +1 @@\n-one\n+two"],
    ["b.txt", "@@ -0,0 +1 @@\n+new"],
  ]);
  const commit = await octokit.rest.repos.getCommit({ ...AT, ref: "main" });
  expect(commit.data.files?.map(({ filename, patch }) => [filename, patch])).toEqual([
    ["a.txt", "@@ -1 +0,0 @@\n-two"],
    ["bin", undefined],
  ]);
});

test("lists branches and tags, and a branch with whether it is protected", async () => {
  await using scene = await startScene();
  const { octokit, repo, first, head } = scene;
  await repo.createBranch("release/1.0", first);
  await repo.createTag("1.0.0", first, { annotated: true });
  repo.addRuleset({
    name: "releases",
    include: ["refs/heads/release/*"],
    rules: [{ type: "deletion" }],
  });
  const { data } = await octokit.rest.repos.listBranches(AT);
  expect(data.map((branch) => [branch.name, branch.protected])).toEqual([
    ["main", false],
    ["release/1.0", true],
  ]);
  const only = await octokit.rest.repos.listBranches({ ...AT, protected: true });
  expect(only.data.map(({ name }) => name)).toEqual(["release/1.0"]);
  const branch = await octokit.rest.repos.getBranch({ ...AT, branch: "release/1.0" });
  expect(branch.data).toMatchObject({ protected: true, protection: { enabled: false } });
  expect(branch.data.commit.sha).toBe(first);
  expect(await refusalOf(octokit.rest.repos.getBranch({ ...AT, branch: "x" }))).toEqual([
    404,
    "Branch not found",
  ]);
  const tags = await octokit.rest.repos.listTags(AT);
  expect(tags.data).toMatchObject([{ name: "1.0.0", commit: { sha: first } }]);
  expect(head).not.toBe(first);
});

test("reads a branch as it was before, under a stale fault", async () => {
  await using scene = await startScene();
  const { octokit, stage, head } = scene;
  await octokit.rest.git.createRef({ ...AT, ref: "refs/heads/new", sha: head });
  const operation = "GET /repos/{owner}/{repo}/branches";
  stage.addFault({ at: { nth: 1, operation }, phase: "before", kind: "stale" });
  const stale = await octokit.rest.repos.listBranches(AT);
  expect(stale.data.map(({ name }) => name)).toEqual(["main"]);
  expect((await octokit.rest.repos.listBranches(AT)).data).toHaveLength(2);
});
