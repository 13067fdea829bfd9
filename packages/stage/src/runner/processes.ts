/**
 * One process of a step: started in a group of its own, its output read line by line, ended in time
 * or on demand. Knows nothing of workflows.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

/** How long a cancelled process may take to answer each signal. */
export interface Patience {
  readonly interruptMs: number;
  readonly terminateMs: number;
}

/** A runner's patience when a run is cancelled (actions/runner, ProcessInvoker.cs). */
export const RUNNER_PATIENCE: Patience = { interruptMs: 7_500, terminateMs: 2_500 };

/** The runner's order at a rehearsal's pace: whatever is cancelled is gone within five seconds. */
export const REHEARSAL_PATIENCE: Patience = { interruptMs: 2_000, terminateMs: 1_000 };

/** A runner waits so long for output that outlives its process (ProcessInvoker.cs). */
const STREAM_PATIENCE_MS = 5_000;

/** A line without an end must not fill the memory; what is longer becomes several. */
const MAX_LINE_CHARS = 1024 * 1024;

export interface ProcessOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly patience: Patience;
  /** Cancels: SIGINT, then SIGTERM, then SIGKILL to the whole group. */
  readonly signal?: AbortSignal;
  /** SIGKILL at once after so long. */
  readonly timeoutMs?: number;
  /** Whether what the process leaves running is ended with it. */
  readonly killsGroupAtExit: boolean;
  readonly onLine?: (line: string) => void;
  /** A fourth descriptor, to be read by the caller. */
  readonly extraPipe?: boolean;
}

export interface ProcessEnd {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
  readonly cancelled: boolean;
  readonly durationMs: number;
}

export interface RunningProcess {
  readonly child: ChildProcess;
  /** @throws Error when there is no such program */
  readonly ended: Promise<ProcessEnd>;
  /** SIGKILL to the process and whatever it started; nothing happens when all of it is gone. */
  kill(): void;
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // No such process: what was to be killed has ended.
  }
}

/** Splits at line feeds and carriage returns, as .NET's StreamReader does for the runner. */
function readLines(stream: Readable, onLine: (line: string) => void): void {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  const take = (text: string): void => {
    // A carriage return at the very end may be the first half of a line's end.
    const isOpen = text.endsWith("\r");
    const lines = (rest + (isOpen ? text.slice(0, -1) : text)).split(/\r\n|\n|\r/);
    rest = (lines.pop() ?? "") + (isOpen ? "\r" : "");
    for (const line of lines) onLine(line);
    for (; rest.length > MAX_LINE_CHARS; rest = rest.slice(MAX_LINE_CHARS)) {
      onLine(rest.slice(0, MAX_LINE_CHARS));
    }
  };
  stream.on("data", (chunk: Buffer) => {
    take(decoder.write(chunk));
  });
  stream.on("close", () => {
    const last = (rest + decoder.end()).replace(/\r$/, "");
    rest = "";
    if (last !== "") onLine(last);
  });
}

/** Starts it. What it prints reaches `onLine`, or stays for the caller to read from `child`. */
export function startProcess(options: ProcessOptions): RunningProcess {
  const startedAt = performance.now();
  const child = spawn(options.program, options.args, {
    cwd: options.cwd,
    env: { ...options.env },
    stdio: ["ignore", "pipe", "pipe", ...(options.extraPipe === true ? (["pipe"] as const) : [])],
    detached: true,
  });
  const timers: NodeJS.Timeout[] = [];
  const later = (delayMs: number, act: () => void): void => {
    timers.push(setTimeout(act, delayMs));
  };
  let timedOut = false;
  let cancelled = false;
  let durationMs = 0;

  const cancel = (): void => {
    cancelled = true;
    const { interruptMs, terminateMs } = options.patience;
    child.kill("SIGINT");
    later(interruptMs, () => child.kill("SIGTERM"));
    later(interruptMs + terminateMs, () => killGroup(child));
  };
  if (options.timeoutMs !== undefined) {
    later(options.timeoutMs, () => {
      timedOut = true;
      killGroup(child);
    });
  }
  options.signal?.addEventListener("abort", cancel);
  if (options.signal?.aborted === true) cancel();

  const { onLine, signal } = options;
  if (onLine !== undefined) {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) readLines(stream, onLine);
    }
  }
  child.once("exit", () => {
    durationMs = performance.now() - startedAt;
    if (options.killsGroupAtExit || cancelled || timedOut) killGroup(child);
    later(STREAM_PATIENCE_MS, () => {
      for (const stream of child.stdio) stream?.destroy();
    });
  });
  const end = async (): Promise<ProcessEnd> => {
    try {
      await once(child, "close");
    } finally {
      for (const timer of timers) clearTimeout(timer);
      signal?.removeEventListener("abort", cancel);
    }
    return { exitCode: child.exitCode, signal: child.signalCode, timedOut, cancelled, durationMs };
  };
  return { child, ended: end(), kill: () => killGroup(child) };
}

/** Where Linux tells the environment of processes. */
const PROC = "/proc";

async function trackedProcesses(mark: string): Promise<readonly number[]> {
  const names = await readdir(PROC).catch(() => []);
  const found = await Promise.all(
    names
      .filter((name) => /^\d+$/.test(name))
      .map(async (name) => {
        // Another user's process, or one that has just ended, is none of ours.
        const environment = await readFile(`${PROC}/${name}/environ`, "utf8").catch(() => "");
        return environment.split("\0").includes(mark) ? [Number(name)] : [];
      }),
  );
  return found.flat();
}

/** Rounds of looking for processes that were started while their parents were being ended. */
const MAX_ROUNDS = 20;

/**
 * Ends every process that carries the variable, wherever it has moved to, as a runner cleans up
 * orphans by RUNNER_TRACKING_ID. Returns their ids. Does nothing where there is no /proc.
 */
export async function killTracked(name: string, value: string): Promise<readonly number[]> {
  const killed = new Set<number>();
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const alive = await trackedProcesses(`${name}=${value}`);
    if (alive.length === 0) break;
    for (const pid of alive) {
      try {
        process.kill(pid, "SIGKILL");
        killed.add(pid);
      } catch {
        // It ended by itself.
      }
    }
  }
  return [...killed];
}
