import { parseArgs } from "node:util";
import { ParseError, parseVersion } from "@auditable-release/model";

/** A call of the command line that cannot be understood. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly usage: string;

  constructor(message: string, usage: string = REHEARSE_USAGE) {
    super(message);
    this.usage = usage;
  }
}

export interface RehearsalOptions {
  readonly help: boolean;
  readonly json: boolean;
  readonly tour: boolean;
  readonly keep: boolean;
  /** Undefined: the example that comes with the repository. */
  readonly repo: string | undefined;
  /** File name or path of the workflow; undefined: the only one that can be dispatched. */
  readonly workflow: string | undefined;
  /** Branch or tag to dispatch on; undefined: the default branch. */
  readonly ref: string | undefined;
  readonly inputs: Readonly<Record<string, string>>;
}

export const REHEARSE_USAGE = `Usage: auditable-release rehearse [options]

Runs a workflow of a repository, as it is, on this machine: against a GitHub, a registry, a bucket
and a Sigstore that live in the same process. Nothing leaves the machine; nothing stays.

  --repo <folder>        the repository: a git clone (its branches and tags), or a plain folder;
                         without it the example in examples/telemetry
  --ref <branch or tag>  where to run it from, as on GitHub's page; the default branch unless told
  --workflow <file>      the workflow to dispatch, where the repository has more than one
  --input <name>=<value> an input of the workflow; as often as needed
  --version <x.y.z>      the same as --input version=<x.y.z>; the example takes 1.2.0 unless told
  --keep                 leave everything up afterwards and say where it is, until Ctrl-C
  --json                 one JSON document at the end instead of text
  --tour                 instead: the actions one by one, on the example, with what must be refused
                         and a run that is killed half-way
  --help                 this text

The exit code is that of the outcome: done 0, already-done 10, waiting 11, refused 2 (a failed job,
too), conflict 3, retry 4, bug 5. Ctrl-C: 130.
`;

/** @throws UsageError naming what was not understood. */
export function parseRehearsalArguments(arguments_: readonly string[]): RehearsalOptions {
  const values = parseOptions(arguments_);
  const inputs = Object.fromEntries((values.input ?? []).map(parseInput));
  if (values.version !== undefined) {
    try {
      inputs["version"] = parseVersion(values.version);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      throw new UsageError(`--version: ${error.message}`);
    }
  }
  const { help, json, tour, keep, repo, workflow, ref } = values;
  const isAboutWorkflow = [repo, workflow, ref].some((value) => value !== undefined) || keep;
  if (tour && (isAboutWorkflow || Object.keys(inputs).length > 0)) {
    throw new UsageError("--tour goes with --json alone");
  }
  if (keep && json) throw new UsageError("--keep and --json do not go together");
  return { help, json, tour, keep, repo, workflow, ref, inputs };
}

function parseOptions(arguments_: readonly string[]) {
  try {
    return parseArgs({
      args: [...arguments_],
      options: {
        repo: { type: "string" },
        workflow: { type: "string" },
        ref: { type: "string" },
        input: { type: "string", multiple: true },
        version: { type: "string" },
        tour: { type: "boolean", default: false },
        keep: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    // parseArgs explains itself: "Unknown option '--x'", "Unexpected argument 'y'".
    if (error instanceof TypeError) throw new UsageError(error.message);
    throw error;
  }
}

function parseInput(text: string): [string, string] {
  const equals = text.indexOf("=");
  if (equals < 1)
    throw new UsageError(`--input: expected <name>=<value>, got ${JSON.stringify(text)}`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}
