/** Actions as GitHub's documentation has them; each name starts with the title of the page. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import type { ArtifactStore, ArtifactUpload, StoredArtifact } from "../src/index.ts";
import {
  oneJob,
  type Options,
  runWorkflow,
  said,
  startRunnerScene,
  type Story,
} from "./runner-scene.ts";

async function runSteps(steps: string, options: Options = {}, more = ""): Promise<Story> {
  await using scene = await startRunnerScene();
  return await runWorkflow(scene, oneJob(steps, more), options);
}

/** The metadata of a JavaScript action. */
function javascript(more = "", runs = ""): string {
  return `name: js
description: d
${more}
runs:
  using: node24
  main: main.js
${runs}`;
}

function composite(steps: string, more = ""): string {
  return `name: composite
description: d
${more}
runs:
  using: composite
  steps:
${steps.replace(/^\n/, "").replace(/\n *$/, "")}
`;
}

/** A program that prints what it is told to, and appends to a runner's file. */
const SAY = `
const { appendFileSync } = require("node:fs");
const env = process.env;
const put = (file, text) => appendFileSync(env[file], text + "\\n");
const say = (...words) => console.log("= " + words.join(" "));
`;

test("Metadata syntax: inputs are variables, defaults are evaluated, and a given empty text stays", async () => {
  const story = await runSteps(
    `
      - uses: $/act
        with: { "A b": one, EMPTY: "" }
`,
    {
      files: {
        "act/action.yml": javascript(`inputs:
  a b: { description: d, default: other }
  empty: { description: d, default: full }
  token: { description: d, default: "\${{ github.token }}" }
  repo: { description: d, default: "\${{ github.repository }}" }`),
        "act/main.js": `${SAY} say(env.INPUT_A_B, "[" + env.INPUT_EMPTY + "]", env.INPUT_TOKEN, env.INPUT_REPO)`,
      },
    },
  );
  expect(said(story)).toEqual(["one [] *** octo/app"]);
});

test("Metadata syntax: an input that is not declared is warned of, and given all the same", async () => {
  const story = await runSteps("      - { uses: $/act, with: { other: x } }", {
    files: { "act/action.yml": javascript(), "act/main.js": `${SAY} say(env.INPUT_OTHER)` },
  });
  expect(said(story)).toEqual(["x"]);
  expect(story.log).toContain("##[warning]Unexpected input(s) 'other', valid inputs are []");
});

test("Metadata syntax: pre, main and post run in order, state goes along, and the last is the first to clean up", async () => {
  const files = Object.fromEntries(
    ["a", "b"].flatMap((name) => [
      [`${name}/action.yml`, javascript("", "  pre: pre.js\n  post: post.js\n")],
      [`${name}/pre.js`, `${SAY} say("pre ${name}"); put("GITHUB_STATE", "n=pre");`],
      [
        `${name}/main.js`,
        `${SAY} say("main ${name}", env.STATE_n); put("GITHUB_STATE", "n=main");`,
      ],
      [`${name}/post.js`, `${SAY} say("post ${name}", env.STATE_n);`],
    ]),
  );
  const story = await runSteps("      - uses: $/a\n      - uses: $/b", { files });
  expect(said(story)).toEqual([
    "pre a",
    "pre b",
    "main a pre",
    "main b pre",
    "post b main",
    "post a main",
  ]);
  expect(story.steps).toEqual([
    "job/Set up job: success",
    "job/Pre Run $/a: success",
    "job/Pre Run $/b: success",
    "job/Run $/a: success",
    "job/Run $/b: success",
    "job/Post Run $/b: success",
    "job/Post Run $/a: success",
    "job/Complete job: success",
  ]);
});

test("Metadata syntax: post-if is about the job, and post runs after a failure by default", async () => {
  const story = await runSteps(
    `
      - uses: $/a
      - uses: $/b
      - run: exit 1
`,
    {
      files: {
        "a/action.yml": javascript("", "  post: post.js\n"),
        "a/main.js": "",
        "a/post.js": `${SAY} say("always")`,
        "b/action.yml": javascript("", "  post: post.js\n  post-if: success()\n"),
        "b/main.js": "",
        "b/post.js": `${SAY} say("only on success")`,
      },
    },
  );
  expect(said(story)).toEqual(["always"]);
  expect(story.steps).toContain("job/Post Run $/b: skipped");
});

test("Metadata syntax: an action that was skipped has no post step", async () => {
  const story = await runSteps("      - { uses: $/a, if: false }", {
    files: {
      "a/action.yml": javascript("", "  post: post.js\n"),
      "a/main.js": "",
      "a/post.js": `${SAY} say("post")`,
    },
  });
  expect(story.steps).toEqual([
    "job/Set up job: success",
    "job/Run $/a: skipped",
    "job/Complete job: success",
  ]);
});

