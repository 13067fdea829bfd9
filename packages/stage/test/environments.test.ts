import { expect, test } from "vitest";
import type { Run } from "../src/index.ts";
import { startsWorkflows } from "../src/index.ts";
import { clientOf, refusalOf } from "./runs-scene.ts";
import { ask, AT, octokitFor, type Scene, SLUG, startScene } from "./scene.ts";

const APPROVED = "approved" as const;
const REJECTED = "rejected" as const;

const ALICE = { login: "alice", type: "User" } as const;

function waitingRun(scene: Scene): Run {
  const run = scene.repo.runs.createRun({
    path: ".github/workflows/release.yml",
    event: "workflow_dispatch",
    actor: ALICE,
    ref: "refs/heads/main",
    headSha: scene.head,
  });
  scene.repo.runs.awaitEnvironment(run.id, "production");
  return run;
}

test("shows environments with the rules that protect them", async () => {
  await using scene = await startScene();
  const { environments } = scene.repo;
  environments.define("dev");
  environments.define("production", {
    reviewers: ["bob", "carol"],
    preventSelfReview: true,
    waitTimer: 5,
    branchPolicy: [{ name: "release-*" }, { name: "v*", type: "tag" }],
  });
  const { rest } = clientOf(scene, "alice");
  const { data } = await rest.repos.getAllEnvironments(AT);
  expect(data.environments?.map((e) => [e.name, e.deployment_branch_policy])).toEqual([
    ["dev", null],
    ["production", { protected_branches: false, custom_branch_policies: true }],
  ]);
  const at = { ...AT, environment_name: "Production" };
  const one = await rest.repos.getEnvironment(at);
  expect(one.data.protection_rules).toMatchObject([
    { type: "wait_timer", wait_timer: 5 },
    {
      type: "required_reviewers",
      prevent_self_review: true,
      reviewers: [
        { type: "User", reviewer: { login: "bob" } },
        { type: "User", reviewer: { login: "carol" } },
      ],
    },
    { type: "branch_policy" },
  ]);
  const policies = await rest.repos.listDeploymentBranchPolicies(at);
  expect(policies.data.branch_policies.map(({ name, type }) => [name, type])).toEqual([
    ["release-*", "branch"],
    ["v*", "tag"],
  ]);
  const none = rest.repos.getEnvironment({ ...AT, environment_name: "none" });
  expect(await refusalOf(none)).toEqual([404, "Not Found"]);
});

test("one reviewer's approval lets a waiting run go on, and stands in its record", async () => {
  await using scene = await startScene();
  const { id } = scene.repo.environments.define("production", { reviewers: ["bob", "carol"] });
  const run = waitingRun(scene);
  const told: unknown[] = [];
  scene.repo.runs.attach({ onReview: (_run, review) => told.push(review.state) });
  const at = { ...AT, run_id: run.id };
  const bob = clientOf(scene, "bob");
  const pending = await bob.rest.actions.getPendingDeploymentsForRun(at);
  expect(pending.data).toMatchObject([
    {
      environment: { id, name: "production" },
      current_user_can_approve: true,
      reviewers: [{ reviewer: { login: "bob" } }, { reviewer: { login: "carol" } }],
    },
  ]);
  expect((await bob.rest.actions.getWorkflowRun(at)).data.status).toBe("waiting");
  const review = { ...at, environment_ids: [id], state: APPROVED, comment: "go" };
  const { data } = await bob.rest.actions.reviewPendingDeploymentsForRun(review);
  expect(data).toMatchObject([{ environment: "production", sha: scene.head, ref: "main" }]);
  const approvals = await bob.rest.actions.getReviewsForRun(at);
  expect(approvals.data).toMatchObject([
    { state: "approved", comment: "go", user: { login: "bob" }, environments: [{ id }] },
  ]);
  expect(told).toEqual(["approved"]);
  expect((await bob.rest.actions.getWorkflowRun(at)).data.status).toBe("in_progress");
  expect((await bob.rest.actions.getPendingDeploymentsForRun(at)).data).toEqual([]);
  expect((await refusalOf(bob.rest.actions.reviewPendingDeploymentsForRun(review)))[0]).toBe(422);
});

