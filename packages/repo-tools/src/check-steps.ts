/** Runs checks one after the other and says, for each, one line; the whole output where one failed. */
import { runProgram } from "./run-program.ts";

export interface CheckStep {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  /** What the output says that is worth a line although the check passed. */
  readonly remark?: RegExp;
}

export interface CheckOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
  readonly print: (text: string) => void;
}

/** Runs all of them, whatever the first ones say. @returns the names of those that failed. */
export async function runChecks(
  steps: readonly CheckStep[],
  { print, ...options }: CheckOptions,
): Promise<readonly string[]> {
  const width = Math.max(...steps.map(({ name }) => name.length));
  const failed: string[] = [];
  for (const { name, file, args, remark } of steps) {
    const startedAt = performance.now();
    const { code, output } = await runProgram(file, args, options);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1).padStart(6);
    print(`${name.padEnd(width)}  ${code === 0 ? "passed" : "FAILED"} ${seconds} s\n`);
    if (code !== 0) {
      failed.push(name);
      print(`${output.replaceAll(/^(?=.)/gm, "    ").trimEnd()}\n`);
    } else if (remark !== undefined) {
      const remarks = output.split("\n").filter((line) => remark.test(line));
      for (const line of remarks) print(`    ${line}\n`);
    }
  }
  print(`\nchecks: ${steps.length - failed.length} passed, ${failed.length} failed\n`);
  if (failed.length > 0) print(`failed: ${failed.join(", ")}\n`);
  return failed;
}
