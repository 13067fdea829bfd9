import { EXIT_CODES, type Outcome, OUTCOMES } from "@auditable-release/model";
import type { Effect } from "@auditable-release/stage";
import { count, describeEffect, seconds, shorten } from "./text.ts";

/** A rehearsal as it went; what `--json` prints. */
export interface Rehearsal {
  readonly repository: string;
  readonly workflow: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly conclusion: string;
  readonly outcome: Outcome;
  readonly jobs: readonly {
    readonly name: string;
    readonly result: string;
    readonly outputs: Readonly<Record<string, string>>;
  }[];
  /** Titles and messages of errors, as GitHub would annotate the run with them. */
  readonly errors: readonly { readonly title: string; readonly message: string }[];
  /** What steps wrote for people, in the order they ended. */
  readonly summaries: readonly string[];
  readonly changes: readonly Effect[];
  /** Requests by service. */
  readonly requests: Readonly<Record<string, number>>;
  /** What tried to leave the machine, and was stopped. */
  readonly stopped: readonly string[];
  readonly durationMs: number;
}

/** As our actions title their one annotation: `Branch cut: refused (BRANCH_MISSING)`. */
const OUR_TITLE = /: (?<outcome>[a-z-]+) \([A-Z_]+\)$/;

/**
 * How the whole came out. A run that failed ended as the first of our actions that failed says; a
 * failure of anything else is a no.
 */
export function outcomeOf(conclusion: string, errorTitles: readonly string[]): Outcome {
  if (conclusion === "success" || conclusion === "skipped") return "done";
  const named = errorTitles.map((title) => OUR_TITLE.exec(title)?.groups?.["outcome"]);
  return OUTCOMES.find((outcome) => named.includes(outcome)) ?? "refused";
}

export function exitCodeOf(outcome: Outcome): number {
  return EXIT_CODES[outcome];
}

export function formatOpening(rehearsal: {
  readonly source: string;
  readonly repository: string;
  readonly workflow: string;
  readonly inputs: Readonly<Record<string, string>>;
}): readonly string[] {
  const inputs = Object.entries(rehearsal.inputs).map(([name, value]) => `${name}=${value}`);
  return [
    `Rehearsing ${rehearsal.workflow} of ${rehearsal.source}, as ${rehearsal.repository}, on this machine alone`,
    `with ${inputs.length === 0 ? "no inputs" : inputs.join(", ")}; the actions run on Node ${process.versions.node}.`,
    "",
  ];
}

export function formatEnding(rehearsal: Rehearsal): readonly string[] {
  const { changes, requests, errors, stopped } = rehearsal;
  const services = [...new Set(changes.map(({ service }) => service))];
  const asked = Object.entries(requests).map(([service, number]) => `${service} ${number}`);
  return [
    "",
    ...errors.map(({ title, message }) => `${title}: ${shorten(message)}`),
    ...(stopped.length === 0 ? [] : [`Stopped on its way out: ${stopped.join(", ")}`]),
    changes.length === 0 ? "Nothing changed." : "What changed:",
    ...services.flatMap((service) => [
      `  ${service}`,
      ...changes
        .filter((effect) => effect.service === service)
        .map((effect) => `    ${effect.repository}: ${describeEffect(effect)}`),
    ]),
    "",
    `${rehearsal.outcome}: the run ended with ${rehearsal.conclusion}; ${count(rehearsal.jobs.length, "job")}, requests: ${asked.length === 0 ? "none" : asked.join(", ")}; ${seconds(rehearsal.durationMs)}.`,
  ];
}
