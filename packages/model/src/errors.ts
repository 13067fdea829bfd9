import { ERROR_CODES, type ErrorCode } from "./error-codes.ts";
import type { FailingOutcome } from "./outcome.ts";

export interface ActionErrorOptions {
  /** What to do, in the imperative. Defaults to the catalogue's remedy for the code. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/**
 * Everything thrown on purpose. The message is one sentence without a trailing period: subject,
 * what was observed, what was expected; the code says which case it is. Anything else that is
 * thrown is a defect of ours and is reported as `UNEXPECTED`.
 */
export class ActionError extends Error {
  override readonly name: string = "ActionError";
  readonly code: ErrorCode;
  readonly hint: string;

  constructor(code: ErrorCode, message: string, options: ActionErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? ERROR_CODES[code].remedy;
  }

  get outcome(): FailingOutcome {
    return ERROR_CODES[this.code].outcome;
  }
}

/** One thing wrong with one input. `received` must already be redacted where the input is secret. */
export interface InputFault {
  readonly input: string;
  readonly expected: string;
  readonly received: string;
}

/** All bad inputs of a call together, so that one run shows all there is to correct. */
export class InputError extends ActionError {
  override readonly name = "InputError";
  readonly faults: readonly InputFault[];

  constructor(faults: readonly InputFault[]) {
    const list = faults.map(
      (fault) => `input "${fault.input}": expected ${fault.expected}, got ${fault.received}`,
    );
    super("INPUT_INVALID", list.join("; "));
    this.faults = faults;
  }
}

/**
 * The token may not do what was tried. Kept apart from other refusals because whoever shows it adds
 * the `permissions:` block of the action's contract.
 */
export class PermissionError extends ActionError {
  override readonly name = "PermissionError";
}

/** The error and its causes, outermost first; bounded, because a cause may be anything. */
export function causesOf(error: unknown, limit = 8): readonly unknown[] {
  const chain: unknown[] = [];
  let current = error instanceof Error ? error.cause : undefined;
  while (current !== undefined && current !== null && chain.length < limit) {
    chain.push(current);
    current = current instanceof Error ? current.cause : undefined;
  }
  return chain;
}

/** Lets the compiler prove that a switch is exhaustive. */
export function assertNever(value: never): never {
  throw new Error(`a case was forgotten: ${JSON.stringify(value)}`);
}
