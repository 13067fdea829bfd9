/**
 * Runs ncc once, in a thread of its own: ncc keeps state between two calls, and a bundle must not
 * depend on which others were built before it.
 */
import { join } from "node:path";
import process from "node:process";
import { parentPort, workerData } from "node:worker_threads";
import ncc, { type NccModule } from "@vercel/ncc";
import type { BundledModule } from "./bundled-packages.ts";

export interface ThreadAnswer {
  readonly files: readonly (readonly [string, Uint8Array])[];
  readonly modules: readonly BundledModule[];
  /** What was imported and not found; ncc puts a stub in its place and says nothing. */
  readonly missing: readonly string[];
}

const STUB = "@@notfound.js";

async function runNcc(actionFolder: string): Promise<ThreadAnswer> {
  const { code, assets, stats } = await ncc(join(actionFolder, "lib/main.js"), {
    cache: false,
    esm: true,
    filename: "index.js",
    filterAssetBase: process.cwd(),
    minify: false,
    quiet: true,
    sourceMap: false,
  });
  const { modules } = stats.toJson({
    all: false,
    ids: true,
    modules: true,
    nestedModules: true,
    modulesSpace: Number.MAX_SAFE_INTEGER,
    nestedModulesSpace: Number.MAX_SAFE_INTEGER,
  });
  const found = modules.flatMap(flatten);
  return {
    files: [
      ["index.js", Buffer.from(code)],
      ...Object.entries(assets).map(([path, { source }]) => [path, Buffer.from(source)] as const),
    ],
    modules: found.flatMap(({ nameForCondition: file, size }) =>
      typeof file === "string" && !file.endsWith(STUB) ? [{ file, bytes: size }] : [],
    ),
    missing: found.flatMap(({ name }) => name?.split(`${STUB}?`).slice(1) ?? []),
  };
}

/** A concatenated module carries the name of its first file and the size of them all. */
function flatten(module: NccModule): readonly NccModule[] {
  return module.modules === undefined ? [module] : module.modules.flatMap(flatten);
}

parentPort?.postMessage(await runNcc(String(workerData)));
