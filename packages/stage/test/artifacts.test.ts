/**
 * `@actions/artifact` reads where the API is when it is loaded, so one stage serves this file; each
 * test has a run of its own.
 */
import { createHash, randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DefaultArtifactClient } from "@actions/artifact";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import type { Job, Run } from "../src/index.ts";
import { clientOf, refusalOf } from "./runs-scene.ts";
import { ask, AT, type Scene, SLUG, startScene } from "./scene.ts";

let scene: Scene;
let client: DefaultArtifactClient;
let folder: string;
let run: Run;
let job: Job;

beforeAll(async () => {
  scene = await startScene();
  vi.stubEnv("GITHUB_SERVER_URL", "https://github.com");
  vi.stubEnv("GITHUB_API_URL", scene.host.apiUrl);
  vi.stubEnv("ACTIONS_RESULTS_URL", scene.host.results.url);
  const { DefaultArtifactClient: Client } = await import("@actions/artifact");
  client = new Client();
  folder = await mkdtemp(join(tmpdir(), "artifacts-"));
  // The client writes workflow commands.
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
});

afterAll(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
  await scene[Symbol.asyncDispose]();
});

function newRun(): Run {
  return scene.repo.runs.createRun({
    path: ".github/workflows/ci.yml",
    event: "push",
    actor: { login: "alice", type: "User" },
    ref: "refs/heads/main",
    headSha: scene.head,
  });
}

/** From now on the client is a job of that run. */
function become(asRun: Run, asJob: Job): void {
  const token = scene.host.results.issueToken({ repository: scene.repo, run: asRun, job: asJob });
  vi.stubEnv("ACTIONS_RUNTIME_TOKEN", token);
}

beforeEach(() => {
  run = newRun();
  job = scene.repo.runs.addJob(run.id, { name: "build" });
  become(run, job);
});

async function fileWith(name: string, content: string | Buffer): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

test("uploads in blocks, lists, gets, downloads and deletes with the official client", async () => {
  const content = randomBytes(20 * 1024 * 1024);
  const file = await fileWith("big.bin", content);
  const uploaded = await client.uploadArtifact("big", [file], folder, { compressionLevel: 0 });
  expect(uploaded.digest).toMatch(/^[0-9a-f]{64}$/);
  const blocks = scene.stage.exchanges.filter(
    (exchange) => exchange.operation === "PUT /uploads/{artifact}?comp=block",
  );
  expect(blocks).toHaveLength(3);

  const { artifacts } = await client.listArtifacts();
  expect(artifacts).toMatchObject([
    { id: uploaded.id, name: "big", size: uploaded.size, digest: `sha256:${uploaded.digest}` },
  ]);
  const { artifact } = await client.getArtifact("big");
  expect(artifact.id).toBe(uploaded.id);
  const expectedHash = `sha256:${uploaded.digest}`;
  const target = join(folder, "down");
  const options = { path: target, expectedHash };
  const downloaded = await client.downloadArtifact(uploaded.id ?? 0, options);
  expect(downloaded.digestMismatch).toBe(false);
  expect(Buffer.compare(await readFile(join(target, "big.bin")), content)).toBe(0);

  const wrong = { path: target, expectedHash: "sha256:00" };
  const again = await client.downloadArtifact(uploaded.id ?? 0, wrong);
  expect(again.digestMismatch).toBe(true);
  await client.deleteArtifact("big");
  expect((await client.listArtifacts()).artifacts).toEqual([]);
});

test("another workflow reads artifacts of the run through the API", async () => {
  const file = await fileWith("small.txt", "hello\n");
  const { id = 0, digest = "" } = await client.uploadArtifact("small", [file], folder);
  become(newRun(), job);
  const findBy = {
    token: scene.host.issueToken({
      permissions: { actions: "write" },
      repositories: [SLUG],
      kind: "job",
    }),
    workflowRunId: run.id,
    repositoryOwner: AT.owner,
    repositoryName: AT.repo,
  };
  const listed = await client.listArtifacts({ findBy });
  expect(listed.artifacts).toMatchObject([{ id, name: "small", digest: `sha256:${digest}` }]);
  const got = await client.getArtifact("small", { findBy });
  expect(got.artifact.id).toBe(id);
  const path = join(folder, "public");
  await mkdir(path);
  const expectedHash = `sha256:${digest}`;
  const downloaded = await client.downloadArtifact(id, { path, findBy, expectedHash });
  expect(downloaded.digestMismatch).toBe(false);
  expect(await readFile(join(path, "small.txt"), "utf8")).toBe("hello\n");
  await client.deleteArtifact("small", { findBy });
  expect(scene.repo.artifacts.ofRun(run.id)).toEqual([]);
});

