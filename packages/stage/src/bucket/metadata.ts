/** The metadata of an object as requests give and change it ("Objects", resource representations). */
import { invalid } from "./errors.ts";

/** Custom metadata of one object, keys and values together ("Quotas and limits"). */
const MAX_CUSTOM_METADATA_BYTES = 8 * 1024;

const TEXT_FIELDS = [
  "cacheControl",
  "contentDisposition",
  "contentEncoding",
  "contentLanguage",
  "contentType",
  "customTime",
  "storageClass",
] as const;

type TextField = (typeof TEXT_FIELDS)[number];

/** What a client says of an object and may say again. */
export interface ObjectFields {
  readonly texts: Readonly<Partial<Record<TextField, string>>>;
  /** Undefined when there is none. */
  readonly custom: Readonly<Record<string, string>> | undefined;
}

export const NO_FIELDS: ObjectFields = { texts: {}, custom: undefined };

/** What else stands in the metadata of a request. */
const OTHER_KEYS: ReadonlySet<string> = new Set([
  "bucket",
  "crc32c",
  "eventBasedHold",
  "md5Hash",
  "metadata",
  "name",
  "retention",
  "temporaryHold",
]);

export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The text under a key. @throws StorageError 400 for anything else but nothing */
export function textIn(body: JsonObject, key: string): string | undefined {
  const value = body[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw invalid(`Invalid value for: ${key}`);
  return value;
}

/** Undefined stands for "as it is". @throws StorageError 400 for what is neither true nor false */
export function flagIn(body: JsonObject, key: string): boolean | undefined {
  const value = body[key];
  if (value === undefined) return undefined;
  if (value !== null && typeof value !== "boolean") throw invalid(`Invalid value for: ${key}`);
  return value ?? false;
}

function changeCustom(current: ObjectFields["custom"], value: unknown): ObjectFields["custom"] {
  if (value === undefined) return current;
  if (value === null) return undefined;
  if (!isJsonObject(value)) throw invalid("Invalid value for: metadata");
  const changed = new Map(Object.entries(current ?? {}));
  for (const [key, text] of Object.entries(value)) {
    if (text === null) changed.delete(key);
    else if (typeof text === "string") changed.set(key, text);
    else throw invalid(`Invalid value for: metadata.${key}`);
  }
  const bytes = [...changed].flat().reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes > MAX_CUSTOM_METADATA_BYTES) {
    throw invalid(`The total size of custom metadata is ${bytes} bytes, the limit is 8 KiB.`);
  }
  return changed.size === 0 ? undefined : Object.fromEntries(changed);
}

/**
 * The fields after a request ("Objects: patch"): what it does not name stays, null removes, and
 * custom metadata is merged key by key.
 *
 * @throws StorageError 400
 */
export function changeFields(current: ObjectFields, body: JsonObject): ObjectFields {
  const texts = new Map(Object.entries(current.texts));
  for (const field of TEXT_FIELDS) {
    if (body[field] === undefined) continue;
    const text = textIn(body, field);
    if (text === undefined) texts.delete(field);
    else texts.set(field, text);
  }
  return {
    texts: Object.fromEntries(texts),
    custom: changeCustom(current.custom, body["metadata"]),
  };
}

/** What can be changed of a bucket. */
const BUCKET_KEYS = [
  "defaultEventBasedHold",
  "retentionPolicy",
  "softDeletePolicy",
  "versioning",
] as const;

/** Keys of a request that this service would drop without a word. */
export function unplayedKeys(body: JsonObject, of: "bucket" | "object"): readonly string[] {
  const known = new Set<string>(of === "bucket" ? BUCKET_KEYS : [...TEXT_FIELDS, ...OTHER_KEYS]);
  return Object.keys(body).filter((key) => !known.has(key));
}
