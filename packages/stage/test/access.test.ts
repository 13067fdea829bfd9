import { expect, test } from "vitest";
import type { Permissions } from "../src/index.ts";
import { ask, AT, octokitFor, SLUG, startScene } from "./scene.ts";

const REF = `/repos/${SLUG}/git/ref/heads/main`;
const REFS = `/repos/${SLUG}/git/refs`;

async function messageOf(response: Response): Promise<unknown> {
  const body: unknown = await response.json();
  return typeof body === "object" && body !== null ? Reflect.get(body, "message") : undefined;
}

test("anybody reads a public repository, and nobody without a token writes to it", async () => {
  await using scene = await startScene({ visibility: "public" });
  const { host, head } = scene;
  expect((await ask(host, REF)).status).toBe(200);
  const body = { ref: "refs/heads/x", sha: head };
  const written = await ask(host, REFS, { method: "POST", body });
  expect(written.status).toBe(401);
  expect(await messageOf(written)).toBe("Requires authentication");
  const other = host.issueToken({
    permissions: { contents: "write" },
    repositories: ["octo/other"],
  });
  expect((await ask(host, REF, { token: other })).status).toBe(200);
  expect((await ask(host, REFS, { token: other, method: "POST", body })).status).toBe(403);
});

test("a private repository is not there for who may not see it", async () => {
  await using scene = await startScene();
  const { host, head } = scene;
  const other = host.issueToken({
    permissions: { contents: "write" },
    repositories: ["octo/other"],
  });
  const body = { ref: "refs/heads/x", sha: head };
  for (const answer of [
    await ask(host, REF),
    await ask(host, REF, { token: other }),
    await ask(host, REFS, { token: other, method: "POST", body }),
    await ask(host, "/repos/octo/none", { token: other }),
  ]) {
    expect(answer.status).toBe(404);
    expect(await messageOf(answer)).toBe("Not Found");
  }
});

test("a token that is unknown, expired, or sent in another way is refused everywhere", async () => {
  await using scene = await startScene({ visibility: "public" });
  const { host, token } = scene;
  const repositories = [SLUG];
  const expired = host.issueToken({ permissions: {}, repositories, expired: true });
  expect((await ask(host, REF, { token })).status).toBe(200);
  host.expireToken(token);
  for (const bad of ["ghs_unknown", expired, token]) {
    const answer = await ask(host, REF, { token: bad });
    expect(answer.status).toBe(401);
    expect(await messageOf(answer)).toBe("Bad credentials");
  }
  const basic = await ask(host, REF, { headers: { authorization: "Basic YTpi" } });
  expect(basic.status).toBe(401);
});

test("takes a token after both words, and shows whose it was and never the token", async () => {
  await using scene = await startScene();
  const { host, stage, token } = scene;
  for (const word of ["token", "Bearer", "bearer"]) {
    const headers = { authorization: `${word} ${token}` };
    expect((await ask(host, REF, { headers })).status).toBe(200);
  }
  expect(stage.exchanges.map((exchange) => exchange.who)).toEqual(
    Array.from({ length: 3 }, () => "installation-1"),
  );
  expect(JSON.stringify([stage.exchanges, stage.history])).not.toContain(token);
});

test.each<[Permissions, number]>([
  [{}, 403],
  [{ contents: "read" }, 403],
  [{ contents: "write" }, 201],
])("with %o creating a ref ends with %i", async (permissions, status) => {
  await using scene = await startScene();
  const { host, head } = scene;
  const token = host.issueToken({ permissions, repositories: [SLUG], kind: "job" });
  const body = { ref: "refs/heads/x", sha: head };
  const answer = await ask(host, REFS, { token, method: "POST", body });
  expect(answer.status).toBe(status);
  if (status === 201) return;
  expect(await messageOf(answer)).toBe("Resource not accessible by integration");
  expect(answer.headers.get("x-accepted-github-permissions")).toBe("contents=write");
});

test("reading content takes permission to read it, also for a personal token", async () => {
  await using scene = await startScene();
  const { host } = scene;
  const token = host.issueToken({ permissions: {}, repositories: [SLUG], kind: "user" });
  const answer = await ask(host, REF, { token });
  expect(answer.status).toBe(403);
  expect(await messageOf(answer)).toBe("Resource not accessible by personal access token");
  expect(answer.headers.get("x-accepted-github-permissions")).toBe("contents=read");
});

