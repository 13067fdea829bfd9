import { expect, test } from "vitest";
import type { Run, RunEngine } from "../src/index.ts";
import { clientOf, jobClientOf, refusalOf } from "./runs-scene.ts";
import { AT, octokitFor, type Scene, SLUG, startScene } from "./scene.ts";
import { ask } from "./scene.ts";

const RELEASE_YML = `name: Release
on:
  workflow_dispatch:
    inputs:
      version: { required: true }
      channel: { type: choice, options: [fast, regular], default: fast }
      dry-run: { type: boolean }
  repository_dispatch:
    types: [nightly]
jobs:
  release:
    runs-on: ubuntu-latest
    steps: [{ run: "true" }]
`;

const WORKFLOW = ".github/workflows/release.yml";

async function startActionsScene(): Promise<Scene> {
  const scene = await startScene();
  await scene.repo.commit({
    branch: "main",
    files: { [WORKFLOW]: RELEASE_YML, ".github/workflows/push.yml": "on: push\njobs: {}\n" },
  });
  return scene;
}

function runIn(
  scene: Scene,
  options: Partial<Parameters<typeof scene.repo.runs.createRun>[0]> = {},
) {
  return scene.repo.runs.createRun({
    path: WORKFLOW,
    name: "Release",
    event: "push",
    actor: { login: "alice", type: "User" },
    ref: "refs/heads/main",
    headSha: scene.head,
    ...options,
  });
}

const DISPATCH = { ...AT, workflow_id: "release.yml", ref: "main" };

test("lists the workflows of the default branch, and finds one by id and by file name", async () => {
  await using scene = await startActionsScene();
  const octokit = clientOf(scene, "alice");
  const { data } = await octokit.rest.actions.listRepoWorkflows(AT);
  expect(data.workflows.map(({ name, path, state }) => [name, path, state])).toEqual([
    [".github/workflows/push.yml", ".github/workflows/push.yml", "active"],
    ["Release", WORKFLOW, "active"],
  ]);
  const id = data.workflows[1]?.id ?? 0;
  const byId = await octokit.rest.actions.getWorkflow({ ...AT, workflow_id: id });
  const byName = await octokit.rest.actions.getWorkflow({ ...AT, workflow_id: "release.yml" });
  expect(byName.data).toEqual(byId.data);
  const none = octokit.rest.actions.getWorkflow({ ...AT, workflow_id: "none.yml" });
  expect(await refusalOf(none)).toEqual([404, "Not Found"]);
});

test("a dispatch tells nothing unless asked, and the run's id when asked", async () => {
  await using scene = await startActionsScene();
  const octokit = clientOf(scene, "alice");
  const inputs = { version: "1.2.3" };
  const silent = await octokit.rest.actions.createWorkflowDispatch({ ...DISPATCH, inputs });
  expect(silent.status).toBe(204);
  const telling = await octokit.request(
    "POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches",
    { ...DISPATCH, inputs, return_run_details: true },
  );
  expect(telling.status).toBe(200);
  const [second, first] = scene.repo.runs.runs;
  expect(telling.data).toEqual({
    workflow_run_id: second?.id,
    run_url: `${scene.host.apiUrl}/repos/${SLUG}/actions/runs/${second?.id}`,
    html_url: `https://github.com/${SLUG}/actions/runs/${second?.id}`,
  });
  expect(first?.inputs).toEqual({ version: "1.2.3", channel: "fast", "dry-run": "" });
  expect(scene.stage.history.at(-1)).toMatchObject({ what: "create run", who: "alice" });
  const run = await octokit.rest.actions.getWorkflowRun({ ...AT, run_id: second?.id ?? 0 });
  expect(run.data).toMatchObject({
    event: "workflow_dispatch",
    path: WORKFLOW,
    head_branch: "main",
    run_number: 2,
    run_attempt: 1,
    status: "queued",
    actor: { login: "alice", type: "User" },
    triggering_actor: { login: "alice" },
    head_repository: { full_name: SLUG },
    referenced_workflows: [],
  });
});

