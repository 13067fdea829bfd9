/**
 * Where an expression stands in a file. The official parser counts in the value of a scalar, which
 * lacks its quotes, its indentation, and the line ends that folding took away.
 */
import { type Place } from "./model.ts";
import { type ScalarNode, type SourceNode } from "./source-tree.ts";

const OPEN = "${{";

/** The place in the text for one that was counted in a value; itself when it is none of these. */
export function expressionPlace(text: string, tree: SourceNode, counted: Place): Place {
  for (const node of scalars(tree)) {
    const { value, start } = node;
    if (typeof value !== "string") continue;
    const offset = countedOffset(node, value, counted);
    if (offset < 0 || !value.startsWith(OPEN, offset)) continue;
    const before = occurrences(value.slice(0, offset));
    const lines = text.split("\n");
    const from = lineStart(lines, start.line) + start.column - 1;
    const found = nthOpen(text, from, before);
    if (found < 0) return counted;
    const above = text.slice(0, found).split("\n");
    return { file: start.file, line: above.length, column: (above.at(-1)?.length ?? 0) + 1 };
  }
  return counted;
}

/** Undoes what the official TemplateReader does: lines below the start, columns of the value. */
function countedOffset({ start, end }: ScalarNode, value: string, { line, column }: Place): number {
  if (start.line === end.line) return line === start.line ? column - start.column : -1;
  const index = line - start.line - 1;
  const lines = value.split("\n");
  if (index < 0 || index >= lines.length || line > end.line) return -1;
  return lineStart(lines, index + 1) + column - 1;
}

function lineStart(lines: readonly string[], line: number): number {
  return lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
}

function occurrences(text: string): number {
  return text.split(OPEN).length - 1;
}

function nthOpen(text: string, from: number, skipped: number): number {
  let at = text.indexOf(OPEN, from);
  for (let n = 0; n < skipped && at >= 0; n += 1) at = text.indexOf(OPEN, at + OPEN.length);
  return at;
}

function* scalars(node: SourceNode): Generator<ScalarNode> {
  if (node.kind === "scalar") yield node;
  else if (node.kind === "sequence") for (const item of node.items) yield* scalars(item);
  else for (const { value } of node.entries) yield* scalars(value);
}
