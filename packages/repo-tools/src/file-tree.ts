/** A folder as data: its files by path. What two of them differ in is a pure question. */
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";

/** Contents by path inside the folder, with forward slashes. */
export type FileTree = ReadonlyMap<string, Buffer>;

export interface TreeDifference {
  readonly path: string;
  readonly kind: "missing" | "unexpected" | "different";
  /** First differing line of a text, counted from 1. */
  readonly line?: number;
}

/** The files below a folder; none where there is no folder. */
export async function readTree(folder: string): Promise<FileTree> {
  const tree = new Map<string, Buffer>();
  if (!existsSync(folder)) return tree;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue;
    const file = join(entry.parentPath, entry.name);
    tree.set(relative(folder, file).split(sep).join("/"), await readFile(file));
  }
  return tree;
}

/** What is wrong with `actual`, by path, in the order of the paths. */
export function compareTrees(expected: FileTree, actual: FileTree): readonly TreeDifference[] {
  const differences: TreeDifference[] = [];
  for (const path of new Set([...expected.keys(), ...actual.keys()])) {
    const [wanted, found] = [expected.get(path), actual.get(path)];
    if (wanted === undefined) differences.push({ path, kind: "unexpected" });
    else if (found === undefined) differences.push({ path, kind: "missing" });
    else if (!wanted.equals(found)) {
      differences.push({ path, kind: "different", line: firstDifferentLine(wanted, found) });
    }
  }
  return differences.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

function firstDifferentLine(a: Buffer, b: Buffer): number {
  const [left, right] = [a.toString("utf8").split("\n"), b.toString("utf8").split("\n")];
  const index = left.findIndex((line, at) => line !== right[at]);
  return (index === -1 ? left.length : index) + 1;
}

/** One line per difference, for people. */
export function describeDifference({ path, kind, line }: TreeDifference): string {
  switch (kind) {
    case "missing":
      return `${path} is missing`;
    case "unexpected":
      return `${path} is there, but is no longer made`;
    case "different":
      return `${path} differs from line ${line} on`;
  }
}

/**
 * Makes the folder hold exactly this tree. The new folder is complete before the old one is moved
 * away, so that whoever reads sees one of the two. `workshop` must be on the same file system.
 */
export async function replaceTree(folder: string, tree: FileTree, workshop: string): Promise<void> {
  const [fresh, stale] = [join(workshop, "fresh"), join(workshop, "stale")];
  await rm(workshop, { recursive: true, force: true });
  for (const [path, content] of tree) {
    await mkdir(dirname(join(fresh, path)), { recursive: true });
    await writeFile(join(fresh, path), content);
  }
  if (existsSync(folder)) await rename(folder, stale);
  await rename(fresh, folder);
  await rm(workshop, { recursive: true, force: true });
}