test("Metadata syntax: a local action in the workspace has no pre step", async () => {
  const story = await runSteps("      - uses: actions/checkout@v4\n      - uses: ./a", {
    files: {
      "a/action.yml": javascript("", "  pre: pre.js\n"),
      "a/pre.js": `${SAY} say("pre")`,
      "a/main.js": `${SAY} say("main", env.GITHUB_ACTION)`,
    },
  });
  expect(said(story)[0]).toMatch(/^main/);
});

test("Creating a composite action: inputs, outputs, its own steps context, and its folder", async () => {
  const story = await runSteps(
    `
      - { id: s, run: 'echo "x=outer" >> "$GITHUB_OUTPUT"' }
      - { id: c, uses: $/act, with: { who: you } }
      - run: echo "= \${{ steps.c.outputs.greeting }} \${{ steps.s.outputs.x }} [\${{ steps.inner.outputs.x }}]"
`,
    {
      files: {
        "act/action.yml": composite(
          `
    - id: inner
      shell: bash
      run: |
        echo "x=hello \${{ inputs.who }}" >> "$GITHUB_OUTPUT"
        echo "= [\${{ steps.s.outputs.x }}]"
        test "$GITHUB_ACTION_PATH" = "\${{ github.action_path }}"
    - shell: bash
      run: cat "$GITHUB_ACTION_PATH/data.txt"
`,
          `inputs: { who: { description: d, required: true } }
outputs: { greeting: { description: d, value: "\${{ steps.inner.outputs.x }}" } }`,
        ),
        "act/data.txt": "= data\n",
      },
    },
  );
  expect(said(story)).toEqual(["[]", "data", "hello you outer []"]);
});

test("Contexts: a composite action sees no secrets", async () => {
  const story = await runSteps("      - { uses: $/act, env: { GIVEN: '${{ secrets.S }}' } }", {
    secrets: { S: "geheim" },
    files: {
      "act/action.yml": composite(`
    - shell: bash
      run: test "$GIVEN" = geheim && echo "= given"
`),
    },
  });
  expect(said(story)).toEqual(["given"]);
});

test("Creating a composite action: its failed step fails it; success() inside is about its own steps", async () => {
  const story = await runSteps(
    `
      - { run: exit 1, continue-on-error: true }
      - run: exit 1
      - { id: c, if: always(), uses: $/act, continue-on-error: true }
      - { if: always(), run: 'echo "= \${{ steps.c.outcome }}"' }
`,
    {
      files: {
        "act/action.yml": composite(`
    - { shell: bash, run: 'echo "= first"' }
    - { shell: bash, run: exit 1 }
    - { shell: bash, run: 'echo "= not here"' }
    - { shell: bash, if: failure(), run: 'echo "= cleanup"' }
`),
      },
    },
  );
  expect(said(story)).toEqual(["first", "cleanup", "failure"]);
});

test("Creating a composite action: GITHUB_ENV of its steps reaches the job, its env does not", async () => {
  const story = await runSteps(
    `
      - { uses: $/act, env: { OUTER: seen } }
      - run: echo "= [$FROM_ACTION] [$OUTER] [$INNER]"
`,
    {
      files: {
        "act/action.yml": composite(`
    - shell: bash
      env: { INNER: inner }
      run: |
        echo "FROM_ACTION=$OUTER $INNER" >> "$GITHUB_ENV"
`),
      },
    },
  );
  expect(said(story)).toEqual(["[seen inner] [] []"]);
});

test("Creating a composite action: actions inside of actions, with their posts after the job's steps", async () => {
  const story = await runSteps(
    `
      - uses: $/outer
      - run: echo "= step"
`,
    {
      files: {
        "outer/action.yml": composite("\n    - uses: $/middle\n"),
        "middle/action.yml": composite("\n    - uses: $/js\n"),
        "js/action.yml": javascript("", "  pre: pre.js\n  post: post.js\n"),
        "js/pre.js": `${SAY} say("pre")`,
        "js/main.js": `${SAY} say("main")`,
        "js/post.js": `${SAY} say("post")`,
      },
    },
  );
  expect(said(story)).toEqual(["pre", "main", "step", "post"]);
});

