/** Each describe cites the page of GitHub's documentation whose rule its tests check. */
import { describe, expect, test } from "vitest";
import {
  advanceGraph,
  type CallJob,
  callInputs,
  callOutputs,
  callSecrets,
  type Command,
  completeLeg,
  defaultPermissions,
  dispatchInputs,
  DispatchInputsError,
  type Json,
  type JsonObject,
  loadAction,
  loadWorkflow,
  nestedName,
  PERMISSION_SCOPES,
  permissionSet,
  planRun,
  planWarnings,
  type RunPlan,
  startGraph,
  type Workflow,
  type WorkflowSource,
} from "../src/workflow/index.ts";

const REUSE = "Reuse workflows";
const CALLING = `${REUSE}: Calling a reusable workflow`;
const PASSING = `${REUSE}: Passing inputs and secrets to a reusable workflow`;
const NESTING = `${REUSE}: Nesting reusable workflows`;
const LIMITS = `${REUSE}: Limitations of reusable workflows`;
const USING_OUTPUTS = `${REUSE}: Using outputs from a reusable workflow`;
const SUPPORTED = "Reusing workflow configurations: Access and permissions for nested workflows";
const PERMISSIONS = "Workflow syntax for GitHub Actions: jobs.<job_id>.permissions";
const DEFAULTS =
  "Use GITHUB_TOKEN for authentication in workflows: Permissions for the GITHUB_TOKEN";
const DISPATCH = "Events that trigger workflows: workflow_dispatch";
const CONTEXTS = "Contexts reference";

const DIRECTORY = ".github/workflows";
const STEPS = "runs-on: x, steps: [{run: x}]";

/** Files of `octo/app` by name, of other repositories by `owner/name/file@ref`. */
type Files = Readonly<Record<string, readonly string[]>>;

interface PlanSettings {
  readonly given?: "restricted" | "permissive";
  readonly secrets?: readonly string[];
  readonly asked?: string[];
}

async function plan(files: Files, settings: PlanSettings = {}): Promise<RunPlan> {
  const source = (repository: string, path: string, ref: string): WorkflowSource | undefined => {
    const name = path.slice(DIRECTORY.length + 1);
    const lines = files[repository === "octo/app" ? name : `${repository}/${name}@${ref}`];
    const sha = repository === "octo/app" ? "c0ffee" : `sha-of-${ref}`;
    return lines && { repository, path, ref, sha, text: `${lines.join("\n")}\n` };
  };
  const entry = source("octo/app", `${DIRECTORY}/main.yml`, "refs/heads/main");
  if (entry === undefined) throw new Error("no main.yml");
  return planRun({
    source: entry,
    defaultPermissions: defaultPermissions(settings.given ?? "restricted"),
    ...(settings.secrets === undefined ? {} : { secrets: settings.secrets }),
    resolve: async ({ repository, path, ref }) => {
      settings.asked?.push(`${repository}/${path}@${ref}`);
      return source(repository, path, ref);
    },
  });
}

function main(...jobs: readonly string[]): readonly string[] {
  return ["on: push", "jobs:", ...jobs.map((line) => `  ${line}`)];
}

function callee(trigger: string, ...rest: readonly string[]): readonly string[] {
  return [
    `on: {workflow_call: ${trigger === "" ? "{}" : trigger}}`,
    ...(rest.length > 0 ? rest : [`jobs: {inner: {${STEPS}}}`]),
  ];
}

const call = (file: string, more = ""): string => `{uses: ./${DIRECTORY}/${file}${more}}`;

async function refusal(loading: Promise<unknown>): Promise<string> {
  return loading.then(
    () => "",
    (error: Error) => error.message,
  );
}

async function warnings(files: Files, settings: PlanSettings = {}): Promise<readonly string[]> {
  const planned = await plan(files, settings);
  return planned.warnings.map((it) => `${it.file}:${it.line}: ${it.message}`);
}

async function calling(job: string, trigger: string): Promise<{ job: CallJob; callee: Workflow }> {
  const planned = await plan({ "main.yml": main(job), "x.yml": callee(trigger) });
  const [found] = planned.root.workflow.jobs;
  const inner = planned.root.calls.get("a")?.workflow;
  if (found?.kind !== "call" || inner === undefined) throw new Error("no call");
  return { job: found, callee: inner };
}

