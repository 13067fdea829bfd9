/** Files as they are in a commit, for what GitHub itself reads from a repository. */
import type { GitRepository } from "../git-repository.ts";

const SHA = /^[0-9a-f]{40}$/;

/** @throws Error for what is no commit id: git would take it for an option or a search */
function assertCommitId(commit: string): void {
  if (!SHA.test(commit)) throw new Error(`${JSON.stringify(commit)} is no commit id`);
}

/** The file's text; undefined where the commit has none of that path. */
export async function readCommitted(
  git: GitRepository,
  commit: string,
  path: string,
): Promise<string | undefined> {
  assertCommitId(commit);
  const { code, stdout } = await git.run(["cat-file", "blob", `${commit}:${path}`]);
  return code === 0 ? stdout.toString("utf8") : undefined;
}

/** Paths of what is right in the folder, in git's order; none where there is no such folder. */
export async function listCommitted(
  git: GitRepository,
  commit: string,
  folder: string,
): Promise<readonly string[]> {
  assertCommitId(commit);
  const { stdout } = await git.run(["ls-tree", "--name-only", "-z", commit, "--", `${folder}/`]);
  return stdout
    .toString("utf8")
    .split("\0")
    .filter((path) => path !== "");
}