test("Creating a composite action: an inner action's post is given what its main was given", async () => {
  const story = await runSteps("      - { uses: $/outer, with: { who: you } }", {
    files: {
      "outer/action.yml": composite(
        "\n    - { uses: $/js, with: { who: '${{ inputs.who }}' } }\n",
        "inputs: { who: { description: d } }",
      ),
      "js/action.yml": javascript(
        "inputs: { who: { description: d } }",
        "  pre: pre.js\n  post: post.js\n",
      ),
      "js/pre.js": "",
      "js/main.js": "",
      "js/post.js": `${SAY} say("post", env.INPUT_WHO)`,
    },
  });
  expect(said(story)).toEqual(["post you"]);
});

test("Workflow syntax: uses owner/repo/path@ref is served from the stage at that ref, with its own $/", async () => {
  await using scene = await startRunnerScene();
  const tools = await scene.host.createRepository("octo/tools");
  const old = await tools.commit({
    branch: "main",
    files: {
      "greet/action.yml": composite("\n    - uses: $/inner\n"),
      "inner/action.yml": javascript(),
      "inner/main.js": `${SAY} say("old", env.GITHUB_ACTION_REPOSITORY, env.GITHUB_ACTION_REF)`,
    },
  });
  await tools.createTag("v1", old, { annotated: true });
  await tools.commit({ branch: "main", files: { "inner/main.js": `${SAY} say("new")` } });
  const story = await runWorkflow(
    scene,
    oneJob(
      `      - uses: octo/tools/greet@v1\n      - uses: octo/tools/greet@main\n      - uses: octo/tools/greet@${old}`,
    ),
  );
  expect(said(story).map((line) => line.split(" ")[0])).toEqual(["old", "new", "old"]);
});

test("Workflow syntax: $/ is the workflow's own repository at the running commit, without a checkout", async () => {
  await using scene = await startRunnerScene();
  const files = { "act/action.yml": javascript(), "act/main.js": `${SAY} say("then")` };
  const sha = await scene.commit({
    ...files,
    ".github/workflows/ci.yml": oneJob(
      "      - run: ls -A | wc -l | sed 's/^/= /'\n      - uses: $/act",
    ),
  });
  const story = await runWorkflow(scene, "on: push", {
    sha,
    files: { "act/main.js": `${SAY} say("now")` },
  });
  expect(said(story)).toEqual(["0", "then"]);
});

test("Finding actions: a local action that nobody has checked out fails by name", async () => {
  const story = await runSteps("      - uses: ./nowhere");
  expect(story.result.conclusion).toBe("failure");
  expect(story.log).toContain(
    "Did you forget to run actions/checkout before running your local action?",
  );
});

test("a JavaScript action fails by its exit code, and its outputs count", async () => {
  const story = await runSteps(
    `
      - { id: a, uses: $/act, continue-on-error: true }
      - run: echo "= \${{ steps.a.outcome }} \${{ steps.a.outputs.x }}"
`,
    {
      files: {
        "act/action.yml": javascript(),
        "act/main.js": `${SAY} put("GITHUB_OUTPUT", "x=1"); process.exitCode = 2;`,
      },
    },
  );
  expect(said(story)).toEqual(["failure 1"]);
});

test("actions/checkout brings the commit of the run, on its branch, one commit deep", async () => {
  const story = await runSteps(
    `
      - { id: co, uses: actions/checkout@v4 }
      - run: |
          echo "= $(git rev-parse HEAD) $(git branch --show-current) $(git rev-list --count HEAD)"
          cat data.txt
          git fetch --quiet --unshallow && echo "= $(git rev-list --count HEAD)"
      - run: test "\${{ steps.co.outputs.commit }}" = "$GITHUB_SHA" && echo "= same"
`,
    { files: { "data.txt": "= data\n" } },
  );
  const sha = story.handle.info.sha;
  expect(said(story)).toEqual([`${sha} main 1`, "data", "1", "same"]);
});

test("actions/checkout takes another repository, a tag, a path and the whole history", async () => {
  await using scene = await startRunnerScene();
  const other = await scene.host.createRepository("octo/other");
  const [first = ""] = await other.commits([
    { branch: "main", files: { "x.txt": "old\n" } },
    { files: { "x.txt": "new\n" } },
  ]);
  await other.createTag("v1", first);
  const story = await runWorkflow(
    scene,
    oneJob(`
      - uses: actions/checkout@v4
        with: { repository: octo/other, ref: v1, path: there }
      - run: echo "= $(cat there/x.txt) $(git -C there describe --tags)"
      - uses: actions/checkout@v4
        with: { repository: octo/other, path: all, fetch-depth: 0 }
      - run: echo "= $(git -C all rev-list --count HEAD) $(git -C all tag)"
`),
  );
  expect(said(story)).toEqual(["old v1", "2 v1"]);
});

