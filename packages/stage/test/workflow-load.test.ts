/** Each describe cites the page of GitHub's documentation whose rule its tests check. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type ActionFile,
  type Job,
  loadAction,
  loadWorkflow,
  parseActionReference,
  type StepsJob,
  type Workflow,
  WorkflowError,
} from "../src/workflow/index.ts";

const SYNTAX = "Workflow syntax for GitHub Actions";
const ON = `${SYNTAX}: on`;
const DISPATCH = `${SYNTAX}: on.workflow_dispatch.inputs`;
const CALL = `${SYNTAX}: on.workflow_call`;
const JOBS = `${SYNTAX}: jobs.<job_id>`;
const NEEDS = `${SYNTAX}: jobs.<job_id>.needs`;
const IF = `${SYNTAX}: jobs.<job_id>.if`;
const STEPS = `${SYNTAX}: jobs.<job_id>.steps`;
const USES = `${SYNTAX}: jobs.<job_id>.uses`;
const PERMISSIONS = `${SYNTAX}: permissions`;
const AVAILABILITY = "Contexts reference: Context availability";
const YAML = "Reusing workflow configurations: YAML anchors and aliases";
const METADATA = "Metadata syntax reference";
const CONTAINERS = `${SYNTAX}: jobs.<job_id>.container`;

async function load(...lines: readonly string[]): Promise<Workflow> {
  return loadWorkflow("w.yml", `${lines.join("\n")}\n`);
}

/** A workflow whose only job is called `a`, given by the lines of its mapping. */
async function loadJob(...lines: readonly string[]): Promise<Job> {
  const workflow = await load("on: push", "jobs:", "  a:", ...lines.map((line) => `    ${line}`));
  const [job] = workflow.jobs;
  if (job === undefined) throw new Error("no job");
  return job;
}

async function loadSteps(...lines: readonly string[]): Promise<StepsJob> {
  const job = await loadJob("runs-on: x", "steps:", ...lines.map((line) => `  ${line}`));
  if (job.kind !== "steps") throw new Error("no steps");
  return job;
}

async function problemsOf(loading: Promise<unknown>): Promise<readonly string[]> {
  return loading.then(
    () => [],
    (error: Error) => error.message.split("\n"),
  );
}

describe(`docs: ${ON}`, () => {
  test("events are a name, a list, or a mapping with filters", async () => {
    const events = async (line: string): Promise<unknown> =>
      (await load(line, "jobs: {a: {runs-on: x, steps: [{run: x}]}}")).on.events.map(
        ({ event, filters }) => ({ event, filters }),
      );
    expect(await events("on: push")).toEqual([{ event: "push", filters: {} }]);
    expect(await events("on: [push, pull_request]")).toHaveLength(2);
    expect(
      await events(
        "on: {push: {branches: [main, 'v*'], tags-ignore: x}, release: {types: [published]}}",
      ),
    ).toEqual([
      { event: "push", filters: { branches: ["main", "v*"], "tags-ignore": ["x"] } },
      { event: "release", filters: { types: ["published"] } },
    ]);
  });

  test("a schedule is its crons", async () => {
    const workflow = await load(
      "on: {schedule: [{cron: '30 5 * * 1'}, {cron: '0 0 * * *'}]}",
      "jobs: {a: {runs-on: x, steps: [{run: x}]}}",
    );
    expect(workflow.on.schedule).toEqual(["30 5 * * 1", "0 0 * * *"]);
  });

  test("an event GitHub does not have is refused with its place", async () => {
    const problems = await problemsOf(
      load("on: pushed", "jobs: {a: {runs-on: x, steps: [{run: x}]}}"),
    );
    expect(problems).toEqual(["w.yml:1:5: Unexpected value 'pushed'"]);
  });

  test("a workflow without jobs is refused", async () => {
    expect(await problemsOf(load("on: push"))).toEqual([
      "w.yml:1:1: Required property is missing: jobs",
    ]);
  });
});

