import { execFile } from "node:child_process";
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { parseRepoSlug, ParseError } from "@auditable-release/model";
import type { GithubHost, Repository } from "@auditable-release/stage";
import { UsageError } from "./arguments.ts";

const execute = promisify(execFile);

/** A folder that is no git clone is loaded file by file; a larger one is a mistake in the path. */
const MAX_FILES = 2000;
const MAX_FILE_BYTES = 1024 * 1024;

/** Never part of a repository. */
const LEFT_OUT = new Set([".git", "node_modules"]);

/** All files of a folder as text, by path with forward slashes. Links are not followed. */
export async function readFolder(
  folder: string,
  edit: (text: string) => string,
): Promise<Record<string, string>> {
  const files = await filesBelow(folder, "");
  if (files.length > MAX_FILES) {
    throw new UsageError(`${folder} holds more than ${MAX_FILES} files; make it a git repository`);
  }
  return Object.fromEntries(
    await Promise.all(
      files.map(async (file) => {
        const full = path.join(folder, file);
        const { size } = await stat(full);
        if (size > MAX_FILE_BYTES) {
          throw new UsageError(`${full} has ${size} bytes; make the folder a git repository`);
        }
        return [file, edit(await readFile(full, "utf8"))] as const;
      }),
    ),
  );
}

async function filesBelow(folder: string, prefix: string): Promise<string[]> {
  const entries = await readdir(path.join(folder, prefix), { withFileTypes: true });
  const found = await Promise.all(
    entries
      .filter(({ name }) => !LEFT_OUT.has(name))
      .map(async (entry) => {
        const name = path.posix.join(prefix, entry.name);
        if (entry.isDirectory()) return filesBelow(folder, name);
        return entry.isFile() ? [name] : [];
      }),
  );
  return found.flat();
}

/**
 * Loads any folder: of a git clone what is committed, with its branches and tags; of a plain folder
 * its files, as one commit.
 *
 * @throws UsageError where there is no such folder, or nothing is committed
 */
export async function loadFolder(host: GithubHost, folder: string): Promise<Repository> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() !== true) throw new UsageError(`--repo: there is no folder ${folder}`);
  const name = path.basename(path.resolve(folder));
  let slug: string;
  try {
    slug = parseRepoSlug(`octo/${name}`);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw new UsageError(`--repo: the folder's name cannot be a repository's: ${error.message}`);
  }
  const isClone = (await stat(path.join(folder, ".git")).catch(() => undefined)) !== undefined;
  if (isClone) return loadClone(host, slug, path.resolve(folder));
  const repository = await host.createRepository(slug);
  await repository.commit({
    branch: "main",
    message: `The files of ${name}`,
    files: await readFolder(folder, (text) => text),
  });
  return repository;
}

async function loadClone(host: GithubHost, slug: string, folder: string): Promise<Repository> {
  const branch = await checkedOutBranch(folder);
  const repository = await host.createRepository(slug, { defaultBranch: branch });
  const fetched = await repository.git.run([
    "fetch",
    "--quiet",
    "--no-auto-gc",
    folder,
    "+refs/heads/*:refs/heads/*",
    "+refs/tags/*:refs/tags/*",
  ]);
  const head = await repository.ref(`refs/heads/${branch}`);
  if (fetched.code !== 0 || head === undefined) {
    throw new UsageError(`--repo: git could not read ${folder}, or nothing is committed there`);
  }
  return repository;
}

/** The branch that is rehearsed as the default branch: the one that is checked out. */
async function checkedOutBranch(folder: string): Promise<string> {
  try {
    const { stdout } = await execute("git", ["-C", folder, "symbolic-ref", "--short", "HEAD"]);
    return stdout.trim();
  } catch (error) {
    throw new UsageError(`--repo: ${folder} has no branch checked out (${String(error)})`);
  }
}
