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

const WANTED: readonly [string, string, object | undefined, string][] = [
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
];

test("without permission every operation is forbidden, and says which one it wants", async () => {
  await using scene = await startScene();
  const { host, stage } = scene;
  const token = host.issueToken({ permissions: {}, repositories: [SLUG], kind: "job" });
  const run = finishedRun(scene);
  const effects = stage.history.length;
  for (const [method, rest, body, wanted] of WANTED) {
    const path = `/repos/${SLUG}${rest.replace("RUN", String(run.id))}`;
    const request = { token, method, ...(body === undefined ? {} : { body }) };
    const answer = await ask(host, path, request);
    expect([rest, answer.status, answer.headers.get("x-accepted-github-permissions")]).toEqual([
      rest,
      403,
      wanted,
    ]);
    const message = "Resource not accessible by integration";
    expect(await answer.json()).toMatchObject({ message });
  }
  expect(stage.history).toHaveLength(effects);
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

test("an id that is no number is nobody's", async () => {
  await using scene = await startScene();
  const { host } = scene;
  const permissions = { actions: "read", contents: "read", deployments: "read" } as const;
  const token = host.issueToken({ permissions, repositories: [SLUG] });
  for (const id of ["x", "-1", "1e3", "0x1", "99999999999999999999"]) {
    for (const noun of ["actions/runs", "actions/jobs", "actions/artifacts", "releases"]) {
      const path = `/repos/${SLUG}/${noun}/${id}`;
      expect((await ask(host, path, { token })).status).toBe(404);
    }
  }
});
