/** Reads a workflow file into the model; see "Workflow syntax for GitHub Actions". */
import { typedValue } from "./calls.ts";
import { coerceToString, ExpressionError } from "./expression.ts";
import { expandMatrix } from "./matrix.ts";
import {
  conditionOf,
  Findings,
  listOf,
  outputsOf,
  refuse,
  requiredTemplate,
  stepsOf,
  templateOf,
  textOf,
} from "./model-reader.ts";
import {
  type AccessLevel,
  type CallTrigger,
  type EventTrigger,
  type InputDefinition,
  type InputType,
  type Job,
  type PermissionsDeclaration,
  type RunDefaults,
  type StrategyTemplate,
  type Template,
  type Triggers,
  type Workflow,
  type WorkflowReference,
} from "./model.ts";
import { checkWorkflow } from "./official-parser.ts";
import { permissionSet } from "./permissions.ts";
import {
  entriesOf,
  keyText,
  type MappingEntry,
  readSourceTree,
  type SourceNode,
  toJson,
  valueAt,
} from "./source-tree.ts";
import { isObject } from "./template.ts";

/** "Events that trigger workflows: workflow_dispatch". */
const MAX_DISPATCH_INPUTS = 25;

/** Keys that would need a container or another machine. */
const CONTAINER_KEYS: readonly string[] = ["container", "services", "snapshot"];

/**
 * @param file the path in the repository, which errors name
 * @throws {WorkflowError} with every problem: YAML, schema, contexts, ids, needs, and what the
 *   stage does not play
 */
export async function loadWorkflow(file: string, text: string): Promise<Workflow> {
  const root = readSourceTree(file, text);
  await checkWorkflow(file, text, root);
  const findings = new Findings();
  const workflow: Workflow = {
    file,
    name: textOf(valueAt(root, "name")),
    runName: templateOf(valueAt(root, "run-name"), "run-name"),
    on: triggersOf(valueAt(root, "on"), findings),
    env: templateOf(valueAt(root, "env"), "env"),
    defaults: defaultsOf(valueAt(root, "defaults"), "defaults", findings),
    permissions: permissionsOf(valueAt(root, "permissions")),
    concurrency: concurrencyOf(valueAt(root, "concurrency"), "concurrency", findings),
    jobs: entriesOf(valueAt(root, "jobs")).map((entry) => jobOf(entry, findings)),
  };
  findings.throwIfAny();
  return workflow;
}

function triggersOf(node: SourceNode | undefined, findings: Findings): Triggers {
  const pairs =
    node?.kind === "mapping"
      ? node.entries.map(({ key, value }) => ({ event: keyText(key), place: key.start, value }))
      : listOf(node).map((item) => ({ event: keyText(item), place: item.start, value: undefined }));
  const events = pairs.map(({ event, place, value }): EventTrigger => {
    const filters = entriesOf(value)
      .filter(
        ({ key }) =>
          event !== "workflow_dispatch" && event !== "workflow_call" && keyText(key) !== "",
      )
      .map(({ key, value: list }): [string, readonly string[]] => [
        keyText(key),
        listOf(list).map(keyText),
      ]);
    return { event, filters: Object.fromEntries(filters), place };
  });
  const dispatch = pairs.find(({ event }) => event === "workflow_dispatch");
  const call = pairs.find(({ event }) => event === "workflow_call");
  const schedule = pairs.find(({ event }) => event === "schedule")?.value;
  const crons = schedule?.kind === "sequence" ? schedule.items : [];
  return {
    events,
    dispatch:
      dispatch === undefined ? undefined : { inputs: dispatchInputsOf(dispatch.value, findings) },
    call: call === undefined ? undefined : callTriggerOf(call.value, findings),
    schedule: crons.flatMap((item) => textOf(valueAt(item, "cron")) ?? []),
  };
}