describe(`docs: ${CALLING}`, () => {
  test("./ and $/ are files of the caller's own repository at the caller's commit", async () => {
    const asked: string[] = [];
    await plan(
      {
        "main.yml": main(`a: ${call("x.yml")}`, `b: {uses: $/${DIRECTORY}/x.yml}`),
        "x.yml": callee(""),
      },
      { asked },
    );
    expect(asked).toEqual([`octo/app/${DIRECTORY}/x.yml@c0ffee`]);
  });

  test("in a workflow of another repository they are files of that one, at its commit", async () => {
    const asked: string[] = [];
    const planned = await plan(
      {
        "main.yml": main(`a: {uses: acme/lib/${DIRECTORY}/x.yml@v1}`),
        "acme/lib/x.yml@v1": callee("", `jobs: {b: {uses: $/${DIRECTORY}/y.yml}}`),
        "acme/lib/y.yml@sha-of-v1": callee(""),
      },
      { asked },
    );
    expect(asked).toEqual([
      `acme/lib/${DIRECTORY}/x.yml@v1`,
      `acme/lib/${DIRECTORY}/y.yml@sha-of-v1`,
    ]);
    expect(planned.root.calls.get("a")?.calls.get("b")?.workflow.file).toBe(
      `acme/lib/${DIRECTORY}/y.yml@sha-of-v1`,
    );
  });

  test("a workflow that is not found is refused at the calling job", async () => {
    expect(await refusal(plan({ "main.yml": main(`a: ${call("x.yml")}`) }))).toBe(
      `${DIRECTORY}/main.yml:3:3: error parsing called workflow "./${DIRECTORY}/x.yml": workflow was not found.`,
    );
  });

  test("a workflow without workflow_call cannot be called", async () => {
    const files = { "main.yml": main(`a: ${call("x.yml")}`), "x.yml": main(`b: {${STEPS}}`) };
    expect(await refusal(plan(files))).toContain(
      "workflow_call key is not defined in the referenced workflow.",
    );
  });

  test("an error in a called workflow is told with its own file and line", async () => {
    const files = { "main.yml": main(`a: ${call("x.yml")}`), "x.yml": callee("", "jobs: {b: {}}") };
    expect(await refusal(plan(files))).toMatch(new RegExp(`^${DIRECTORY}/x\\.yml:2:\\d+: `));
  });

  test("a job of a called workflow is shown behind the job that calls it", () => {
    expect(nestedName(nestedName("release (linux)", "build"), "compile")).toBe(
      "release (linux) / build / compile",
    );
  });
});

