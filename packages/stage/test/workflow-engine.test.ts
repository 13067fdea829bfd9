/** Workflows that the API dispatches, as clients of the API see them: nothing here knows the runner. */
import { Octokit } from "@octokit/rest";
import { describe, expect, it, vi } from "vitest";
import { type Stage, startStage, type WorkflowEngine } from "../src/index.ts";

vi.setConfig({ testTimeout: 30_000 });

const SLUG = "octo/app";
const TARGET = { owner: "octo", repo: "app" };

const RELEASE = `
name: Release
on:
  workflow_dispatch:
    inputs:
      version:
        required: true
permissions: {}
jobs:
  build:
    runs-on: ubuntu-latest
    permissions:
      contents: read
    outputs:
      digest: \${{ steps.make.outputs.digest }}
    steps:
      - uses: actions/checkout@v4
      - id: make
        env:
          VERSION: \${{ inputs.version }}
        run: |
          echo "digest=$(sha256sum app.txt | cut -c1-8)" >> "$GITHUB_OUTPUT"
          mkdir out && echo "$VERSION" > out/version.txt
          echo "### Built $VERSION" >> "$GITHUB_STEP_SUMMARY"
      - uses: actions/upload-artifact@v4
        with:
          name: result
          path: out
  test:
    needs: build
    runs-on: ubuntu-latest
    strategy:
      matrix:
        kind: [unit, e2e]
    env:
      KIND: \${{ matrix.kind }}
      DIGEST: \${{ needs.build.outputs.digest }}
    steps:
      - uses: actions/download-artifact@v4
        with:
          name: result
      - run: echo "$KIND of $DIGEST, version $(cat version.txt)"
  publish:
    needs: test
    runs-on: ubuntu-latest
    permissions:
      contents: write
      id-token: write
    steps:
      - uses: actions/checkout@v4
      - run: |
          git switch -c released
          git -c user.name=x -c user.email=x@example.invalid commit --allow-empty -m released
          git push origin released
      - run: |
          test -n "$ACTIONS_ID_TOKEN_REQUEST_TOKEN" && echo "may ask for an id token"
`;

interface Scene {
  readonly engine: WorkflowEngine;
  readonly octokit: Octokit;
  readonly sha: string;
}

async function open(stage: Stage, workflow: string): Promise<Scene> {
  const repository = await stage.github.createRepository(SLUG);
  const sha = await repository.commit({
    branch: "main",
    files: { "app.txt": "app\n", ".github/workflows/release.yml": workflow },
  });
  const token = stage.github.issueToken({
    permissions: { actions: "write", contents: "read", checks: "read", metadata: "read" },
    repositories: [SLUG],
    kind: "user",
    identity: "master",
  });
  const octokit = new Octokit({ auth: token, baseUrl: stage.github.apiUrl });
  return { engine: stage.runWorkflows(stage.github, repository), octokit, sha };
}

async function dispatch({ octokit }: Scene, inputs: Record<string, string>): Promise<number> {
  const { data } = await octokit.request(
    "POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches",
    { ...TARGET, workflow_id: "release.yml", ref: "main", inputs, return_run_details: true },
  );
  const details: unknown = data;
  if (typeof details !== "object" || details === null || !("workflow_run_id" in details)) {
    throw new Error("the dispatch did not say which run it made");
  }
  return Number(details.workflow_run_id);
}

