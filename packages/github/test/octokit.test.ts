import { afterEach, describe, expect, it } from "vitest";
import {
  type ActionError,
  parseBranchName,
  parseCommitSha,
  parseRepoSlug,
} from "@auditable-release/model";
import { type Fault, type GithubHost, type Stage, startStage } from "@auditable-release/stage";
import { connectGithub } from "../src/octokit.ts";
import type { GithubRepository } from "../src/ports.ts";
import { describeGithubRepository, type Scene } from "./repository-contract.ts";

const SLUG = "octo/telemetry";
const WRITE = { contents: "write", metadata: "read" } as const;

function connect(
  host: GithubHost,
  token: string,
  options: { slug?: string; timeoutMs?: number } = {},
) {
  const debug: string[] = [];
  const github = connectGithub({
    apiUrl: host.apiUrl,
    token,
    repository: parseRepoSlug(options.slug ?? SLUG),
    waitScale: 0.001,
    requestTimeoutMs: options.timeoutMs ?? 5000,
    debug: (line) => {
      debug.push(line);
    },
  });
  return { github, debug };
}

async function openScene(stage: Stage, host: GithubHost): Promise<Scene> {
  const repository = await host.createRepository(SLUG);
  const first = await repository.commit({ branch: "main", files: { "a.txt": "1" } });
  await repository.createBranch("release-1.0", first);
  await repository.createBranch("beside", first);
  const second = await repository.commit({ branch: "main", files: { "a.txt": "2" } });
  const beside = await repository.commit({ branch: "beside", files: { "b.txt": "1" } });
  await repository.createTag("1.0.0", first, { annotated: true });
  await repository.createTag("light", second);
  const token = host.issueToken({ permissions: WRITE, repositories: [SLUG] });
  return {
    github: connect(host, token).github,
    first: parseCommitSha(first),
    second: parseCommitSha(second),
    beside: parseCommitSha(beside),
    forkOnly: parseCommitSha(await repository.addForkOnlyCommit()),
    nowhere: parseCommitSha("0123456789".repeat(4)),
    moveBeside: () => repository.moveBranch("beside", second),
    [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
  };
}

describeGithubRepository("octokit, on github.com", async () => {
  const stage = await startStage();
  return openScene(stage, stage.github);
});

describeGithubRepository("octokit, on a GitHub Enterprise Server", async () => {
  const stage = await startStage();
  return openScene(stage, await stage.addGithubHost({ ghes: true }));
});

const LIST_BRANCHES = "GET /repos/{owner}/{repo}/git/matching-refs/{ref}";
const CREATE_REF = "POST /repos/{owner}/{repo}/git/refs";
const BRANCH = parseBranchName("feature");

interface World {
  readonly stage: Stage;
  readonly github: GithubRepository;
  readonly head: ReturnType<typeof parseCommitSha>;
  readonly token: string;
}

let open: Stage | undefined;

afterEach(async () => {
  const stage = open;
  open = undefined;
  await stage?.[Symbol.asyncDispose]();
});

async function world(faults: readonly Fault[] = [], timeoutMs = 5000): Promise<World> {
  const stage = await startStage();
  open = stage;
  const repository = await stage.github.createRepository(SLUG);
  const head = parseCommitSha(await repository.commit({ branch: "main" }));
  for (const each of faults) stage.addFault(each);
  const token = stage.github.issueToken({ permissions: WRITE, repositories: [SLUG] });
  return { stage, head, token, github: connect(stage.github, token, { timeoutMs }).github };
}

async function failureOf(promise: Promise<unknown>): Promise<ActionError> {
  return promise.then(
    () => {
      throw new Error("nothing was thrown");
    },
    (error: ActionError) => error,
  );
}

/** A fault without its place; distributes over the kinds, which Omit alone does not. */
type FaultBody = Fault extends infer Each ? (Each extends Fault ? Omit<Each, "at"> : never) : never;

function fault(operation: string, body: FaultBody, times = 1): Fault {
  return { at: { nth: 1, times, operation }, ...body };
}

describe("a read", () => {
  it.each<[string, FaultBody]>([
    ["a 500", { phase: "before", kind: "status", params: { status: 500 } }],
    ["a 502 page", { phase: "before", kind: "html", params: { status: 502 } }],
    ["a reset before the answer", { phase: "before", kind: "reset" }],
    ["a reset in the middle of it", { phase: "during", kind: "reset" }],
    ["an answer cut short", { phase: "during", kind: "truncate" }],
    [
      "a rate limit that has passed",
      { phase: "before", kind: "rate-limit-primary", params: { resetInSeconds: -5 } },
    ],
    [
      "a secondary rate limit",
      { phase: "before", kind: "rate-limit-secondary", params: { retryAfter: "1" } },
    ],
    ["a secondary rate limit without a time", { phase: "before", kind: "rate-limit-secondary" }],
    [
      "a bare 429",
      { phase: "before", kind: "status", params: { status: 429, headers: { "retry-after": "2" } } },
    ],
  ])("survives %s", async (_, body) => {
    const { github, stage } = await world([fault(LIST_BRANCHES, body)]);

    expect(await github.refs.branches()).toHaveLength(1);
    expect(stage.exchanges).toHaveLength(2);
  });

  it.each<[string, FaultBody, string, number]>([
    ["500", { phase: "before", kind: "status", params: { status: 500 } }, "GITHUB_UNAVAILABLE", 4],
    [
      "a connection that is always reset",
      { phase: "before", kind: "reset" },
      "GITHUB_UNAVAILABLE",
      4,
    ],
    [
      "a secondary limit",
      { phase: "before", kind: "rate-limit-secondary", params: { retryAfter: "1" } },
      "GITHUB_RATE_LIMITED",
      3,
    ],
  ])("gives up on %s after bounded tries", async (_, body, code, requests) => {
    const { github, stage } = await world([fault(LIST_BRANCHES, body, Infinity)]);

    expect(await failureOf(github.refs.branches())).toMatchObject({ code, outcome: "retry" });
    expect(stage.exchanges).toHaveLength(requests);
  });

  it("does not wait for a limit that lasts longer than five minutes", async () => {
    const { github, stage } = await world([
      fault(LIST_BRANCHES, {
        phase: "before",
        kind: "rate-limit-primary",
        params: { resetInSeconds: 3000 },
      }),
    ]);

    const error = await failureOf(github.refs.branches());

    expect(error.code).toBe("GITHUB_RATE_LIMITED");
    expect(error.message).toMatch(/wait (2999|3000|3001) seconds/);
    expect(stage.exchanges).toHaveLength(1);
  });

  it.each<[string, FaultBody]>([
    ["an HTML page with status 200", { phase: "before", kind: "html" }],
    ["an empty 200", { phase: "before", kind: "empty" }],
    ["broken JSON", { phase: "before", kind: "garbage-json" }],
    [
      "JSON of another shape",
      { phase: "before", kind: "status", params: { status: 200, body: { message: "hi" } } },
    ],
    [
      "a JSON text",
      {
        phase: "before",
        kind: "status",
        params: { status: 200, body: '"refs"', headers: { "content-type": "application/json" } },
      },
    ],
    [
      "a missing field",
      { phase: "after", kind: "schema-drift", params: { edits: [{ delete: "/0/object/sha" }] } },
    ],
    [
      "a sha that is none",
      {
        phase: "after",
        kind: "schema-drift",
        params: { edits: [{ replace: "/0/object/sha", with: "HEAD" }] },
      },
    ],
    [
      "refs that were not asked for",
      {
        phase: "after",
        kind: "schema-drift",
        params: { edits: [{ replace: "/0/ref", with: "refs/tags/x" }] },
      },
    ],
  ])("takes no decision on %s, and does not ask again", async (_, body) => {
    const { github, stage } = await world([fault(LIST_BRANCHES, body)]);

    expect(await failureOf(github.refs.branches())).toMatchObject({
      code: "GITHUB_UNREADABLE",
      outcome: "retry",
      message: expect.stringContaining("Could not read the branches of octo/telemetry"),
    });
    expect(stage.exchanges).toHaveLength(1);
  });

  it("gives up on an answer that never comes", async () => {
    const { github } = await world(
      [fault(LIST_BRANCHES, { phase: "before", kind: "stall" }, Infinity)],
      60,
    );

    const error = await failureOf(github.refs.branches());

    expect([error.code, error.message]).toEqual([
      "GITHUB_UNAVAILABLE",
      "Could not read the branches of octo/telemetry: GitHub did not answer in time",
    ]);
  });

  it("gives up on an answer that stops in the middle", async () => {
    const { github } = await world(
      [fault(LIST_BRANCHES, { phase: "during", kind: "stall" }, Infinity)],
      60,
    );

    expect((await failureOf(github.refs.branches())).code).toBe("GITHUB_UNAVAILABLE");
  });

  it("reads at most 64 MiB of an answer", async () => {
    const { github } = await world([
      fault(
        LIST_BRANCHES,
        { phase: "before", kind: "huge", params: { bytes: 200_000_000 } },
        Infinity,
      ),
    ]);

    const error = await failureOf(github.refs.branches());

    expect([error.code, error.message]).toEqual([
      "GITHUB_UNREADABLE",
      "Could not read the branches of octo/telemetry: the answer is larger than 67108864 bytes",
    ]);
  });

  it.each(["http://evil.example/steal", "/elsewhere"])(
    "does not follow a redirect to %s",
    async (location) => {
      const { github, stage } = await world([
        fault(LIST_BRANCHES, { phase: "before", kind: "redirect", params: { location } }),
      ]);

      const error = await failureOf(github.refs.branches());

      expect([error.code, error.hint]).toEqual([
        "GITHUB_REJECTED",
        "The repository was probably renamed or moved; use its present name.",
      ]);
      expect(stage.exchanges).toHaveLength(1);
    },
  );

  it("follows pages on the same API, and no others", async () => {
    const { github, stage } = await world();
    const page = (link: string): Fault =>
      fault(LIST_BRANCHES, {
        phase: "after",
        kind: "status",
        params: {
          status: 200,
          headers: { link, "content-type": "application/json" },
          body: [{ ref: "refs/heads/x", object: { type: "commit", sha: "1".repeat(40) } }],
        },
      });
    stage.addFault(
      page(`<${stage.github.apiUrl}/repos/octo/telemetry/git/matching-refs/heads/>; rel="next"`),
    );

    const names = (await github.refs.branches()).map(({ name }) => name);
    expect(names).toEqual(["x", "main"]);

    stage.addFault(
      page(`<https://evil.example/repos/octo/telemetry/git/matching-refs/heads/>; rel="next"`),
    );
    expect(await github.refs.branches()).toHaveLength(1);
  });
});

describe("a creation", () => {
  it.each<[string, FaultBody, boolean]>([
    [
      "500 before it takes effect",
      { phase: "before", kind: "status", params: { status: 500 } },
      false,
    ],
    ["502 after it took effect", { phase: "after", kind: "status", params: { status: 502 } }, true],
    ["a reset before it takes effect", { phase: "before", kind: "reset" }, false],
    ["a reset after it took effect", { phase: "after", kind: "reset" }, true],
    ["an answer cut in the middle", { phase: "during", kind: "truncate" }, true],
    ["no answer, before", { phase: "before", kind: "stall" }, false],
    ["no answer, after", { phase: "after", kind: "stall" }, true],
  ])("is unclear after %s, and is not repeated", async (_, body, tookEffect) => {
    const { github, stage, head } = await world([fault(CREATE_REF, body)], 150);

    expect((await github.refs.createBranch(BRANCH, head)).kind).toBe("unclear");
    expect(stage.mutatingExchanges).toHaveLength(1);
    expect(await github.refs.findBranch(BRANCH)).toBe(tookEffect ? head : undefined);
  });

  it("is repeated after a rate limit, which is a promise that nothing happened", async () => {
    const { github, stage, head } = await world([
      fault(CREATE_REF, {
        phase: "before",
        kind: "rate-limit-secondary",
        params: { retryAfter: "1" },
      }),
    ]);

    expect((await github.refs.createBranch(BRANCH, head)).kind).toBe("created");
    expect(stage.mutatingExchanges).toHaveLength(2);
  });

  it("refused by a rule of the repository says so in GitHub's words", async () => {
    const { github, stage, head } = await world();
    stage.github.repository(SLUG)?.addRule({ refs: "refs/heads/*" });

    const error = await failureOf(github.refs.createBranch(BRANCH, head));

    expect(error.code).toBe("GITHUB_REJECTED");
    expect(error.message).toMatch(
      /^Could not create the branch feature in octo\/telemetry: GitHub answered 422 /,
    );
    expect(error.message).toMatch(/rule/i);
  });
});

describe("a token", () => {
  it.each([
    ["without the right to write", { contents: "read" }, [SLUG], "GITHUB_FORBIDDEN"],
    ["for another repository", { contents: "write" }, ["octo/other"], "GITHUB_NOT_FOUND"],
  ] as const)("%s may not create a branch", async (_, permissions, repositories, code) => {
    const { stage, head } = await world();
    const token = stage.github.issueToken({
      permissions: { ...permissions, metadata: "read" },
      repositories,
    });

    const error = await failureOf(
      connect(stage.github, token).github.refs.createBranch(BRANCH, head),
    );

    expect(error).toMatchObject({ name: "PermissionError", code, outcome: "refused" });
    expect(stage.exchanges).toHaveLength(1);
  });

  it.each(["expired", "unknown"])("that is %s is refused, without another try", async (kind) => {
    const { stage, token } = await world();
    if (kind === "expired") stage.github.expireToken(token);
    const used = kind === "expired" ? token : "ghs_unknown";

    const error = await failureOf(connect(stage.github, used).github.refs.branches());

    expect([error.code, error.outcome]).toEqual(["GITHUB_UNAUTHORIZED", "refused"]);
    expect(stage.exchanges).toHaveLength(1);
  });

  it("is shown in no error and no debug line", async () => {
    const { stage, token } = await world([
      fault(LIST_BRANCHES, { phase: "before", kind: "status", params: { status: 500 } }, Infinity),
    ]);
    const { github, debug } = connect(stage.github, token);

    const error = await failureOf(github.refs.branches());

    const shown = [error.message, error.stack, String(error.cause), ...debug].join("\n");
    expect(shown).not.toContain(token);
    expect(debug.length).toBeGreaterThan(0);
  });
});

describe("a repository", () => {
  it("without a commit is named as empty", async () => {
    const { stage } = await world();
    await stage.github.createRepository("octo/empty");
    const token = stage.github.issueToken({ permissions: WRITE, repositories: ["octo/empty"] });

    const error = await failureOf(
      connect(stage.github, token, { slug: "octo/empty" }).github.refs.branches(),
    );

    expect(error.code).toBe("REPOSITORY_EMPTY");
  });

  it("that does not exist is not told from one that may not be seen", async () => {
    const { stage, token } = await world();

    const error = await failureOf(
      connect(stage.github, token, { slug: "octo/none" }).github.refs.branches(),
    );

    expect([error.code, error.name]).toEqual(["GITHUB_NOT_FOUND", "PermissionError"]);
  });

  it("on a host that is not there ends in one sentence", async () => {
    const github = connectGithub({
      apiUrl: "http://127.0.0.1:9",
      token: "ghs_x",
      repository: parseRepoSlug(SLUG),
      waitScale: 0,
      requestTimeoutMs: 1000,
      debug: () => undefined,
    });

    expect(await failureOf(github.refs.branches())).toMatchObject({
      code: "GITHUB_UNAVAILABLE",
      message: expect.stringMatching(
        /^Could not read the branches of octo\/telemetry: the connection failed/,
      ),
    });
  });
});
