import { access } from "node:fs/promises";
import path from "node:path";
import { EXIT_CODES, type Outcome, OUTCOMES } from "@auditable-release/model";
import { type ActionResult, type ActionRun, runAction, startStage } from "@auditable-release/stage";
import { type ExampleRepository, loadExample } from "./example-repository.ts";
import { EXAMPLE, ROOT } from "./places.ts";
import {
  formatEnding,
  formatOpening,
  formatStep,
  type Tour,
  type StepReport,
} from "./tour-report.ts";

const BRANCH_CUT = path.join(ROOT, "actions/branch-cut/dist");

/** Where the last request of a cut from the tip of main is the creation of the branch. */
const REQUEST_THAT_CREATES = 4;

/** One call of an action, and how it must end for the rehearsal to be right. */
interface Step {
  readonly title: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly expected: Outcome | "killed";
  readonly run?: Partial<ActionRun>;
}

/**
 * Plays the steps on a stage of their own, printing each as it ends.
 *
 * @returns the exit code
 */
export async function runTour(
  options: { readonly json: boolean },
  print: (text: string) => void,
): Promise<number> {
  await access(path.join(BRANCH_CUT, "index.js")).catch(() => {
    throw new Error(`there is no bundle in ${BRANCH_CUT}; run \`pnpm bundle\` first`);
  });
  const startedAt = performance.now();
  await using stage = await startStage();
  const example = await loadExample(stage.github, EXAMPLE);
  const token = stage.github.issueToken({
    permissions: { contents: "write", metadata: "read" },
    repositories: [example.slug],
    kind: "job",
    identity: "release workflow",
  });
  const reports: StepReport[] = [];
  if (!options.json) print(formatOpening(path.relative(ROOT, EXAMPLE), example.slug));
  for (const step of stepsOn(example)) {
    const changesBefore = stage.history.length;
    const result = await runAction({
      dist: BRANCH_CUT,
      inputs: { repository: example.slug, "github-token": token, ...step.inputs },
      github: { host: stage.github, token, repository: example.slug },
      ...step.run,
    });
    const report: StepReport = {
      title: step.title,
      action: "branch-cut",
      inputs: step.inputs,
      expected: step.expected,
      ended: endingOf(result),
      errorCode: result.outputs["error-code"] ?? "",
      outputs: result.outputs,
      log: result.shownLog,
      requests: result.exchanges.map(({ method, path: target, status }) => ({
        method,
        path: target,
        status,
      })),
      changes: stage.history.slice(changesBefore),
      durationMs: result.durationMs,
    };
    reports.push(report);
    if (!options.json) print(formatStep(report, reports.length));
  }
  const tour: Tour = {
    repository: example.slug,
    steps: reports,
    refs: Object.fromEntries(await example.repository.refs()),
    durationMs: performance.now() - startedAt,
  };
  print(options.json ? `${JSON.stringify(tour, undefined, 2)}\n` : formatEnding(tour));
  const isRight = reports.every(({ ended, expected }) => ended === expected);
  return isRight ? EXIT_CODES.done : EXIT_CODES.bug;
}

/** What there is to see, each with how it must end. */
function stepsOn({ head }: ExampleRepository): readonly Step[] {
  const cut = { version: "1.2.0", commit: head };
  return [
    { title: "A minor release gets its branch", inputs: cut, expected: "done" },
    { title: "The same again changes nothing", inputs: cut, expected: "already-done" },
    {
      title: "A patch is proven to build on the release before it",
      inputs: { version: "1.1.2" },
      expected: "already-done",
    },
    {
      title: "A patch of a line that was never released is refused",
      inputs: { version: "1.9.1" },
      expected: "refused",
    },
    {
      title: "A branch that was cut elsewhere is a conflict, and is not touched",
      inputs: { version: "1.1.0", commit: head },
      expected: "conflict",
    },
    {
      title: "Every bad input is named at once",
      inputs: { version: "v1.3", commit: "main", dry_run: "true" },
      expected: "refused",
    },
    {
      title: "A run is killed: GitHub has created the branch, the runner is gone",
      inputs: { version: "1.3.0", commit: head },
      expected: "killed",
      run: { killAt: { request: REQUEST_THAT_CREATES, phase: "after" } },
    },
    {
      title: "Run again, it finds what is there",
      inputs: { version: "1.3.0", commit: head },
      expected: "already-done",
    },
  ];
}

function endingOf(result: ActionResult): Outcome | "killed" {
  if (result.signal !== null) return "killed";
  const outcome = OUTCOMES.find((each) => each === result.outputs["outcome"]);
  // Every action says how it ended; one that does not is broken.
  return outcome ?? "bug";
}
