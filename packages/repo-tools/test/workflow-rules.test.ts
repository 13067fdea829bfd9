import { describe, expect, it } from "vitest";
import { workflowFaults } from "../src/workflow-rules.ts";

const SHA = "3d3c42e5aac5ba805825da76410c181273ba90b1";
const HERE = ["actions/branch-cut", ".github/workflows/release.yml"];

const GOOD = `
name: Example
on: push
permissions: {}
jobs:
  build:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    steps:
      - uses: actions/checkout@${SHA} # v7.0.1
        with:
          persist-credentials: false
      - uses: $/actions/branch-cut
        with:
          version: \${{ inputs.version }}
      - run: make "$TARGET"
        env:
          TARGET: \${{ inputs.target }}
  release:
    uses: $/.github/workflows/release.yml
    secrets:
      token: \${{ secrets.TOKEN }}
  ci-ok:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    if: always()
    needs: [build, release]
    steps:
      - run: echo done
`;

function faultsOf(text: string): readonly string[] {
  return workflowFaults(text, { exists: (path) => HERE.includes(path) }).map(
    ({ message }) => message,
  );
}

/** The good workflow with one thing changed. */
function changed(from: string, to: string): string {
  expect(GOOD).toContain(from);
  return GOOD.replace(from, to);
}

describe("workflowFaults", () => {
  it("finds nothing in a workflow that keeps the rules", () => {
    expect(faultsOf(GOOD)).toEqual([]);
  });

  it.each([
    ["no permissions at the top", "permissions: {}\n", "", "grants by job"],
    [
      "permissions at the top",
      "permissions: {}",
      "permissions: { contents: read }",
      "grants by job",
    ],
    ["all permissions", "permissions: {}", "permissions: write-all", "grants by job"],
    [
      "a job without a limit",
      "    timeout-minutes: 5\n    steps:\n      - uses",
      "    steps:\n      - uses",
      "timeout-minutes",
    ],
    ["a tag for a pin", `@${SHA} # v7.0.1`, "@v7", "by the full commit id"],
    ["a short commit id", `@${SHA} # v7.0.1`, "@3d3c42e # v7.0.1", "by the full commit id"],
    ["a pin without its version", " # v7.0.1", "", "which version that is"],
    ["a pin with half a version", " # v7.0.1", " # v7", "which version that is"],
    ["an image by tag", "$/actions/branch-cut", "docker://alpine:3", "by digest"],
    [
      "credentials that stay",
      "persist-credentials: false",
      "persist-credentials: true",
      "persist-credentials",
    ],
    [
      "a checkout without settings",
      "        with:\n          persist-credentials: false\n",
      "",
      "persist-credentials",
    ],
    [
      "an action of ours by its full name",
      "$/actions/branch-cut",
      "octo/auditable-release/actions/branch-cut@main",
      "by the full commit id",
    ],
    [
      "an action of ours from elsewhere",
      "$/actions/branch-cut",
      "./.github/actions/branch-cut",
      "calls what is ours",
    ],
    [
      "an action of ours that is not there",
      "$/actions/branch-cut",
      "$/actions/branch-cutt",
      "which is not here",
    ],
    [
      "a workflow of ours that is not there",
      "workflows/release.yml",
      "workflows/relaese.yml",
      "which is not here",
    ],
    ["an expression in a script", 'make "$TARGET"', "make ${{ inputs.target }}", "through `env:`"],
    [
      "all secrets for another workflow",
      "    secrets:\n      token: ${{ secrets.TOKEN }}\n",
      "    secrets: inherit\n",
      "names the secrets",
    ],
    [
      "a job that is not waited for",
      "needs: [build, release]",
      "needs: [build]",
      "ci-ok needs release too",
    ],
    ["a fan-in that may be skipped", "    if: always()\n", "", "always()"],
    [
      "a fan-in that waits for nothing",
      "    needs: [build, release]\n",
      "",
      "ci-ok needs build, release too",
    ],
    ["a key that is there twice", "name: Example\n", "name: Example\nname: Again\n", "is no YAML"],
  ])("refuses %s", (_, from, to, message) => {
    const faults = faultsOf(changed(from, to));

    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(message);
  });

  it("says on which line", () => {
    const faults = workflowFaults(changed(` # v7.0.1`, ""), { exists: () => true });

    expect(faults).toEqual([{ line: 10, message: expect.stringContaining("actions/checkout@") }]);
  });

  it("looks into every script, also one of several lines", () => {
    const faults = faultsOf(
      changed('make "$TARGET"', "|\n          make\n          echo ${{ github.ref }}"),
    );

    expect(faults).toEqual([expect.stringContaining("through `env:`")]);
  });
});
