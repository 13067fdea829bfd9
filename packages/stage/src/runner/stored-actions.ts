/** Files of the stage's repositories at a ref: what `uses:` finds there. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, rm } from "node:fs/promises";
import { posix } from "node:path";
import type { GitRepository } from "../git-repository.ts";
import type { GithubHost } from "../github/host.ts";
import type { Repository } from "../github/repository.ts";

/** A workflow or action file beyond this is none. */
const MAX_FILE_BYTES = 1024 * 1024;

/** A commit of a repository of the stage. */
export interface StoredCommit {
  readonly repository: Repository;
  readonly sha: string;
}

/** The commit that a branch, a tag, a full ref name or a full id names; branches before tags. */
export async function resolveCommit(
  host: GithubHost,
  slug: string,
  ref: string,
): Promise<StoredCommit | undefined> {
  const repository = host.repository(slug);
  if (repository === undefined) return undefined;
  const refs = await repository.refs();
  const names = [`refs/heads/${ref}`, `refs/tags/${ref}`, ref];
  const target = names.map((name) => refs.get(name)).find((found) => found !== undefined);
  const id = target ?? (/^[0-9a-f]{40}$/.test(ref) ? ref : undefined);
  const sha = id === undefined ? undefined : await repository.git.peelToCommit(id);
  return sha === undefined ? undefined : { repository, sha };
}

/** The path as git has it; undefined when it leaves the repository. */
export function pathInRepository(path: string): string | undefined {
  const normal = posix.normalize(path).replace(/^(?:\.?\/)+|\/+$/g, "");
  if (normal === "." || normal === "") return "";
  return normal.split("/").includes("..") ? undefined : normal;
}

/** The text of a file at a commit; undefined when there is none, or it is too large. */
export async function readStoredFile(
  git: GitRepository,
  sha: string,
  path: string,
): Promise<string | undefined> {
  const name = `${sha}:${path}`;
  const size = await git.run(["cat-file", "-s", name]);
  if (size.code !== 0 || Number(size.stdout.toString("utf8")) > MAX_FILE_BYTES) return undefined;
  const content = await git.run(["cat-file", "blob", name]);
  return content.code === 0 ? content.stdout.toString("utf8") : undefined;
}

/** The action's metadata file in a folder of a commit. */
export async function readStoredAction(
  { repository, sha }: StoredCommit,
  folder: string,
): Promise<{ readonly path: string; readonly text: string } | undefined> {
  for (const name of ["action.yml", "action.yaml"]) {
    const path = folder === "" ? name : `${folder}/${name}`;
    const text = await readStoredFile(repository.git, sha, path);
    if (text !== undefined) return { path, text };
  }
  return undefined;
}

/** Writes the whole tree of the commit to a folder. @throws Error when git or tar refuses */
export async function extractCommit(commit: StoredCommit, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { git, slug } = commit.repository;
  const refuse = (): never => {
    throw new Error(`${slug} at ${commit.sha} could not be unpacked`);
  };
  // A file between the two, since tar may stop reading before git has stopped writing.
  const archive = `${folder}.tar`;
  const packed = await git.run(["archive", "--format=tar", `--output=${archive}`, commit.sha]);
  if (packed.code !== 0) refuse();
  const tar = spawn("tar", ["-x", "-f", archive, "-C", folder], {
    env: { PATH: git.environment["PATH"] },
    stdio: "ignore",
  });
  await once(tar, "close");
  await rm(archive);
  if (tar.exitCode !== 0) refuse();
}
