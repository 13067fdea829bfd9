/** Steps as GitHub's documentation has them; each name starts with the title of the page. */
import { expect, test } from "vitest";
import {
  isRunning,
  oneJob,
  runWorkflow,
  said,
  startRunnerScene,
  type Options,
  type Story,
} from "./runner-scene.ts";

/** Runs the steps as the only job of a workflow. */
async function runSteps(steps: string, options: Options = {}, more = ""): Promise<Story> {
  await using scene = await startRunnerScene();
  return await runWorkflow(scene, oneJob(steps, more), options);
}

function annotations(story: Story): readonly string[] {
  return story.events.flatMap((event) =>
    event.kind === "annotation" ? [`${event.annotation.level}: ${event.annotation.message}`] : [],
  );
}

test("Workflow syntax: a script without a shell stops at the first error, and has no pipefail", async () => {
  const story = await runSteps(`
      - run: |
          false | true
          echo "= pipe"
          false
          echo "= not here"
`);
  expect(said(story)).toEqual(["pipe"]);
  expect(story.result.conclusion).toBe("failure");
  expect(story.lines).toContain("##[error]Process completed with exit code 1.");
  expect(story.lines).toContain("shell: bash -e {0}");
});

test("Workflow syntax: shell bash reads no profile, and fails for any part of a pipe", async () => {
  const story = await runSteps(`
      - shell: bash
        run: |
          false | true
          echo "= not here"
`);
  expect(said(story)).toEqual([]);
  expect(story.lines).toContain("shell: bash --noprofile --norc -e -o pipefail {0}");
});

test("Workflow syntax: shell sh, a custom shell with {0}, and python", async () => {
  const story = await runSteps(`
      - shell: sh
        run: echo "= $0" | sed 's/.*\\././'
      - shell: bash -u {0}
        run: echo "= custom"; echo "$NOT_SET"; echo "= not here"
        continue-on-error: true
      - shell: env python3 {0}
        run: |
          if True:
              print("= " + "py")
`);
  expect(story.lines).toContain(".sh");
  expect(said(story)).toEqual(["custom", "py"]);
  expect(story.result.conclusion).toBe("success");
});

test("Workflow syntax: defaults.run of the job go over those of the workflow, and a step's own over both", async () => {
  await using scene = await startRunnerScene();
  const story = await runWorkflow(
    scene,
    `on: workflow_dispatch
defaults: { run: { shell: sh, working-directory: / } }
jobs:
  job:
    runs-on: ubuntu-latest
    defaults: { run: { working-directory: /usr } }
    steps:
      - run: echo "= $PWD \${BASH:-none}"
      - run: echo "= $PWD"
        working-directory: /tmp
`,
  );
  expect(said(story)[0]?.split(" ")[0]).toBe("/usr");
  expect(story.lines).toContain("shell: sh -e {0}");
  expect(said(story)[1]).toBe("/tmp");
});

test("Workflow syntax: working-directory is relative to the workspace, and one that is not there fails the step", async () => {
  const story = await runSteps(`
      - run: mkdir -p a/b
      - run: echo "= \${PWD#"$GITHUB_WORKSPACE"}"
        working-directory: a/b
      - run: echo "= not here"
        working-directory: nowhere
`);
  expect(said(story)).toEqual(["/a/b"]);
  expect(story.result.conclusion).toBe("failure");
  expect(story.log).toContain("An error occurred trying to start process 'bash'");
});

test("Variables: the step's env goes over the job's, and the job's over the workflow's", async () => {
  await using scene = await startRunnerScene();
  const story = await runWorkflow(
    scene,
    `on: workflow_dispatch
env: { A: workflow, B: workflow, C: workflow }
jobs:
  job:
    runs-on: ubuntu-latest
    env: { B: job, C: job }
    steps:
      - run: echo "= $A $B $C \${{ env.C }}"
        env: { C: step }
      - run: echo "= $A $B $C"
`,
  );
  expect(said(story)).toEqual(["workflow job step step", "workflow job job"]);
});

test("Variables: default variables cannot be overwritten, CI can", async () => {
  const story = await runSteps(`
      - run: |
          echo "GITHUB_ACTOR=mallory" >> "$GITHUB_ENV"
          echo "RUNNER_OS=Plan9" >> "$GITHUB_ENV"
      - run: echo "= $GITHUB_ACTOR $RUNNER_OS $CI $GITHUB_ACTIONS"
        env: { CI: "no", GITHUB_ACTOR: eve }
`);
  expect(said(story)).toEqual(["octocat Linux no true"]);
});

