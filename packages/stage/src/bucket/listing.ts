/** One page of a listing ("Objects: list"): names in order, folded at a delimiter. Pure. */
import { invalid } from "./errors.ts";
import { compareNames } from "./object-names.ts";
import type { ObjectVersion } from "./versions.ts";

/** The most entries a page has, also when a client asks for more. */
const MAX_PAGE = 1000;

export interface ListRequest {
  readonly prefix: string;
  /** Empty for none. */
  readonly delimiter: string;
  /** Names from here on. */
  readonly startOffset: string;
  /** Names before this; empty for no end. */
  readonly endOffset: string;
  readonly pageSize: number;
  /** What the page before ended with. */
  readonly after: Entry | undefined;
}

/** An object's version, or what is left of names that go on beyond a delimiter. */
interface Entry {
  readonly name: string;
  /** Undefined for a prefix. */
  readonly generation: bigint | undefined;
}

export interface Page {
  readonly items: readonly ObjectVersion[];
  readonly prefixes: readonly string[];
  readonly nextPageToken: string | undefined;
}

function compareEntries(a: Entry, b: Entry): number {
  const byName = compareNames(a.name, b.name);
  return byName === 0 ? Number((a.generation ?? 0n) - (b.generation ?? 0n)) : byName;
}

function formatToken({ name, generation }: Entry): string {
  return Buffer.from(JSON.stringify([name, String(generation ?? "")])).toString("base64url");
}

/** @throws StorageError 400 for what this service did not give out */
function parseToken(token: string): Entry {
  try {
    const parts: unknown = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
    const name: unknown = Array.isArray(parts) ? parts[0] : undefined;
    const generation: unknown = Array.isArray(parts) ? parts[1] : undefined;
    if (typeof name === "string" && typeof generation === "string" && /^\d*$/.test(generation)) {
      return { name, generation: generation === "" ? undefined : BigInt(generation) };
    }
  } catch {
    // Not JSON: no token of this service.
  }
  throw invalid("Invalid argument.");
}

/** @throws StorageError 400 */
export function parseListRequest(query: URLSearchParams): ListRequest {
  const maxResults = query.get("maxResults") ?? String(MAX_PAGE);
  if (!/^\d{1,9}$/.test(maxResults)) {
    throw invalid(`Invalid value at 'max_results' (TYPE_UINT32), "${maxResults}"`);
  }
  const token = query.get("pageToken") ?? "";
  return {
    prefix: query.get("prefix") ?? "",
    delimiter: query.get("delimiter") ?? "",
    startOffset: query.get("startOffset") ?? "",
    endOffset: query.get("endOffset") ?? "",
    // 0 is no wish.
    pageSize: Math.min(Number(maxResults) === 0 ? MAX_PAGE : Number(maxResults), MAX_PAGE),
    after: token === "" ? undefined : parseToken(token),
  };
}

function entryOf(version: ObjectVersion, { prefix, delimiter }: ListRequest): Entry {
  const at = delimiter === "" ? -1 : version.name.indexOf(delimiter, prefix.length);
  return at === -1
    ? version
    : { name: version.name.slice(0, at + delimiter.length), generation: undefined };
}

/** `versions` in any order. Items and prefixes count alike for the size of a page. */
export function listPage(versions: Iterable<ObjectVersion>, request: ListRequest): Page {
  const { prefix, startOffset, endOffset, pageSize, after } = request;
  const chosen = [...versions]
    .filter(({ name }) => name.startsWith(prefix))
    .filter(({ name }) => compareNames(name, startOffset) >= 0)
    .filter(({ name }) => endOffset === "" || compareNames(name, endOffset) < 0)
    .toSorted(compareEntries);
  const items: ObjectVersion[] = [];
  const prefixes: string[] = [];
  let last: Entry | undefined;
  for (const version of chosen) {
    const entry = entryOf(version, request);
    if (after !== undefined && compareEntries(entry, after) <= 0) continue;
    if (entry.generation === undefined && entry.name === prefixes.at(-1)) continue;
    if (last !== undefined && items.length + prefixes.length === pageSize) {
      return { items, prefixes, nextPageToken: formatToken(last) };
    }
    if (entry.generation === undefined) prefixes.push(entry.name);
    else items.push(version);
    last = entry;
  }
  return { items, prefixes, nextPageToken: undefined };
}
