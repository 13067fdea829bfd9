/**
 * Writes `packages/stage/openapi/github.json`: what GitHub publishes about the operations the stage
 * plays, and no more. The source package is 385 MB unpacked, so it is no dependency: it is packed
 * into a temporary folder, checked against a pinned digest, and one file of it is read.
 *
 * The file with references is taken, not the dereferenced one: the same 250 operations take 0.7 MB
 * instead of 7 MB, and a schema that changes shows as one change.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const SOURCE = "@octokit/openapi@23.0.2";

/** The registry's `dist.integrity` of that version; a tarball with any other content is refused. */
const INTEGRITY =
  "sha512-pV8M7L9GY23AybNvTmo2nyjmpmnt6+2sRE/tqr0ZLQcPS4lnw7u5eZGNmwRNkBC3D7gZXbFx5AHzLUVRBXGDhg==";

const MEMBER = "package/generated/api.github.com.json";

/** The member is 13 MB; a cap keeps a wrong one from filling the memory. */
const MAX_MEMBER_BYTES = 64 * 1024 * 1024;

/** What says nothing about which documents are valid. */
const DROPPED_KEYWORDS = new Set([
  "deprecated",
  "description",
  "discriminator",
  "example",
  "examples",
  "externalDocs",
  "nullable",
  "readOnly",
  "summary",
  "title",
  "writeOnly",
  "xml",
]);

/** Keywords whose keys are names of the document's own, where `title` is a property like any other. */
const NAME_MAPS = new Set(["definitions", "patternProperties", "properties"]);

/** Keywords whose value is data of the document, not a schema. */
const LITERALS = new Set(["const", "default", "enum", "required"]);

const SCHEMA_REF = "#/components/schemas/";

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export interface ExtractedOperation {
  readonly operationId: string;
  readonly documentation: string;
  readonly parameters: readonly JsonObject[];
  readonly requestBody: { readonly required: boolean; readonly schema: Json } | null;
  readonly responses: { readonly [status: string]: Json };
}

export interface ExtractedDocument {
  readonly source: string;
  readonly operations: { readonly [operation: string]: ExtractedOperation };
  readonly schemas: { readonly [name: string]: Json };
}

function isJson(value: unknown): value is Json {
  return value !== undefined && typeof value !== "function";
}

function parseJson(text: string): Json {
  const value: unknown = JSON.parse(text);
  if (!isJson(value)) throw new Error("JSON.parse made something else");
  return value;
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !isList(value);
}

function objectAt(value: Json | undefined, what: string): JsonObject {
  if (!isObject(value)) throw new Error(`${what} is not an object`);
  return value;
}

function stringAt(value: Json | undefined, what: string): string {
  if (typeof value !== "string") throw new Error(`${what} is not a text`);
  return value;
}

function listAt(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : [];
}

/** `nullable: true` of OpenAPI 3.0 in the words of JSON Schema. */
function admitNull(schema: JsonObject): JsonObject {
  const { type, enum: values, ...rest } = schema;
  const combined = ["$ref", "allOf", "anyOf", "oneOf"].some((keyword) => keyword in schema);
  if (typeof type !== "string" || combined) return { anyOf: [schema, { type: "null" }] };
  const listed = listAt(values);
  return {
    ...rest,
    type: [type, "null"],
    ...(values === undefined ? {} : { enum: listed.includes(null) ? listed : [...listed, null] }),
  };
}

/** One OpenAPI 3.0 schema as JSON Schema, its references pointing into the extracted document. */
export function toJsonSchema(schema: Json): Json {
  if (isList(schema)) return schema.map(toJsonSchema);
  if (!isObject(schema)) return schema;
  if (
    typeof schema["exclusiveMinimum"] === "boolean" ||
    typeof schema["exclusiveMaximum"] === "boolean"
  ) {
    throw new Error("a boolean exclusiveMinimum or exclusiveMaximum is not converted yet");
  }
  const converted: Record<string, Json> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (DROPPED_KEYWORDS.has(keyword) || keyword.startsWith("x-")) continue;
    if (keyword === "$ref") {
      const target = stringAt(value, "$ref");
      if (!target.startsWith(SCHEMA_REF)) throw new Error(`${target} does not name a schema`);
      converted["$ref"] = `#/schemas/${target.slice(SCHEMA_REF.length)}`;
    } else if (NAME_MAPS.has(keyword)) {
      converted[keyword] = Object.fromEntries(
        Object.entries(objectAt(value, keyword)).map(([name, inner]) => [
          name,
          toJsonSchema(inner),
        ]),
      );
    } else {
      converted[keyword] = LITERALS.has(keyword) ? value : toJsonSchema(value);
    }
  }
  return schema["nullable"] === true ? admitNull(converted) : converted;
}

