/** Jobs and runs as GitHub's documentation has them; each name starts with the title of the page. */
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { ConcurrencyGroups, formatLogLine, type RunEvent, startRun } from "../src/index.ts";
import {
  APP,
  oneJob,
  type Options,
  runWorkflow,
  said,
  startRunnerScene,
  type Story,
  WORKFLOW,
} from "./runner-scene.ts";

async function run(jobs: string, options: Options = {}, head = ""): Promise<Story> {
  await using scene = await startRunnerScene();
  return await runWorkflow(scene, `on: workflow_dispatch\n${head}jobs:\n${jobs}`, options);
}

function results(story: Story): Readonly<Record<string, string>> {
  return Object.fromEntries(
    story.events.flatMap((event) =>
      event.kind === "job-finished"
        ? [[event.job.name, event.conclusion]]
        : event.kind === "job-skipped"
          ? [[event.name, event.conclusion]]
          : [],
    ),
  );
}

/** The most jobs that ran at the same time. */
function mostAtOnce(events: readonly RunEvent[]): number {
  let now = 0;
  let most = 0;
  for (const { kind } of events) {
    if (kind === "job-started") now += 1;
    if (kind === "job-finished") now -= 1;
    most = Math.max(most, now);
  }
  return most;
}

test("Using jobs: needs give results and outputs, and a failure skips what needs it", async () => {
  const story = await run(`
  a:
    runs-on: x
    outputs: { v: "\${{ steps.s.outputs.v }}", none: "\${{ steps.s.outputs.none }}" }
    steps: [{ id: s, run: 'echo "v=1" >> "$GITHUB_OUTPUT"' }]
  b: { runs-on: x, needs: a, steps: [{ run: 'echo "= \${{ needs.a.result }} \${{ needs.a.outputs.v }} [\${{ needs.a.outputs.none }}]"; exit 1' }] }
  c: { runs-on: x, needs: b, steps: [{ run: 'echo "= c"' }] }
  d: { runs-on: x, needs: [b, c], if: always(), steps: [{ run: 'echo "= \${{ needs.b.result }} \${{ needs.c.result }}"' }] }
`);
  expect(said(story)).toEqual(["success 1 []", "failure skipped"]);
  expect(results(story)).toEqual({ a: "success", b: "failure", c: "skipped", d: "success" });
  expect(story.result.conclusion).toBe("failure");
});

test("Passing information between jobs: an output that holds a secret is dropped with a warning", async () => {
  const story = await run(
    `
  a:
    runs-on: x
    outputs: { open: "\${{ steps.s.outputs.open }}", closed: "\${{ steps.s.outputs.closed }}" }
    steps:
      - id: s
        env: { S: "\${{ secrets.S }}" }
        run: |
          echo "open=1" >> "$GITHUB_OUTPUT"
          echo "closed=x-$S" >> "$GITHUB_OUTPUT"
  b: { runs-on: x, needs: a, steps: [{ run: 'echo "= \${{ needs.a.outputs.open }} [\${{ needs.a.outputs.closed }}]"' }] }
`,
    { secrets: { S: "geheim" } },
  );
  expect(said(story)).toEqual(["1 []"]);
  expect(story.log).toContain("##[warning]Skip output 'closed' since it may contain secret.");
  expect(JSON.stringify(story.events)).not.toContain("geheim");
});

test("Running variations: max-parallel and the limit of the runner bound what runs at once", async () => {
  const jobs = (more: string): string => `
  m:
    runs-on: x
    strategy: { ${more} matrix: { n: [1, 2, 3, 4] } }
    steps: [{ run: 'true' }]
`;
  expect(mostAtOnce((await run(jobs("max-parallel: 1,"), { maxJobs: 4 })).events)).toBe(1);
  const limited = await run(jobs(""), { maxJobs: 2 });
  expect(mostAtOnce(limited.events)).toBe(2);
  expect(limited.events.some((e) => e.kind === "job-waiting" && e.reason === "capacity")).toBe(
    true,
  );
});

