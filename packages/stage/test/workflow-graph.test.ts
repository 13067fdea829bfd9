/** Each describe cites the page of GitHub's documentation whose rule its tests check. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  advanceGraph,
  cancelGraph,
  type Command,
  completeLeg,
  evaluateStrategy,
  expandMatrix,
  graphResult,
  type GraphState,
  type JobLeg,
  type JobState,
  jobsContext,
  type Json,
  type JsonObject,
  loadWorkflow,
  startGraph,
  type Workflow,
} from "../src/workflow/index.ts";

const SYNTAX = "Workflow syntax for GitHub Actions";
const MATRIX = `${SYNTAX}: jobs.<job_id>.strategy.matrix`;
const INCLUDE = `${SYNTAX}: jobs.<job_id>.strategy.matrix.include`;
const EXCLUDE = `${SYNTAX}: jobs.<job_id>.strategy.matrix.exclude`;
const FAIL_FAST = `${SYNTAX}: jobs.<job_id>.strategy.fail-fast`;
const MAX_PARALLEL = `${SYNTAX}: jobs.<job_id>.strategy.max-parallel`;
const CONTINUE = `${SYNTAX}: jobs.<job_id>.continue-on-error`;
const NEEDS = `${SYNTAX}: jobs.<job_id>.needs`;
const NAME = `${SYNTAX}: jobs.<job_id>.name`;
const STATUS = "Evaluate expressions in workflows and actions: Status check functions";
const OUTPUTS = "Passing information between jobs";
const NEEDS_CONTEXT = "Contexts reference: needs context";
const STRATEGY_CONTEXT = "Contexts reference: strategy context";
const CANCELLING = "Canceling a workflow run: Steps GitHub takes to cancel a workflow run";

async function load(...lines: readonly string[]): Promise<Workflow> {
  return loadWorkflow("w.yml", ["on: push", "jobs:", ...lines, ""].join("\n"));
}

async function legs(
  line: string,
  contexts: Record<string, Json> = {},
  name = "",
): Promise<readonly JobLeg[]> {
  const workflow = await load(`  test: {runs-on: x, ${name} strategy: ${line}, steps: [{run: x}]}`);
  const [first] = workflow.jobs;
  return first === undefined ? [] : evaluateStrategy(first, { contexts }).legs;
}

function combinations(matrix: JsonObject): readonly Json[] {
  return expandMatrix(matrix).map((it) => it.matrix);
}

/** A run in hand: what it has commanded so far, as short words. */
class Run {
  state: GraphState;
  readonly log: string[] = [];
  readonly started = new Map<string, Command & { readonly kind: "start" }>();

  constructor(workflow: Workflow, contexts: Record<string, Json> = {}) {
    this.state = startGraph(workflow, contexts);
    this.advance();
  }

  advance(): this {
    const { state, commands } = advanceGraph(this.state);
    this.state = state;
    for (const command of commands) {
      this.log.push(
        `${command.kind} ${"leg" in command ? command.leg.name : command.job.id}` +
          ("why" in command ? ` (${command.why})` : ""),
      );
      if (command.kind === "start") this.started.set(command.leg.name, command);
    }
    return this;
  }

  /** What has been commanded since the last time. */
  news(): readonly string[] {
    return this.log.splice(0);
  }

  end(
    name: string,
    result: "success" | "failure" | "cancelled" | "skipped" = "success",
    outputs: Record<string, string> = {},
  ): this {
    const start = this.started.get(name);
    if (start === undefined) throw new Error(`${name} was not started`);
    this.state = completeLeg(this.state, start.leg, { result, outputs });
    return this.advance();
  }

  cancel(): this {
    this.state = cancelGraph(this.state);
    return this.advance();
  }

  result(id: string): string | undefined {
    const state: JobState | undefined = this.state.jobs.get(id);
    return state?.phase === "completed" ? state.result : undefined;
  }
}

function job(id: string, needs = "", condition = "", more = ""): string {
  const parts = [
    "runs-on: x",
    ...(needs === "" ? [] : [`needs: [${needs}]`]),
    ...(condition === "" ? [] : [`if: "${condition}"`]),
    ...(more === "" ? [] : [more]),
    "steps: [{run: x}]",
  ];
  return `  ${id}: {${parts.join(", ")}}`;
}