/** The value itself, or the component it refers to. */
function resolve(document: JsonObject, value: Json | undefined, what: string): JsonObject {
  const object = objectAt(value, what);
  const ref = object["$ref"];
  if (ref === undefined) return object;
  let target: Json | undefined = document;
  for (const step of stringAt(ref, what).replace(/^#\//, "").split("/")) {
    target = objectAt(target, what)[step];
  }
  return objectAt(target, stringAt(ref, what));
}

/** The schema of the JSON variant; null where the body is empty or not JSON. */
function jsonSchemaOf(body: JsonObject): Json {
  const content = body["content"];
  const json = isObject(content) ? content["application/json"] : undefined;
  return isObject(json) ? toJsonSchema(json["schema"] ?? {}) : null;
}

function extractOperation(document: JsonObject, name: string): ExtractedOperation {
  const blank = name.indexOf(" ");
  const path = objectAt(document["paths"], "paths")[name.slice(blank + 1)];
  const operation = isObject(path) ? path[name.slice(0, blank).toLowerCase()] : undefined;
  if (!isObject(operation)) throw new Error(`${SOURCE} has no operation "${name}"`);
  const documentation = operation["externalDocs"];
  const requestBody = operation["requestBody"];
  const body = requestBody === undefined ? undefined : resolve(document, requestBody, name);
  return {
    operationId: stringAt(operation["operationId"], `${name}: operationId`),
    documentation: isObject(documentation) ? stringAt(documentation["url"], `${name}: url`) : "",
    parameters: listAt(operation["parameters"]).map((listed) => {
      const parameter = resolve(document, listed, `${name}: parameter`);
      return {
        in: stringAt(parameter["in"], `${name}: in`),
        name: stringAt(parameter["name"], `${name}: name`),
        required: parameter["required"] === true,
        multiSegment: parameter["x-multi-segment"] === true,
        schema: toJsonSchema(parameter["schema"] ?? {}),
      };
    }),
    requestBody:
      body === undefined
        ? null
        : { required: body["required"] === true, schema: jsonSchemaOf(body) },
    responses: Object.fromEntries(
      Object.entries(objectAt(operation["responses"], `${name}: responses`)).map(
        ([status, response]) => [status, jsonSchemaOf(resolve(document, response, name))],
      ),
    ),
  };
}

/** Names of the schemas a value refers to, itself not included. */
function schemasNamedBy(value: Json): readonly string[] {
  if (isList(value)) return value.flatMap(schemasNamedBy);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === "$ref" && typeof inner === "string"
      ? [inner.slice("#/schemas/".length)]
      : schemasNamedBy(inner),
  );
}

/**
 * The named operations and every schema they reach.
 * @throws Error for an operation the document does not have, or a construct not converted yet
 */
export function extractOperations(
  document: JsonObject,
  names: readonly string[],
): ExtractedDocument {
  const components = objectAt(document["components"], "components");
  const published = objectAt(components["schemas"], "schemas");
  const operations = Object.fromEntries(
    names.map((name) => [name, extractOperation(document, name)]),
  );
  const schemas: Record<string, Json> = {};
  // The shape of errors is checked for statuses that an operation does not list, too.
  const wanted = [
    "basic-error",
    ...Object.values(operations).flatMap((o) => schemasNamedBy({ ...o })),
  ];
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    if (name in schemas) continue;
    const schema = toJsonSchema(objectAt(published[name], `schema ${name}`));
    schemas[name] = schema;
    wanted.push(...schemasNamedBy(schema));
  }
  return { source: SOURCE, operations, schemas };
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1)),
  );
}

/** The same document always gives the same bytes. */
export function formatDocument(document: ExtractedDocument): string {
  return `${JSON.stringify(document, sortKeys, 2)}\n`;
}

/** @throws Error unless the bytes are what the pinned integrity says */
export function assertIntegrity(bytes: Buffer, integrity: string): void {
  const actual = `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
  if (actual !== integrity)
    throw new Error(`the tarball has integrity ${actual}, not ${integrity}`);
}

/** GitHub's published description, as it is in the pinned package. */
async function readPublished(): Promise<JsonObject> {
  const run = promisify(execFile);
  const folder = await mkdtemp(join(tmpdir(), "gen-openapi-"));
  try {
    const { stdout } = await run("npm", ["pack", SOURCE, "--pack-destination", folder, "--json"], {
      cwd: folder,
    });
    const [packed] = listAt(parseJson(stdout));
    const tarball = join(folder, stringAt(objectAt(packed, "npm pack")["filename"], "filename"));
    assertIntegrity(await readFile(tarball), INTEGRITY);
    const member = await run("tar", ["-xzOf", tarball, MEMBER], { maxBuffer: MAX_MEMBER_BYTES });
    return objectAt(parseJson(member.stdout), MEMBER);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  const folder = new URL("../../stage/openapi/", import.meta.url);
  const listed = parseJson(await readFile(new URL("operations.json", folder), "utf8"));
  const names = listAt(listed).map((name) => stringAt(name, "operations.json"));
  const document = extractOperations(await readPublished(), names);
  await writeFile(new URL("github.json", folder), formatDocument(document));
  process.stdout.write(
    `github.json: ${names.length} operations, ${Object.keys(document.schemas).length} schemas\n`,
  );
}

if (import.meta.main) await main();
