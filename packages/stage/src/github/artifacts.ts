/** Artifacts as the REST API has them: listed, shown, downloaded by redirect, deleted. */
import { formatTime } from "../clock.ts";
import type { Artifact } from "./artifacts-store.ts";
import { ApiError, notFound } from "./errors.ts";
import { idIn, pageThrough } from "./listing.ts";
import { type Call, nodeId, type OperationTable, type Reply } from "./operation.ts";
import { apiUrlOf } from "./repositories.ts";
import { headBranchOf, runOf } from "./workflow-runs.ts";

/** The address of the content lives this long (specs.md 2.15). */
const LINK_MS = 60_000;

function renderArtifact(call: Call, artifact: Artifact): object {
  const { repository } = call;
  const run = repository.runs.run(artifact.runId);
  const url = apiUrlOf(call, `/actions/artifacts/${artifact.id}`);
  const { size = 0, sha256 = "" } = artifact.content ?? {};
  return {
    id: artifact.id,
    node_id: nodeId("Artifact", artifact.id),
    name: artifact.name,
    size_in_bytes: size,
    url,
    archive_download_url: `${url}/zip`,
    expired: repository.artifacts.isExpired(artifact),
    digest: `sha256:${sha256}`,
    created_at: formatTime(artifact.createdAt),
    updated_at: formatTime(artifact.createdAt),
    expires_at: formatTime(artifact.expiresAt),
    ...(run === undefined
      ? {}
      : {
          workflow_run: {
            id: run.id,
            repository_id: repository.id,
            head_repository_id: run.headRepository?.id ?? repository.id,
            head_branch: headBranchOf(run),
            head_sha: run.headSha,
          },
        }),
  };
}

/** Newest first, unless the client wants it the other way round. */
function listed(call: Call, url: string, artifacts: readonly Artifact[]): Reply {
  const name = call.query.get("name");
  const named = artifacts.filter((artifact) => name === null || artifact.name === name);
  const ordered = call.query.get("direction") === "asc" ? named : named.toReversed();
  const { shown, total, headers } = pageThrough(url, call.query, ordered);
  const rendered = shown.map((artifact) => renderArtifact(call, artifact));
  return { status: 200, body: { total_count: total, artifacts: rendered }, headers };
}

async function listArtifacts(call: Call): Promise<Reply> {
  return listed(call, apiUrlOf(call, "/actions/artifacts"), call.repository.artifacts.all);
}

async function listRunArtifacts(call: Call): Promise<Reply> {
  const run = runOf(call);
  const url = apiUrlOf(call, `/actions/runs/${run.id}/artifacts`);
  return listed(call, url, call.repository.artifacts.ofRun(run.id));
}

function artifactOf(call: Call): Artifact {
  const artifact = call.repository.artifacts.artifact(idIn(call.params, "artifact_id"));
  if (artifact === undefined) throw notFound();
  return artifact;
}

async function getArtifact(call: Call): Promise<Reply> {
  return { status: 200, body: renderArtifact(call, artifactOf(call)) };
}

async function downloadArtifact(call: Call): Promise<Reply> {
  const artifact = artifactOf(call);
  if (call.params["archive_format"] !== "zip" || artifact.content === undefined) throw notFound();
  if (call.repository.artifacts.isExpired(artifact)) {
    throw new ApiError(410, "Artifact has expired");
  }
  const isZip = artifact.mimeType === "application/zip";
  const location = call.host.addressOf(artifact.content.id, {
    lifeMs: LINK_MS,
    contentType: artifact.mimeType,
    fileName: isZip ? `${artifact.name}.zip` : artifact.name,
  });
  return { status: 302, body: "", headers: { location, "content-type": "text/html" } };
}

async function deleteArtifact(call: Call): Promise<Reply> {
  const artifact = artifactOf(call);
  await call.repository.artifacts.delete(artifact.id);
  call.record({ what: "delete artifact", before: artifact.name, after: undefined });
  return { status: 204, body: "" };
}

const read = { permission: "actions", level: "read" } as const;

export const artifactOperations = {
  "GET /repos/{owner}/{repo}/actions/artifacts": { ...read, handle: listArtifacts },
  "GET /repos/{owner}/{repo}/actions/runs/{run_id}/artifacts": {
    ...read,
    handle: listRunArtifacts,
  },
  "GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}": { ...read, handle: getArtifact },
  "GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}": {
    ...read,
    handle: downloadArtifact,
  },
  "DELETE /repos/{owner}/{repo}/actions/artifacts/{artifact_id}": {
    permission: "actions",
    level: "write",
    handle: deleteArtifact,
  },
} satisfies OperationTable;
