import { once } from "node:events";
import path from "node:path";
import process from "node:process";
import {
  DispatchInputsError,
  type EngineRun,
  readWorkflowFiles,
  RefusedRunError,
  type Repository,
  type RunEvent,
  type RunResult,
  type Stage,
  startStage,
  WorkflowError,
  type WorkflowFile,
} from "@auditable-release/stage";
import { type RehearsalOptions, UsageError } from "./arguments.ts";
import { loadExample } from "./example-repository.ts";
import { loadFolder } from "./folder.ts";
import { loadOwnActions, pinned } from "./own-actions.ts";
import { EXAMPLE, ROOT } from "./places.ts";
import { Progress } from "./progress.ts";
import {
  exitCodeOf,
  formatEnding,
  formatOpening,
  outcomeOf,
  type Rehearsal,
} from "./rehearsal-report.ts";
import { openTerminal, type Output } from "./terminal.ts";

/** The release the example is rehearsed with unless told: the minor after its history. */
const EXAMPLE_INPUTS = { version: "1.2.0" };

/** As shells have it for a program that SIGINT ended. */
const EXIT_INTERRUPTED = 130;

/** Who starts the run, as GitHub would show it. */
const RELEASE_MASTER = "release-master";

interface Scene {
  readonly stage: Stage;
  readonly repository: Repository;
  readonly workflow: WorkflowFile;
  readonly inputs: Readonly<Record<string, string>>;
  /** What people know the repository by. */
  readonly source: string;
}

/**
 * Runs one workflow on a stage of its own.
 *
 * @returns the exit code
 * @throws UsageError for a repository or workflow that is not there
 */
