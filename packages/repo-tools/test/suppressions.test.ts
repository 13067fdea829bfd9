import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { directiveFault } from "../src/lint/disable-needs-reason.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const SOURCES = ["actions", "packages"]
  .flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile() && /\.(?:ts|mjs)$/.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name))
  .filter((file) => !/\/(?:node_modules|lib|dist)\//.test(file));

/** A comment that may silence every rule from there on, the one about such comments too. */
const TO_THE_END = /^\s*\/[*/]\s*(?<directive>(?:ox|es)lint-disable\b(?!-).*?)(?:\*\/)?$/gm;

describe("suppressions of lint rules", () => {
  it("finds sources to look at", () => {
    expect(SOURCES.length).toBeGreaterThan(20);
  });

  it("never silence the rest of a file without naming the rules and a reason", () => {
    const faults = SOURCES.flatMap((file) =>
      [...readFileSync(file, "utf8").matchAll(TO_THE_END)]
        .filter((found) => directiveFault(found.groups?.["directive"] ?? "") !== undefined)
        .map(([comment]) => `${file}: ${comment.trim()}`),
    );

    expect(faults).toEqual([]);
  });
});
