/**
 * Objects of a git store beyond commits on a line: blobs, trees edited by path, commits and tags
 * byte for byte, merges without a work tree, patches. Knows nothing of GitHub.
 */
import type { ChangedFile, GitRepository } from "./git-repository.ts";

const SHA = /^[0-9a-f]{40}$/;

/** A hunk text beyond this is left out (docs.github.com, "Limits for viewing content and diffs"). */
const MAX_PATCH_BYTES = 500 * 1024;

export interface TreeEntry {
  readonly path: string;
  readonly mode: string;
  readonly type: string;
  readonly sha: string;
  /** Of a blob. */
  readonly size: number | undefined;
}

/** Somebody at a moment, in the time zone they had. */
export interface Stamp {
  readonly name: string;
  readonly email: string;
  readonly seconds: number;
  /** `+0200` */
  readonly offset: string;
}

export interface CommitContent {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Stamp;
  readonly committer: Stamp;
  readonly message: string;
}

export interface TagContent {
  readonly object: string;
  readonly type: string;
  readonly tag: string;
  readonly tagger: Stamp;
  readonly message: string;
}

/** What stands at a path from now on; undefined: nothing. */
export interface TreeEdit {
  readonly path: string;
  readonly entry: { readonly mode: string; readonly sha: string } | undefined;
}

async function ask(
  git: GitRepository,
  args: readonly string[],
  input?: string | Buffer,
): Promise<string> {
  const result = await git.run(args, input);
  if (result.code !== 0) throw new Error(`git ${args.join(" ")}: ${result.stderr.trim()}`);
  return result.stdout.toString("utf8").trimEnd();
}

export async function writeBlob(git: GitRepository, content: string | Buffer): Promise<string> {
  return ask(git, ["hash-object", "-w", "--stdin"], content);
}

/** Undefined for what is no blob of the store. */
export async function readBlob(git: GitRepository, sha: string): Promise<Buffer | undefined> {
  if (!SHA.test(sha)) return undefined;
  const { code, stdout } = await git.run(["cat-file", "blob", sha]);
  return code === 0 ? stdout : undefined;
}

/** The tree an id, a commit's or a tree's, stands for. */
export async function treeOf(git: GitRepository, id: string): Promise<string | undefined> {
  if (!SHA.test(id)) return undefined;
  const { code, stdout } = await git.run(["rev-parse", "--quiet", "--verify", `${id}^{tree}`]);
  return code === 0 ? stdout.toString("utf8").trim() : undefined;
}

function parseTree(output: Buffer): readonly TreeEntry[] {
  return output
    .toString("utf8")
    .split("\0")
    .filter((record) => record !== "")
    .map((record) => {
      const tab = record.indexOf("\t");
      const [mode = "", type = "", sha = "", size = "-"] = record.slice(0, tab).split(/ +/);
      const bytes = size === "-" ? undefined : Number(size);
      return { path: record.slice(tab + 1), mode, type, sha, size: bytes };
    });
}

/** The entries of a tree in git's order, with everything below them when `recursive`. */
export async function readTree(
  git: GitRepository,
  tree: string,
  { recursive = false } = {},
): Promise<readonly TreeEntry[]> {
  const flags = recursive ? ["-r", "-t"] : [];
  const { code, stdout, stderr } = await git.run(["ls-tree", "-z", "-l", ...flags, tree]);
  if (code !== 0) throw new Error(`git ls-tree: ${stderr}`);
  return parseTree(stdout);
}

/** What stands at a path of a tree. */
export async function entryAt(
  git: GitRepository,
  tree: string,
  path: string,
): Promise<TreeEntry | undefined> {
  const { code, stdout } = await git.run([
    "--literal-pathspecs",
    "ls-tree",
    "-z",
    "-l",
    "--full-tree",
    tree,
    "--",
    path,
  ]);
  return code === 0 ? parseTree(stdout).find((entry) => entry.path === path) : undefined;
}

/**
 * Writes the tree with the edits over it, from nothing when `base` is undefined. A folder that
 * loses its last entry is gone with it.
 */
export async function editTree(
  git: GitRepository,
  base: string | undefined,
  edits: readonly TreeEdit[],
): Promise<string> {
  return (await editLevel(git, base, edits)) ?? ask(git, ["mktree", "-z"], "");
}

async function editLevel(
  git: GitRepository,
  base: string | undefined,
  edits: readonly TreeEdit[],
): Promise<string | undefined> {
  const entries = new Map<string, { readonly mode: string; readonly sha: string }>();
  for (const { path, mode, sha } of base === undefined ? [] : await readTree(git, base)) {
    entries.set(path, { mode, sha });
  }
  const below = new Map<string, TreeEdit[]>();
  for (const { path, entry } of edits) {
    const slash = path.indexOf("/");
    const name = slash < 0 ? path : path.slice(0, slash);
    if (slash < 0) {
      below.delete(name);
      if (entry === undefined) entries.delete(name);
      else entries.set(name, entry);
    } else {
      below.set(name, [...(below.get(name) ?? []), { path: path.slice(slash + 1), entry }]);
    }
  }
  for (const [name, inner] of below) {
    const folder = entries.get(name);
    const sha = await editLevel(git, folder?.mode === "040000" ? folder.sha : undefined, inner);
    if (sha !== undefined) entries.set(name, { mode: "040000", sha });
    else if (folder?.mode === "040000") entries.delete(name);
  }
  if (entries.size === 0) return undefined;
  const types = new Map([
    ["040000", "tree"],
    ["160000", "commit"],
  ]);
  const lines = [...entries].map(
    ([name, { mode, sha }]) => `${mode} ${types.get(mode) ?? "blob"} ${sha}\t${name}\0`,
  );
  return ask(git, ["mktree", "-z", "--missing"], lines.join(""));
}

