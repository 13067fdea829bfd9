/**
 * A run before it runs: the workflow and every workflow it calls, found, read, and checked against
 * each other ("Reuse workflows"; actions/runner, ReusableWorkflowsLoader.cs).
 */
import { typedValue, entryOf } from "./calls.ts";
import { type FindingOptions, findUnset } from "./findings.ts";
import { loadWorkflow } from "./load-workflow.ts";
import {
  type CallJob,
  type CallTrigger,
  type Job,
  type PermissionSet,
  type Problem,
  type Workflow,
  WorkflowError,
} from "./model.ts";
import { declaredPermissions, elevations, jobPermissions } from "./permissions.ts";
import { located } from "./template.ts";

/** A workflow file, and where it comes from. */
export interface WorkflowSource {
  /** `owner/name` */
  readonly repository: string;
  /** As it is asked for: of the entry the run's ref, of others what follows the `@`. */
  readonly ref: string;
  /** The commit the file is read at; `./` and `$/` in it mean that commit. */
  readonly sha: string;
  readonly path: string;
  readonly text: string;
}

/** Undefined when there is no such file, or the caller must not see it. */
type WorkflowResolver = (wanted: {
  readonly repository: string;
  /** A commit for a file of the caller's own repository. */
  readonly ref: string;
  readonly path: string;
}) => Promise<WorkflowSource | undefined>;

export interface PlannedWorkflow {
  readonly workflow: Workflow;
  readonly source: WorkflowSource;
  /** What each job's token may do, by job id; for a call: what it hands on. */
  readonly permissions: ReadonlyMap<string, PermissionSet>;
  /** The called workflows, by the id of the calling job. */
  readonly calls: ReadonlyMap<string, PlannedWorkflow>;
}

export interface RunPlan {
  readonly root: PlannedWorkflow;
  /** What GitHub would run and what then is empty: unknown steps, inputs, secrets, outputs. */
  readonly warnings: readonly Problem[];
}

export interface PlanOptions {
  readonly source: WorkflowSource;
  readonly resolve: WorkflowResolver;
  /** What a job gets where no file declares permissions. */
  readonly defaultPermissions: PermissionSet;
  /** Names of the secrets there are; nothing is said about missing ones unless told. */
  readonly secrets?: readonly string[];
}

/** "Reuse workflows: Nesting reusable workflows": ten levels, the caller's being the first. */
const MAX_CALL_DEPTH = 9;
/** "Reuse workflows: Limitations". */
const MAX_CALLED = 50;

/** @throws {WorkflowError} with the problems of the first file that has some */
export async function planRun(options: PlanOptions): Promise<RunPlan> {
  const planner = new Planner(options);
  const workflow = await loadWorkflow(options.source.path, options.source.text);
  const root = await planner.plan(workflow, options.source, options.defaultPermissions);
  return { root, warnings: planWarnings(root, { secrets: options.secrets }) };
}

/** What GitHub runs and leaves empty, also of outputs of actions that are at hand. */
export function planWarnings(
  planned: PlannedWorkflow,
  options: FindingOptions,
): readonly Problem[] {
  const called = new Map(
    [...planned.calls].map(([id, { workflow }]) => [id, workflow.on.call] as const),
  );
  const nested = planned.workflow.jobs.flatMap((job) => {
    const callee = planned.calls.get(job.id);
    if (job.kind !== "call" || callee === undefined) return [];
    const secrets = job.secrets === "inherit" ? options.secrets : Object.keys(job.secrets);
    return [...planWarnings(callee, { ...options, secrets })];
  });
  const all = [...findUnset(planned.workflow, called, options), ...nested];
  // A workflow that is called twice says it once.
  return [...new Map(all.map((it) => [JSON.stringify(it), it])).values()];
}

class Planner {
  readonly #resolve: WorkflowResolver;
  readonly #entry: WorkflowSource;
  readonly #loaded = new Map<
    string,
    { readonly source: WorkflowSource; readonly workflow: Workflow }
  >();

  constructor(options: PlanOptions) {
    this.#resolve = options.resolve;
    this.#entry = options.source;
  }

