import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { describe, expect, it, vi } from "vitest";
import type { Rehearsal } from "../src/report.ts";

// A tour starts eight actions.
vi.setConfig({ testTimeout: 60_000 });

const MAIN = path.join(import.meta.dirname, "../src/main.ts");

function run(...arguments_: string[]) {
  return spawnSync(process.execPath, ["--conditions=source", MAIN, ...arguments_], {
    encoding: "utf8",
  });
}

describe("auditable-release rehearse", () => {
  it("ends its tour as it should, and leaves nothing behind", () => {
    const leftBefore = readdirSync(tmpdir()).filter((name) => name.startsWith("stage-"));

    const { stdout, stderr, status } = run("rehearse", "--json");

    expect([stderr, status]).toEqual(["", 0]);
    const { steps, refs }: Rehearsal = JSON.parse(stdout);
    const endings = steps.map(
      ({ ended, errorCode, changes }) => `${ended} ${errorCode} ${changes.length}`,
    );
    expect(endings).toEqual([
      "done  1",
      "already-done  0",
      "already-done  0",
      "refused BRANCH_MISSING 0",
      "conflict BRANCH_DIVERGED 0",
      "refused INPUT_INVALID 0",
      "killed  1",
      "already-done  0",
    ]);
    expect(refs["refs/heads/release-1.2"]).toBe(refs["refs/heads/main"]);
    expect(refs["refs/heads/release-1.3"]).toBe(refs["refs/heads/main"]);
    const leftAfter = readdirSync(tmpdir()).filter((name) => name.startsWith("stage-"));
    expect(leftAfter.length).toBeLessThanOrEqual(leftBefore.length);
  });

  it.each([
    ["1.1.2", 10, "contains the previous release 1.1.1"],
    ["2.0.0", 0, 'The branch "release-2.0" was created'],
    ["1.9.1", 2, "BRANCH_MISSING"],
  ])("of %s ends with exit code %i", (version, code, said) => {
    const { stdout, status } = run("rehearse", "--version", version);

    expect(status).toBe(code);
    expect(stdout).toContain(said);
    expect(stdout).toContain("nothing of it is left");
  });

  it.each([
    [["rehearse", "--version", "1.2"], "--version: expected a version like 1.2.3"],
    [["rehearse", "--force"], "Unknown option '--force'"],
    [["rehearse", "now"], "Unexpected argument 'now'"],
    [["release"], 'there is no command "release"'],
    [[], "Usage: auditable-release <command>"],
  ])("called as %j is refused with what was not understood", (arguments_, said) => {
    const { stdout, stderr, status } = run(...arguments_);

    expect(status).toBe(2);
    expect(stdout + stderr).toContain(said);
    expect(stdout + stderr).toContain("Usage:");
  });

  it.each([["--help"], ["help"], ["rehearse", "--help"]])(
    "%s %s explains itself",
    (...arguments_) => {
      const { stdout, status } = run(...arguments_.filter((each) => each !== undefined));

      expect([status, stdout.startsWith("Usage:")]).toEqual([0, true]);
    },
  );
});
