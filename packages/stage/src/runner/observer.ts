import type { Annotation } from "../workflow-commands.ts";
/**
 * What a run tells while it runs: one stream of events, for a store that the API serves from, for a
 * progress view and for tests. Every text in it is masked.
 */
import type { JobResult, JsonObject, PermissionSet } from "../workflow/model.ts";

/** What a step or an action comes to. */
export type Conclusion = "success" | "failure" | "cancelled" | "skipped";

export interface RunInfo {
  readonly runId: number;
  readonly runNumber: number;
  readonly runAttempt: number;
  readonly repository: string;
  /** The workflow file's path. */
  readonly path: string;
  /** The workflow's name, and the run's. */
  readonly workflow: string;
  readonly title: string;
  readonly ref: string;
  readonly sha: string;
  readonly eventName: string;
  readonly actor: string;
}

export interface JobInfo {
  /** Unique in the run and the same in every attempt: `build`, `release/sign[0]`. */
  readonly key: string;
  /** As people see it, the names of its callers before it. */
  readonly name: string;
  /** The id in its workflow file. */
  readonly jobId: string;
  /** The file that defines the job: `owner/name/path@ref`. */
  readonly workflowRef: string;
  readonly workflowSha: string;
  readonly runsOn: readonly string[];
  readonly environment: string | undefined;
  readonly permissions: PermissionSet;
  readonly checkRunId: number;
  /** The combination of the job's matrix. */
  readonly matrix: JsonObject | undefined;
}

export interface StepInfo {
  /** From 1, "Set up job", in the order of execution. */
  readonly number: number;
  readonly name: string;
}

/** Why a job that could run does not yet. */
export type WaitReason = "concurrency" | "environment" | "capacity";

export type RunEvent =
  | { readonly kind: "run-started"; readonly at: Date; readonly run: RunInfo }
  | {
      readonly kind: "run-finished";
      readonly at: Date;
      readonly run: RunInfo;
      readonly conclusion: JobResult;
    }
  | {
      readonly kind: "job-waiting";
      readonly at: Date;
      readonly job: JobInfo;
      readonly reason: WaitReason;
    }
  | { readonly kind: "job-started"; readonly at: Date; readonly job: JobInfo }
  | {
      readonly kind: "job-finished";
      readonly at: Date;
      readonly job: JobInfo;
      readonly conclusion: JobResult;
      readonly outputs: Readonly<Record<string, string>>;
      readonly environmentUrl: string | undefined;
    }
  /** A job whose condition did not hold, or that was cancelled before it started. */
  | {
      readonly kind: "job-skipped";
      readonly at: Date;
      readonly key: string;
      readonly name: string;
      readonly conclusion: "skipped" | "cancelled" | "failure";
      readonly reason: string;
    }
  | {
      readonly kind: "step-started";
      readonly at: Date;
      readonly job: JobInfo;
      readonly step: StepInfo;
    }
  | {
      readonly kind: "step-finished";
      readonly at: Date;
      readonly job: JobInfo;
      readonly step: StepInfo;
      /** Before `continue-on-error` is applied. */
      readonly outcome: Conclusion;
      readonly conclusion: Conclusion;
      /** What the step wrote to its summary; empty when nothing, or too much. */
      readonly summary: string;
    }
  /** One line of the job's log, without its timestamp: `formatLogLine` adds that. */
  | {
      readonly kind: "log";
      readonly at: Date;
      readonly job: JobInfo;
      readonly step: StepInfo;
      readonly line: string;
    }
  | {
      readonly kind: "annotation";
      readonly at: Date;
      readonly job: JobInfo;
      readonly step: StepInfo;
      readonly annotation: Annotation;
    }
  /** Something tried to leave this machine, and was stopped. */
  | {
      readonly kind: "egress";
      readonly at: Date;
      readonly job: JobInfo;
      readonly step: StepInfo;
      readonly target: string;
    };

/** Called in order, at once. What it throws ends the run, and comes out of `finished`. */
export type RunObserver = (event: RunEvent) => void;

/** A line as GitHub's log files have it: the time in tenths of a microsecond, a blank, the text. */
export function formatLogLine(at: Date, line: string): string {
  return `${at.toISOString().replace("Z", "0000Z")} ${line}`;
}
