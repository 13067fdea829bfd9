/**
 * One job while it runs: its folders, its environment, its secrets, its verdict so far, and where
 * its log goes. What steps do to each other goes through here.
 */
import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { GithubHost } from "../github/host.ts";
import { type Annotation, LogReader, type CommandEffects } from "../workflow-commands.ts";
import { stepStatus } from "../workflow/expression.ts";
import type { Scope } from "../workflow/expression.ts";
import type { Json, JsonObject } from "../workflow/model.ts";
import type { ArtifactStore } from "./artifacts.ts";
import type { Egress, GitSettings } from "./egress.ts";
import { contextVariables, type JobFolders, runnerContext } from "./github-context.ts";
import { hashFiles } from "./hash-files.ts";
import { Masks } from "./masks.ts";
import type { JobInfo, RunInfo, RunObserver, StepInfo } from "./observer.ts";
import { killTracked, type Patience } from "./processes.ts";
import { extractCommit, type StoredCommit } from "./stored-actions.ts";

export type JobStatus = "success" | "failure" | "cancelled";

/** Where `$/` of a file points: the commit the file was taken from. */
export interface Origin extends StoredCommit {
  readonly ref: string;
}

/** What a job gets from outside, fixed for its life. */
export interface JobSettings {
  readonly host: GithubHost;
  readonly run: RunInfo;
  readonly info: JobInfo;
  readonly folders: JobFolders;
  /** Where the job's workflow file is from. */
  readonly origin: Origin;
  /** `github`, `needs`, `strategy`, `matrix`, `inputs`, `vars`, `secrets`; `job` is made here. */
  readonly contexts: Readonly<Record<string, Json>>;
  readonly token: string;
  readonly egress: Egress;
  readonly git: GitSettings;
  readonly observer: RunObserver;
  readonly patience: Patience;
  /** How long "a minute" of a timeout is. */
  readonly minuteMs: number;
  /** For steps and actions: ACTIONS_ID_TOKEN_REQUEST_*. */
  readonly idTokenVariables: Readonly<Record<string, string>>;
  /** For actions only: ACTIONS_RUNTIME_TOKEN, ACTIONS_RESULTS_URL and the like. */
  readonly runtimeVariables: Readonly<Record<string, string>>;
  readonly artifacts: ArtifactStore | undefined;
  /** The Node that runs actions. */
  readonly node: string;
  /** GitHub's cancelling: what is not `always()` ends, the rest still runs. */
  readonly cancelled: AbortSignal;
  /** Ends everything and starts nothing more. */
  readonly aborted: AbortSignal;
}

/** Limits for annotations of a step (docs.github.com, "Workflow commands"; ten of each level). */
const MAX_ANNOTATIONS = 10;

/** Marks every process of a job, so that none is left behind. */
const TRACKING_VARIABLE = "RUNNER_TRACKING_ID";

/** Variables that a file must not set (actions/runner, SetEnvFileCommand). */
const BLOCKED_VARIABLES = new Set(["node_options"]);

export class JobSession {
  readonly settings: JobSettings;
  readonly masks: Masks;
  /** Workflow and job `env`, then what steps write to GITHUB_ENV. */
  readonly env = new Map<string, string>();
  /** Directories for PATH, the last added first. */
  readonly #path: string[] = [];
  readonly #trackingId: string;
  readonly #extracted = new Map<string, Promise<string>>();
  #status: JobStatus = "success";
  #steps = 0;
  #files = 0;
  #ended = 0;

  constructor(settings: JobSettings, secrets: readonly string[]) {
    this.settings = settings;
    this.masks = new Masks();
    this.masks.add(settings.token);
    for (const secret of secrets) this.masks.addLines(secret);
    for (const [name, value] of [
      ...Object.entries(settings.idTokenVariables),
      ...Object.entries(settings.runtimeVariables),
    ]) {
      if (name.endsWith("_TOKEN")) this.masks.add(value);
    }
    const id = createHash("sha256").update(settings.folders.root).digest("hex").slice(0, 32);
    this.#trackingId = `stage_${id}`;
  }

  async prepare(): Promise<void> {
    const { folders, contexts } = this.settings;
    const all = [folders.home, folders.temp, folders.toolCache, folders.workspace];
    await Promise.all([...all, dirname(folders.eventPath)].map((path) => mkdir(path)));
    const { github } = contexts;
    const event = isObject(github) ? github["event"] : {};
    await writeFile(folders.eventPath, JSON.stringify(event ?? {}, undefined, 2));
  }

  get status(): JobStatus {
    return this.settings.cancelled.aborted ? "cancelled" : this.#status;
  }

  fail(): void {
    this.#status = "failure";
  }

  /** Whether anything more may be started. */
  get isAborted(): boolean {
    return this.settings.aborted.aborted;
  }

