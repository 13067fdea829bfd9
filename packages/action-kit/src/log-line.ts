/**
 * Makes any text harmless as one line of a job's log: the runner takes a line that starts with `::`
 * and anything behind `##[` as a command (specs.md T3), and a line break would start a new line.
 */
export function logLine(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, (character) =>
      character === "\t" ? " " : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
    )
    .replace(/^(\s*):(?=:)/u, "$1: ")
    .replaceAll("##[", "## [");
}
