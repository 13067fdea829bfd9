/** Finds the operation of a request. Derived from the table's templates; knows no endpoint. */
import { apiDescription } from "../openapi.ts";

export interface Route {
  readonly operation: string;
  readonly params: Readonly<Record<string, string>>;
}

interface Pattern {
  readonly operation: string;
  readonly method: string;
  readonly regExp: RegExp;
  readonly names: readonly string[];
  /** How many characters of the template are fixed: the more, the earlier it is tried. */
  readonly literals: number;
}

function compile(operation: string): Pattern {
  const blank = operation.indexOf(" ");
  const template = operation.slice(blank + 1);
  const { parameters } = apiDescription().operation(operation);
  const multiSegment = new Set(parameters.filter((p) => p.multiSegment).map((p) => p.name));
  const names: string[] = [];
  const source = template
    .split(/(\{\w+\})/)
    .map((part) => {
      if (!part.startsWith("{")) return part.replaceAll(".", String.raw`\.`);
      const name = part.slice(1, -1);
      names.push(name);
      return multiSegment.has(name) ? "(.*)" : "([^/]+)";
    })
    .join("");
  // Of a folder's contents the root has no path, and clients leave out the slash before it.
  const ending = template.endsWith("/contents/{path}")
    ? source.replace(/\/\(\.\*\)$/, "(?:/(.*))?")
    : source;
  return {
    operation,
    method: operation.slice(0, blank),
    regExp: new RegExp(`^${ending}$`),
    names,
    literals: template.replaceAll(/\{\w+\}/g, "").length,
  };
}

export class Router {
  readonly #patterns: readonly Pattern[];

  constructor(operations: readonly string[]) {
    this.#patterns = operations.map(compile).toSorted((a, b) => b.literals - a.literals);
  }

  /** `rawPath` is as sent; the parameters come decoded. Undefined for an unknown route. */
  find(method: string, rawPath: string): Route | undefined {
    for (const { operation, method: wanted, regExp, names } of this.#patterns) {
      const match = wanted === method ? regExp.exec(rawPath) : null;
      if (match === null) continue;
      try {
        const params = names.map((name, index): [string, string] => [
          name,
          decodeURIComponent(match[index + 1] ?? ""),
        ]);
        return { operation, params: Object.fromEntries(params) };
      } catch {
        // A path that is not percent-encoded UTF-8 names nothing.
        return undefined;
      }
    }
    return undefined;
  }
}