describe(`docs: ${DISPATCH}`, () => {
  const JOB = "jobs: {a: {runs-on: x, steps: [{run: x}]}}";

  test("inputs have a type, a default, options, and may be required", async () => {
    const workflow = await load(
      "on:",
      "  workflow_dispatch:",
      "    inputs:",
      "      version: {description: which, required: true}",
      "      level: {type: choice, options: [low, high], default: high}",
      "      dry-run: {type: boolean, default: true}",
      "      count: {type: number}",
      "      target: {type: environment}",
      JOB,
    );
    const inputs = workflow.on.dispatch?.inputs ?? [];
    expect(inputs.map(({ name, type, required }) => [name, type, required])).toEqual([
      ["version", "string", true],
      ["level", "choice", false],
      ["dry-run", "boolean", false],
      ["count", "number", false],
      ["target", "environment", false],
    ]);
    expect(inputs[1]?.options).toEqual(["low", "high"]);
    expect(inputs[2]?.default?.value).toBe(true);
  });

  test("25 inputs are allowed, 26 are not", async () => {
    const lines = (count: number): string[] => [
      "on:",
      "  workflow_dispatch:",
      "    inputs:",
      ...Array.from({ length: count }, (_, index) => `      i${index}: {}`),
      JOB,
    ];
    expect((await load(...lines(25))).on.dispatch?.inputs).toHaveLength(25);
    expect(await problemsOf(load(...lines(26)))).toEqual([
      "w.yml:29:7: you may only define up to 25 inputs for a workflow_dispatch event, there are 26",
    ]);
  });

  test("a choice needs options, and nothing else has some", async () => {
    const input = (text: string): Promise<readonly string[]> =>
      problemsOf(load(`on: {workflow_dispatch: {inputs: {i: ${text}}}}`, JOB));
    expect(await input("{type: choice}")).toEqual([
      expect.stringContaining("Missing 'options' for choice input"),
    ]);
    expect(await input("{type: string, options: [a]}")).toEqual([
      expect.stringContaining("Input type is not 'choice', but 'options' is defined"),
    ]);
  });

  test("a default of any kind is taken for a text, and true or false for a boolean", async () => {
    const input = (text: string): Promise<readonly string[]> =>
      problemsOf(load(`on: {workflow_dispatch: {inputs: {i: ${text}}}}`, JOB));
    expect(await input("{default: 5}")).toEqual([]);
    expect(await input("{type: boolean, default: 'true'}")).toEqual([]);
    expect(await input("{type: boolean, default: yes}")).toEqual([
      "w.yml:1:63: Unexpected value 'yes'; the default of a boolean is true or false",
    ]);
  });
});

describe(`docs: ${CALL}`, () => {
  test("inputs, secrets and outputs are read", async () => {
    const workflow = await load(
      "on:",
      "  workflow_call:",
      "    inputs:",
      "      tag: {type: string, required: true}",
      "      ref: {type: string, default: '${{ github.ref }}'}",
      "    secrets:",
      "      TOKEN: {required: true}",
      "      OTHER:",
      "    outputs:",
      "      digest: {value: '${{ jobs.a.outputs.d }}'}",
      "jobs: {a: {runs-on: x, outputs: {d: '1'}, steps: [{run: x}]}}",
    );
    expect(workflow.on.call?.inputs.map(({ name, required }) => [name, required])).toEqual([
      ["tag", true],
      ["ref", false],
    ]);
    expect(workflow.on.call?.secrets.map(({ name, required }) => [name, required])).toEqual([
      ["TOKEN", true],
      ["OTHER", false],
    ]);
    expect(workflow.on.call?.outputs[0]?.value.value).toBe("${{ jobs.a.outputs.d }}");
  });

  test("a default has the type of its input", async () => {
    const input = (text: string): Promise<readonly string[]> =>
      problemsOf(
        load(
          `on: {workflow_call: {inputs: {i: ${text}}}}`,
          "jobs: {a: {runs-on: x, steps: [{run: x}]}}",
        ),
      );
    expect(await input("{type: string, default: 5}")).toEqual([]);
    expect(await input("{type: number, default: '5'}")).toEqual([
      "w.yml:1:58: Unexpected value '5'; the input is a number",
    ]);
  });

  test("an input without a type is refused", async () => {
    const problems = await problemsOf(
      load("on: {workflow_call: {inputs: {i: {}}}}", "jobs: {a: {runs-on: x, steps: [{run: x}]}}"),
    );
    expect(problems).toEqual(["w.yml:1:34: Required property is missing: type"]);
  });
});