describe(`docs: ${PASSING}`, () => {
  const trigger =
    "{inputs: {n: {type: number, required: true}, b: {type: boolean}, s: {type: string}}, secrets: {T: {required: true}}}";
  const checked = async (more: string): Promise<string> =>
    refusal(plan({ "main.yml": main(`a: ${call("x.yml", more)}`), "x.yml": callee(trigger) }));

  test("required inputs and secrets must be passed", async () => {
    expect(await checked(", secrets: inherit")).toContain(
      "Input n is required, but not provided while calling.",
    );
    expect(await checked(", with: {n: 1}")).toContain(
      "Secret T is required, but not provided while calling.",
    );
    expect(await checked(", with: {n: 1}, secrets: {t: x}")).toBe("");
  });

  test("inputs and secrets that are not declared are refused, and the declared ones named", async () => {
    expect(await checked(", with: {n: 1, m: 2}, secrets: inherit")).toContain(
      "Invalid input, m is not defined in the referenced workflow; allowed are n, b, s",
    );
    expect(await checked(", with: {n: 1}, secrets: {T: x, U: y}")).toContain(
      "Invalid secret, U is not defined in the referenced workflow; allowed are T",
    );
  });

  test("a literal must have the type of its input, before anything runs", async () => {
    expect(await checked(", with: {n: '1'}, secrets: inherit")).toContain(
      "Unexpected value '1'; the input is a number",
    );
    expect(await checked(", with: {n: 1, b: 'true'}, secrets: inherit")).toContain(
      "the input is a boolean",
    );
    expect(await checked(", with: {n: 1, s: 5}, secrets: inherit")).toBe("");
  });

  test("values are typed, those not passed are their default or empty", async () => {
    const { job, callee: inner } = await calling(
      `a: ${call("x.yml", ", with: {N: '${{ fromJSON(vars.n) }}', s: '${{ needs.z.outputs.o }}'}")}`,
      "{inputs: {n: {type: number}, b: {type: boolean}, s: {type: string}, d: {type: string, default: '${{ github.ref }}'}, e: {type: number, default: 3}}}",
    );
    const call1 = inner.on.call;
    if (call1 === undefined) throw new Error("no trigger");
    const contexts = {
      vars: { n: "7" },
      needs: { z: { outputs: { o: "out" } } },
      github: { ref: "R" },
    };
    expect(callInputs(job, call1, { contexts }, { contexts })).toEqual({
      n: 7,
      b: false,
      s: "out",
      d: "R",
      e: 3,
    });
  });

  test("a text is not turned into a boolean when an expression gives it", async () => {
    const { job, callee: inner } = await calling(
      `a: ${call("x.yml", ", with: {b: '${{ vars.b }}'}")}`,
      "{inputs: {b: {type: boolean}}}",
    );
    const call1 = inner.on.call;
    if (call1 === undefined) throw new Error("no trigger");
    const scope = { contexts: { vars: { b: "true" } } };
    expect(() => callInputs(job, call1, scope, scope)).toThrow(
      `${DIRECTORY}/main.yml:3:50: jobs.<job_id>.with.<with_id>: Unexpected value 'true'; the input is a boolean`,
    );
  });

  test("secrets are those passed, or all with inherit", async () => {
    const scope = { contexts: { secrets: { A: "1", B: "2" } } };
    const secrets = { A: "1", B: "2" };
    const passed = await calling(
      `a: ${call("x.yml", ", secrets: {T: '${{ secrets.B }}'}")}`,
      "{secrets: {T: {}}}",
    );
    expect(callSecrets(passed.job, secrets, scope)).toEqual({ T: "2" });
    const inherited = await calling(
      `a: ${call("x.yml", ", secrets: inherit")}`,
      "{secrets: {A: {required: true}}}",
    );
    expect(callSecrets(inherited.job, secrets, scope)).toEqual(secrets);
    const none = await calling(`a: ${call("x.yml")}`, "{secrets: {T: {}}}");
    expect(callSecrets(none.job, secrets, scope)).toEqual({});
  });

  test("the caller's env is not a context where inputs are passed", async () => {
    expect(await checked(", with: {n: '${{ env.N }}'}, secrets: inherit")).toContain(
      "Unrecognized named-value: 'env'",
    );
  });
});

describe(`docs: ${USING_OUTPUTS}`, () => {
  test("outputs are made from those of the called workflow's jobs", async () => {
    const workflow = await loadWorkflow(
      "x.yml",
      callee(
        "{outputs: {v: {value: 'v${{ jobs.a.outputs.o }}'}, r: {value: '${{ jobs.a.result }}'}, none: {value: '${{ jobs.b.outputs.o }}'}}}",
        "jobs:",
        "  a: {runs-on: x, outputs: {o: '1'}, steps: [{run: x}]}",
        "  b: {runs-on: x, if: false, outputs: {o: '2'}, steps: [{run: x}]}",
      ).join("\n"),
    );
    const { state, commands } = advanceGraph(startGraph(workflow, { github: {} }));
    const start = commands.find((it): it is Command & { kind: "start" } => it.kind === "start");
    if (start === undefined || workflow.on.call === undefined) throw new Error("nothing started");
    const ended = advanceGraph(
      completeLeg(state, start.leg, { result: "success", outputs: { o: "1.0" } }),
    );
    expect(callOutputs(workflow.on.call, ended.state)).toEqual({
      v: "v1.0",
      r: "success",
      none: "",
    });
  });
});

describe(`docs: ${NESTING}`, () => {
  /** main calls 1, 1 calls 2, and so on to the last. */
  function chain(depth: number): Files {
    const files: Record<string, readonly string[]> = { "main.yml": main(`a: ${call("1.yml")}`) };
    for (let level = 1; level <= depth; level += 1) {
      files[`${level}.yml`] =
        level === depth ? callee("") : callee("", `jobs: {a: ${call(`${level + 1}.yml`)}}`);
    }
    return files;
  }

  test("ten levels are allowed, the caller's being the first", async () => {
    expect(await refusal(plan(chain(9)))).toBe("");
    expect(await refusal(plan(chain(10)))).toContain("Nested reusable workflow depth exceeded 9.");
  });

  test("loops are refused", async () => {
    const files = {
      "main.yml": ["on: [push, workflow_call]", `jobs: {a: ${call("x.yml")}}`],
      "x.yml": callee("", `jobs: {a: ${call("main.yml")}}`),
    };
    expect(await refusal(plan(files))).toContain("Loops in the workflow tree are not permitted");
  });
});

