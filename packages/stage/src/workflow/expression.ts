/**
 * Expressions, evaluated by GitHub's own `@actions/expressions` with what it gets wrong put right
 * ("Evaluate expressions in workflows and actions"; the reference is actions/runner,
 * src/Sdk/Expressions). Each guard has its test in `workflow-expressions.test.ts`.
 */
import { data, Evaluator, type Expr, Lexer, Parser } from "@actions/expressions";
import {
  Binary,
  ContextAccess,
  FunctionCall,
  Grouping,
  IndexAccess,
  Literal,
  Logical,
  Unary,
} from "@actions/expressions/ast";
import { type FunctionDefinition, type FunctionInfo } from "@actions/expressions/funcs/info";
import { TokenType } from "@actions/expressions/lexer";
import { equals } from "@actions/expressions/result";
import { type Json } from "./model.ts";

type Data =
  | data.Array
  | data.Dictionary
  | data.StringData
  | data.BooleanData
  | data.NumberData
  | data.Null;

/** Names of jobs are empty unless a job's `if` gives some. */
export interface StatusFunctions {
  success(jobs: readonly string[]): boolean;
  failure(jobs: readonly string[]): boolean;
  cancelled(): boolean;
}

/** What an expression can see. A context that is known to GitHub and not given is null. */
export interface Scope {
  readonly contexts: Readonly<Record<string, Json>>;
  /** Given where an `if` is evaluated; elsewhere the functions do not exist. */
  readonly status?: StatusFunctions;
  readonly hashFiles?: (patterns: readonly string[]) => string;
}

/** What is wrong with an expression, without a place. */
export class ExpressionError extends Error {
  override readonly name = "ExpressionError";
}

/** "Contexts reference": every context there is anywhere. */
const CONTEXT_NAMES: readonly string[] = [
  "github",
  "env",
  "vars",
  "job",
  "jobs",
  "steps",
  "runner",
  "secrets",
  "strategy",
  "matrix",
  "needs",
  "inputs",
];

const STATUS_FUNCTIONS: readonly FunctionInfo[] = [
  { name: "success", minArgs: 0, maxArgs: 255 },
  { name: "failure", minArgs: 0, maxArgs: 255 },
  { name: "cancelled", minArgs: 0, maxArgs: 0 },
  { name: "always", minArgs: 0, maxArgs: 0 },
];
const HASH_FILES: FunctionInfo = { name: "hashFiles", minArgs: 1, maxArgs: 255 };

/**
 * @throws {ExpressionError} for syntax, unknown contexts and functions, and what a function refuses
 */
export function evaluateExpression(expression: string, scope: Scope): Json {
  const functions = scopeFunctions(scope);
  const tree = parse(expression, CONTEXT_NAMES, [...functions.values()]);
  return said(() => fromData(new GuardedEvaluator(tree, scope, functions).evaluate()));
}

/** The status functions as a step's `if` sees them. */
export function stepStatus(job: "success" | "failure" | "cancelled"): StatusFunctions {
  return {
    success: () => job === "success",
    failure: () => job === "failure",
    cancelled: () => job === "cancelled",
  };
}

/** Whether a condition already decides about failed predecessors itself. */
export function callsStatusFunction(expression: string): boolean {
  const names = new Set(STATUS_FUNCTIONS.map(({ name }) => name));
  const tree = parse(expression, CONTEXT_NAMES, [...STATUS_FUNCTIONS, HASH_FILES]);
  return [...walk(tree)].some(
    (node) => node instanceof FunctionCall && names.has(node.functionName.lexeme.toLowerCase()),
  );
}

/** The paths of properties an expression reads, as far as they are literal: `["steps","a","outputs"]`. */
export function readPaths(expression: string): readonly (readonly string[])[] {
  const tree = parse(expression, CONTEXT_NAMES, [...STATUS_FUNCTIONS, HASH_FILES]);
  const inner = new Set<Expr>();
  const paths: (readonly string[])[] = [];
  for (const node of walk(tree)) {
    if (inner.has(node)) continue;
    const path = literalPath(node, inner);
    if (path !== undefined) paths.push(path);
  }
  return paths;
}

/** How GitHub turns a value into text: null is empty, collections are their kind's name. */
export function coerceToString(value: Json): string {
  if (value === null) return "";
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number") return formatNumber(value);
  return Array.isArray(value) ? "Array" : "Object";
}

/** False, 0, NaN, null and the empty text are falsy; collections never are. */
export function isTruthy(value: Json): boolean {
  return !(value === null || value === false || value === "" || value === 0 || Number.isNaN(value));
}

