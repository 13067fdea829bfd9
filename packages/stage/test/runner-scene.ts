/** What the runner's tests start from: a repository with a workflow, and everything a run said. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type GithubHost, type Repository, type Stage, startStage } from "../src/index.ts";
import {
  type RunEvent,
  type RunHandle,
  type RunRequest,
  type RunResult,
  type RunServices,
  startRun,
} from "../src/runner/index.ts";

export const APP = "octo/app";
export const WORKFLOW = ".github/workflows/ci.yml";

export interface RunnerScene extends AsyncDisposable {
  readonly stage: Stage;
  readonly host: GithubHost;
  readonly repo: Repository;
  /** Commits the files on main. */
  commit(files: Readonly<Record<string, string>>): Promise<string>;
}

export async function startRunnerScene(): Promise<RunnerScene> {
  const stage = await startStage();
  const host = stage.github;
  const repo = await host.createRepository(APP);
  return {
    stage,
    host,
    repo,
    commit: (files) => repo.commit({ branch: "main", files }),
    [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
  };
}

export interface Story {
  readonly result: RunResult;
  readonly events: readonly RunEvent[];
  /** Every line of every job, in order. */
  readonly lines: readonly string[];
  readonly log: string;
  /** `<job>/<step>: <conclusion>` */
  readonly steps: readonly string[];
  readonly handle: RunHandle;
}

export interface Options extends Partial<RunRequest>, RunServices {
  readonly files?: Readonly<Record<string, string>>;
  /** Called with every event, and with the handle once there is one. */
  readonly during?: (event: RunEvent, cancel: () => void) => void;
}

/** Commits the workflow, and runs it to its end. */
export async function runWorkflow(
  scene: RunnerScene,
  workflow: string,
  options: Options = {},
): Promise<Story> {
  await scene.commit({ [WORKFLOW]: workflow, ...options.files });
  const events: RunEvent[] = [];
  const handles: RunHandle[] = [];
  const observer = (event: RunEvent): void => {
    events.push(event);
    options.during?.(event, () => handles[0]?.cancel());
  };
  const request = { host: scene.host, repository: APP, workflow: WORKFLOW, ...options };
  const handle = await startRun(request, {
    patience: { interruptMs: 200, terminateMs: 200 },
    ...options,
    observer,
  });
  handles.push(handle);
  const result = await handle.finished;
  const lines = events.flatMap((event) => (event.kind === "log" ? [event.line] : []));
  const steps = events.flatMap((event) =>
    event.kind === "step-finished"
      ? [`${event.job.name}/${event.step.name}: ${event.conclusion}`]
      : [],
  );
  return { result, events, lines, log: lines.join("\n"), steps, handle };
}

/** A workflow of one job with these steps, indented as they stand. */
export function oneJob(steps: string, more = ""): string {
  return `on: workflow_dispatch
jobs:
  job:
    runs-on: ubuntu-latest
${more}    steps:
${steps.replace(/^\n/, "").replace(/\n *$/, "")}
`;
}

/** What a job wrote with `printf >> $RESULT`-like lines: everything after `mark` of each line. */
export function said(story: Story, mark = "= "): readonly string[] {
  return story.lines.flatMap((line) => (line.startsWith(mark) ? [line.slice(mark.length)] : []));
}

/** A process that has ended has no environment any more, also where nobody has asked for its code. */
export function isRunning(pid: string): boolean {
  try {
    return readFileSync(join("/proc", pid, "environ")).length > 0;
  } catch {
    return false;
  }
}
