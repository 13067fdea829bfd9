/** Why a bundle must not be committed: pure checks over its files and its list of modules. */
import type { BundledModule, BundledPackage } from "./bundled-packages.ts";
import type { FileTree } from "./file-tree.ts";

export interface Bundle {
  readonly files: FileTree;
  readonly modules: readonly BundledModule[];
  /** Imported, and nowhere to be found. */
  readonly missing: readonly string[];
  readonly packages: readonly BundledPackage[];
}

export interface BundleRules {
  /** `bundleBudget` of the action's package.json, in bytes of JavaScript. */
  readonly budget: number | undefined;
  /** Paths of the building machine that must not be found inside. */
  readonly localPaths: readonly string[];
}

/** How many modules are named when a bundle is too large. */
const LARGEST_SHOWN = 15;

/**
 * What webpack leaves in place of a module it did not find. Such a bundle starts, and fails only
 * where that module is needed (foundry-rs/foundry-toolchain#120).
 */
const STUB = /webpackMissingModule|Cannot find module '[^'\n]*'/g;

export function isJavaScript(path: string): boolean {
  return /\.[cm]?js$/.test(path);
}

/** Bytes of JavaScript. */
export function sizeOf(files: FileTree): number {
  return [...files]
    .filter(([path]) => isJavaScript(path))
    .reduce((sum, [, content]) => sum + content.length, 0);
}

/** Everything that is wrong, at once. */
export function bundleFaults(bundle: Bundle, rules: BundleRules): readonly string[] {
  return [
    ...bundle.missing.map((name) => `"${name}" is imported and was not found`),
    ...[...bundle.files].flatMap(([path, content]) => textFaults(path, content, rules)),
    ...budgetFaults(bundle, rules),
    ...bundle.packages
      .filter(({ licence }) => licence === undefined)
      .map(({ name, version }) => `${name} ${version} is inside and declares no licence`),
  ];
}

function textFaults(path: string, content: Buffer, rules: BundleRules): readonly string[] {
  const text = content.toString("utf8");
  const stubs = new Set([...text.matchAll(STUB)].map(([stub]) => stub));
  return [
    ...[...stubs].map((stub) => `${path} holds the stub of a missing module: ${stub}`),
    ...rules.localPaths
      .filter((local) => text.includes(local))
      .map((local) => `${path} holds a path of this machine: ${local}`),
  ];
}

function budgetFaults(bundle: Bundle, { budget }: BundleRules): readonly string[] {
  const size = sizeOf(bundle.files);
  if (budget === undefined) {
    return [`package.json declares no "bundleBudget" (the bundle has ${size} bytes)`];
  }
  if (size <= budget) return [];
  const largest = bundle.modules.toSorted((a, b) => b.bytes - a.bytes).slice(0, LARGEST_SHOWN);
  return [
    [
      `${size} bytes are over the "bundleBudget" of ${budget}; the largest modules:`,
      ...largest.map(({ file, bytes }) => `    ${String(bytes).padStart(8)}  ${shortPath(file)}`),
    ].join("\n"),
  ];
}

/** From the package's name on; the virtual store in front of it says nothing to a reader. */
function shortPath(file: string): string {
  return file.split(/[\\/]node_modules[\\/]/).at(-1) ?? file;
}
