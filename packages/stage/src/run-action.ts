/**
 * Runs the bundle of a JavaScript action as a runner does: a process of its own, a clean
 * environment, files to talk through. Nothing of the action's source is known here.
 */
import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import type { Exchange } from "./exchanges.ts";
import type { PlannedFault } from "./faults.ts";
import type { GithubHost } from "./github/host.ts";
import { createStepFiles, MAX_SUMMARY_BYTES, readStepFiles } from "./runner-files.ts";
import {
  basePayload,
  contextVariables,
  githubContext,
  inputVariable,
  type JobFolders,
  jobFolders,
  type RunFacts,
  runnerContext,
} from "./runner/github-context.ts";
import { RUNNER_PATIENCE, type RunningProcess, startProcess } from "./runner/processes.ts";
import { type Annotation, readLog } from "./workflow-commands.ts";

/** What the run is about, where it is not the default of a manually started workflow. */
export interface RunContext {
  /** Full ref; the default branch unless told. */
  readonly ref?: string;
  /** The ref's commit unless told. */
  readonly sha?: string;
  readonly actor?: string;
  readonly triggeringActor?: string;
  readonly runId?: number;
  readonly runNumber?: number;
  readonly runAttempt?: number;
  readonly workflow?: string;
  readonly job?: string;
  readonly eventName?: string;
  /** Merged over a payload with the repository and the sender. */
  readonly event?: Readonly<Record<string, unknown>>;
}

export interface ActionRun {
  /** The folder with the bundle's `index.js`, or the entry file itself. */
  readonly dist: string;
  /** By name as in `with:`. Defaults of `action.yml` are not filled in. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly github: {
    readonly host: GithubHost;
    /** The job's token: masked from the start. The action gets it only as the input you make it. */
    readonly token: string;
    readonly repository: string;
  };
  readonly run?: RunContext;
  /** Over everything else. */
  readonly env?: Readonly<Record<string, string>>;
  /** The Node to run it on; the one running this unless told. */
  readonly node?: string;
  readonly timeoutMs?: number;
  /** Cancels as a runner does: SIGINT, then SIGTERM, then SIGKILL. */
  readonly signal?: AbortSignal;
  /**
   * SIGKILL at the run's n-th request. `before`: the stage has the request and does not apply it.
   * `after`: it is applied and no answer is sent.
   */
  readonly killAt?: { readonly request: number; readonly phase: "before" | "after" };
  /** Measures the peak memory, by a few lines run in the action's process when it exits. */
  readonly measureMemory?: boolean;
}

export interface ActionResult {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
  /** What the step would be: exit code 0 and readable files. */
  readonly conclusion: "success" | "failure";
  readonly stdout: string;
  readonly stderr: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
  readonly path: readonly string[];
  readonly summary: string;
  /** Why the runner could not process one of the files, in its words. */
  readonly fileErrors: readonly string[];
  readonly masks: readonly string[];
  readonly annotations: readonly Annotation[];
  /** The log as people see it: stdout, then stderr, commands carried out and secrets masked. */
  readonly shownLog: string;
  /** What the stage was asked during the run. */
  readonly exchanges: readonly Exchange[];
  readonly durationMs: number;
  /** With `measureMemory`, and when the process came to exit by itself. */
  readonly peakRssKb: number | undefined;
  /** The run's folder, which is gone by now; for normalising what mentions it. */
  readonly workFolder: string;
  /** Values no reader may see, for normalising: the job's token and the masks. */
  readonly secrets: readonly string[];
}

const DEFAULT_TIMEOUT_MS = 30_000;

/** Writes the peak to descriptor 3 when the process exits. */
const MEASURE_MEMORY =
  "data:text/javascript,import{writeSync}from'node:fs';" +
  "process.on('exit',()=>writeSync(3,String(process.resourceUsage().maxRSS)))";

function fileFolder(folder: string): string {
  return join(folder, "_runner_file_commands");
}

async function factsOf(action: ActionRun): Promise<RunFacts> {
  const { host, repository: slug } = action.github;
  const repository = host.repository(slug);
  const run = action.run ?? {};
  const actor = run.actor ?? "octocat";
  const triggeringActor = run.triggeringActor ?? actor;
  const ref = run.ref ?? `refs/heads/${repository?.defaultBranch ?? "main"}`;
  const sha = run.sha ?? (await repository?.ref(ref)) ?? "0".repeat(40);
  const workflow = run.workflow ?? "release";
  return {
    host,
    repository: slug,
    ref,
    sha,
    actor,
    triggeringActor,
    eventName: run.eventName ?? "workflow_dispatch",
    // The payload goes to the file as it was given, and no expression reads it here.
    event: {},
    runId: run.runId ?? 1,
    runNumber: run.runNumber ?? 1,
    runAttempt: run.runAttempt ?? 1,
    workflow,
    workflowRef: `${slug}/.github/workflows/${workflow}.yml@${ref}`,
    workflowSha: sha,
  };
}

