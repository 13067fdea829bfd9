import { actorOf } from "./actors.ts";
/** Workflows as the API lists them, and starting one by hand. */
import { ApiError, notFound, unprocessable } from "./errors.ts";
import { pageThrough } from "./listing.ts";
import { type Call, nodeId, type OperationTable, type Reply } from "./operation.ts";
import { apiUrlOf, htmlUrlOf } from "./repositories.ts";
import type { Run } from "./runs-store.ts";
import {
  type DispatchInput,
  readWorkflowFile,
  readWorkflowFiles,
  type WorkflowFile,
} from "./workflow-files.ts";

const FOLDER = ".github/workflows/";

async function defaultHead(call: Call): Promise<string | undefined> {
  return (await call.refs()).get(`refs/heads/${call.repository.defaultBranch}`);
}

/** What GitHub knows as workflows: the files of the default branch. */
async function knownWorkflows(call: Call): Promise<readonly WorkflowFile[]> {
  const head = await defaultHead(call);
  return head === undefined ? [] : readWorkflowFiles(call.repository, head);
}

/** The workflow a client means by its id or its file's name. @throws ApiError 404 for neither */
export async function workflowPathOf(call: Call): Promise<string> {
  const wanted = call.params["workflow_id"] ?? "";
  const { runs } = call.repository;
  const paths = [
    ...(await knownWorkflows(call)).map((file) => file.path),
    // One that ran once is known, also when no default branch has it (any more).
    ...runs.runs.map((run) => run.path),
  ];
  const path = paths.find((candidate) =>
    /^\d+$/.test(wanted)
      ? runs.workflowId(candidate) === Number(wanted)
      : candidate === `${FOLDER}${wanted}` || candidate === wanted,
  );
  if (path === undefined) throw notFound();
  return path;
}

function renderWorkflow(
  call: Call,
  file: { readonly path: string; readonly name: string },
): object {
  const id = call.repository.runs.workflowId(file.path);
  const at = "2026-01-01T00:00:00.000Z";
  const name = file.path.slice(FOLDER.length);
  return {
    id,
    node_id: nodeId("Workflow", id),
    name: file.name,
    path: file.path,
    state: "active",
    created_at: at,
    updated_at: at,
    url: apiUrlOf(call, `/actions/workflows/${id}`),
    html_url: htmlUrlOf(call, `/blob/${call.repository.defaultBranch}/${file.path}`),
    badge_url: htmlUrlOf(call, `/actions/workflows/${encodeURIComponent(name)}/badge.svg`),
  };
}

async function listWorkflows(call: Call): Promise<Reply> {
  const files = await knownWorkflows(call);
  const url = apiUrlOf(call, "/actions/workflows");
  const { shown, total, headers } = pageThrough(url, call.query, files);
  const workflows = shown.map((file) => renderWorkflow(call, file));
  return { status: 200, body: { total_count: total, workflows }, headers };
}

async function getWorkflow(call: Call): Promise<Reply> {
  const path = await workflowPathOf(call);
  const known = (await knownWorkflows(call)).find((file) => file.path === path);
  const ran = call.repository.runs.runs.find((run) => run.path === path);
  return {
    status: 200,
    body: renderWorkflow(call, known ?? { path, name: ran?.name ?? path }),
  };
}

/** The full name of the branch or tag; a branch wins. @throws ApiError 422 for neither */
async function resolveRef(call: Call, name: string): Promise<{ ref: string; sha: string }> {
  const refs = await call.refs();
  for (const ref of [`refs/heads/${name}`, `refs/tags/${name}`, name]) {
    const target = ref.startsWith("refs/") ? refs.get(ref) : undefined;
    const sha = target === undefined ? undefined : await call.repository.git.peelToCommit(target);
    if (sha !== undefined) return { ref, sha };
  }
  throw unprocessable(`No ref found for: ${name}`);
}

function isAmong(input: DispatchInput, value: string): boolean {
  if (input.type === "boolean") return value === "true" || value === "false";
  return input.type !== "choice" || input.options.includes(value);
}

