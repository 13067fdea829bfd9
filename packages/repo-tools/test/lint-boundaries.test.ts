import { describe, expect, it } from "vitest";
import { importFault } from "../src/lint/boundaries.ts";

/** What the file may import, and what it may not. */
const ARROWS: Readonly<
  Record<string, { readonly may: readonly string[]; readonly mayNot: readonly string[] }>
> = {
  "packages/model/src/version.ts": {
    may: ["./parse.ts", "semver/functions/parse.js", "node:path"],
    mayNot: ["@auditable-release/action-kit", "../../github/src/ports.ts", "@actions/core"],
  },
  "packages/action-kit/src/run-action.ts": {
    may: ["@auditable-release/model", "./runner.ts"],
    mayNot: ["@actions/core", "@auditable-release/github/ports", "node:child_process"],
  },
  "packages/action-kit/src/runner-core.ts": {
    may: ["@actions/core", "@auditable-release/model"],
    mayNot: ["@actions/exec", "@octokit/rest", "@auditable-release/stage"],
  },
  "packages/github/src/octokit.ts": {
    may: ["@octokit/rest", "@octokit/plugin-retry", "zod", "@auditable-release/model"],
    mayNot: ["@auditable-release/action-kit", "@auditable-release/stage", "@actions/github"],
  },
  "packages/github/src/octokit/pages.ts": {
    may: ["@octokit/core"],
    mayNot: ["@google-cloud/storage"],
  },
  "packages/github/src/guarded-fetch.ts": { may: ["zod"], mayNot: ["@octokit/request-error"] },
  "packages/github/src/ports.ts": {
    may: ["@auditable-release/model"],
    mayNot: ["zod", "node:stream", "@octokit/rest"],
  },
  "packages/stage/src/index.ts": {
    may: ["@auditable-release/model", "node:child_process", "ajv", "@actions/expressions"],
    mayNot: ["@auditable-release/github/ports", "@octokit/rest", "@auditable-release/repo-tools"],
  },
  "packages/cli/src/main.ts": {
    may: ["@auditable-release/stage"],
    mayNot: ["../../stage/src/x.ts"],
  },
  "packages/github/test/octokit.test.ts": {
    may: ["@auditable-release/stage", "@octokit/rest", "../src/octokit.ts"],
    mayNot: ["../../stage/src/index.ts"],
  },
  "actions/branch-cut/src/contract.ts": {
    may: [
      "@auditable-release/action-kit",
      "@auditable-release/model",
      "@auditable-release/github/ports",
    ],
    mayNot: ["node:path", "zod", "./cut.ts"],
  },
  "actions/branch-cut/src/plan.ts": {
    may: ["./contract.ts", "@auditable-release/policy"],
    mayNot: ["node:crypto", "./cut.ts", "./main.ts", "@auditable-release/github/octokit"],
  },
  "actions/branch-cut/src/summary.ts": { may: ["./plan.ts"], mayNot: ["node:fs"] },
  "actions/branch-cut/src/cut.ts": {
    may: ["./plan.ts", "node:path", "@auditable-release/github/ports", "@auditable-release/edit"],
    mayNot: [
      "./main.ts",
      "@auditable-release/github/octokit",
      "@auditable-release/action-kit/runner-core",
      "@auditable-release/action-version-bump/contract",
      "../../version-bump/src/plan.ts",
      "@auditable-release/stage",
      "@auditable-release/repo-tools",
      "@actions/core",
      "@actions/exec",
      "@octokit/rest",
      "@google-cloud/storage",
      "node:child_process",
      "zod",
    ],
  },
  "actions/branch-cut/src/main.ts": {
    may: [
      "@auditable-release/github/octokit",
      "@auditable-release/action-kit/runner-core",
      "./cut.ts",
    ],
    mayNot: [
      "@actions/core",
      "@octokit/rest",
      "@auditable-release/stage",
      "@auditable-release/action-version-bump/contract",
    ],
  },
  "actions/branch-cut/test/bundle.test.ts": {
    may: ["@auditable-release/stage", "node:child_process", "../src/plan.ts"],
    mayNot: ["../src/main.ts", "../../version-bump/src/plan.ts"],
  },
  "vitest.config.ts": { may: ["vitest/config"], mayNot: [] },
};

const cases = Object.entries(ARROWS);
const allowed = cases.flatMap(([file, { may }]) => may.map((specifier) => ({ file, specifier })));
const forbidden = cases.flatMap(([file, { mayNot }]) =>
  mayNot.map((specifier) => ({ file, specifier })),
);

describe("importFault", () => {
  it.each(allowed)("lets $file import $specifier", ({ file, specifier }) => {
    expect(importFault(file, specifier)).toBeUndefined();
  });

  it.each(forbidden)("does not let $file import $specifier", ({ file, specifier }) => {
    expect(importFault(file, specifier)).toBeTypeOf("string");
  });
});
