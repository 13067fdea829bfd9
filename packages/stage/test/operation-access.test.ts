import { expect, test } from "vitest";
import type { Run } from "../src/index.ts";
import { ask, type Scene, SLUG, startScene } from "./scene.ts";

function finishedRun(scene: Scene): Run {
  const run = scene.repo.runs.createRun({
    path: ".github/workflows/ci.yml",
    event: "push",
    actor: { login: "alice", type: "User" },
    ref: "refs/heads/main",
    headSha: scene.head,
  });
  scene.repo.runs.completeRun(run.id, "failure");
  return run;
}

const REVIEW = { environment_ids: [1], state: "approved", comment: "" };

test.each<[string, string, object | undefined, string]>([
  ["GET", "/actions/runs", undefined, "actions=read"],
  ["GET", "/actions/workflows", undefined, "actions=read"],
  ["GET", "/actions/artifacts", undefined, "actions=read"],
  ["GET", "/actions/runs/RUN/logs", undefined, "actions=read"],
  ["GET", "/actions/runs/RUN/approvals", undefined, "actions=read"],
  ["GET", "/environments", undefined, "actions=read"],
  ["POST", "/actions/runs/RUN/rerun", undefined, "actions=write"],
  ["POST", "/actions/runs/RUN/cancel", undefined, "actions=write"],
  ["POST", "/actions/runs/RUN/pending_deployments", REVIEW, "deployments=write"],
  ["GET", "/deployments", undefined, "deployments=read"],
  ["POST", "/dispatches", { event_type: "x" }, "contents=write"],
  ["GET", "/releases", undefined, "contents=read"],
  ["POST", "/releases", { tag_name: "v1" }, "contents=write"],
  ["POST", "/releases/generate-notes", { tag_name: "v1" }, "contents=write"],
  ["GET", "/immutable-releases", undefined, "administration=read"],
  ["PUT", "/immutable-releases", undefined, "administration=write"],
  ["POST", "/attestations", { bundle: {} }, "attestations=write"],
  ["GET", `/attestations/sha256:${"0".repeat(64)}`, undefined, "attestations=read"],
])("%s %s without permission is forbidden, and says which one is wanted", async (...row) => {
  const [method, rest, body, wanted] = row;
  await using scene = await startScene();
  const { host, repo } = scene;
  const token = host.issueToken({ permissions: {}, repositories: [SLUG], kind: "job" });
  const run = finishedRun(scene);
  const effects = scene.stage.history.length;
  const path = `/repos/${SLUG}${rest.replace("RUN", String(run.id))}`;
  const answer = await ask(host, path, { token, method, ...(body === undefined ? {} : { body }) });
  expect(answer.status).toBe(403);
  expect(answer.headers.get("x-accepted-github-permissions")).toBe(wanted);
  expect(await answer.json()).toMatchObject({ message: "Resource not accessible by integration" });
  expect(scene.stage.history).toHaveLength(effects);
  expect(repo.runs.runs).toHaveLength(1);
});

test("a private repository's runs and releases do not exist for strangers", async () => {
  await using scene = await startScene();
  const { host } = scene;
  await host.createRepository("octo/other");
  const token = host.issueToken({
    permissions: { actions: "write", contents: "write" },
    repositories: ["octo/other"],
  });
  for (const rest of ["/actions/runs", "/releases", "/releases/latest", "/environments"]) {
    expect((await ask(host, `/repos/${SLUG}${rest}`, { token })).status).toBe(404);
  }
});

test.each(["x", "-1", "1e3", "99999999999999999999"])("the id %s is nobody's", async (id) => {
  await using scene = await startScene();
  const { host } = scene;
  const permissions = { actions: "read", contents: "read", deployments: "read" } as const;
  const token = host.issueToken({ permissions, repositories: [SLUG] });
  for (const noun of ["actions/runs", "actions/jobs", "actions/artifacts", "releases"]) {
    const path = `/repos/${SLUG}/${noun}/${id}`;
    expect((await ask(host, path, { token })).status).toBe(404);
  }
});