describe(`docs: ${MATRIX}`, () => {
  test("every combination of the vectors is a job, the first vector turning slowest", () => {
    expect(combinations({ os: ["a", "b"], v: [10, 12] })).toEqual([
      { os: "a", v: 10 },
      { os: "a", v: 12 },
      { os: "b", v: 10 },
      { os: "b", v: 12 },
    ]);
  });

  test("a matrix may come from the output of a job, by fromJSON", async () => {
    const needs = { a: { outputs: { m: '{"v": [1, 2]}', l: '["x"]' } } };
    expect(
      (await legs('{matrix: "${{ fromJSON(needs.a.outputs.m) }}"}', { needs })).map(
        (it) => it.matrix,
      ),
    ).toEqual([{ v: 1 }, { v: 2 }]);
    expect(
      (await legs('{matrix: {l: "${{ fromJSON(needs.a.outputs.l) }}"}}', { needs })).map(
        (it) => it.matrix,
      ),
    ).toEqual([{ l: "x" }]);
  });

  test("256 jobs are allowed, 257 are not", () => {
    const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
    expect(combinations({ a: numbers(16), b: numbers(16) })).toHaveLength(256);
    expect(() => expandMatrix({ a: numbers(257) })).toThrow("makes 257 jobs; at most 256");
    expect(() => expandMatrix({ a: numbers(999), b: numbers(999), c: numbers(999) })).toThrow(
      "256",
    );
  });

  test.each([
    [{}, "Matrix must define at least one vector"],
    [{ a: [] }, "Matrix vector 'a' does not contain any values"],
    [{ a: "x" }, "Matrix vector 'a' is no list"],
    [{ include: "x" }, "matrix include is no list"],
    [{ a: [1], include: [1] }, "an item of matrix include is no mapping"],
    [
      { a: [1], exclude: [{ b: 1 }] },
      "Matrix exclude key 'b' does not match any key within the matrix",
    ],
  ])("the matrix %j is refused", (matrix, message) => {
    expect(() => expandMatrix(matrix)).toThrow(message);
  });

  test("a matrix without expressions is refused before anything runs", async () => {
    await expect(legs("{matrix: {a: []}}")).rejects.toThrow(
      "w.yml:3:42: Matrix vector 'a' does not contain any values",
    );
  });

  test("a job whose matrix is refused fails, and says why", async () => {
    const workflow = await load(
      job("a", "", "", "strategy: {matrix: {v: '${{ fromJSON(github.l) }}'}}"),
      job("b", "a"),
    );
    const run = new Run(workflow, { github: { l: "[]" } });
    expect(run.news()).toEqual(["fail a", "skip b"]);
    expect(graphResult(run.state)).toBe("failure");
  });

  test("without include and exclude there are as many jobs as the lengths' product", () => {
    const vector = fc.uniqueArray(fc.integer(), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(vector, vector, vector, (a, b, c) => {
        const all = combinations({ a, b, c });
        expect(all).toHaveLength(a.length * b.length * c.length);
        expect(new Set(all.map((it) => JSON.stringify(it))).size).toBe(all.length);
      }),
    );
  });
});