test("a runner takes over what is dispatched, also by a workflow's own token", async () => {
  await using scene = await startActionsScene();
  const taken: Run[] = [];
  const engine: RunEngine = { onDispatch: (run) => taken.push(run) };
  scene.repo.runs.attach(engine);
  const octokit = jobClientOf(scene);
  await octokit.rest.actions.createWorkflowDispatch({ ...DISPATCH, inputs: { version: "1" } });
  await octokit.rest.repos.createDispatchEvent({ ...AT, event_type: "nightly" });
  await octokit.rest.repos.createDispatchEvent({ ...AT, event_type: "weekly" });
  expect(taken.map((run) => [run.event, run.actor.login])).toEqual([
    ["workflow_dispatch", "github-actions[bot]"],
    ["repository_dispatch", "github-actions[bot]"],
  ]);
});

test.each<[string, object, string]>([
  [
    "inputs the file does not declare",
    { inputs: { version: "1", foo: "x" } },
    `Unexpected inputs provided: ["foo"]`,
  ],
  ["a missing input", { inputs: {} }, "Required input 'version' not provided"],
  [
    "a value that is no choice",
    { inputs: { version: "1", channel: "slow" } },
    "Provided value 'slow' for input 'channel' not in the list of allowed values",
  ],
  ["a ref that is none", { ref: "none" }, "No ref found for: none"],
  [
    "a workflow that is not started by hand",
    { workflow_id: "push.yml" },
    "Workflow does not have 'workflow_dispatch' trigger",
  ],
])("refuses to dispatch with %s", async (_what, options, message) => {
  await using scene = await startActionsScene();
  const octokit = clientOf(scene, "alice");
  const asked = octokit.rest.actions.createWorkflowDispatch({ ...DISPATCH, ...options });
  expect(await refusalOf(asked)).toEqual([422, message]);
  expect(scene.repo.runs.runs).toEqual([]);
});

test("refuses to dispatch with more than 25 inputs", async () => {
  await using scene = await startActionsScene();
  scene.stage.allowViolation("request: body: /inputs must NOT have more than 25 properties");
  const names = Array.from({ length: 26 }, (_, n) => [`i${n}`, "x"]);
  const inputs: Record<string, string> = Object.fromEntries(names);
  const octokit = clientOf(scene, "alice");
  const asked = octokit.rest.actions.createWorkflowDispatch({ ...DISPATCH, inputs });
  expect((await refusalOf(asked))[0]).toBe(422);
});

test("reads the trigger from the file at the ref, and says what is wrong with a broken one", async () => {
  await using scene = await startActionsScene();
  const octokit = clientOf(scene, "alice");
  await scene.repo.createBranch("old", scene.head);
  const old = octokit.rest.actions.createWorkflowDispatch({ ...DISPATCH, ref: "old" });
  const trigger = "Workflow does not have 'workflow_dispatch' trigger";
  expect(await refusalOf(old)).toEqual([422, trigger]);
  const files = { [WORKFLOW]: "on: [push\njobs: {}\n" };
  await scene.repo.commit({ branch: "broken", from: scene.head, files });
  const broken = octokit.rest.actions.createWorkflowDispatch({ ...DISPATCH, ref: "broken" });
  expect((await refusalOf(broken))[1]).toMatch(/^failed to parse workflow: \(Line: 2, Col: \d+\)/);
});

test("dispatching takes permission to write actions, and the answer says so", async () => {
  await using scene = await startActionsScene();
  const { host } = scene;
  const token = host.issueToken({ permissions: { actions: "read" }, repositories: [SLUG] });
  const path = `/repos/${SLUG}/actions/workflows/release.yml/dispatches`;
  const answer = await ask(host, path, { token, method: "POST", body: { ref: "main" } });
  expect(answer.status).toBe(403);
  expect(answer.headers.get("x-accepted-github-permissions")).toBe("actions=write");
});

