/**
 * What the API needs to know of a workflow file: its name and how it may be dispatched. Executing
 * it is a runner's business, and so is most of what can be wrong with it.
 */
import { parseDocument } from "yaml";
import { listCommitted, readCommitted } from "./committed-files.ts";
import type { Repository } from "./repository.ts";

export interface DispatchInput {
  readonly name: string;
  readonly required: boolean;
  readonly default: string | undefined;
  readonly type: string;
  readonly options: readonly string[];
}

export interface WorkflowFile {
  readonly path: string;
  /** The path where the file gives none. */
  readonly name: string;
  /** Undefined when it cannot be dispatched. */
  readonly dispatchInputs: readonly DispatchInput[] | undefined;
  /** Types of `repository_dispatch` it starts on; undefined for none, empty for all. */
  readonly repositoryDispatchTypes: readonly string[] | undefined;
  /** What is wrong with it, in the words of its reader. */
  readonly fault: string | undefined;
}

const FOLDER = ".github/workflows";

/** A workflow file of more than that is none that GitHub would read. */
const MAX_BYTES = 1024 * 1024;

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : "";
}

function parseInputs(trigger: unknown): readonly DispatchInput[] {
  const inputs = isRecord(trigger) ? trigger["inputs"] : undefined;
  if (!isRecord(inputs)) return [];
  return Object.entries(inputs).map(([name, declared]) => {
    const input = isRecord(declared) ? declared : {};
    const options = input["options"];
    return {
      name,
      required: input["required"] === true,
      default: input["default"] === undefined ? undefined : textOf(input["default"]),
      type: textOf(input["type"] ?? "string"),
      options: Array.isArray(options) ? options.map(textOf) : [],
    };
  });
}

/** The triggers by name; the three ways to write them are one. */
function triggersOf(on: unknown): ReadonlyMap<string, unknown> {
  if (typeof on === "string") return new Map([[on, null]]);
  if (Array.isArray(on)) return new Map(on.map((name: unknown) => [textOf(name), null]));
  return new Map(isRecord(on) ? Object.entries(on) : []);
}

function typesOf(trigger: unknown): readonly string[] {
  const types = isRecord(trigger) ? trigger["types"] : undefined;
  return Array.isArray(types) ? types.map(textOf) : [];
}

function parseWorkflowFile(path: string, text: string): WorkflowFile {
  const broken = (fault: string): WorkflowFile => ({
    path,
    name: path,
    dispatchInputs: undefined,
    repositoryDispatchTypes: undefined,
    fault,
  });
  if (Buffer.byteLength(text) > MAX_BYTES) return broken("the file is too large");
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) {
    const { line = 1, col = 1 } = error.linePos?.[0] ?? {};
    const message = error.message.split("\n")[0] ?? "";
    return broken(`(Line: ${line}, Col: ${col}): ${message}`);
  }
  const content: unknown = document.toJS({ maxAliasCount: 100 });
  if (!isRecord(content)) return broken("(Line: 1, Col: 1): A mapping was expected");
  const triggers = triggersOf(content["on"]);
  const name = textOf(content["name"]);
  return {
    path,
    name: name === "" ? path : name,
    dispatchInputs: triggers.has("workflow_dispatch")
      ? parseInputs(triggers.get("workflow_dispatch"))
      : undefined,
    repositoryDispatchTypes: triggers.has("repository_dispatch")
      ? typesOf(triggers.get("repository_dispatch"))
      : undefined,
    fault: undefined,
  };
}

/** The file as it is in a commit; undefined where it is not. */
export async function readWorkflowFile(
  repository: Repository,
  commit: string,
  path: string,
): Promise<WorkflowFile | undefined> {
  const text = await readCommitted(repository.git, commit, path);
  return text === undefined ? undefined : parseWorkflowFile(path, text);
}

/** All workflow files of a commit, by path. */
export async function readWorkflowFiles(
  repository: Repository,
  commit: string,
): Promise<readonly WorkflowFile[]> {
  const paths = await listCommitted(repository.git, commit, FOLDER);
  const files = await Promise.all(
    paths
      .filter((path) => /\.ya?ml$/.test(path))
      .map((path) => readWorkflowFile(repository, commit, path)),
  );
  return files.filter((file) => file !== undefined);
}
