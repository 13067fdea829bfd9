import { parseArgs } from "node:util";
import { ParseError, parseVersion, type Version } from "@auditable-release/model";

/** A call of the command line that cannot be understood. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly usage: string;

  constructor(message: string, usage: string) {
    super(message);
    this.usage = usage;
  }
}

export interface RehearsalOptions {
  /** Rehearse this release alone instead of the tour. */
  readonly version: Version | undefined;
  readonly json: boolean;
  readonly help: boolean;
}

export const REHEARSE_USAGE = `Usage: auditable-release rehearse [--version <x.y.z>] [--json]

Starts a GitHub on this machine, loads examples/telemetry into it with its earlier releases, and runs
the committed bundles against it as a runner would. Nothing leaves the machine; nothing stays.

Without --version, a tour: a branch is cut, cut again, a patch is proven, what must be refused is
refused, and a run is killed in the middle and repeated. Exit code 0 when all ended as they should.

  --version <x.y.z>  rehearse this release alone; the exit code is that of its outcome
                     (done 0, already-done 10, refused 2, conflict 3, retry 4, bug 5)
  --json             one JSON document instead of text
  --help             this text
`;

/** @throws UsageError naming what was not understood. */
export function parseRehearsalArguments(arguments_: readonly string[]): RehearsalOptions {
  try {
    const { values } = parseArgs({
      args: [...arguments_],
      options: {
        version: { type: "string" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    return {
      version: values.version === undefined ? undefined : parseVersion(values.version),
      json: values.json,
      help: values.help,
    };
  } catch (error) {
    if (error instanceof ParseError) {
      throw new UsageError(`--version: ${error.message}`, REHEARSE_USAGE);
    }
    // parseArgs explains itself: "Unknown option '--x'", "Unexpected argument 'y'".
    if (error instanceof TypeError) throw new UsageError(error.message, REHEARSE_USAGE);
    throw error;
  }
}
