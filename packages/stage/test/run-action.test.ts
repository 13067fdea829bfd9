import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  type ActionResult,
  type ActionRun,
  formatTranscript,
  inputVariable,
  runAction,
} from "../src/index.ts";
import { SLUG, startScene } from "./scene.ts";

type Scene = Awaited<ReturnType<typeof startScene>>;

/** What every fixture action starts with. */
const PRELUDE = `
import { appendFileSync, readFileSync } from "node:fs";
const env = process.env;
const ask = (path, body) => fetch(env.GITHUB_API_URL + "/repos/" + env.GITHUB_REPOSITORY + path, {
  method: body ? "POST" : "GET",
  headers: { "user-agent": "fixture", authorization: "Bearer " + env["INPUT_GITHUB-TOKEN"] },
  ...(body ? { body: JSON.stringify(body) } : {}),
});
const output = (text) => appendFileSync(env.GITHUB_OUTPUT, text);
`;

/** Runs a script as if it were an action's bundle. */
async function runScript(
  scene: Scene,
  script: string,
  extra: Partial<ActionRun> = {},
): Promise<ActionResult> {
  const dist = await mkdtemp(join(tmpdir(), "fixture-"));
  try {
    await writeFile(join(dist, "package.json"), '{"type":"module"}');
    await writeFile(join(dist, "index.js"), PRELUDE + script);
    const { host, token } = scene;
    return await runAction({
      dist,
      github: { host, token, repository: SLUG },
      ...extra,
      inputs: { "github-token": token, ...extra.inputs },
    });
  } finally {
    await rm(dist, { recursive: true, force: true });
  }
}

test("gives the action what a runner gives it, and nothing of the machine it runs on", async () => {
  await using scene = await startScene();
  const result = await runScript(
    scene,
    `const event = JSON.parse(readFileSync(env.GITHUB_EVENT_PATH, "utf8"));
     console.log(JSON.stringify({ env, event, cwd: process.cwd() }));`,
    { inputs: { "Dry run": "true" }, env: { EXTRA: "1" } },
  );
  expect(result.exitCode).toBe(0);
  const { env, event, cwd } = JSON.parse(result.stdout);
  expect(env).toMatchObject({
    CI: "true",
    EXTRA: "1",
    GITHUB_ACTIONS: "true",
    GITHUB_ACTOR: "octocat",
    GITHUB_API_URL: scene.host.apiUrl,
    GITHUB_EVENT_NAME: "workflow_dispatch",
    GITHUB_REF: "refs/heads/main",
    GITHUB_REF_NAME: "main",
    GITHUB_REPOSITORY: SLUG,
    GITHUB_REPOSITORY_ID: String(scene.repo.id),
    GITHUB_REPOSITORY_OWNER: "octo",
    GITHUB_SERVER_URL: "https://github.com",
    GITHUB_SHA: scene.head,
    GITHUB_WORKSPACE: cwd,
    INPUT_DRY_RUN: "true",
    "INPUT_GITHUB-TOKEN": scene.token,
  });
  const others = Object.keys(env).filter((name) => !/^(?:GITHUB|INPUT|RUNNER)_/.test(name));
  expect(others.toSorted()).toEqual(["CI", "EXTRA", "HOME", "PATH"]);
  expect(event).toMatchObject({ ref: "refs/heads/main", repository: { full_name: SLUG } });
});

test("names inputs as the runner does", () => {
  expect(inputVariable("github-token")).toBe("INPUT_GITHUB-TOKEN");
  expect(inputVariable("a b  c_d")).toBe("INPUT_A_B__C_D");
});

test("a run may be about another ref, attempt and event", async () => {
  await using scene = await startScene();
  await scene.repo.createTag("1.0.0", scene.first);
  const result = await runScript(scene, "console.log(JSON.stringify(env))", {
    run: { ref: "refs/tags/1.0.0", runAttempt: 2, eventName: "push", actor: "mona" },
  });
  expect(JSON.parse(result.stdout)).toMatchObject({
    GITHUB_SHA: scene.first,
    GITHUB_REF_NAME: "1.0.0",
    GITHUB_REF_TYPE: "tag",
    GITHUB_RUN_ATTEMPT: "2",
    GITHUB_EVENT_NAME: "push",
    GITHUB_TRIGGERING_ACTOR: "mona",
  });
});

test("reports outputs, files, summary, annotations, masks and the requests of this run", async () => {
  await using scene = await startScene();
  const script = `
    console.log("::add-mask::hunter2");
    console.log("::notice title=Done::password hunter2");
    console.error("on stderr");
    output("sha=abc\\nnotes<<E\\none\\ntwo\\nE\\n");
    appendFileSync(env.GITHUB_ENV, "A=1\\n");
    appendFileSync(env.GITHUB_STATE, "B=2\\n");
    appendFileSync(env.GITHUB_PATH, "/opt/x\\n");
    appendFileSync(env.GITHUB_STEP_SUMMARY, "# Done\\n");
    await ask("/git/ref/heads/main");
    process.exitCode = 3;`;
  await runScript(scene, 'await ask("")');
  const result = await runScript(scene, script, { measureMemory: true });
  expect(result).toMatchObject({
    exitCode: 3,
    signal: null,
    timedOut: false,
    conclusion: "failure",
    stderr: "on stderr\n",
    outputs: { sha: "abc", notes: "one\ntwo" },
    env: { A: "1" },
    state: { B: "2" },
    path: ["/opt/x"],
    summary: "# Done\n",
    fileErrors: [],
    masks: ["hunter2"],
    annotations: [{ level: "notice", message: "password ***", properties: { title: "Done" } }],
    shownLog: "##[notice]password ***\non stderr\n",
    exchanges: [{ n: 2, operationId: "git/get-ref", status: 200 }],
  });
  expect(result.durationMs).toBeGreaterThan(0);
  expect(result.peakRssKb).toBeGreaterThan(10_000);
});

