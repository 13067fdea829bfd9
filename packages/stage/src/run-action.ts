/**
 * Runs the bundle of a JavaScript action as a runner does: a process of its own, a clean
 * environment, files to talk through. Nothing of the action's source is known here.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { parseRepoSlug, splitRepoSlug } from "@auditable-release/model";
import type { Exchange } from "./exchanges.ts";
import type { PlannedFault } from "./faults.ts";
import type { GithubHost } from "./github/host.ts";
import { ownerId } from "./github/repositories.ts";
import { readKeyValueFile, readPathFile } from "./runner-files.ts";
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

/** A runner's patience when a run is cancelled (actions/runner, ProcessInvoker.cs). */
const SIGINT_PATIENCE_MS = 7_500;
const SIGTERM_PATIENCE_MS = 2_500;

const DEFAULT_TIMEOUT_MS = 30_000;

/** CreateStepSummaryCommand.AttachmentSizeLimit of the runner. */
const MAX_SUMMARY_BYTES = 1024 * 1024;

/** Writes the peak to descriptor 3 when the process exits. */
const MEASURE_MEMORY =
  "data:text/javascript,import{writeSync}from'node:fs';" +
  "process.on('exit',()=>writeSync(3,String(process.resourceUsage().maxRSS)))";

/** The files of one step, by the variable that names them. */
const STEP_FILES = [
  "GITHUB_ENV",
  "GITHUB_OUTPUT",
  "GITHUB_PATH",
  "GITHUB_STATE",
  "GITHUB_STEP_SUMMARY",
] as const;

type StepFile = (typeof STEP_FILES)[number];

/** `INPUT_` and the name in upper case, blanks as `_` and everything else kept (Handler.cs). */
export function inputVariable(name: string): string {
  return `INPUT_${name.replaceAll(" ", "_").toUpperCase()}`;
}

function stepFile(folder: string, variable: StepFile): string {
  return join(folder, "_runner_file_commands", variable.toLowerCase());
}

async function eventPayload(action: ActionRun): Promise<object> {
  const { host, repository: slug } = action.github;
  const { owner, name } = splitRepoSlug(parseRepoSlug(slug));
  const repository = host.repository(slug);
  return {
    inputs: null,
    ref: action.run?.ref ?? `refs/heads/${repository?.defaultBranch ?? "main"}`,
    repository: {
      id: repository?.id ?? 0,
      name,
      full_name: slug,
      private: repository?.isPrivate ?? true,
      default_branch: repository?.defaultBranch ?? "main",
      html_url: `${host.serverUrl}/${slug}`,
      owner: { login: owner },
    },
    sender: { login: action.run?.triggeringActor ?? action.run?.actor ?? "octocat" },
    ...action.run?.event,
  };
}