describe("a dispatched workflow", () => {
  it("runs, and the API has its jobs, logs, artifacts and check runs", async () => {
    await using stage = await startStage();
    const scene = await open(stage, RELEASE);
    const { octokit, engine, sha } = scene;

    const run_id = await dispatch(scene, { version: "1.2.3" });
    const { result } = await engine.finished(run_id);

    expect(result.conclusion).toBe("success");
    const run = await octokit.rest.actions.getWorkflowRun({ ...TARGET, run_id });
    expect(run.data).toMatchObject({ status: "completed", conclusion: "success", head_sha: sha });
    const { data: jobs } = await octokit.rest.actions.listJobsForWorkflowRun({ ...TARGET, run_id });
    expect(
      jobs.jobs.map(({ name, conclusion }) => `${name}: ${conclusion ?? ""}`).toSorted(),
    ).toEqual([
      "build: success",
      "publish: success",
      "test (e2e): success",
      "test (unit): success",
    ]);
    const e2e = jobs.jobs.find(({ name }) => name === "test (e2e)");
    const log = await octokit.rest.actions.downloadJobLogsForWorkflowRun({
      ...TARGET,
      job_id: e2e?.id ?? 0,
    });
    expect(log.data).toMatch(/e2e of [0-9a-f]{8}, version 1\.2\.3/);
    const { data: artifacts } = await octokit.rest.actions.listWorkflowRunArtifacts({
      ...TARGET,
      run_id,
    });
    expect(artifacts.artifacts).toMatchObject([
      { name: "result", expired: false, digest: expect.stringMatching(/^sha256:/) },
    ]);
    const { data: checks } = await octokit.rest.checks.listForRef({ ...TARGET, ref: sha });
    expect(checks.check_runs.map(({ name }) => name).toSorted()).toEqual([
      "build",
      "publish",
      "test (e2e)",
      "test (unit)",
    ]);
  });

  it("pushes with its own token, and the history says so", async () => {
    await using stage = await startStage();
    const scene = await open(stage, RELEASE);

    await scene.engine.finished(await dispatch(scene, { version: "1.2.3" }));

    expect(stage.history).toContainEqual(
      expect.objectContaining({ ref: "refs/heads/released", who: "github-actions[bot]" }),
    );
  });

  it("that fails is failed in the API, with what it said", async () => {
    await using stage = await startStage();
    const scene = await open(
      stage,
      "on: workflow_dispatch\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo oh no; exit 3\n",
    );

    const run_id = await dispatch(scene, {});
    const { result } = await scene.engine.finished(run_id);

    expect(result.conclusion).toBe("failure");
    const { data } = await scene.octokit.rest.actions.getWorkflowRun({ ...TARGET, run_id });
    expect(data.conclusion).toBe("failure");
  });

  it("that needs what the stage has not is refused by name, and the run is over", async () => {
    await using stage = await startStage();
    const scene = await open(
      stage,
      "on: workflow_dispatch\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: some/thing@v1\n",
    );

    const run_id = await dispatch(scene, {});

    await expect(scene.engine.finished(run_id)).rejects.toThrow("some/thing");
    const { data } = await scene.octokit.rest.actions.getWorkflowRun({ ...TARGET, run_id });
    expect([data.status, data.conclusion]).toEqual(["completed", "failure"]);
  });

  it("waits for its environment until somebody approves", async () => {
    await using stage = await startStage();
    const scene = await open(
      stage,
      "on: workflow_dispatch\njobs:\n  a:\n    runs-on: ubuntu-latest\n    environment: production\n    steps:\n      - run: echo in\n",
    );
    const repository = stage.github.repository(SLUG);
    const environment = repository?.environments.define("production", { reviewers: ["second"] });
    const waiting = new Promise<void>((resolve) => {
      stage.addFault({
        at: { nth: 1, operation: "GET /repos/{owner}/{repo}/actions/runs/{run_id}" },
        phase: "after",
        kind: "hook",
        params: { run: () => resolve() },
      });
    });
    const run_id = await dispatch(scene, {});
    await vi.waitUntil(() => repository?.runs.run(run_id)?.attempts[0].status === "waiting");
    const before = await scene.octokit.rest.actions.getWorkflowRun({ ...TARGET, run_id });
    await waiting;
    const reviewer = stage.github.issueToken({
      permissions: { actions: "write", deployments: "write", metadata: "read" },
      repositories: [SLUG],
      kind: "user",
      identity: "second",
    });

    await new Octokit({
      auth: reviewer,
      baseUrl: stage.github.apiUrl,
    }).rest.actions.reviewPendingDeploymentsForRun({
      ...TARGET,
      run_id,
      environment_ids: [environment?.id ?? 0],
      state: "approved",
      comment: "go",
    });
    const { result } = await scene.engine.finished(run_id);

    expect(before.data.status).toBe("waiting");
    expect(result.conclusion).toBe("success");
  });

  it("hands a large artifact from job to job, byte by byte the same", async () => {
    await using stage = await startStage();
    const scene = await open(
      stage,
      `
on: workflow_dispatch
jobs:
  make:
    runs-on: ubuntu-latest
    steps:
      - run: head -c 50000000 /dev/urandom > big.bin && sha256sum big.bin > sum
      - uses: actions/upload-artifact@v4
        with:
          name: big
          path: |
            big.bin
            sum
  use:
    needs: make
    runs-on: ubuntu-latest
    steps:
      - uses: actions/download-artifact@v4
        with:
          name: big
      - run: sha256sum --check sum
`,
    );

    const { result } = await scene.engine.finished(await dispatch(scene, {}));

    expect(result.conclusion).toBe("success");
  });
});

describe("release notes", () => {
  it("tell of the pull requests that were merged, by number, title and author", async () => {
    await using stage = await startStage();
    const repository = await stage.github.createRepository(SLUG);
    const first = await repository.commit({ branch: "main" });
    await repository.createTag("1.0.0", first);
    await repository.commit({ branch: "topic", from: first, files: { "b.txt": "b" } });
    const token = stage.github.issueToken({
      permissions: { contents: "write", pull_requests: "write", metadata: "read" },
      repositories: [SLUG],
      kind: "user",
      identity: "dev",
    });
    const octokit = new Octokit({ auth: token, baseUrl: stage.github.apiUrl });
    const { data: pull } = await octokit.rest.pulls.create({
      ...TARGET,
      title: "Add b",
      head: "topic",
      base: "main",
    });
    await octokit.rest.pulls.merge({ ...TARGET, pull_number: pull.number });

    const { data: notes } = await octokit.rest.repos.generateReleaseNotes({
      ...TARGET,
      tag_name: "1.1.0",
      target_commitish: "main",
      previous_tag_name: "1.0.0",
    });

    expect(notes.body).toContain("Add b by @dev in ");
  });
});