describe(`docs: ${JOBS}`, () => {
  test("everything a job says is in the model", async () => {
    const job = await loadJob(
      "name: Build ${{ matrix.os }}",
      "runs-on: [self-hosted, linux]",
      "permissions: {contents: read}",
      "environment: {name: prod, url: 'https://x'}",
      "concurrency: {group: g, cancel-in-progress: true}",
      "strategy: {fail-fast: false, max-parallel: 2, matrix: {os: [a, b]}}",
      "env: {A: 1}",
      "defaults: {run: {shell: bash, working-directory: d}}",
      "timeout-minutes: 5",
      "continue-on-error: true",
      "outputs: {o: '${{ steps.s.outputs.x }}'}",
      "steps: [{id: s, run: x, shell: sh, working-directory: w, timeout-minutes: 1}]",
    );
    expect(job).toMatchObject({
      kind: "steps",
      id: "a",
      runsOn: { value: ["self-hosted", "linux"], place: { file: "w.yml", line: 5, column: 14 } },
      environment: { value: { name: "prod" } },
      concurrency: { value: { group: "g", "cancel-in-progress": true } },
      strategy: { failFast: { value: false }, maxParallel: { value: 2 } },
      env: { value: { A: 1 } },
      defaults: { shell: { value: "bash" }, workingDirectory: { value: "d" } },
      timeoutMinutes: { value: 5 },
      continueOnError: { value: true },
      outputs: [{ name: "o" }],
      steps: [{ kind: "run", id: "s", shell: { value: "sh" }, workingDirectory: { value: "w" } }],
    });
  });

  test("an unknown key is refused with its place", async () => {
    expect(await problemsOf(loadJob("runs-on: x", "run-on: y", "steps: [{run: x}]"))).toEqual([
      "w.yml:5:5: Unexpected value 'run-on'",
    ]);
  });

  test("a job needs runs-on or uses", async () => {
    const problems = await problemsOf(loadJob("steps: [{run: x}]"));
    expect(problems).toEqual(["w.yml:4:5: Required property is missing: runs-on"]);
  });

  test("ids start with a letter or _, and are unique whatever their case", async () => {
    const job = "{runs-on: x, steps: [{run: x}]}";
    expect(await problemsOf(load("on: push", `jobs: {1a: ${job}}`))).toEqual([
      expect.stringContaining("The identifier '1a' is invalid"),
    ]);
    expect(await problemsOf(load("on: push", `jobs: {a: ${job}, A: ${job}}`))).toEqual([
      expect.stringContaining("'A' is already defined"),
    ]);
  });
});

describe(`docs: ${NEEDS}`, () => {
  const job = (needs: string): string => `{runs-on: x, needs: ${needs}, steps: [{run: x}]}`;

  test("one or several jobs are named", async () => {
    const workflow = await load(
      "on: push",
      "jobs:",
      "  a: {runs-on: x, steps: [{run: x}]}",
      `  b: ${job("a")}`,
      `  c: ${job("[a, b]")}`,
    );
    expect(workflow.jobs.map(({ needs }) => needs)).toEqual([[], ["a"], ["a", "b"]]);
  });

  test("a job that does not exist is refused", async () => {
    const problems = await problemsOf(
      load("on: push", "jobs:", "  b: {runs-on: x, steps: [{run: x}]}", `  a: ${job("nope")}`),
    );
    expect(problems).toEqual(["w.yml:4:26: Job 'a' depends on unknown job 'nope'."]);
  });

  test("a cycle is refused, and each job in it is named", async () => {
    const problems = await problemsOf(
      load(
        "on: push",
        "jobs:",
        "  z: {runs-on: x, steps: [{run: x}]}",
        `  a: ${job("b")}`,
        `  b: ${job("a")}`,
      ),
    );
    expect(problems).toEqual([
      "w.yml:4:26: Job 'a' depends on job 'b' which creates a cycle in the dependency graph.",
      "w.yml:5:26: Job 'b' depends on job 'a' which creates a cycle in the dependency graph.",
    ]);
  });

  test("some job must have no needs", async () => {
    expect(await problemsOf(load("on: push", "jobs:", `  a: ${job("a")}`))).toEqual([
      expect.stringContaining("must contain at least one job with no dependencies"),
    ]);
  });
});