/** Everything the process sees; of our own environment only where programs are found. */
async function environmentOf(
  action: ActionRun,
  folder: string,
): Promise<Readonly<Record<string, string>>> {
  const { host, repository: slug } = action.github;
  const { owner } = splitRepoSlug(parseRepoSlug(slug));
  const repository = host.repository(slug);
  const run = action.run ?? {};
  const ref = run.ref ?? `refs/heads/${repository?.defaultBranch ?? "main"}`;
  const sha = run.sha ?? (await repository?.ref(ref)) ?? "0".repeat(40);
  const workflow = run.workflow ?? "release";
  const workflowPath = `${slug}/.github/workflows/${workflow}.yml@${ref}`;
  const ownersId = repository === undefined ? 0 : ownerId(repository);
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: join(folder, "home"),
    CI: "true",
    GITHUB_ACTIONS: "true",
    GITHUB_ACTION: "__self",
    GITHUB_ACTOR: run.actor ?? "octocat",
    GITHUB_ACTOR_ID: "1",
    GITHUB_API_URL: host.apiUrl,
    GITHUB_BASE_REF: "",
    GITHUB_EVENT_NAME: run.eventName ?? "workflow_dispatch",
    GITHUB_EVENT_PATH: join(folder, "_github_workflow", "event.json"),
    GITHUB_GRAPHQL_URL: `${host.apiUrl.replace(/\/v3$/, "")}/graphql`,
    GITHUB_HEAD_REF: "",
    GITHUB_JOB: run.job ?? "release",
    GITHUB_REF: ref,
    GITHUB_REF_NAME: ref.replace(/^refs\/(?:heads|tags)\//, ""),
    GITHUB_REF_PROTECTED: "false",
    GITHUB_REF_TYPE: ref.startsWith("refs/tags/") ? "tag" : "branch",
    GITHUB_REPOSITORY: slug,
    GITHUB_REPOSITORY_ID: String(repository?.id ?? 0),
    GITHUB_REPOSITORY_OWNER: owner,
    GITHUB_REPOSITORY_OWNER_ID: String(ownersId),
    GITHUB_RETENTION_DAYS: "90",
    GITHUB_RUN_ATTEMPT: String(run.runAttempt ?? 1),
    GITHUB_RUN_ID: String(run.runId ?? 1),
    GITHUB_RUN_NUMBER: String(run.runNumber ?? 1),
    GITHUB_SERVER_URL: host.serverUrl,
    GITHUB_SHA: sha,
    GITHUB_TRIGGERING_ACTOR: run.triggeringActor ?? run.actor ?? "octocat",
    GITHUB_WORKFLOW: workflow,
    GITHUB_WORKFLOW_REF: workflowPath,
    GITHUB_WORKFLOW_SHA: sha,
    GITHUB_WORKSPACE: join(folder, "workspace"),
    RUNNER_ARCH: process.arch === "arm64" ? "ARM64" : "X64",
    RUNNER_ENVIRONMENT: "github-hosted",
    RUNNER_NAME: "stage",
    RUNNER_OS: process.platform === "darwin" ? "macOS" : "Linux",
    RUNNER_TEMP: join(folder, "temp"),
    RUNNER_TOOL_CACHE: join(folder, "tool-cache"),
    RUNNER_WORKSPACE: folder,
    ...Object.fromEntries(STEP_FILES.map((variable) => [variable, stepFile(folder, variable)])),
    ...Object.fromEntries(
      Object.entries(action.inputs).map(([name, value]) => [inputVariable(name), value]),
    ),
    ...action.env,
  };
}

async function prepare(action: ActionRun, folder: string): Promise<void> {
  for (const name of ["home", "temp", "tool-cache", "workspace"]) await mkdir(join(folder, name));
  await mkdir(join(folder, "_github_workflow"));
  await mkdir(join(folder, "_runner_file_commands"));
  const payload = JSON.stringify(await eventPayload(action), undefined, 2);
  await writeFile(join(folder, "_github_workflow", "event.json"), payload);
  for (const variable of STEP_FILES) await writeFile(stepFile(folder, variable), "");
}

async function entryOf(dist: string): Promise<string> {
  return (await stat(dist)).isDirectory() ? join(dist, "index.js") : dist;
}

/** Ends the process and whatever it started; nothing happens when all of it is gone. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // No such process: what was to be killed has ended.
  }
}

/** Stops the run on time or on demand. Disposed of, it leaves no timer. */
function superviseChild(
  child: ChildProcess,
  action: ActionRun,
): Disposable & { readonly timedOut: boolean } {
  const timers: NodeJS.Timeout[] = [];
  let timedOut = false;
  const later = (delayMs: number, act: () => void): void => {
    timers.push(setTimeout(act, delayMs));
  };
  const cancel = (): void => {
    child.kill("SIGINT");
    later(SIGINT_PATIENCE_MS, () => child.kill("SIGTERM"));
    later(SIGINT_PATIENCE_MS + SIGTERM_PATIENCE_MS, () => killGroup(child));
  };
  later(action.timeoutMs ?? DEFAULT_TIMEOUT_MS, () => {
    timedOut = true;
    killGroup(child);
  });
  action.signal?.addEventListener("abort", cancel);
  if (action.signal?.aborted === true) cancel();
  return {
    get timedOut() {
      return timedOut;
    },
    [Symbol.dispose]() {
      for (const timer of timers) clearTimeout(timer);
      action.signal?.removeEventListener("abort", cancel);
    },
  };
}