describe(`docs: ${LIMITS}`, () => {
  test("50 different workflows may be called, 51 may not, and one may be called often", async () => {
    const files = (count: number): Files => ({
      "main.yml": main(
        ...Array.from({ length: count }, (_, index) => `j${index}: ${call(`${index}.yml`)}`),
        `again: ${call("0.yml")}`,
      ),
      ...Object.fromEntries(
        Array.from({ length: count }, (_, index) => [`${index}.yml`, callee("")]),
      ),
    });
    expect(await refusal(plan(files(50)))).toBe("");
    expect(await refusal(plan(files(51)))).toContain("a run calls at most 50 different workflows");
  });
});

describe(`docs: ${PERMISSIONS}`, () => {
  test("a job's replace the workflow's, and what is not named is none", async () => {
    const { root } = await plan({
      "main.yml": [
        "permissions: {contents: write, issues: read}",
        ...main(
          `a: {${STEPS}}`,
          `b: {permissions: {id-token: write}, ${STEPS}}`,
          `c: {permissions: {}, ${STEPS}}`,
        ),
      ],
    });
    expect(root.permissions.get("a")).toEqual(permissionSet({ contents: "write", issues: "read" }));
    expect(root.permissions.get("b")).toEqual(permissionSet({ "id-token": "write" }));
    expect(root.permissions.get("c")).toEqual(permissionSet({}));
  });

  test("every scope of the official schema is known", async () => {
    // Loaded by the hook, before its schema can be read.
    await plan({ "main.yml": main(`a: {${STEPS}}`) });
    const { getWorkflowSchema } =
      await import("@actions/workflow-parser/workflows/workflow-schema");
    const definition = getWorkflowSchema().getDefinition("permissions-mapping");
    const properties = "properties" in definition ? Object.keys(definition.properties ?? {}) : [];
    expect(PERMISSION_SCOPES.toSorted()).toEqual(properties.toSorted());
  });

  test("read-all and write-all are every scope, as far as a scope has that level", async () => {
    const { root } = await plan({
      "main.yml": main(
        `a: {permissions: read-all, ${STEPS}}`,
        `b: {permissions: write-all, ${STEPS}}`,
      ),
    });
    expect(root.permissions.get("a")).toMatchObject({ contents: "read", packages: "read" });
    expect(root.permissions.get("b")).toMatchObject({
      contents: "write",
      "id-token": "write",
      models: "read",
    });
  });
});

describe(`docs: ${DEFAULTS}`, () => {
  test("without any declaration the repository's setting counts", async () => {
    const files = { "main.yml": main(`a: {${STEPS}}`) };
    const restricted = (await plan(files)).root.permissions.get("a");
    expect(restricted).toEqual(permissionSet({ contents: "read", packages: "read" }));
    const permissive = (await plan(files, { given: "permissive" })).root.permissions.get("a");
    expect(permissive).toMatchObject({ contents: "write", "id-token": "none" });
  });
});

