/** The shape of a rule, and what several rules ask of a file or a node. */
import { relative, resolve, sep } from "node:path";
import type { RuleTester } from "oxlint/plugins-dev";

export type Rule = Extract<Parameters<RuleTester["run"]>[1], { create: unknown }>;
type Context = Parameters<Rule["create"]>[0];
type Visitor = ReturnType<Rule["create"]>;
type NodeOf<Kind extends keyof Visitor> = Parameters<NonNullable<Visitor[Kind]>>[0];

export type Expression = NodeOf<"ExpressionStatement">["expression"];
export type CallExpression = Extract<Expression, { type: "CallExpression" }>;
export type MemberExpression = Extract<Expression, { type: "MemberExpression" }>;
export type ObjectExpression = Extract<Expression, { type: "ObjectExpression" }>;
type Property = ObjectExpression["properties"][number];

/** The tree the plugin stands in, so that a copy of it judges the copy. */
const ROOT = resolve(import.meta.dirname, "../../../..");

/** The path of the linted file from the repository's root, with forward slashes. */
export function fileOf(context: Context): string {
  return relative(ROOT, context.filename).split(sep).join("/");
}

/** The text of a string literal or of a template without holes; undefined for everything else. */
export function literalText(node: Expression): string | undefined {
  if (node.type === "Literal") return typeof node.value === "string" ? node.value : undefined;
  if (node.type !== "TemplateLiteral" || node.expressions.length > 0) return undefined;
  return node.quasis[0]?.value.cooked ?? undefined;
}

/** The name in `a.name` and `a["name"]`; undefined when it is computed or private. */
export function memberName(node: MemberExpression): string | undefined {
  if (node.computed) return literalText(node.property);
  return node.property.type === "Identifier" ? node.property.name : undefined;
}

/** The name in `{ name: … }` and `{ "name": … }`; undefined for spreads and computed keys. */
export function propertyName(node: Property): string | undefined {
  if (node.type !== "Property" || node.key.type === "PrivateIdentifier") return undefined;
  if (!node.computed && node.key.type === "Identifier") return node.key.name;
  return literalText(node.key);
}

/** What a call's callee is called: `spawn` for `spawn()` and for `anything.spawn()`. */
export function calleeName(callee: Expression): string | undefined {
  if (callee.type === "Identifier") return callee.name;
  return callee.type === "MemberExpression" ? memberName(callee) : undefined;
}