describe(`docs: ${IF}`, () => {
  async function condition(written: string): Promise<string> {
    return (await loadJob("runs-on: x", `if: ${written}`, "steps: [{run: x}]")).if.expression;
  }

  test("without an if it is success()", async () => {
    expect((await loadJob("runs-on: x", "steps: [{run: x}]")).if.expression).toBe("success()");
    expect(await condition("''")).toBe("success()");
  });

  test.each([
    ["github.ref == 'x'", "success() && (github.ref == 'x')"],
    ["${{ github.ref == 'x' }}", "success() && (github.ref == 'x')"],
    ["always()", "always()"],
    ["${{ !CANCELLED() }}", "!CANCELLED()"],
    ["github.ref && (failure() || true)", "github.ref && (failure() || true)"],
    ["contains(github.x, 'always()')", "success() && (contains(github.x, 'always()'))"],
    ["true", "success() && (true)"],
  ])("success() is added where no status function is called: %s", async (written, expected) => {
    expect(await condition(written.startsWith("!") ? `"${written}"` : written)).toBe(expected);
  });

  test("text around an expression makes a text of the whole, which is true", async () => {
    expect(await condition("${{ github.ref }} == 'x'")).toBe(
      "success() && (format('{0} == ''x''', github.ref))",
    );
  });
});

describe(`docs: ${AVAILABILITY}`, () => {
  test.each([
    ["jobs.<job_id>.if has no secrets", ["runs-on: x", "if: secrets.T == 'x'"], "secrets"],
    ["jobs.<job_id>.if has no matrix", ["runs-on: x", "if: matrix.os == 'x'"], "matrix"],
    ["jobs.<job_id>.runs-on has no env", ["runs-on: '${{ env.X }}'"], "env"],
    [
      "jobs.<job_id>.env has no steps",
      ["runs-on: x", "env: {A: '${{ steps.s.outcome }}'}"],
      "steps",
    ],
    [
      "jobs.<job_id>.concurrency has no secrets",
      ["runs-on: x", "concurrency: '${{ secrets.X }}'"],
      "secrets",
    ],
    [
      "jobs.<job_id>.strategy has no matrix",
      ["runs-on: x", "strategy: {matrix: {a: '${{ matrix.b }}'}}"],
      "matrix",
    ],
    [
      "jobs.<job_id>.steps.if has no secrets",
      ["runs-on: x", "steps: [{run: x, if: secrets.A}]"],
      "secrets",
    ],
  ])("%s", async (_rule, lines, context) => {
    const withSteps = lines.some((line) => line.startsWith("steps"))
      ? lines
      : [...lines, "steps: [{run: x}]"];
    expect((await problemsOf(loadJob(...withSteps))).join("\n")).toContain(
      `Unrecognized named-value: '${context}'`,
    );
  });

  test("run-name sees github, inputs and vars, the workflow's env secrets too, and neither sees needs", async () => {
    const job = "jobs: {a: {runs-on: x, steps: [{run: x}]}}";
    await load(
      "on: push",
      "run-name: '${{ github.ref }} ${{ vars.X }}'",
      "env: {A: '${{ secrets.B }}'}",
      job,
    );
    expect(
      (await problemsOf(load("on: push", "run-name: '${{ needs.a }}'", job))).join(),
    ).toContain("'needs'");
    expect((await problemsOf(load("on: push", "env: {A: '${{ env.B }}'}", job))).join()).toContain(
      "'env'",
    );
  });

  test("hashFiles is for steps, not for a job's if", async () => {
    await loadSteps("- {run: x, if: \"hashFiles('a') != ''\"}");
    const problems = await problemsOf(
      loadJob("runs-on: x", "if: hashFiles('a') != ''", "steps: [{run: x}]"),
    );
    expect(problems.join()).toContain("Unrecognized function: 'hashFiles'");
  });

  test.each([
    [
      "a literal block",
      ["- run: |", "    echo ${{ github.ref }}", "    echo ${{ gthub.ref }}"],
      "8:16",
    ],
    [
      "a folded block",
      ["- run: >-", "    echo", "    ${{ github.ref }}", "    ${{ gthub.ref }}"],
      "9:11",
    ],
    ["quotes over two lines", ["- run: 'it''s ${{ github.ref }}", "    ${{ gthub.ref }}'"], "7:11"],
    ["quotes", ["- run: 'a ${{ github.ref }} ${{ gthub.ref }}'"], "6:35"],
    ["no quotes", ["- run: a ${{ gthub.ref }}"], "6:16"],
  ])("an unknown context is found in %s where it stands", async (_form, lines, place) => {
    expect(await problemsOf(loadSteps(...lines))).toEqual([
      `w.yml:${place}: Unrecognized named-value: 'gthub'`,
    ]);
  });
});