test("finds runs by what they are, how far they are and how they ended, newest first", async () => {
  await using scene = await startActionsScene();
  const { runs } = scene.repo;
  const bob = { login: "bob", type: "User" } as const;
  const one = runIn(scene);
  const two = runIn(scene, { actor: bob, ref: "refs/heads/release-1.0", headSha: scene.first });
  const three = runIn(scene, { path: ".github/workflows/push.yml", event: "schedule" });
  runs.completeRun(one.id, "failure");
  runs.startRun(two.id);
  scene.host.clock.advance(60 * 60 * 1000);
  const four = runIn(scene);
  const octokit = clientOf(scene, "alice");
  const found = async (query: object): Promise<readonly number[]> => {
    const { data } = await octokit.rest.actions.listWorkflowRunsForRepo({ ...AT, ...query });
    return data.workflow_runs.map((run) => run.id);
  };
  expect(await found({})).toEqual([four.id, three.id, two.id, one.id]);
  expect(await found({ status: "failure" })).toEqual([one.id]);
  expect(await found({ status: "in_progress" })).toEqual([two.id]);
  expect(await found({ branch: "release-1.0" })).toEqual([two.id]);
  expect(await found({ actor: "bob" })).toEqual([two.id]);
  expect(await found({ event: "schedule" })).toEqual([three.id]);
  expect(await found({ head_sha: scene.first })).toEqual([two.id]);
  const later = new Date(one.createdAt.getTime() + 30 * 60 * 1000).toISOString();
  expect(await found({ created: `>=${later}` })).toEqual([four.id]);
  expect(await found({ created: `*..${later}` })).toEqual([three.id, two.id, one.id]);
  const { data, headers } = await octokit.rest.actions.listWorkflowRuns({
    ...AT,
    workflow_id: "release.yml",
    per_page: 2,
    page: 2,
  });
  expect([data.total_count, data.workflow_runs.map((run) => run.id)]).toEqual([3, [one.id]]);
  expect(headers.link).toContain(`rel="prev"`);
});

test("a new run is in the list only after the lag that the scene sets, and is there by its id", async () => {
  await using scene = await startActionsScene();
  scene.repo.runs.setListLag(1);
  const run = runIn(scene);
  const octokit = clientOf(scene, "alice");
  const counts: number[] = [];
  for (let reading = 0; reading < 2; reading++) {
    counts.push((await octokit.rest.actions.listWorkflowRunsForRepo(AT)).data.total_count);
  }
  expect(counts).toEqual([0, 1]);
  const byId = await octokit.rest.actions.getWorkflowRun({ ...AT, run_id: run.id });
  expect(byId.status).toBe(200);
});

test("a fork's run says which repository its commit is from", async () => {
  await using scene = await startActionsScene();
  const run = runIn(scene, { headRepository: { id: 77, slug: "mallory/telemetry" } });
  const { data } = await clientOf(scene, "alice").rest.actions.getWorkflowRun({
    ...AT,
    run_id: run.id,
  });
  expect(data.head_repository).toMatchObject({
    id: 77,
    full_name: "mallory/telemetry",
    fork: true,
  });
  expect(data.repository).toMatchObject({ id: scene.repo.id, full_name: SLUG });
});

