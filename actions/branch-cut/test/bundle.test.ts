import { describe, expect, it, vi } from "vitest";
import { formatTranscript, type Replacements, runAction } from "@auditable-release/stage";
import { DIST, openScene, type Scene, SLUG } from "./scene.ts";

// Each test starts processes and git.
vi.setConfig({ testTimeout: 30_000 });

const CREATE_REF = "POST /repos/{owner}/{repo}/git/refs";

/** Commit ids by the names the scene gives them. */
function named(scene: Scene): Replacements {
  return Object.entries(scene.commits).map(([name, sha]) => [sha, `<commit ${name}>`]);
}

/** The same runs as a person would read them; each file is one run, reviewed as prose. */
describe("a run reads like this:", () => {
  it("creates the branch of a minor release", async () => {
    await using scene = await openScene();

    const result = await scene.cut({ version: "1.2.0", commit: scene.commits.three });

    await expect(formatTranscript(result, named(scene))).toMatchFileSnapshot(
      "transcripts/created.txt",
    );
  });

  it("finds it at the second run", async () => {
    await using scene = await openScene();
    await scene.cut({ version: "1.2.0", commit: scene.commits.three });

    const result = await scene.cut({ version: "1.2.0", commit: scene.commits.three });

    await expect(formatTranscript(result, named(scene))).toMatchFileSnapshot(
      "transcripts/already-done.txt",
    );
  });

  it("says what it would do", async () => {
    await using scene = await openScene();

    const result = await scene.cut({
      version: "1.2.0",
      commit: scene.commits.two,
      "dry-run": "true",
    });

    await expect(formatTranscript(result, named(scene))).toMatchFileSnapshot(
      "transcripts/dry-run.txt",
    );
  });

  it("proves the branch of a patch", async () => {
    await using scene = await openScene();

    const result = await scene.cut({ version: "1.1.2" });

    await expect(formatTranscript(result, named(scene))).toMatchFileSnapshot(
      "transcripts/patch.txt",
    );
  });

  it("names every bad input", async () => {
    await using scene = await openScene();

    const result = await scene.cut({
      version: "v1.2",
      commit: "HEAD",
      dry_run: "yes",
      "source-branch": "a..b",
    });

    await expect(formatTranscript(result, named(scene))).toMatchFileSnapshot(
      "transcripts/bad-inputs.txt",
    );
  });

  it("shows both commits of a conflict", async () => {
    await using scene = await openScene();

    const result = await scene.cut({ version: "1.1.0", commit: scene.commits.two });

    await expect(formatTranscript(result, named(scene))).toMatchFileSnapshot(
      "transcripts/conflict.txt",
    );
  });

  it("prints the permissions a token lacks", async () => {
    await using scene = await openScene();
    const token = scene.host.issueToken({
      permissions: { contents: "read", metadata: "read" },
      repositories: [SLUG],
      kind: "job",
    });

    const result = await scene.cut({
      version: "1.2.0",
      commit: scene.commits.three,
      "github-token": token,
    });

    await expect(formatTranscript(result, [...named(scene), [token, "***"]])).toMatchFileSnapshot(
      "transcripts/missing-permission.txt",
    );
  });

  it("loses a race to another run that wanted the same", async () => {
    await using scene = await openScene();
    const { three } = scene.commits;
    scene.stage.addFault({
      at: { nth: 1, operation: CREATE_REF },
      phase: "before",
      kind: "hook",
      params: {
        run: () => scene.repository.createBranch("release-1.2", three, { as: "other run" }),
      },
    });

    const result = await scene.cut({ version: "1.2.0", commit: three });

    await expect(formatTranscript(result, named(scene))).toMatchFileSnapshot(
      "transcripts/lost-race.txt",
    );
  });

  it("waits for nobody when GitHub is down", async () => {
    await using scene = await openScene();
    scene.stage.addFault({
      at: { nth: 1, times: Infinity },
      phase: "before",
      kind: "status",
      params: { status: 503, body: "Service Unavailable" },
    });

    const result = await scene.cut({ version: "1.2.0", commit: scene.commits.three });

    await expect(formatTranscript(result, named(scene))).toMatchFileSnapshot(
      "transcripts/github-down.txt",
    );
  });
});

