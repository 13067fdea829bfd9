/**
 * Everything a change is judged by, in one command. CI runs the same.
 *
 *   pnpm check             what is quick
 *   pnpm check --slow      also builds the bundles elsewhere, and insists on actionlint and zizmor
 *   pnpm check --no-test   without the tests, for whoever has run them already
 */
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { type CheckStep, runChecks } from "./check-steps.ts";

/** Of the slowest check, with room for a machine that does other things too. */
const STEP_TIMEOUT_MS = 900_000;

const { values: options } = parseArgs({
  allowNegative: true,
  options: { slow: { type: "boolean", default: false }, test: { type: "boolean", default: true } },
});

const root = process.cwd();
const bin = join(root, "node_modules/.bin");

function tool(name: string, command: string, ...args: readonly string[]): CheckStep {
  return { name, file: join(bin, command), args };
}

function script(name: string, file: string, ...args: readonly string[]): CheckStep {
  const path = join("packages/repo-tools/src", file);
  return { name, file: process.execPath, args: ["--conditions=source", path, ...args] };
}

const steps: readonly CheckStep[] = [
  tool("format", "oxfmt", "--check"),
  tool("lint", "oxlint", "--type-aware", "--deny-warnings"),
  tool("types", "tsc", "-p", "tsconfig.json"),
  script("generated files", "gen.ts", "--check"),
  script("bundles", "bundle.ts", "--check", ...(options.slow ? ["--elsewhere"] : [])),
  tool("unused", "knip"),
  {
    ...script("workflows", "check-workflows.ts", ...(options.slow ? ["--require-referees"] : [])),
    remark: /not asked/,
  },
  ...(options.test ? [tool("tests", "vitest", "run")] : []),
];

const failed = await runChecks(steps, {
  cwd: root,
  // The tools' own first line asks for `node`; it must be the one that runs this.
  env: { ...process.env, PATH: `${bin}:${process.env["PATH"] ?? ""}` },
  timeoutMs: STEP_TIMEOUT_MS,
  print: (text) => process.stdout.write(text),
});
process.exitCode = failed.length === 0 ? 0 : 1;
