/** Which program runs a script, with which arguments (docs.github.com, "Workflow syntax", `shell`). */

export interface Shell {
  readonly program: string;
  /** `{0}` stands for the script's path. */
  readonly args: readonly string[];
  readonly extension: string;
}

/** The shells a Linux runner knows by name, as the documentation spells their command lines. */
const SHELLS: ReadonlyMap<string, Shell> = new Map([
  [
    "bash",
    {
      program: "bash",
      args: ["--noprofile", "--norc", "-e", "-o", "pipefail", "{0}"],
      extension: ".sh",
    },
  ],
  ["sh", { program: "sh", args: ["-e", "{0}"], extension: ".sh" }],
  ["python", { program: "python", args: ["{0}"], extension: ".py" }],
]);

/** Without a `shell`: bash, and without pipefail. */
const DEFAULT_SHELL: Shell = { program: "bash", args: ["-e", "{0}"], extension: ".sh" };

/** Known to GitHub, and not played here. */
const REFUSED_SHELLS = ["cmd", "powershell", "pwsh"];

export class ShellError extends Error {
  override readonly name = "ShellError";
}

/** @throws {ShellError} for a shell the stage does not play, or that is none */
export function parseShell(text: string | undefined): Shell {
  if (text === undefined || text === "") return DEFAULT_SHELL;
  const known = SHELLS.get(text);
  if (known !== undefined) return known;
  if (REFUSED_SHELLS.includes(text)) {
    throw new ShellError(`the stage does not run scripts in '${text}'; it has bash, sh and python`);
  }
  const [program = "", ...args] = text.split(" ").filter((part) => part !== "");
  if (program === "" || !args.some((arg) => arg.includes("{0}"))) {
    throw new ShellError(
      "Invalid shell option. Shell must be a valid built-in (bash, sh, cmd, powershell, pwsh) " +
        "or a format string containing '{0}'",
    );
  }
  return { program, args, extension: "" };
}

export function shellArguments(shell: Shell, script: string): readonly string[] {
  return shell.args.map((arg) => arg.replaceAll("{0}", script));
}

export function formatShell({ program, args }: Shell): string {
  return [program, ...args].join(" ");
}
