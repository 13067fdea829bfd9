/**
 * Strategies: the jobs a matrix makes ("Workflow syntax: jobs.<job_id>.strategy.matrix";
 * actions/runner, MatrixBuilder.cs, JobNameBuilder.cs and WorkflowTemplateConverter.cs).
 */
import { coerceToString, ExpressionError, isList, looselyEqual, type Scope } from "./expression.ts";
import { type Job, type Json, type JsonObject } from "./model.ts";
import {
  evaluateFlag,
  evaluateNumber,
  evaluateTemplate,
  evaluateText,
  isObject,
  located,
} from "./template.ts";

/** One run of a job, of its matrix or the only one. */
export interface JobLeg {
  readonly jobId: string;
  /** From 0. */
  readonly index: number;
  readonly name: string;
  /** The contexts of that name; the matrix is null where there is none. */
  readonly matrix: Json;
  readonly strategy: JsonObject;
}

export interface Strategy {
  readonly legs: readonly JobLeg[];
  readonly failFast: boolean;
  /** As many as there are, unless told. */
  readonly maxParallel: number;
}

/** "Workflow syntax: jobs.<job_id>.strategy.matrix": per workflow run. */
const MAX_LEGS = 256;
const MAX_NAME = 100;

/**
 * @param scope github, inputs, vars, needs
 * @throws {WorkflowError} for a matrix that is none, too large, or empty
 */
export function evaluateStrategy(job: Job, scope: Scope): Strategy {
  const { strategy } = job;
  const combinations = matrixOf(job, scope);
  const total = combinations.length;
  const failFast = evaluateFlag(strategy?.failFast, scope, true);
  const asked = Math.trunc(evaluateNumber(strategy?.maxParallel, scope, 0));
  const maxParallel = asked > 0 ? asked : total;
  const legs = combinations.map(({ matrix, shown }, index): JobLeg => {
    const context = {
      "fail-fast": failFast,
      "job-index": index,
      "job-total": total,
      "max-parallel": maxParallel,
    };
    return {
      jobId: job.id,
      index,
      name: legName(job, shown, matrix, context, scope),
      matrix,
      strategy: context,
    };
  });
  return { legs, failFast, maxParallel };
}

interface Combination {
  readonly matrix: JsonObject | null;
  /** What the name shows: the values of the combination before `include` added to it. */
  readonly shown: Json;
}

function matrixOf(job: Job, scope: Scope): readonly Combination[] {
  const template = job.strategy?.matrix;
  if (template === undefined) return [{ matrix: null, shown: null }];
  const value = evaluateTemplate(template, scope);
  return located(template, () => {
    if (!isObject(value)) throw new ExpressionError("the matrix is no mapping");
    const combinations = expandMatrix(value);
    if (combinations.length === 0) {
      throw new ExpressionError("the matrix has no combination: all are excluded");
    }
    return combinations;
  });
}

/** @throws {ExpressionError} */
export function expandMatrix(matrix: JsonObject): readonly Combination[] {
  const vectors = Object.entries(matrix)
    .filter(([name]) => name !== "include" && name !== "exclude")
    .map(([name, values]): [string, readonly Json[]] => {
      if (!isList(values)) throw new ExpressionError(`Matrix vector '${name}' is no list`);
      if (values.length === 0) {
        throw new ExpressionError(`Matrix vector '${name}' does not contain any values`);
      }
      return [name, values];
    });
  const include = filters(matrix["include"], "include");
  const exclude = filters(matrix["exclude"], "exclude");
  if (vectors.length === 0 && include.length === 0) {
    throw new ExpressionError("Matrix must define at least one vector");
  }
  const names = new Set(vectors.map(([name]) => name.toLowerCase()));
  for (const filter of exclude) {
    const unknown = Object.keys(filter).find((key) => !names.has(key.toLowerCase()));
    if (unknown !== undefined) {
      throw new ExpressionError(
        `Matrix exclude key '${unknown}' does not match any key within the matrix`,
      );
    }
  }
  const product = crossProduct(vectors).filter(
    (it) => !exclude.some((filter) => covers(filter, it)),
  );
  const used = new Set<JsonObject>();
  const extended = product.map((combination): Combination => {
    // Each is matched with the original values, and a later addition replaces an earlier one.
    const additions = include.filter((filter) =>
      covers(withKeys(filter, names, true), combination),
    );
    for (const filter of additions) used.add(filter);
    const extra = additions.map((filter) => withKeys(filter, names, false));
    const full = extra.reduce((all, more) => ({ ...all, ...more }), combination);
    return { matrix: full, shown: combination };
  });
  const added = include
    .filter((filter) => !used.has(filter))
    .map((filter): Combination => {
      const ordered = { ...withKeys(filter, names, true), ...withKeys(filter, names, false) };
      return { matrix: ordered, shown: ordered };
    });
  const all = [...extended, ...added];
  if (all.length > MAX_LEGS) throw tooMany(all.length);
  return all;
}

