/**
 * YAML as GitHub reads it: one document, anchors and aliases, no merge keys, the core schema of
 * YAML 1.2, 1 MiB and 50,000 nodes at most with every alias counted as what it stands for
 * (actions/runner, YamlObjectReader.cs and ParseOptions.cs).
 */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
} from "yaml";
import { type Json, type Place, type Problem, WorkflowError } from "./model.ts";

export interface ScalarNode {
  readonly kind: "scalar";
  readonly value: null | boolean | number | string;
  readonly start: Place;
  readonly end: Place;
}
interface SequenceNode {
  readonly kind: "sequence";
  readonly items: readonly SourceNode[];
  readonly start: Place;
  readonly end: Place;
}
interface MappingNode {
  readonly kind: "mapping";
  readonly entries: readonly MappingEntry[];
  readonly start: Place;
  readonly end: Place;
}
export interface MappingEntry {
  readonly key: ScalarNode;
  readonly value: SourceNode;
}
export type SourceNode = ScalarNode | SequenceNode | MappingNode;

const MAX_BYTES = 1024 * 1024;
const MAX_NODES = 50_000;
const MAX_DEPTH = 50;

/** @throws {WorkflowError} */
export function readSourceTree(file: string, text: string): SourceNode {
  const at = (line: number, column: number): Place => ({ file, line, column });
  const refuse = (message: string): never => {
    throw new WorkflowError([{ ...at(1, 1), message }]);
  };
  if (Buffer.byteLength(text) > MAX_BYTES) refuse(`the file is larger than ${MAX_BYTES} bytes`);
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    // Duplicates are found by the schema check, which knows that case does not matter.
    uniqueKeys: false,
    merge: false,
    version: "1.2",
  });
  const [document, second] = [...documents];
  if (document === undefined || document.contents === null) return refuse("the file is empty");
  if (second !== undefined) return refuse("the file holds more than one YAML document");
  if (document.errors.length > 0) {
    throw new WorkflowError(
      document.errors.map((error): Problem => {
        const place = lines.linePos(error.pos[0]);
        const [message = ""] = error.message.split(/ at line \d+/);
        return { ...at(Math.max(place.line, 1), Math.max(place.col, 1)), message };
      }),
    );
  }
  return new TreeBuilder(file, document, lines).build(document.contents, 0);
}

/** The value alone. */
export function toJson(node: SourceNode): Json {
  switch (node.kind) {
    case "scalar":
      return node.value;
    case "sequence":
      return node.items.map(toJson);
    case "mapping":
      return Object.fromEntries(
        node.entries.map(({ key, value }) => [keyText(key), toJson(value)]),
      );
  }
}

export function keyText(key: ScalarNode): string {
  return key.value === null ? "" : String(key.value);
}

/** The value of a key, undefined when there is no such key, or no mapping. */
export function valueAt(node: SourceNode | undefined, key: string): SourceNode | undefined {
  return entriesOf(node).find((entry) => keyText(entry.key) === key)?.value;
}

/** Of anything but a mapping: none. */
export function entriesOf(node: SourceNode | undefined): readonly MappingEntry[] {
  return node?.kind === "mapping" ? node.entries : [];
}

class TreeBuilder {
  readonly #file: string;
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #open = new Set<Node>();
  #nodes = 0;

  constructor(file: string, document: Document, lines: LineCounter) {
    this.#file = file;
    this.#document = document;
    this.#lines = lines;
  }

  build(node: unknown, depth: number): SourceNode {
    const range = this.#range(node);
    this.#nodes += 1;
    // Counted while aliases are followed, so that no text grows beyond it.
    if (this.#nodes > MAX_NODES) this.#refuse(range.start, `more than ${MAX_NODES} YAML nodes`);
    if (depth > MAX_DEPTH) this.#refuse(range.start, `nested deeper than ${MAX_DEPTH} levels`);
    if (isAlias(node)) {
      const target = node.resolve(this.#document);
      if (target === undefined) return this.#refuse(range.start, `Unknown anchor '${node.source}'`);
      if (this.#open.has(target)) {
        return this.#refuse(range.start, `the alias '${node.source}' contains itself`);
      }
      return this.build(target, depth);
    }
    if (isSeq(node)) {
      const items = this.#inside(node, () => node.items.map((item) => this.build(item, depth + 1)));
      return { kind: "sequence", items, ...range };
    }
    if (isMap(node)) {
      const entries = this.#inside(node, () =>
        node.items.map(({ key, value }) => ({
          key: this.#key(key),
          value:
            value === null
              ? { kind: "scalar" as const, value: null, ...this.#range(key) }
              : this.build(value, depth + 1),
        })),
      );
      return { kind: "mapping", entries, ...range };
    }
    if (!isScalar(node)) return { kind: "scalar", value: null, ...range };
    const { value } = node;
    if (value === null) return { kind: "scalar", value, ...range };
    if (typeof value === "string" || typeof value === "boolean" || typeof value === "number") {
      return { kind: "scalar", value, ...range };
    }
    return this.#refuse(range.start, `Unexpected value of the YAML tag '${node.tag ?? ""}'`);
  }

  #key(node: unknown): ScalarNode {
    const key = this.build(node, 0);
    if (key.kind === "scalar") return key;
    return this.#refuse(key.start, "a key must be a text");
  }

  #inside<T>(node: Node, act: () => T): T {
    this.#open.add(node);
    const result = act();
    this.#open.delete(node);
    return result;
  }

  #range(node: unknown): { readonly start: Place; readonly end: Place } {
    const [start = 0, end = start] = hasRange(node) ? node.range : [];
    return { start: this.#place(start), end: this.#place(end) };
  }

  #place(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { file: this.#file, line: Math.max(line, 1), column: Math.max(col, 1) };
  }

  #refuse(place: Place, message: string): never {
    throw new WorkflowError([{ ...place, message }]);
  }
}

function hasRange(node: unknown): node is { readonly range: readonly number[] } {
  return typeof node === "object" && node !== null && "range" in node && Array.isArray(node.range);
}