test("a file the runner cannot read fails the step, whatever the exit code", async () => {
  await using scene = await startScene();
  const result = await runScript(scene, 'output("a=1\\nb<<E\\n1\\n")');
  expect(result).toMatchObject({
    exitCode: 0,
    conclusion: "failure",
    outputs: { a: "1" },
    fileErrors: ["Invalid value. Matching delimiter not found 'E'"],
  });
});

test("takes an entry file as well as a folder, and refuses what is not there", async () => {
  await using scene = await startScene();
  const dist = await mkdtemp(join(tmpdir(), "fixture-"));
  const { host, token } = scene;
  const action = { inputs: {}, github: { host, token, repository: SLUG } };
  try {
    const entry = join(dist, "main.mjs");
    await writeFile(entry, "console.log('here')");
    expect((await runAction({ ...action, dist: entry })).stdout).toBe("here\n");
    await expect(runAction({ ...action, dist: join(dist, "none") })).rejects.toThrow(/ENOENT/);
    const noNode = { ...action, dist: entry, node: join(dist, "no-node") };
    await expect(runAction(noNode)).rejects.toThrow(/ENOENT/);
  } finally {
    await rm(dist, { recursive: true, force: true });
  }
});

// A grandchild that holds stdout: until it is gone, a run cannot be seen to end.
const LEAVE_A_CHILD = `
  import { spawn } from "node:child_process";
  spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" }).unref();`;

test("ends a run that takes too long, and what it has started", async () => {
  await using scene = await startScene();
  const script = `${LEAVE_A_CHILD} setInterval(() => {}, 1000);`;
  const result = await runScript(scene, script, { timeoutMs: 500 });
  expect(result).toMatchObject({ exitCode: null, signal: "SIGKILL", timedOut: true });
});

test("what the action leaves running does not outlive the run", async () => {
  await using scene = await startScene();
  const result = await runScript(scene, LEAVE_A_CHILD);
  expect(result).toMatchObject({ exitCode: 0, signal: null, timedOut: false });
});

test("cancels with SIGINT first, which an action may answer", async () => {
  await using scene = await startScene();
  const controller = new AbortController();
  const at = { nth: 1 };
  const run = (): void => {
    controller.abort();
  };
  scene.stage.addFault({ at, phase: "after", kind: "hook", params: { run } });
  const script = `
    process.on("SIGINT", () => { console.log("cancelled"); process.exit(130); });
    await ask("");
    setInterval(() => {}, 1000);`;
  const result = await runScript(scene, script, { signal: controller.signal });
  expect(result).toMatchObject({ exitCode: 130, stdout: "cancelled\n", timedOut: false });
  const late = await runScript(scene, "setInterval(() => {}, 1000)", { signal: controller.signal });
  expect(late.signal).toBe("SIGINT");
});

const CREATE_TWO = `
  const sha = env.GITHUB_SHA;
  for (const name of ["one", "two"]) {
    const answer = await ask("/git/refs", { ref: "refs/heads/" + name, sha });
    console.log(name, answer.status);
  }`;

test("kills the action at a request, before or after it is applied", async () => {
  for (const phase of ["before", "after"] as const) {
    await using scene = await startScene();
    const result = await runScript(scene, CREATE_TWO, { killAt: { request: 2, phase } });
    expect(result).toMatchObject({ exitCode: null, signal: "SIGKILL", stdout: "one 201\n" });
    const refs = [...(await scene.repo.refs()).keys()];
    const applied = phase === "after" ? ["refs/heads/two"] : [];
    expect(refs).toEqual(["refs/heads/main", "refs/heads/one", ...applied]);
    expect(result.exchanges.map(({ status }) => status)).toEqual([201, undefined]);
  }
});

test("says so when the run has no such request to be killed at", async () => {
  await using scene = await startScene();
  const run = runScript(scene, CREATE_TWO, { killAt: { request: 3, phase: "before" } });
  await expect(run).rejects.toThrow("was to be killed at request 3, and made 2");
});

test("writes a transcript that is the same every time", async () => {
  const script = `
    console.log("::add-mask::hunter2");
    console.log("api", env.GITHUB_API_URL, "in", env.RUNNER_TEMP, "took 12.5 ms, 0.3 s");
    console.error("oops hunter2");
    output("sha=" + env.GITHUB_SHA + "\\nnotes<<E\\none\\ntwo\\nE\\n");
    await ask("/git/matching-refs/heads/?per_page=2");
    appendFileSync(env.GITHUB_STEP_SUMMARY, "# Done\\n");
    process.exitCode = 1;`;
  const transcripts: string[] = [];
  for (let run = 0; run < 2; run += 1) {
    await using scene = await startScene();
    const result = await runScript(scene, script);
    transcripts.push(formatTranscript(result, [[scene.head, "<head>"]]));
  }
  expect(transcripts[0]).toBe(transcripts[1]);
  expect(transcripts[0]).toBe(`--- stdout
::add-mask::***
api <stage> in <work>/temp took <time> ms, <time> s
--- stderr
oops ***
--- outputs
sha: <head>
notes:
  one
  two
--- summary
# Done
--- requests
GET /repos/octo/telemetry/git/matching-refs/heads/?per_page=2 -> 200
--- end
exit code 1
`);
});