test("Variables: the default variables say what the run is about", async () => {
  const story = await runSteps(
    `
      - run: echo "= $GITHUB_REPOSITORY $GITHUB_REF $GITHUB_REF_NAME $GITHUB_REF_TYPE $GITHUB_JOB $GITHUB_EVENT_NAME $GITHUB_RUN_ID $GITHUB_RUN_ATTEMPT $GITHUB_SERVER_URL"
      - run: test "$GITHUB_SHA" = "\${{ github.sha }}" && test -d "$RUNNER_TEMP" && test -f "$GITHUB_EVENT_PATH" && echo "= $GITHUB_WORKFLOW_REF"
`,
    { runId: 77, runAttempt: 3 },
  );
  expect(said(story)).toEqual([
    "octo/app refs/heads/main main branch job workflow_dispatch 77 3 https://github.com",
    "octo/app/.github/workflows/ci.yml@refs/heads/main",
  ]);
});

test("Variables: nothing of the machine's own environment but PATH reaches a step", async () => {
  const story = await runSteps(`
      - run: env | sed 's/=.*//' | grep -vE '^(GITHUB|RUNNER|GIT)_' | sort | tr '\\n' ' ' | sed 's/^/= /'
`);
  expect(said(story)[0]?.trim().split(" ")).toEqual(
    [
      "ALL_PROXY CI HOME HTTPS_PROXY HTTP_PROXY LANG NODE_OPTIONS NO_PROXY OLDPWD PATH PWD SHLVL _",
      "all_proxy http_proxy https_proxy no_proxy",
    ]
      .join(" ")
      .split(" ")
      .filter((name) => name !== "OLDPWD"),
  );
});

test("Workflow commands: GITHUB_OUTPUT takes name=value and blocks with a delimiter", async () => {
  const story = await runSteps(`
      - id: a
        run: |
          echo "one=1=1" >> "$GITHUB_OUTPUT"
          printf 'many<<END\\nx\\ny\\nEND\\n' >> "$GITHUB_OUTPUT"
      - run: |
          echo "= \${{ steps.a.outputs.one }}"
          printf '%s\\n' "$MANY" | sed 's/^/= /'
        env: { MANY: "\${{ steps.a.outputs.many }}" }
`);
  expect(said(story)).toEqual(["1=1", "x", "y"]);
});

test("Workflow commands: a block without its delimiter fails the step, and what stood before it counts", async () => {
  const story = await runSteps(`
      - id: a
        continue-on-error: true
        run: printf 'before=1\\nmany<<END\\nx\\n' >> "$GITHUB_OUTPUT"
      - run: echo "= \${{ steps.a.outputs.before }} \${{ steps.a.outcome }}"
`);
  expect(said(story)).toEqual(["1 failure"]);
  expect(annotations(story)).toEqual([
    "error: Unable to process file command 'output' successfully.",
    "error: Invalid value. Matching delimiter not found 'END'",
  ]);
});

test("Workflow commands: GITHUB_ENV is for later steps, not for the one that writes", async () => {
  const story = await runSteps(`
      - run: |
          echo "A=1" >> "$GITHUB_ENV"
          echo "= now [$A]"
      - run: echo "= later [$A] \${{ env.A }}"
`);
  expect(said(story)).toEqual(["now []", "later [1] 1"]);
});

test("Workflow commands: NODE_OPTIONS cannot be set through GITHUB_ENV", async () => {
  const story = await runSteps(`
      - run: |
          echo "NODE_OPTIONS=--no-warnings" >> "$GITHUB_ENV"
          echo "OTHER=1" >> "$GITHUB_ENV"
      - run: |
          case "$NODE_OPTIONS" in *no-warnings*) echo "= set";; *) echo "= not set $OTHER";; esac
`);
  expect(said(story)).toEqual(["not set 1"]);
  expect(annotations(story)).toEqual([
    "error: Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.",
  ]);
  expect(story.result.conclusion).toBe("success");
});

test("Workflow commands: GITHUB_PATH puts a folder before PATH for later steps, the last one first", async () => {
  const story = await runSteps(`
      - run: |
          mkdir one two
          printf '#!/bin/sh\\necho "= one"' > one/tool; printf '#!/bin/sh\\necho "= two"' > two/tool
          chmod +x one/tool two/tool
          echo "$PWD/one" >> "$GITHUB_PATH"
          echo "$PWD/two" >> "$GITHUB_PATH"
      - run: tool
`);
  expect(said(story)).toEqual(["two"]);
});

test("Workflow commands: summaries are kept by step, markdown as it is", async () => {
  const story = await runSteps(`
      - run: echo "# One" >> "$GITHUB_STEP_SUMMARY"
      - run: "true"
`);
  const summaries = story.events.flatMap((e) => (e.kind === "step-finished" ? [e.summary] : []));
  expect(summaries).toEqual(["", "# One\n", "", ""]);
});

