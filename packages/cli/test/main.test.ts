import { spawnSync } from "node:child_process";
import path from "node:path";
import process from "node:process";
import { describe, expect, it } from "vitest";

const MAIN = path.join(import.meta.dirname, "../src/main.ts");

function run(...arguments_: string[]) {
  return spawnSync(process.execPath, ["--conditions=source", MAIN, ...arguments_], {
    encoding: "utf8",
  });
}

describe("auditable-release", () => {
  it.each([
    [["release"], 'there is no command "release"'],
    [[], "Usage: auditable-release <command>"],
  ])("called as %j is refused with its usage", (arguments_, said) => {
    const { stdout, stderr, status } = run(...arguments_);

    expect(stdout + stderr).toContain(said);
    expect(status).toBe(2);
  });

  it.each([[["--help"]], [["help"]], [["rehearse", "--help"]]])(
    "%j explains itself",
    (arguments_) => {
      const { stdout, status } = run(...arguments_);

      expect([status, stdout.startsWith("Usage:")]).toEqual([0, true]);
    },
  );
});