test("Running variations: a failure cancels the other jobs of a matrix, unless fail-fast is off", async () => {
  const jobs = (failFast: boolean): string => `
  m:
    runs-on: x
    strategy: { fail-fast: ${failFast}, matrix: { n: [bad, good] } }
    steps:
      - { if: matrix.n == 'bad', run: exit 1 }
      - { if: matrix.n == 'good', run: ${failFast ? "sleep 60" : "'true'"} }
`;
  const fast = await run(jobs(true), { maxJobs: 2 });
  expect(results(fast)).toEqual({ "m (bad)": "failure", "m (good)": "cancelled" });
  const slow = await run(jobs(false));
  expect(results(slow)).toEqual({ "m (bad)": "failure", "m (good)": "success" });
});

test("Reuse workflows: inputs, secrets and outputs go through, nested names and identities, too", async () => {
  const called = `
on:
  workflow_call:
    inputs: { n: { type: number, default: 3 } }
    secrets: { given: { required: true } }
    outputs: { sum: { value: "\${{ jobs.j.outputs.sum }}" } }
jobs:
  j:
    runs-on: x
    outputs: { sum: "\${{ steps.s.outputs.sum }}" }
    steps:
      - id: s
        env: { G: "\${{ secrets.given }}", O: "\${{ secrets.OTHER }}" }
        run: |
          echo "sum=$((\${{ inputs.n }} + 1))" >> "$GITHUB_OUTPUT"
          echo "= \${#G} [$O] \${{ job.workflow_ref }} \${{ job.workflow_repository }} \${{ job.workflow_file_path }}"
          echo "= $GITHUB_WORKFLOW_REF"
`;
  await using scene = await startRunnerScene();
  const other = await scene.host.createRepository("octo/shared");
  const sha = await other.commit({ branch: "main", files: { ".github/workflows/c.yml": called } });
  await other.createTag("v1", sha);
  const story = await runWorkflow(
    scene,
    `on: workflow_dispatch
jobs:
  outer:
    uses: octo/shared/.github/workflows/c.yml@v1
    with: { n: 4 }
    secrets: { given: "\${{ secrets.S }}" }
  after: { runs-on: x, needs: outer, steps: [{ run: 'echo "= \${{ needs.outer.outputs.sum }}"' }] }
`,
    { secrets: { S: "12345", OTHER: "hidden" } },
  );
  expect(said(story)).toEqual([
    "5 [] octo/shared/.github/workflows/c.yml@refs/tags/v1 octo/shared .github/workflows/c.yml",
    "octo/app/.github/workflows/ci.yml@refs/heads/main",
    "5",
  ]);
  const started = story.events.flatMap((e) => (e.kind === "job-started" ? [e.job] : []));
  expect(started.map(({ name, workflowSha }) => [name, workflowSha === sha])).toEqual([
    ["outer / j", true],
    ["after", false],
  ]);
});

test("GITHUB_TOKEN: it has the job's permissions, and is bad when the job is over", async () => {
  await using scene = await startRunnerScene();
  const tokens: string[] = [];
  const issue = scene.host.issueToken.bind(scene.host);
  scene.host.issueToken = (options) => {
    const token = issue(options);
    tokens.push(token);
    return token;
  };
  const story = await runWorkflow(
    scene,
    `on: workflow_dispatch
permissions: {}
jobs:
  read:
    permissions: { contents: read }
    runs-on: x
    steps:
      - run: |
          ask() { curl -s -o /dev/null -w '= %{http_code}\\n' -A test -H "Authorization: Bearer $T" "$@"; }
          ask "$GITHUB_API_URL/repos/octo/app"
          ask -X POST -d '{"ref":"refs/heads/x","sha":"'$GITHUB_SHA'"}' "$GITHUB_API_URL/repos/octo/app/git/refs"
        env: { T: "\${{ github.token }}" }
  write:
    needs: read
    permissions: { contents: write }
    runs-on: x
    steps:
      - run: |
          curl -s -o /dev/null -w '= %{http_code}\\n' -A test -H "Authorization: Bearer $T" \\
            -X POST -d '{"ref":"refs/heads/x","sha":"'$GITHUB_SHA'"}' "$GITHUB_API_URL/repos/octo/app/git/refs"
        env: { T: "\${{ github.token }}" }
`,
  );
  expect(said(story)).toEqual(["200", "403", "201"]);
  expect(scene.stage.history.at(-1)).toMatchObject({
    who: "github-actions[bot]",
    what: "create ref",
  });
  const url = new URL("/repos/octo/app", scene.host.apiUrl);
  const late = await fetch(url, { headers: { authorization: `Bearer ${tokens[1]}` } });
  expect(late.status).toBe(401);
});

