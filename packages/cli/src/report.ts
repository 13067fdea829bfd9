import process from "node:process";
import { stripVTControlCharacters } from "node:util";
import type { Outcome } from "@auditable-release/model";
import type { Effect } from "@auditable-release/stage";

/** One call of an action, as it went. */
export interface StepReport {
  readonly title: string;
  readonly action: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly expected: Outcome | "killed" | undefined;
  readonly ended: Outcome | "killed";
  readonly errorCode: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** As a person sees it on GitHub: commands carried out, secrets masked. */
  readonly log: string;
  readonly requests: readonly {
    readonly method: string;
    readonly path: string;
    readonly status: number | undefined;
  }[];
  readonly changes: readonly Effect[];
  readonly durationMs: number;
}

export interface Rehearsal {
  readonly repository: string;
  readonly steps: readonly StepReport[];
  /** Where every ref stands at the end. */
  readonly refs: Readonly<Record<string, string>>;
  readonly durationMs: number;
}

const SHOWN_SHA_LENGTH = 10;

/** What is about to happen, before it does. */
export function formatOpening(folder: string, slug: string): string {
  return [
    `Rehearsing on a GitHub on this machine: ${folder}, as the repository ${slug}.`,
    `The committed bundles run on Node ${process.versions.node}, as a runner would run them.`,
    "",
    "",
  ].join("\n");
}

/** One step as text: what was called, what it said, how it ended, what it cost and changed. */
export function formatStep(step: StepReport, number: number): string {
  const inputs = Object.entries(step.inputs).map(([name, value]) => `${name}=${shorten(value)}`);
  const said = step.log
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("##[debug]"))
    .map((line) => `     ${shorten(stripVTControlCharacters(line))}`);
  const isRight = step.expected === undefined || step.expected === step.ended;
  const verdict = isRight ? step.ended : `${step.ended}, EXPECTED ${step.expected ?? ""}`;
  const code = step.errorCode === "" ? "" : ` (${step.errorCode})`;
  const cost = `${step.requests.length} requests, ${count(step.changes.length, "change")}`;
  return [
    `${String(number).padStart(2)}. ${step.title}`,
    `     ${step.action} ${inputs.join(" ")}`,
    ...said,
    `     => ${verdict}${code}; ${cost}, ${Math.round(step.durationMs)} ms`,
    "",
    "",
  ].join("\n");
}

/** What is true at the end. */
export function formatEnding({ repository, steps, refs, durationMs }: Rehearsal): string {
  const changes = steps.flatMap((step) => step.changes);
  const wrong = steps.filter(
    ({ expected, ended }) => expected !== undefined && expected !== ended,
  ).length;
  const verdict =
    wrong === 0
      ? "All steps ended as they should."
      : `${count(wrong, "step")} did NOT end as expected.`;
  const isJudged = steps.some(({ expected }) => expected !== undefined);
  return [
    `What changed in ${repository}:`,
    ...(changes.length === 0 ? ["  nothing"] : changes.map((effect) => `  ${describe(effect)}`)),
    "",
    "Where its branches and tags stand:",
    ...Object.entries(refs).map(([ref, sha]) => `  ${shorten(sha)}  ${ref}`),
    "",
    ...(isJudged ? [verdict] : []),
    `${count(steps.length, "run")} in ${(durationMs / 1000).toFixed(1)} s, on this machine alone; nothing of it is left.`,
    "",
  ].join("\n");
}

function describe({ what, ref, before, after, who }: Effect): string {
  const place = ref ?? "";
  const from = before === undefined ? "" : ` from ${shorten(before)}`;
  const to = after === undefined ? "" : ` at ${shorten(after)}`;
  return `${what} ${place}${from}${to}, by "${who}"`;
}

/** Commit ids cut to what an eye can compare. */
function shorten(text: string): string {
  return text.replace(/\b[0-9a-f]{40}\b/g, (sha) => sha.slice(0, SHOWN_SHA_LENGTH));
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