describe(`docs: ${INCLUDE}`, () => {
  test("the page's example of fruits and animals comes out as it says", () => {
    expect(
      combinations({
        fruit: ["apple", "pear"],
        animal: ["cat", "dog"],
        include: [
          { color: "green" },
          { color: "pink", animal: "cat" },
          { fruit: "apple", shape: "circle" },
          { fruit: "banana" },
          { fruit: "banana", animal: "cat" },
        ],
      }),
    ).toEqual([
      { fruit: "apple", animal: "cat", color: "pink", shape: "circle" },
      { fruit: "apple", animal: "dog", color: "green", shape: "circle" },
      { fruit: "pear", animal: "cat", color: "pink" },
      { fruit: "pear", animal: "dog", color: "green" },
      { fruit: "banana" },
      { fruit: "banana", animal: "cat" },
    ]);
  });

  test("an item extends the combinations it fits, and is one of its own otherwise", () => {
    expect(
      combinations({
        os: ["windows", "ubuntu"],
        node: [14, 16],
        include: [
          { os: "windows", node: 16, npm: 6 },
          { os: "windows", node: 17 },
        ],
      }),
    ).toEqual([
      { os: "windows", node: 14 },
      { os: "windows", node: 16, npm: 6 },
      { os: "ubuntu", node: 14 },
      { os: "ubuntu", node: 16 },
      { os: "windows", node: 17 },
    ]);
  });

  test("a matrix may be include alone", () => {
    const include = [{ site: "production" }, { site: "staging", url: "x" }];
    expect(combinations({ include })).toEqual(include);
  });

  test("include does not change the values the vectors gave", () => {
    const word = fc.constantFrom("a", "b", "c");
    const item = fc.record({ x: word, y: word, extra: word }, { requiredKeys: ["extra"] });
    fc.assert(
      fc.property(fc.uniqueArray(word, { minLength: 1 }), fc.array(item), (x, include) => {
        const plain = combinations({ x, y: ["a", "b"] });
        const extended = combinations({ x, y: ["a", "b"], include });
        plain.forEach((it, index) => expect(extended[index]).toMatchObject(it as JsonObject));
      }),
    );
  });
});

describe(`docs: ${EXCLUDE}`, () => {
  test("an item takes out every combination it fits, also by one key", () => {
    expect(
      combinations({
        os: ["macos", "windows"],
        v: [12, 14],
        exclude: [{ os: "macos", v: 12 }, { v: 14 }],
      }),
    ).toEqual([{ os: "windows", v: 12 }]);
  });

  test("include comes after exclude, and may bring a combination back", () => {
    expect(
      combinations({ v: [1, 2], exclude: [{ v: 2 }], include: [{ v: 2, back: true }] }),
    ).toEqual([{ v: 1 }, { v: 2, back: true }]);
  });

  test("values are compared as expressions compare, and objects by what is given of them", () => {
    expect(
      combinations({
        v: ["A", "b", { n: 1, m: 2 }, { n: 3 }],
        exclude: [{ v: "a" }, { v: { n: 1 } }],
      }),
    ).toEqual([{ v: "b" }, { v: { n: 3 } }]);
  });

  test("a matrix of which nothing is left is refused", async () => {
    await expect(legs("{matrix: {a: [1], exclude: [{a: 1}]}}")).rejects.toThrow(
      "the matrix has no combination: all are excluded",
    );
  });
});

describe(`docs: ${NAME}`, () => {
  const names = async (line: string, name = ""): Promise<readonly string[]> =>
    (await legs(line, {}, name)).map((it) => it.name);

  test("a job of a matrix shows its values behind the id, or behind a name without expressions", async () => {
    expect(await names("{matrix: {a: [x, y], n: [1, true]}}")).toEqual([
      "test (x, 1)",
      "test (x, true)",
      "test (y, 1)",
      "test (y, true)",
    ]);
    expect(await names("{matrix: {a: [x]}}", "name: Unit tests,")).toEqual(["Unit tests (x)"]);
  });

  test("a name with expressions is the whole name", async () => {
    expect(await names("{matrix: {a: [x]}}", "name: 'on ${{ matrix.a }}',")).toEqual(["on x"]);
    expect(await names("{matrix: {a: ['']}}", "name: '${{ matrix.a }}',")).toEqual(["test"]);
  });

  test("what include adds to a combination is not in its name, what it makes is", async () => {
    expect(await names("{matrix: {a: [x], include: [{a: x, more: 1}, {a: z, more: 2}]}}")).toEqual([
      "test (x)",
      "test (z, 2)",
    ]);
  });

  test("values of objects are shown, nothing is left out, and 100 characters are the end", async () => {
    expect(await names("{matrix: {a: [{k: 1, l: [2, null]}]}}")).toEqual(["test (1, 2)"]);
    const [name = ""] = await names(`{matrix: {a: [${"x".repeat(200)}]}}`);
    expect(name).toHaveLength(100);
    expect(name.endsWith("xxx...")).toBe(true);
  });
});

