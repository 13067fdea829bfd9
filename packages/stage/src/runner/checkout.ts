/** What the stand-in of actions/checkout does: a repository of the stage, fetched into a folder. */
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import type { GithubHost } from "../github/host.ts";
import type { GitSettings } from "./egress.ts";
import { type Patience, startProcess } from "./processes.ts";
import { resolveCommit } from "./stored-actions.ts";

export interface CheckoutRequest {
  readonly host: GithubHost;
  readonly git: GitSettings;
  readonly environment: Readonly<Record<string, string>>;
  readonly repository: string;
  /** A branch, a tag, a full ref or an id; the default branch when empty. */
  readonly ref: string;
  /** The commit to be at, whatever the ref has become; empty when the ref decides. */
  readonly sha: string;
  readonly token: string;
  readonly folder: string;
  readonly workspace: string;
  /** 0 is everything. */
  readonly depth: number;
  readonly hasTags: boolean;
  readonly isCleaned: boolean;
  readonly keepsToken: boolean;
  readonly signal: AbortSignal;
  readonly patience: Patience;
  readonly onLine: (line: string) => void;
}

interface Target {
  readonly sha: string;
  /** Full name; undefined for a bare id. */
  readonly ref: string | undefined;
}

async function targetOf(request: CheckoutRequest): Promise<Target> {
  const { host, repository: slug, sha } = request;
  const repository = host.repository(slug);
  if (repository === undefined) throw new Error(`Not Found: the stage has no repository ${slug}`);
  const wanted = request.ref === "" ? repository.defaultBranch : request.ref;
  const refs = await repository.refs();
  const name = [`refs/heads/${wanted}`, `refs/tags/${wanted}`, wanted].find((it) => refs.has(it));
  const found = sha === "" ? (await resolveCommit(host, slug, wanted))?.sha : sha;
  if (found === undefined) {
    throw new Error(`A branch or tag with the name '${wanted}' could not be found`);
  }
  return { sha: found, ref: name };
}

async function git(
  request: Pick<CheckoutRequest, "environment" | "patience"> & {
    readonly signal?: AbortSignal;
    readonly onLine?: (line: string) => void;
  },
  folder: string,
  args: readonly string[],
): Promise<boolean> {
  const { signal, onLine } = request;
  const end = await startProcess({
    program: "git",
    args,
    cwd: folder,
    env: request.environment,
    patience: request.patience,
    killsGroupAtExit: true,
    onLine: onLine ?? (() => undefined),
    ...(signal === undefined ? {} : { signal }),
  }).ended;
  return end.exitCode === 0;
}

async function mustGit(request: CheckoutRequest, args: readonly string[]): Promise<void> {
  if (!(await git(request, request.folder, args))) {
    throw new Error(`The process 'git ${args[0] ?? ""}' failed`);
  }
}

async function emptyFolder(folder: string): Promise<void> {
  const names = await readdir(folder);
  await Promise.all(names.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}

/** The header that carries a token; under both addresses, since git looks at the one it connects to. */
function credentialKeys({ host, git: settings }: CheckoutRequest): readonly string[] {
  const mapped = settings
    .map(([key]) => /^url\.(?<base>http:.*)\.insteadOf$/i.exec(key)?.groups?.["base"])
    .filter((base) => base !== undefined);
  return [...new Set([`${host.serverUrl}/`, ...mapped])].map((base) => `http.${base}.extraheader`);
}

/**
 * Leaves the folder at the commit: on a branch of that name, or detached.
 * @throws Error with what people should read
 */
export async function checkOut(request: CheckoutRequest): Promise<{ sha: string; ref: string }> {
  const { folder, workspace, host, repository, depth } = request;
  const inside = relative(workspace, folder);
  if (inside.startsWith("..")) {
    throw new Error(`Repository path '${folder}' is not under '${workspace}'`);
  }
  if (!Number.isSafeInteger(depth) || depth < 0)
    throw new Error("fetch-depth must not be negative");
  const { sha, ref } = await targetOf(request);
  await mkdir(folder, { recursive: true });
  const isRepository = (await stat(join(folder, ".git")).catch(() => undefined)) !== undefined;
  if (!isRepository) {
    await emptyFolder(folder);
    await mustGit(request, ["-c", "init.defaultBranch=main", "init", "--quiet"]);
    await mustGit(request, ["remote", "add", "origin", `${host.serverUrl}/${repository}`]);
  } else if (request.isCleaned) {
    await mustGit(request, ["clean", "-ffdxq"]);
    await mustGit(request, ["reset", "--hard", "--quiet"]);
  }
  const basic = Buffer.from(`x-access-token:${request.token}`).toString("base64");
  const keys = credentialKeys(request);
  for (const key of keys) {
    await mustGit(request, ["config", "--local", key, `AUTHORIZATION: basic ${basic}`]);
  }
  const branch =
    ref?.startsWith("refs/heads/") === true ? ref.slice("refs/heads/".length) : undefined;
  const everything = ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"];
  const one =
    branch !== undefined
      ? `+${sha}:refs/remotes/origin/${branch}`
      : ref?.startsWith("refs/tags/") === true
        ? `+${sha}:${ref}`
        : `+${sha}`;
  const fetch = ["fetch", "--quiet", "--prune", "--no-recurse-submodules"];
  const tags = request.hasTags ? "--tags" : "--no-tags";
  if (depth > 0) await mustGit(request, [...fetch, tags, `--depth=${depth}`, "origin", one]);
  else {
    await mustGit(request, [...fetch, tags, "origin", ...everything]);
    // The branch may have moved since the run started, also away from its commit.
    await mustGit(request, ["fetch", "--quiet", "--no-tags", "origin", one]);
  }
  await mustGit(request, [
    "checkout",
    "--quiet",
    "--force",
    ...(branch === undefined ? ["--detach", sha] : ["-B", branch, `refs/remotes/origin/${branch}`]),
  ]);
  if (!request.keepsToken) {
    for (const key of keys) await mustGit(request, ["config", "--local", "--unset-all", key]);
  }
  request.onLine(`HEAD is now at ${sha}`);
  return { sha, ref: request.ref };
}

/** What the post step does: the token is not left for later steps' leftovers. */
export async function forgetCredentials(
  folder: string,
  environment: Readonly<Record<string, string>>,
  patience: Patience,
): Promise<void> {
  const request = { environment, patience };
  const isThere = (await stat(folder).catch(() => undefined))?.isDirectory() === true;
  if (!isThere) return;
  const keys: string[] = [];
  const onLine = (line: string): void => {
    keys.push(line);
  };
  const pattern = String.raw`^http\..*\.extraheader$`;
  await git({ ...request, onLine }, folder, [
    "config",
    "--local",
    "--name-only",
    "--get-regexp",
    pattern,
  ]);
  for (const key of new Set(keys)) {
    await git(request, folder, ["config", "--local", "--unset-all", key]);
  }
}
