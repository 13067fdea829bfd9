/**
 * What a person sees while a run goes on: a line for each job and step as it ends, and on a terminal
 * one more line, always the last, with what runs right now. A pure view of the runner's events.
 */
import type { RunEvent } from "@auditable-release/stage";
import { seconds, shorten } from "./text.ts";

interface Running {
  readonly name: string;
  readonly since: Date;
  step: string;
  stepSince: Date;
}

const MARKS: Readonly<Record<string, string>> = {
  success: "ok  ",
  failure: "FAIL",
  cancelled: "stop",
  skipped: "skip",
};

/** A failed step's last lines are shown where it failed; the whole log is on the stage's API. */
const SHOWN_LOG_LINES = 30;

export class Progress {
  readonly #running = new Map<string, Running>();
  readonly #tails = new Map<string, string[]>();

  /** The lines this event adds. */
  take(event: RunEvent): readonly string[] {
    switch (event.kind) {
      case "run-started":
        return [`Run ${event.run.runNumber} of "${shorten(event.run.workflow)}" started`];
      case "job-started":
        this.#running.set(event.job.key, {
          name: event.job.name,
          since: event.at,
          step: "",
          stepSince: event.at,
        });
        return [];
      case "step-started": {
        const running = this.#running.get(event.job.key);
        if (running !== undefined)
          Object.assign(running, { step: event.step.name, stepSince: event.at });
        this.#tails.set(event.job.key, []);
        return [];
      }
      case "log": {
        const tail = this.#tails.get(event.job.key);
        tail?.push(event.line);
        if (tail !== undefined && tail.length > SHOWN_LOG_LINES) tail.shift();
        return [];
      }
      case "step-finished": {
        const since = this.#running.get(event.job.key)?.stepSince ?? event.at;
        const line = `  ${mark(event.conclusion)} ${shorten(event.job.name)} / ${shorten(event.step.name)} (${took(since, event.at)})`;
        if (event.outcome !== "failure") return [line];
        const tail = this.#tails.get(event.job.key) ?? [];
        return [line, ...tail.map((said) => `         ${shorten(said)}`)];
      }
      case "job-finished": {
        const since = this.#running.get(event.job.key)?.since ?? event.at;
        this.#running.delete(event.job.key);
        return [`${mark(event.conclusion)} ${shorten(event.job.name)} (${took(since, event.at)})`];
      }
      case "job-skipped":
        return [`${mark(event.conclusion)} ${shorten(event.name)}: ${shorten(event.reason)}`];
      case "job-waiting":
        return event.reason === "capacity"
          ? []
          : [`wait ${shorten(event.job.name)}: for its ${event.reason}`];
      case "egress":
        return [
          `  STOPPED ${shorten(event.job.name)} / ${shorten(event.step.name)}: it tried to reach ${shorten(event.target)}`,
        ];
      case "run-finished":
      case "annotation":
        return [];
    }
  }

  /** What runs now, in one line; empty when nothing does. */
  now(at: Date): string {
    return [...this.#running.values()]
      .map(
        ({ name, step, stepSince }) => `${shorten(name)}: ${shorten(step)} ${took(stepSince, at)}`,
      )
      .join(" | ");
  }
}

function mark(conclusion: string): string {
  return MARKS[conclusion] ?? conclusion;
}

function took(since: Date, until: Date): string {
  return seconds(Math.max(0, until.getTime() - since.getTime()));
}
