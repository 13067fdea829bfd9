import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import type { GithubHost } from "../src/index.ts";
import { ask, AT, octokitFor, SLUG, startScene } from "./scene.ts";

const run = promisify(execFile);

interface Clone extends AsyncDisposable {
  readonly directory: string;
  git(...args: readonly string[]): Promise<{ stdout: string; stderr: string }>;
  commit(files: Readonly<Record<string, string>>, message?: string): Promise<string>;
}

/** A folder and a git in it that has the token and nothing of this machine. */
async function workplace(host: GithubHost, token?: string): Promise<Clone> {
  const directory = await mkdtemp(join(tmpdir(), "stage-clone-"));
  const person = { name: "Ada", email: "ada@example.invalid" };
  const env = {
    PATH: process.env["PATH"],
    HOME: directory,
    LC_ALL: "C",
    GIT_AUTHOR_NAME: person.name,
    GIT_AUTHOR_EMAIL: person.email,
    GIT_COMMITTER_NAME: person.name,
    GIT_COMMITTER_EMAIL: person.email,
    ...host.gitEnvironment(token),
  };
  const git: Clone["git"] = (...args) => run("git", args, { cwd: directory, env });
  return {
    directory,
    git,
    commit: async (files, message = "Change") => {
      for (const [path, content] of Object.entries(files)) {
        await mkdir(dirname(join(directory, path)), { recursive: true });
        await writeFile(join(directory, path), content);
      }
      await git("add", "--all");
      await git("commit", "--quiet", "--message", message);
      return (await git("rev-parse", "HEAD")).stdout.trim();
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

async function cloneOf(host: GithubHost, token?: string): Promise<Clone> {
  const clone = await workplace(host, token);
  await clone.git("clone", "--quiet", host.gitUrl(SLUG), ".");
  return clone;
}

/** What a git that fails says. */
async function failureOf(failing: Promise<unknown>): Promise<string> {
  try {
    await failing;
  } catch (error) {
    if (error instanceof Error && "stderr" in error) return String(error.stderr);
    throw error;
  }
  throw new Error("git did not fail");
}

test("clones what the API wrote, and the API sees what is pushed", async () => {
  await using scene = await startScene();
  const { host, token, head, octokit, stage } = scene;
  await using clone = await cloneOf(host, token);
  expect((await clone.git("rev-parse", "HEAD")).stdout.trim()).toBe(head);
  const sha = await clone.commit({ "c.txt": "three\n" }, "Third");
  const pushed = await clone.git("push", "origin", "HEAD:main");
  expect(pushed.stderr).toContain("main");
  const { data } = await octokit.rest.repos.getCommit({ ...AT, ref: "main" });
  expect(data.sha).toBe(sha);
  expect(stage.history.at(-1)).toMatchObject({
    who: "installation-1",
    what: "move ref",
    ref: "refs/heads/main",
    before: head,
    after: sha,
  });
});

test("pushes branches and tags, deletes them, and answers for each ref of a push", async () => {
  await using scene = await startScene();
  const { host, token, head, repo, stage } = scene;
  await using clone = await cloneOf(host, token);
  await clone.git("tag", "--annotate", "--message", "One", "1.0.0");
  await clone.git("push", "origin", "HEAD:release-1.0", "1.0.0");
  expect(await repo.ref("refs/heads/release-1.0")).toBe(head);
  const tag = (await clone.git("rev-parse", "1.0.0")).stdout.trim();
  expect(await repo.ref("refs/tags/1.0.0")).toBe(tag);
  await clone.git("push", "origin", "--delete", "release-1.0");
  expect(await repo.ref("refs/heads/release-1.0")).toBeUndefined();
  expect(stage.history.slice(-3).map(({ what, ref }) => `${what} ${ref}`)).toEqual([
    "create ref refs/heads/release-1.0",
    "create ref refs/tags/1.0.0",
    "delete ref refs/heads/release-1.0",
  ]);
  const failure = await failureOf(clone.git("push", "origin", "HEAD:next", ":main"));
  expect(failure).toContain("main (refusing to delete the current branch: refs/heads/main)");
  expect(failure).toContain("[new branch]      HEAD -> next");
  expect(await repo.ref("refs/heads/next")).toBe(head);
});

test("makes all changes of an atomic push, or none", async () => {
  await using scene = await startScene();
  const { host, token, repo, stage, head } = scene;
  await using clone = await cloneOf(host, token);
  repo.addRuleset({ name: "tags", target: "tag", rules: [{ type: "creation" }] });
  await clone.git("tag", "1.0.0");
  const before = stage.history.length;
  const failure = await failureOf(
    clone.git("push", "--atomic", "origin", "HEAD:next", "refs/tags/1.0.0"),
  );
  expect(failure).toContain("HEAD -> next (atomic push failure)");
  expect(stage.history).toHaveLength(before);
  await clone.git("push", "--atomic", "origin", "HEAD:next", "HEAD:other");
  expect(await repo.ref("refs/heads/other")).toBe(head);
});

test("forces a branch where no rule forbids it, and keeps a lease", async () => {
  await using scene = await startScene();
  const { host, token, repo, first, head } = scene;
  await using clone = await cloneOf(host, token);
  await clone.git("reset", "--hard", "--quiet", first);
  const other = await clone.commit({ "d.txt": "other\n" });
  expect(await failureOf(clone.git("push", "origin", "HEAD:main"))).toContain("[rejected]");
  const lease = `--force-with-lease=main:${first}`;
  expect(await failureOf(clone.git("push", lease, "origin", "HEAD:main"))).toContain("stale info");
  await clone.git("push", `--force-with-lease=main:${head}`, "origin", "HEAD:main");
  expect(await repo.ref("refs/heads/main")).toBe(other);
});

test("fetches shallowly, partially, by any id, and with protocol 2", async () => {
  await using scene = await startScene();
  const { host, token, head, first, stage, repo } = scene;
  const lonely = await repo.addForkOnlyCommit({ parent: head, files: { "x.txt": "x\n" } });
  await using shallow = await workplace(host, token);
  await shallow.git("clone", "--quiet", "--depth=1", host.gitUrl(SLUG), ".");
  expect((await shallow.git("rev-list", "--count", "HEAD")).stdout.trim()).toBe("1");
  await shallow.git("fetch", "--quiet", "--unshallow");
  expect((await shallow.git("rev-list", "HEAD")).stdout).toContain(first);
  await shallow.git("fetch", "--quiet", "origin", lonely);
  expect((await shallow.git("cat-file", "-t", lonely)).stdout.trim()).toBe("commit");
  await using partial = await workplace(host, token);
  await partial.git(
    "clone",
    "--quiet",
    "--filter=blob:none",
    "--no-checkout",
    host.gitUrl(SLUG),
    ".",
  );
  const missing = await partial.git("rev-list", "--objects", "--missing=print", "HEAD");
  expect(missing.stdout).toMatch(/^\?[0-9a-f]{40}$/m);
  await using old = await workplace(host, token);
  const trace = await old.git("-c", "protocol.version=0", "ls-remote", host.gitUrl(SLUG));
  expect(trace.stdout).toContain(`${head}\trefs/heads/main`);
  // With protocol 2 the refs are asked for in a request of their own.
  await old.git("-c", "protocol.version=2", "ls-remote", host.gitUrl(SLUG));
  expect(stage.exchanges.slice(-3).map(({ operation }) => operation)).toEqual([
    "GET /{owner}/{repo}.git/info/refs",
    "GET /{owner}/{repo}.git/info/refs",
    "POST /{owner}/{repo}.git/git-upload-pack",
  ]);
});

test("takes a push into an empty repository, and a large one in a zipped or chunked body", async () => {
  await using scene = await startScene();
  const { host } = scene;
  const empty = await host.createRepository("octo/empty");
  const token = host.issueToken({
    permissions: { contents: "write" },
    repositories: ["octo/empty"],
  });
  await using place = await workplace(host, token);
  await place.git("init", "--quiet", "--initial-branch=main", ".");
  const random = Buffer.alloc(3_000_000, "0123456789abcdef", "hex").toString("base64");
  const sha = await place.commit({ "large.txt": random, "small.txt": "s\n" });
  await place.git("-c", "core.compression=0", "push", host.gitUrl("octo/empty"), "main");
  expect(await empty.ref("refs/heads/main")).toBe(sha);
});

test("reads a public repository without a token, and nothing else", async () => {
  await using scene = await startScene({ visibility: "public" });
  const { host, head } = scene;
  await host.createRepository("octo/secret");
  await using clone = await cloneOf(host);
  expect((await clone.git("rev-parse", "HEAD")).stdout.trim()).toBe(head);
  expect(await failureOf(clone.git("push", "origin", "HEAD:x"))).toContain(
    "could not read Username",
  );
  expect(await failureOf(clone.git("ls-remote", host.gitUrl("octo/secret")))).toContain(
    "could not read Username",
  );
});

test.each([
  ["git-upload-pack", { contents: "write" }, "octo/other", 404, "Repository not found.\n"],
  ["git-upload-pack", { metadata: "read" }, SLUG, 404, "Repository not found.\n"],
  [
    "git-receive-pack",
    { contents: "read" },
    SLUG,
    403,
    "Permission to octo/telemetry.git denied to github-actions[bot].\n",
  ],
] as const)(
  "refuses %s with %o in GitHub's words",
  async (service, permissions, slug, status, words) => {
    await using scene = await startScene();
    const { host } = scene;
    const token = host.issueToken({ kind: "job", permissions, repositories: [SLUG] });
    const authorization = `Basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`;
    const response = await ask(host, `/${slug}.git/info/refs?service=${service}`, {
      headers: { authorization },
    });
    expect([response.status, await response.text()]).toEqual([status, words]);
  },
);

test("asks for credentials, also instead of bad ones", async () => {
  await using scene = await startScene();
  const { host } = scene;
  const path = `/${SLUG}/info/refs?service=git-upload-pack`;
  const anonymous = await ask(host, path);
  expect(anonymous.status).toBe(401);
  expect(anonymous.headers.get("www-authenticate")).toBe('Basic realm="GitHub"');
  const bad = await ask(host, path, { token: "ghs_wrong" });
  expect([bad.status, await bad.text()]).toEqual([
    401,
    "Invalid username or token. Password authentication is not supported for Git operations.\n",
  ]);
  const dumb = await ask(host, `/${SLUG}/info/refs`);
  expect(dumb.status).toBe(403);
});

test("refuses a push that rules forbid, with GitHub's remote messages", async () => {
  await using scene = await startScene();
  const { host, token, repo, head } = scene;
  repo.addRuleset({
    name: "main",
    include: ["~DEFAULT_BRANCH"],
    rules: [
      { type: "pull_request" },
      {
        type: "required_status_checks",
        parameters: { required_status_checks: [{ context: "ci" }] },
      },
    ],
  });
  await using clone = await cloneOf(host, token);
  await clone.commit({ "c.txt": "three\n" });
  const failure = await failureOf(clone.git("push", "origin", "HEAD:main", "HEAD:free"));
  const said = failure.split("\n").map((line) => line.trimEnd());
  expect(said).toEqual(
    expect.arrayContaining([
      "remote: error: GH013: Repository rule violations found for refs/heads/main.",
      "remote: Review all repository rules at https://github.com/octo/telemetry/rules?ref=refs%2Fheads%2Fmain",
      "remote: - Changes must be made through a pull request.",
      'remote: - Required status check "ci" is expected.',
      " ! [remote rejected] HEAD -> main (push declined due to repository rule violations)",
      " * [new branch]      HEAD -> free",
    ]),
  );
  expect(await repo.ref("refs/heads/main")).toBe(head);
});

test("lets a bypass through, says so, and keeps it in the rule suites", async () => {
  await using scene = await startScene();
  const { host, repo, head } = scene;
  host.addApp("release-bot");
  const token = host.issueToken({
    app: "release-bot",
    permissions: { contents: "write", administration: "write" },
    repositories: [SLUG],
  });
  repo.addRuleset({
    name: "main",
    rules: [{ type: "pull_request" }],
    bypass: [{ app: "release-bot" }],
  });
  await using clone = await cloneOf(host, token);
  const sha = await clone.commit({ "c.txt": "three\n" });
  const { stderr } = await clone.git("push", "origin", "HEAD:main");
  expect(stderr).toContain("remote: Bypassed rule violations for refs/heads/main:");
  expect(stderr).toContain("remote: - Changes must be made through a pull request.");
  expect(await repo.ref("refs/heads/main")).toBe(sha);
  const { data } = await octokitFor(host, token).rest.repos.getRepoRuleSuites({
    ...AT,
    rule_suite_result: "bypass",
  });
  expect(data).toMatchObject([
    { actor_name: "release-bot[bot]", before_sha: head, after_sha: sha, result: "bypass" },
  ]);
});

test("refuses to force or delete what classic protection keeps", async () => {
  await using scene = await startScene();
  const { host, token, repo, first } = scene;
  repo.protectBranch("main");
  await using clone = await cloneOf(host, token);
  await clone.git("reset", "--hard", "--quiet", first);
  const failure = await failureOf(clone.git("push", "--force", "origin", "HEAD:main"));
  expect(failure).toContain("GH006: Protected branch update failed for refs/heads/main.");
  expect(failure).toContain("- Cannot force-push to this branch");
  expect(failure).toContain("(protected branch hook declined)");
});

test("refuses workflow files from an app without the permission, in new commits only", async () => {
  await using scene = await startScene();
  const { host, repo, token, head } = scene;
  await repo.commit({ branch: "main", files: { ".github/workflows/ci.yml": "on: push\n" } });
  await using clone = await cloneOf(host, token);
  await clone.git("push", "origin", "HEAD:release-1.0");
  expect(await repo.ref("refs/heads/release-1.0")).not.toBe(head);
  await clone.commit({ ".github/workflows/ci.yml": "on: pull_request\n" });
  expect(await failureOf(clone.git("push", "origin", "HEAD:main"))).toContain(
    "(refusing to allow a GitHub App to create or update workflow `.github/workflows/ci.yml` " +
      "without `workflows` permission)",
  );
  const allowed = host.issueToken({
    permissions: { contents: "write", workflows: "write" },
    repositories: [SLUG],
  });
  await using other = await cloneOf(host, allowed);
  const sha = await other.commit({ ".github/workflows/ci.yml": "on: pull_request\n" });
  await other.git("push", "origin", "HEAD:main");
  expect(await repo.ref("refs/heads/main")).toBe(sha);
});

test("hits git's requests with faults like any other", async () => {
  await using scene = await startScene();
  const { host, token, stage, repo, head } = scene;
  await using clone = await cloneOf(host, token);
  await clone.commit({ "c.txt": "three\n" });
  stage.addFault({
    at: { nth: 1, operation: "POST /{owner}/{repo}.git/git-receive-pack" },
    phase: "after",
    kind: "reset",
  });
  await failureOf(clone.git("push", "origin", "HEAD:main"));
  // Applied, and the answer lost: the next push has nothing to do.
  expect(await repo.ref("refs/heads/main")).not.toBe(head);
  expect((await clone.git("push", "origin", "HEAD:main")).stderr).toContain(
    "Everything up-to-date",
  );
});

test("does not let a push reach the refs of pull requests", async () => {
  await using scene = await startScene();
  await using clone = await cloneOf(scene.host, scene.token);
  expect(await failureOf(clone.git("push", "origin", "HEAD:refs/pull/1/head"))).toContain(
    "deny updating a hidden ref",
  );
});

test("survives bodies that are no protocol, no gzip, or cut", async () => {
  await using scene = await startScene();
  const { host, token, repo, head } = scene;
  const post = async (service: string, body: string, headers: object = {}): Promise<number> => {
    const authorization = `Basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`;
    const request = { method: "POST", body, headers: { authorization, ...headers } };
    return (await ask(host, `/${SLUG}.git/${service}`, request)).status;
  };
  const zipped = { "content-encoding": "gzip" };
  expect(await post("git-upload-pack", "0000", zipped)).toBe(400);
  expect(await post("git-receive-pack", "not a packet")).toBe(200);
  expect(await post("git-receive-pack", "00a0cut")).toBe(200);
  expect(await post("git-upload-pack", "ffffgarbage")).toBe(200);
  expect(await repo.ref("refs/heads/main")).toBe(head);
});

test("serves git on a second host, where a rule for creations binds pushes, too", async () => {
  await using scene = await startScene();
  const host = await scene.stage.addGithubHost({ ghes: true });
  const repo = await host.createRepository(SLUG);
  const head = await repo.commit({ branch: "main" });
  repo.addRule({ refs: "refs/tags/*", bypass: ["releaser"] });
  const options = { permissions: { contents: "write" }, repositories: [SLUG] } as const;
  await using clone = await cloneOf(host, host.issueToken(options));
  expect((await clone.git("rev-parse", "HEAD")).stdout.trim()).toBe(head);
  const failure = await failureOf(clone.git("push", "origin", "HEAD:refs/tags/1.0.0"));
  expect(failure).toContain("- Cannot create ref due to creations being restricted.");
  const releaser = host.issueToken({ ...options, identity: "releaser" });
  await using other = await cloneOf(host, releaser);
  await other.git("push", "origin", "HEAD:refs/tags/1.0.0");
  expect(await repo.ref("refs/tags/1.0.0")).toBe(head);
});

test("keeps git away from what is no repository's address", async () => {
  await using scene = await startScene();
  scene.stage.allowViolation("unknown route");
  const { host, token } = scene;
  for (const path of [
    "/../etc.git/info/refs",
    "/a/b/c.git/info/refs",
    "/octo/%2e%2e.git/info/refs",
  ]) {
    const response = await ask(host, `${path}?service=git-upload-pack`, { token });
    expect(response.status).toBe(404);
  }
});