function dispatchInputsOf(
  node: SourceNode | undefined,
  findings: Findings,
): readonly InputDefinition[] {
  const entries = entriesOf(valueAt(node, "inputs"));
  const tooMany = entries[MAX_DISPATCH_INPUTS];
  if (tooMany !== undefined) {
    findings.add(
      tooMany.key.start,
      `you may only define up to ${MAX_DISPATCH_INPUTS} inputs for a workflow_dispatch event, ` +
        `there are ${entries.length}`,
    );
  }
  const inputs = entries.map((entry) =>
    inputOf(entry, "on.workflow_dispatch.inputs.<input_id>.default"),
  );
  for (const { type, default: given } of inputs) {
    if (given === undefined || type !== "boolean") continue;
    const text = coerceToString(given.value);
    if (text === "true" || text === "false") continue;
    findings.add(
      given.place,
      `Unexpected value '${text}'; the default of a boolean is true or false`,
    );
  }
  return inputs;
}

function callTriggerOf(node: SourceNode | undefined, findings: Findings): CallTrigger {
  const inputs = entriesOf(valueAt(node, "inputs")).map((entry) =>
    inputOf(entry, "on.workflow_call.inputs.<inputs_id>.default"),
  );
  for (const { type, default: given } of inputs) {
    if (given === undefined || coerceToString(given.value).includes("${{")) continue;
    try {
      typedValue(type, given.value);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      findings.add(given.place, error.message);
    }
  }
  return {
    inputs,
    secrets: entriesOf(valueAt(node, "secrets")).map(({ key, value }) => ({
      name: keyText(key),
      required: isTrue(valueAt(value, "required")),
      place: key.start,
    })),
    outputs: outputsOf(valueAt(node, "outputs"), "on.workflow_call.outputs.<output_id>.value"),
  };
}

function inputOf({ key, value }: MappingEntry, syntax: string): InputDefinition {
  return {
    name: keyText(key),
    type: inputType(textOf(valueAt(value, "type"))),
    description: textOf(valueAt(value, "description")),
    required: isTrue(valueAt(value, "required")),
    default: templateOf(valueAt(value, "default"), syntax),
    options: listOf(valueAt(value, "options")).map(keyText),
    place: key.start,
  };
}

/** The schema allows no others; a dispatch input without a type is a text. */
function inputType(text: string | undefined): InputType {
  switch (text) {
    case "boolean":
    case "number":
    case "choice":
    case "environment":
      return text;
    case "string":
    case undefined:
    default:
      return "string";
  }
}

function permissionsOf(node: SourceNode | undefined): PermissionsDeclaration | undefined {
  if (node === undefined) return undefined;
  const text = textOf(node);
  if (text === "read-all" || text === "write-all") return { kind: text, place: node.start };
  const levels = entriesOf(node).map(({ key, value }): [string, AccessLevel] => [
    keyText(key),
    accessLevel(textOf(value)),
  ]);
  return { kind: "scopes", scopes: permissionSet(Object.fromEntries(levels)), place: node.start };
}

function accessLevel(text: string | undefined): AccessLevel {
  return text === "read" || text === "write" ? text : "none";
}

function defaultsOf(node: SourceNode | undefined, prefix: string, findings: Findings): RunDefaults {
  const run = valueAt(node, "run");
  expectMapping(run, `${prefix}.run`, findings);
  return {
    shell: templateOf(valueAt(run, "shell"), `${prefix}.run.shell`),
    workingDirectory: templateOf(
      valueAt(run, "working-directory"),
      `${prefix}.run.working-directory`,
    ),
  };
}

function jobOf({ key, value: node }: MappingEntry, findings: Findings): Job {
  for (const entry of entriesOf(node)) {
    if (CONTAINER_KEYS.includes(keyText(entry.key))) refuse(findings, entry, "containers");
  }
  const at = (name: string): SourceNode | undefined => valueAt(node, name);
  const template = (name: string): Template | undefined =>
    templateOf(at(name), `jobs.<job_id>.${name}`);
  const base = {
    id: keyText(key),
    name: template("name"),
    needs: listOf(at("needs")).map(keyText),
    if: conditionOf(at("if"), "jobs.<job_id>.if", key.start, findings),
    strategy: strategyOf(at("strategy"), findings),
    permissions: permissionsOf(at("permissions")),
    concurrency: concurrencyOf(at("concurrency"), "jobs.<job_id>.concurrency", findings),
    place: key.start,
  };
  const uses = at("uses");
  if (uses !== undefined) {
    const text = textOf(uses) ?? "";
    const secrets = at("secrets");
    return {
      ...base,
      kind: "call",
      uses: text,
      reference: workflowReference(text, uses, findings),
      with: templatesOf(at("with"), "jobs.<job_id>.with.<with_id>"),
      secrets:
        textOf(secrets) === "inherit"
          ? "inherit"
          : templatesOf(secrets, "jobs.<job_id>.secrets.<secrets_id>"),
    };
  }
  const runsOn = at("runs-on");
  return {
    ...base,
    kind: "steps",
    runsOn: requiredTemplate(runsOn ?? node, "jobs.<job_id>.runs-on"),
    env: template("env"),
    defaults: defaultsOf(at("defaults"), "jobs.<job_id>.defaults", findings),
    outputs: outputsOf(at("outputs"), "jobs.<job_id>.outputs.<output_id>"),
    environment: template("environment"),
    timeoutMinutes: template("timeout-minutes"),
    continueOnError: template("continue-on-error"),
    steps: stepsOf(at("steps"), "jobs.<job_id>.steps", findings),
  };
}

