import process from "node:process";
import type { Outcome } from "@auditable-release/model";
import type { Effect } from "@auditable-release/stage";
import { count, describeEffect, seconds, shorten } from "./text.ts";

/** One call of an action, as it went. */
export interface StepReport {
  readonly title: string;
  readonly action: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly expected: Outcome | "killed";
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

export interface Tour {
  readonly repository: string;
  readonly steps: readonly StepReport[];
  /** Where every ref stands at the end. */
  readonly refs: Readonly<Record<string, string>>;
  readonly durationMs: number;
}

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
    .map((line) => `     ${shorten(line)}`);
  const verdict =
    step.expected === step.ended ? step.ended : `${step.ended}, EXPECTED ${step.expected}`;
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
export function formatEnding({ repository, steps, refs, durationMs }: Tour): string {
  const changes = steps.flatMap((step) => step.changes);
  const wrong = steps.filter(({ expected, ended }) => expected !== ended).length;
  const verdict =
    wrong === 0
      ? "All steps ended as they should."
      : `${count(wrong, "step")} did NOT end as expected.`;
  return [
    `What changed in ${repository}:`,
    ...(changes.length === 0
      ? ["  nothing"]
      : changes.map((effect) => `  ${describeEffect(effect)}`)),
    "",
    "Where its branches and tags stand:",
    ...Object.entries(refs).map(([ref, sha]) => `  ${shorten(sha)}  ${ref}`),
    "",
    verdict,
    `${count(steps.length, "run")} in ${seconds(durationMs)}, on this machine alone; nothing of it is left.`,
    "",
  ].join("\n");
}