  /**
   * @param chain the files on the way here, this one not among them
   * @param isDeclared whether a file on the way, and not the repository's setting, gives `given`
   */
  async plan(
    workflow: Workflow,
    source: WorkflowSource,
    given: PermissionSet,
    chain: readonly string[] = [],
    isDeclared = false,
  ): Promise<PlannedWorkflow> {
    const way = [...chain, identity(source)];
    const permissions = new Map<string, PermissionSet>();
    const calls = new Map<string, PlannedWorkflow>();
    for (const job of workflow.jobs) {
      const granted = jobPermissions(workflow, job, given);
      permissions.set(job.id, granted);
      if (job.kind !== "call") continue;
      const declared = isDeclared || (job.permissions ?? workflow.permissions) !== undefined;
      calls.set(job.id, await this.#planCall(job, source, granted, declared, way));
    }
    return { workflow, source, permissions, calls };
  }

  async #planCall(
    job: CallJob,
    caller: WorkflowSource,
    granted: PermissionSet,
    isDeclared: boolean,
    way: readonly string[],
  ): Promise<PlannedWorkflow> {
    const refuse = (message: string): never => {
      throw new WorkflowError([{ ...job.place, message }]);
    };
    if (way.length > MAX_CALL_DEPTH) {
      refuse(`Nested reusable workflow depth exceeded ${MAX_CALL_DEPTH}.`);
    }
    const { source, workflow } = await this.#load(job, caller, refuse);
    if (way.includes(identity(source))) {
      refuse(`Error calling workflow '${job.uses}'. Loops in the workflow tree are not permitted`);
    }
    const trigger = workflow.on.call;
    if (trigger === undefined) {
      return refuse(
        `Error calling workflow '${job.uses}'. workflow_call key is not defined in the ` +
          "referenced workflow.",
      );
    }
    checkInputs(job, trigger);
    checkSecrets(job, trigger);
    checkPermissions(job, workflow, this.#allowed(granted, source, isDeclared));
    return this.plan(workflow, source, granted, way, isDeclared);
  }

  /**
   * Where only a permissive setting gives permissions, a called workflow of the same owner may ask
   * for an identity, which the setting itself gives to nobody (PermissionsHelper.cs).
   */
  #allowed(granted: PermissionSet, callee: WorkflowSource, isDeclared: boolean): PermissionSet {
    const isTrusted = ownerOf(callee) === ownerOf(this.#entry);
    if (isDeclared || !isTrusted || granted["contents"] !== "write") return granted;
    return { ...granted, "id-token": "write" };
  }

  async #load(
    job: CallJob,
    caller: WorkflowSource,
    refuse: (message: string) => never,
  ): Promise<{ readonly source: WorkflowSource; readonly workflow: Workflow }> {
    const { reference } = job;
    const wanted =
      reference.kind === "own"
        ? { repository: caller.repository, ref: caller.sha, path: reference.path }
        : { repository: reference.repository, ref: reference.ref, path: reference.path };
    const label = `${wanted.repository}/${wanted.path}@${wanted.ref}`;
    const known = this.#loaded.get(label);
    if (known !== undefined) return known;
    if (this.#loaded.size >= MAX_CALLED) {
      refuse(`a run calls at most ${MAX_CALLED} different workflows`);
    }
    const source = await this.#resolve(wanted);
    if (source === undefined) {
      return refuse(`error parsing called workflow "${job.uses}": workflow was not found.`);
    }
    const isEntrys = isSameCommit(source, this.#entry);
    const file = isEntrys ? wanted.path : label;
    const loaded = { source, workflow: await loadWorkflow(file, source.text) };
    this.#loaded.set(label, loaded);
    return loaded;
  }
}

function checkInputs(job: CallJob, trigger: CallTrigger): void {
  const problems: Problem[] = [];
  for (const input of trigger.inputs) {
    const given = entryOf(job.with, input.name);
    if (given === undefined) {
      if (!input.required) continue;
      const message = `Input ${input.name} is required, but not provided while calling.`;
      problems.push({ ...job.place, message });
    } else if (!hasExpression(given.value)) {
      try {
        located(given, () => typedValue(input.type, given.value));
      } catch (error) {
        if (!(error instanceof WorkflowError)) throw error;
        problems.push(...error.problems);
      }
    }
  }
  const names = trigger.inputs.map(({ name }) => name);
  problems.push(...undefinedOnes(job.with, names, "input"));
  if (problems.length > 0) throw new WorkflowError(problems);
}

function checkSecrets(job: CallJob, trigger: CallTrigger): void {
  const { secrets } = job;
  if (secrets === "inherit") return;
  const missing = trigger.secrets
    .filter(({ name, required }) => required && entryOf(secrets, name) === undefined)
    .map(({ name }): Problem => ({
      ...job.place,
      message: `Secret ${name} is required, but not provided while calling.`,
    }));
  const names = trigger.secrets.map(({ name }) => name);
  const problems = [...missing, ...undefinedOnes(secrets, names, "secret")];
  if (problems.length > 0) throw new WorkflowError(problems);
}

function undefinedOnes(
  given: Readonly<Record<string, { readonly place: Job["place"] }>>,
  names: readonly string[],
  what: string,
): readonly Problem[] {
  const known = new Set(names.map((name) => name.toLowerCase()));
  const allowed = names.length === 0 ? "there are none" : `allowed are ${names.join(", ")}`;
  return Object.entries(given)
    .filter(([name]) => !known.has(name.toLowerCase()))
    .map(([name, { place }]) => ({
      ...place,
      message: `Invalid ${what}, ${name} is not defined in the referenced workflow; ${allowed}`,
    }));
}

/** A called workflow may take permissions away, and add none. */
function checkPermissions(job: CallJob, callee: Workflow, granted: PermissionSet): void {
  const requests = [
    ...(callee.permissions === undefined
      ? []
      : [{ who: "The workflow", declaration: callee.permissions }]),
    ...callee.jobs.flatMap(({ id, permissions }) =>
      permissions === undefined
        ? []
        : [{ who: `The nested job '${id}'`, declaration: permissions }],
    ),
  ];
  const problems = requests.flatMap(({ who, declaration }): readonly Problem[] => {
    const found = elevations(declaredPermissions(declaration), granted);
    if (found === undefined) return [];
    const message =
      `Error calling workflow '${job.uses}'. ${who} is requesting '${found.requested}', but is ` +
      `only allowed '${found.allowed}'.`;
    return [{ ...job.place, message }];
  });
  if (problems.length > 0) throw new WorkflowError(problems);
}

function hasExpression(value: unknown): boolean {
  return typeof value === "string" && value.includes("${{");
}

function ownerOf(source: WorkflowSource): string {
  return source.repository.split("/")[0]?.toLowerCase() ?? "";
}

function isSameCommit(a: WorkflowSource, b: WorkflowSource): boolean {
  return a.repository.toLowerCase() === b.repository.toLowerCase() && a.sha === b.sha;
}

function identity(source: WorkflowSource): string {
  return `${source.repository.toLowerCase()}/${source.path}@${source.sha}`;
}
