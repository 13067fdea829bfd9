import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempDisposableSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { describe, expect, it, vi } from "vitest";
import type { Rehearsal } from "../src/rehearsal-report.ts";

// Each test runs whole workflows, in processes of their own.
vi.setConfig({ testTimeout: 60_000 });

const MAIN = path.join(import.meta.dirname, "../src/main.ts");

/** Runs the command with a temporary folder of its own, which must be empty afterwards. */
function run(...arguments_: string[]) {
  using temporary = mkdtempDisposableSync(path.join(tmpdir(), "rehearse-tmp-"));
  const result = spawnSync(
    process.execPath,
    ["--conditions=source", MAIN, "rehearse", ...arguments_],
    { encoding: "utf8", env: { ...process.env, TMPDIR: temporary.path } },
  );
  expect(readdirSync(temporary.path)).toEqual([]);
  return result;
}

function parse(stdout: string): Rehearsal {
  return JSON.parse(stdout);
}

/** A folder named `app` with these workflow files, committed or not. */
function repository(
  workflows: Readonly<Record<string, string>>,
  { isClone = true } = {},
): Disposable & { readonly path: string } {
  const home = mkdtempDisposableSync(path.join(tmpdir(), "rehearse-"));
  const folder = path.join(home.path, "app");
  mkdirSync(path.join(folder, ".github/workflows"), { recursive: true });
  for (const [name, text] of Object.entries(workflows)) {
    writeFileSync(path.join(folder, ".github/workflows", name), text);
  }
  if (isClone) {
    const git = (...args: string[]) => spawnSync("git", ["-C", folder, ...args]);
    git("init", "--quiet", "--initial-branch=trunk");
    git("add", "--all");
    git("-c", "user.name=x", "-c", "user.email=x@example.invalid", "commit", "--quiet", "-m", "x");
    git("tag", "v1");
  }
  return { path: folder, [Symbol.dispose]: () => home[Symbol.dispose]() };
}

const THREE_JOBS = `
name: Three jobs
on:
  workflow_dispatch:
    inputs:
      version: { required: true }
permissions: {}
jobs:
  build:
    runs-on: ubuntu-latest
    permissions: { contents: read }
    outputs: { version: "\${{ steps.made.outputs.version }}" }
    steps:
      - uses: actions/checkout@v4
      - id: made
        env: { VERSION: "\${{ inputs.version }}" }
        run: echo "version=$VERSION" >> "$GITHUB_OUTPUT"
  test:
    needs: build
    runs-on: ubuntu-latest
    strategy: { matrix: { kind: [unit, e2e] } }
    steps:
      - run: echo tested
  publish:
    needs: [build, test]
    runs-on: ubuntu-latest
    permissions: { contents: write }
    steps:
      - uses: actions/checkout@v4
      - env: { VERSION: "\${{ needs.build.outputs.version }}" }
        run: git tag "$VERSION" && git push origin "$VERSION"
`;

const forEver =
  "on: workflow_dispatch\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: sleep 600\n";