describe(`docs: ${STEPS}`, () => {
  test("ids are unique in a job", async () => {
    const problems = await problemsOf(loadSteps("- {id: s, run: x}", "- {id: s, run: y}"));
    expect(problems).toEqual([
      "w.yml:7:14: The identifier 's' may not be used more than once within the same scope.",
    ]);
  });

  test("steps without an id are named as GitHub names them", async () => {
    const job = await loadSteps(
      "- run: x",
      "- run: y",
      "- {id: mine, run: z}",
      "- uses: actions/checkout@v4",
      "- uses: actions/checkout@v4",
      "- uses: ./local",
      "- uses: $/own",
    );
    expect(job.steps.map(({ contextName }) => contextName)).toEqual([
      "__run",
      "__run_2",
      "mine",
      "__actions_checkout",
      "__actions_checkout_2",
      "__self",
      "__selfRepository",
    ]);
  });

  test("a step has run or uses, not both and not neither", async () => {
    expect(await problemsOf(loadSteps("- {run: x, uses: a/b@v1}"))).toHaveLength(1);
    expect((await problemsOf(loadSteps("- {name: n}"))).join()).toContain("not enough info");
  });

  test.each([
    ["./a/b/", { kind: "workspace", path: "a/b" }],
    ["$/actions/x", { kind: "self", path: "actions/x" }],
    ["octo/repo@v1", { kind: "repository", repository: "octo/repo", path: "", ref: "v1" }],
    [
      "octo/repo/a/b@feature/x",
      { kind: "repository", repository: "octo/repo", path: "a/b", ref: "feature/x" },
    ],
    ["octo@v1", undefined],
    ["octo/repo", undefined],
  ])("uses: %s names what it names", (uses, expected) => {
    expect(parseActionReference(uses)).toEqual(expected);
  });

  test.each([
    ["- {run: x, background: true}", "steps that run beside others: 'background'"],
    ["- parallel: [{run: x}]", "steps that run beside others: 'parallel'"],
    ["- uses: docker://alpine:3", "the stage does not run containers: 'docker://alpine:3'"],
  ])("what the stage does not play is refused by name: %s", async (step, message) => {
    expect((await problemsOf(loadSteps(step))).join()).toContain(message);
  });
});

describe(`docs: ${CONTAINERS}`, () => {
  test.each(["container: alpine", "services: {db: {image: postgres}}"])(
    "the stage refuses %s by name and place",
    async (line) => {
      const key = line.split(":")[0] ?? "";
      expect(await problemsOf(loadJob("runs-on: x", line, "steps: [{run: x}]"))).toEqual([
        `w.yml:5:5: the stage does not play containers: '${key}'`,
      ]);
    },
  );
});

describe(`docs: ${USES}`, () => {
  test("a called workflow is of the own repository or of another", async () => {
    const reference = async (uses: string): Promise<unknown> => {
      const job = await loadJob(`uses: ${uses}`, "with: {a: 1}", "secrets: inherit");
      return job.kind === "call" ? job.reference : undefined;
    };
    const path = ".github/workflows/x.yml";
    expect(await reference(`./${path}`)).toEqual({ kind: "own", path });
    expect(await reference(`$/${path}`)).toEqual({ kind: "own", path });
    expect(await reference(`o/r/${path}@v1`)).toEqual({
      kind: "repository",
      repository: "o/r",
      path,
      ref: "v1",
    });
  });

  test.each([
    "./x.yml",
    "./.github/workflows/sub/x.yml",
    "./.github/workflows/x.yml@v1",
    "o/r/.github/workflows/x.yml",
    "x",
  ])("the reference %s is refused", async (uses) => {
    expect((await problemsOf(loadJob(`uses: ${uses}`))).join()).toContain(
      `w.yml:4:11: invalid value workflow reference '${uses}'`,
    );
  });

  test("a job that calls a workflow has no steps, no env and no runner", async () => {
    const problems = await problemsOf(loadJob("uses: ./.github/workflows/x.yml", "env: {A: 1}"));
    expect(problems.join()).toContain("Unexpected value 'env'");
  });
});