test("Reuse workflows: GITHUB_TOKEN can be handed on under another name, and is masked there", async () => {
  const story = await run(
    "  c: { uses: ./.github/workflows/c.yml, secrets: { t: '${{ secrets.GITHUB_TOKEN }}' } }",
    {
      files: {
        ".github/workflows/c.yml": `on: { workflow_call: { secrets: { t: { required: true } } } }
jobs:
  j:
    runs-on: x
    steps: [{ run: 'echo "= $T"; test -n "$T" && echo "= there"', env: { T: "\${{ secrets.t }}" } }]
`,
      },
    },
  );
  expect(said(story)).toEqual(["***", "there"]);
});

test("Control the concurrency: jobs of one group run one after the other", async () => {
  const story = await run(
    `
  a: { runs-on: x, concurrency: g, steps: [{ run: 'true' }] }
  b: { runs-on: x, concurrency: g, steps: [{ run: 'true' }] }
`,
    { maxJobs: 2 },
  );
  expect(mostAtOnce(story.events)).toBe(1);
  expect(results(story)).toEqual({ a: "success", b: "success" });
  expect(story.events.some((e) => e.kind === "job-waiting" && e.reason === "concurrency")).toBe(
    true,
  );
});

test("OpenID Connect: the request variables are there with id-token: write only, and the token is masked", async () => {
  const story = await run(
    `
  yes:
    runs-on: x
    permissions: { id-token: write }
    steps: [{ run: 'echo "= $ACTIONS_ID_TOKEN_REQUEST_URL $ACTIONS_ID_TOKEN_REQUEST_TOKEN"' }]
  no:
    runs-on: x
    needs: yes
    steps: [{ run: 'echo "= [$ACTIONS_ID_TOKEN_REQUEST_URL]"' }]
`,
    { grantIdToken: (job) => ({ url: `http://127.0.0.1:1/${job.jobId}`, token: "oidc-secret" }) },
  );
  expect(said(story)).toEqual(["http://127.0.0.1:1/yes ***", "[]"]);
});

test("the results service is for actions, not for scripts", async () => {
  await using scene = await startRunnerScene();
  const story = await runWorkflow(
    scene,
    oneJob('      - run: echo "= [$ACTIONS_RUNTIME_TOKEN]"\n      - uses: $/act'),
    {
      grantRuntime: () => ({ resultsUrl: "http://127.0.0.1:1/", token: "rt-secret" }),
      files: {
        "act/action.yml": "name: a\ndescription: d\nruns: { using: node24, main: m.js }\n",
        "act/m.js":
          'console.log("= " + process.env.ACTIONS_RESULTS_URL + process.env.ACTIONS_RUNTIME_TOKEN)',
      },
    },
  );
  expect(said(story)).toEqual(["[]", "http://127.0.0.1:1/***"]);
});

