import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it, vi } from "vitest";
import { contract } from "../src/contract.ts";
import { openScene } from "./scene.ts";

vi.setConfig({ testTimeout: 30_000 });

const README = readFileSync(path.join(import.meta.dirname, "../README.md"), "utf8");
const EXAMPLE = readFileSync(
  path.join(
    import.meta.dirname,
    "../../../examples/telemetry/.github/workflows/cut-release-branch.yml",
  ),
  "utf8",
);

/** Lines below `with:` and below `permissions:` of the job, as `[name, value]`. */
function entriesBelow(key: string, indent: number): [string, string][] {
  const lines = EXAMPLE.split("\n");
  const start = lines.indexOf(`${" ".repeat(indent)}${key}:`);
  const inner = " ".repeat(indent + 2);
  const block = lines.slice(start + 1);
  const end = block.findIndex((line) => !line.startsWith(inner));
  return block.slice(0, end === -1 ? undefined : end).flatMap((line) => {
    const [name = "", value = ""] = line.trim().split(/: (.*)/);
    return name === "" ? [] : [[name, value]];
  });
}

describe("the example in the README", () => {
  it("is the example repository's workflow", () => {
    expect(README).toContain(`\`\`\`yaml\n${EXAMPLE}\`\`\``);
  });

  it("grants exactly the permissions the action needs", () => {
    const granted = entriesBelow("permissions", 4).map(([name, value]) => [
      name,
      value.replace(/ #.*/, ""),
    ]);

    expect(granted).toEqual(
      Object.entries(contract.permissions).map(([name, { access }]) => [name, access]),
    );
  });

  it("runs: its inputs are the action's, and cut the branch", async () => {
    await using scene = await openScene();
    const inputs = Object.fromEntries(
      entriesBelow("with", 8).map(([name, value]) => [
        name,
        value
          .replace("${{ inputs.version }}", "1.2.0")
          .replace("${{ github.sha }}", scene.commits.three),
      ]),
    );
    expect(Object.keys(contract.inputs)).toEqual(expect.arrayContaining(Object.keys(inputs)));

    const result = await scene.cut(inputs);

    expect(result.outputs).toMatchObject({ branch: "release-1.2", outcome: "done" });
  });
});