  nextStep(name: string): StepInfo {
    this.#steps += 1;
    return { number: this.#steps, name: this.masks.mask(name) };
  }

  /** A new folder for the files a process talks through. */
  nextFilesFolder(): string {
    this.#files += 1;
    return join(this.settings.folders.temp, "_runner_file_commands", String(this.#files));
  }

  #githubContext(): JsonObject {
    const { contexts, folders, info } = this.settings;
    const { github } = contexts;
    return {
      ...(isObject(github) ? github : {}),
      token: this.settings.token,
      job: info.jobId,
      event_path: folders.eventPath,
      workspace: folders.workspace,
    };
  }

  #jobContext(): JsonObject {
    const { info } = this.settings;
    const [reference = ""] = info.workflowRef.split("@");
    const [owner = "", name = "", ...path] = reference.split("/");
    return {
      status: this.status,
      check_run_id: info.checkRunId,
      workflow_ref: info.workflowRef,
      workflow_sha: info.workflowSha,
      workflow_repository: `${owner}/${name}`,
      workflow_file_path: path.join("/"),
    };
  }

  /** Everything an expression of this job can see; a frame adds its own over it. */
  scope(
    own: Readonly<Record<string, Json>>,
    github: JsonObject,
    env: Readonly<Record<string, string>>,
  ): Scope {
    return {
      contexts: {
        ...this.settings.contexts,
        job: this.#jobContext(),
        runner: runnerContext(this.settings.folders),
        ...own,
        github: { ...this.#githubContext(), ...github },
        env: { ...Object.fromEntries(this.env), ...env },
      },
      hashFiles: (patterns) => hashFiles(this.settings.folders.workspace, patterns),
      status: stepStatus(this.status),
    };
  }

  /** What a process of this job sees. `env` is the step's own, over the job's. */
  processEnvironment(
    github: JsonObject,
    env: Readonly<Record<string, string>>,
    extra: Readonly<Record<string, string>>,
  ): Readonly<Record<string, string>> {
    const { folders, egress } = this.settings;
    const own = { ...Object.fromEntries(this.env), ...env };
    const path = own["PATH"] ?? process.env["PATH"] ?? "";
    const guard = egress.environment["NODE_OPTIONS"] ?? "";
    const nodeOptions = own["NODE_OPTIONS"];
    return {
      HOME: folders.home,
      CI: "true",
      LANG: "C.UTF-8",
      ...own,
      GITHUB_ACTIONS: "true",
      ...contextVariables({ ...this.#githubContext(), ...github }, runnerContext(folders)),
      PATH: [...this.#path, path].join(":"),
      ...egress.environment,
      NODE_OPTIONS: nodeOptions === undefined ? guard : `${guard} ${nodeOptions}`,
      ...this.settings.idTokenVariables,
      ...extra,
      [TRACKING_VARIABLE]: this.#trackingId,
    };
  }

  addPath(directories: readonly string[]): void {
    for (const directory of directories) this.#path.unshift(directory);
  }

  /** The folder with a commit's files; unpacked once a job. */
  async extracted(commit: StoredCommit): Promise<string> {
    const key = `${commit.repository.slug}/${commit.sha}`;
    const known = this.#extracted.get(key);
    if (known !== undefined) return known;
    const folder = join(this.settings.folders.root, "_actions", key);
    const unpacked = extractCommit(commit, folder).then(() => folder);
    this.#extracted.set(key, unpacked);
    return unpacked;
  }

  /** Ends what steps have left running, if any step has started a process since the last time. */
  async endOrphans(): Promise<readonly number[]> {
    if (this.#files === this.#ended) return [];
    this.#ended = this.#files;
    return killTracked(TRACKING_VARIABLE, this.#trackingId);
  }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The log and the annotations of one step as people see it, inner steps of an action included. */
export class StepLog {
  readonly step: StepInfo;
  readonly #session: JobSession;
  readonly #annotations = new Map<string, number>();
  #summary = "";

  constructor(session: JobSession, step: StepInfo) {
    this.#session = session;
    this.step = step;
  }

  get summary(): string {
    return this.#summary;
  }

  addSummary(text: string): void {
    this.#summary += this.#session.masks.mask(text);
  }

  /** For one process: whether commands are stopped is its own affair. */
  reader(effects: CommandEffects = {}): LogReader {
    const { observer, info: job } = this.#session.settings;
    const { step } = this;
    const debug = this.#session.env.get("ACTIONS_STEP_DEBUG") ?? secretNamed(this.#session);
    return new LogReader(
      { masks: this.#session.masks, debug: debug === "true", effects },
      {
        line: (text) => {
          for (const line of text.split("\n")) {
            observer({ kind: "log", at: new Date(), job, step, line });
          }
        },
        annotation: (annotation) => {
          this.#keep(annotation);
        },
      },
    );
  }

  #keep(annotation: Annotation): void {
    const count = (this.#annotations.get(annotation.level) ?? 0) + 1;
    this.#annotations.set(annotation.level, count);
    if (count > MAX_ANNOTATIONS) return;
    const { observer, info: job } = this.#session.settings;
    observer({ kind: "annotation", at: new Date(), job, step: this.step, annotation });
  }

  /** A line of the runner's own, in which nothing is a command. */
  write(line: string): void {
    const { observer, info: job } = this.#session.settings;
    for (const part of this.#session.masks.mask(line).split("\n")) {
      observer({ kind: "log", at: new Date(), job, step: this.step, line: part });
    }
  }

  group(title: string, lines: readonly string[]): void {
    this.write(`##[group]${title}`);
    for (const line of lines) this.write(line);
    this.write("##[endgroup]");
  }

  error(message: string): void {
    this.reader().annotate("error", message);
  }

  warning(message: string): void {
    this.reader().annotate("warning", message);
  }
}

/** ACTIONS_STEP_DEBUG is a secret or a variable of the repository. */
function secretNamed(session: JobSession): Json | undefined {
  const { secrets, vars } = session.settings.contexts;
  const name = "ACTIONS_STEP_DEBUG";
  const fromSecrets = isObject(secrets) ? secrets[name] : undefined;
  return fromSecrets ?? (isObject(vars) ? vars[name] : undefined);
}

export function isBlockedVariable(name: string): boolean {
  return BLOCKED_VARIABLES.has(name.toLowerCase());
}