/** The inputs a run gets. @throws ApiError 422 for what the file does not allow */
function fillInputs(
  declared: readonly DispatchInput[],
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string>> {
  const names = new Set(declared.map((input) => input.name));
  const unexpected = Object.keys(given).filter((name) => !names.has(name));
  if (unexpected.length > 0) {
    throw unprocessable(`Unexpected inputs provided: ${JSON.stringify(unexpected)}`);
  }
  const filled: [string, string][] = [];
  for (const input of declared) {
    const value = given[input.name];
    const text =
      value === undefined
        ? input.default
        : typeof value === "string"
          ? value
          : JSON.stringify(value);
    if (input.required && (text === undefined || text === "")) {
      throw unprocessable(`Required input '${input.name}' not provided`);
    }
    if (text !== undefined && text !== "" && !isAmong(input, text)) {
      throw unprocessable(
        `Provided value '${text}' for input '${input.name}' not in the list of allowed values`,
      );
    }
    filled.push([input.name, text ?? ""]);
  }
  return Object.fromEntries(filled);
}

async function dispatchWorkflow(call: Call): Promise<Reply> {
  const { repository, body } = call;
  const path = await workflowPathOf(call);
  const { ref, sha } = await resolveRef(call, String(body["ref"]));
  const file = await readWorkflowFile(repository, sha, path);
  if (file?.fault !== undefined) {
    throw unprocessable(`failed to parse workflow: ${file.fault}`);
  }
  if (file?.dispatchInputs === undefined) {
    throw unprocessable("Workflow does not have 'workflow_dispatch' trigger");
  }
  const given = body["inputs"];
  const inputs = fillInputs(
    file.dispatchInputs,
    typeof given === "object" && given !== null ? { ...given } : {},
  );
  const run = repository.runs.createRun({
    path,
    name: file.name,
    event: "workflow_dispatch",
    actor: actorOf(call.caller),
    ref,
    headSha: sha,
    inputs,
  });
  startedByApi(call, run);
  if (body["return_run_details"] !== true) return { status: 204, body: "" };
  return {
    status: 200,
    body: {
      workflow_run_id: run.id,
      run_url: apiUrlOf(call, `/actions/runs/${run.id}`),
      html_url: htmlUrlOf(call, `/actions/runs/${run.id}`),
    },
  };
}

function startedByApi(call: Call, run: Run): void {
  call.record({ what: "create run", before: undefined, after: String(run.id) });
  call.repository.runs.engine.onDispatch?.(run);
}

/** docs.github.com, "Create a repository dispatch event". */
const MAX_EVENT_TYPE = 100;

/** Starts every workflow of the default branch that waits for this type of event. */
async function dispatchRepository(call: Call): Promise<Reply> {
  const type = String(call.body["event_type"]);
  if (type.length > MAX_EVENT_TYPE) {
    throw new ApiError(
      422,
      "Invalid request.\n\nevent_type is too long (maximum is 100 characters)",
    );
  }
  const sha = await defaultHead(call);
  for (const file of await knownWorkflows(call)) {
    const types = file.repositoryDispatchTypes;
    if (sha === undefined || types === undefined) continue;
    if (types.length > 0 && !types.includes(type)) continue;
    const run = call.repository.runs.createRun({
      path: file.path,
      name: file.name,
      displayTitle: type,
      event: "repository_dispatch",
      actor: actorOf(call.caller),
      ref: `refs/heads/${call.repository.defaultBranch}`,
      headSha: sha,
    });
    startedByApi(call, run);
  }
  return { status: 204, body: "" };
}

export const workflowOperations = {
  "GET /repos/{owner}/{repo}/actions/workflows": {
    permission: "actions",
    level: "read",
    handle: listWorkflows,
  },
  "GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}": {
    permission: "actions",
    level: "read",
    handle: getWorkflow,
  },
  "POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches": {
    permission: "actions",
    level: "write",
    handle: dispatchWorkflow,
  },
  "POST /repos/{owner}/{repo}/dispatches": {
    permission: "contents",
    level: "write",
    handle: dispatchRepository,
  },
} satisfies OperationTable;
