/**
 * What goes into a workflow and comes out of it: the inputs of `workflow_dispatch`, the inputs,
 * secrets and outputs of `workflow_call` ("Events that trigger workflows", "Reuse workflows").
 */
import { coerceToString, ExpressionError, type Scope } from "./expression.ts";
import { type GraphState, jobsContext } from "./graph.ts";
import {
  type CallJob,
  type CallTrigger,
  type InputDefinition,
  type InputType,
  type Json,
  type JsonObject,
  type Workflow,
} from "./model.ts";
import { evaluateTemplate, evaluateText, located } from "./template.ts";

/** What the API answers 422 with; the words are GitHub's where they are known. */
export class DispatchInputsError extends Error {
  override readonly name = "DispatchInputsError";
}

export interface DispatchInputs {
  /** The `inputs` context: typed. */
  readonly inputs: JsonObject;
  /** `github.event.inputs`: all are texts. */
  readonly eventInputs: Readonly<Record<string, string>>;
}

/**
 * @param given as the API takes them, mostly texts
 * @param environments those of the repository, for inputs of that type; any name unless told
 * @throws {DispatchInputsError}
 */
export function dispatchInputs(
  workflow: Workflow,
  given: JsonObject,
  environments?: readonly string[],
): DispatchInputs {
  const definitions = workflow.on.dispatch?.inputs;
  if (definitions === undefined) {
    throw new DispatchInputsError("Workflow does not have 'workflow_dispatch' trigger");
  }
  const names = new Set(definitions.map(({ name }) => name.toLowerCase()));
  const unexpected = Object.keys(given).filter((name) => !names.has(name.toLowerCase()));
  if (unexpected.length > 0) {
    throw new DispatchInputsError(`Unexpected inputs provided: ${JSON.stringify(unexpected)}`);
  }
  const texts = definitions.map((definition): readonly [InputDefinition, string | undefined] => {
    const found = Object.entries(given).find(
      ([name]) => name.toLowerCase() === definition.name.toLowerCase(),
    );
    return [definition, found === undefined ? defaultText(definition) : coerceToString(found[1])];
  });
  for (const [definition, text] of texts) checkDispatchInput(definition, text, environments ?? []);
  return {
    inputs: Object.fromEntries(
      texts.map(([{ name, type }, text]) => [name, typedText(type, text)]),
    ),
    eventInputs: Object.fromEntries(
      texts.flatMap(([{ name }, text]) => (text === undefined ? [] : [[name, text]])),
    ),
  };
}

/**
 * The `inputs` context of a called workflow. A value has its input's type already: a text is no
 * boolean and no number, as on GitHub.
 *
 * @param caller github, inputs, vars, needs, strategy, matrix of the calling job
 * @param callee github, inputs and vars, in which defaults are evaluated
 * @throws {WorkflowError}
 */
export function callInputs(
  job: CallJob,
  trigger: CallTrigger,
  caller: Scope,
  callee: Scope,
): JsonObject {
  return Object.fromEntries(
    trigger.inputs.map((input): [string, Json] => {
      const given = entryOf(job.with, input.name);
      const template = given ?? input.default;
      if (template === undefined) return [input.name, emptyOf(input.type)];
      const value = evaluateTemplate(template, given === undefined ? callee : caller);
      return [input.name, located(template, () => typedValue(input.type, value))];
    }),
  );
}

/** The `secrets` context of a called workflow: all of the caller's, or those that are passed. */
export function callSecrets(
  job: CallJob,
  secrets: Readonly<Record<string, string>>,
  caller: Scope,
): Readonly<Record<string, string>> {
  if (job.secrets === "inherit") return secrets;
  return Object.fromEntries(
    Object.entries(job.secrets).map(([name, template]) => [name, evaluateText(template, caller)]),
  );
}

/** The outputs of the calling job. */
export function callOutputs(
  trigger: CallTrigger,
  graph: GraphState,
): Readonly<Record<string, string>> {
  const contexts = { ...graph.contexts, jobs: jobsContext(graph) };
  return Object.fromEntries(
    trigger.outputs.map(({ name, value }) => [name, evaluateText(value, { contexts })]),
  );
}

/** How a called workflow's jobs are shown. */
export function nestedName(caller: string, callee: string): string {
  return `${caller} / ${callee}`;
}

/**
 * A value that an input of a called workflow takes, which is known only without expressions.
 *
 * @throws {ExpressionError}
 */
export function typedValue(type: InputType, value: Json): Json {
  const isFitting =
    type === "boolean" || type === "number"
      ? typeof value === type
      : typeof value !== "object" || value === null;
  if (!isFitting) {
    const seen = typeof value === "object" ? JSON.stringify(value) : value;
    throw new ExpressionError(`Unexpected value '${seen}'; the input is a ${type}`);
  }
  return type === "boolean" || type === "number" ? value : coerceToString(value);
}

/** Names of inputs and secrets do not depend on case. */
export function entryOf<T>(values: Readonly<Record<string, T>>, name: string): T | undefined {
  const found = Object.entries(values).find(([key]) => key.toLowerCase() === name.toLowerCase());
  return found?.[1];
}

function defaultText(definition: InputDefinition): string | undefined {
  if (definition.default !== undefined) return coerceToString(definition.default.value);
  if (definition.type === "boolean") return "false";
  // The form shows the first option, and so the API takes it.
  return definition.type === "choice" ? definition.options[0] : undefined;
}

function checkDispatchInput(
  { name, type, required, options }: InputDefinition,
  text: string | undefined,
  environments: readonly string[],
): void {
  if (required && (text === undefined || text === "")) {
    throw new DispatchInputsError(`Required input '${name}' not provided`);
  }
  if (text === undefined) return;
  const list = type === "environment" ? environments : options;
  const isListed = list.length === 0 || list.includes(text);
  if ((type === "choice" || type === "environment") && !isListed) {
    throw new DispatchInputsError(
      `Provided value '${text}' for input '${name}' not in the list of allowed values`,
    );
  }
  const isBoolean = text === "true" || text === "false";
  const isNumber = text.trim() !== "" && Number.isFinite(Number(text));
  if ((type === "boolean" && !isBoolean) || (type === "number" && !isNumber && text !== "")) {
    throw new DispatchInputsError(`Provided value '${text}' for input '${name}' is not a ${type}`);
  }
}

function typedText(type: InputType, text: string | undefined): Json {
  if (text === undefined) return emptyOf(type);
  if (type === "boolean") return text === "true";
  return type === "number" ? Number(text) : text;
}

function emptyOf(type: InputType): Json {
  if (type === "boolean") return false;
  return type === "number" ? 0 : "";
}
