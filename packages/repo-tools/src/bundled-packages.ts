/**
 * Which packages' code is inside a bundle, and under which licences. ncc's own list is wrong as soon
 * as a bundle has chunks: each chunk overwrites the file, and the last one wins.
 */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** A source file whose code is inside the bundle. */
export interface BundledModule {
  readonly file: string;
  readonly bytes: number;
}

export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX expression from package.json; undefined where none is declared. */
  readonly licence: string | undefined;
  /** The licence and notice files, in full. */
  readonly texts: readonly string[];
}

const LICENCE_FILE = /^(?:licen[cs]e|copying|notice)(?:[.-].*)?$/i;
const INSTALLED = /[\\/]node_modules[\\/]/;

/** The packages these modules come from, ours left out, sorted by name and version. */
export async function packagesOf(
  modules: readonly BundledModule[],
): Promise<readonly BundledPackage[]> {
  const folders = new Set<string>();
  for (const { file } of modules) {
    if (INSTALLED.test(file)) folders.add(await packageFolder(file));
  }
  const packages = await Promise.all([...folders].map(readPackage));
  // The same version can be installed twice, for two sets of peers.
  const byId = new Map(packages.map((found) => [`${found.name} ${found.version}`, found]));
  return [...byId].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, found]) => found);
}

interface Manifest {
  readonly name?: unknown;
  readonly version?: unknown;
  readonly license?: unknown;
}

async function readManifest(folder: string): Promise<Manifest | undefined> {
  const file = join(folder, "package.json");
  if (!existsSync(file)) return undefined;
  const manifest: unknown = JSON.parse(await readFile(file, "utf8"));
  return typeof manifest === "object" && manifest !== null ? manifest : undefined;
}

/** Packages hold further package.json files that only say "module"; those name no package. */
async function packageFolder(file: string): Promise<string> {
  let folder = dirname(file);
  while (INSTALLED.test(folder)) {
    const manifest = await readManifest(folder);
    if (typeof manifest?.name === "string" && typeof manifest.version === "string") return folder;
    folder = dirname(folder);
  }
  throw new Error(`no package.json with a name and a version above ${file}`);
}

async function readPackage(folder: string): Promise<BundledPackage> {
  const manifest = await readManifest(folder);
  const names = (await readdir(folder)).filter((name) => LICENCE_FILE.test(name)).toSorted();
  return {
    name: String(manifest?.name),
    version: String(manifest?.version),
    licence: typeof manifest?.license === "string" ? manifest.license : undefined,
    texts: await Promise.all(names.map((name) => readFile(join(folder, name), "utf8"))),
  };
}

/** The text of `licenses.txt`. */
export function formatLicences(packages: readonly BundledPackage[]): string {
  const rule = "=".repeat(80);
  const sections = packages.map(({ name, version, licence, texts }) =>
    [
      rule,
      `${name} ${version} (${licence})`,
      "",
      ...(texts.length > 0 ? texts : ["The package holds no licence file."]).map((text) =>
        text.replaceAll(/\r\n?/g, "\n").trim(),
      ),
      "",
    ].join("\n"),
  );
  return ["Licences of the packages whose code is inside this bundle.", "", ...sections].join("\n");
}
