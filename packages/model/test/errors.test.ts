import { describe, expect, it } from "vitest";
import {
  ActionError,
  causesOf,
  ERROR_CODES,
  type ErrorCode,
  EXIT_CODES,
  InputError,
  isPassing,
  OUTCOMES,
} from "../src/index.ts";

const CODES = Object.keys(ERROR_CODES) as ErrorCode[];

describe("outcomes", () => {
  it("have the exit codes of the design, each its own", () => {
    expect(EXIT_CODES).toEqual({
      done: 0,
      "already-done": 10,
      refused: 2,
      conflict: 3,
      retry: 4,
      bug: 5,
      waiting: 11,
    });
    expect(new Set(Object.values(EXIT_CODES)).size).toBe(OUTCOMES.length);
  });

  it("pass a step exactly when nothing is wrong", () => {
    expect(OUTCOMES.filter(isPassing).toSorted()).toEqual(["already-done", "done", "waiting"]);
  });
});

describe("the catalogue of errors", () => {
  it.each(CODES)("%s has a failing outcome, a meaning and a remedy that is a sentence", (code) => {
    const { outcome, means, remedy } = ERROR_CODES[code];
    expect(isPassing(outcome)).toBe(false);
    expect(means).toMatch(/^[A-Z].*[^.]$/s);
    expect(remedy).toMatch(/^[A-Z].*\.$/s);
  });
});

describe("an error", () => {
  it("carries its code, the outcome it ends in and the catalogue's remedy", () => {
    const error = new ActionError("BRANCH_DIVERGED", "a is not b");
    expect([error.code, error.outcome, error.hint]).toEqual([
      "BRANCH_DIVERGED",
      "conflict",
      ERROR_CODES.BRANCH_DIVERGED.remedy,
    ]);
  });

  it("names every bad input at once", () => {
    const error = new InputError([
      { input: "a", expected: "x", received: "y" },
      { input: "b", expected: "z", received: "nothing" },
    ]);
    expect(error.message).toBe('input "a": expected x, got y; input "b": expected z, got nothing');
    expect(error.outcome).toBe("refused");
  });

  it("keeps its causes in order, and a circle of causes does not hang", () => {
    const inner = new Error("inner");
    const outer = new ActionError("UNEXPECTED", "outer", {
      cause: new Error("middle", { cause: inner }),
    });
    expect(causesOf(outer).map(String)).toEqual(["Error: middle", "Error: inner"]);
    inner.cause = outer;
    expect(causesOf(outer)).toHaveLength(8);
  });
});
