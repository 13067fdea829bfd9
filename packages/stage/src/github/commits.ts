import { patchesOf } from "../git-objects.ts";
/** Commits: as git objects, and as GitHub lists them with what they changed. */
import type { ChangedFile, CommitData, Signature } from "../git-repository.ts";
import { renderUser } from "./accounts.ts";
import { notFound, repositoryIsEmpty, unprocessable } from "./errors.ts";
import { type Call, nodeId, type OperationTable, type Reply } from "./operation.ts";
import { apiUrlOf, htmlUrlOf } from "./repositories.ts";
import { formatDate, verificationOf } from "./signing.ts";

function renderSignature({ name, email, seconds }: Signature): object {
  return { name, email, date: formatDate(seconds) };
}

/** The commit as a git object. */
export function renderGitCommit(call: Call, commit: CommitData): object {
  return {
    sha: commit.sha,
    node_id: nodeId("Commit", call.repository.id, commit.sha),
    url: apiUrlOf(call, `/git/commits/${commit.sha}`),
    html_url: htmlUrlOf(call, `/commit/${commit.sha}`),
    author: renderSignature(commit.author),
    committer: renderSignature(commit.committer),
    tree: { sha: commit.tree, url: apiUrlOf(call, `/git/trees/${commit.tree}`) },
    message: commit.message,
    parents: commit.parents.map((sha) => ({
      sha,
      url: apiUrlOf(call, `/git/commits/${sha}`),
      html_url: htmlUrlOf(call, `/commit/${sha}`),
    })),
    verification: verificationOf(commit),
  };
}

/** The account with the address, as a commit shows it; null when nobody has it. */
function accountOf(call: Call, { email }: Signature): object | null {
  const account = call.repository.accounts.userByEmail(email);
  return account === undefined ? null : renderUser(call.addresses, account);
}

/** The commit as GitHub lists it. */
export function renderCommit(call: Call, commit: CommitData): object {
  const url = apiUrlOf(call, `/commits/${commit.sha}`);
  return {
    sha: commit.sha,
    node_id: nodeId("Commit", call.repository.id, commit.sha),
    commit: {
      author: renderSignature(commit.author),
      committer: renderSignature(commit.committer),
      message: commit.message,
      tree: { sha: commit.tree, url: apiUrlOf(call, `/git/trees/${commit.tree}`) },
      url: apiUrlOf(call, `/git/commits/${commit.sha}`),
      comment_count: 0,
      verification: verificationOf(commit),
    },
    url,
    html_url: htmlUrlOf(call, `/commit/${commit.sha}`),
    comments_url: `${url}/comments`,
    author: accountOf(call, commit.author),
    committer: accountOf(call, commit.committer),
    parents: commit.parents.map((sha) => ({
      sha,
      url: apiUrlOf(call, `/commits/${sha}`),
      html_url: htmlUrlOf(call, `/commit/${sha}`),
    })),
  };
}

/** The changed files from one commit (or nothing) to another, each with its patch. */
export async function renderChanges(
  call: Call,
  from: string | undefined,
  to: string,
  files: readonly ChangedFile[],
): Promise<readonly object[]> {
  const patches = await patchesOf(call.repository.git, from, to, files);
  return files.map((file, index) => renderFile(call, to, file, patches[index]));
}

function renderFile(
  call: Call,
  commit: string,
  file: ChangedFile,
  patch: string | undefined,
): object {
  const path = file.path.split("/").map(encodeURIComponent).join("/");
  return {
    sha: file.sha,
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: htmlUrlOf(call, `/blob/${commit}/${path}`),
    raw_url: htmlUrlOf(call, `/raw/${commit}/${path}`),
    contents_url: apiUrlOf(call, `/contents/${path}?ref=${commit}`),
    ...(patch === undefined ? {} : { patch }),
    ...(file.previousPath === undefined ? {} : { previous_filename: file.previousPath }),
  };
}

/**
 * The commit a client means: a branch, a tag, `heads/…`, `tags/…`, a full ref, or a commit id,
 * whole or abbreviated. Any commit of the store will do, on a branch or not, as GitHub has it.
 */
export async function resolveCommit(call: Call, name: string): Promise<string | undefined> {
  const refs = await call.refs();
  for (const ref of [name, `refs/${name}`, `refs/heads/${name}`, `refs/tags/${name}`]) {
    const sha = refs.get(ref);
    if (sha !== undefined) return call.repository.git.peelToCommit(sha);
  }
  return call.repository.git.peelToCommit(name);
}

async function getGitCommit(call: Call): Promise<Reply> {
  const { git } = call.repository;
  const sha = call.params["commit_sha"] ?? "";
  // An id, and of a commit: a tag object's is not followed here.
  if ((await git.typeOf(sha)) !== "commit") throw notFound();
  const [commit] = await git.commits([sha]);
  if (commit === undefined) throw notFound();
  return { status: 200, body: renderGitCommit(call, commit) };
}

async function getCommit(call: Call): Promise<Reply> {
  const { git } = call.repository;
  if ((await call.refs()).size === 0) throw repositoryIsEmpty();
  const name = call.params["ref"] ?? "";
  const sha = await resolveCommit(call, name);
  if (sha === undefined) throw unprocessable(`No commit found for SHA: ${name}`);
  if (/application\/vnd\.github(?:\.v3)?\.sha/.test(call.accept)) {
    const headers = { "content-type": "application/vnd.github.sha; charset=utf-8" };
    return { status: 200, body: sha, headers };
  }
  const [commit] = await git.commits([sha]);
  if (commit === undefined) throw notFound();
  const files = await git.changes(commit.parents[0], sha);
  const additions = files.reduce((sum, file) => sum + file.additions, 0);
  const deletions = files.reduce((sum, file) => sum + file.deletions, 0);
  return {
    status: 200,
    body: {
      ...renderCommit(call, commit),
      stats: { total: additions + deletions, additions, deletions },
      files: await renderChanges(call, commit.parents[0], sha, files),
    },
  };
}

export const commitOperations = {
  "GET /repos/{owner}/{repo}/git/commits/{commit_sha}": {
    permission: "contents",
    level: "read",
    handle: getGitCommit,
  },
  "GET /repos/{owner}/{repo}/commits/{ref}": {
    permission: "contents",
    level: "read",
    handle: getCommit,
  },
} satisfies OperationTable;