test("a rejection ends the run", async () => {
  await using scene = await startScene();
  const { id } = scene.repo.environments.define("production", { reviewers: ["bob"] });
  const run = waitingRun(scene);
  const at = { ...AT, run_id: run.id };
  const { rest } = clientOf(scene, "bob");
  const review = { ...at, environment_ids: [id], state: REJECTED, comment: "no" };
  await rest.actions.reviewPendingDeploymentsForRun(review);
  const { data } = await rest.actions.getWorkflowRun(at);
  expect([data.status, data.conclusion]).toEqual(["completed", "failure"]);
});

test("only a reviewer reviews, and who started the run does not where that is forbidden", async () => {
  await using scene = await startScene();
  const options = { reviewers: ["alice", "bob"], preventSelfReview: true };
  const { id } = scene.repo.environments.define("production", options);
  const run = waitingRun(scene);
  const at = { ...AT, run_id: run.id };
  const review = { ...at, environment_ids: [id], state: APPROVED, comment: "" };
  for (const login of ["alice", "mallory"]) {
    const { rest } = clientOf(scene, login);
    const [status] = await refusalOf(rest.actions.reviewPendingDeploymentsForRun(review));
    expect(status).toBe(422);
    const { data } = await rest.actions.getPendingDeploymentsForRun(at);
    expect(data[0]?.current_user_can_approve).toBe(false);
  }
  scene.repo.environments.define("production", { ...options, preventSelfReview: false });
  const { rest } = clientOf(scene, "alice");
  expect((await rest.actions.reviewPendingDeploymentsForRun(review)).status).toBe(200);
});

test("deployments are created, found and told how they went", async () => {
  await using scene = await startScene();
  const { rest } = clientOf(scene, "alice");
  const { data } = await rest.repos.createDeployment({ ...AT, ref: "main", environment: "dev" });
  const id = Number(Reflect.get(Object(data), "id"));
  const at = { ...AT, deployment_id: id };
  await rest.repos.createDeploymentStatus({ ...at, state: "success" });
  const statuses = await rest.repos.listDeploymentStatuses(at);
  expect(statuses.data.map((status) => status.state)).toEqual(["success"]);
  const found = await rest.repos.listDeployments({ ...AT, environment: "dev", sha: scene.head });
  expect(found.data.map((deployment) => deployment.id)).toEqual([id]);
  expect((await rest.repos.listDeployments({ ...AT, environment: "x" })).data).toEqual([]);
});

test("events of a workflow's own token start nothing but what says start", () => {
  const started = ["push", "pull_request", "release", "workflow_dispatch", "repository_dispatch"];
  expect(started.filter((event) => startsWorkflows("job", event))).toEqual([
    "workflow_dispatch",
    "repository_dispatch",
  ]);
  expect(started.filter((event) => startsWorkflows("installation", event))).toEqual(started);
});

test("tells how much may still be asked, and asking that is free", async () => {
  await using scene = await startScene();
  const octokit = clientOf(scene, "alice");
  await octokit.rest.repos.get(AT);
  const { data } = await octokit.rest.rateLimit.get();
  expect(data.resources.core).toMatchObject({ limit: 5000, used: 1, remaining: 4999 });
  const again = await octokit.rest.rateLimit.get();
  expect(again.data.resources.core.used).toBe(1);
  const anonymous = await octokitFor(scene.host).rest.rateLimit.get();
  expect(anonymous.data.rate.limit).toBe(60);
});

test("a person's token says who it is, and an app's token can be given back", async () => {
  await using scene = await startScene();
  const { data } = await clientOf(scene, "alice").rest.users.getAuthenticated();
  expect(data.login).toBe("alice");
  const { octokit, host, token } = scene;
  const bot = octokit.rest.users.getAuthenticated();
  expect(await refusalOf(bot)).toEqual([403, "Resource not accessible by integration"]);
  await octokit.rest.apps.revokeInstallationAccessToken();
  expect((await ask(host, `/repos/${SLUG}`, { token })).status).toBe(401);
});
