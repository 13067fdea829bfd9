/** Environments, and the reviews that let a run go on into them (specs.md 2.18). */
import { formatTime } from "../clock.ts";
import { actorOf, person, renderActor } from "./actors.ts";
import { renderDeployment } from "./deployments.ts";
import type { Environment } from "./environments-store.ts";
import { notFound, unprocessable } from "./errors.ts";
import { pageThrough } from "./listing.ts";
import { type Call, nodeId, type OperationTable, type Reply } from "./operation.ts";
import { apiUrlOf, htmlUrlOf } from "./repositories.ts";
import { currentAttempt, type Run } from "./runs-store.ts";
import { headBranchOf, runOf } from "./workflow-runs.ts";

function renderReviewers(call: Call, environment: Environment): readonly object[] {
  return environment.reviewers.map((login) => ({
    type: "User",
    reviewer: renderActor(call.addresses, person(login)),
  }));
}

function renderBrief(call: Call, environment: Environment): object {
  const name = encodeURIComponent(environment.name);
  return {
    id: environment.id,
    node_id: nodeId("Environment", environment.id),
    name: environment.name,
    url: apiUrlOf(call, `/environments/${name}`),
    html_url: htmlUrlOf(call, `/deployments/activity_log?environments_filter=${name}`),
  };
}

function renderTimes(environment: Environment): object {
  const at = formatTime(environment.createdAt);
  return { created_at: at, updated_at: at };
}

function renderRules(call: Call, environment: Environment): readonly object[] {
  const { id, waitTimer, reviewers, preventSelfReview, branchPolicy } = environment;
  const rule = (n: number, type: string): object => ({
    id: id * 10 + n,
    node_id: nodeId("GateRule", id, n),
    type,
  });
  const required = {
    prevent_self_review: preventSelfReview,
    reviewers: renderReviewers(call, environment),
  };
  return [
    ...(waitTimer === 0 ? [] : [{ ...rule(1, "wait_timer"), wait_timer: waitTimer }]),
    ...(reviewers.length === 0 ? [] : [{ ...rule(2, "required_reviewers"), ...required }]),
    ...(branchPolicy === "any" ? [] : [rule(3, "branch_policy")]),
  ];
}

function renderEnvironment(call: Call, environment: Environment): object {
  const { branchPolicy } = environment;
  return {
    ...renderBrief(call, environment),
    ...renderTimes(environment),
    protection_rules: renderRules(call, environment),
    deployment_branch_policy:
      branchPolicy === "any"
        ? null
        : {
            protected_branches: branchPolicy === "protected",
            custom_branch_policies: branchPolicy !== "protected",
          },
  };
}

async function listEnvironments(call: Call): Promise<Reply> {
  const url = apiUrlOf(call, "/environments");
  const page = pageThrough(url, call.query, call.repository.environments.all);
  const environments = page.shown.map((environment) => renderEnvironment(call, environment));
  const body = { total_count: page.total, environments };
  return { status: 200, body, headers: page.headers };
}

function environmentOf(call: Call): Environment {
  const environment = call.repository.environments.named(call.params["environment_name"] ?? "");
  if (environment === undefined) throw notFound();
  return environment;
}

async function getEnvironment(call: Call): Promise<Reply> {
  return { status: 200, body: renderEnvironment(call, environmentOf(call)) };
}

async function listBranchPolicies(call: Call): Promise<Reply> {
  const { branchPolicy, id, name } = environmentOf(call);
  if (typeof branchPolicy === "string") throw notFound();
  const path = `/environments/${encodeURIComponent(name)}/deployment-branch-policies`;
  const page = pageThrough(apiUrlOf(call, path), call.query, branchPolicy);
  const policies = page.shown.map((policy) => {
    const n = id * 100 + branchPolicy.indexOf(policy) + 1;
    const node_id = nodeId("DeploymentBranchPolicy", n);
    return { id: n, node_id, name: policy.name, type: policy.type ?? "branch" };
  });
  const body = { total_count: page.total, branch_policies: policies };
  return { status: 200, body, headers: page.headers };
}