describe(`docs: ${PERMISSIONS}`, () => {
  test("read-all, write-all, none and scopes", async () => {
    const declared = async (line: string): Promise<unknown> =>
      (await load("on: push", line, "jobs: {a: {runs-on: x, steps: [{run: x}]}}")).permissions;
    expect(await declared("permissions: read-all")).toMatchObject({ kind: "read-all" });
    expect(await declared("permissions: write-all")).toMatchObject({ kind: "write-all" });
    expect(await declared("permissions: {}")).toMatchObject({
      kind: "scopes",
      scopes: { contents: "none" },
    });
    expect(await declared("permissions: {contents: write, id-token: write}")).toMatchObject({
      scopes: { contents: "write", "id-token": "write", actions: "none" },
    });
  });

  test("an unknown scope and an unknown level are refused", async () => {
    const problems = await problemsOf(
      load(
        "on: push",
        "permissions: {content: read, actions: admin}",
        "jobs: {a: {runs-on: x, steps: [{run: x}]}}",
      ),
    );
    expect(problems).toEqual([
      "w.yml:2:15: Unexpected value 'content'",
      "w.yml:2:39: Unexpected value 'admin'",
    ]);
  });
});

describe(`docs: ${YAML}`, () => {
  test("an alias stands for what its anchor marks", async () => {
    const workflow = await load(
      "on: push",
      "jobs:",
      "  a: &job",
      "    runs-on: x",
      "    env: &env {A: '1'}",
      "    steps: [{run: x, env: *env}]",
      "  b: *job",
    );
    expect(workflow.jobs.map(({ id }) => id)).toEqual(["a", "b"]);
    const [, b] = workflow.jobs;
    expect(b?.kind === "steps" ? b.steps[0]?.env?.value : undefined).toEqual({ A: "1" });
  });

  test("merge keys are not supported, as on GitHub", async () => {
    const problems = await problemsOf(
      load("on: push", "jobs:", "  a: &job {runs-on: x, steps: [{run: x}]}", "  b: {<<: *job}"),
    );
    expect(problems.join()).toContain("w.yml:4:7: Unexpected value '<<'");
  });

  test("an unknown anchor, a cycle and a bomb are refused quickly", async () => {
    expect((await problemsOf(load("on: *x"))).join()).toMatch(/anchor|alias/i);
    const bomb = ["a: &a [x, x, x, x, x, x, x, x, x]"];
    for (const [from, to] of ["ab", "bc", "cd", "de", "ef", "fg"].map((it) => it.split(""))) {
      bomb.push(`${to}: &${to} [${Array.from({ length: 9 }, () => `*${from}`).join(", ")}]`);
    }
    expect((await problemsOf(load(...bomb))).join()).toContain("more than 50000 YAML nodes");
    expect((await problemsOf(load("a: &a", "  b: *a"))).join()).toContain("contains itself");
  });

  test("yes and on are texts, true is a boolean, 0o17 a number", async () => {
    const job = await loadSteps("- {run: x, env: {A: yes, B: on, C: true, D: 0o17, E: 1.10}}");
    expect(job.steps[0]?.env?.value).toEqual({ A: "yes", B: "on", C: true, D: 15, E: 1.1 });
  });

  test("a syntax error is told with its place", async () => {
    expect((await problemsOf(load("on: push", "jobs: {a: [}"))).join("\n")).toMatch(
      /^w\.yml:2:\d+: /,
    );
  });

  test.each([
    ["", "the file is empty"],
    ["on: push\n---\non: push", "more than one YAML document"],
    [`#${"x".repeat(1024 * 1024)}\non: push`, "larger than 1048576 bytes"],
    [`a: ${"[".repeat(60)}${"]".repeat(60)}`, "nested deeper than 50 levels"],
    ["just text", "Unexpected value 'just text'"],
  ])("a file that is no workflow is refused (%#)", async (text, message) => {
    expect((await problemsOf(loadWorkflow("w.yml", text))).join("\n")).toContain(message);
  });
});

