/** One run as one text that is the same every time, for a person to review as a file snapshot. */
import type { Exchange } from "./exchanges.ts";
import type { ActionResult } from "./run-action.ts";
import { maskSecrets } from "./workflow-commands.ts";

/** What to show in place of a text: `[["https://…", "<docs>"]]`. */
export type Replacements = readonly (readonly [text: string | RegExp, shown: string])[];

const VOLATILE: Replacements = [
  [/ghadelimiter_[0-9a-f-]{36}/g, "<delimiter>"],
  [/http:\/\/127\.0\.0\.1:\d+/g, "<stage>"],
  [/127\.0\.0\.1:\d+/g, "<stage>"],
  [/\b\d+(?:\.\d+)? ?(?:ms|milliseconds)\b/g, "<time> ms"],
  [/\b\d+\.\d+ ?(?:s|seconds)\b/g, "<time> s"],
];

function replaceAll(content: string, replacements: Replacements): string {
  return replacements.reduce((done, [from, shown]) => done.replaceAll(from, shown), content);
}

function section(title: string, content: string): string {
  const body = content === "" || content.endsWith("\n") ? content : `${content}\n`;
  return `--- ${title}\n${body}`;
}

function formatExchange({ method, path, query, status }: Exchange): string {
  const search = new URLSearchParams(query).toString();
  const target = search === "" ? path : `${path}?${search}`;
  return `${method} ${target} -> ${status ?? "no answer"}\n`;
}

/**
 * stdout, stderr, outputs, summary, requests and the end of the run. Ports, temporary folders,
 * times and heredoc delimiters are replaced, secrets starred; `replacements` go first.
 * @throws when a regular expression among them is not global
 */
export function formatTranscript(result: ActionResult, replacements: Replacements = []): string {
  const outputs = Object.entries(result.outputs).map(([name, value]) =>
    value.includes("\n") ? `${name}:\n${value.replaceAll(/^/gm, "  ")}\n` : `${name}: ${value}\n`,
  );
  const ending =
    result.signal === null ? `exit code ${result.exitCode}` : `ended by ${result.signal}`;
  const transcript = [
    section("stdout", result.stdout),
    ...(result.stderr === "" ? [] : [section("stderr", result.stderr)]),
    section("outputs", outputs.join("")),
    section("summary", result.summary),
    section("requests", result.exchanges.map(formatExchange).join("")),
    section("end", [ending, ...result.fileErrors].join("\n")),
  ].join("");
  return replaceAll(maskSecrets(transcript, result.secrets), [
    ...replacements,
    [result.workFolder, "<work>"],
    ...VOLATILE,
  ]);
}