describe(`docs: ${SUPPORTED}`, () => {
  const nested = (
    caller: string,
    trigger: string,
    inner: string,
    given?: "permissive",
  ): Promise<RunPlan> =>
    plan(
      {
        "main.yml": main(`a: ${call("x.yml", caller)}`),
        "x.yml": callee("", trigger, `jobs: {inner: {${inner}${STEPS}}}`),
      },
      given === undefined ? {} : { given },
    );

  test("a called workflow gets what its caller has, where it declares nothing", async () => {
    const { root } = await nested(
      ", permissions: {contents: write, id-token: write}",
      "env: {}",
      "",
    );
    expect(root.calls.get("a")?.permissions.get("inner")).toEqual(
      permissionSet({ contents: "write", "id-token": "write" }),
    );
  });

  test("it may take away", async () => {
    const { root } = await nested(
      ", permissions: {contents: write}",
      "permissions: {contents: read}",
      "",
    );
    expect(root.calls.get("a")?.permissions.get("inner")).toEqual(
      permissionSet({ contents: "read" }),
    );
  });

  test("it may not add, neither for all its jobs nor for one", async () => {
    expect(
      await refusal(
        nested(
          ", permissions: {contents: read}",
          "permissions: {contents: write, issues: read}",
          "",
        ),
      ),
    ).toBe(
      `${DIRECTORY}/main.yml:3:3: Error calling workflow './${DIRECTORY}/x.yml'. The workflow is requesting ` +
        "'contents: write, issues: read', but is only allowed 'contents: read, issues: none'.",
    );
    expect(
      await refusal(
        nested(", permissions: {contents: read}", "env: {}", "permissions: {packages: write}, "),
      ),
    ).toContain(
      "The nested job 'inner' is requesting 'packages: write', but is only allowed 'packages: none'.",
    );
    expect(await refusal(nested("", "permissions: {contents: write}", ""))).toContain(
      "only allowed 'contents: read'",
    );
  });

  test("below a job with less, no level adds", async () => {
    const files = {
      "main.yml": main(`a: ${call("x.yml", ", permissions: {contents: read, packages: write}")}`),
      "x.yml": callee("", "permissions: {contents: read}", `jobs: {b: ${call("y.yml")}}`),
      "y.yml": callee("", "permissions: {packages: write}", `jobs: {c: {${STEPS}}}`),
    };
    expect(await refusal(plan(files))).toContain(
      "is requesting 'packages: write', but is only allowed 'packages: none'",
    );
  });

  test("an identity may be asked for under a permissive setting by the same owner's workflow alone", async () => {
    expect(await refusal(nested("", "permissions: {id-token: write}", "", "permissive"))).toBe("");
    expect(await refusal(nested("", "permissions: {id-token: write}", ""))).toContain(
      "only allowed 'id-token: none'",
    );
    const foreign = {
      "main.yml": main(`a: {uses: acme/lib/${DIRECTORY}/x.yml@v1}`),
      "acme/lib/x.yml@v1": callee("", "permissions: {id-token: write}", `jobs: {b: {${STEPS}}}`),
    };
    expect(await refusal(plan(foreign, { given: "permissive" }))).toContain(
      "only allowed 'id-token: none'",
    );
  });
});

describe(`docs: ${CONTEXTS}`, () => {
  test("what GitHub would leave empty is told: steps, needs, outputs, inputs, secrets", async () => {
    expect(
      await warnings(
        {
          "main.yml": main(
            `z: {outputs: {o: '1'}, ${STEPS}}`,
            "a:",
            "  runs-on: x",
            "  needs: z",
            "  env: {A: '${{ needs.y.result }}', B: '${{ needs.z.outputs.typo }}', C: '${{ inputs.none }}'}",
            "  steps:",
            "    - {id: s, run: 'echo ${{ steps.t.outputs.x }} ${{ secrets.MISSING }} ${{ secrets.there }}'}",
            "    - {if: steps.u.outcome == 'failure', run: 'echo ${{ steps.s.outputs.any }} ${{ github.token }}'}",
          ),
        },
        { secrets: ["THERE"] },
      ),
    ).toEqual([
      `${DIRECTORY}/main.yml:7: jobs.<job_id>.env: 'needs.y' is empty: it is not a job this one needs; there is z`,
      `${DIRECTORY}/main.yml:7: jobs.<job_id>.env: 'needs.z.outputs.typo' is empty: it is not an output of it; there is o`,
      `${DIRECTORY}/main.yml:7: jobs.<job_id>.env: 'inputs.none' is empty: it is not an input of that name; there is none`,
      `${DIRECTORY}/main.yml:9: jobs.<job_id>.steps.run: 'steps.t' is empty: it is not a step of this job with that id; there is s`,
      `${DIRECTORY}/main.yml:9: jobs.<job_id>.steps.run: 'secrets.MISSING' is empty: it is not a secret of that name; there is THERE, GITHUB_TOKEN`,
      `${DIRECTORY}/main.yml:10: jobs.<job_id>.steps.if: 'steps.u' is empty: it is not a step of this job with that id; there is s`,
    ]);
  });

  test("a called workflow's outputs and passed secrets are known, too", async () => {
    expect(
      await warnings(
        {
          "main.yml": main(
            `a: ${call("x.yml", ", secrets: {T: '${{ secrets.A }}'}")}`,
            `b: {needs: a, env: {V: '\${{ needs.a.outputs.v }}', W: '\${{ needs.a.outputs.w }}'}, ${STEPS}}`,
          ),
          "x.yml": callee(
            "{secrets: {T: {}, U: {}}, outputs: {v: {value: '${{ jobs.c.outputs.o }}'}}}",
            `jobs: {inner: {env: {T: '\${{ secrets.T }}', U: '\${{ secrets.U }}', G: '\${{ secrets.GITHUB_TOKEN }}'}, ${STEPS}}}`,
          ),
        },
        { secrets: ["A"] },
      ),
    ).toEqual([
      expect.stringContaining("main.yml:4: jobs.<job_id>.env: 'needs.a.outputs.w' is empty"),
      expect.stringContaining(
        "x.yml:1: on.workflow_call.outputs.<output_id>.value: 'jobs.c' is empty",
      ),
      expect.stringContaining("x.yml:2: jobs.<job_id>.env: 'secrets.U' is empty"),
    ]);
  });

  test("outputs of a step's action are known when the action is", async () => {
    const planned = await plan({
      "main.yml": main(
        "a:",
        "  runs-on: x",
        "  steps:",
        "    - {id: s, uses: $/act}",
        "    - {id: t, uses: other/act@v1}",
        "    - run: echo ${{ steps.s.outputs.sha }} ${{ steps.s.outputs.typo }} ${{ steps.t.outputs.any }}",
      ),
    });
    const file = await loadAction(
      "act/action.yml",
      "name: n\ndescription: d\noutputs: {sha: {description: d}}\nruns: {using: node24, main: m.js}\n",
    );
    const found = planWarnings(planned.root, {
      actionOf: (step) => (step.reference.kind === "self" ? file : undefined),
    });
    expect(found.map(({ message }) => message)).toEqual([
      "jobs.<job_id>.steps.run: 'steps.s.outputs.typo' is empty: it is not an output of it; there is sha",
    ]);
  });

  test("what is computed is not guessed", async () => {
    expect(
      await warnings(
        {
          "main.yml": main(
            `a: {env: {A: "\${{ secrets[format('{0}', github.ref)] }} \${{ toJSON(inputs) }} \${{ github.event.inputs.x }}"}, ${STEPS}}`,
          ),
        },
        { secrets: [] },
      ),
    ).toEqual([]);
  });
});