test("an artifact that is no archive has the file's name and type", async () => {
  const file = await fileWith("report.json", "{}\n");
  const { id = 0 } = await client.uploadArtifact("ignored", [file], folder, { skipArchive: true });
  const path = join(folder, "raw");
  await client.downloadArtifact(id, { path });
  expect(await readFile(join(path, "report.json"), "utf8")).toBe("{}\n");
});

test("a name is taken for the whole run, a further attempt included, until it is deleted", async () => {
  const file = await fileWith("a.txt", "a");
  await client.uploadArtifact("report", [file], folder);
  scene.repo.runs.completeRun(run.id, "failure");
  scene.repo.runs.startAttempt(run.id, run.actor, "all");
  become(run, scene.repo.runs.addJob(run.id, { name: "build" }));
  const second = client.uploadArtifact("report", [file], folder);
  await expect(second).rejects.toThrow(
    "(409) Conflict: an artifact with this name already exists on the workflow run",
  );
  await client.deleteArtifact("report");
  await client.uploadArtifact("report", [file], folder);
  expect(scene.repo.artifacts.ofRun(run.id)).toHaveLength(1);
});

const TWIRP = "/twirp/github.actions.results.api.v1.ArtifactService/";

async function call(method: string, body: object, token?: string): Promise<Response> {
  const bearer = token ?? process.env["ACTIONS_RUNTIME_TOKEN"] ?? "";
  return fetch(new URL(TWIRP + method, scene.host.results.url), {
    method: "POST",
    headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

function idsIn(token: string): {
  workflow_run_backend_id: string;
  workflow_job_run_backend_id: string;
} {
  const claims: unknown = JSON.parse(
    Buffer.from(token.split(".")[1] ?? "", "base64url").toString(),
  );
  const scope = String(Reflect.get(Object(claims), "scp")).split("Actions.Results:")[1] ?? "";
  const [runId = "", jobId = ""] = scope.split(":");
  return { workflow_run_backend_id: runId, workflow_job_run_backend_id: jobId };
}

test("finalizing checks size and hash, and what was not finalized is not there", async () => {
  const ids = idsIn(process.env["ACTIONS_RUNTIME_TOKEN"] ?? "");
  const created = await call("CreateArtifact", { ...ids, name: "x", version: 7 });
  const address = String(Reflect.get(Object(await created.json()), "signed_upload_url"));
  await fetch(address, { method: "PUT", body: "abc", headers: { "x-ms-blob-type": "BlockBlob" } });
  const finalize = async (fields: object): Promise<readonly unknown[]> => {
    const answer = await call("FinalizeArtifact", { ...ids, name: "x", ...fields });
    return [answer.status, await answer.json()];
  };
  const [size] = await finalize({ size: "4" });
  expect(size).toBe(400);
  const [hash] = await finalize({ size: "3", hash: `sha256:${"0".repeat(64)}` });
  expect(hash).toBe(400);
  expect(scene.repo.artifacts.ofRun(run.id)).toEqual([]);
  const sha256 = createHash("sha256").update("abc").digest("hex");
  const good = await finalize({ size: "3", hash: `sha256:${sha256}` });
  expect(good).toMatchObject([200, { ok: true }]);
  const late = await fetch(address, { method: "PUT", body: "other" });
  expect(late.status).toBe(409);
});

test("a token is verified, and is good for its own run until it ends", async () => {
  const token = process.env["ACTIONS_RUNTIME_TOKEN"] ?? "";
  const ids = idsIn(token);
  const [header = "", payload = "", signature = ""] = token.split(".");
  const forged = Buffer.from(payload, "base64url").toString().replace("Results:", "Results:0");
  const altered = `${header}.${Buffer.from(forged).toString("base64url")}.${signature}`;
  expect((await call("ListArtifacts", ids, altered)).status).toBe(401);
  expect((await call("ListArtifacts", ids, "none")).status).toBe(401);
  const other = { ...ids, workflow_run_backend_id: "00000000-0000-0000-0000-000000000000" };
  expect((await call("ListArtifacts", other)).status).toBe(403);
  expect((await call("ListArtifacts", ids)).status).toBe(200);
  scene.host.clock.advance(8 * 60 * 60 * 1000);
  expect((await call("ListArtifacts", ids)).status).toBe(401);
});

test("refuses names and types that no artifact has", async () => {
  const ids = idsIn(process.env["ACTIONS_RUNTIME_TOKEN"] ?? "");
  const hostile = [
    { name: "../x" },
    { name: "" },
    { name: "\ud800" },
    { name: 'a"b' },
    { name: "a", mime_type: "text/plain\r\nset-cookie: x" },
    { name: "a", expires_at: "never" },
    { name: { value: "a" } },
    { name: "a", padding: "x".repeat(70_000) },
  ];
  for (const fields of hostile) {
    const answer = await call("CreateArtifact", { ...ids, version: 7, ...fields });
    expect([400, 413]).toContain(answer.status);
  }
  expect((await call("ListArtifacts", {})).status).toBe(400);
  expect((await call("Nonsense", ids)).status).toBe(404);
});

test("a block list names blocks that were sent, and a signature is for one address", async () => {
  const ids = idsIn(process.env["ACTIONS_RUNTIME_TOKEN"] ?? "");
  const created = await call("CreateArtifact", { ...ids, name: "y", version: 7 });
  const address = String(Reflect.get(Object(await created.json()), "signed_upload_url"));
  const list = "<BlockList><Latest>bm9uZQ==</Latest></BlockList>";
  const unknown = await fetch(`${address}&comp=blocklist`, { method: "PUT", body: list });
  expect([unknown.status, unknown.headers.get("x-ms-error-code")]).toEqual([
    400,
    "InvalidBlockList",
  ]);
  const elsewhere = await fetch(address.replace("/uploads/", "/uploads/9"), { method: "PUT" });
  expect(elsewhere.status).toBe(403);
});

test("the API shows artifacts with digest, run and expiry, and no more when they have expired", async () => {
  const octokit = clientOf(scene, "alice");
  const artifact = await scene.repo.artifacts.add({ runId: run.id, name: "one" }, Buffer.from("1"));
  await scene.repo.artifacts.add({ runId: run.id, name: "two" }, Buffer.from("22"));
  const at = { ...AT, artifact_id: artifact.id };
  const { data } = await octokit.rest.actions.getArtifact(at);
  expect(data).toMatchObject({
    name: "one",
    size_in_bytes: 1,
    expired: false,
    digest: `sha256:${createHash("sha256").update("1").digest("hex")}`,
    workflow_run: {
      id: run.id,
      repository_id: scene.repo.id,
      head_repository_id: scene.repo.id,
      head_branch: "main",
      head_sha: scene.head,
    },
  });
  const lists = octokit.rest.actions.listWorkflowRunArtifacts;
  const page = await lists({ ...AT, run_id: run.id, per_page: 1 });
  expect([page.data.total_count, page.data.artifacts[0]?.name]).toEqual([2, "two"]);
  const named = await lists({ ...AT, run_id: run.id, name: "one" });
  expect(named.data.artifacts.map((item) => item.id)).toEqual([artifact.id]);
  const all = await octokit.rest.actions.listArtifactsForRepo({ ...AT, name: "one" });
  expect(all.data.total_count).toBe(1);

  const token = scene.host.issueToken({ permissions: { actions: "read" }, repositories: [SLUG] });
  const path = `/repos/${SLUG}/actions/artifacts/${artifact.id}/zip`;
  const redirect = await ask(scene.host, path, { token });
  expect(redirect.status).toBe(302);
  const location = redirect.headers.get("location") ?? "";
  expect(await (await fetch(location)).text()).toBe("1");
  scene.host.clock.advance(61_000);
  expect((await fetch(location)).status).toBe(403);
  scene.host.clock.advance(90 * 24 * 60 * 60 * 1000);
  const gone = await ask(scene.host, path, { token });
  expect([gone.status, await gone.json()]).toMatchObject([
    410,
    { message: "Artifact has expired" },
  ]);
  expect((await octokit.rest.actions.getArtifact(at)).data.expired).toBe(true);
  await octokit.rest.actions.deleteArtifact(at);
  expect((await refusalOf(octokit.rest.actions.getArtifact(at)))[0]).toBe(404);
});
