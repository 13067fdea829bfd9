import { describe, expect, it } from "vitest";
import type { CommitSha } from "@auditable-release/model";
import { parseBranchName } from "@auditable-release/model";
import type { GithubRepository } from "../src/ports.ts";

/** A repository with a known content, and the port that is under test. */
export interface Scene extends AsyncDisposable {
  readonly github: GithubRepository;
  /** main: first ← second; release-1.0 at first. */
  readonly first: CommitSha;
  readonly second: CommitSha;
  /** A commit beside main, on the branch `beside`, with first as its parent. */
  readonly beside: CommitSha;
  /** A commit the store holds, reachable from no branch, without shared history. */
  readonly forkOnly: CommitSha;
  /** A commit nobody has. */
  readonly nowhere: CommitSha;
  /** Lets somebody else move `beside` to second. */
  readonly moveBeside: () => Promise<void>;
}

/** What every implementation of the ports must do. */
export function describeGithubRepository(name: string, open: () => Promise<Scene>): void {
  describe(`a GitHub repository through ${name}`, () => {
    it("knows its default branch", async () => {
      await using scene = await open();

      expect(await scene.github.repositories.defaultBranch()).toBe("main");
    });

    it("lists all branches by short name and commit", async () => {
      await using scene = await open();

      expect(await scene.github.refs.branches()).toEqual([
        { name: "beside", sha: scene.beside, isAnnotatedTag: false },
        { name: "main", sha: scene.second, isAnnotatedTag: false },
        { name: "release-1.0", sha: scene.first, isAnnotatedTag: false },
      ]);
    });

    it("lists all tags, and follows an annotated one to its commit", async () => {
      await using scene = await open();

      const tags = await scene.github.refs.tags();

      expect(tags.map(({ name: tag, isAnnotatedTag }) => [tag, isAnnotatedTag])).toEqual([
        ["1.0.0", true],
        ["light", false],
      ]);
      const peeled = await Promise.all(tags.map((tag) => scene.github.refs.peel(tag)));
      expect(peeled).toEqual([scene.first, scene.second]);
      expect(tags[0]?.sha).not.toBe(scene.first);
    });

    it("finds a branch by its whole name, and only by that", async () => {
      await using scene = await open();
      const find = (branch: string) => scene.github.refs.findBranch(parseBranchName(branch));

      expect(await find("release-1.0")).toBe(scene.first);
      expect(await find("release-1")).toBeUndefined();
      expect(await find("release-1.0/x")).toBeUndefined();
      expect(await find("Release-1.0")).toBeUndefined();
    });

    it("creates a branch once, and never moves it", async () => {
      await using scene = await open();
      const { refs } = scene.github;
      const branch = parseBranchName("feature/new");

      expect(await refs.createBranch(branch, scene.first)).toEqual({ kind: "created" });
      expect(await refs.createBranch(branch, scene.first)).toEqual({ kind: "exists" });
      expect(await refs.createBranch(branch, scene.second)).toEqual({ kind: "exists" });
      expect(await refs.findBranch(branch)).toBe(scene.first);
    });

    it("lets one of two creations at once win", async () => {
      await using scene = await open();
      const { refs } = scene.github;
      const branch = parseBranchName("raced");

      const kinds = await Promise.all(
        [scene.first, scene.second].map(async (at) => (await refs.createBranch(branch, at)).kind),
      );

      expect(kinds.toSorted()).toEqual(["created", "exists"]);
    });

    it("refuses to create a branch at a commit nobody has", async () => {
      await using scene = await open();
      const branch = parseBranchName("feature");

      await expect(scene.github.refs.createBranch(branch, scene.nowhere)).rejects.toMatchObject({
        code: "GITHUB_REJECTED",
      });
      expect(await scene.github.refs.findBranch(branch)).toBeUndefined();
    });

    it("sees what others did between two looks", async () => {
      await using scene = await open();
      const branch = parseBranchName("beside");
      expect(await scene.github.refs.findBranch(branch)).toBe(scene.beside);

      await scene.moveBeside();

      expect(await scene.github.refs.findBranch(branch)).toBe(scene.second);
    });

    it("relates commits as git does", async () => {
      await using scene = await open();
      const { relation } = scene.github.commits;

      expect(await relation(scene.first, scene.first)).toBe("identical");
      expect(await relation(scene.first, scene.second)).toBe("ahead");
      expect(await relation(scene.second, scene.first)).toBe("behind");
      expect(await relation(scene.second, scene.beside)).toBe("diverged");
      expect(await relation(scene.nowhere, scene.first)).toBe("unknown");
      expect(await relation(scene.first, scene.nowhere)).toBe("unknown");
      expect(await relation(scene.forkOnly, scene.second)).toBe("unknown");
    });
  });
}