test("Managing environments: the gate is asked, its secrets and variables come after, rejection fails", async () => {
  const jobs = `
  free: { runs-on: x, steps: [{ run: 'echo "= [\${{ vars.V }}] [\${{ secrets.S }}]"' }] }
  in:
    needs: free
    runs-on: x
    environment: { name: prod, url: "https://\${{ steps.s.outputs.h }}/" }
    steps:
      - { id: s, run: 'echo "h=example.invalid" >> "$GITHUB_OUTPUT"' }
      - run: echo "= \${{ vars.V }} \${{ secrets.S == 'geheim' }}"
  out: { needs: in, runs-on: x, environment: locked, steps: [{ run: 'echo "= never"' }] }
`;
  const story = await run(jobs, {
    environments: { prod: { vars: { V: "prod" }, secrets: { S: "geheim" } } },
    gate: async ({ environment }) => (environment === "prod" ? "approved" : "rejected"),
  });
  expect(said(story)).toEqual(["[] []", "prod true"]);
  expect(results(story)).toEqual({ free: "success", in: "success", out: "failure" });
  const urls = story.events.flatMap((e) => (e.kind === "job-finished" ? [e.environmentUrl] : []));
  expect(urls).toEqual([undefined, "https://example.invalid/"]);
});

test("Control the concurrency: the pending run is replaced, the running one goes on", async () => {
  await using scene = await startRunnerScene();
  const groups = new ConcurrencyGroups();
  const opened = Promise.withResolvers<"approved">();
  const workflow = `on: workflow_dispatch
concurrency: release
jobs: { j: { runs-on: x, environment: e, steps: [{ run: "true" }] } }
`;
  await scene.commit({ [WORKFLOW]: workflow });
  const request = { host: scene.host, repository: APP, workflow: WORKFLOW };
  const reached = Promise.withResolvers<void>();
  const gate = async (): Promise<"approved"> => {
    reached.resolve();
    return opened.promise;
  };
  const first = await startRun(request, { groups, gate });
  await reached.promise;
  const second = await startRun(request, { groups });
  const third = await startRun(request, { groups });
  expect((await second.finished).conclusion).toBe("cancelled");
  opened.resolve("approved");
  expect((await first.finished).conclusion).toBe("success");
  expect((await third.finished).conclusion).toBe("success");
});

test("Control the concurrency: cancel-in-progress ends the one that has the group", async () => {
  await using scene = await startRunnerScene();
  const groups = new ConcurrencyGroups();
  await scene.commit({
    [WORKFLOW]: `on: workflow_dispatch
concurrency: { group: g, cancel-in-progress: true }
jobs: { j: { runs-on: x, steps: [{ run: 'test "$GITHUB_RUN_ID" = 2 || sleep 60' }] } }
`,
  });
  const request = { host: scene.host, repository: APP, workflow: WORKFLOW };
  const started = Promise.withResolvers<void>();
  const observer = (event: RunEvent): void => {
    if (event.kind === "step-started" && event.step.number === 2) started.resolve();
  };
  const patience = { interruptMs: 100, terminateMs: 100 };
  const first = await startRun({ ...request, runId: 1 }, { groups, observer, patience });
  await started.promise;
  const second = await startRun({ ...request, runId: 2 }, { groups });
  expect((await first.finished).conclusion).toBe("cancelled");
  expect((await second.finished).conclusion).toBe("success");
});

test("Canceling a workflow: the running step ends, always() and cancelled() still run, success() does not", async () => {
  const story = await run(
    `
  j:
    runs-on: x
    steps:
      - run: |
          echo "= ready"
          sleep 60
      - { run: 'echo "= default"' }
      - { if: always(), run: 'echo "= always \${{ job.status }}"' }
      - { if: cancelled(), run: 'echo "= cancelled"' }
      - { if: failure(), run: 'echo "= failure"' }
  later: { runs-on: x, needs: j, steps: [{ run: 'echo "= later"' }] }
  clean: { runs-on: x, needs: j, if: always(), steps: [{ run: 'echo "= \${{ needs.j.result }}"' }] }
`,
    {
      during: (event, cancel) => {
        if (event.kind === "log" && event.line === "= ready") cancel();
      },
    },
  );
  expect(said(story)).toEqual(["ready", "always cancelled", "cancelled", "cancelled"]);
  expect(results(story)).toEqual({ j: "cancelled", later: "skipped", clean: "success" });
  expect(story.result.conclusion).toBe("cancelled");
});

