/**
 * How long a bundle takes to start, as a multiple of what Node itself takes (DESIGN 8: within 2×).
 * Bundle and bare Node are started in turn, so that what else the machine does falls on both alike.
 *
 *   pnpm bench:startup [--runs <n>]
 *
 * The bundle is given no inputs and no environment: it loads, parses, reports what is missing and
 * ends. What it loads only on the way to its work is, rightly, not counted.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { describeSpread, spreadOf } from "./spread.ts";

const MAX_RUNS = 500;
const START_TIMEOUT_MS = 10_000;
const WARM_UPS = 2;

const { values: options } = parseArgs({ options: { runs: { type: "string", default: "20" } } });
const runs = Number(options.runs);
if (!Number.isInteger(runs) || runs < 1 || runs > MAX_RUNS) {
  throw new Error(`--runs is a number from 1 to ${MAX_RUNS}, got "${options.runs}"`);
}

const folder = await mkdtemp(join(tmpdir(), "auditable-release-bench-"));
try {
  const empty = join(folder, "empty.mjs");
  await writeFile(empty, "");
  process.stdout.write(`Node ${process.versions.node}, ${runs} pairs, median (min to max)\n`);
  for (const name of (await readdir("actions")).toSorted()) {
    const bundle = join("actions", name, "dist/index.js");
    if (existsSync(bundle)) measure(name, empty, bundle);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

function measure(name: string, empty: string, bundle: string): void {
  for (let run = 0; run < WARM_UPS; run += 1) [empty, bundle].forEach(startMs);
  const bare: number[] = [];
  const bundled: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    bare.push(startMs(empty));
    bundled.push(startMs(bundle));
  }
  const ratios = bundled.map((ms, run) => ms / (bare[run] ?? Number.NaN));
  process.stdout.write(
    [
      `${name}: ${describeSpread(spreadOf(ratios), 2)} times bare node`,
      `  bundle ${describeSpread(spreadOf(bundled), 1)} ms, bare ${describeSpread(spreadOf(bare), 1)} ms\n`,
    ].join("\n"),
  );
}

function startMs(file: string): number {
  const startedAt = performance.now();
  const { error, signal, stderr } = spawnSync(process.execPath, [file], {
    env: {},
    timeout: START_TIMEOUT_MS,
  });
  const ms = performance.now() - startedAt;
  if (error !== undefined || signal !== null) {
    throw new Error(`${file} did not run to its end: ${String(stderr)}`, { cause: error });
  }
  return ms;
}
