/** One process of a step with the files and commands it talks through, and what they change. */
import { createStepFiles, MAX_SUMMARY_BYTES, readStepFiles } from "../runner-files.ts";
import type { JsonObject } from "../workflow/model.ts";
import { isBlockedVariable, type JobSession, type StepLog } from "./job-session.ts";
import type { Conclusion } from "./observer.ts";
import { startProcess } from "./processes.ts";

export interface ProcessCall {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Over the job's `github` context. */
  readonly github: JsonObject;
  /** Of the step, over the job's. */
  readonly env: Readonly<Record<string, string>>;
  /** Over everything: INPUT_, STATE_ and what else an action gets. */
  readonly extra: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

export interface ProcessOutcome {
  readonly conclusion: Conclusion;
  readonly outputs: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
}

/** "Adding a job summary": a larger one is dropped and the step goes on. */
function tooLargeSummary(bytes: number): string {
  const [limit, got] = [MAX_SUMMARY_BYTES, bytes].map((size) => Math.floor(size / 1024));
  return `$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of ${limit}k, got ${got}k.`;
}

/** Applies what the process wrote to its files. False when one of them cannot be read. */
async function applyFiles(
  session: JobSession,
  log: StepLog,
  folder: string,
  into: { outputs: Record<string, string>; state: Record<string, string> },
): Promise<boolean> {
  const files = await readStepFiles(folder);
  Object.assign(into.outputs, files.output.values);
  Object.assign(into.state, files.state.values);
  for (const [name, value] of Object.entries(files.env.values)) {
    if (isBlockedVariable(name)) {
      log.error(`Can't store ${name} output parameter using '$GITHUB_ENV' command.`);
    } else session.env.set(name, value);
  }
  session.addPath(files.path);
  if (files.summary === undefined) log.error(tooLargeSummary(files.summaryBytes));
  else log.addSummary(files.summary);
  const faults = [
    ["env", files.env.error],
    ["output", files.output.error],
    ["state", files.state.error],
  ].filter(([, error]) => error !== undefined);
  for (const [name, error = ""] of faults) {
    log.error(`Unable to process file command '${name}' successfully.`);
    log.error(error);
  }
  return faults.length === 0;
}

/** Runs it to its end. A program that is not there is a failure like any other. */
export async function runProcess(
  session: JobSession,
  log: StepLog,
  call: ProcessCall,
): Promise<ProcessOutcome> {
  const outputs: Record<string, string> = {};
  const state: Record<string, string> = {};
  const folder = session.nextFilesFolder();
  const files = await createStepFiles(folder);
  const reader = log.reader({
    setOutput: (name, value) => {
      outputs[name] = value;
    },
    saveState: (name, value) => {
      state[name] = value;
    },
  });
  let conclusion: Conclusion = "success";
  try {
    const end = await startProcess({
      program: call.program,
      args: call.args,
      cwd: call.cwd,
      env: session.processEnvironment(call.github, call.env, { ...files, ...call.extra }),
      patience: session.settings.patience,
      signal: call.signal,
      // A server that one step starts serves the next: what is left is ended with the job.
      killsGroupAtExit: false,
      onLine: (line) => {
        reader.read(line);
      },
    }).ended;
    if (end.cancelled) conclusion = "cancelled";
    else if (end.exitCode !== 0) {
      conclusion = "failure";
      const code = end.exitCode ?? `${end.signal}`;
      log.error(`Process completed with exit code ${code}.`);
    }
  } catch (error) {
    conclusion = "failure";
    const reason = error instanceof Error ? error.message : String(error);
    log.error(
      `An error occurred trying to start process '${call.program}' with working directory '${call.cwd}'. ${reason}`,
    );
  }
  const areRead = await applyFiles(session, log, folder, { outputs, state });
  if ((!areRead || reader.hasFailed) && conclusion === "success") conclusion = "failure";
  for (const stopped of await session.settings.egress.takeStopped()) {
    const target = session.masks.mask(stopped);
    const { observer, info: job } = session.settings;
    observer({ kind: "egress", at: new Date(), job, step: log.step, target });
    log.error(`The stage stopped a connection to ${target}: a rehearsal stays on this machine`);
  }
  return { conclusion, outputs, state };
}
