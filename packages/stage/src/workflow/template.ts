/**
 * Values with `${{ }}` in them. The segments are found here, in the values `yaml` reads, because
 * the official parser evaluates the raw source of scalars over several lines.
 */
import {
  coerceToString,
  evaluateExpression,
  ExpressionError,
  isList,
  isTruthy,
  type Scope,
} from "./expression.ts";
import {
  type Condition,
  type Json,
  type JsonObject,
  type Place,
  type Template,
  WorkflowError,
} from "./model.ts";

export type Segment =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "expression"; readonly expression: string };

const OPEN = "${{";

/**
 * The texts and expressions a value is made of. A `}}` inside a text of the expression does not
 * end it.
 *
 * @throws {ExpressionError} when an expression is not closed, or empty
 */
export function splitTemplate(text: string): readonly Segment[] {
  const segments: Segment[] = [];
  let at = 0;
  for (;;) {
    const open = text.indexOf(OPEN, at);
    if (open > at || open < 0) {
      const rest = text.slice(at, open < 0 ? undefined : open);
      if (rest !== "") segments.push({ kind: "text", text: rest });
    }
    if (open < 0) return segments;
    const close = closingBraces(text, open + OPEN.length);
    if (close < 0) throw new ExpressionError("An expression is opened by ${{ and not closed by }}");
    const expression = text.slice(open + OPEN.length, close).trim();
    if (expression === "")
      throw new ExpressionError("An expression was expected between ${{ and }}");
    segments.push({ kind: "expression", expression });
    at = close + 2;
  }
}

/** Expressions keep their type when they are the whole text, and are joined as text otherwise. */
export function interpolate(text: string, scope: Scope): Json {
  const segments = splitTemplate(text);
  const [first] = segments;
  if (segments.length === 1 && first?.kind === "expression") {
    return evaluateExpression(first.expression, scope);
  }
  return segments
    .map((segment) =>
      segment.kind === "text"
        ? segment.text
        : coerceToString(evaluateExpression(segment.expression, scope)),
    )
    .join("");
}

/** @throws {WorkflowError} with the template's place, for every expression that fails */
export function evaluateTemplate(template: Template, scope: Scope): Json {
  return located(template, () => interpolateDeep(template.value, scope));
}

export function evaluateText(template: Template, scope: Scope): string {
  return located(template, () => asText(interpolateDeep(template.value, scope)));
}

/** A text such as 'true' is no boolean, as on GitHub. */
export function evaluateFlag(
  template: Template | undefined,
  scope: Scope,
  otherwise: boolean,
): boolean {
  if (template === undefined) return otherwise;
  return located(template, () => {
    const value = interpolateDeep(template.value, scope);
    if (typeof value !== "boolean") throw unexpected(value, "true or false");
    return value;
  });
}

/** A text such as '5' is no number, as on GitHub: use fromJSON. */
export function evaluateNumber(
  template: Template | undefined,
  scope: Scope,
  otherwise: number,
): number {
  if (template === undefined) return otherwise;
  return located(template, () => {
    const value = interpolateDeep(template.value, scope);
    if (typeof value !== "number") throw unexpected(value, "a number (fromJSON makes one)");
    return value;
  });
}

/** `env`, `with`, `outputs`: every value as text; the whole may be an expression, too. */
export function evaluateMapping(
  template: Template | undefined,
  scope: Scope,
): Readonly<Record<string, string>> {
  if (template === undefined) return {};
  return located(template, () => {
    const value = interpolateDeep(template.value, scope);
    if (value === null) return {};
    if (!isObject(value)) throw unexpected(value, "a mapping");
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asText(item)]));
  });
}

export function evaluateCondition(condition: Condition, scope: Scope): boolean {
  return located(condition, () => isTruthy(evaluateExpression(condition.expression, scope)));
}

export function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !isList(value);
}

/** Runs `act`; what it says about an expression is said with the place and the key. */
export function located<T>(at: { readonly key: string; readonly place: Place }, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new WorkflowError([{ ...at.place, message: `${at.key}: ${error.message}` }]);
  }
}

function interpolateDeep(value: Json, scope: Scope): Json {
  if (typeof value === "string") return interpolate(value, scope);
  if (value === null || typeof value !== "object") return value;
  if (isList(value)) return value.map((item) => interpolateDeep(item, scope));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      if (key.includes(OPEN)) {
        throw new ExpressionError(`the stage does not evaluate an expression as a key: '${key}'`);
      }
      return [key, interpolateDeep(item, scope)];
    }),
  );
}

function asText(value: Json): string {
  if (typeof value === "object" && value !== null) throw unexpected(value, "a text");
  return coerceToString(value);
}

function unexpected(value: Json, allowed: string): ExpressionError {
  const seen = typeof value === "object" && value !== null ? JSON.stringify(value) : `'${value}'`;
  return new ExpressionError(`Unexpected value ${seen.slice(0, 100)}; allowed is ${allowed}`);
}

/** Quotes toggle, which also skips doubled ones. */
function closingBraces(text: string, from: number): number {
  let inText = false;
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === "'") inText = !inText;
    else if (!inText && text.startsWith("}}", at)) return at;
  }
  return -1;
}