/** Everything the process sees; of our own environment only where programs are found. */
function environmentOf(
  action: ActionRun,
  facts: RunFacts,
  folders: JobFolders,
  files: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const github = {
    ...githubContext(facts),
    action: "__self",
    event_path: folders.eventPath,
    job: action.run?.job ?? "release",
    workspace: folders.workspace,
  };
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: folders.home,
    CI: "true",
    GITHUB_ACTIONS: "true",
    ...contextVariables(github, runnerContext(folders)),
    ...files,
    ...Object.fromEntries(
      Object.entries(action.inputs).map(([name, value]) => [inputVariable(name), value]),
    ),
    ...action.env,
  };
}

async function prepare(action: ActionRun, facts: RunFacts, folders: JobFolders): Promise<void> {
  for (const path of [folders.home, folders.temp, folders.toolCache, folders.workspace]) {
    await mkdir(path);
  }
  const payload = {
    inputs: null,
    ref: facts.ref,
    ...basePayload(facts.host, facts.repository, facts.triggeringActor),
    ...action.run?.event,
  };
  await mkdir(dirname(folders.eventPath));
  await writeFile(folders.eventPath, JSON.stringify(payload, undefined, 2));
}

async function entryOf(dist: string): Promise<string> {
  return (await stat(dist)).isDirectory() ? join(dist, "index.js") : dist;
}

async function readStream(stream: unknown): Promise<string> {
  return stream instanceof Readable ? text(stream) : "";
}

function planKill(action: ActionRun, running: RunningProcess): PlannedFault | undefined {
  if (action.killAt === undefined) return undefined;
  const { request, phase } = action.killAt;
  const run = async (): Promise<"drop"> => {
    running.kill();
    await running.ended;
    return "drop";
  };
  return action.github.host.addFault({
    at: { nth: request },
    phase,
    kind: "hook",
    params: { run },
  });
}

async function runIn(folder: string, action: ActionRun): Promise<ActionResult> {
  const { host, token } = action.github;
  const folders = jobFolders(folder);
  const facts = await factsOf(action);
  await prepare(action, facts, folders);
  const files = await createStepFiles(fileFolder(folder));
  const entry = await entryOf(action.dist);
  const exchangesBefore = host.exchanges.length;

  const measured = action.measureMemory === true;
  const preload = measured ? ["--import", MEASURE_MEMORY] : [];
  const running = startProcess({
    program: action.node ?? process.execPath,
    args: [...preload, entry],
    cwd: folders.workspace,
    env: environmentOf(action, facts, folders, files),
    patience: RUNNER_PATIENCE,
    timeoutMs: action.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    // What the action starts ends with it.
    killsGroupAtExit: true,
    extraPipe: measured,
    ...(action.signal === undefined ? {} : { signal: action.signal }),
  });
  const kill = planKill(action, running);
  const [, out, err, memory] = running.child.stdio;
  const streams = Promise.all([out, err, memory].map(readStream));
  const end = await running.ended;
  const [stdout = "", stderr = "", peak = ""] = await streams;

  if (kill?.met === false) {
    kill.withdraw();
    const made = host.exchanges.length - exchangesBefore;
    throw new Error(
      `the action was to be killed at request ${action.killAt?.request}, and made ${made}`,
    );
  }
  const said = await readStepFiles(fileFolder(folder));
  const fileErrors = [
    ...[said.output, said.env, said.state].flatMap(({ error }) =>
      error === undefined ? [] : [error],
    ),
    ...(said.summary === undefined
      ? [`$GITHUB_STEP_SUMMARY is larger than ${MAX_SUMMARY_BYTES} bytes`]
      : []),
  ];
  const log = readLog(stdout + stderr, [token]);
  return {
    exitCode: end.exitCode,
    signal: end.signal,
    timedOut: end.timedOut,
    conclusion: end.exitCode === 0 && fileErrors.length === 0 ? "success" : "failure",
    stdout,
    stderr,
    outputs: said.output.values,
    env: said.env.values,
    state: said.state.values,
    path: said.path,
    summary: said.summary ?? "",
    fileErrors,
    masks: log.masks,
    annotations: log.annotations,
    shownLog: log.shown,
    exchanges: host.exchanges.slice(exchangesBefore),
    durationMs: end.durationMs,
    peakRssKb: peak === "" ? undefined : Number(peak),
    workFolder: folder,
    secrets: [token, ...log.masks],
  };
}

/**
 * Runs the action to its end. A failing action is a result like any other.
 * @throws Error when there is no bundle, or when `killAt` names a request the action never made
 */
export async function runAction(action: ActionRun): Promise<ActionResult> {
  const folder = await mkdtemp(join(tmpdir(), "stage-run-"));
  try {
    return await runIn(folder, action);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