async function readStream(stream: unknown): Promise<string> {
  return stream instanceof Readable ? text(stream) : "";
}

function planKill(
  action: ActionRun,
  child: ChildProcess,
  ended: Promise<unknown>,
): PlannedFault | undefined {
  if (action.killAt === undefined) return undefined;
  const { request, phase } = action.killAt;
  const run = async (): Promise<"drop"> => {
    killGroup(child);
    await ended;
    return "drop";
  };
  return action.github.host.addFault({
    at: { nth: request },
    phase,
    kind: "hook",
    params: { run },
  });
}

interface StepFiles {
  readonly outputs: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
  readonly path: readonly string[];
  readonly summary: string;
  readonly fileErrors: readonly string[];
}

async function readStepFiles(folder: string): Promise<StepFiles> {
  const read = (variable: StepFile): Promise<string> =>
    readFile(stepFile(folder, variable), "utf8").catch(() => "");
  const output = readKeyValueFile(await read("GITHUB_OUTPUT"));
  const env = readKeyValueFile(await read("GITHUB_ENV"));
  const state = readKeyValueFile(await read("GITHUB_STATE"));
  const summary = await read("GITHUB_STEP_SUMMARY");
  const isTooLong = Buffer.byteLength(summary) > MAX_SUMMARY_BYTES;
  return {
    outputs: output.values,
    env: env.values,
    state: state.values,
    path: readPathFile(await read("GITHUB_PATH")),
    summary,
    fileErrors: [
      ...[output, env, state].flatMap(({ error }) => (error === undefined ? [] : [error])),
      ...(isTooLong ? [`$GITHUB_STEP_SUMMARY is larger than ${MAX_SUMMARY_BYTES} bytes`] : []),
    ],
  };
}

async function runIn(folder: string, action: ActionRun): Promise<ActionResult> {
  const { host, token } = action.github;
  await prepare(action, folder);
  const env = await environmentOf(action, folder);
  const entry = await entryOf(action.dist);
  const exchangesBefore = host.exchanges.length;
  const startedAt = performance.now();

  const measured = action.measureMemory === true;
  const preload = measured ? ["--import", MEASURE_MEMORY] : [];
  const child = spawn(action.node ?? process.execPath, [...preload, entry], {
    cwd: join(folder, "workspace"),
    env: { ...env },
    stdio: ["ignore", "pipe", "pipe", ...(measured ? (["pipe"] as const) : [])],
    // A group of its own, so that what the action starts ends with it.
    detached: true,
  });
  let durationMs = 0;
  child.once("exit", () => {
    durationMs = performance.now() - startedAt;
    killGroup(child);
  });
  const closed = once(child, "close");
  using supervision = superviseChild(child, action);
  const kill = planKill(action, child, closed);
  const [, out, err, memory] = child.stdio;
  const streams = Promise.all([out, err, memory].map(readStream));
  await closed;
  const [stdout = "", stderr = "", peak = ""] = await streams;

  if (kill?.met === false) {
    kill.withdraw();
    const made = host.exchanges.length - exchangesBefore;
    throw new Error(
      `the action was to be killed at request ${action.killAt?.request}, and made ${made}`,
    );
  }
  const files = await readStepFiles(folder);
  const log = readLog(stdout + stderr, [token]);
  return {
    exitCode: child.exitCode,
    signal: child.signalCode,
    timedOut: supervision.timedOut,
    conclusion: child.exitCode === 0 && files.fileErrors.length === 0 ? "success" : "failure",
    stdout,
    stderr,
    ...files,
    masks: log.masks,
    annotations: log.annotations,
    shownLog: log.shown,
    exchanges: host.exchanges.slice(exchangesBefore),
    durationMs,
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
