/**
 * The typed model of workflow and action files: what they say, not yet evaluated. Names follow the
 * documents "Workflow syntax for GitHub Actions" and "Metadata syntax reference".
 */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** A place in a file; lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong, where, and what is allowed instead when that can be said. */
export interface Problem extends Place {
  readonly message: string;
}

/** Says every problem of a file, or of a whole run, one a line: `<file>:<line>:<column>: <what>`. */
export class WorkflowError extends Error {
  override readonly name = "WorkflowError";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map((it) => `${it.file}:${it.line}:${it.column}: ${it.message}`).join("\n"));
    this.problems = problems;
  }
}

/**
 * A value as YAML gives it, whose strings may hold `${{ }}`. `template.ts` evaluates it. `key` is
 * the place in the syntax, such as `jobs.<job_id>.env`; it decides which contexts there are.
 */
export interface Template {
  readonly value: Json;
  readonly key: string;
  readonly place: Place;
}

/** An `if`, with the `success() &&` that GitHub adds where no status function is called. */
export interface Condition {
  readonly expression: string;
  readonly key: string;
  readonly place: Place;
}

export type AccessLevel = "none" | "read" | "write";
/** Every scope GitHub knows, each with its level. */
export type PermissionSet = Readonly<Record<string, AccessLevel>>;
/** Scopes that a mapping does not name are "none". */
export type PermissionsDeclaration =
  | { readonly kind: "read-all" | "write-all"; readonly place: Place }
  | { readonly kind: "scopes"; readonly scopes: PermissionSet; readonly place: Place };

export type InputType = "string" | "boolean" | "number" | "choice" | "environment";

export interface InputDefinition {
  readonly name: string;
  readonly type: InputType;
  readonly description: string | undefined;
  readonly required: boolean;
  /** `workflow_call` defaults may hold expressions, `workflow_dispatch` defaults may not. */
  readonly default: Template | undefined;
  /** Empty unless the type is `choice`. */
  readonly options: readonly string[];
  readonly place: Place;
}

interface SecretDefinition {
  readonly name: string;
  readonly required: boolean;
  readonly place: Place;
}

export interface OutputDefinition {
  readonly name: string;
  readonly value: Template;
}

export interface CallTrigger {
  readonly inputs: readonly InputDefinition[];
  readonly secrets: readonly SecretDefinition[];
  readonly outputs: readonly OutputDefinition[];
}

export interface EventTrigger {
  readonly event: string;
  /** `types`, `branches`, `paths-ignore` and so on, each as a list, as they stand. */
  readonly filters: Readonly<Record<string, readonly string[]>>;
  readonly place: Place;
}

export interface Triggers {
  /** All events, `workflow_dispatch` and `workflow_call` included. */
  readonly events: readonly EventTrigger[];
  readonly dispatch: { readonly inputs: readonly InputDefinition[] } | undefined;
  readonly call: CallTrigger | undefined;
  readonly schedule: readonly string[];
}

/** `defaults.run`; `shell` and `working-directory` may hold expressions in a job's. */
export interface RunDefaults {
  readonly shell: Template | undefined;
  readonly workingDirectory: Template | undefined;
}

/** Each may be an expression as a whole; `evaluateStrategy` reads it. */
export interface StrategyTemplate {
  readonly matrix: Template | undefined;
  readonly failFast: Template | undefined;
  readonly maxParallel: Template | undefined;
  readonly place: Place;
}

interface StepBase {
  /** The `id` the file gives, undefined if none: such a step is not in the `steps` context. */
  readonly id: string | undefined;
  /** Unique in the job; GitHub's own (`__run`, `__actions_checkout_2`) where the file gives none. */
  readonly contextName: string;
  readonly name: Template | undefined;
  readonly if: Condition;
  readonly env: Template | undefined;
  readonly continueOnError: Template | undefined;
  readonly timeoutMinutes: Template | undefined;
  readonly place: Place;
}
export interface RunStep extends StepBase {
  readonly kind: "run";
  readonly run: Template;
  readonly shell: Template | undefined;
  readonly workingDirectory: Template | undefined;
}
export interface UsesStep extends StepBase {
  readonly kind: "uses";
  readonly uses: string;
  readonly reference: ActionReference;
  readonly with: Template | undefined;
}
export type Step = RunStep | UsesStep;

