/** The command `auditable-release`. Finds the subcommand, prints, sets the exit code; no more. */
import process from "node:process";
import { parseRehearsalArguments, REHEARSE_USAGE, UsageError } from "./arguments.ts";
import { rehearse } from "./rehearse.ts";
import { runTour } from "./tour.ts";

const USAGE = `Usage: auditable-release <command>

Commands:
  rehearse   run a workflow against a GitHub on this machine, and show what it would do

auditable-release <command> --help tells more.
`;

/** For a call that cannot be understood: outcome `refused`. */
const EXIT_USAGE = 2;

async function main(arguments_: readonly string[]): Promise<number> {
  const [command, ...rest] = arguments_;
  switch (command) {
    case "rehearse": {
      const options = parseRehearsalArguments(rest);
      if (options.help) {
        process.stdout.write(REHEARSE_USAGE);
        return 0;
      }
      return options.tour
        ? runTour(options, (text) => process.stdout.write(text))
        : rehearse(options, process.stdout);
    }
    case undefined:
    case "help":
    case "--help":
      process.stdout.write(USAGE);
      return command === undefined ? EXIT_USAGE : 0;
    default:
      throw new UsageError(`there is no command "${command}"`, USAGE);
  }
}

// Whoever reads us may stop reading (`| head`): then there is nobody to tell, and nothing is wrong.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`auditable-release: ${error.message}\n\n${error.usage}`);
  process.exitCode = EXIT_USAGE;
}