test("Canceling a workflow: a step whose condition survives it is not interrupted", async () => {
  const story = await run(
    `
  j:
    runs-on: x
    steps:
      - if: always()
        run: |
          echo "= ready"
          sleep 0.2
          echo "= done"
`,
    {
      during: (event, cancel) => {
        if (event.kind === "log" && event.line === "= ready") cancel();
      },
    },
  );
  expect(said(story)).toEqual(["ready", "done"]);
  expect(story.result.conclusion).toBe("cancelled");
});

test("Workflow syntax: a job over its timeout is cancelled, and says so", async () => {
  const story = await run(
    `
  j:
    runs-on: x
    timeout-minutes: 1
    steps:
      - run: sleep 60
      - { if: always(), run: 'echo "= cleanup"' }
`,
    { minuteMs: 200 },
  );
  expect(said(story)).toEqual(["cleanup"]);
  expect(results(story)).toEqual({ j: "cancelled" });
  expect(story.log).toContain("exceeded the maximum execution time of 1 minutes");
});

test("Workflow syntax: continue-on-error of a job keeps the run from failing", async () => {
  const story = await run(`
  j: { runs-on: x, continue-on-error: true, steps: [{ run: exit 1 }] }
  k: { runs-on: x, needs: j, steps: [{ run: 'echo "= \${{ needs.j.result }}"' }] }
`);
  expect(story.result.conclusion).toBe("success");
  expect(said(story)).toEqual(["success"]);
});

test("Events that trigger workflows: dispatch inputs are typed in inputs, and texts in the event", async () => {
  const story = await run(
    `
  j:
    runs-on: x
    steps:
      - run: |
          echo "= \${{ inputs.dry == true }} \${{ github.event.inputs.dry == 'true' }} \${{ inputs.who }}"
          node -p '"= " + JSON.stringify(JSON.parse(fs.readFileSync(process.env.GITHUB_EVENT_PATH)).inputs)'
`,
    { inputs: { dry: "true" } },
    "",
  ).catch((error: unknown) => error);
  expect(String(story)).toContain("Unexpected inputs");
  await using scene = await startRunnerScene();
  const typed = await runWorkflow(
    scene,
    `on: { workflow_dispatch: { inputs: { dry: { type: boolean }, who: { default: me } } } }
jobs:
  j:
    runs-on: x
    steps:
      - run: |
          echo "= \${{ inputs.dry == true }} \${{ github.event.inputs.dry == 'true' }} \${{ inputs.who }}"
          node -p '"= " + JSON.stringify(JSON.parse(fs.readFileSync(process.env.GITHUB_EVENT_PATH)).inputs)'
`,
    { inputs: { dry: "true" } },
  );
  expect(said(typed)).toEqual(["true true me", '{"dry":"true","who":"me"}']);
});

test("each job has a workspace, a home and a temp of its own, and none is left", async () => {
  const story = await run(`
  a: { runs-on: x, steps: [{ run: 'touch here "$HOME/h"; echo "= $PWD"' }] }
  b: { runs-on: x, needs: a, steps: [{ run: 'ls -A . "$HOME" | grep -c . | sed "s/^/= /"; echo "= $PWD"' }] }
`);
  const folders = said(story).filter((line) => line.startsWith("/"));
  expect(new Set(folders).size).toBe(2);
  expect(folders.some((folder) => existsSync(folder))).toBe(false);
});

test("Using workflow run logs: each line has its time in GitHub's form", () => {
  expect(formatLogLine(new Date("2026-01-02T03:04:05.678Z"), "text")).toBe(
    "2026-01-02T03:04:05.6780000Z text",
  );
});