describe(`docs: ${STRATEGY_CONTEXT}`, () => {
  test("it says fail-fast, max-parallel and which job of how many", async () => {
    const [, second] = await legs("{fail-fast: false, matrix: {a: [x, y, z]}}");
    expect(second?.strategy).toEqual({
      "fail-fast": false,
      "job-index": 1,
      "job-total": 3,
      "max-parallel": 3,
    });
  });

  test("without a strategy there is one job, and the matrix is null", async () => {
    const workflow = await load(job("a"));
    const start = new Run(workflow).started.get("a");
    expect(start?.contexts["matrix"]).toBe(null);
    expect(start?.contexts["strategy"]).toEqual({
      "fail-fast": true,
      "job-index": 0,
      "job-total": 1,
      "max-parallel": 1,
    });
  });
});

describe(`docs: ${NEEDS}`, () => {
  test("jobs run in parallel, and those with needs after them", async () => {
    const run = new Run(await load(job("c", "a, b"), job("a"), job("b"), job("d")));
    expect(run.news()).toEqual(["start a", "start b", "start d"]);
    expect(run.end("a").news()).toEqual([]);
    expect(run.end("b").news()).toEqual(["start c"]);
  });

  test("when a job fails, all that need it are skipped, however far", async () => {
    const run = new Run(await load(job("c", "b"), job("b", "a"), job("a")));
    run.news();
    expect(run.end("a", "failure").news()).toEqual(["skip b", "skip c"]);
    expect(graphResult(run.state)).toBe("failure");
  });

  test("a skipped job skips those that need it, and the run is a success", async () => {
    const run = new Run(await load(job("a"), job("b", "a", "false"), job("c", "b"), job("d", "a")));
    run.end("a").end("d");
    expect([run.result("b"), run.result("c"), run.result("d")]).toEqual([
      "skipped",
      "skipped",
      "success",
    ]);
    expect(graphResult(run.state)).toBe("success");
  });

  test("every order of endings runs every job once, after all it needs", () => {
    const shape = fc.array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 7 });
    return fc.assert(
      fc.asyncProperty(shape, fc.infiniteStream(fc.nat()), async (edges, choices) => {
        const needs = edges.map((list, index) =>
          index === 0 ? [] : [...new Set(list.map((n) => n % index))],
        );
        const run = new Run(
          await load(
            ...needs.map((list, index) => job(`j${index}`, list.map((n) => `j${n}`).join(", "))),
          ),
        );
        const ended: string[] = [];
        for (const choice of choices) {
          const open = [...run.started.keys()].filter((name) => !ended.includes(name));
          const next = open[choice % Math.max(open.length, 1)];
          if (next === undefined) break;
          const before = needs[Number(next.slice(1))] ?? [];
          expect(before.every((n) => ended.includes(`j${n}`))).toBe(true);
          ended.push(next);
          run.end(next);
        }
        expect(ended).toHaveLength(needs.length);
        expect(graphResult(run.state)).toBe("success");
      }),
      { numRuns: 30 },
    );
  });
});

