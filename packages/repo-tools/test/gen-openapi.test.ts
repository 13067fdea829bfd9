import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import {
  assertIntegrity,
  extractOperations,
  formatDocument,
  toJsonSchema,
} from "../src/gen-openapi.ts";

const COMMITTED = new URL("../../stage/openapi/", import.meta.url);

const THING = {
  type: "object",
  title: "Thing",
  description: "A thing.",
  properties: {
    title: { type: "string", nullable: true, example: "x" },
    owner: { $ref: "#/components/schemas/owner" },
  },
  required: ["title"],
};

const DOCUMENT = {
  paths: {
    "/things/{id}": {
      get: {
        operationId: "things/get",
        externalDocs: { description: "API method documentation", url: "https://docs.invalid/get" },
        parameters: [
          { $ref: "#/components/parameters/id" },
          { name: "page", in: "query", schema: { type: "integer", description: "Page." } },
        ],
        responses: {
          "200": {
            description: "Response",
            content: { "application/json": { schema: { $ref: "#/components/schemas/thing" } } },
          },
          "204": { description: "Nothing" },
          "404": { $ref: "#/components/responses/not_found" },
        },
      },
    },
  },
  components: {
    parameters: {
      id: {
        name: "id",
        in: "path",
        required: true,
        schema: { type: "string" },
        "x-multi-segment": true,
      },
    },
    responses: {
      not_found: {
        content: { "application/json": { schema: { $ref: "#/components/schemas/basic-error" } } },
      },
    },
    schemas: {
      "basic-error": { type: "object" },
      owner: { type: "object", nullable: true },
      thing: THING,
      unused: { type: "object" },
    },
  },
};

test("extracts the named operations and every schema they reach, and no other", () => {
  const document = extractOperations(DOCUMENT, ["GET /things/{id}"]);
  expect(document).toEqual({
    source: "@octokit/openapi@23.0.2",
    operations: {
      "GET /things/{id}": {
        operationId: "things/get",
        documentation: "https://docs.invalid/get",
        parameters: [
          {
            in: "path",
            name: "id",
            required: true,
            multiSegment: true,
            schema: { type: "string" },
          },
          {
            in: "query",
            name: "page",
            required: false,
            multiSegment: false,
            schema: { type: "integer" },
          },
        ],
        requestBody: null,
        responses: {
          "200": { $ref: "#/schemas/thing" },
          "204": null,
          "404": { $ref: "#/schemas/basic-error" },
        },
      },
    },
    schemas: {
      "basic-error": { type: "object" },
      owner: { type: ["object", "null"] },
      thing: {
        type: "object",
        properties: { title: { type: ["string", "null"] }, owner: { $ref: "#/schemas/owner" } },
        required: ["title"],
      },
    },
  });
});

test("refuses an operation that GitHub does not have", () => {
  const extract = (): unknown => extractOperations(DOCUMENT, ["PUT /things/{id}"]);
  expect(extract).toThrow('has no operation "PUT /things/{id}"');
});

test("turns nullable into JSON Schema wherever it stands", () => {
  expect(toJsonSchema({ type: "string", nullable: true, enum: ["a"] })).toEqual({
    type: ["string", "null"],
    enum: ["a", null],
  });
  expect(toJsonSchema({ type: "string", nullable: true, enum: ["a", null] })).toEqual({
    type: ["string", "null"],
    enum: ["a", null],
  });
  const combined = { allOf: [{ $ref: "#/components/schemas/x" }], nullable: true };
  expect(toJsonSchema(combined)).toEqual({
    anyOf: [{ allOf: [{ $ref: "#/schemas/x" }] }, { type: "null" }],
  });
  expect(() => toJsonSchema({ minimum: 1, exclusiveMinimum: true })).toThrow(/not converted/);
});

test("writes the same bytes for the same content in any order", () => {
  const document = extractOperations(DOCUMENT, ["GET /things/{id}"]);
  const { schemas, operations, source } = document;
  const text = formatDocument(document);
  expect(formatDocument({ schemas, source, operations })).toBe(text);
  expect(text.indexOf('"operations"')).toBeLessThan(text.indexOf('"schemas"'));
});

test("accepts no other bytes than the pinned ones", () => {
  const integrity =
    "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==";
  assertIntegrity(Buffer.alloc(0), integrity);
  expect(() => {
    assertIntegrity(Buffer.from("x"), integrity);
  }).toThrow(/has integrity/);
});

test("the committed file has the listed operations, sorted, and the generator's own format", async () => {
  const listed: string[] = JSON.parse(
    await readFile(new URL("operations.json", COMMITTED), "utf8"),
  );
  expect(listed).toEqual(listed.toSorted());
  const text = await readFile(new URL("github.json", COMMITTED), "utf8");
  const document: Parameters<typeof formatDocument>[0] = JSON.parse(text);
  expect(Object.keys(document.operations).toSorted()).toEqual(listed);
  expect(formatDocument(document)).toBe(text);
});
