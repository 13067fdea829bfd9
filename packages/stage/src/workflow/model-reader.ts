/**
 * The parts that workflow and action files share, read from a source tree the official parser has
 * already accepted: templates, conditions, steps. What GitHub knows and the stage does not play is
 * refused by name.
 */
import { callsStatusFunction, ExpressionError } from "./expression.ts";
import {
  type ActionReference,
  type Condition,
  type OutputDefinition,
  type Place,
  type Problem,
  type Step,
  type Template,
  WorkflowError,
} from "./model.ts";
import {
  entriesOf,
  keyText,
  type MappingEntry,
  type ScalarNode,
  type SourceNode,
  toJson,
  valueAt,
} from "./source-tree.ts";
import { splitTemplate } from "./template.ts";

/** Collects what is wrong, so that all of it is said at once. */
export class Findings {
  readonly #problems: Problem[] = [];

  add(place: Place, message: string): void {
    this.#problems.push({ ...place, message });
  }

  /** @throws {WorkflowError} when there is something */
  throwIfAny(): void {
    if (this.#problems.length > 0) throw new WorkflowError(this.#problems);
  }
}

export function templateOf(node: SourceNode | undefined, key: string): Template | undefined {
  return node === undefined ? undefined : requiredTemplate(node, key);
}

export function requiredTemplate(node: SourceNode, key: string): Template {
  return { value: toJson(node), key, place: node.start };
}

export function textOf(node: SourceNode | undefined): string | undefined {
  if (node?.kind !== "scalar" || node.value === null) return undefined;
  return String(node.value);
}

/** A text stands for a list of one. */
export function listOf(node: SourceNode | undefined): readonly ScalarNode[] {
  if (node === undefined) return [];
  const items = node.kind === "sequence" ? node.items : [node];
  return items.filter((item) => item.kind === "scalar");
}

/** "Workflow syntax: jobs.<job_id>.if": `success()` is added where no status function is called. */
export function conditionOf(
  node: SourceNode | undefined,
  key: string,
  fallback: Place,
  findings: Findings,
): Condition {
  const place = node?.start ?? fallback;
  const expression = writtenCondition(node, place, key, findings);
  if (expression === "") return { expression: "success()", key, place };
  return { expression: withStatus(expression, place, key, findings), key, place };
}

/** `pre-if` and `post-if`: as they stand, `always()` unless they are there. */
export function runsCondition(
  node: SourceNode | undefined,
  key: string,
  fallback: Place,
  findings: Findings,
): Condition {
  const place = node?.start ?? fallback;
  const expression = writtenCondition(node, place, key, findings);
  return { expression: expression === "" ? "always()" : expression, key, place };
}

/** Outputs with a `value`: a text for a job's, a mapping for those of actions and called workflows. */
export function outputsOf(node: SourceNode | undefined, key: string): readonly OutputDefinition[] {
  return entriesOf(node).flatMap((entry) => {
    const value = entry.value.kind === "mapping" ? valueAt(entry.value, "value") : entry.value;
    if (value === undefined) return [];
    return [{ name: keyText(entry.key), value: requiredTemplate(value, key) }];
  });
}

export function stepsOf(
  node: SourceNode | undefined,
  prefix: string,
  findings: Findings,
): readonly Step[] {
  if (node?.kind !== "sequence") return [];
  const known = new Set(
    node.items.flatMap((item) => textOf(valueAt(item, "id"))?.toLowerCase() ?? []),
  );
  return node.items.flatMap((item) => stepOf(item, prefix, known, findings) ?? []);
}

/** `./path`, `$/path` or `owner/repo[/path]@ref`; undefined when it is none of them. */
export function parseActionReference(uses: string): ActionReference | undefined {
  if (uses.startsWith("./") || uses === ".") {
    return { kind: "workspace", path: withoutSlashes(uses.slice(1)) };
  }
  if (uses.startsWith("$/")) return { kind: "self", path: withoutSlashes(uses.slice(2)) };
  const match = /^([\w.-]+)\/([\w.-]+)((?:\/[^@]*)?)@(\S+)$/.exec(uses);
  if (match === null) return undefined;
  const [, owner = "", name = "", path = "", ref = ""] = match;
  return { kind: "repository", repository: `${owner}/${name}`, path: withoutSlashes(path), ref };
}

const CONCURRENT_STEPS: readonly string[] = [
  "background",
  "wait",
  "wait-all",
  "cancel",
  "parallel",
];

function stepOf(
  node: SourceNode,
  prefix: string,
  known: Set<string>,
  findings: Findings,
): Step | undefined {
  const concurrent = entriesOf(node).find(({ key }) => CONCURRENT_STEPS.includes(keyText(key)));
  if (concurrent !== undefined) {
    refuse(findings, concurrent, "steps that run beside others");
    return undefined;
  }
  const at = (key: string): SourceNode | undefined => valueAt(node, key);
  const template = (key: string): Template | undefined => templateOf(at(key), `${prefix}.${key}`);
  const id = textOf(at("id"));
  const uses = at("uses");
  const base = {
    id,
    contextName: id ?? generatedId(textOf(uses), known),
    name: template("name"),
    if: conditionOf(at("if"), `${prefix}.if`, node.start, findings),
    env: template("env"),
    continueOnError: template("continue-on-error"),
    timeoutMinutes: template("timeout-minutes"),
    place: node.start,
  };
  const run = template("run");
  if (run !== undefined) {
    const workingDirectory = template("working-directory");
    return { ...base, kind: "run", run, shell: template("shell"), workingDirectory };
  }
  const text = textOf(uses);
  if (uses === undefined || text === undefined) {
    findings.add(node.start, "Expected one of uses or run to be defined");
    return undefined;
  }
  if (text.startsWith("docker://")) {
    findings.add(uses.start, `the stage does not run containers: '${text}'`);
    return undefined;
  }
  const reference = parseActionReference(text);
  if (reference === undefined) {
    findings.add(
      uses.start,
      `Expected format {org}/{repo}[/path]@ref, ./path or $/path. Actual '${text}'`,
    );
    return undefined;
  }
  return { ...base, kind: "uses", uses: text, reference, with: template("with") };
}

export function refuse(findings: Findings, entry: MappingEntry, what: string): void {
  findings.add(entry.key.start, `the stage does not play ${what}: '${keyText(entry.key)}'`);
}

/** GitHub's own names: `__run`, `__actions_checkout`, and `_2` on for the next of the same. */
function generatedId(uses: string | undefined, known: Set<string>): string {
  const stem = `__${(uses === undefined ? "run" : usesId(uses)).replaceAll(/[^\w-]/g, "_")}`;
  for (let attempt = 1; ; attempt += 1) {
    const id = attempt === 1 ? stem : `${stem}_${attempt}`;
    if (known.has(id.toLowerCase())) continue;
    known.add(id.toLowerCase());
    return id;
  }
}

function usesId(uses: string): string {
  if (uses.startsWith("./")) return "self";
  if (uses.startsWith("$/")) return "selfRepository";
  return uses.split("@")[0]?.split("/").slice(0, 2).join("/") ?? "run";
}

function writtenCondition(
  node: SourceNode | undefined,
  place: Place,
  key: string,
  findings: Findings,
): string {
  const text = textOf(node)?.trim() ?? "";
  if (!text.includes("${{")) return text;
  try {
    const segments = splitTemplate(text);
    const [first] = segments;
    if (segments.length === 1 && first?.kind === "expression") return first.expression;
    // Text around an expression makes a text of the whole, which is true unless it is empty.
    const expressions: string[] = [];
    const pattern = segments.map((segment) => {
      if (segment.kind === "expression") return `{${expressions.push(segment.expression) - 1}}`;
      return segment.text.replaceAll("'", "''").replaceAll(/[{}]/g, "$&$&");
    });
    return `format('${pattern.join("")}', ${expressions.join(", ")})`;
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    findings.add(place, `${key}: ${error.message}`);
    return "";
  }
}

function withStatus(expression: string, place: Place, key: string, findings: Findings): string {
  try {
    return callsStatusFunction(expression) ? expression : `success() && (${expression})`;
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    findings.add(place, `${key}: ${error.message}`);
    return "success()";
  }
}

function withoutSlashes(path: string): string {
  return path.replaceAll(/^\/+|\/+$/g, "");
}
