/**
 * The closed set of ways a call can end (DESIGN 3), shared by every action's `outcome` output and by
 * the command line's exit code. Owns the numbers; knows nothing of what led there.
 */

/** Exit code of the command line for each outcome. `done` is 0 as everywhere. */
export const EXIT_CODES = {
  /** The effect was made now, and read back. */
  done: 0,
  /** A rule, a gate or a bad input says no. The world was not changed. */
  refused: 2,
  /** The world differs from what was asked for. Both values are in the message. */
  conflict: 3,
  /** Something transient failed more often than is bounded. Safe to run again. */
  retry: 4,
  /** An error nobody planned: ours to fix. */
  bug: 5,
  /** The world was already as asked for. Nothing was changed. */
  "already-done": 10,
  /** A human or another system must act first; run again afterwards. */
  waiting: 11,
} as const;

export type Outcome = keyof typeof EXIT_CODES;

/** Outcomes with which a step passes. */
export type PassingOutcome = "done" | "already-done" | "waiting";

/** Outcomes with which a step fails. */
export type FailingOutcome = Exclude<Outcome, PassingOutcome>;

export const OUTCOMES = Object.keys(EXIT_CODES) as readonly Outcome[];

/** Whether a step with this outcome passes (DESIGN 3: 0, 10 and 11 do). */
export function isPassing(outcome: Outcome): outcome is PassingOutcome {
  switch (outcome) {
    case "done":
    case "already-done":
    case "waiting":
      return true;
    case "refused":
    case "conflict":
    case "retry":
    case "bug":
      return false;
  }
}
