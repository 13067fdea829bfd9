/**
 * GitHub's published description of the operations the stage plays, as a judge over both sides:
 * requests of the code under test and answers of the stage. The file is written by
 * `packages/repo-tools/src/gen-openapi.ts`.
 */
import { readFileSync } from "node:fs";
import { Ajv, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import { correctDescription } from "./openapi-corrections.ts";

interface Parameter {
  readonly in: string;
  readonly name: string;
  readonly required: boolean;
  /** The path parameter may hold slashes. */
  readonly multiSegment: boolean;
  readonly schema: object;
}

interface Operation {
  readonly operationId: string;
  /** Where GitHub documents it; errors carry this address. */
  readonly documentation: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody: { readonly required: boolean; readonly schema: object | null } | null;
  readonly responses: Readonly<Record<string, object | null>>;
}

interface Document {
  readonly source: string;
  readonly operations: Readonly<Record<string, Operation>>;
  readonly schemas: Readonly<Record<string, object>>;
}

const DOCUMENT = new URL("../openapi/github.json", import.meta.url);

/** Name under which the document's parts refer to each other. */
const DOCUMENT_ID = "github";

/**
 * Every operation can end like this, and few list it: unchanged, no JSON, no or a bad token, no
 * permission, no such repository, too large, too fast.
 */
const UNLISTED_STATUSES = new Set([304, 400, 401, 403, 404, 413, 422, 429]);

/** GitHub ignores these where it does not page; a client that always sends them is not wrong. */
const PAGING = new Set(["page", "per_page"]);

/** Our own generated file: below its top its shape is what gen-openapi.ts writes, which is tested. */
function isDocument(value: unknown): value is Document {
  return typeof value === "object" && value !== null && "operations" in value && "schemas" in value;
}

function readDocument(): Document {
  const published: unknown = JSON.parse(readFileSync(DOCUMENT, "utf8"));
  const document = correctDescription(published);
  if (!isDocument(document)) throw new Error("openapi/github.json is not what gen-openapi writes");
  return document;
}

/** A part of the document as the target of a `$ref`. */
function refTo(...steps: readonly string[]): { readonly $ref: string } {
  const pointer = steps
    .map((step) => encodeURIComponent(step.replaceAll("~", "~0").replaceAll("/", "~1")))
    .join("/");
  return { $ref: `${DOCUMENT_ID}#/${pointer}` };
}

export class ApiDescription {
  readonly #document = readDocument();
  readonly #ajv: Ajv;
  /** For the query, where everything arrives as text. */
  readonly #coercing: Ajv;
  readonly #compiled = new Map<string, ValidateFunction>();

  constructor() {
    // Each schema is used a few times only, so optimising its code costs more than it saves.
    const code = { optimize: false };
    const options = { allErrors: true, strict: false, validateSchema: false, code };
    this.#ajv = new Ajv(options);
    this.#coercing = new Ajv({ ...options, coerceTypes: true });
    for (const ajv of [this.#ajv, this.#coercing]) {
      addFormats.default(ajv);
      // A format of GitHub's own: owner and name.
      ajv.addFormat("repo.nwo", /^[\w.-]+\/[\w.-]+$/);
      ajv.addSchema({ ...this.#document }, DOCUMENT_ID);
    }
  }

  get operations(): readonly string[] {
    return Object.keys(this.#document.operations);
  }

  /** @throws Error for an operation that was not extracted */
  operation(name: string): Operation {
    const operation = this.#document.operations[name];
    if (operation === undefined) throw new Error(`openapi/github.json has no operation "${name}"`);
    return operation;
  }

  #faults(ajv: Ajv, steps: readonly string[], value: unknown): readonly string[] {
    const key = `${ajv === this.#ajv ? "" : "coercing "}${steps.join(" ")}`;
    let validate = this.#compiled.get(key);
    if (validate === undefined) {
      validate = ajv.compile(refTo(...steps));
      this.#compiled.set(key, validate);
    }
    if (validate(value)) return [];
    return (validate.errors ?? []).map((error) =>
      `${error.instancePath} ${error.message ?? error.keyword}`.trimStart(),
    );
  }

  /** What is wrong with the query, in words. */
  queryFaults(name: string, query: URLSearchParams): readonly string[] {
    const { parameters } = this.operation(name);
    const faults: string[] = [];
    const known = new Set(PAGING);
    for (const [index, parameter] of parameters.entries()) {
      if (parameter.in !== "query") continue;
      known.add(parameter.name);
      const value = query.get(parameter.name);
      if (value === null) {
        if (parameter.required) faults.push(`${parameter.name} is required`);
        continue;
      }
      const steps = ["operations", name, "parameters", String(index), "schema"];
      const found = this.#faults(this.#coercing, steps, value);
      faults.push(...found.map((fault) => `${parameter.name} ${fault}`));
    }
    const unknown = [...new Set(query.keys())].filter((key) => !known.has(key));
    return [...faults, ...unknown.map((key) => `${key} is not documented`)];
  }

  /** What GitHub would refuse in a body; undefined when there is none. */
  bodyFaults(name: string, body: unknown): readonly string[] {
    const { requestBody } = this.operation(name);
    if (requestBody === null) return body === undefined ? [] : ["none is documented"];
    if (body === undefined) return requestBody.required ? ["is required"] : [];
    if (requestBody.schema === null) return [];
    return this.#faults(this.#ajv, ["operations", name, "requestBody", "schema"], body);
  }

  /** What GitHub would ignore in a body; from our code it is a misspelt option. */
  ignoredKeys(name: string, body: unknown): readonly string[] {
    const schema = this.operation(name).requestBody?.schema ?? {};
    const properties: unknown = Reflect.get(schema, "properties");
    if (typeof properties !== "object" || properties === null) return [];
    if (typeof body !== "object" || body === null) return [];
    return Object.keys(body).filter((key) => !(key in properties));
  }

  /** What is wrong with an answer; `body` undefined when it is empty or no JSON. */
  answerFaults(name: string, status: number, body: unknown): readonly string[] {
    const { responses } = this.operation(name);
    const schema = responses[String(status)];
    if (schema === undefined) {
      if (!UNLISTED_STATUSES.has(status)) return ["the status is not documented"];
      return body === undefined ? [] : this.#faults(this.#ajv, ["schemas", "basic-error"], body);
    }
    if (schema === null || body === undefined) return [];
    const steps = ["operations", name, "responses", String(status)];
    const variants: unknown = Reflect.get(schema, "oneOf");
    if (status < 400 || !Array.isArray(variants)) return this.#faults(this.#ajv, steps, body);
    // Errors' variants have nothing but optional parts, so the same error is of several at once.
    const faults = variants.map((_, index) =>
      this.#faults(this.#ajv, [...steps, "oneOf", String(index)], body),
    );
    return faults.some((found) => found.length === 0) ? [] : faults.flat();
  }
}

let shared: ApiDescription | undefined;

/** One for the process: reading and compiling is what costs. */
export function apiDescription(): ApiDescription {
  shared ??= new ApiDescription();
  return shared;
}