test("actions/checkout keeps the token only as long as it is told to", async () => {
  const story = await runSteps(`
      - uses: actions/checkout@v4
        with: { path: kept }
      - uses: actions/checkout@v4
        with: { path: not, persist-credentials: false }
      - run: |
          echo "= $(grep -c extraheader kept/.git/config) $(grep -c extraheader not/.git/config)"
`);
  expect(said(story)).toEqual(["1 0"]);
});

test("actions/checkout refuses what it does not do, before anything runs", async () => {
  const run = runSteps("      - { uses: actions/checkout@v4, with: { submodules: recursive } }");
  await expect(run).rejects.toThrow("does not do 'submodules: recursive'");
});

test("set-up actions say that they do nothing", async () => {
  const story = await runSteps(`
      - { uses: actions/setup-node@v4, with: { node-version: 24 } }
      - { uses: actions/setup-go@v5, with: { go-version: stable } }
      - { uses: google-github-actions/auth@v2, with: { project_id: p } }
`);
  expect(story.lines.filter((line) => line.startsWith("The stage does not run"))).toHaveLength(3);
});

/** Keeps what is uploaded as files and bytes. */
class MemoryArtifacts implements ArtifactStore {
  readonly uploads: ArtifactUpload[] = [];
  readonly #contents: (readonly { readonly path: string; readonly bytes: Buffer }[])[] = [];

  async upload(upload: ArtifactUpload): Promise<StoredArtifact> {
    if (this.uploads.some(({ name }) => name === upload.name)) {
      throw new Error(`an artifact with this name already exists: ${upload.name}`);
    }
    const contents = upload.files.map(({ path, source }) => ({
      path,
      bytes: readFileSync(source),
    }));
    this.uploads.push(upload);
    this.#contents.push(contents);
    return this.#stored(this.uploads.length);
  }

  #stored(id: number): StoredArtifact {
    const name = this.uploads[id - 1]?.name ?? "";
    return { id, name, digest: `sha256:${"0".repeat(64)}`, size: 1 };
  }

  async list(): Promise<readonly StoredArtifact[]> {
    return this.uploads.map((_, index) => this.#stored(index + 1));
  }

  async download(id: number, folder: string): Promise<void> {
    for (const { path, bytes } of this.#contents[id - 1] ?? []) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), bytes);
    }
  }
}

test("Storing and sharing data: artifacts go from job to job by name, all of them each into its folder", async () => {
  await using scene = await startRunnerScene();
  const artifacts = new MemoryArtifacts();
  const story = await runWorkflow(
    scene,
    `on: workflow_dispatch
jobs:
  make:
    runs-on: ubuntu-latest
    steps:
      - run: mkdir -p out/sub && echo one > out/a.txt && echo two > out/sub/b.txt && echo h > out/.hidden
      - { id: up, uses: actions/upload-artifact@v4, with: { name: first, path: out } }
      - uses: actions/upload-artifact@v4
        with:
          name: second
          path: |
            out/**/*.txt
            !out/a.txt
      - run: echo "= \${{ steps.up.outputs.artifact-id }}"
  take:
    needs: make
    runs-on: ubuntu-latest
    steps:
      - { uses: actions/download-artifact@v4, with: { name: first, path: got } }
      - run: find got -type f | sort | tr '\\n' ' ' | sed 's/^/= /'
      - uses: actions/download-artifact@v4
        with: { path: all }
      - run: find all -type f | sort | tr '\\n' ' ' | sed 's/^/= /'
      - { uses: actions/download-artifact@v4, with: { name: none } }
`,
    { artifacts },
  );
  expect(artifacts.uploads.map(({ files }) => files.map(({ path }) => path))).toEqual([
    ["a.txt", "sub/b.txt"],
    ["b.txt"],
  ]);
  expect(said(story).map((line) => line.trim())).toEqual([
    "1",
    "got/a.txt got/sub/b.txt",
    "all/first/a.txt all/first/sub/b.txt all/second/b.txt",
  ]);
  expect(story.log).toContain("Artifact not found for name: none");
});

test("Storing and sharing data: what matches no file is warned of, or fails when told to", async () => {
  const artifacts = new MemoryArtifacts();
  const story = await runSteps(
    `
      - { uses: actions/upload-artifact@v4, with: { path: none } }
      - { uses: actions/upload-artifact@v4, with: { path: none, if-no-files-found: error } }
`,
    { artifacts },
  );
  expect(story.steps.slice(1, 3).map((step) => step.split(": ")[1])).toEqual([
    "success",
    "failure",
  ]);
  expect(artifacts.uploads).toEqual([]);
});
