/** What must not hang, leak or pass in silence. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { RefusedRunError, type RunEvent, startRun } from "../src/index.ts";
import {
  APP,
  isRunning,
  oneJob,
  type Options,
  runWorkflow,
  said,
  startRunnerScene,
  type Story,
  WORKFLOW,
} from "./runner-scene.ts";

async function run(workflow: string, options: Options = {}): Promise<Story> {
  await using scene = await startRunnerScene();
  return await runWorkflow(scene, workflow, options);
}

/** A folder of the test's own, in which nothing may be left. */
async function openFolder(): Promise<
  AsyncDisposable & { path: string; left(): Promise<string[]> }
> {
  const path = await mkdtemp(join(tmpdir(), "runner-test-"));
  return {
    path,
    left: () => readdir(path),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

test("a syntax error is refused with its place, before anything runs", async () => {
  const story = run(oneJob("      - run: echo\n      - runs: typo"));
  await expect(story).rejects.toThrow(/ci\.yml:\d+:\d+: .*runs/);
});

test("an unknown context is refused with its place", async () => {
  const story = run(oneJob("      - run: echo ${{ nope.x }}"));
  await expect(story).rejects.toThrow(/ci\.yml:\d+:\d+: .*nope/);
});

test("a cycle in needs is refused", async () => {
  const job = (needs: string): string => `{ runs-on: x, needs: ${needs}, steps: [{ run: echo }] }`;
  const story = run(`on: push\njobs: { a: ${job("b")}, b: ${job("a")} }\n`);
  await expect(story).rejects.toThrow(/ci\.yml:\d+:\d+: /);
});

test("everything the stage does not have is refused at once and by name, before the first job", async () => {
  const events: RunEvent[] = [];
  const failed: unknown = await run(
    `on: workflow_dispatch
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - run: echo
      - uses: docker/build-push-action@v6
      - uses: $/composite
      - { shell: pwsh, run: echo }
      - uses: octo/app/none@v9
      - uses: actions/upload-artifact@v4
        with: { path: x }
  b: { runs-on: windows-latest, steps: [{ run: echo }] }
`,
    {
      during: (event) => events.push(event),
      files: {
        "composite/action.yml":
          "name: c\ndescription: d\nruns: { using: composite, steps: [{ uses: some/thing@v1 }, { uses: ./container }] }\n",
        "container/action.yml":
          "name: d\ndescription: d\nruns: { using: docker, image: Dockerfile }\n",
      },
    },
  ).catch((error: unknown) => error);
  expect(events).toEqual([]);
  expect(failed).toBeInstanceOf(RefusedRunError);
  const message = String(failed);
  for (const part of [
    "docker/build-push-action@v6",
    "some/thing@v1",
    "containers: 'docker'",
    "'pwsh'",
    "octo/app has no ref 'v9'",
    "an artifact store",
    "windows-latest",
  ]) {
    expect(message).toContain(part);
  }
});

test("what only shows at run time is refused by name in its step", async () => {
  const story = await run(oneJob("      - { shell: \"${{ 'powershell' }}\", run: echo }"));
  expect(story.result.conclusion).toBe("failure");
  expect(story.log).toContain("does not run scripts in 'powershell'");
});

test("a composite action that uses itself is refused", async () => {
  const story = await run(oneJob("      - uses: $/a"), {
    files: {
      "a/action.yml":
        "name: c\ndescription: d\nruns: { using: composite, steps: [{ uses: $/a }] }\n",
    },
  });
  expect(story.result.conclusion).toBe("failure");
  expect(story.log).toContain("'$/a' uses itself");
});

test("a pipe in the place of an output file does not make the runner wait", async () => {
  const story = await run(oneJob('      - run: rm "$GITHUB_OUTPUT" && mkfifo "$GITHUB_OUTPUT"'));
  expect(story.result.conclusion).toBe("success");
});

test("an action that leaves its folder, and a checkout that leaves the workspace, are refused", async () => {
  const story = await run(
    oneJob(`
      - { uses: actions/checkout@v4, continue-on-error: true, with: { path: ../.. } }
      - { uses: ./../../../etc }
`),
  );
  expect(story.log).toContain("is not under");
  expect(story.log).toContain("Can't find 'action.yml'");
});

test("an observer that throws ends the run, and its error comes out", async () => {
  const story = run(oneJob("      - run: sleep 60"), {
    during: (event) => {
      if (event.kind === "log" && event.line.startsWith("shell:")) throw new Error("disk full");
    },
  });
  await expect(story).rejects.toThrow("disk full");
});

test("curl, wget-like tools and git are stopped at the way out, and named", async () => {
  const story = await run(
    oneJob(`
      - run: curl -sS https://example.com/x || echo "= stopped"
      - run: curl -sS http://example.org/y | sed 's/^/= /'
      - run: git clone --quiet https://gitlab.com/a/b || echo "= git"
`),
  );
  expect(said(story)[0]).toBe("stopped");
  expect(said(story)[1]).toContain("The stage stopped a request to http://example.org/y");
  expect(said(story)[2]).toBe("git");
  expect(story.log).toContain("transport 'https' not allowed");
  const targets = story.events.flatMap((e) => (e.kind === "egress" ? [e.target] : []));
  expect(targets).toEqual(["example.com:443", "http://example.org/y"]);
});

test("Node is stopped at the way out, in actions and in scripts, and named; loopback is free", async () => {
  const story = await run(
    oneJob(`
      - uses: $/act
      - run: node -e 'require("net").connect(80, "10.1.2.3").on("error", (e) => console.log("= " + e.code))'
`),
    {
      files: {
        "act/action.yml": "name: a\ndescription: d\nruns: { using: node24, main: m.mjs }\n",
        "act/m.mjs": `
          const ask = (url) => fetch(url).then((r) => r.status, (e) => e.cause.code);
          console.log("= " + (await ask("https://example.com/")) + " " + (await ask(process.env.GITHUB_API_URL + "/repos/octo/app")));`,
      },
    },
  );
  expect(said(story)).toEqual(["ESTAGEEGRESS 404", "ESTAGEEGRESS"]);
  const targets = story.events.flatMap((e) => (e.kind === "egress" ? [e.target] : []));
  expect(targets).toEqual(["example.com:443", "10.1.2.3:80"]);
});

test("without a git service a push is refused, and the stage's repository is as it was", async () => {
  await using scene = await startRunnerScene();
  const story = await runWorkflow(
    scene,
    oneJob(`
      - uses: actions/checkout@v4
      - run: git -c user.name=x -c user.email=x commit -q --allow-empty -m x && git push origin HEAD:main || echo "= refused"
`),
  );
  expect(said(story)).toEqual(["refused"]);
  expect(await scene.repo.ref("refs/heads/main")).toBe(story.handle.info.sha);
});

// What ignores every signal but SIGKILL, with a child that has left the group.
const STUBBORN = oneJob(`
      - run: |
          trap '' INT TERM
          setsid sleep 300 > /dev/null 2>&1 &
          echo "= $! $$"
          while true; do sleep 300; done
      - if: always()
        run: echo "= cleanup"
`);

test("an abort ends a step that ignores signals, and what has left its group, by SIGKILL", async () => {
  await using scene = await startRunnerScene();
  await using folder = await openFolder();
  const controller = new AbortController();
  const story = await runWorkflow(scene, STUBBORN, {
    signal: controller.signal,
    temporaryFolder: folder.path,
    during: (event) => {
      if (event.kind !== "log" || !event.line.startsWith("= ")) return;
      controller.abort();
    },
  });
  expect(story.result.conclusion).toBe("cancelled");
  const [pids = "", ...more] = said(story);
  expect(more).toEqual([]);
  for (const pid of pids.split(" ")) expect(isRunning(pid)).toBe(false);
  expect(await folder.left()).toEqual([]);
}, 10_000);

test("an abort at any moment leaves no process and no folder", async () => {
  await using scene = await startRunnerScene();
  const workflow = oneJob(`
      - uses: actions/checkout@v4
      - uses: $/act
      - run: sleep 300 & wait
`);
  const files = {
    "act/action.yml": "name: a\ndescription: d\nruns: { using: node24, main: m.js, post: m.js }\n",
    "act/m.js": "console.log('act')",
  };
  await scene.commit({ ...files, [WORKFLOW]: workflow });
  const request = { host: scene.host, repository: APP, workflow: WORKFLOW };
  await using folder = await openFolder();
  // At the n-th event of any kind, until a run has no such event before its last step hangs.
  for (let n = 1; n <= 45; n += 6) {
    const controller = new AbortController();
    let seen = 0;
    const observer = (event: RunEvent): void => {
      seen += 1;
      const hangs = event.kind === "log" && event.line.startsWith("shell:");
      if (seen === n || hangs) controller.abort();
    };
    const patience = { interruptMs: 50, terminateMs: 50 };
    const handle = await startRun(
      { ...request, signal: controller.signal },
      { observer, patience, temporaryFolder: folder.path },
    );
    expect((await handle.finished).conclusion).toBe("cancelled");
    expect(await folder.left()).toEqual([]);
  }
}, 20_000);

test("Ctrl-C in the process that runs the stage: it ends within five seconds, and so does all below it", async () => {
  const script = new URL("./runner-ctrl-c.ts", import.meta.url).pathname;
  await using folder = await openFolder();
  const child = spawn(process.execPath, ["--conditions=source", script], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { PATH: process.env["PATH"], TMPDIR: folder.path },
  });
  let out = "";
  const ready = Promise.withResolvers<void>();
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString("utf8");
    if (/^= \d+ \d+$/m.test(out)) ready.resolve();
  });
  await Promise.race([ready.promise, once(child, "exit")]);
  const interruptedAt = performance.now();
  child.kill("SIGINT");
  await once(child, "close");
  expect(performance.now() - interruptedAt).toBeLessThan(5_000);
  expect(out).toContain("conclusion: cancelled");
  const pids = /= (?<pids>\d+ \d+)/.exec(out)?.groups?.["pids"] ?? "";
  expect(pids).not.toBe("");
  for (const pid of pids.split(" ")) expect(isRunning(pid)).toBe(false);
  expect(await folder.left()).toEqual([]);
}, 20_000);