export async function rehearse(options: RehearsalOptions, output: Output): Promise<number> {
  const startedAt = performance.now();
  const interrupted = new AbortController();
  const interrupt = (): void => {
    interrupted.abort();
  };
  process.once("SIGINT", interrupt);
  process.once("SIGTERM", interrupt);
  try {
    await using stage = await startStage();
    const scene = await setScene(stage, options);
    const rehearsal = await play(scene, options, output, interrupted.signal, startedAt);
    if (rehearsal === undefined) return EXIT_INTERRUPTED;
    if (options.json) output.write(`${JSON.stringify(rehearsal, undefined, 2)}\n`);
    else output.write(`${formatEnding(rehearsal).join("\n")}\n`);
    if (options.keep) await keep(scene, output, interrupted.signal);
    return exitCodeOf(rehearsal.outcome);
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
}

async function setScene(stage: Stage, options: RehearsalOptions): Promise<Scene> {
  const ownCommit = await loadOwnActions(stage.github);
  const isExample = options.repo === undefined;
  const repository = isExample
    ? (await loadExample(stage.github, EXAMPLE, (text) => pinned(text, ownCommit))).repository
    : await loadFolder(stage.github, options.repo ?? "");
  const inputs = isExample ? { ...EXAMPLE_INPUTS, ...options.inputs } : options.inputs;
  const source = options.repo ?? path.relative(ROOT, EXAMPLE);
  const workflow = await chooseWorkflow(repository, options.workflow);
  return { stage, repository, workflow, inputs, source };
}

/** @throws UsageError with the workflows there are */
async function chooseWorkflow(
  repository: Repository,
  wanted: string | undefined,
): Promise<WorkflowFile> {
  const head = await repository.ref(`refs/heads/${repository.defaultBranch}`);
  const files = head === undefined ? [] : await readWorkflowFiles(repository, head);
  const dispatchable = files.filter(
    ({ dispatchInputs, fault }) => dispatchInputs !== undefined || fault !== undefined,
  );
  const names = dispatchable.map((file) => path.posix.basename(file.path)).join(", ");
  const there = names === "" ? "it has none with workflow_dispatch" : `there are ${names}`;
  if (wanted === undefined) {
    const [only, ...more] = dispatchable;
    if (only === undefined || more.length > 0) {
      throw new UsageError(`--workflow: say which workflow of the repository to run; ${there}`);
    }
    return only;
  }
  const found = dispatchable.find(
    (file) => file.path === wanted || path.posix.basename(file.path) === wanted,
  );
  if (found === undefined) {
    throw new UsageError(`--workflow: the repository has no "${wanted}" to dispatch; ${there}`);
  }
  return found;
}

/** Undefined when it was interrupted. */
async function play(
  { stage, repository, workflow, inputs, source }: Scene,
  options: RehearsalOptions,
  output: Output,
  interrupted: AbortSignal,
  startedAt: number,
): Promise<Rehearsal | undefined> {
  const progress = new Progress();
  using terminal = openTerminal(options.json ? { write: () => true } : output, () =>
    progress.now(new Date()),
  );
  const events: RunEvent[] = [];
  const engine = stage.runWorkflows(stage.github, repository, {
    observer: (event) => {
      events.push(event);
      terminal.lines(progress.take(event));
    },
  });
  const stop = (): void => {
    void engine.stop();
  };
  interrupted.addEventListener("abort", stop);
  terminal.lines(
    formatOpening({ source, repository: repository.slug, workflow: workflow.path, inputs }),
  );
  const changesBefore = stage.history.length;
  const requestsBefore = stage.exchanges.length;
  const ref = options.ref ?? repository.defaultBranch;
  const runId = await dispatch(stage, repository, workflow, ref, inputs);
  const ended = await endOf(engine.finished(runId)).catch((error: unknown) => {
    if (interrupted.aborted) return undefined;
    throw error;
  });
  if (ended === undefined || interrupted.aborted) return undefined;
  const { conclusion, jobs } = ended;
  const errors = [...ended.refusals, ...events.flatMap(errorsOf)];
  const requests = stage.exchanges.slice(requestsBefore + 1);
  return {
    repository: repository.slug,
    workflow: workflow.path,
    inputs,
    conclusion,
    outcome: outcomeOf(
      conclusion,
      errors.map(({ title }) => title),
    ),
    jobs: jobs.map(({ info, result, outputs }) => ({ name: info.name, result, outputs })),
    errors,
    summaries: events.flatMap((event) =>
      event.kind === "step-finished" && event.summary !== "" ? [event.summary] : [],
    ),
    // What the stage's own runner notes (runs, checks) is how GitHub works, not what the run did.
    changes: stage.history
      .slice(changesBefore)
      .filter(({ who }) => who !== "scene" && who !== RELEASE_MASTER),
    requests: Object.fromEntries(
      Object.entries(Object.groupBy(requests, ({ service }) => service)).map(([service, all]) => [
        service,
        all?.length ?? 0,
      ]),
    ),
    stopped: events.flatMap((event) => (event.kind === "egress" ? [event.target] : [])),
    durationMs: performance.now() - startedAt,
  };
}

interface Shown {
  readonly title: string;
  readonly message: string;
}

/** How the run came out. One that was refused is a failed run without jobs, and says why. */
async function endOf(
  finished: Promise<EngineRun>,
): Promise<RunResult & { readonly refusals: readonly Shown[] }> {
  try {
    return { ...(await finished).result, refusals: [] };
  } catch (error) {
    if (
      error instanceof WorkflowError ||
      error instanceof RefusedRunError ||
      error instanceof DispatchInputsError
    ) {
      const refusal = { title: "The run was not started", message: error.message };
      return { conclusion: "failure", jobs: [], refusals: [refusal] };
    }
    throw error;
  }
}

/** Errors the run is annotated with. */
function errorsOf(event: RunEvent): readonly Shown[] {
  if (event.kind !== "annotation" || event.annotation.level !== "error") return [];
  const { message, properties } = event.annotation;
  if (isEcho(event.annotation)) return [];
  return [{ title: properties["title"] ?? `${event.job.name} / ${event.step.name}`, message }];
}

/** The runner's own line after a step that failed: it says nothing the step did not say. */
function isEcho({ message }: { readonly message: string }): boolean {
  return /^Process completed with exit code \d+\.$/.test(message);
}

/** As a person does it on GitHub: through the API. */
async function dispatch(
  stage: Stage,
  repository: Repository,
  workflow: WorkflowFile,
  ref: string,
  inputs: Readonly<Record<string, string>>,
): Promise<number> {
  const token = stage.github.issueToken({
    permissions: { actions: "write", metadata: "read" },
    repositories: [repository.slug],
    kind: "user",
    identity: RELEASE_MASTER,
  });
  const file = encodeURIComponent(path.posix.basename(workflow.path));
  const url = `${stage.github.apiUrl}/repos/${repository.slug}/actions/workflows/${file}/dispatches`;
  const answer = await fetch(url, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      "user-agent": "auditable-release",
    },
    body: JSON.stringify({ ref, inputs, return_run_details: true }),
  });
  const body: unknown = await answer.json();
  if (typeof body === "object" && body !== null) {
    if ("workflow_run_id" in body) return Number(body.workflow_run_id);
    if ("message" in body) {
      throw new UsageError(`GitHub would not start ${workflow.path}: ${String(body.message)}`);
    }
  }
  throw new Error(`the stage answered ${answer.status} to the dispatch`);
}

async function keep({ stage, repository }: Scene, output: Output, interrupted: AbortSignal) {
  const token = stage.github.issueToken({
    permissions: { actions: "write", contents: "write", checks: "read", metadata: "read" },
    repositories: [repository.slug],
    kind: "user",
    identity: RELEASE_MASTER,
  });
  const lines = [
    "",
    "Everything is still up, until Ctrl-C:",
    `  GitHub API   ${stage.github.apiUrl}/repos/${repository.slug}`,
    `  git          ${stage.github.origin}/${repository.slug}.git`,
    `  registry     ${stage.registry.origin}`,
    `  bucket       ${stage.storage.apiEndpoint}`,
    `  Fulcio       ${stage.sigstore.fulcioUrl}`,
    `  Rekor        ${stage.sigstore.rekorUrl}`,
    `  a token of this stage, good for nothing else: ${token}`,
    "",
  ];
  output.write(lines.join("\n"));
  if (!interrupted.aborted) await once(interrupted, "abort");
}