test("a rerun of what failed is a new attempt that keeps what succeeded", async () => {
  await using scene = await startActionsScene();
  const { runs } = scene.repo;
  const run = runIn(scene);
  const octokit = clientOf(scene, "bob");
  const build = runs.addJob(run.id, { name: "build" });
  const unit = runs.addJob(run.id, { name: "test" });
  runs.startJob(build.id);
  const at = { ...AT, run_id: run.id };
  const early = octokit.rest.actions.reRunWorkflowFailedJobs(at);
  expect(await refusalOf(early)).toEqual([403, "This workflow is already running"]);
  runs.completeJob(build.id, "success");
  runs.completeJob(unit.id, "failure");
  runs.completeRun(run.id, "failure");
  await octokit.rest.actions.reRunWorkflowFailedJobs(at);
  runs.completeJob(runs.addJob(run.id, { name: "test" }).id, "success");
  runs.completeRun(run.id, "success");

  const { data } = await octokit.rest.actions.getWorkflowRun(at);
  expect(data).toMatchObject({
    run_attempt: 2,
    conclusion: "success",
    actor: { login: "alice" },
    triggering_actor: { login: "bob" },
  });
  const first = await octokit.rest.actions.getWorkflowRunAttempt({ ...at, attempt_number: 1 });
  expect(first.data).toMatchObject({ run_attempt: 1, conclusion: "failure" });
  const names = async (
    asked: Promise<{ data: { jobs: { name: string; conclusion: unknown }[] } }>,
  ) => (await asked).data.jobs.map((job) => [job.name, job.conclusion]);
  const jobs = octokit.rest.actions.listJobsForWorkflowRun;
  expect(await names(jobs(at))).toEqual([
    ["build", "success"],
    ["test", "success"],
  ]);
  expect(await names(jobs({ ...at, filter: "all" }))).toHaveLength(4);
  const attempt = octokit.rest.actions.listJobsForWorkflowRunAttempt;
  expect(await names(attempt({ ...at, attempt_number: 1 }))).toEqual([
    ["build", "success"],
    ["test", "failure"],
  ]);
  const none = octokit.rest.actions.getWorkflowRunAttempt({ ...at, attempt_number: 3 });
  expect(await refusalOf(none)).toEqual([404, "Not Found"]);
  const again = octokit.rest.actions.reRunWorkflowFailedJobs(at);
  expect(await refusalOf(again)).toEqual([403, "This workflow run cannot be retried"]);
});

test("only a job of the current attempt is run again by itself", async () => {
  await using scene = await startActionsScene();
  const { runs } = scene.repo;
  const run = runIn(scene);
  const job = runs.addJob(run.id, { name: "build" });
  runs.completeRun(run.id, "failure");
  const octokit = clientOf(scene, "alice");
  await octokit.rest.actions.reRunJobForWorkflowRun({ ...AT, job_id: job.id });
  runs.completeRun(run.id, "failure");
  const old = octokit.rest.actions.reRunJobForWorkflowRun({ ...AT, job_id: job.id });
  expect(await refusalOf(old)).toEqual([403, "Only jobs from the current attempt can be re-run"]);
});

test("a cancelled run is over at once, unless a runner is to end it", async () => {
  await using scene = await startActionsScene();
  const { runs } = scene.repo;
  const octokit = clientOf(scene, "alice");
  const one = runIn(scene);
  runs.addJob(one.id, { name: "build" });
  const at = { ...AT, run_id: one.id };
  expect((await octokit.rest.actions.cancelWorkflowRun(at)).status).toBe(202);
  expect((await octokit.rest.actions.getWorkflowRun(at)).data.conclusion).toBe("cancelled");
  const again = octokit.rest.actions.cancelWorkflowRun(at);
  const over = "Cannot cancel a workflow run that is completed.";
  expect(await refusalOf(again)).toEqual([409, over]);
  const told: unknown[] = [];
  runs.attach({ onCancel: (run, options) => told.push([run.id, options]) });
  const two = runIn(scene);
  await octokit.rest.actions.forceCancelWorkflowRun({ ...AT, run_id: two.id });
  expect(told).toEqual([[two.id, { force: true }]]);
  await octokit.rest.actions.deleteWorkflowRun(at);
  expect((await refusalOf(octokit.rest.actions.getWorkflowRun(at)))[0]).toBe(404);
});

