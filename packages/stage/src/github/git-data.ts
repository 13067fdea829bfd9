/** Blobs, trees, commits and tags as git objects, written and read through the API. */
import {
  editTree,
  readBlob,
  readTree,
  type TreeEdit,
  type TreeEntry,
  treeOf,
  writeBlob,
  writeCommit,
  formatCommit,
  writeTagObject,
} from "../git-objects.ts";
import { authorshipOf, commitAs, personIn, stampOf } from "./authorship.ts";
import { isRecord, recordIn, recordsIn, textIn, textsIn } from "./body.ts";
import { renderGitCommit } from "./commits.ts";
import { notFound, repositoryIsEmpty, unprocessable } from "./errors.ts";
import { type Call, nodeId, type OperationTable, type Reply } from "./operation.ts";
import { apiUrlOf } from "./repositories.ts";
import { renderTag } from "./tags.ts";

/** Where a recursive tree is cut off (docs.github.com, "Get a tree"). */
const MAX_TREE_ENTRIES = 100_000;

/** GitHub serves blobs up to this through the API. */
const MAX_BLOB_BYTES = 100 * 1024 * 1024;

const SHA = /^[0-9a-f]{40}$/;

/** Base64 as GitHub wraps it. */
export function wrappedBase64(content: Buffer): string {
  return content.toString("base64").replaceAll(/.{1,60}/g, "$&\n");
}

/** @throws ApiError 422 for what is no base64 */
export function bytesOfBase64(text: string): Buffer {
  const compact = text.replaceAll(/\s/g, "");
  if (compact.length % 4 === 1 || !/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) {
    throw unprocessable("content is not valid Base64");
  }
  return Buffer.from(compact, "base64");
}

async function assertNotEmpty(call: Call): Promise<void> {
  if ((await call.refs()).size === 0) throw repositoryIsEmpty();
}

async function createBlob(call: Call): Promise<Reply> {
  await assertNotEmpty(call);
  const content = textIn(call.body, "content") ?? "";
  const encoding = textIn(call.body, "encoding") ?? "utf-8";
  if (encoding !== "utf-8" && encoding !== "base64") {
    throw unprocessable(`Unsupported encoding: ${encoding}`);
  }
  const sha = await writeBlob(
    call.repository.git,
    encoding === "base64" ? bytesOfBase64(content) : content,
  );
  const url = apiUrlOf(call, `/git/blobs/${sha}`);
  return { status: 201, body: { sha, url }, headers: { location: url } };
}

async function getBlob(call: Call): Promise<Reply> {
  const sha = call.params["file_sha"] ?? "";
  if (!SHA.test(sha)) {
    throw unprocessable(
      "The sha parameter must be exactly 40 characters and contain only [0-9a-f].",
    );
  }
  const content = await readBlob(call.repository.git, sha);
  if (content === undefined || content.length > MAX_BLOB_BYTES) throw notFound();
  if (/application\/vnd\.github(?:\.v3)?\.raw/.test(call.accept)) {
    const headers = { "content-type": "application/vnd.github.raw; charset=utf-8" };
    return { status: 200, body: content, headers };
  }
  return {
    status: 200,
    body: {
      sha,
      node_id: nodeId("Blob", call.repository.id, sha),
      size: content.length,
      url: apiUrlOf(call, `/git/blobs/${sha}`),
      content: wrappedBase64(content),
      encoding: "base64",
    },
  };
}

function renderTreeEntry(call: Call, entry: TreeEntry): object {
  return {
    path: entry.path,
    mode: entry.mode,
    type: entry.type,
    sha: entry.sha,
    ...(entry.size === undefined ? {} : { size: entry.size }),
    // A submodule's commit is not here.
    ...(entry.type === "commit" ? {} : { url: apiUrlOf(call, `/git/${entry.type}s/${entry.sha}`) }),
  };
}

function renderTree(call: Call, sha: string, entries: readonly TreeEntry[]): object {
  return {
    sha,
    url: apiUrlOf(call, `/git/trees/${sha}`),
    tree: entries.slice(0, MAX_TREE_ENTRIES).map((entry) => renderTreeEntry(call, entry)),
    truncated: entries.length > MAX_TREE_ENTRIES,
  };
}

async function getTree(call: Call): Promise<Reply> {
  await assertNotEmpty(call);
  const { git } = call.repository;
  const name = call.params["tree_sha"] ?? "";
  const refs = await call.refs();
  const named = [name, `refs/${name}`, `refs/heads/${name}`, `refs/tags/${name}`]
    .map((ref) => refs.get(ref))
    .find((sha) => sha !== undefined);
  const sha = await treeOf(git, named ?? name);
  if (sha === undefined) throw notFound();
  // Any value will do, `0` and `false` included (docs.github.com, "Get a tree").
  const recursive = call.query.has("recursive");
  return { status: 200, body: renderTree(call, sha, await readTree(git, sha, { recursive })) };
}

function assertTreePath(path: string): void {
  const isBad = path
    .split("/")
    .some((part) => part === "" || part === "." || part === ".." || part.toLowerCase() === ".git");
  if (isBad || path.includes("\0")) {
    throw unprocessable("tree.path contains a malformed path component");
  }
}

