/** Git refs: read, create, move, delete. What exists is what git says. */
import { isAncestor } from "../git-objects.ts";
import { repositoryIsEmpty, notFound, unprocessable } from "./errors.ts";
import {
  type Call,
  linkHeader,
  nodeId,
  type OperationTable,
  pageOf,
  type Reply,
} from "./operation.ts";
import { refusedUpdate, updateRef } from "./ref-updates.ts";
import { apiUrlOf } from "./repositories.ts";

/** Where GitHub serves an object of this type. */
function objectUrl(call: Call, type: string, sha: string): string {
  return apiUrlOf(call, `/git/${type}s/${sha}`);
}

async function renderRef(call: Call, ref: string, sha: string): Promise<object> {
  const type = (await call.repository.git.typeOf(sha)) ?? "commit";
  return {
    ref,
    node_id: nodeId("Ref", call.repository.id, ref),
    url: apiUrlOf(call, `/git/${ref}`),
    object: { sha, type, url: objectUrl(call, type, sha) },
  };
}

async function getRef(call: Call): Promise<Reply> {
  const refs = await call.refs();
  if (refs.size === 0) throw repositoryIsEmpty();
  const ref = `refs/${call.params["ref"] ?? ""}`;
  const sha = refs.get(ref);
  if (sha === undefined) throw notFound();
  return { status: 200, body: await renderRef(call, ref, sha) };
}

async function listMatchingRefs(call: Call): Promise<Reply> {
  const refs = await call.refs();
  if (refs.size === 0) throw repositoryIsEmpty();
  const prefix = `refs/${call.params["ref"] ?? ""}`;
  const matching = [...refs].filter(([ref]) => ref.startsWith(prefix));
  const page = pageOf(call.query);
  const shown =
    page === undefined
      ? matching
      : matching.slice((page.page - 1) * page.size, page.page * page.size);
  const url = apiUrlOf(call, `/git/matching-refs/${call.params["ref"] ?? ""}`);
  return {
    status: 200,
    body: await Promise.all(shown.map(([ref, sha]) => renderRef(call, ref, sha))),
    headers: page === undefined ? {} : linkHeader(url, call.query, page, matching.length),
  };
}

async function assertRefName(call: Call, ref: string): Promise<void> {
  if (!ref.startsWith("refs/")) throw unprocessable("Reference name must start with 'refs/'.");
  if (ref.split("/").length < 3) {
    throw unprocessable("Reference name must contain at least three slash-separated components.");
  }
  if (!(await call.repository.git.isRefName(ref))) {
    throw unprocessable(`${ref} is not a valid ref name.`);
  }
}

async function createRef(call: Call): Promise<Reply> {
  const { repository, caller } = call;
  const ref = String(call.body["ref"]);
  const sha = String(call.body["sha"]);
  return repository.exclusively(async () => {
    const refs = await repository.refs();
    if (refs.size === 0) throw repositoryIsEmpty();
    await assertRefName(call, ref);
    if (!/^[0-9a-f]{40}$/.test(sha)) {
      throw unprocessable(
        "The sha parameter must be exactly 40 characters and contain only [0-9a-f].",
      );
    }
    const type = await repository.git.typeOf(sha);
    if (type === undefined) throw unprocessable("Object does not exist");
    if (refs.has(ref)) throw unprocessable("Reference already exists");
    const rule = repository.ruleAgainst(ref, caller.identity);
    if (rule !== undefined && rule.answer !== "update-failed") {
      throw unprocessable(
        "Repository rule violations found\n\nCannot create ref due to creations being restricted.\n\n",
      );
    }
    const isBranchOfNoCommit = ref.startsWith("refs/heads/") && type !== "commit";
    if (rule !== undefined || isBranchOfNoCommit) throw unprocessable("Reference update failed");
    // git itself refuses where another ref's name is a folder of this one, or the reverse.
    const outcome = await updateRef(repository, caller, { ref, before: undefined, after: sha });
    if (outcome.is !== "done") throw refusedUpdate(outcome);
    const location = apiUrlOf(call, `/git/${ref}`);
    return { status: 201, body: await renderRef(call, ref, sha), headers: { location } };
  });
}

async function moveRef(call: Call): Promise<Reply> {
  const { repository, caller } = call;
  const ref = `refs/${call.params["ref"] ?? ""}`;
  const sha = String(call.body["sha"]);
  return repository.exclusively(async () => {
    const refs = await repository.refs();
    if (refs.size === 0) throw repositoryIsEmpty();
    const before = refs.get(ref);
    if (before === undefined) throw unprocessable("Reference does not exist");
    if (!/^[0-9a-f]{40}$/.test(sha)) {
      throw unprocessable(
        "The sha parameter must be exactly 40 characters and contain only [0-9a-f].",
      );
    }
    const type = await repository.git.typeOf(sha);
    if (type === undefined) throw unprocessable("Object does not exist");
    const isForced = call.body["force"] === true;
    if (!isForced && sha !== before && !(await isAncestor(repository.git, before, sha))) {
      throw unprocessable("Update is not a fast forward");
    }
    if (sha !== before) {
      const outcome = await updateRef(repository, caller, { ref, before, after: sha });
      if (outcome.is !== "done") throw refusedUpdate(outcome);
    }
    return { status: 200, body: await renderRef(call, ref, sha) };
  });
}

async function deleteRef(call: Call): Promise<Reply> {
  const { repository, caller } = call;
  const ref = `refs/${call.params["ref"] ?? ""}`;
  return repository.exclusively(async () => {
    const refs = await repository.refs();
    if (refs.size === 0) throw repositoryIsEmpty();
    const before = refs.get(ref);
    if (before === undefined) throw unprocessable("Reference does not exist");
    if (ref === `refs/heads/${repository.defaultBranch}`) {
      throw unprocessable("Cannot delete the default branch");
    }
    const outcome = await updateRef(repository, caller, { ref, before, after: undefined });
    if (outcome.is !== "done") throw refusedUpdate(outcome);
    return { status: 204, body: undefined };
  });
}

export const refOperations = {
  "GET /repos/{owner}/{repo}/git/ref/{ref}": {
    permission: "contents",
    level: "read",
    handle: getRef,
  },
  "GET /repos/{owner}/{repo}/git/matching-refs/{ref}": {
    permission: "contents",
    level: "read",
    handle: listMatchingRefs,
  },
  "POST /repos/{owner}/{repo}/git/refs": {
    permission: "contents",
    level: "write",
    handle: createRef,
  },
  "PATCH /repos/{owner}/{repo}/git/refs/{ref}": {
    permission: "contents",
    level: "write",
    handle: moveRef,
  },
  "DELETE /repos/{owner}/{repo}/git/refs/{ref}": {
    permission: "contents",
    level: "write",
    handle: deleteRef,
  },
} satisfies OperationTable;
