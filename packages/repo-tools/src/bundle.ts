/**
 * Builds the bundles that run on GitHub's runners, from nothing: compiles, bundles each action with
 * ncc, lists the licences, and replaces `actions/<name>/dist`.
 *
 *   pnpm bundle                       writes
 *   pnpm bundle --check               writes nothing; fails if what is committed is not what is built
 *   pnpm bundle --check --elsewhere   also builds in another folder and expects the same bytes
 *   pnpm bundle --only <name,...>     these actions only
 */
import { mkdtemp, readdir, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { buildBundle } from "./build-bundle.ts";
import { bundleElsewhere } from "./bundle-elsewhere.ts";
import { type Bundle, bundleFaults, sizeOf } from "./bundle-faults.ts";
import { compareTrees, describeDifference, readTree, replaceTree } from "./file-tree.ts";
import { runProgram } from "./run-program.ts";

const COMPILE_TIMEOUT_MS = 120_000;

const { values: options } = parseArgs({
  options: {
    check: { type: "boolean", default: false },
    elsewhere: { type: "boolean", default: false },
    only: { type: "string" },
  },
});

const root = await realpath(process.cwd());
process.exitCode = (await main()) ? 0 : 1;

/** @returns whether all is well. */
async function main(): Promise<boolean> {
  const names = await actionNames();
  if (!(await compile(names))) return false;
  const bundles = new Map<string, Bundle>();
  const wrong: string[] = [];
  for (const name of names) {
    const startedAt = performance.now();
    const bundle = await buildBundle(join(root, "actions", name));
    bundles.set(name, bundle);
    const faults = await judge(name, bundle);
    wrong.push(...faults);
    const written = faults.length === 0 && !options.check && (await write(name, bundle));
    const verdict =
      faults.length > 0
        ? "not good"
        : options.check
          ? "as committed"
          : written
            ? "written"
            : "unchanged";
    print(
      `${name}: ${sizeOf(bundle.files)} bytes, ${bundle.packages.length} packages, ${seconds(startedAt)}: ${verdict}`,
    );
  }
  if (options.elsewhere) wrong.push(...(await bundlesDifferElsewhere(bundles)));
  for (const line of wrong) print(`\n${line}`);
  return wrong.length === 0;
}

async function actionNames(): Promise<readonly string[]> {
  const entries = await readdir(join(root, "actions"), { withFileTypes: true });
  const all = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const only = options.only?.split(",");
  const unknown = only?.filter((name) => !all.includes(name)) ?? [];
  if (unknown.length > 0) throw new Error(`there is no action ${unknown.join(", ")}`);
  return (only ?? all).toSorted();
}

/** Always from nothing, so that no output of an older source is bundled. */
async function compile(names: readonly string[]): Promise<boolean> {
  const manifest = fileURLToPath(import.meta.resolve("typescript/package.json"));
  const tsc = join(dirname(manifest), "bin/tsc");
  const projects = names.map((name) => join("actions", name));
  const result = await runProgram(process.execPath, [tsc, "--build", "--force", ...projects], {
    cwd: root,
    timeoutMs: COMPILE_TIMEOUT_MS,
  });
  if (result.code !== 0) print(result.output);
  return result.code === 0;
}

async function judge(name: string, bundle: Bundle): Promise<readonly string[]> {
  const faults = bundleFaults(bundle, {
    budget: await readBudget(name),
    localPaths: [root],
  }).map((fault) => `actions/${name}: ${fault}`);
  if (faults.length > 0 || !options.check) return faults;
  const differences = compareTrees(bundle.files, await readTree(distOf(name)));
  if (differences.length === 0) return [];
  return [
    [
      `actions/${name}/dist is not what the sources make:`,
      ...differences.map((difference) => `  ${describeDifference(difference)}`),
      "Run `pnpm bundle` and commit what it writes.",
    ].join("\n"),
  ];
}

async function readBudget(name: string): Promise<number | undefined> {
  const file = join(root, "actions", name, "package.json");
  const manifest: unknown = JSON.parse(await readFile(file, "utf8"));
  if (typeof manifest !== "object" || manifest === null || !("bundleBudget" in manifest)) {
    return undefined;
  }
  const budget = manifest.bundleBudget;
  return typeof budget === "number" && Number.isSafeInteger(budget) ? budget : undefined;
}

/** @returns whether anything had to be written. */
async function write(name: string, bundle: Bundle): Promise<boolean> {
  if (compareTrees(bundle.files, await readTree(distOf(name))).length === 0) return false;
  // Git ignores node_modules, and it is on the same file system.
  const workshop = join(root, "node_modules/.bundle", `${name}-${process.pid}`);
  await replaceTree(distOf(name), bundle.files, workshop);
  return true;
}

async function bundlesDifferElsewhere(
  bundles: ReadonlyMap<string, Bundle>,
): Promise<readonly string[]> {
  const startedAt = performance.now();
  const folder = await mkdtemp(join(tmpdir(), "auditable-release-elsewhere-"));
  try {
    const elsewhere = await bundleElsewhere(root, folder);
    if (elsewhere.fault !== undefined) return [elsewhere.fault];
    const faults: string[] = [];
    for (const [name, bundle] of bundles) {
      const rebuilt = await readTree(join(elsewhere.root, "actions", name, "dist"));
      const differences = compareTrees(bundle.files, rebuilt).map(describeDifference);
      if (differences.length > 0) {
        faults.push(
          [`actions/${name} is not reproducible; built elsewhere:`, ...differences].join("\n  "),
        );
      }
    }
    if (faults.length === 0) print(`elsewhere: the same bytes, ${seconds(startedAt)}`);
    return faults;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function distOf(name: string): string {
  return join(root, "actions", name, "dist");
}

function seconds(startedAt: number): string {
  return `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