function filters(value: Json | undefined, key: string): readonly JsonObject[] {
  if (value === undefined) return [];
  if (!isList(value)) throw new ExpressionError(`matrix ${key} is no list`);
  return value.map((item) => {
    if (!isObject(item)) throw new ExpressionError(`an item of matrix ${key} is no mapping`);
    if (Object.keys(item).length === 0) {
      throw new ExpressionError(
        key === "exclude"
          ? "Matrix exclude filter must not be empty"
          : "Matrix include mapping does not contain any values",
      );
    }
    return item;
  });
}

/** The first vector turns slowest. */
function crossProduct(vectors: readonly (readonly [string, readonly Json[]])[]): JsonObject[] {
  if (vectors.length === 0) return [];
  const size = vectors.reduce((product, [, values]) => product * values.length, 1);
  // Far beyond what any exclude brings back under the limit, and still quick.
  if (size > MAX_LEGS * MAX_LEGS) throw tooMany(size);
  return vectors.reduce<JsonObject[]>(
    (combinations, [name, values]) =>
      combinations.flatMap((combination) =>
        values.map((value) => ({ ...combination, [name]: value })),
      ),
    [{}],
  );
}

function tooMany(count: number): ExpressionError {
  return new ExpressionError(`the matrix makes ${count} jobs; at most ${MAX_LEGS} are allowed`);
}

/** Every leaf of the filter is `==` the same place of the combination. */
function covers(filter: Json, value: Json): boolean {
  if (isList(filter)) {
    const items = isList(value) ? value : [];
    return filter.every((item, index) => covers(item, items[index] ?? null));
  }
  if (isObject(filter)) {
    const entries = isObject(value) ? Object.entries(value) : [];
    return Object.entries(filter).every(([key, item]) => {
      const found = entries.find(([name]) => name.toLowerCase() === key.toLowerCase());
      return covers(item, found?.[1] ?? null);
    });
  }
  return looselyEqual(filter, value);
}

function withKeys(filter: JsonObject, names: ReadonlySet<string>, inside: boolean): JsonObject {
  return Object.fromEntries(
    Object.entries(filter).filter(([key]) => names.has(key.toLowerCase()) === inside),
  );
}

/** The id stands for a name; a name that is given is all of it when it has an expression. */
function legName(job: Job, shown: Json, matrix: Json, strategy: JsonObject, scope: Scope): string {
  const { name } = job;
  const withMatrix = { ...scope, contexts: { ...scope.contexts, matrix, strategy } };
  const given = name === undefined ? "" : evaluateText(name, withMatrix);
  const isWhole = typeof name?.value === "string" && name.value.includes("${{");
  if (isWhole && given !== "") return given;
  const stem = given === "" ? job.id : given;
  const parts = leaves(shown).filter((part) => part !== "");
  const full = parts.length === 0 ? stem : `${stem} (${parts.join(", ")})`;
  return full.length > MAX_NAME ? `${full.slice(0, MAX_NAME - 3)}...` : full;
}

function leaves(value: Json): readonly string[] {
  if (isList(value)) return value.flatMap(leaves);
  if (isObject(value)) return Object.values(value).flatMap(leaves);
  return [coerceToString(value)];
}
