import process from "node:process";
import {
  debug,
  endGroup,
  error as annotate,
  getInput,
  info,
  setOutput,
  setSecret,
  startGroup,
  summary,
} from "@actions/core";
import type { Runner } from "./runner.ts";

const INPUT_PREFIX = "INPUT_";

/**
 * The runner of GitHub Actions, through its official toolkit. Imports are named, not `* as core`, so
 * that the bundler can leave out the parts nobody uses (the OIDC client and its HTTP stack).
 */
export function coreRunner(): Runner {
  return {
    inputs: {
      get: (name) => getInput(name, { trimWhitespace: false }),
      names: Object.keys(process.env)
        .filter((key) => key.startsWith(INPUT_PREFIX))
        .map((key) => key.slice(INPUT_PREFIX.length)),
    },
    environment: process.env,
    mask: setSecret,
    print: info,
    debug,
    printFolded: (heading, lines) => {
      startGroup(heading);
      for (const line of lines) info(line);
      endGroup();
    },
    annotateError: (title, message) => {
      annotate(message, { title });
    },
    setOutput,
    appendSummary: async (markdown) => {
      // Outside a runner there is no such file; a summary is never worth a failure.
      if (process.env["GITHUB_STEP_SUMMARY"] !== undefined) await summary.addRaw(markdown).write();
    },
    setExitCode: (code) => {
      process.exitCode = code;
    },
    onCrash: (report) => {
      const crash = (error: unknown): void => {
        // oxlint-disable-next-line house/process-access -- after an error nobody awaited the state is unknown: nothing more may be done
        void report(error).finally(() => process.exit());
      };
      process.once("uncaughtException", crash);
      process.once("unhandledRejection", crash);
    },
  };
}
