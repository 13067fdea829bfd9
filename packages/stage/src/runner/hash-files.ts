/** `hashFiles` and the file patterns of the stand-ins, over the workspace. */
import { createHash } from "node:crypto";
import { globSync, readFileSync, statSync } from "node:fs";
import { isAbsolute, join, relative, sep } from "node:path";

/** Files beyond this make a step fail rather than wait. */
const MAX_FILES = 100_000;

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** A folder stands for everything in it, as in `@actions/glob`. */
function expand(pattern: string): readonly string[] {
  return globSync([pattern, `${pattern.replace(/\/+$/, "")}/**`]).filter(isFile);
}

/**
 * The files that the patterns name below a folder, absolute and sorted. A pattern with `!` takes
 * away what came before it; `#` starts a comment.
 */
export function matchFiles(folder: string, patterns: readonly string[]): readonly string[] {
  const found = new Set<string>();
  const lines = patterns
    .flatMap((pattern) => pattern.split("\n"))
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  for (const line of lines) {
    const isExclusion = line.startsWith("!");
    const pattern = isExclusion ? line.slice(1).trim() : line;
    const absolute = isAbsolute(pattern) ? pattern : join(folder, pattern);
    for (const path of expand(absolute)) {
      if (isExclusion) found.delete(path);
      else found.add(path);
    }
    if (found.size > MAX_FILES) throw new Error(`more than ${MAX_FILES} files match ${line}`);
  }
  return [...found].toSorted();
}

/**
 * SHA-256 over the SHA-256 of each file, empty when nothing matches ("hashFiles": only files in
 * the workspace count).
 */
export function hashFiles(workspace: string, patterns: readonly string[]): string {
  const files = matchFiles(workspace, patterns).filter((path) => {
    const inside = relative(workspace, path);
    return inside !== "" && inside !== ".." && !inside.startsWith(`..${sep}`);
  });
  if (files.length === 0) return "";
  const all = createHash("sha256");
  for (const path of files) all.update(createHash("sha256").update(readFileSync(path)).digest());
  return all.digest("hex");
}