async function editOf(call: Call, item: Readonly<Record<string, unknown>>): Promise<TreeEdit> {
  const { git } = call.repository;
  const path = textIn(item, "path") ?? "";
  assertTreePath(path);
  if (item["sha"] === null) return { path, entry: undefined };
  const mode = textIn(item, "mode") ?? "100644";
  const content = textIn(item, "content");
  const sha = textIn(item, "sha");
  if (content !== undefined && sha !== undefined) {
    throw unprocessable("Must supply either tree.sha or tree.content, not both.");
  }
  if (content !== undefined) return { path, entry: { mode, sha: await writeBlob(git, content) } };
  if (sha === undefined) throw unprocessable("Must supply tree.sha or tree.content.");
  const wanted = mode === "040000" ? "tree" : "blob";
  // A submodule's commit is in another repository.
  if (mode !== "160000" && (await git.typeOf(sha)) !== wanted) {
    throw unprocessable(`tree.sha ${sha} is not a valid ${wanted}`);
  }
  if (!SHA.test(sha)) throw unprocessable(`tree.sha ${sha} is not a valid commit`);
  return { path, entry: { mode, sha } };
}

async function createTree(call: Call): Promise<Reply> {
  await assertNotEmpty(call);
  const { git } = call.repository;
  const base = textIn(call.body, "base_tree");
  const baseTree = base === undefined ? undefined : await treeOf(git, base);
  if (base !== undefined && baseTree === undefined) {
    throw unprocessable("base_tree is not a valid tree oid");
  }
  const edits: TreeEdit[] = [];
  for (const item of recordsIn(call.body, "tree")) edits.push(await editOf(call, item));
  if (baseTree !== undefined) {
    const present = new Set(
      (await readTree(git, baseTree, { recursive: true })).map(({ path }) => path),
    );
    // GitHub's words for removing what is not there.
    if (edits.some(({ path, entry }) => entry === undefined && !present.has(path))) {
      throw unprocessable("GitRPC::BadObjectState");
    }
  }
  const sha = await editTree(git, baseTree, edits);
  const body = renderTree(call, sha, await readTree(git, sha));
  return { status: 201, body, headers: { location: apiUrlOf(call, `/git/trees/${sha}`) } };
}

async function createCommit(call: Call): Promise<Reply> {
  await assertNotEmpty(call);
  const { git } = call.repository;
  const tree = textIn(call.body, "tree") ?? "";
  if ((await git.typeOf(tree)) !== "tree") throw unprocessable("Tree SHA does not exist");
  const parents = textsIn(call.body, "parents");
  for (const parent of parents) {
    if ((await git.typeOf(parent)) !== "commit") {
      throw unprocessable("Parent SHA does not exist or is not a commit object");
    }
  }
  const message = textIn(call.body, "message") ?? "";
  const authorship = authorshipOf(
    call,
    recordIn(call.body, "author"),
    recordIn(call.body, "committer"),
  );
  const signature = textIn(call.body, "signature");
  const sha =
    signature === undefined
      ? await commitAs(call, authorship, { tree, parents, message })
      : await writeCommit(git, formatCommit({ ...authorship, tree, parents, message }), signature);
  const [commit] = await git.commits([sha]);
  if (commit === undefined) throw new Error(`${sha} was not written`);
  const location = apiUrlOf(call, `/git/commits/${sha}`);
  return { status: 201, body: renderGitCommit(call, commit), headers: { location } };
}

async function createTag(call: Call): Promise<Reply> {
  await assertNotEmpty(call);
  const { repository, body } = call;
  const { git } = repository;
  const object = textIn(body, "object") ?? "";
  const type = textIn(body, "type") ?? "";
  const name = textIn(body, "tag") ?? "";
  if (!(await git.isRefName(`refs/tags/${name}`))) {
    throw unprocessable(`${name} is not a valid tag name`);
  }
  if ((await git.typeOf(object)) !== type) {
    throw unprocessable(`object ${object} is not a ${type}`);
  }
  const tagger = personIn(
    isRecord(body["tagger"]) ? body["tagger"] : undefined,
    stampOf(repository.accounts.actorOf(call.caller).account),
  );
  const message = textIn(body, "message") ?? "";
  const sha = await writeTagObject(git, { object, type, tag: name, message, tagger });
  const tag = await git.tag(sha);
  if (tag === undefined) throw new Error(`${sha} was not written`);
  const location = apiUrlOf(call, `/git/tags/${sha}`);
  return { status: 201, body: renderTag(call, tag), headers: { location } };
}

const READ = { permission: "contents", level: "read" } as const;
const WRITE = { permission: "contents", level: "write" } as const;

export const gitDataOperations = {
  "POST /repos/{owner}/{repo}/git/blobs": { ...WRITE, handle: createBlob },
  "GET /repos/{owner}/{repo}/git/blobs/{file_sha}": { ...READ, handle: getBlob },
  "POST /repos/{owner}/{repo}/git/trees": { ...WRITE, handle: createTree },
  "GET /repos/{owner}/{repo}/git/trees/{tree_sha}": { ...READ, handle: getTree },
  "POST /repos/{owner}/{repo}/git/commits": { ...WRITE, handle: createCommit },
  "POST /repos/{owner}/{repo}/git/tags": { ...WRITE, handle: createTag },
} satisfies OperationTable;
