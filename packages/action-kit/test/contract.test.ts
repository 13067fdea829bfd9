import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ParseError } from "@auditable-release/model";
import { camelCase, permissionsBlock, tagFormat, text } from "../src/index.ts";

describe("names", () => {
  it.each([
    ["dry-run", "dryRun"],
    ["version", "version"],
    ["a-b-c", "aBC"],
  ])("%s becomes %s", (name, camel) => {
    expect(camelCase(name)).toBe(camel);
  });
});

describe("the permissions block", () => {
  it("is empty, not absent, when nothing is needed", () => {
    expect(permissionsBlock({})).toBe("permissions: {}");
  });
});

describe("a tag format", () => {
  it.each([
    ["{version}", "", ""],
    ["v{version}", "v", ""],
    ["operator/v{version}-final", "operator/v", "-final"],
  ])("%s has the prefix %j and the suffix %j", (format, prefix, suffix) => {
    expect(tagFormat.parse(format)).toEqual({ prefix, suffix });
  });

  it.each([
    "",
    "v",
    "{version}{version}",
    "{version",
    "v {version}",
    "{version}.lock",
    "-{version}",
  ])("cannot be %j", (format) => {
    expect(() => tagFormat.parse(format)).toThrow(ParseError);
  });
});

describe("text", () => {
  it("is one line without control characters, or refused", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (raw) => {
        const isClean = !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(raw);
        if (isClean) expect(text.parse(raw)).toBe(raw);
        else expect(() => text.parse(raw)).toThrow(ParseError);
      }),
    );
  });
});
