/** Deployments and their statuses, as far as environments and audits need them. */
import { formatTime } from "../clock.ts";
import { actorOf, renderActor } from "./actors.ts";
import { resolveCommit } from "./commits.ts";
import type { Deployment, DeploymentStatus } from "./deployments-store.ts";
import { notFound, unprocessable } from "./errors.ts";
import { idIn, pageThrough } from "./listing.ts";
import { type Call, nodeId, type OperationTable, type Reply } from "./operation.ts";
import { apiUrlOf } from "./repositories.ts";

export function renderDeployment(call: Call, deployment: Deployment): object {
  const url = apiUrlOf(call, `/deployments/${deployment.id}`);
  const at = formatTime(deployment.createdAt);
  return {
    url,
    id: deployment.id,
    node_id: nodeId("Deployment", deployment.id),
    task: deployment.task,
    original_environment: deployment.environment,
    environment: deployment.environment,
    description: deployment.description,
    created_at: at,
    updated_at: at,
    statuses_url: `${url}/statuses`,
    repository_url: apiUrlOf(call),
    creator: renderActor(call.addresses, deployment.creator),
    sha: deployment.sha,
    ref: deployment.ref,
    payload: {},
    transient_environment: false,
    production_environment: deployment.environment === "production",
  };
}

function renderStatus(call: Call, deployment: Deployment, status: DeploymentStatus): object {
  const url = apiUrlOf(call, `/deployments/${deployment.id}`);
  const at = formatTime(status.createdAt);
  return {
    url: `${url}/statuses/${status.id}`,
    id: status.id,
    node_id: nodeId("DeploymentStatus", status.id),
    state: status.state,
    creator: renderActor(call.addresses, status.creator),
    description: status.description,
    environment: deployment.environment,
    target_url: status.logUrl,
    log_url: status.logUrl,
    created_at: at,
    updated_at: at,
    deployment_url: url,
    repository_url: apiUrlOf(call),
  };
}

async function listDeployments(call: Call): Promise<Reply> {
  const matches = (deployment: Deployment): boolean =>
    (["sha", "ref", "task", "environment"] as const).every(
      (name) => !call.query.has(name) || call.query.get(name) === deployment[name],
    );
  const found = call.repository.deployments.all.filter(matches);
  const page = pageThrough(apiUrlOf(call, "/deployments"), call.query, found);
  const body = page.shown.map((deployment) => renderDeployment(call, deployment));
  return { status: 200, body, headers: page.headers };
}

function deploymentOf(call: Call): Deployment {
  const deployment = call.repository.deployments.deployment(idIn(call.params, "deployment_id"));
  if (deployment === undefined) throw notFound();
  return deployment;
}

async function getDeployment(call: Call): Promise<Reply> {
  return { status: 200, body: renderDeployment(call, deploymentOf(call)) };
}

async function createDeployment(call: Call): Promise<Reply> {
  const { body, repository } = call;
  const ref = String(body["ref"]);
  const sha = await resolveCommit(call, ref);
  if (sha === undefined) throw unprocessable(`No ref found for: ${ref}`);
  const textAt = (name: string, otherwise: string): string => {
    const value = body[name];
    return typeof value === "string" ? value : otherwise;
  };
  const deployment = repository.deployments.create({
    ref,
    sha,
    environment: textAt("environment", "production"),
    task: textAt("task", "deploy"),
    description: textAt("description", ""),
    creator: actorOf(call.caller),
  });
  call.record({ what: "create deployment", before: undefined, after: String(deployment.id) });
  return { status: 201, body: renderDeployment(call, deployment) };
}

async function listStatuses(call: Call): Promise<Reply> {
  const deployment = deploymentOf(call);
  const statuses = call.repository.deployments.statusesOf(deployment.id);
  const url = apiUrlOf(call, `/deployments/${deployment.id}/statuses`);
  const page = pageThrough(url, call.query, statuses);
  const body = page.shown.map((status) => renderStatus(call, deployment, status));
  return { status: 200, body, headers: page.headers };
}

async function createStatus(call: Call): Promise<Reply> {
  const deployment = deploymentOf(call);
  const { body } = call;
  const description = body["description"];
  const logUrl = body["log_url"] ?? body["target_url"];
  const status = call.repository.deployments.addStatus({
    deploymentId: deployment.id,
    state: String(body["state"]),
    description: typeof description === "string" ? description : "",
    logUrl: typeof logUrl === "string" ? logUrl : apiUrlOf(call),
    creator: actorOf(call.caller),
  });
  call.record({ what: "create deployment status", before: undefined, after: status.state });
  return { status: 201, body: renderStatus(call, deployment, status) };
}

const read = { permission: "deployments", level: "read" } as const;
const write = { permission: "deployments", level: "write" } as const;

export const deploymentOperations = {
  "GET /repos/{owner}/{repo}/deployments": { ...read, handle: listDeployments },
  "POST /repos/{owner}/{repo}/deployments": { ...write, handle: createDeployment },
  "GET /repos/{owner}/{repo}/deployments/{deployment_id}": { ...read, handle: getDeployment },
  "GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses": {
    ...read,
    handle: listStatuses,
  },
  "POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses": {
    ...write,
    handle: createStatus,
  },
} satisfies OperationTable;