test("shows the repository in any spelling, with what the token may do in it", async () => {
  await using scene = await startScene();
  const { host, octokit } = scene;
  const { data } = await octokit.rest.repos.get({ owner: "OCTO", repo: "Telemetry" });
  expect(data).toMatchObject({
    full_name: SLUG,
    private: true,
    default_branch: "main",
    html_url: `https://github.com/${SLUG}`,
    permissions: { push: true, pull: true, admin: false },
  });
  const reader = host.issueToken({ permissions: { contents: "read" }, repositories: [SLUG] });
  const seen = await octokitFor(host, reader).rest.repos.get(AT);
  expect(seen.data.permissions).toMatchObject({ push: false, pull: true });
});

test("tells nobody in particular nothing about what they may do", async () => {
  await using scene = await startScene({ visibility: "public" });
  const { data } = await octokitFor(scene.host).rest.repos.get(AT);
  expect(data.permissions).toBeUndefined();
});

test("answers 304 for free when nothing changed, and afresh when something did", async () => {
  await using scene = await startScene();
  const { host, repo, token } = scene;
  const before = await ask(host, REF, { token });
  const etag = before.headers.get("etag") ?? "";
  expect(before.headers.get("x-ratelimit-used")).toBe("1");
  const unchanged = await ask(host, REF, { token, headers: { "if-none-match": etag } });
  expect(unchanged.status).toBe(304);
  expect(await unchanged.text()).toBe("");
  expect(unchanged.headers.get("x-ratelimit-used")).toBe("1");
  await repo.commit({ branch: "main" });
  const changed = await ask(host, REF, { token, headers: { "if-none-match": etag } });
  expect(changed.status).toBe(200);
});

test("carries GitHub's headers, with request ids that are the same every time", async () => {
  await using scene = await startScene();
  const { host, token } = scene;
  const answer = await ask(host, REF, { token });
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    "content-type": "application/json; charset=utf-8",
    "x-github-media-type": "github.v3; format=json",
    "x-github-request-id": "GITHUB:000001",
    "x-ratelimit-limit": "5000",
    "x-ratelimit-remaining": "4999",
    "x-ratelimit-resource": "core",
  });
  const job = host.issueToken({ permissions: {}, repositories: [SLUG], kind: "job" });
  const limit = (await ask(host, `/repos/${SLUG}`, { token: job })).headers.get(
    "x-ratelimit-limit",
  );
  expect(limit).toBe("1000");
});

test("two hosts share nothing, and one like GitHub Enterprise has its API under /api/v3", async () => {
  await using scene = await startScene();
  const { stage, host, token } = scene;
  const ghes = await stage.addGithubHost({ ghes: true });
  expect(host.serverUrl).toBe("https://github.com");
  expect(ghes.apiUrl).toBe(`${ghes.serverUrl}/api/v3`);
  expect((await ask(ghes, `/repos/${SLUG}`, { token })).status).toBe(401);
  const repo = await ghes.createRepository(SLUG);
  const sha = await repo.commit({ branch: "main" });
  const there = ghes.issueToken({ permissions: { contents: "read" }, repositories: [SLUG] });
  const { data } = await octokitFor(ghes, there).rest.git.getRef({ ...AT, ref: "heads/main" });
  expect(data.object).toMatchObject({
    sha,
    url: `${ghes.apiUrl}/repos/${SLUG}/git/commits/${sha}`,
  });
  expect(stage.exchanges.at(-1)).toMatchObject({ service: "ghes-2", path: REF, status: 200 });
  expect(stage.history.at(-1)?.service).toBe("ghes-2");
});

test("refuses what GitHub cannot read", async () => {
  await using scene = await startScene();
  const { host, stage, token } = scene;
  stage.allowViolation("request: body");
  const post = async (body: unknown): Promise<readonly unknown[]> => {
    const answer = await ask(host, REFS, { token, method: "POST", body });
    return [answer.status, await messageOf(answer)];
  };
  expect(await post("{")).toEqual([400, "Problems parsing JSON"]);
  expect(await post([])).toEqual([400, "Body should be a JSON object"]);
  const noSha = await post({ ref: "refs/heads/x" });
  expect(noSha).toEqual([422, `Invalid request.\n\n"sha" wasn't supplied.`]);
  const huge = await post("x".repeat(33 * 1024 * 1024));
  expect(huge).toEqual([413, "Payload Too Large"]);
});