describe("auditable-release rehearse", () => {
  it("runs the example's workflow with the committed bundle, and says what changed", () => {
    const { stdout, stderr, status } = run();

    expect([stderr, status]).toEqual(["", 0]);
    expect(stdout).toContain("ok   Cut the release branch");
    expect(stdout).toMatch(
      /What changed:\n {2}github\n {4}octo\/telemetry: create ref refs\/heads\/release-1\.2 to [0-9a-f]{10}, by "github-actions\[bot\]"\n/,
    );
    expect(stdout).toMatch(/done: the run ended with success; 1 job, requests: github 5;/);
  });

  it.each([
    ["1.1.2", "release-1.1", 0, "Nothing changed."],
    ["1.1.2", "main", 3, "Branch cut: conflict (BRANCH_DIVERGED)"],
    ["1.9.1", "main", 2, "Branch cut: refused (BRANCH_MISSING): 1.9.1 is a patch"],
  ])("of version %s from %s ends with exit code %i", (version, ref, code, said) => {
    const { stdout, status } = run("--version", version, "--ref", ref);

    expect(stdout).toContain(said);
    expect(status).toBe(code);
  });

  it("runs three jobs of any git repository, and leaves nothing behind", () => {
    using repo = repository({ "release.yml": THREE_JOBS });

    const { stdout, status } = run("--repo", repo.path, "--input", "version=1.2.3", "--json");

    expect(status).toBe(0);
    const rehearsal = parse(stdout);
    expect(rehearsal.jobs.map(({ name, result }) => `${name}: ${result}`).toSorted()).toEqual([
      "build: success",
      "publish: success",
      "test (e2e): success",
      "test (unit): success",
    ]);
    expect(rehearsal.changes).toMatchObject([{ what: "create ref", ref: "refs/tags/1.2.3" }]);
  });

  it("runs a plain folder as one commit", () => {
    using repo = repository({ "release.yml": THREE_JOBS }, { isClone: false });

    expect(run("--repo", repo.path, "--input", "version=1.2.3").status).toBe(0);
  });

  it("stops what tries to leave the machine, and names it", () => {
    using repo = repository({
      "out.yml":
        "on: workflow_dispatch\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: node -e \"fetch('https://example.com')\"\n",
    });

    const { stdout, status } = run("--repo", repo.path);

    expect(stdout).toContain("Stopped on its way out: example.com");
    expect(status).toBe(2);
  });

  it.each([
    ["a syntax error", "on: workflow_dispatch\njobs:\n  a: [", "a.yml"],
    [
      "an unknown context",
      "on: workflow_dispatch\njobs:\n  a:\n    if: ${{ secrets.X }}\n    runs-on: ubuntu-latest\n    steps:\n      - run: x\n",
      "a.yml:4",
    ],
    [
      "a cycle",
      "on: workflow_dispatch\njobs:\n  a:\n    needs: b\n    runs-on: ubuntu-latest\n    steps: [{ run: x }]\n  b:\n    needs: a\n    runs-on: ubuntu-latest\n    steps: [{ run: x }]\n",
      "a.yml:",
    ],
    [
      "an action the stage has not",
      "on: workflow_dispatch\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: some/thing@v1\n",
      "some/thing",
    ],
  ])("refuses %s before anything runs, with its place", (_, workflow, place) => {
    using repo = repository({ "a.yml": workflow });

    const { stdout, stderr, status } = run("--repo", repo.path);

    expect(status).toBe(2);
    expect(stdout + stderr).toContain(place);
    expect(stdout).not.toContain("ok  ");
  });

  it.each([
    [["--version", "1.2"], "--version: expected a version like 1.2.3"],
    [["--input", "version"], '--input: expected <name>=<value>, got "version"'],
    [["--repo", "/nowhere/at/all"], "--repo: there is no folder /nowhere/at/all"],
    [["--workflow", "none.yml"], "there are cut-release-branch.yml"],
    [["--input", "nope=1"], "Unexpected inputs"],
    [["--tour", "--version", "1.2.3"], "--tour goes with --json alone"],
    [["--keep", "--json"], "do not go together"],
    [["--force"], "Unknown option '--force'"],
    [["now"], "Unexpected argument 'now'"],
  ])("called with %j is refused with what was not understood", (arguments_, said) => {
    const { stderr, status } = run(...arguments_);

    expect(stderr).toContain(said);
    expect(status).toBe(2);
  });

  it("is gone within five seconds of Ctrl-C, with everything it started", async () => {
    using repo = repository({ "a.yml": forEver });
    using temporary = mkdtempDisposableSync(path.join(tmpdir(), "rehearse-tmp-"));
    const child = spawn(
      process.execPath,
      ["--conditions=source", MAIN, "rehearse", "--repo", repo.path],
      {
        stdio: ["ignore", "pipe", "inherit"],
        env: { ...process.env, TMPDIR: temporary.path },
      },
    );
    // Reading on is not needed: who stops reading must not break the command.
    for await (const chunk of child.stdout) {
      if (String(chunk).includes("Set up job")) break;
    }
    const interruptedAt = performance.now();
    child.kill("SIGINT");

    const [code] = await once(child, "exit");

    expect(code).toBe(130);
    expect(performance.now() - interruptedAt).toBeLessThan(5000);
    expect(readdirSync(temporary.path)).toEqual([]);
  });

  it("keeps everything up on demand, and says where", async () => {
    const child = spawn(process.execPath, ["--conditions=source", MAIN, "rehearse", "--keep"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    for await (const chunk of child.stdout) {
      said += String(chunk);
      if (said.includes("good for nothing else")) break;
    }
    const api = /GitHub API +(?<url>\S+)/.exec(said)?.groups?.["url"] ?? "";
    const token = /good for nothing else: (?<token>\S+)/.exec(said)?.groups?.["token"] ?? "";

    const answer = await fetch(`${api}/branches/release-1.2`, {
      headers: { authorization: `Bearer ${token}` },
    });
    child.kill("SIGINT");
    const [code] = await once(child, "exit");

    expect(answer.status).toBe(200);
    expect(code).toBe(0);
  });
});
