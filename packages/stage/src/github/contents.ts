/** Files and folders at a revision, and one file's change as a commit on a branch. */
import {
  editTree,
  entryAt,
  readBlob,
  readTree,
  type TreeEntry,
  treeOf,
  writeBlob,
} from "../git-objects.ts";
import { authorshipOf, commitAs } from "./authorship.ts";
import { recordIn, textIn } from "./body.ts";
import { renderGitCommit, resolveCommit } from "./commits.ts";
import { ApiError, notFound, unprocessable } from "./errors.ts";
import { bytesOfBase64, wrappedBase64 } from "./git-data.ts";
import { type Call, type OperationTable, type Reply } from "./operation.ts";
import { refusedUpdate, updateRef } from "./ref-updates.ts";
import { apiUrlOf, htmlUrlOf } from "./repositories.ts";

/** Beyond 1 MB the content is left out, beyond 100 MB the file is not served (GitHub's docs). */
const MAX_INLINE_BYTES = 1024 * 1024;
const MAX_FILE_BYTES = 100 * 1024 * 1024;

/** "An upper limit of 1,000 files for a directory" (docs.github.com, "Get repository content"). */
const MAX_FOLDER_ENTRIES = 1_000;

function encoded(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

function kindOf(entry: TreeEntry): "file" | "dir" | "symlink" | "submodule" {
  if (entry.mode === "040000") return "dir";
  if (entry.mode === "160000") return "submodule";
  return entry.mode === "120000" ? "symlink" : "file";
}

/** An entry without its content. A submodule in a listing is called a file, as GitHub has it. */
function renderEntry(call: Call, entry: TreeEntry, ref: string, isListed: boolean): object {
  const { path, sha } = entry;
  const kind = kindOf(entry);
  const self = `${apiUrlOf(call, `/contents/${encoded(path)}`)}?ref=${encodeURIComponent(ref)}`;
  const git =
    kind === "submodule"
      ? null
      : apiUrlOf(call, `/git/${kind === "dir" ? "trees" : "blobs"}/${sha}`);
  const page = kind === "dir" ? "tree" : "blob";
  const html =
    kind === "submodule"
      ? null
      : htmlUrlOf(call, `/${page}/${encodeURIComponent(ref)}/${encoded(path)}`);
  const download =
    kind === "dir" || kind === "submodule"
      ? null
      : htmlUrlOf(call, `/raw/${encodeURIComponent(ref)}/${encoded(path)}`);
  return {
    type: isListed && kind === "submodule" ? "file" : kind,
    name: path.slice(path.lastIndexOf("/") + 1),
    path,
    sha,
    size: entry.size ?? 0,
    url: self,
    html_url: html,
    git_url: git,
    download_url: download,
    _links: { self, git, html },
  };
}

async function renderContent(call: Call, entry: TreeEntry, ref: string): Promise<object> {
  const listed = renderEntry(call, entry, ref, false);
  const kind = kindOf(entry);
  if (kind === "submodule") {
    return { ...listed, submodule_git_url: htmlUrlOf(call, `/${entry.path}.git`) };
  }
  const content = await readBlob(call.repository.git, entry.sha);
  if (content === undefined) throw notFound();
  if (kind === "symlink") return { ...listed, target: content.toString("utf8") };
  const isInline = content.length <= MAX_INLINE_BYTES;
  return {
    ...listed,
    content: isInline ? wrappedBase64(content) : "",
    encoding: isInline ? "base64" : "none",
  };
}

async function getContent(call: Call): Promise<Reply> {
  const { repository } = call;
  const { git } = repository;
  const path = (call.params["path"] ?? "").replace(/^\/+|\/+$/g, "");
  const ref = call.query.get("ref") ?? repository.defaultBranch;
  if ((await call.refs()).size === 0) throw new ApiError(404, "This repository is empty.");
  const commit = await resolveCommit(call, ref);
  if (commit === undefined) throw new ApiError(404, `No commit found for the ref ${ref}`);
  const tree = (await treeOf(git, commit)) ?? "";
  const entry = path === "" ? undefined : await entryAt(git, tree, path);
  if (path !== "" && entry === undefined) throw notFound();
  const isRaw = /application\/vnd\.github(?:\.v3)?\.raw/.test(call.accept);
  if (entry === undefined || entry.type === "tree") {
    const inside = await readTree(git, entry?.sha ?? tree);
    const prefix = path === "" ? "" : `${path}/`;
    const shown = inside
      .slice(0, MAX_FOLDER_ENTRIES)
      .map((item) => renderEntry(call, { ...item, path: `${prefix}${item.path}` }, ref, true));
    return { status: 200, body: shown };
  }
  if ((entry.size ?? 0) > MAX_FILE_BYTES) {
    throw new ApiError(403, "This API returns blobs up to 100 MB in size.", {
      errors: [{ resource: "Blob", field: "data", code: "too_large" }],
    });
  }
  if (isRaw) {
    const content = await readBlob(git, entry.sha);
    if (content === undefined) throw notFound();
    const headers = { "content-type": "application/vnd.github.raw; charset=utf-8" };
    return { status: 200, body: content, headers };
  }
  return { status: 200, body: await renderContent(call, entry, ref) };
}

async function putContent(call: Call): Promise<Reply> {
  const { repository, body, caller } = call;
  const { git } = repository;
  const path = call.params["path"] ?? "";
  const content = bytesOfBase64(textIn(body, "content") ?? "");
  const branch = textIn(body, "branch") ?? repository.defaultBranch;
  if (path.split("/").some((part) => part === "" || /^\.{1,2}$|^\.git$/i.test(part))) {
    throw unprocessable("path contains a malformed path component");
  }
  return repository.exclusively(async () => {
    const ref = `refs/heads/${branch}`;
    const refs = await repository.refs();
    const before = refs.get(ref);
    // The first file of an empty repository makes its branch.
    if (before === undefined && refs.size > 0)
      throw new ApiError(404, `Branch ${branch} not found`);
    const base = before === undefined ? undefined : await treeOf(git, before);
    const present = base === undefined ? undefined : await entryAt(git, base, path);
    const sha = textIn(body, "sha");
    if (present !== undefined && sha === undefined) {
      throw unprocessable(`Invalid request.\n\n"sha" wasn't supplied.`);
    }
    if (sha !== undefined && sha !== present?.sha) {
      throw new ApiError(409, `${path} does not match ${sha}`);
    }
    const mode = present?.mode === "100755" ? "100755" : "100644";
    const blob = await writeBlob(git, content);
    const tree = await editTree(git, base, [{ path, entry: { mode, sha: blob } }]);
    const authorship = authorshipOf(call, recordIn(body, "author"), recordIn(body, "committer"));
    const after = await commitAs(call, authorship, {
      tree,
      parents: before === undefined ? [] : [before],
      message: textIn(body, "message") ?? "",
    });
    const outcome = await updateRef(repository, caller, { ref, before, after });
    if (outcome.is !== "done") throw refusedUpdate(outcome, 409);
    const [commit] = await git.commits([after]);
    const entry = await entryAt(git, tree, path);
    if (commit === undefined || entry === undefined) throw new Error(`${path} was not written`);
    return {
      status: present === undefined ? 201 : 200,
      body: {
        content: renderEntry(call, entry, branch, false),
        commit: renderGitCommit(call, commit),
      },
    };
  });
}

export const contentOperations = {
  "GET /repos/{owner}/{repo}/contents/{path}": {
    permission: "contents",
    level: "read",
    handle: getContent,
  },
  "PUT /repos/{owner}/{repo}/contents/{path}": {
    permission: "contents",
    level: "write",
    handle: putContent,
  },
} satisfies OperationTable;