/** What the `uses` of a step names. Docker images are refused when the file is loaded. */
export type ActionReference =
  /** `./path`: in the workspace. */
  | { readonly kind: "workspace"; readonly path: string }
  /** `$/path`: in the repository and at the commit of the file that says so. */
  | { readonly kind: "self"; readonly path: string }
  | {
      readonly kind: "repository";
      readonly repository: string;
      readonly path: string;
      readonly ref: string;
    };

/** What the `uses` of a job names: the caller's own repository and commit, or another's. */
export type WorkflowReference =
  | { readonly kind: "own"; readonly path: string }
  | {
      readonly kind: "repository";
      readonly repository: string;
      readonly path: string;
      readonly ref: string;
    };

interface JobBase {
  readonly id: string;
  readonly name: Template | undefined;
  readonly needs: readonly string[];
  readonly if: Condition;
  readonly strategy: StrategyTemplate | undefined;
  readonly permissions: PermissionsDeclaration | undefined;
  readonly concurrency: Template | undefined;
  readonly place: Place;
}
export interface StepsJob extends JobBase {
  readonly kind: "steps";
  readonly runsOn: Template;
  readonly env: Template | undefined;
  readonly defaults: RunDefaults;
  readonly outputs: readonly OutputDefinition[];
  readonly environment: Template | undefined;
  readonly timeoutMinutes: Template | undefined;
  readonly continueOnError: Template | undefined;
  readonly steps: readonly Step[];
}
export interface CallJob extends JobBase {
  readonly kind: "call";
  readonly uses: string;
  readonly reference: WorkflowReference;
  /** The values of `with`, by the name they are given under. */
  readonly with: Readonly<Record<string, Template>>;
  readonly secrets: "inherit" | Readonly<Record<string, Template>>;
}
export type Job = StepsJob | CallJob;

export interface Workflow {
  /** The path in its repository. */
  readonly file: string;
  readonly name: string | undefined;
  readonly runName: Template | undefined;
  readonly on: Triggers;
  readonly env: Template | undefined;
  readonly defaults: RunDefaults;
  readonly permissions: PermissionsDeclaration | undefined;
  readonly concurrency: Template | undefined;
  /** In the order of the file. */
  readonly jobs: readonly Job[];
}

interface ActionInput {
  readonly name: string;
  readonly description: string | undefined;
  readonly required: boolean;
  readonly default: Template | undefined;
  readonly deprecationMessage: string | undefined;
}

export interface JavaScriptRuns {
  readonly kind: "javascript";
  readonly using: "node20" | "node24";
  readonly main: string;
  readonly pre: string | undefined;
  /** `always()` unless the file says something else; no `success() &&` is added to these two. */
  readonly preIf: Condition;
  readonly post: string | undefined;
  readonly postIf: Condition;
}
export interface CompositeRuns {
  readonly kind: "composite";
  readonly steps: readonly Step[];
}

export interface ActionFile {
  readonly file: string;
  readonly name: string;
  readonly description: string | undefined;
  readonly inputs: readonly ActionInput[];
  /** Of a composite action; a JavaScript action sets its outputs itself. */
  readonly outputs: readonly OutputDefinition[];
  /** Of either kind: what the file declares. */
  readonly outputNames: readonly string[];
  readonly runs: JavaScriptRuns | CompositeRuns;
}

/** `skipped` is a job's that never started. */
export type JobResult = "success" | "failure" | "cancelled" | "skipped";