describe("what is asked for", () => {
  it.each([
    ["1.2.0", "release-1.2"],
    ["1.2.0-rc.1", "release-1.2"],
    ["2.0.0", "release-2.0"],
    ["1.10.0", "release-1.10"],
  ])("%s is cut as %s", async (version, branch) => {
    await using scene = await openScene();

    const result = await scene.cut({ version, commit: scene.commits.two });

    expect(result.outputs).toEqual({
      branch,
      commit: scene.commits.two,
      change: "create",
      outcome: "done",
      "error-code": "",
    });
    expect(await scene.repository.ref(`refs/heads/${branch}`)).toBe(scene.commits.two);
  });

  it("may be a branch of any name, without a version", async () => {
    await using scene = await openScene();

    const result = await scene.cut({ branch: "maintenance/old", commit: scene.commits.one });

    expect(result.outputs["outcome"]).toBe("done");
    expect(await scene.repository.ref("refs/heads/maintenance/old")).toBe(scene.commits.one);
  });

  it("works the same on a GitHub Enterprise Server", async () => {
    await using scene = await openScene({ ghes: true });

    const result = await scene.cut({ version: "1.2.0", commit: scene.commits.three });

    expect(result.outputs["outcome"]).toBe("done");
  });

  it("is refused without version and branch, before any request", async () => {
    await using scene = await openScene();

    const result = await scene.cut({ commit: scene.commits.one });

    expect(result.annotations[0]?.message).toContain(
      '"version" or "branch": expected at least one',
    );
    expect(result.exchanges).toEqual([]);
  });

  it("is refused without the commit of a minor release, before any request", async () => {
    await using scene = await openScene();

    const result = await scene.cut({ version: "1.2.0" });

    expect(result.annotations[0]?.message).toContain('"commit": expected the full id');
    expect(result.exchanges).toEqual([]);
  });
});

describe("a run costs", () => {
  it.each([
    ["five requests for the tip of the default branch", { version: "1.2.0" }, "three", 5],
    ["six from an earlier commit", { version: "1.2.0" }, "two", 6],
    ["two when the branch is at the commit", { branch: "release-1.1" }, "fix", 2],
    ["three when it has advanced", { version: "1.1.0" }, "one", 3],
  ] as const)("%s", async (_, inputs, commit, requests) => {
    await using scene = await openScene();

    const result = await scene.cut({ ...inputs, commit: scene.commits[commit] });

    expect(result.exchanges).toHaveLength(requests);
  });
});

