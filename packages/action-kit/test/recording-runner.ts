import type { Environment, Runner } from "../src/index.ts";

export interface Recording {
  readonly runner: Runner;
  readonly log: string[];
  readonly masks: string[];
  readonly outputs: Map<string, string>;
  readonly annotations: { readonly title: string; readonly message: string }[];
  summary: string;
  exitCode: number | undefined;
  crash: ((error: unknown) => Promise<void>) | undefined;
}

/** A runner that remembers; inputs are given as a workflow writes them below `with:`. */
export function recordingRunner(
  inputs: Readonly<Record<string, string>>,
  environment: Environment = {},
): Recording {
  const recording: Recording = {
    log: [],
    masks: [],
    outputs: new Map(),
    annotations: [],
    summary: "",
    exitCode: undefined,
    crash: undefined,
    runner: {
      inputs: {
        get: (name) => inputs[name] ?? "",
        names: Object.keys(inputs).map((name) => name.toUpperCase()),
      },
      environment,
      mask: (secret) => {
        recording.masks.push(secret);
      },
      print: (line) => {
        recording.log.push(line);
      },
      debug: (line) => {
        recording.log.push(`debug ${line}`);
      },
      printFolded: (heading, lines) => {
        recording.log.push(heading, ...lines.map((line) => `  ${line}`));
      },
      annotateError: (title, message) => {
        recording.annotations.push({ title, message });
      },
      setOutput: (name, value) => {
        recording.outputs.set(name, value);
      },
      appendSummary: async (markdown) => {
        recording.summary += markdown;
      },
      setExitCode: (code) => {
        recording.exitCode = code;
      },
      onCrash: (report) => {
        recording.crash = report;
      },
    },
  };
  return recording;
}
