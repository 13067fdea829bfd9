/**
 * Builds the bundles a second time, as somebody else would: from the files that are or would be
 * committed, in a folder of another depth, with dependencies installed from the lock file.
 */
import { existsSync } from "node:fs";
import { cp, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { runProgram } from "./run-program.ts";

const LIST_TIMEOUT_MS = 30_000;
const INSTALL_TIMEOUT_MS = 300_000;
const BUNDLE_TIMEOUT_MS = 300_000;

export type BuiltElsewhere =
  | { readonly root: string; readonly fault?: never }
  | { readonly root?: never; readonly fault: string };

/** Leaves the built tree below `folder`, for the caller to compare and to remove. */
export async function bundleElsewhere(root: string, folder: string): Promise<BuiltElsewhere> {
  const copy = join(folder, "not/as/deep/as/there");
  const files = await committable(root);
  if (files === undefined) return { fault: "git could not list the files of this repository" };
  for (const file of files) {
    await mkdir(dirname(join(copy, file)), { recursive: true });
    await cp(join(root, file), join(copy, file), { verbatimSymlinks: true });
  }
  const installed = await install(copy);
  if (installed.code !== 0) return { fault: `pnpm install failed elsewhere:\n${installed.output}` };
  const script = join(copy, "packages/repo-tools/src/bundle.ts");
  const built = await runProgram(process.execPath, ["--conditions=source", script], {
    cwd: copy,
    timeoutMs: BUNDLE_TIMEOUT_MS,
  });
  return built.code === 0
    ? { root: copy }
    : { fault: `pnpm bundle failed elsewhere:\n${built.output}` };
}

async function committable(root: string): Promise<readonly string[] | undefined> {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const listed = await runProgram("git", args, { cwd: root, timeoutMs: LIST_TIMEOUT_MS });
  if (listed.code !== 0) return undefined;
  // A bundle that is committed must not help to build itself. A deleted file is still listed.
  return [...new Set(listed.stdout.split("\0"))].filter(
    (file) => file !== "" && !/^actions\/[^/]+\/dist\//.test(file) && existsSync(join(root, file)),
  );
}

/** From the store alone where that is enough; the store may lack what the policy check wants. */
async function install(folder: string): ReturnType<typeof runProgram> {
  const args = ["install", "--frozen-lockfile", "--ignore-scripts"];
  const settings = {
    cwd: folder,
    env: { ...process.env, CI: "true" },
    timeoutMs: INSTALL_TIMEOUT_MS,
  };
  const offline = await runProgram("pnpm", [...args, "--offline"], settings);
  if (offline.code === 0) return offline;
  return runProgram("pnpm", [...args, "--prefer-offline"], settings);
}