async function follow(location: string | null, headers: Record<string, string> = {}) {
  return fetch(location ?? "", { headers });
}

test("a finished job has its log at once, the run's archive comes when it ends", async () => {
  await using scene = await startActionsScene();
  const { runs } = scene.repo;
  const { host } = scene;
  const token = host.issueToken({ permissions: { actions: "read" }, repositories: [SLUG] });
  const run = runIn(scene);
  const job = runs.addJob(run.id, { name: "build / linux" });
  const logs = `/repos/${SLUG}/actions/runs/${run.id}/logs`;
  const jobLogs = `/repos/${SLUG}/actions/jobs/${job.id}/logs`;
  runs.startJob(job.id);
  const step = runs.startStep(job.id, "Compile");
  runs.appendLog(job.id, "::notice::hello\nworld\n");
  expect((await ask(host, jobLogs, { token })).status).toBe(404);
  runs.completeStep(job.id, step, "success");
  runs.completeJob(job.id, "success");
  expect((await ask(host, logs, { token })).status).toBe(404);
  const answer = await ask(host, jobLogs, { token });
  expect(answer.status).toBe(302);
  const text = await (await follow(answer.headers.get("location"))).text();
  expect(text.split("\n").map((line) => line.replace(/^\S+ /, ""))).toEqual([
    "::notice::hello",
    "world",
    "",
  ]);
  runs.completeRun(run.id, "success");
  const whole = await ask(host, logs, { token });
  const archive = await follow(whole.headers.get("location"));
  expect(archive.headers.get("content-type")).toBe("application/zip");
  const bytes = Buffer.from(await archive.arrayBuffer());
  expect(bytes.subarray(0, 2).toString()).toBe("PK");
  expect(bytes.includes("0_build  linux.txt")).toBe(true);
  const { data } = await octokitFor(host, token).rest.actions.getJobForWorkflowRun({
    ...AT,
    job_id: job.id,
  });
  expect(data).toMatchObject({
    status: "completed",
    run_attempt: 1,
    steps: [{ name: "Compile", number: 1, conclusion: "success" }],
  });
  const byAttempt = `/repos/${SLUG}/actions/runs/${run.id}/attempts/1/logs`;
  expect((await ask(host, byAttempt, { token })).status).toBe(302);
});

test("the address of a log works for a minute, without a token and unaltered only", async () => {
  await using scene = await startActionsScene();
  const { runs } = scene.repo;
  const { host, stage } = scene;
  const token = host.issueToken({ permissions: { actions: "read" }, repositories: [SLUG] });
  const run = runIn(scene);
  runs.completeJob(runs.addJob(run.id, { name: "build" }).id, "success");
  runs.completeRun(run.id, "success");
  const path = `/repos/${SLUG}/actions/runs/${run.id}/logs`;
  const location = (await ask(host, path, { token })).headers.get("location") ?? "";
  expect((await follow(location)).status).toBe(200);
  expect((await follow(location, { authorization: `Bearer ${token}` })).status).toBe(400);
  expect((await follow(location.replace("sp=r", "sp=cw"))).status).toBe(403);
  host.clock.advance(61_000);
  expect((await follow(location)).status).toBe(403);
  expect(JSON.stringify(stage.exchanges)).not.toContain(new URL(location).searchParams.get("sig"));
  host.clock.advance(90 * 24 * 60 * 60 * 1000);
  expect((await ask(host, path, { token })).status).toBe(410);
});

test("deleted logs are gone", async () => {
  await using scene = await startActionsScene();
  const run = runIn(scene);
  scene.repo.runs.completeRun(run.id, "success");
  const octokit = clientOf(scene, "alice");
  const at = { ...AT, run_id: run.id };
  await octokit.rest.actions.deleteWorkflowRunLogs(at);
  const asked = octokit.rest.actions.downloadWorkflowRunLogs(at);
  expect((await refusalOf(asked))[0]).toBe(404);
});