/** .NET's "G15", which is what GitHub prints numbers with. */
export function formatNumber(value: number): string {
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  if (!Number.isFinite(value)) return String(value);
  const [digits = "", exponentText = "0"] = value.toExponential(14).split("e");
  const exponent = Number(exponentText);
  if (exponent > -5 && exponent < 15) return String(Number(value.toPrecision(15)));
  const mantissa = String(Number(digits));
  const size = String(Math.abs(exponent)).padStart(2, "0");
  return `${mantissa}E${exponent < 0 ? "-" : "+"}${size}`;
}

/** The text as a number, as ExpressionUtility.ParseNumber reads it. */
function parseNumber(text: string): number {
  const trimmed = text.trim();
  if (trimmed === "") return 0;
  if (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(trimmed)) return Number(trimmed);
  if (/^0x[0-9a-fA-F]{1,8}$/.test(trimmed)) return Number.parseInt(trimmed.slice(2), 16) | 0;
  if (/^0o[0-7]{1,11}$/.test(trimmed)) return Number.parseInt(trimmed.slice(2), 8) | 0;
  if (trimmed === "Infinity") return Infinity;
  if (trimmed === "-Infinity") return -Infinity;
  return Number.NaN;
}

/** GitHub's `==`: numbers and texts meet as numbers, texts match without case. */
export function looselyEqual(left: Json, right: Json): boolean {
  return equals(toData(left), toData(right));
}

class GuardedDictionary extends data.Dictionary {
  readonly #byKey = new Map<string, Data>();
  readonly #names = new Map<string, string>();

  // The official class looks names up in `{}`, where "constructor" and "__proto__" are taken.
  override add(key: string, value: Data): void {
    const folded = key.toLowerCase();
    if (this.#byKey.has(folded)) return;
    this.#byKey.set(folded, value);
    this.#names.set(folded, key);
  }

  override get(key: string): Data | undefined {
    return this.#byKey.get(key.toLowerCase());
  }

  override values(): Data[] {
    return [...this.#byKey.values()];
  }

  override pairs(): { key: string; value: Data }[] {
    return [...this.#byKey].map(([folded, value]) => ({
      key: this.#names.get(folded) ?? folded,
      value,
    }));
  }
}

/** The official class prints up to 21 digits and rounds after 15 decimals. */
class GuardedNumber extends data.NumberData {
  override coerceString(): string {
    return formatNumber(this.value);
  }
}

/** The official class accepts what JavaScript does, `0b1` among it. */
class GuardedString extends data.StringData {
  override number(): number {
    return parseNumber(this.value);
  }
}

function guard(value: Data): Data {
  if (value instanceof data.NumberData) return new GuardedNumber(value.value);
  if (value instanceof data.StringData) return new GuardedString(value.value);
  return value;
}

class GuardedEvaluator extends Evaluator {
  readonly #scope: Scope;
  /** A context is converted once, so that it equals itself. */
  readonly #contexts = new Map<string, Data>();

  constructor(tree: Expr, scope: Scope, functions: Map<string, FunctionDefinition>) {
    super(tree, new data.Dictionary(), functions);
    this.#scope = scope;
  }

  override visitLiteral(literal: Literal): Data {
    return guard(literal.literal);
  }

  override visitContextAccess(access: ContextAccess): Data {
    const name = access.name.lexeme.toLowerCase();
    const known = this.#contexts.get(name);
    if (known !== undefined) return known;
    const found = Object.entries(this.#scope.contexts).find(([key]) => key.toLowerCase() === name);
    const value = toData(found?.[1] ?? null);
    this.#contexts.set(name, value);
    return value;
  }

  override visitFunctionCall(call: FunctionCall): Data {
    return guard(super.visitFunctionCall(call));
  }
}

/** Functions of ours come before the official ones of the same name. */
function scopeFunctions(scope: Scope): Map<string, FunctionDefinition> {
  const functions = new Map<string, FunctionDefinition>();
  const add = (info: FunctionInfo, call: (...args: Data[]) => Data): void => {
    functions.set(info.name.toLowerCase(), { ...info, call });
  };
  add(
    { name: "toJSON", minArgs: 1, maxArgs: 1 },
    (value) => new data.StringData(writeJson(value ?? new data.Null(), "")),
  );
  add({ name: "fromJSON", minArgs: 1, maxArgs: 1 }, (value) =>
    readJson(value?.coerceString() ?? ""),
  );
  const { status, hashFiles } = scope;
  if (hashFiles !== undefined) {
    add(
      HASH_FILES,
      (...patterns) =>
        new data.StringData(hashFiles(patterns.map((pattern) => pattern.coerceString()))),
    );
  }
  if (status !== undefined) {
    const verdicts: Readonly<Record<string, (jobs: readonly string[]) => boolean>> = {
      success: (jobs) => status.success(jobs),
      failure: (jobs) => status.failure(jobs),
      cancelled: () => status.cancelled(),
      always: () => true,
    };
    for (const info of STATUS_FUNCTIONS) {
      add(
        info,
        (...jobs) =>
          new data.BooleanData(
            verdicts[info.name]?.(jobs.map((job) => job.coerceString())) ?? false,
          ),
      );
    }
  }
  return functions;
}

function parse(
  expression: string,
  contexts: readonly string[],
  functions: readonly FunctionInfo[],
): Expr {
  return said(() => {
    const { tokens } = new Lexer(expression).lex();
    const corrected = tokens.map((token) => {
      if (token.type === TokenType.NUMBER && Number.isNaN(parseNumber(token.lexeme))) {
        // `NaN` is a literal of the language, `0b1` is not.
        if (token.lexeme !== "NaN") throw new Error(`Unexpected symbol: '${token.lexeme}'`);
      }
      // The official lexer un-doubles only the first quote of a text.
      return token.type === TokenType.STRING
        ? { ...token, value: token.lexeme.slice(1, -1).replaceAll("''", "'") }
        : token;
    });
    return new Parser(corrected, [...contexts], [...functions]).parse();
  });
}

function said<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof ExpressionError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new ExpressionError(
      message === "ErrorExceededMaxLength" ? "Exceeded max expression length 21000" : message,
      { cause: error },
    );
  }
}

