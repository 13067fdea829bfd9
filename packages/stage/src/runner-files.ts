/**
 * The files an action talks to its runner with (GITHUB_OUTPUT, GITHUB_ENV, GITHUB_STATE,
 * GITHUB_PATH, GITHUB_STEP_SUMMARY), read as the runner reads them on Linux (actions/runner,
 * FileCommandManager.cs), its oddities included.
 */
import { constants } from "node:fs";
import { mkdir, open, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** CreateStepSummaryCommand.AttachmentSizeLimit of the runner. */
export const MAX_SUMMARY_BYTES = 1024 * 1024;

/** More than any run may keep of outputs (docs.github.com, "Workflow limits": 50 MB). */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** The files of one step, by the variable that names them. */
const STEP_FILES = [
  "GITHUB_ENV",
  "GITHUB_OUTPUT",
  "GITHUB_PATH",
  "GITHUB_STATE",
  "GITHUB_STEP_SUMMARY",
] as const;

type StepFile = (typeof STEP_FILES)[number];

export interface StepFileReadings {
  readonly output: FileReading;
  readonly env: FileReading;
  readonly state: FileReading;
  readonly path: readonly string[];
  /** Undefined when it is larger than a runner takes. */
  readonly summary: string | undefined;
  readonly summaryBytes: number;
}

function stepFile(folder: string, variable: StepFile): string {
  return join(folder, variable.toLowerCase());
}

/** Makes the files of a step, empty; returns the variables that name them. */
export async function createStepFiles(folder: string): Promise<Readonly<Record<string, string>>> {
  await mkdir(folder, { recursive: true });
  await Promise.all(STEP_FILES.map((variable) => writeFile(stepFile(folder, variable), "")));
  return Object.fromEntries(STEP_FILES.map((variable) => [variable, stepFile(folder, variable)]));
}

interface Content {
  readonly text: string;
  readonly bytes: number;
}

/** What the step left there; nothing when it is gone or is no file. A pipe must not make us wait. */
async function readContent(path: string, maxBytes: number): Promise<Content | undefined> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const status = await file.stat();
    if (!status.isFile()) return { text: "", bytes: 0 };
    if (status.size > maxBytes) return { text: "", bytes: status.size };
    return { text: await file.readFile("utf8"), bytes: status.size };
  } catch {
    return undefined;
  }
}

async function readPairs(folder: string, variable: StepFile): Promise<FileReading> {
  const content = await readContent(stepFile(folder, variable), MAX_FILE_BYTES);
  if (content !== undefined && content.bytes > MAX_FILE_BYTES) {
    return { values: {}, error: `$${variable} is larger than ${MAX_FILE_BYTES} bytes` };
  }
  return readKeyValueFile(content?.text ?? "");
}

/** Reads the files of a step that has ended. Never fails: what cannot be read counts as empty. */
export async function readStepFiles(folder: string): Promise<StepFileReadings> {
  const [output, env, state, path, summary] = await Promise.all([
    readPairs(folder, "GITHUB_OUTPUT"),
    readPairs(folder, "GITHUB_ENV"),
    readPairs(folder, "GITHUB_STATE"),
    readContent(stepFile(folder, "GITHUB_PATH"), MAX_FILE_BYTES),
    readContent(stepFile(folder, "GITHUB_STEP_SUMMARY"), MAX_SUMMARY_BYTES),
  ]);
  const summaryBytes = summary?.bytes ?? 0;
  return {
    output,
    env,
    state,
    path: readPathFile(path?.text ?? ""),
    summary: summaryBytes > MAX_SUMMARY_BYTES ? undefined : (summary?.text ?? ""),
    summaryBytes,
  };
}

export interface FileReading {
  readonly values: Readonly<Record<string, string>>;
  /** Why the runner would fail the step; what stood before it counts. */
  readonly error: string | undefined;
}

/** Reads `name=value` lines and `name<<delimiter` blocks. A later value replaces an earlier one. */
export function readKeyValueFile(text: string): FileReading {
  const values: Record<string, string> = {};
  const lines = text.split("\n");
  // What follows the last line feed is a line only when there is something.
  const isTerminated = lines.at(-1) === "";
  if (isTerminated) lines.pop();
  let at = 0;
  while (at < lines.length) {
    const line = lines[at++] ?? "";
    if (line === "") continue;
    const equals = line.indexOf("=");
    const heredoc = line.indexOf("<<");
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      values[line.slice(0, equals)] = line.slice(equals + 1);
      continue;
    }
    if (heredoc < 0) return { values, error: `Invalid format '${line}'` };
    const name = line.slice(0, heredoc);
    const delimiter = line.slice(heredoc + 2);
    if (name === "" || delimiter === "") {
      const reason = "Name must not be empty and delimiter must not be empty";
      return { values, error: `Invalid format '${line}'. ${reason}` };
    }
    const end = lines.indexOf(delimiter, at);
    if (end < 0) {
      const error =
        isTerminated || at >= lines.length
          ? `Invalid value. Matching delimiter not found '${delimiter}'`
          : "Invalid value. EOF marker missing new line.";
      return { values, error };
    }
    values[name] = lines.slice(at, end).join("\n");
    at = end + 1;
  }
  return { values, error: undefined };
}

/** The lines of GITHUB_PATH. */
export function readPathFile(text: string): readonly string[] {
  return text.split(/\r\n|\n|\r/).filter((line) => line !== "");
}
