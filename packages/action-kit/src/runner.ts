import type { RawInputs } from "./inputs.ts";
import type { Environment } from "./run-context.ts";

/**
 * The port to whatever runs the action. `runner-core.ts` is the one adapter for GitHub's runner;
 * nothing else of the project talks to it.
 */
export interface Runner {
  readonly inputs: RawInputs;
  readonly environment: Environment;
  readonly mask: (secret: string) => void;
  /** Prints one line. The text must already be harmless (logLine). */
  readonly print: (line: string) => void;
  readonly debug: (line: string) => void;
  /** Prints lines under a heading that is folded in the log. */
  readonly printFolded: (heading: string, lines: readonly string[]) => void;
  /** The one annotation of a failing step. */
  readonly annotateError: (title: string, message: string) => void;
  readonly setOutput: (name: string, value: string) => void;
  /** Appends Markdown to the step's summary. */
  readonly appendSummary: (markdown: string) => Promise<void>;
  /** Sets how the process will end; does not end it. */
  readonly setExitCode: (code: number) => void;
  /**
   * Registers what reports an error that nothing awaited. The adapter ends the process afterwards,
   * because its state is unknown.
   */
  readonly onCrash: (report: (error: unknown) => Promise<void>) => void;
}

/** What a use case may say while it works: one line per effect, past tense, with the identifier. */
export interface Log {
  readonly info: (line: string) => void;
  readonly debug: (line: string) => void;
}
