/**
 * GitHub's own validation, `@actions/workflow-parser`: the schema, the contexts each key may use,
 * ids and needs. It is fed our source tree instead of reading YAML itself, because it would check
 * the raw source of scalars over several lines, and unroll aliases without a limit.
 */
import { registerHooks } from "node:module";
import type { ObjectReader } from "@actions/workflow-parser/templates/object-reader";
import type {
  LiteralToken,
  MappingToken,
  SequenceToken,
} from "@actions/workflow-parser/templates/tokens/index";
import type { TokenRange } from "@actions/workflow-parser/templates/tokens/token-range";
import { expressionPlace } from "./expression-places.ts";
import { type Problem, WorkflowError } from "./model.ts";
import { keyText, type ScalarNode, type SourceNode } from "./source-tree.ts";

type Parser = Awaited<ReturnType<typeof importParser>>;

type Event =
  | { readonly kind: "literal"; readonly token: LiteralToken }
  | { readonly kind: "sequence-start"; readonly token: SequenceToken }
  | { readonly kind: "mapping-start"; readonly token: MappingToken }
  | { readonly kind: "sequence-end" | "mapping-end" };

const FILE_ID = 1;

/**
 * It wants the default of an input to be a text unless the input is a boolean; GitHub takes
 * `default: 5` for a text. The loader checks defaults itself.
 */
const TOO_STRICT = /encountered while reading 'input default'/;

let parser: Promise<Parser> | undefined;

/** @throws {WorkflowError} with everything the official parser finds */
export async function checkWorkflow(file: string, text: string, tree: SourceNode): Promise<void> {
  const official = await loadParser();
  const context = newContext(official, official.getWorkflowSchema(), file);
  const reader = new TreeReader(official, tree);
  const root = official.readTemplate(context, official.WORKFLOW_ROOT, reader, FILE_ID);
  if (root !== undefined && context.errors.count === 0) {
    // The default policy: no conversion of what the schema refused.
    await official.convertWorkflowTemplate(context, root, undefined, {
      // What GitHub knows and the stage does not play is refused by name later.
      featureFlags: new official.FeatureFlags({ all: true }),
    });
  }
  refuseErrors(file, text, tree, context.errors.getErrors());
}

/** @throws {WorkflowError} with everything the official parser finds */
export async function checkAction(file: string, text: string, tree: SourceNode): Promise<void> {
  const official = await loadParser();
  const context = newContext(official, official.getActionSchema(), file);
  const reader = new TreeReader(official, tree);
  const root = official.readTemplate(context, official.ACTION_ROOT, reader, FILE_ID);
  if (root !== undefined && context.errors.count === 0) {
    official.convertActionTemplate(context, root);
  }
  refuseErrors(file, text, tree, context.errors.getErrors());
}

async function loadParser(): Promise<Parser> {
  parser ??= importParser();
  return parser;
}

/**
 * The package imports its schemas without `with { type: "json" }`, which Node refuses: the hook
 * adds it, for that package and while it is loaded.
 */
async function importParser() {
  const hooks = registerHooks({
    load(url, context, nextLoad) {
      if (!/\/@actions\/workflow-parser\/dist\/[\w.-]+\.json$/.test(url)) {
        return nextLoad(url, context);
      }
      return nextLoad(url, { ...context, importAttributes: { type: "json" } });
    },
  });
  try {
    const [
      { convertWorkflowTemplate },
      schema,
      constants,
      reader,
      contexts,
      tokens,
      features,
      actions,
    ] = await Promise.all([
      import("@actions/workflow-parser"),
      import("@actions/workflow-parser/workflows/workflow-schema"),
      import("@actions/workflow-parser/workflows/workflow-constants"),
      import("@actions/workflow-parser/templates/template-reader"),
      import("@actions/workflow-parser/templates/template-context"),
      import("@actions/workflow-parser/templates/tokens/index"),
      import("@actions/expressions/features"),
      import("@actions/workflow-parser/actions/index"),
    ]);
    return {
      convertWorkflowTemplate,
      ...schema,
      ...constants,
      ...reader,
      ...contexts,
      ...tokens,
      ...features,
      ...actions,
    };
  } finally {
    hooks.deregister();
  }
}