describe(`docs: ${STATUS}`, () => {
  test("always() runs a job whatever came before, also after a skipped one", async () => {
    const run = new Run(await load(job("a"), job("b", "a"), job("c", "b", "always()")));
    run.end("a", "failure");
    expect(run.news()).toEqual(["start a", "skip b", "start c"]);
  });

  test("success() looks at all ancestors: behind always() a job is still skipped", async () => {
    const run = new Run(
      await load(job("a", "", "false"), job("b", "a", "always()"), job("c", "b")),
    );
    run.end("b");
    expect(run.result("c")).toBe("skipped");
  });

  test("a condition on a result alone runs behind a skipped ancestor, with always() or !cancelled()", async () => {
    const workflow = await load(
      job("a", "", "false"),
      job("b", "a", "always()"),
      job("c", "b", "!cancelled() && needs.b.result == 'success'"),
      job("d", "b", "needs.b.result == 'success'"),
    );
    const run = new Run(workflow).end("b").end("c");
    expect([run.result("c"), run.result("d")]).toEqual(["success", "skipped"]);
  });

  test("failure() is true when any ancestor failed, not only a needed one", async () => {
    const run = new Run(
      await load(
        job("a"),
        job("b", "a", "always()"),
        job("c", "b", "failure()"),
        job("d", "b", "failure() && false"),
      ),
    );
    run.end("a", "failure").end("b");
    expect(run.news()).toEqual(["start a", "start b", "start c", "skip d"]);
  });

  test("failure() is false when ancestors were skipped or cancelled only", async () => {
    const run = new Run(await load(job("a", "", "false"), job("b", "a", "failure()")));
    expect(run.result("b")).toBe("skipped");
  });

  test("a condition that cannot be evaluated fails its job", async () => {
    const run = new Run(await load(job("a", "", "fromJSON(github.x)")), { github: { x: "{" } });
    expect(run.news()).toEqual(["fail a"]);
  });
});

describe(`docs: ${NEEDS_CONTEXT}`, () => {
  test.each(["success", "failure", "cancelled", "skipped"] as const)(
    "needs.<job_id>.result says %s",
    async (result) => {
      const run = new Run(await load(job("a"), job("b", "a", "always()")));
      run.end("a", result);
      expect(run.started.get("b")?.contexts["needs"]).toEqual({ a: { result, outputs: {} } });
    },
  );

  test("only direct needs are in it", async () => {
    const run = new Run(await load(job("a"), job("b", "a"), job("c", "b")));
    run.end("a").end("b");
    expect(run.started.get("c")?.contexts["needs"]).toEqual({
      b: { result: "success", outputs: {} },
    });
  });

  test("one failed job of a matrix is a failure of the whole, whatever the others are", async () => {
    const matrix = "strategy: {fail-fast: false, matrix: {v: [1, 2, 3]}}";
    const run = new Run(await load(job("a", "", "", matrix)));
    run.end("a (1)").end("a (2)", "failure").end("a (3)", "cancelled");
    expect(run.result("a")).toBe("failure");
    const other = new Run(await load(job("a", "", "", matrix)));
    other.end("a (1)").end("a (2)", "cancelled").end("a (3)");
    expect(other.result("a")).toBe("cancelled");
  });
});

describe(`docs: ${OUTPUTS}`, () => {
  test("the outputs of a job are those its needs see", async () => {
    const run = new Run(await load(job("a"), job("b", "a")));
    run.end("a", "success", { version: "1.2.3" });
    expect(run.started.get("b")?.contexts["needs"]).toMatchObject({
      a: { outputs: { version: "1.2.3" } },
    });
    expect(jobsContext(run.state)).toMatchObject({
      a: { result: "success", outputs: { version: "1.2.3" } },
    });
  });

  test("of a matrix the last job to set an output decides, and an empty one sets nothing", async () => {
    const run = new Run(
      await load(job("a", "", "", "strategy: {matrix: {v: [1, 2, 3]}}"), job("b", "a")),
    );
    run.end("a (2)", "success", { o: "two", p: "", q: "" });
    run.end("a (1)", "success", { o: "one", p: "p1", q: "" });
    run.end("a (3)", "success", { o: "", p: "", q: "" });
    expect(run.started.get("b")?.contexts["needs"]).toEqual({
      a: { result: "success", outputs: { o: "one", p: "p1", q: "" } },
    });
  });
});

describe(`docs: ${FAIL_FAST}`, () => {
  const fourInTwos = "strategy: {max-parallel: 2, matrix: {v: [1, 2, 3, 4]}}";

  test("a failure cancels the matrix's other jobs, those in progress and those queued", async () => {
    const run = new Run(await load(job("a", "", "", fourInTwos)));
    run.news();
    run.end("a (1)", "failure");
    expect(run.news()).toEqual([
      "cancel a (2) (fail-fast)",
      "drop a (3) (fail-fast)",
      "drop a (4) (fail-fast)",
    ]);
    expect(run.end("a (2)", "cancelled").news()).toEqual([]);
    expect(run.result("a")).toBe("failure");
  });

  test("false lets them all run", async () => {
    const run = new Run(
      await load(job("a", "", "", fourInTwos.replace("{", "{fail-fast: false, "))),
    );
    run.news();
    run.end("a (1)", "failure").end("a (2)");
    expect(run.news()).toEqual(["start a (3)", "start a (4)"]);
  });

  test("it touches no other job", async () => {
    const run = new Run(await load(job("a", "", "", "strategy: {matrix: {v: [1]}}"), job("b")));
    run.news();
    expect(run.end("a (1)", "failure").news()).toEqual([]);
  });
});

