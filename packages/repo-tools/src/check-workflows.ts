/**
 * Judges the workflows of this repository: by our own rules always, and by actionlint and zizmor
 * where they are there (`pnpm referees`).
 *
 *   pnpm check:workflows [--require-referees]
 */
import { existsSync, globSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { refereePath } from "./referee-tools.ts";
import { runProgram } from "./run-program.ts";
import { workflowFaults } from "./workflow-rules.ts";

const FOLDER = ".github/workflows";
const REFEREE_TIMEOUT_MS = 60_000;

/** How each referee is asked, about these workflow files. Both fail by their exit code. */
function refereesOf(workflows: readonly string[]): Readonly<Record<string, readonly string[]>> {
  return {
    actionlint: ["-no-color", ...workflows],
    zizmor: [
      "--offline",
      "--persona=pedantic",
      "--no-progress",
      "--color=never",
      ...workflows,
      "actions",
    ],
  };
}

const { values: options } = parseArgs({
  options: { "require-referees": { type: "boolean", default: false } },
});
const root = process.cwd();

const files = (await readdir(join(root, FOLDER)))
  .filter((name) => /\.ya?ml$/.test(name))
  .toSorted();
let isGood = files.length > 0;
if (!isGood) print(`${FOLDER} holds no workflow`);
for (const name of files) {
  const faults = workflowFaults(await readFile(join(root, FOLDER, name), "utf8"), {
    exists: (path) => existsSync(join(root, path)),
  });
  for (const { line, message } of faults) print(`${FOLDER}/${name}:${line}: ${message}`);
  if (faults.length > 0) isGood = false;
}
print(`own rules: ${files.length} workflows`);
// The examples are what people copy: the referees judge them, too. How they pin is theirs to say.
const examples = globSync("examples/*/.github/workflows/*.yml", { cwd: root });
const workflows = [...files.map((name) => `${FOLDER}/${name}`), ...examples.toSorted()];
for (const [name, args] of Object.entries(refereesOf(workflows))) {
  if (!(await judgedBy(name, args))) isGood = false;
}
process.exitCode = isGood ? 0 : 1;

async function judgedBy(name: string, args: readonly string[]): Promise<boolean> {
  const program = refereePath(root, name);
  if (!existsSync(program)) {
    print(`${name}: not asked, it is not here; \`pnpm referees --only ${name}\` fetches it`);
    return !options["require-referees"];
  }
  const { code, output } = await runProgram(program, args, {
    cwd: root,
    timeoutMs: REFEREE_TIMEOUT_MS,
  });
  if (code !== 0) print(output);
  print(`${name}: ${code === 0 ? "nothing to say" : "not content"}`);
  return code === 0;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
