/** Each describe cites the page of GitHub's documentation whose rule its tests check. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  EMPTY_GROUP,
  enterGroup,
  evaluateConcurrency,
  evaluateEnvironment,
  evaluateRunsOn,
  groupKey,
  type GroupQueue,
  jobEnvironmentVariables,
  type Json,
  leaveGroup,
  loadWorkflow,
  runDefaults,
  runName,
  type StepsJob,
  type Template,
  type Workflow,
  workflowName,
} from "../src/workflow/index.ts";

const SYNTAX = "Workflow syntax for GitHub Actions";
const RUN_NAME = `${SYNTAX}: run-name`;
const ENV = `${SYNTAX}: env`;
const DEFAULTS = `${SYNTAX}: jobs.<job_id>.defaults.run`;
const RUNS_ON = `${SYNTAX}: jobs.<job_id>.runs-on`;
const ENVIRONMENT = `${SYNTAX}: jobs.<job_id>.environment`;
const CONCURRENCY = "Control the concurrency of workflows and jobs";

function template(value: Json): Template {
  return { value, key: "concurrency", place: { file: "w.yml", line: 1, column: 1 } };
}

async function load(
  top: readonly string[],
  job: string,
): Promise<{ workflow: Workflow; job: StepsJob }> {
  const text = ["on: push", ...top, `jobs: {a: {runs-on: x, ${job}steps: [{run: x}]}}`].join("\n");
  const workflow = await loadWorkflow("w.yml", text);
  const [first] = workflow.jobs;
  if (first?.kind !== "steps") throw new Error("no steps");
  return { workflow, job: first };
}

describe(`docs: ${RUN_NAME}`, () => {
  test("it is evaluated with github and inputs, and what is empty falls back", async () => {
    const { workflow } = await load(
      ["run-name: Deploy to ${{ inputs.to }} by @${{ github.actor }}"],
      "",
    );
    const contexts = { inputs: { to: "prod" }, github: { actor: "mona" } };
    expect(runName(workflow, { contexts }, "x")).toBe("Deploy to prod by @mona");
    const { workflow: empty } = await load(["run-name: ' ${{ inputs.to }} '"], "");
    expect(runName(empty, { contexts: {} }, "Fix it")).toBe("Fix it");
  });

  test("a workflow without a name is called by its path", async () => {
    expect(workflowName((await load([], "")).workflow)).toBe("w.yml");
    expect(workflowName((await load(["name: CI"], "")).workflow)).toBe("CI");
  });
});

describe(`docs: ${ENV}`, () => {
  test("a job's variables come over the workflow's, and both are texts", async () => {
    const { workflow, job } = await load(
      ["env: {A: 1, B: w}"],
      "env: {B: '${{ matrix.v }}', C: true}, ",
    );
    expect(jobEnvironmentVariables(workflow, job, { contexts: { matrix: { v: 2 } } })).toEqual({
      A: "1",
      B: "2",
      C: "true",
    });
  });
});

describe(`docs: ${DEFAULTS}`, () => {
  test("each default of the job comes over that of the workflow", async () => {
    const { workflow, job } = await load(
      ["defaults: {run: {shell: bash, working-directory: w}}"],
      "defaults: {run: {working-directory: 'j/${{ matrix.d }}'}}, ",
    );
    expect(runDefaults(workflow, job, { contexts: { matrix: { d: "x" } } })).toEqual({
      shell: "bash",
      workingDirectory: "j/x",
    });
    const none = await load([], "");
    expect(runDefaults(none.workflow, none.job, { contexts: {} })).toEqual({
      shell: undefined,
      workingDirectory: undefined,
    });
  });
});

describe(`docs: ${RUNS_ON}`, () => {
  test.each<[Json, readonly string[]]>([
    ["ubuntu-latest", ["ubuntu-latest"]],
    ["${{ matrix.os }}", ["linux"]],
    [
      ["self-hosted", "${{ matrix.os }}"],
      ["self-hosted", "linux"],
    ],
    ['${{ fromJSON(\'["a", "b"]\') }}', ["a", "b"]],
    [{ group: "g", labels: ["l"] }, ["l"]],
  ])("%j names its labels", (value, labels) => {
    expect(evaluateRunsOn(template(value), { contexts: { matrix: { os: "linux" } } })).toEqual(
      labels,
    );
  });

  test("a label that is empty is refused", () => {
    expect(() => evaluateRunsOn(template("${{ matrix.os }}"), { contexts: {} })).toThrow(
      "a runner's label must be a text",
    );
  });
});

describe(`docs: ${ENVIRONMENT}`, () => {
  const scope = { contexts: { inputs: { e: "prod", x: "${{ secrets.T }}" } } };

  test("it is a name or a mapping, whose url is left for after the steps", () => {
    expect(evaluateEnvironment(template("${{ inputs.e }}"), scope)).toEqual({
      name: "prod",
      url: undefined,
    });
    expect(
      evaluateEnvironment(
        template({ name: "${{ inputs.e }}", url: "${{ steps.s.outputs.u }}" }),
        scope,
      ),
    ).toMatchObject({ name: "prod", url: { value: "${{ steps.s.outputs.u }}" } });
  });

  test("a name that evaluates to nothing is no environment", () => {
    expect(evaluateEnvironment(template("${{ inputs.none }}"), scope)).toBe(undefined);
    expect(evaluateEnvironment(undefined, scope)).toBe(undefined);
  });

  test("what an expression gives as the name is not evaluated again", () => {
    expect(evaluateEnvironment(template("${{ inputs.x }}"), scope)?.name).toBe("${{ secrets.T }}");
  });
});

describe(`docs: ${CONCURRENCY}`, () => {
  const single = { cancelInProgress: false, queue: "single" } as const;

  test("a group is a name, or has more settings", () => {
    const scope = { contexts: { github: { ref: "main" } } };
    expect(evaluateConcurrency(template("${{ github.ref }}"), scope)).toEqual({
      group: "main",
      ...single,
    });
    expect(
      evaluateConcurrency(
        template({ group: "g", "cancel-in-progress": "${{ github.ref != 'x' }}" }),
        scope,
      ),
    ).toEqual({ group: "g", cancelInProgress: true, queue: "single" });
    expect(evaluateConcurrency(undefined, scope)).toBe(undefined);
  });

  test.each<[Json, string]>([
    ["${{ github.none }}", "Concurrency group name cannot be empty"],
    ["x".repeat(401), "must be less than 400 characters"],
    [{ group: "g", "cancel-in-progress": "yes" }, "cancel-in-progress is no boolean"],
    [{ group: "g", queue: "some" }, "queue must be 'single' or 'max'"],
    [
      { group: "g", queue: "max", "cancel-in-progress": true },
      "cannot be true where queue is 'max'",
    ],
  ])("the settings are refused (%#)", (value, message) => {
    expect(() => evaluateConcurrency(template(value), { contexts: { github: {} } })).toThrow(
      message,
    );
  });

  test("queue max with cancel-in-progress is refused before anything runs", async () => {
    await expect(
      load(["concurrency: {group: g, queue: max, cancel-in-progress: true}"], ""),
    ).rejects.toThrow("w.yml:2:14: cancel-in-progress cannot be true where queue is 'max'");
  });

  test("names of groups do not depend on case", () => {
    expect(groupKey("Prod-EU")).toBe(groupKey("prod-eu"));
  });

  test("one has the group, one waits, and a newcomer takes the place of the waiting one", () => {
    const first = enterGroup(EMPTY_GROUP, "1", single);
    expect(first).toEqual({ queue: { running: "1", pending: [] }, starts: true, cancel: [] });
    const second = enterGroup(first.queue, "2", single);
    expect(second).toEqual({ queue: { running: "1", pending: ["2"] }, starts: false, cancel: [] });
    const third = enterGroup(second.queue, "3", single);
    expect(third).toEqual({
      queue: { running: "1", pending: ["3"] },
      starts: false,
      cancel: ["2"],
    });
    expect(leaveGroup(third.queue, "1")).toEqual({
      queue: { running: "3", pending: [] },
      starts: "3",
    });
  });

  test("cancel-in-progress cancels the one that has it, and the newcomer follows it", () => {
    const busy: GroupQueue = { running: "1", pending: [] };
    const entered = enterGroup(busy, "2", { ...single, cancelInProgress: true });
    expect(entered).toEqual({
      queue: { running: "1", pending: ["2"] },
      starts: false,
      cancel: ["1"],
    });
    expect(leaveGroup(entered.queue, "1").starts).toBe("2");
  });

  test("with queue max all wait in their order, up to a hundred", () => {
    const settings = { cancelInProgress: false, queue: "max" } as const;
    let queue: GroupQueue = EMPTY_GROUP;
    for (let id = 0; id <= 100; id += 1) ({ queue } = enterGroup(queue, String(id), settings));
    expect(queue.pending).toHaveLength(100);
    expect(enterGroup(queue, "late", settings)).toEqual({ queue, starts: false, cancel: ["late"] });
    expect(leaveGroup(queue, "0").starts).toBe("1");
  });

  test("one that leaves while it waits lets nobody in", () => {
    expect(leaveGroup({ running: "1", pending: ["2"] }, "2")).toEqual({
      queue: { running: "1", pending: [] },
      starts: undefined,
    });
  });

  test("never does more than one have a group, and whoever enters starts, waits or is cancelled", () => {
    const step = fc.record({ enters: fc.boolean(), cancelInProgress: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let queue: GroupQueue = EMPTY_GROUP;
        const running = new Set<string>();
        for (const [index, { enters, cancelInProgress }] of steps.entries()) {
          const id = String(index);
          if (enters) {
            const entered = enterGroup(queue, id, { ...single, cancelInProgress });
            queue = entered.queue;
            if (entered.starts) running.add(id);
            else expect(queue.pending).toEqual([id]);
          } else if (queue.running !== undefined) {
            const left = leaveGroup(queue, queue.running);
            running.delete(queue.running);
            queue = left.queue;
            if (left.starts !== undefined) running.add(left.starts);
          }
          expect([...running]).toEqual(queue.running === undefined ? [] : [queue.running]);
        }
      }),
    );
  });
});