describe("bad input and bad worlds end in one sentence with a code:", () => {
  const nowhere = "0123456789".repeat(4);

  it.each([
    ["a commit that does not exist", { version: "1.2.0", commit: nowhere }, "COMMIT_NOT_FOUND"],
    ["a patch of a line without branch", { version: "1.9.1" }, "BRANCH_MISSING"],
    [
      "a patch of a line without release",
      { version: "1.3.1", branch: "main" },
      "PREVIOUS_RELEASE_MISSING",
    ],
    [
      "a source branch that is not there",
      { version: "1.2.0", commit: nowhere, "source-branch": "no" },
      "BRANCH_MISSING",
    ],
    [
      "a repository one cannot see",
      { version: "1.2.0", commit: nowhere, repository: "octo/none" },
      "GITHUB_NOT_FOUND",
    ],
    [
      "a token that is none",
      { version: "1.2.0", commit: nowhere, "github-token": "ghs_none" },
      "GITHUB_UNAUTHORIZED",
    ],
  ])("%s", async (_, inputs, code) => {
    await using scene = await openScene();

    const result = await scene.cut(inputs);

    expect([result.outputs["error-code"], result.exitCode]).toEqual([code, 2]);
    expect(scene.stage.mutatingExchanges).toEqual([]);
  });

  it("a commit that only a fork has", async () => {
    await using scene = await openScene();
    const commit = await scene.repository.addForkOnlyCommit({ parent: scene.commits.two });

    const result = await scene.cut({ version: "1.2.0", commit });

    expect(result.outputs["error-code"]).toBe("COMMIT_UNREACHABLE");
    expect(scene.stage.mutatingExchanges).toEqual([]);
  });

  it.each([
    ["a tag named like the branch", "refs/tags/release-1.2"],
    ["a branch that differs in case", "refs/heads/Release-1.2"],
    ["a branch named like the tag", "refs/heads/1.2.0"],
  ])("%s", async (_, ref) => {
    await using scene = await openScene();
    const name = ref.replace(/^refs\/(heads|tags)\//, "");
    if (ref.startsWith("refs/tags/")) await scene.repository.createTag(name, scene.commits.one);
    else await scene.repository.createBranch(name, scene.commits.one);

    const result = await scene.cut({ version: "1.2.0", commit: scene.commits.three });

    expect(result.outputs["error-code"]).toBe("REF_CONFUSABLE");
    expect(scene.stage.mutatingExchanges).toEqual([]);
  });

  it("a rule of the repository", async () => {
    await using scene = await openScene();
    scene.repository.addRule({ refs: "refs/heads/release-*" });

    const result = await scene.cut({ version: "1.2.0", commit: scene.commits.three });

    expect(result.outputs["error-code"]).toBe("GITHUB_REJECTED");
    expect(result.annotations[0]?.message).toMatch(/rule/i);
  });
});

describe("an API that is not well ends the run in one sentence, with nothing changed:", () => {
  it.each([
    [
      "answers 500",
      { kind: "status", params: { status: 500 } },
      "GITHUB_UNAVAILABLE",
      "answered 500",
    ],
    ["answers a page for people", { kind: "html" }, "GITHUB_UNREADABLE", "is no JSON"],
    ["answers nothing", { kind: "empty" }, "GITHUB_UNREADABLE", "is no JSON"],
    ["answers something else", { kind: "garbage-json" }, "GITHUB_UNREADABLE", "is no JSON"],
    ["resets the connection", { kind: "reset" }, "GITHUB_UNAVAILABLE", "the connection failed"],
    ["never answers", { kind: "stall" }, "GITHUB_UNAVAILABLE", "did not answer in time"],
    [
      "is at its rate limit for an hour",
      { kind: "rate-limit-primary", params: { resetInSeconds: 3600 } },
      "GITHUB_RATE_LIMITED",
      "seconds",
    ],
  ] as const)("%s", async (_, mishap, code, said) => {
    await using scene = await openScene();
    scene.stage.addFault({ at: { nth: 1, times: Infinity }, phase: "before", ...mishap });

    const result = await scene.cut(
      { version: "1.2.0", commit: scene.commits.three },
      { env: { AUDITABLE_RELEASE_REQUEST_TIMEOUT_MS: "400" } },
    );

    expect(result.outputs).toEqual({ outcome: "retry", "error-code": code });
    expect(result.exitCode).toBe(4);
    expect(result.annotations[0]?.message).toContain("Could not read the branches");
    expect(result.annotations[0]?.message).toContain(said);
    expect(scene.stage.history.filter(({ who }) => who !== "scene")).toEqual([]);
  });
});

/** Applied but the answer lost, not applied and lost, and answers that say nothing. */
const MISHAPS = [
  ["500, not applied", { phase: "before", kind: "status", params: { status: 500 } }],
  ["502, applied", { phase: "after", kind: "status", params: { status: 502 } }],
  ["a page for people", { phase: "after", kind: "html" }],
  ["nothing at all", { phase: "after", kind: "empty" }],
  ["broken JSON", { phase: "after", kind: "garbage-json" }],
  ["a reset, not applied", { phase: "before", kind: "reset" }],
  ["a reset, applied", { phase: "after", kind: "reset" }],
  ["an answer cut short", { phase: "during", kind: "truncate" }],
] as const;

describe("a mishap at the creation ends in the branch all the same:", () => {
  it.each(MISHAPS)("%s", async (_, mishap) => {
    await using scene = await openScene();
    scene.stage.addFault({ at: { nth: 1, operation: CREATE_REF }, ...mishap });

    const result = await scene.cut({ version: "1.2.0", commit: scene.commits.three });

    expect(result.outputs["outcome"]).toBe("done");
    expect(await scene.repository.ref("refs/heads/release-1.2")).toBe(scene.commits.three);
    const creations = scene.stage.history.filter(({ ref }) => ref === "refs/heads/release-1.2");
    expect(creations).toHaveLength(1);
  });
});

describe("a creation that a proxy delivers twice", () => {
  it("is found to be there, and is made once", async () => {
    await using scene = await openScene();
    scene.stage.addFault({
      at: { nth: 1, operation: CREATE_REF },
      phase: "before",
      kind: "duplicate",
    });

    const result = await scene.cut({ version: "1.2.0", commit: scene.commits.three });

    expect(result.outputs["outcome"]).toBe("already-done");
    const creations = scene.stage.history.filter(({ who }) => who !== "scene");
    expect(creations).toHaveLength(1);
  });
});

describe("races", () => {
  it("lost to a run that wanted another commit end in a conflict with both", async () => {
    await using scene = await openScene();
    const { two, three, fix } = scene.commits;
    scene.stage.addFault({
      at: { nth: 1, operation: CREATE_REF },
      phase: "before",
      kind: "hook",
      params: { run: () => scene.repository.createBranch("release-1.2", fix, { as: "other run" }) },
    });

    const result = await scene.cut({ version: "1.2.0", commit: three });

    expect(result.outputs["error-code"]).toBe("BRANCH_DIVERGED");
    expect(result.annotations[0]?.message).toContain(fix);
    expect(result.annotations[0]?.message).toContain(three);
    expect(two).not.toBe(three);
  });

  it("of two whole runs end in one creation", async () => {
    await using scene = await openScene();
    const inputs = { version: "1.2.0", commit: scene.commits.three };

    const results = await Promise.all([scene.cut(inputs), scene.cut(inputs)]);

    const outcomes = results.map(({ outputs }) => outputs["outcome"]);
    expect(new Set(outcomes)).toEqual(new Set(["already-done", "done"]));
    const creations = scene.stage.history.filter(({ who }) => who !== "scene");
    expect(creations).toHaveLength(1);
  });

  it("with somebody who moves the new branch on are no conflict", async () => {
    await using scene = await openScene();
    scene.stage.addFault({
      at: { nth: 1, operation: CREATE_REF },
      phase: "after",
      kind: "hook",
      params: {
        run: async () => {
          await scene.repository.commit({
            branch: "release-1.2",
            message: "Quick",
            as: "somebody",
          });
        },
      },
    });

    const result = await scene.cut({ version: "1.2.0", commit: scene.commits.three });

    expect(result.outputs["outcome"]).toBe("already-done");
  });

  it("with GitHub's own lag are waited out", async () => {
    await using scene = await openScene();
    scene.stage.addFault({
      at: { nth: 1, times: 3, operation: "GET /repos/{owner}/{repo}/git/ref/{ref}" },
      phase: "before",
      kind: "stale",
    });

    const result = await scene.cut({ version: "1.2.0", commit: scene.commits.three });

    expect(result.outputs["outcome"]).toBe("done");
    expect(scene.stage.mutatingExchanges).toHaveLength(1);
  });

  it("that never show the branch end in retry, not in success", async () => {
    await using scene = await openScene();
    scene.stage.addFault({
      at: { nth: 1, times: Infinity, operation: "GET /repos/{owner}/{repo}/git/ref/{ref}" },
      phase: "before",
      kind: "stale",
    });
    scene.stage.addFault({
      at: {
        nth: 3,
        times: Infinity,
        operation: "GET /repos/{owner}/{repo}/git/matching-refs/{ref}",
      },
      phase: "before",
      kind: "stale",
    });

    const result = await scene.cut({ version: "1.2.0", commit: scene.commits.three });

    expect([result.outputs["outcome"], result.exitCode]).toEqual(["retry", 4]);
  });
});

describe("run again", () => {
  it.each([
    ["a minor release", { version: "1.2.0" }, "three"],
    ["a patch", { version: "1.1.2" }, undefined],
    ["a named branch", { branch: "maintenance" }, "two"],
  ] as const)("%s makes no changing request", async (_, inputs, commit) => {
    await using scene = await openScene();
    const all = { ...inputs, ...(commit === undefined ? {} : { commit: scene.commits[commit] }) };
    const first = await scene.cut(all);
    const before = scene.stage.mutatingExchanges.length;

    const second = await scene.cut(all);

    expect(second.outputs).toEqual({ ...first.outputs, outcome: "already-done", change: "none" });
    expect(scene.stage.mutatingExchanges).toHaveLength(before);
  });

  it("with dry-run makes none at all", async () => {
    await using scene = await openScene();

    const result = await scene.cut({
      version: "1.2.0",
      commit: scene.commits.three,
      "dry-run": "true",
    });

    expect(result.outputs).toMatchObject({ outcome: "done", change: "create" });
    expect(scene.stage.mutatingExchanges).toEqual([]);
  });
});

describe("a runner whose output file is missing", () => {
  it("does not pass the step", async () => {
    await using scene = await openScene();

    const result = await runAction({
      dist: DIST,
      inputs: { "github-token": scene.token, repository: SLUG, version: "1.1.2" },
      github: { host: scene.host, token: scene.token, repository: SLUG },
      env: { GITHUB_OUTPUT: "/nowhere/at/all" },
    });

    expect(result.exitCode).toBe(5);
    expect(result.annotations[0]?.message).toContain("Missing file at path");
  });
});

describe("killed", () => {
  // From an earlier commit, so that every kind of request a cut makes is among them.
  const requests = [1, 2, 3, 4, 5, 6] as const;

  it.each(
    requests.flatMap(
      (request) =>
        [
          [request, "before"],
          [request, "after"],
        ] as const,
    ),
  )(
    "at request %i, %s it took effect, and run again, it ends in the same world",
    async (request, phase) => {
      await using scene = await openScene();
      const inputs = { version: "1.2.0", commit: scene.commits.two };

      const killed = await scene.cut(inputs, { killAt: { request, phase } });
      const again = await scene.cut(inputs);

      expect(killed.signal).toBe("SIGKILL");
      expect(again.outputs).toMatchObject({ branch: "release-1.2", commit: scene.commits.two });
      expect(["done", "already-done"]).toContain(again.outputs["outcome"]);
      const refs = await scene.repository.refs();
      expect([...refs.keys()]).toEqual([
        "refs/heads/main",
        "refs/heads/release-1.1",
        "refs/heads/release-1.2",
        "refs/tags/1.1.0",
        "refs/tags/1.1.1",
      ]);
      expect(refs.get("refs/heads/release-1.2")).toBe(scene.commits.two);
      const creations = scene.stage.history.filter(({ who }) => who !== "scene");
      expect(creations).toHaveLength(1);
    },
  );
});