/** "Control the concurrency of workflows and jobs": the two together are a validation error. */
function concurrencyOf(
  node: SourceNode | undefined,
  key: string,
  findings: Findings,
): Template | undefined {
  if (
    node !== undefined &&
    textOf(valueAt(node, "queue")) === "max" &&
    isTrue(valueAt(node, "cancel-in-progress"))
  ) {
    findings.add(node.start, "cancel-in-progress cannot be true where queue is 'max'");
  }
  return templateOf(node, key);
}

function strategyOf(
  node: SourceNode | undefined,
  findings: Findings,
): StrategyTemplate | undefined {
  if (node === undefined) return undefined;
  const prefix = "jobs.<job_id>.strategy";
  expectMapping(node, prefix, findings);
  checkMatrix(valueAt(node, "matrix"), findings);
  return {
    matrix: templateOf(valueAt(node, "matrix"), `${prefix}.matrix`),
    failFast: templateOf(valueAt(node, "fail-fast"), `${prefix}.fail-fast`),
    maxParallel: templateOf(valueAt(node, "max-parallel"), `${prefix}.max-parallel`),
    place: node.start,
  };
}

/** One without expressions is known before anything runs. */
function checkMatrix(node: SourceNode | undefined, findings: Findings): void {
  if (node === undefined) return;
  const matrix = toJson(node);
  if (!isObject(matrix) || JSON.stringify(matrix).includes("${{")) return;
  try {
    expandMatrix(matrix);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    findings.add(node.start, error.message);
  }
}

/** GitHub would also take an expression for the whole of it. */
function expectMapping(node: SourceNode | undefined, key: string, findings: Findings): void {
  if (node === undefined || node.kind === "mapping" || toJson(node) === null) return;
  findings.add(node.start, `the stage does not evaluate an expression for the whole of ${key}`);
}

function templatesOf(
  node: SourceNode | undefined,
  syntax: string,
): Readonly<Record<string, Template>> {
  return Object.fromEntries(
    entriesOf(node).map(({ key, value }) => [keyText(key), requiredTemplate(value, syntax)]),
  );
}

/** "Reuse workflows: Calling a reusable workflow". */
function workflowReference(text: string, node: SourceNode, findings: Findings): WorkflowReference {
  const own = /^(?:\.|\$)\/(.+)$/.exec(text)?.[1];
  const match = /^([\w.-]+\/[\w.-]+)\/([^@]+)@(\S+)$/.exec(text);
  const path = own ?? match?.[2] ?? "";
  if ((own === undefined && match === null) || (own?.includes("@") ?? false)) {
    findings.add(
      node.start,
      `invalid value workflow reference '${text}'; allowed are ./.github/workflows/<file>, ` +
        "$/.github/workflows/<file> and <owner>/<repo>/.github/workflows/<file>@<ref>",
    );
  } else if (!/^\.github\/workflows\/[^/]+\.ya?ml$/.test(path)) {
    findings.add(
      node.start,
      `invalid value workflow reference '${text}': workflows must be defined at the top level of ` +
        "the .github/workflows/ directory, in a .yml or .yaml file",
    );
  }
  if (match === null || own !== undefined) return { kind: "own", path };
  return { kind: "repository", repository: match[1] ?? "", path, ref: match[3] ?? "" };
}

function isTrue(node: SourceNode | undefined): boolean {
  return node !== undefined && toJson(node) === true;
}
