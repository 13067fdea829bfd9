/**
 * Starts a program and waits for its end: an array of arguments, no shell, bounded in time. Owns
 * what our tools must do alike when they start others; knows nothing of what they start.
 */
import { spawn } from "node:child_process";
import process from "node:process";

export interface RunOptions {
  readonly cwd?: string;
  /** Complete environment of the program. Without it the program gets ours. */
  readonly env?: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
}

export interface RunResult {
  /** Undefined where the program could not be started or was stopped. */
  readonly code: number | undefined;
  /** Both streams, as they came; a line about it at the end where there is no code. */
  readonly output: string;
  readonly stdout: string;
}

/** Never rejects: that a program is missing or fails is an answer. */
export async function runProgram(
  file: string,
  args: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  const chunks: Buffer[] = [];
  const stdout: Buffer[] = [];
  const fault = await new Promise<number | string>((resolve) => {
    const child = spawn(file, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: options.timeoutMs,
      killSignal: "SIGKILL",
    });
    child.stdout.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      stdout.push(chunk);
    });
    child.stderr.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
    });
    child.once("exit", (_, signal) => {
      if (signal === null) return;
      // Programs that the stopped one has started may live on and hold its ends of the pipes.
      child.stdout.destroy();
      child.stderr.destroy();
    });
    child.once("error", (error) => {
      resolve(`${file} could not be started: ${error.message}`);
    });
    child.once("close", (code, signal) => {
      resolve(code ?? `${file} was stopped by ${signal} (limit ${options.timeoutMs / 1000} s)`);
    });
  });
  const output = Buffer.concat(chunks).toString("utf8");
  return {
    code: typeof fault === "number" ? fault : undefined,
    output: typeof fault === "number" ? output : `${output}${fault}\n`,
    stdout: Buffer.concat(stdout).toString("utf8"),
  };
}