function formatStamp({ name, email, seconds, offset }: Stamp): string {
  // What git cannot hold in a signature is left out, as git itself does.
  const clean = (text: string): string => text.replaceAll(/[<>\n\0]/g, "").trim();
  return `${clean(name)} <${clean(email)}> ${seconds} ${offset}`;
}

/** The commit as git hashes it, before it is signed. */
export function formatCommit(commit: CommitContent): string {
  return [
    `tree ${commit.tree}`,
    ...commit.parents.map((parent) => `parent ${parent}`),
    `author ${formatStamp(commit.author)}`,
    `committer ${formatStamp(commit.committer)}`,
    "",
    commit.message,
  ].join("\n");
}

/** Writes a commit, with a signature over its text when there is one. */
export async function writeCommit(
  git: GitRepository,
  text: string,
  signature: string | undefined,
): Promise<string> {
  const end = text.indexOf("\n\n");
  const signed =
    signature === undefined
      ? text
      : `${text.slice(0, end)}\ngpgsig ${signature.trimEnd().replaceAll("\n", "\n ")}${text.slice(end)}`;
  return ask(git, ["hash-object", "-t", "commit", "-w", "--stdin"], signed);
}

/** Writes an annotated tag object, its message as it is; its ref is another matter. */
export async function writeTagObject(git: GitRepository, tag: TagContent): Promise<string> {
  const text = [
    `object ${tag.object}`,
    `type ${tag.type}`,
    `tag ${tag.tag}`,
    `tagger ${formatStamp(tag.tagger)}`,
    "",
    tag.message,
  ].join("\n");
  return ask(git, ["hash-object", "-t", "tag", "-w", "--stdin"], text);
}

export async function isAncestor(
  git: GitRepository,
  ancestor: string,
  descendant: string,
): Promise<boolean> {
  return (await git.run(["merge-base", "--is-ancestor", ancestor, descendant])).code === 0;
}

/** The tree of merging one commit into the other; undefined when they conflict. */
export async function mergedTree(
  git: GitRepository,
  ours: string,
  theirs: string,
): Promise<string | undefined> {
  const { code, stdout, stderr } = await git.run(["merge-tree", "--write-tree", ours, theirs]);
  // 1 says conflict; unrelated histories and anything else are refusals of git.
  if (code > 1 || code < 0) throw new Error(`git merge-tree: ${stderr.trim()}`);
  return code === 0 ? stdout.toString("utf8").trim() : undefined;
}

/**
 * The tree of what `commit` changed, applied on `onto`; undefined when they conflict. Three
 * throw-away commits make git 2.38 take the commit's parent for the base.
 */
export async function pickedTree(
  git: GitRepository,
  onto: string,
  commit: { readonly tree: string; readonly parent: string },
): Promise<string | undefined> {
  const stamp = { name: "stage", email: "stage@example.invalid", seconds: 0, offset: "+0000" };
  const made = async (tree: string, parents: readonly string[]): Promise<string> =>
    writeCommit(
      git,
      formatCommit({ tree, parents, author: stamp, committer: stamp, message: "work\n" }),
      undefined,
    );
  const base = await made((await treeOf(git, commit.parent)) ?? "", []);
  const ours = await made((await treeOf(git, onto)) ?? "", [base]);
  return mergedTree(git, ours, await made(commit.tree, [base]));
}

/** The hunks of each changed file, in the order of `files`; undefined where there are none. */
export async function patchesOf(
  git: GitRepository,
  from: string | undefined,
  to: string,
  files: readonly ChangedFile[],
): Promise<readonly (string | undefined)[]> {
  const base = from ?? (await ask(git, ["hash-object", "-t", "tree", "-w", "--stdin"], ""));
  const output = await ask(git, ["diff-tree", "-r", "-M", "-p", "--no-ext-diff", base, to]);
  // Lines of content start with a sign or a blank, so only a header starts like this.
  const sections = `\n${output}`.split("\ndiff --git ").slice(1);
  let at = 0;
  return files.map(({ status }) => {
    const section = sections[at] ?? "";
    // A file that became another kind of entry is shown as removed and added.
    at += status === "changed" ? 2 : 1;
    const hunks = section.indexOf("\n@@ ");
    if (hunks < 0) return undefined;
    const patch = section.slice(hunks + 1);
    return Buffer.byteLength(patch) > MAX_PATCH_BYTES ? undefined : patch;
  });
}

/** What `to` reaches and none of the others does, parents first. */
export async function commitsOnlyIn(
  git: GitRepository,
  to: string,
  others: readonly string[],
): Promise<readonly string[]> {
  const input = [to, ...others.map((sha) => `^${sha}`), ""].join("\n");
  const lines = await ask(git, ["rev-list", "--topo-order", "--reverse", "--stdin"], input);
  return lines.split("\n").filter((line) => line !== "");
}
