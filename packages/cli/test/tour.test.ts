import { spawnSync } from "node:child_process";
import { mkdtempDisposableSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { describe, expect, it, vi } from "vitest";
import type { Tour } from "../src/tour-report.ts";

// A tour starts eight actions.
vi.setConfig({ testTimeout: 60_000 });

const MAIN = path.join(import.meta.dirname, "../src/main.ts");

describe("auditable-release rehearse --tour", () => {
  it("ends its tour as it should, and leaves nothing behind", () => {
    using temporary = mkdtempDisposableSync(path.join(tmpdir(), "tour-"));
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      ["--conditions=source", MAIN, "rehearse", "--tour", "--json"],
      { encoding: "utf8", env: { ...process.env, TMPDIR: temporary.path } },
    );

    expect([stderr, status]).toEqual(["", 0]);
    const { steps, refs }: Tour = JSON.parse(stdout);
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
    expect(readdirSync(temporary.path)).toEqual([]);
  });
});
