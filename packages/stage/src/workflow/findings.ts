/**
 * What GitHub runs all the same and what is then silently empty: references to steps, needs,
 * outputs, inputs and secrets that are not there, as far as the files decide it.
 */
import { ExpressionError, readPaths } from "./expression.ts";
import {
  type ActionFile,
  type CallTrigger,
  type Condition,
  type Job,
  type Json,
  type Problem,
  type Template,
  type UsesStep,
  type Workflow,
} from "./model.ts";
import { splitTemplate } from "./template.ts";

/** The outputs of each id in lower case; undefined where they cannot be known. */
type Outputs = ReadonlyMap<string, readonly string[] | undefined>;

/** What a path may name; undefined where anything goes. */
interface Known {
  readonly steps: Outputs | undefined;
  readonly needs: Outputs | undefined;
  readonly jobs: Outputs | undefined;
  readonly inputs: readonly string[] | undefined;
  readonly secrets: readonly string[] | undefined;
}

export interface FindingOptions {
  /** The names there are, undefined when that is not known. */
  readonly secrets?: readonly string[] | undefined;
  /** The action a step uses, undefined when it is not at hand. */
  readonly actionOf?: ((step: UsesStep) => ActionFile | undefined) | undefined;
}

/**
 * @param called the triggers of called workflows, by the id of the calling job
 */
export function findUnset(
  workflow: Workflow,
  called: ReadonlyMap<string, CallTrigger | undefined>,
  { secrets, actionOf }: FindingOptions,
): readonly Problem[] {
  const outputs = new Map(
    workflow.jobs.map((job) => [job.id.toLowerCase(), outputNames(job, called)] as const),
  );
  const top: Known = {
    steps: undefined,
    needs: undefined,
    jobs: outputs,
    inputs: inputNames(workflow),
    secrets: secrets === undefined ? undefined : [...secrets, "GITHUB_TOKEN"],
  };
  const callOutputs = workflow.on.call?.outputs.map(({ value }) => value) ?? [];
  return [
    ...inTemplates([workflow.runName, workflow.env, workflow.concurrency, ...callOutputs], top),
    ...workflow.jobs.flatMap((job) => inJob(job, top, outputs, actionOf)),
  ];
}

function inJob(
  job: Job,
  top: Known,
  outputs: Outputs,
  actionOf: FindingOptions["actionOf"],
): readonly Problem[] {
  const needs = new Map(
    job.needs.map((id) => [id.toLowerCase(), outputs.get(id.toLowerCase())] as const),
  );
  const known = { ...top, needs };
  const common = [
    job.name,
    job.concurrency,
    job.strategy?.matrix,
    job.strategy?.failFast,
    job.strategy?.maxParallel,
  ];
  const ofJob = [...inTemplates(common, known), ...inCondition(job.if, known)];
  if (job.kind === "call") {
    const secrets = job.secrets === "inherit" ? [] : Object.values(job.secrets);
    return [...ofJob, ...inTemplates([...Object.values(job.with), ...secrets], known)];
  }
  const steps = new Map(
    job.steps.flatMap((step): [string, readonly string[] | undefined][] => {
      if (step.id === undefined) return [];
      // A script may set any output.
      const names = step.kind === "uses" ? actionOf?.(step)?.outputNames : undefined;
      return [[step.id.toLowerCase(), names]];
    }),
  );
  const withSteps = { ...known, steps };
  return [
    ...ofJob,
    ...inTemplates([job.runsOn, job.env, job.timeoutMinutes, job.continueOnError], known),
    ...inTemplates([job.environment, ...job.outputs.map(({ value }) => value)], withSteps),
    ...job.steps.flatMap((step) => [
      ...inCondition(step.if, withSteps),
      ...inTemplates([step.name, step.env, step.continueOnError, step.timeoutMinutes], withSteps),
      ...(step.kind === "run"
        ? inTemplates([step.run, step.shell, step.workingDirectory], withSteps)
        : inTemplates([step.with], withSteps)),
    ]),
  ];
}

function inTemplates(
  templates: readonly (Template | undefined)[],
  known: Known,
): readonly Problem[] {
  return templates.flatMap((template) => {
    if (template === undefined) return [];
    return texts(template.value).flatMap((text) =>
      expressions(text).flatMap((expression) => inExpression(expression, template, known)),
    );
  });
}

function inCondition(condition: Condition, known: Known): readonly Problem[] {
  return inExpression(condition.expression, condition, known);
}

function inExpression(
  expression: string,
  { key, place }: Pick<Template, "key" | "place">,
  known: Known,
): readonly Problem[] {
  return readPaths(expression).flatMap((path) => {
    const message = unsetIn(path, known);
    return message === undefined ? [] : [{ ...place, message: `${key}: ${message}` }];
  });
}

const IDS = {
  steps: "a step of this job with that id",
  needs: "a job this one needs",
  jobs: "a job of that id",
} as const;

function unsetIn(path: readonly string[], known: Known): string | undefined {
  const [context, name, member, output] = path.map((part) => part.toLowerCase());
  if (name === undefined || name === "*") return undefined;
  const written = path.slice(0, 2).join(".");
  switch (context) {
    case "inputs":
      return unlisted(written, name, known.inputs, "an input of that name");
    case "secrets":
      return unlisted(written, name, known.secrets, "a secret of that name");
    case "steps":
    case "needs":
    case "jobs": {
      const all = known[context];
      if (all === undefined) return undefined;
      const missing = unlisted(written, name, [...all.keys()], IDS[context]);
      if (missing !== undefined || member !== "outputs") return missing;
      if (output === undefined || output === "*") return undefined;
      return unlisted(path.slice(0, 4).join("."), output, all.get(name), "an output of it");
    }
    case undefined:
    default:
      return undefined;
  }
}

function unlisted(
  written: string,
  name: string,
  names: readonly string[] | undefined,
  what: string,
): string | undefined {
  if (names === undefined) return undefined;
  if (names.some((known) => known.toLowerCase() === name)) return undefined;
  const there = names.length === 0 ? "there is none" : `there is ${names.join(", ")}`;
  return `'${written}' is empty: it is not ${what}; ${there}`;
}

function outputNames(
  job: Job,
  called: ReadonlyMap<string, CallTrigger | undefined>,
): readonly string[] | undefined {
  const outputs = job.kind === "steps" ? job.outputs : called.get(job.id)?.outputs;
  return outputs?.map(({ name }) => name);
}

function inputNames(workflow: Workflow): readonly string[] {
  const { dispatch, call } = workflow.on;
  return [...(dispatch?.inputs ?? []), ...(call?.inputs ?? [])].map(({ name }) => name);
}

function texts(value: Json): readonly string[] {
  if (typeof value === "string") return [value];
  if (value === null || typeof value !== "object") return [];
  return Object.values(value).flatMap(texts);
}

/** What cannot be split is an error of the schema check, not a finding. */
function expressions(text: string): readonly string[] {
  try {
    return splitTemplate(text).flatMap((segment) =>
      segment.kind === "expression" ? [segment.expression] : [],
    );
  } catch (error) {
    if (error instanceof ExpressionError) return [];
    throw error;
  }
}