test("Workflow commands: a summary over 1 MiB is dropped with an error, and the step goes on", async () => {
  const story = await runSteps(`
      - run: head -c 1048577 /dev/zero | tr '\\0' x >> "$GITHUB_STEP_SUMMARY"
      - run: echo "= on"
`);
  expect(said(story)).toEqual(["on"]);
  expect(annotations(story)[0]).toMatch(/^error: \$GITHUB_STEP_SUMMARY upload aborted.* 1024k/);
  expect(story.events.some((e) => e.kind === "step-finished" && e.summary !== "")).toBe(false);
});

test("Workflow commands: error, warning and notice become annotations with their place", async () => {
  const story = await runSteps(`
      - run: |
          echo "::error file=a.js,line=1::bad"
          echo "::warning::careful"
          echo "::notice title=T::look"
`);
  expect(annotations(story)).toEqual(["error: bad", "warning: careful", "notice: look"]);
  const [first] = story.events.flatMap((e) => (e.kind === "annotation" ? [e.annotation] : []));
  expect(first?.properties).toEqual({ file: "a.js", line: "1" });
  expect(story.result.conclusion).toBe("success");
});

test("Workflow commands: a value given to add-mask is starred from then on, in later steps, too", async () => {
  const story = await runSteps(`
      - run: |
          echo "::add-mask::hunter2"
          echo "= now hunter2"
      - run: echo "= later hunter2"
`);
  expect(said(story)).toEqual(["now ***", "later ***"]);
});

test("Workflow commands: groups are shown as groups, debug only with ACTIONS_STEP_DEBUG", async () => {
  const steps = `
      - run: |
          echo "::group::Title"
          echo "::endgroup::"
          echo "::debug::detail"
`;
  const quiet = await runSteps(steps);
  expect(quiet.lines).toContain("##[group]Title");
  expect(quiet.log).not.toContain("##[debug]detail");
  const loud = await runSteps(steps, { vars: { ACTIONS_STEP_DEBUG: "true" } });
  expect(loud.lines).toContain("##[debug]detail");
});

test("Workflow commands: between stop-commands and its token, commands are text", async () => {
  const story = await runSteps(`
      - run: |
          echo "::stop-commands::pause123"
          echo "::error::text"
          echo "::pause123::"
          echo "::error::command"
      - run: echo "::warning::the next step has commands again"
`);
  expect(annotations(story)).toEqual([
    "error: command",
    "warning: the next step has commands again",
  ]);
});

test("Workflow commands: at most ten annotations of a level are kept for a step", async () => {
  const story = await runSteps(`
      - run: for n in $(seq 15); do echo "::error::$n"; done; echo "::notice::x"
`);
  expect(annotations(story)).toHaveLength(11);
});

test("Secrets: a secret is starred in the log however it is spelt, each of its lines, too", async () => {
  const story = await runSteps(
    `
      - run: |
          echo "= $S"
          printf '%s' "$S" | base64 -w0 | sed 's/^/= /'; echo
          echo "= second line"
        env: { S: "\${{ secrets.S }}" }
`,
    { secrets: { S: "first word\nsecond line" } },
  );
  expect(said(story).every((line) => line.includes("***"))).toBe(true);
  expect(story.log).not.toContain("second line");
});

test("Secrets: the job's token is masked, and the same under all its names", async () => {
  const story = await runSteps(`
      - run: |
          echo "= \${{ github.token }}"
          test "\${{ github.token }}" = "\${{ secrets.GITHUB_TOKEN }}" && echo "= same"
          test -z "$GITHUB_TOKEN" && echo "= no variable"
`);
  expect(said(story)).toEqual(["***", "same", "no variable"]);
});

test("Secrets: a secret that does not exist is an empty text, and is warned of ahead", async () => {
  const story = await runSteps(`
      - run: echo "= [\${{ secrets.MISSING }}]"
`);
  expect(said(story)).toEqual(["[]"]);
  expect(story.handle.warnings.map((it) => it.message).join()).toContain("MISSING");
});

test("Contexts: outcome is before continue-on-error, conclusion after", async () => {
  const story = await runSteps(`
      - id: a
        run: exit 1
        continue-on-error: true
      - id: b
        if: false
        run: echo
      - run: echo "= \${{ steps.a.outcome }} \${{ steps.a.conclusion }} \${{ steps.b.outcome }} \${{ steps.b.conclusion }} \${{ job.status }}"
`);
  expect(said(story)).toEqual(["failure success skipped skipped success"]);
  expect(story.result.conclusion).toBe("success");
});