function newContext(
  official: Parser,
  schema: ReturnType<Parser["getWorkflowSchema"]>,
  file: string,
): InstanceType<Parser["TemplateContext"]> {
  const silent = { error: () => {}, info: () => {}, verbose: () => {} };
  const errors = new official.TemplateValidationErrors();
  const context = new official.TemplateContext(errors, schema, silent);
  context.state["featureFlags"] = new official.FeatureFlags({ all: true });
  context.getFileId(file);
  return context;
}

function refuseErrors(
  file: string,
  text: string,
  tree: SourceNode,
  errors: readonly { readonly rawMessage: string; readonly range: TokenRange | undefined }[],
): void {
  const problems = errors
    .filter(({ rawMessage }) => !TOO_STRICT.test(rawMessage))
    .map(({ rawMessage, range }): Problem => {
      const { line = 1, column = 1 } = range?.start ?? {};
      return { ...expressionPlace(text, tree, { file, line, column }), message: rawMessage };
    });
  if (problems.length === 0) return;
  const unique = new Map(problems.map((it) => [`${it.line}:${it.column}:${it.message}`, it]));
  throw new WorkflowError(
    [...unique.values()].toSorted((a, b) => a.line - b.line || a.column - b.column),
  );
}

/** Gives the tree as the events the official reader asks for. */
class TreeReader implements ObjectReader {
  readonly #events: Iterator<Event>;
  #current: Event | undefined;

  constructor(official: Parser, tree: SourceNode) {
    this.#events = events(official, tree);
  }

  validateStart(): void {
    this.#advance();
  }

  validateEnd(): void {
    if (this.#current !== undefined) throw new Error("Expected the end of the document");
  }

  allowLiteral(): LiteralToken | undefined {
    if (this.#current?.kind !== "literal") return undefined;
    const { token } = this.#current;
    this.#advance();
    return token;
  }

  allowSequenceStart(): SequenceToken | undefined {
    if (this.#current?.kind !== "sequence-start") return undefined;
    const { token } = this.#current;
    this.#advance();
    return token;
  }

  allowMappingStart(): MappingToken | undefined {
    if (this.#current?.kind !== "mapping-start") return undefined;
    const { token } = this.#current;
    this.#advance();
    return token;
  }

  allowSequenceEnd(): boolean {
    return this.#end("sequence-end");
  }

  allowMappingEnd(): boolean {
    return this.#end("mapping-end");
  }

  #end(kind: "sequence-end" | "mapping-end"): boolean {
    if (this.#current?.kind !== kind) return false;
    this.#advance();
    return true;
  }

  #advance(): void {
    const next = this.#events.next();
    this.#current = next.done === true ? undefined : next.value;
  }
}

function* events(official: Parser, node: SourceNode): Generator<Event, undefined> {
  const range = {
    start: { line: node.start.line, column: node.start.column },
    end: { line: node.end.line, column: node.end.column },
  };
  if (node.kind === "sequence") {
    const token = new official.SequenceToken(FILE_ID, range, undefined);
    yield { kind: "sequence-start", token };
    for (const item of node.items) yield* events(official, item);
    yield { kind: "sequence-end" };
    return;
  }
  if (node.kind === "mapping") {
    const token = new official.MappingToken(FILE_ID, range, undefined);
    yield { kind: "mapping-start", token };
    for (const { key, value } of node.entries) {
      yield* events(official, { ...key, value: keyText(key) });
      yield* events(official, value);
    }
    yield { kind: "mapping-end" };
    return;
  }
  yield { kind: "literal", token: literalToken(official, node, range) };
}

function literalToken(official: Parser, node: ScalarNode, range: TokenRange): LiteralToken {
  const { value } = node;
  // Texts come without a source: then the value is what is checked.
  if (typeof value === "string") return new official.StringToken(FILE_ID, range, value, undefined);
  if (typeof value === "number") return new official.NumberToken(FILE_ID, range, value, undefined);
  if (typeof value === "boolean")
    return new official.BooleanToken(FILE_ID, range, value, undefined);
  return new official.NullToken(FILE_ID, range, undefined);
}
