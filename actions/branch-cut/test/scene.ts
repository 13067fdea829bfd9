import path from "node:path";
import { expect } from "vitest";
import { COMMON_ERRORS } from "@auditable-release/action-kit";
import {
  type ActionResult,
  type ActionRun,
  type GithubHost,
  type Repository,
  runAction,
  type Stage,
  startStage,
} from "@auditable-release/stage";
import { contract } from "../src/contract.ts";

export const DIST = path.join(import.meta.dirname, "../dist");
export const SLUG = "octo/telemetry";

/**
 * A repository in the middle of its life:
 *
 *     one ── two ── three        main; release-1.1 was cut at one, has the release 1.1.0, and went on
 *       ╲
 *        fix                     release-1.1, with the annotated tag 1.1.1
 */
export interface Scene extends AsyncDisposable {
  readonly stage: Stage;
  readonly host: GithubHost;
  readonly repository: Repository;
  readonly token: string;
  readonly commits: {
    readonly one: string;
    readonly two: string;
    readonly three: string;
    readonly fix: string;
  };
  /** Runs the committed bundle; `github-token` and `repository` are filled in as a runner does. */
  readonly cut: (
    inputs: Readonly<Record<string, string>>,
    run?: Partial<ActionRun>,
  ) => Promise<ActionResult>;
}

export interface SceneOptions {
  readonly ghes?: boolean;
}

export async function openScene(options: SceneOptions = {}): Promise<Scene> {
  const stage = await startStage();
  const host = options.ghes === true ? await stage.addGithubHost({ ghes: true }) : stage.github;
  const repository = await host.createRepository(SLUG);
  const one = await repository.commit({ branch: "main", message: "One" });
  await repository.createBranch("release-1.1", one);
  await repository.createTag("1.1.0", one);
  const fix = await repository.commit({ branch: "release-1.1", message: "Fix" });
  await repository.createTag("1.1.1", fix, { annotated: true });
  const two = await repository.commit({ branch: "main", message: "Two" });
  const three = await repository.commit({ branch: "main", message: "Three" });
  const token = host.issueToken({
    permissions: { contents: "write", metadata: "read" },
    repositories: [SLUG],
    kind: "job",
  });
  return {
    stage,
    host,
    repository,
    token,
    commits: { one, two, three, fix },
    cut: async (inputs, run = {}) => {
      const result = await runAction({
        dist: DIST,
        inputs: { "dry-run": "false", repository: SLUG, "github-token": token, ...inputs },
        github: { host, token, repository: SLUG },
        ...run,
        env: { AUDITABLE_RELEASE_WAIT_SCALE: "0.001", ...run.env },
      });
      expectSound(result, token);
      return result;
    },
    [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
  };
}

/** What must be true of every run, whatever it was for. */
function expectSound(result: ActionResult, token: string): void {
  expect(result.stderr).toBe("");
  expect(result.fileErrors).toEqual([]);
  expect([result.env, result.state, result.path]).toEqual([{}, {}, []]);
  expect(result.shownLog + result.summary + JSON.stringify(result.outputs)).not.toContain(token);
  // Killed: it could say nothing more.
  if (result.signal !== null) return;
  const { outcome, "error-code": code } = result.outputs;
  const passes = ["done", "already-done", "waiting"].includes(outcome ?? "");
  expect(result.conclusion).toBe(passes ? "success" : "failure");
  expect(result.annotations).toHaveLength(passes ? 0 : 1);
  if (passes) expect(code).toBe("");
  else {
    expect(Object.keys(result.outputs).toSorted()).toEqual(["error-code", "outcome"]);
    expect([...COMMON_ERRORS, ...contract.errors]).toContain(code);
  }
}