describe(`docs: ${DISPATCH}`, () => {
  async function dispatch(
    inputs: string,
    given: JsonObject,
    environments?: readonly string[],
  ): Promise<unknown> {
    const workflow = await loadWorkflow(
      "w.yml",
      `on: {workflow_dispatch: {inputs: ${inputs}}}\njobs: {a: {${STEPS}}}`,
    );
    return dispatchInputs(workflow, given, environments);
  }

  test("the inputs context is typed, github.event.inputs is all texts", async () => {
    const inputs =
      "{s: {}, b: {type: boolean, default: true}, n: {type: number}, c: {type: choice, options: [x, y]}, d: {default: 5}}";
    expect(await dispatch(inputs, { S: "v", n: "1.5" })).toEqual({
      inputs: { s: "v", b: true, n: 1.5, c: "x", d: "5" },
      eventInputs: { s: "v", b: "true", n: "1.5", c: "x", d: "5" },
    });
    expect(await dispatch("{s: {}, n: {type: number}, b: {type: boolean}}", {})).toEqual({
      inputs: { s: "", n: 0, b: false },
      eventInputs: { b: "false" },
    });
  });

  test.each<[string, JsonObject, string]>([
    ["{a: {}}", { b: "x" }, 'Unexpected inputs provided: ["b"]'],
    ["{a: {required: true}}", {}, "Required input 'a' not provided"],
    ["{a: {required: true}}", { a: "" }, "Required input 'a' not provided"],
    [
      "{a: {type: choice, options: [x]}}",
      { a: "y" },
      "Provided value 'y' for input 'a' not in the list of allowed values",
    ],
    ["{a: {type: boolean}}", { a: "yes" }, "Provided value 'yes' for input 'a' is not a boolean"],
    ["{a: {type: number}}", { a: "many" }, "Provided value 'many' for input 'a' is not a number"],
  ])("inputs %s given %j are refused", async (inputs, given, message) => {
    const error: unknown = await dispatch(inputs, given).catch((it: unknown) => it);
    expect(error).toBeInstanceOf(DispatchInputsError);
    expect(String(error)).toContain(message);
  });

  test("an environment is one of the repository's", async () => {
    const inputs = "{e: {type: environment}}";
    expect(await dispatch(inputs, { e: "prod" }, ["prod"])).toMatchObject({
      inputs: { e: "prod" },
    });
    await expect(dispatch(inputs, { e: "nope" }, ["prod"])).rejects.toThrow(
      "not in the list of allowed values",
    );
  });

  test("a workflow without the trigger cannot be dispatched", async () => {
    const workflow = await loadWorkflow("w.yml", `on: push\njobs: {a: {${STEPS}}}`);
    const given: Record<string, Json> = {};
    expect(() => dispatchInputs(workflow, given)).toThrow(
      "does not have 'workflow_dispatch' trigger",
    );
  });
});