/** Why the caller may not review it; undefined when they may. */
function objectionTo(call: Call, run: Run, environment: Environment): string | undefined {
  const { login } = actorOf(call.caller);
  if (!environment.reviewers.includes(login)) {
    return `${login} is not a required reviewer of ${environment.name}`;
  }
  // It is whoever started this attempt that may not wave it through; nobody else is kept.
  const isStarter = currentAttempt(run).triggeringActor.login === login;
  return environment.preventSelfReview && isStarter
    ? "Deployment approval is not allowed by the user who started the deployment"
    : undefined;
}

async function listPending(call: Call): Promise<Reply> {
  const run = runOf(call);
  const { environments } = call.repository;
  const body = currentAttempt(run).pending.flatMap(({ environment: name, since }) => {
    const environment = environments.named(name);
    if (environment === undefined) return [];
    return [
      {
        environment: renderBrief(call, environment),
        wait_timer: environment.waitTimer,
        wait_timer_started_at: formatTime(since),
        current_user_can_approve: objectionTo(call, run, environment) === undefined,
        reviewers: renderReviewers(call, environment),
      },
    ];
  });
  return { status: 200, body };
}

/** The environments of the body, all of which the run waits for. @throws ApiError 422 otherwise */
function askedEnvironments(call: Call, run: Run): readonly Environment[] {
  const ids = call.body["environment_ids"];
  return (Array.isArray(ids) ? ids : []).map((id: unknown) => {
    const environment = call.repository.environments.withId(Number(id));
    const isPending = currentAttempt(run).pending.some((p) => p.environment === environment?.name);
    if (environment === undefined || !isPending) {
      throw unprocessable("No pending deployment requests to approve or reject");
    }
    const objection = objectionTo(call, run, environment);
    if (objection !== undefined) {
      throw unprocessable(`There was a problem approving one of the gates: ${objection}`);
    }
    return environment;
  });
}

async function reviewPending(call: Call): Promise<Reply> {
  const run = runOf(call);
  const environments = askedEnvironments(call, run);
  if (environments.length === 0) {
    throw unprocessable("No pending deployment requests to approve or reject");
  }
  const state = call.body["state"] === "approved" ? "approved" : "rejected";
  const user = actorOf(call.caller);
  const names = environments.map((environment) => environment.name);
  const comment = String(call.body["comment"]);
  call.repository.runs.review(run.id, { state, user, comment, environments: names });
  call.record({ what: `${state} deployment`, before: undefined, after: names.join(" ") });
  const deployments = environments.map((environment) =>
    call.repository.deployments.create({
      ref: headBranchOf(run),
      sha: run.headSha,
      environment: environment.name,
      creator: run.actor,
    }),
  );
  return { status: 200, body: deployments.map((item) => renderDeployment(call, item)) };
}

async function listApprovals(call: Call): Promise<Reply> {
  const { environments } = call.repository;
  const body = runOf(call).reviews.map((review) => ({
    state: review.state,
    comment: review.comment,
    user: renderActor(call.addresses, review.user),
    environments: review.environments.flatMap((name) => {
      const environment = environments.named(name);
      if (environment === undefined) return [];
      return [{ ...renderBrief(call, environment), ...renderTimes(environment) }];
    }),
  }));
  return { status: 200, body };
}

const read = { permission: "actions", level: "read" } as const;

export const environmentOperations = {
  "GET /repos/{owner}/{repo}/environments": { ...read, handle: listEnvironments },
  "GET /repos/{owner}/{repo}/environments/{environment_name}": { ...read, handle: getEnvironment },
  "GET /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies": {
    ...read,
    handle: listBranchPolicies,
  },
  "GET /repos/{owner}/{repo}/actions/runs/{run_id}/pending_deployments": {
    ...read,
    handle: listPending,
  },
  "POST /repos/{owner}/{repo}/actions/runs/{run_id}/pending_deployments": {
    permission: "deployments",
    level: "write",
    handle: reviewPending,
  },
  "GET /repos/{owner}/{repo}/actions/runs/{run_id}/approvals": { ...read, handle: listApprovals },
} satisfies OperationTable;
