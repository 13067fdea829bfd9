import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test, vi } from "vitest";
import { mutatingExchanges, PLAYED_OPERATIONS, startStage } from "../src/index.ts";
import { apiDescription } from "../src/openapi.ts";
import { ask, AT, SLUG, startScene } from "./scene.ts";

const UNKNOWN_ROUTE = `/repos/${SLUG}/nonsense`;

/** What disposing of the stage throws. */
async function complaintOf(stage: AsyncDisposable): Promise<string> {
  try {
    await stage[Symbol.asyncDispose]();
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
}

test("plays exactly the operations that were extracted from GitHub's description", () => {
  expect([...PLAYED_OPERATIONS].toSorted()).toEqual([...apiDescription().operations].toSorted());
});

test("keeps every exchange, with what was asked and a digest of what was answered", async () => {
  await using scene = await startScene();
  const { stage, octokit, head } = scene;
  await octokit.rest.git.getRef({ ...AT, ref: "heads/main" });
  await octokit.rest.git.createRef({ ...AT, ref: "refs/heads/x", sha: head });
  expect(stage.exchanges).toHaveLength(2);
  expect(stage.exchanges[1]).toEqual({
    n: 2,
    service: "github",
    method: "POST",
    path: `/repos/${SLUG}/git/refs`,
    query: {},
    operation: "POST /repos/{owner}/{repo}/git/refs",
    operationId: "git/create-ref",
    who: "installation-1",
    requestBody: { ref: "refs/heads/x", sha: head },
    status: 201,
    responseBytes: expect.any(Number),
    responseSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    fault: undefined,
  });
  expect(stage.mutatingExchanges).toEqual([stage.exchanges[1]]);
  expect(mutatingExchanges(stage.exchanges)).toEqual(stage.mutatingExchanges);
});

test("writes down who changed what, in order, and nothing for reading or failing", async () => {
  await using scene = await startScene();
  const { stage, host, repo, octokit, first, head, token } = scene;
  await octokit.rest.git.getRef({ ...AT, ref: "heads/main" });
  const body = { ref: "refs/heads/main", sha: head };
  await ask(host, `/repos/${SLUG}/git/refs`, { token, method: "POST", body });
  await repo.moveBranch("main", first, { as: "mallory" });
  await repo.deleteRef("refs/heads/main", { as: "mallory" });
  expect(stage.history.map((e) => [e.n, e.who, e.what, e.before, e.after])).toEqual([
    [1, "scene", "create ref", undefined, head],
    [2, "mallory", "move ref", head, first],
    [3, "mallory", "delete ref", first, undefined],
  ]);
});

test("the same scene has the same commit ids", async () => {
  await using one = await startScene();
  await using other = await startScene();
  expect(one.head).toBe(other.head);
});

test("fails its disposal for a request to a route that GitHub does not have", async () => {
  const { stage, host, token } = await startScene();
  const answer = await ask(host, UNKNOWN_ROUTE, { token });
  expect(answer.status).toBe(404);
  expect(() => {
    stage.assertNoViolations();
  }).toThrow(/unknown route/);
  expect(await complaintOf(stage)).toContain(`GET ${UNKNOWN_ROUTE}: unknown route`);
});

test("fails for a request that leaves the description: body, query, misspelt option", async () => {
  const { stage, host, token, head } = await startScene();
  const refs = `/repos/${SLUG}/git/refs`;
  await ask(host, refs, { token, method: "POST", body: { ref: 1, sha: head } });
  await ask(host, refs, {
    token,
    method: "POST",
    body: { ref: "refs/heads/x", sha: head, forse: true },
  });
  await ask(host, `/repos/${SLUG}/compare/main...main?per_page=many`, { token });
  await ask(host, `/repos/${SLUG}?perpage=1`, { token });
  const post = "POST /repos/{owner}/{repo}/git/refs request:";
  expect(stage.violations).toEqual([
    `${post} body: /ref must be string`,
    `${post} body: /forse is not documented`,
    "GET /repos/{owner}/{repo}/compare/{basehead} request: query: per_page must be integer",
    "GET /repos/{owner}/{repo} request: query: perpage is not documented",
  ]);
  expect(await complaintOf(stage)).toContain("/ref must be string");
});

test("judges the stage's own answers by the same description", () => {
  const name = "POST /repos/{owner}/{repo}/git/refs";
  const ref = { ref: "refs/heads/x", node_id: "x", url: "https://host.invalid/x" };
  const object = { type: "commit", sha: "a".repeat(40), url: "https://host.invalid/y" };
  const faultsOf = (status: number, body: unknown): readonly string[] =>
    apiDescription().answerFaults(name, status, body);
  expect(faultsOf(201, { ...ref, object })).toEqual([]);
  expect(faultsOf(201, { ...ref, object: { ...object, sha: "abc" } })).toEqual([
    "/object/sha must NOT have fewer than 40 characters",
  ]);
  expect(faultsOf(201, { ...ref, url: "nowhere", object })).toEqual([
    '/url must match format "uri"',
  ]);
  expect(faultsOf(202, {})).toEqual(["the status is not documented"]);
  expect(faultsOf(403, { message: 1 })).toEqual(["/message must be string"]);
});

test("names the operation, the status and the place where an answer of its own is wrong", async () => {
  await using scene = await startScene();
  const { stage, host, octokit } = scene;
  await octokit.rest.repos.get(AT);
  const [asked] = stage.exchanges;
  const headers = { "content-type": "application/json; charset=utf-8" };
  const planted = { status: 200, headers, body: Buffer.from('{"id":"one"}') };
  const found = host.violationsOf(
    {
      path: "",
      operation: asked?.operation,
      operationId: "",
      who: "",
      body: undefined,
      violations: [],
    },
    planted,
  );
  expect(found).toContain("GET /repos/{owner}/{repo} answer 200: /id must be integer");
  expect(found).toContain(
    "GET /repos/{owner}/{repo} answer 200: must have required property 'full_name'",
  );
});

test("accepts a violation that was declared, and complains of one that did not come", async () => {
  const { stage, host, token } = await startScene();
  stage.allowViolation("unknown route");
  await ask(host, UNKNOWN_ROUTE, { token });
  stage.assertNoViolations();
  stage.allowViolation(/never/);
  expect(await complaintOf(stage)).toContain("the declared violation /never/ did not occur");
});

test("leaves no folder, no port and no connection behind", async () => {
  const own = await mkdtemp(path.join(tmpdir(), "stage-test-"));
  vi.stubEnv("TMPDIR", own);
  try {
    const { stage, host, token } = await startScene();
    expect(await readdir(own)).toHaveLength(1);
    await ask(host, `/repos/${SLUG}`, { token });
    await stage[Symbol.asyncDispose]();
    expect(await readdir(own)).toEqual([]);
    await expect(ask(host, `/repos/${SLUG}`, { token })).rejects.toThrow("fetch failed");
    // Disposing again, as `await using` would, is harmless.
    await stage[Symbol.asyncDispose]();
  } finally {
    vi.unstubAllEnvs();
    await rm(own, { recursive: true });
  }
});

test("keeps no handle that would keep a process alive", async () => {
  const before = process.getActiveResourcesInfo().filter((name) => name === "TCPServerWrap").length;
  const stage = await startStage();
  await stage.addGithubHost();
  const open = process.getActiveResourcesInfo().filter((name) => name === "TCPServerWrap").length;
  // Each host listens for the API, for uploads and for results.
  expect(open).toBe(before + 6);
  await stage[Symbol.asyncDispose]();
  const after = process.getActiveResourcesInfo().filter((name) => name === "TCPServerWrap").length;
  expect(after).toBe(before);
});
