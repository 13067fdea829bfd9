/**
 * The files an action talks to its runner with (GITHUB_OUTPUT, GITHUB_ENV, GITHUB_STATE,
 * GITHUB_PATH), read as the runner reads them on Linux (actions/runner, FileCommandManager.cs), its
 * oddities included.
 */

export interface FileReading {
  readonly values: Readonly<Record<string, string>>;
  /** Why the runner would fail the step; what stood before it counts. */
  readonly error: string | undefined;
}

/** Reads `name=value` lines and `name<<delimiter` blocks. A later value replaces an earlier one. */
export function readKeyValueFile(text: string): FileReading {
  const values: Record<string, string> = {};
  const lines = text.split("\n");
  // What follows the last line feed is a line only when there is something.
  const isTerminated = lines.at(-1) === "";
  if (isTerminated) lines.pop();
  let at = 0;
  while (at < lines.length) {
    const line = lines[at++] ?? "";
    if (line === "") continue;
    const equals = line.indexOf("=");
    const heredoc = line.indexOf("<<");
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      values[line.slice(0, equals)] = line.slice(equals + 1);
      continue;
    }
    if (heredoc < 0) return { values, error: `Invalid format '${line}'` };
    const name = line.slice(0, heredoc);
    const delimiter = line.slice(heredoc + 2);
    if (name === "" || delimiter === "") {
      const reason = "Name must not be empty and delimiter must not be empty";
      return { values, error: `Invalid format '${line}'. ${reason}` };
    }
    const end = lines.indexOf(delimiter, at);
    if (end < 0) {
      const error =
        isTerminated || at >= lines.length
          ? `Invalid value. Matching delimiter not found '${delimiter}'`
          : "Invalid value. EOF marker missing new line.";
      return { values, error };
    }
    values[name] = lines.slice(at, end).join("\n");
    at = end + 1;
  }
  return { values, error: undefined };
}

/** The lines of GITHUB_PATH. */
export function readPathFile(text: string): readonly string[] {
  return text.split(/\r\n|\n|\r/).filter((line) => line !== "");
}