describe(`docs: ${MAX_PARALLEL}`, () => {
  test("so many run at once, and each that ends lets one more start", async () => {
    const run = new Run(
      await load(job("a", "", "", "strategy: {max-parallel: 2, matrix: {v: [1, 2, 3, 4]}}")),
    );
    expect(run.news()).toEqual(["start a (1)", "start a (2)"]);
    expect(run.end("a (2)").news()).toEqual(["start a (3)"]);
    expect(run.end("a (1)").news()).toEqual(["start a (4)"]);
    run.end("a (3)").end("a (4)");
    expect(graphResult(run.state)).toBe("success");
  });

  test("it may be an expression that gives a number", async () => {
    const all = await legs("{max-parallel: '${{ fromJSON(vars.n) }}', matrix: {a: [x, y]}}", {
      vars: { n: "1" },
    });
    expect(all[0]?.strategy["max-parallel"]).toBe(1);
  });
});

describe(`docs: ${CONTINUE}`, () => {
  test("a failing job that may fail lets the run pass, and counts as success for its needs", async () => {
    const run = new Run(await load(job("a", "", "", "continue-on-error: true"), job("b", "a")));
    run.end("a", "failure").end("b");
    expect(run.result("a")).toBe("success");
    expect(graphResult(run.state)).toBe("success");
  });

  test("an experimental job of a matrix neither fails the job nor cancels the others", async () => {
    const workflow = await load(
      job(
        "a",
        "",
        "",
        "continue-on-error: '${{ matrix.experimental }}', strategy: {matrix: {v: [1], experimental: [false], include: [{v: 2, experimental: true}]}}",
      ),
    );
    const run = new Run(workflow);
    run.news();
    expect(run.end("a (2, true)", "failure").news()).toEqual([]);
    run.end("a (1, false)");
    expect(graphResult(run.state)).toBe("success");
  });
});

describe(`docs: ${CANCELLING}`, () => {
  test("running jobs are cancelled, waiting ones skipped, and cancelled() and always() still run", async () => {
    const workflow = await load(
      job("a"),
      job("b", "a"),
      job("c", "a", "cancelled()"),
      job("d", "a", "always()"),
      job("e", "a", "failure()"),
    );
    const run = new Run(workflow);
    run.news();
    expect(run.cancel().news()).toEqual(["cancel a (run-cancelled)"]);
    expect(run.end("a", "cancelled").news()).toEqual(["skip b", "start c", "start d", "skip e"]);
    run.end("c").end("d");
    expect(graphResult(run.state)).toBe("cancelled");
  });

  test("a running job whose if still holds is not cancelled", async () => {
    const run = new Run(await load(job("a", "", "always()"), job("b")));
    run.news();
    expect(run.cancel().news()).toEqual(["cancel b (run-cancelled)"]);
    expect(run.cancel().news()).toEqual([]);
  });

  test("jobs of a matrix that had not started never do", async () => {
    const run = new Run(
      await load(job("a", "", "", "strategy: {max-parallel: 1, matrix: {v: [1, 2]}}")),
    );
    run.news();
    expect(run.cancel().news()).toEqual([
      "cancel a (1) (run-cancelled)",
      "drop a (2) (run-cancelled)",
    ]);
    run.end("a (1)");
    expect(run.result("a")).toBe("cancelled");
  });

  test("a leg is completed once", async () => {
    const run = new Run(await load(job("a"))).end("a");
    expect(() => run.end("a")).toThrow("a is not running");
  });
});