test("Expressions: after a failure, only steps whose condition has a status function run", async () => {
  const story = await runSteps(`
      - run: exit 3
      - run: echo "= default"
      - if: \${{ true }}
        run: echo "= true"
      - if: failure()
        run: echo "= failure \${{ job.status }}"
      - if: always()
        run: echo "= always"
      - if: "!cancelled()"
        run: echo "= not cancelled"
      - if: cancelled()
        run: echo "= cancelled"
`);
  expect(said(story)).toEqual(["failure failure", "always", "not cancelled"]);
  expect(story.steps.filter((step) => step.endsWith("skipped"))).toHaveLength(3);
});

test("Expressions: the condition of a step sees the step's own env", async () => {
  const story = await runSteps(`
      - if: env.A == 'step'
        env: { A: step }
        run: echo "= ran"
`);
  expect(said(story)).toEqual(["ran"]);
});

test("Expressions: an expression that fails fails its step, located, and always() still runs", async () => {
  const story = await runSteps(`
      - run: echo "\${{ fromJSON('nope') }}"
      - if: always()
        run: echo "= cleanup"
`);
  expect(said(story)).toEqual(["cleanup"]);
  expect(story.result.conclusion).toBe("failure");
  expect(annotations(story)[0]).toMatch(/ci\.yml:\d+:\d+: .*fromJSON/);
});

test("Expressions: a script with an expression keeps its quotes and its indentation", async () => {
  const story = await runSteps(`
      - shell: python3 {0}
        run: |
          for text in ['a''b', "\${{ github.repository }}", 'it''s']:
              print('= ' + text)
`);
  expect(said(story)).toEqual(["ab", "octo/app", "its"]);
});

test("Expressions: hashFiles is of the workspace's files, and empty when none matches", async () => {
  const story = await runSteps(`
      - run: mkdir -p a/b && echo 1 > a/x.txt && echo 2 > a/b/y.txt
      - run: |
          echo "= \${{ hashFiles('**/*.txt') }}"
          echo "= [\${{ hashFiles('**/*.md') }}]"
          echo "= \${{ hashFiles('a/**', '!a/b/**') == hashFiles('a/x.txt') }}"
`);
  expect(said(story)[0]).toMatch(/^[0-9a-f]{64}$/);
  expect(said(story).slice(1)).toEqual(["[]", "true"]);
});

test("Workflow syntax: a step over its timeout is ended and fails, what it has started, too", async () => {
  const story = await runSteps(
    `
      - run: |
          sleep 300 &
          echo "= $!"
          wait
        timeout-minutes: 1
      - if: failure()
        run: echo "= cleanup"
`,
    { minuteMs: 150 },
  );
  const [pid = "", cleanup] = said(story);
  expect(isRunning(pid)).toBe(false);
  expect(cleanup).toBe("cleanup");
  expect(annotations(story).at(-1)).toMatch(/has timed out after 1 minutes\./);
  expect(story.result.conclusion).toBe("failure");
});

test("Workflow syntax: a name is evaluated, and a step without one is called by its command", async () => {
  const story = await runSteps(`
      - name: Build \${{ github.ref_name }}
        run: "true"
      - run: |
          true \${{ github.ref_name }}
          true
`);
  expect(story.steps.slice(1, 3)).toEqual([
    "job/Build main: success",
    "job/Run true main: success",
  ]);
});

test("a server that one step starts serves the next, and is gone with the job", async () => {
  const story = await runSteps(`
      - run: |
          sleep 300 > /dev/null 2>&1 &
          echo "PID=$!" >> "$GITHUB_ENV"
      - run: kill -0 "$PID" && echo "= $PID"
`);
  const [pid = ""] = said(story);
  expect(pid).toMatch(/^\d+$/);
  expect(isRunning(pid)).toBe(false);
  expect(story.log).toContain(`Terminate orphan process: pid (${pid})`);
});

test("set-output and save-state still work as commands, and are called deprecated", async () => {
  const story = await runSteps(`
      - id: a
        run: echo "::set-output name=x::1"
      - run: echo "= \${{ steps.a.outputs.x }}"
`);
  expect(said(story)).toEqual(["1"]);
  expect(annotations(story)[0]).toMatch(/^warning: The `set-output` command is deprecated/);
});

test("set-env as a command is refused and fails its step", async () => {
  const story = await runSteps(`
      - run: echo "::set-env name=A::1"
`);
  expect(story.result.conclusion).toBe("failure");
});

test("output without line feeds, with old line ends, and of many megabytes comes through", async () => {
  const story = await runSteps(`
      - run: |
          printf 'one\\rtwo\\r\\nthree'
          head -c 3000000 /dev/zero | tr '\\0' y
`);
  expect(story.lines).toContain("one");
  expect(story.lines).toContain("two");
  expect(story.lines.join("").match(/y/g)?.length).toBeGreaterThan(2_999_000);
  expect(story.lines.every((line) => line.length <= 1024 * 1024)).toBe(true);
});