function readJson(text: string): Data {
  if (text.trim() === "") throw new ExpressionError("fromJSON was given an empty text");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ExpressionError(`fromJSON was given no JSON: ${why}`, { cause: error });
  }
  return toData(value);
}

/** Two spaces, `": "`, and empty collections closed at once, as GitHub writes it. */
function writeJson(value: Data, indent: string): string {
  const deeper = `${indent}  `;
  if (value instanceof data.Array) {
    const items = value.values().map((item) => `${deeper}${writeJson(item, deeper)}`);
    return items.length === 0 ? "[]" : `[\n${items.join(",\n")}\n${indent}]`;
  }
  if (value instanceof data.Dictionary) {
    const pairs = value
      .pairs()
      .map((pair) => `${deeper}${JSON.stringify(pair.key)}: ${writeJson(pair.value, deeper)}`);
    return pairs.length === 0 ? "{}" : `{\n${pairs.join(",\n")}\n${indent}}`;
  }
  if (value instanceof data.StringData) return JSON.stringify(value.value);
  if (value instanceof data.NumberData) return formatNumber(value.value);
  return value instanceof data.BooleanData ? String(value.value) : "null";
}

function toData(value: unknown): Data {
  if (value === null || value === undefined) return new data.Null();
  if (typeof value === "string") return new GuardedString(value);
  if (typeof value === "number") return new GuardedNumber(value);
  if (typeof value === "boolean") return new data.BooleanData(value);
  if (isList(value)) return new data.Array(...value.map(toData));
  const dictionary = new GuardedDictionary();
  for (const [key, item] of Object.entries(value ?? {})) dictionary.add(key, toData(item));
  return dictionary;
}

function fromData(value: Data): Json {
  if (value instanceof data.Array) return value.values().map(fromData);
  if (value instanceof data.Dictionary) {
    return Object.fromEntries(value.pairs().map((pair) => [pair.key, fromData(pair.value)]));
  }
  return value instanceof data.Null ? null : value.value;
}

/** `Array.isArray` does not narrow a readonly list. */
export function isList(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}

function* walk(node: Expr): Generator<Expr> {
  yield node;
  for (const child of children(node)) yield* walk(child);
}

function children(node: Expr): readonly Expr[] {
  if (node instanceof FunctionCall || node instanceof Logical) return node.args;
  if (node instanceof Binary) return [node.left, node.right];
  if (node instanceof Unary) return [node.expr];
  if (node instanceof Grouping) return [node.group];
  if (node instanceof IndexAccess) return [node.expr, node.index];
  return [];
}

/** Adds the nodes that are part of the path to `inner`, so that they are not reported again. */
function literalPath(node: Expr, inner: Set<Expr>): readonly string[] | undefined {
  if (node instanceof ContextAccess) return [node.name.lexeme.toLowerCase()];
  if (!(node instanceof IndexAccess)) return undefined;
  const before = literalPath(node.expr, inner);
  if (before === undefined) return undefined;
  inner.add(node.expr);
  const key = literalText(node.index);
  // Behind `[expression]` or `.*` nothing is certain: the path ends there.
  return key === undefined || before.at(-1) === "*" ? [...before, "*"] : [...before, key];
}

function literalText(node: Expr): string | undefined {
  if (!(node instanceof Literal)) return undefined;
  return node.literal instanceof data.StringData ? node.literal.value : undefined;
}
