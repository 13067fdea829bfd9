import { cp } from "node:fs/promises";
import { join, resolve } from "node:path";
import process from "node:process";
import { describe, expect, it } from "vitest";
import { runProgram } from "../src/run-program.ts";
import { temporaryTree } from "./temporary-tree.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const TIMEOUT_MS = 30_000;

/** Sources that break a rule each, and the rules' names in the order of the lines. */
const PLANTS: Readonly<
  Record<string, { readonly source: string; readonly rules: readonly string[] }>
> = {
  "packages/model/src/version.ts": {
    source: `export { contract } from "@auditable-release/action-kit";`,
    rules: ["house(import-boundaries)"],
  },
  "packages/action-kit/src/log-line.ts": {
    source: `import { info } from "@actions/core";\ninfo("x");`,
    rules: ["house(import-boundaries)"],
  },
  "packages/github/src/ports.ts": {
    source: `import type { Octokit } from "@octokit/rest";\nexport type Port = Octokit;`,
    rules: ["house(import-boundaries)"],
  },
  "packages/github/src/octokit.ts": {
    source: `export * from "@auditable-release/action-kit";`,
    rules: ["house(import-boundaries)"],
  },
  "actions/branch-cut/src/plan.ts": {
    source: `import { hash } from "node:crypto";\nexport const id = hash("sha256", "x");`,
    rules: ["house(import-boundaries)"],
  },
  "actions/branch-cut/src/cut.ts": {
    source: [
      `import { spawn } from "node:child_process";`,
      `import { octokit } from "@auditable-release/github/octokit";`,
      `import { plan } from "../../version-bump/src/plan.ts";`,
      `export async function cut(): Promise<unknown> {`,
      `  const { coreRunner } = await import("@auditable-release/action-kit/runner-core");`,
      `  spawn("git push", { shell: true, env: process.env });`,
      `  process.exit(octokit(plan, coreRunner));`,
      `}`,
    ].join("\n"),
    rules: [
      "house(import-boundaries)",
      "house(import-boundaries)",
      "house(import-boundaries)",
      "house(import-boundaries)",
      "house(no-shell)",
      "house(process-access)",
      "house(process-access)",
    ],
  },
  "actions/branch-cut/test/cut.test.ts": {
    source: [
      `import { describe, expect, it, vi } from "vitest";`,
      `vi.mock("../src/cut.ts");`,
      `describe.skip("a", () => {`,
      `  it("b", () => expect(1).toBe(1));`,
      `});`,
      `it.only("c", () => expect(1).toBe(1));`,
      `it.todo("d");`,
      `it("e", () => {});`,
    ].join("\n"),
    rules: [
      "house(no-module-mocks)",
      "vitest(no-disabled-tests)",
      "vitest(no-focused-tests)",
      "vitest(warn-todo)",
      "vitest(expect-expect)",
    ],
  },
  "packages/stage/src/a.ts": {
    source: `import { b } from "./b.ts";\nexport const a = (): number => b() + 1;`,
    rules: ["import(no-cycle)"],
  },
  "packages/stage/src/b.ts": {
    source: `import { a } from "./a.ts";\nexport const b = (): number => a() + 1;`,
    rules: ["import(no-cycle)"],
  },
  "packages/stage/src/helpers.ts": {
    source: `export default 1;`,
    rules: ["house(file-names)", "import(no-default-export)"],
  },
  "packages/stage/src/types.ts": {
    source: [
      `import { Port } from "./ports.ts";`,
      `export function loose(value: any): string {`,
      `  return value.name;`,
      `}`,
      `export function late(work: () => Promise<void>): void {`,
      `  work();`,
      `}`,
      `export function half(kind: "a" | "b"): number {`,
      `  switch (kind) {`,
      `    case "a":`,
      `      return 1;`,
      `  }`,
      `  return 2;`,
      `}`,
      `export const sure = (value: string | undefined): string => value!;`,
      `export const cast = (value: unknown): string[] => value as string[];`,
      `export type Typed = Port;`,
      `// oxlint-disable-next-line no-eval`,
      `export const run = (text: string): unknown => eval(text);`,
    ].join("\n"),
    rules: [
      "typescript(consistent-type-imports)",
      "typescript(no-explicit-any)",
      "typescript(no-unsafe-return)",
      "typescript(no-floating-promises)",
      "typescript(switch-exhaustiveness-check)",
      "typescript(no-non-null-assertion)",
      "typescript(no-unsafe-type-assertion)",
      "house(disable-needs-reason)",
    ],
  },
};

/** Nothing is installed in the tree, and what an import brings is therefore no type. */
const OF_UNRESOLVED_IMPORTS = [
  "typescript(no-unsafe-argument)",
  "typescript(no-unsafe-assignment)",
  "typescript(no-unsafe-call)",
  "typescript(no-unsafe-member-access)",
];

const TSCONFIG = JSON.stringify({
  compilerOptions: {
    strict: true,
    target: "es2024",
    module: "nodenext",
    types: [],
    allowImportingTsExtensions: true,
    noEmit: true,
  },
});

interface Finding {
  readonly code: string;
  readonly filename: string;
  readonly labels: readonly { readonly span: { readonly offset: number } }[];
}

async function lint(
  root: string,
): Promise<{ readonly code: number | undefined; readonly findings: readonly Finding[] }> {
  const oxlint = join(ROOT, "node_modules/oxlint/bin/oxlint");
  const result = await runProgram(
    process.execPath,
    [
      oxlint,
      "--type-aware",
      "--deny-warnings",
      "--format=json",
      "--ignore-pattern=packages/repo-tools",
    ],
    { cwd: root, timeoutMs: TIMEOUT_MS },
  );
  const report: { readonly diagnostics: readonly Finding[] } = JSON.parse(result.stdout);
  return { code: result.code, findings: report.diagnostics };
}

/** A tree with the repository's lint settings and nothing to lint but what is planted. */
async function plantedTree(
  sources: Readonly<Record<string, string>>,
): ReturnType<typeof temporaryTree> {
  const tree = await temporaryTree({ ...sources, "tsconfig.json": TSCONFIG });
  for (const path of [".oxlintrc.json", "packages/repo-tools/src/lint"]) {
    await cp(join(ROOT, path), join(tree.root, path), { recursive: true });
  }
  return tree;
}

describe("pnpm lint", () => {
  it("names every planted violation", { timeout: TIMEOUT_MS }, async () => {
    const sources = Object.entries(PLANTS).map(([file, { source }]) => [file, `${source}\n`]);
    await using tree = await plantedTree(Object.fromEntries(sources));

    const { code, findings } = await lint(tree.root);

    expect(code).toBe(1);
    for (const [file, { rules }] of Object.entries(PLANTS)) {
      const found = findings
        .filter(({ filename }) => filename === file)
        .filter(({ code: rule }) => !OF_UNRESOLVED_IMPORTS.includes(rule))
        .toSorted((a, b) => (a.labels[0]?.span.offset ?? 0) - (b.labels[0]?.span.offset ?? 0));
      expect
        .soft(
          found.map(({ code: rule }) => rule),
          file,
        )
        .toEqual(rules);
    }
  });

  it("has nothing to say about a tree that keeps the rules", { timeout: TIMEOUT_MS }, async () => {
    await using tree = await plantedTree({
      "actions/branch-cut/src/plan.ts": `import type { A } from "@auditable-release/model";\nexport type B = A;\n`,
    });

    const { code, findings } = await lint(tree.root);

    expect(findings.map(({ filename, code: rule }) => `${filename} ${rule}`)).toEqual([]);
    expect(code).toBe(0);
  });
});