describe("files from outside", () => {
  const GOOD = [
    "on: {push: {branches: [main]}, workflow_dispatch: {inputs: {a: {type: choice, options: [x]}}}}",
    "permissions: {contents: read}",
    "concurrency: {group: g}",
    "jobs:",
    "  a: &a",
    "    runs-on: ${{ matrix.os }}",
    "    strategy: {matrix: {os: [x, y], include: [{os: z}]}}",
    "    outputs: {o: '${{ steps.s.outputs.x }}'}",
    "    steps:",
    "      - {id: s, uses: a/b@v1, with: {k: v}, if: always()}",
    "      - run: |",
    "          echo ${{ format('{0}', github.ref) }}",
    "  b: *a",
    "  c: {needs: [a, b], uses: ./.github/workflows/x.yml, secrets: inherit, if: success()}",
  ].join("\n");

  test("a broken file is refused with places, and nothing else is thrown", async () => {
    await loadWorkflow("w.yml", GOOD);
    const noise = fc.oneof(
      fc.string({ maxLength: 4 }),
      fc.constantFrom(
        "${{",
        "}}",
        "'",
        '"',
        "&x",
        "*a",
        "<<: *a",
        "\n",
        "\t",
        "[",
        "{",
        ": ",
        "!!set ",
        "? ",
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(GOOD.length), fc.nat(12), noise, async (at, length, added) => {
        const text = `${GOOD.slice(0, at)}${added}${GOOD.slice(at + length)}`;
        const error: unknown = await loadWorkflow("w.yml", text).catch((it: unknown) => it);
        if (!(error instanceof Error)) return;
        expect(error).toBeInstanceOf(WorkflowError);
        expect(error.message).toMatch(/^w\.yml:[1-9]\d*:[1-9]\d*: ./);
      }),
      { numRuns: 300 },
    );
  });
});

describe(`docs: ${METADATA}`, () => {
  async function action(...lines: readonly string[]): Promise<ActionFile> {
    return loadAction("action.yml", ["name: n", "description: d", ...lines, ""].join("\n"));
  }

  test("a JavaScript action has main, pre and post with their conditions", async () => {
    const { runs } = await action(
      "runs: {using: node24, main: m.js, pre: p.js, pre-if: runner.os == 'Linux', post: q.js}",
    );
    expect(runs).toMatchObject({
      kind: "javascript",
      using: "node24",
      main: "m.js",
      pre: "p.js",
      preIf: { expression: "runner.os == 'Linux'" },
      post: "q.js",
      postIf: { expression: "always()" },
    });
  });

  test("inputs are required or have defaults, and a default may be an expression", async () => {
    const { inputs } = await action(
      "inputs:",
      "  token: {description: t, required: true, default: '${{ github.token }}'}",
      "  flag: {description: f, default: false}",
      "runs: {using: node20, main: m.js}",
    );
    expect(
      inputs.map(({ name, required, default: value }) => [name, required, value?.value]),
    ).toEqual([
      ["token", true, "${{ github.token }}"],
      ["flag", false, false],
    ]);
  });

  test("a composite action has steps and outputs with values", async () => {
    const { outputs, runs } = await action(
      "outputs: {o: {description: x, value: '${{ steps.s.outputs.x }}'}}",
      "runs:",
      "  using: composite",
      "  steps: [{id: s, run: x, shell: bash}, {uses: $/other, if: failure()}]",
    );
    expect(outputs).toMatchObject([{ name: "o", value: { value: "${{ steps.s.outputs.x }}" } }]);
    expect(runs).toMatchObject({
      kind: "composite",
      steps: [{ kind: "run" }, { kind: "uses", if: { expression: "failure()" } }],
    });
  });

  test("a composite action's run step names its shell", async () => {
    const problems = await problemsOf(action("runs: {using: composite, steps: [{run: x}]}"));
    expect(problems.join()).toContain("Required property is missing: shell");
  });

  test("containers and old versions of Node are refused by name", async () => {
    expect((await problemsOf(action("runs: {using: docker, image: Dockerfile}"))).join()).toContain(
      "action.yml:3:15: the stage does not run containers: 'docker'",
    );
    expect((await problemsOf(action("runs: {using: node16, main: m.js}"))).join()).toContain(
      "allowed are composite, node20 and node24",
    );
  });

  test("an unknown key is refused with its place", async () => {
    expect(await problemsOf(action("runs: {using: node24, main: m.js, mian: x}"))).toEqual([
      "action.yml:3:35: Unexpected value 'mian'",
    ]);
  });
});
