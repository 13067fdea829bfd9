import { describe, expect, it } from "vitest";
import { parseBranchName, parseVersion } from "@auditable-release/model";
import {
  type CutWish,
  type PatchWish,
  releaseBranchOf,
  USUAL_TAG_FORMATS,
  type Wish,
} from "../src/plan.ts";
import { type Answered, COMMITS, decideIn, holds, relation, sha, type World } from "./world.ts";

const EVERYWHERE = [...COMMITS, "9", "0"] as const;

function cut(commit: string, more: Partial<CutWish> = {}): CutWish {
  const version = parseVersion("1.2.0");
  return {
    kind: "cut",
    branch: releaseBranchOf(version),
    version,
    commit: sha(commit),
    sourceBranch: undefined,
    tagFormats: USUAL_TAG_FORMATS,
    ...more,
  };
}

function patch(version: string, more: Partial<PatchWish> = {}): PatchWish {
  const parsed = parseVersion(version);
  return {
    kind: "patch",
    branch: releaseBranchOf(parsed),
    version: parsed,
    commit: undefined,
    tagFormats: USUAL_TAG_FORMATS,
    ...more,
  };
}

/** The decision in one word: a code, `nothing`, or `create <letter>`. */
function verdict({ decision }: Answered): string {
  if (decision.kind === "stop") return decision.code;
  return decision.kind === "create" ? `create ${decision.at.slice(0, 1)}` : "nothing";
}

function verdictIn(wish: Wish, world: World): string {
  return verdict(decideIn(wish, world));
}

describe("cutting a branch that is absent", () => {
  const rows = EVERYWHERE.flatMap((source) =>
    EVERYWHERE.map((commit) => [source, commit] as const),
  );

  it.each(rows)("with main at %s and the commit %s", (source, commit) => {
    const how = commit === source ? "identical" : relation(commit, source);
    const expected =
      how === "identical" || how === "ahead"
        ? `create ${commit}`
        : how === "unknown"
          ? "COMMIT_NOT_FOUND"
          : "COMMIT_UNREACHABLE";

    expect(verdictIn(cut(commit), { branches: { main: source } })).toBe(expected);
  });

  it("takes the source branch it is told, and needs it to exist", () => {
    const wish = cut("f", { sourceBranch: parseBranchName("develop") });

    expect(verdictIn(wish, { branches: { main: "d", develop: "f" } })).toBe("create f");
    expect(verdictIn(wish, { branches: { main: "d" } })).toBe("BRANCH_MISSING");
  });

  it("needs no comparison when the commit is the tip", () => {
    expect(decideIn(cut("d"), { branches: { main: "d" } }).questions).toEqual(["default branch"]);
    expect(decideIn(cut("c"), { branches: { main: "d" } }).questions).toEqual([
      "default branch",
      "c...d",
    ]);
  });
});

describe("cutting a branch that exists", () => {
  const rows = EVERYWHERE.flatMap((head) => EVERYWHERE.map((commit) => [head, commit] as const));

  it.each(rows)("with the branch at %s and the commit %s", (head, commit) => {
    const how = commit === head ? "identical" : relation(commit, head);
    const expected =
      how === "identical" || how === "ahead"
        ? "nothing"
        : how === "unknown"
          ? "COMMIT_NOT_FOUND"
          : "BRANCH_DIVERGED";

    expect(verdictIn(cut(commit), { branches: { main: "d", "release-1.2": head } })).toBe(expected);
  });

  it("names both commits when they conflict", () => {
    const { decision } = decideIn(cut("d"), { branches: { main: "d", "release-1.2": "f" } });

    expect(decision).toMatchObject({
      kind: "stop",
      message: expect.stringMatching(new RegExp(`${"f".repeat(40)}.*${"d".repeat(40)}`)),
    });
  });

  it("asks nothing when the branch is at the commit", () => {
    expect(decideIn(cut("c"), { branches: { "release-1.2": "c" } }).questions).toEqual([]);
  });
});

describe("a patch", () => {
  const places = [...COMMITS, "9"] as const;
  const rows = places.flatMap((head) =>
    places.flatMap((previous) =>
      [undefined, ...EVERYWHERE].flatMap((commit) =>
        ["", "*"].map((annotated) => [head, previous + annotated, commit] as const),
      ),
    ),
  );

  it.each(rows)(
    "with the branch at %s, the previous release at %s and the commit %s",
    (head, tag, commit) => {
      const previous = tag.slice(0, 1);
      const wish = patch("1.2.1", commit === undefined ? {} : { commit: sha(commit) });
      const world = { branches: { main: "d", "release-1.2": head }, tags: { "1.2.0": tag } };
      const how = commit === undefined || commit === head ? "identical" : relation(commit, head);
      const expected = !holds(head, previous)
        ? "BRANCH_LACKS_PREVIOUS"
        : how === "identical" || how === "ahead"
          ? "nothing"
          : how === "unknown"
            ? "COMMIT_NOT_FOUND"
            : "BRANCH_DIVERGED";

      expect(verdictIn(wish, world)).toBe(expected);
    },
  );

  it("needs its branch", () => {
    expect(verdictIn(patch("1.2.1"), { branches: { main: "d" }, tags: { "1.2.0": "c" } })).toBe(
      "BRANCH_MISSING",
    );
  });

  it.each([
    ["no tag at all", {}],
    ["only tags of other lines", { "1.1.0": "a", "1.20.0": "b", "2.2.0": "c" }],
    ["only pre-releases of the line", { "1.2.0-rc.1": "c", "1.2.1-rc.1": "c" }],
    ["only itself and later ones", { "1.2.1": "c", "1.2.2": "c" }],
    [
      "only names that are no versions",
      { "1.2": "c", "x1.2.0": "c", "1.2.0x": "c", "01.2.0": "c" },
    ],
  ])("has no previous release with %s", (_, tags) => {
    expect(verdictIn(patch("1.2.1"), { branches: { "release-1.2": "c" }, tags })).toBe(
      "PREVIOUS_RELEASE_MISSING",
    );
  });

  it("counts by number: 1.2.10 comes after 1.2.9", () => {
    const tags = { "1.2.9": "b", "1.2.10": "e", "1.2.2": "b" };

    expect(verdictIn(patch("1.2.11"), { branches: { "release-1.2": "c" }, tags })).toBe(
      "BRANCH_LACKS_PREVIOUS",
    );
    expect(verdictIn(patch("1.2.10"), { branches: { "release-1.2": "c" }, tags })).toBe("nothing");
  });

  it("looks at both usual formats, and must contain both where they differ", () => {
    const world = (plain: string, prefixed: string): World => ({
      branches: { "release-1.2": "c" },
      tags: { "1.2.0": plain, "v1.2.0": prefixed },
    });

    expect(verdictIn(patch("1.2.1"), world("b", "b"))).toBe("nothing");
    expect(verdictIn(patch("1.2.1"), world("b", "e"))).toBe("BRANCH_LACKS_PREVIOUS");
    expect(verdictIn(patch("1.2.1"), world("e", "b"))).toBe("BRANCH_LACKS_PREVIOUS");
  });

  it("looks at one format only when told which", () => {
    const wish = patch("1.2.1", { tagFormats: [{ prefix: "op/v", suffix: "" }] });
    const world = { branches: { "release-1.2": "c" }, tags: { "1.2.0": "e", "op/v1.2.0": "b" } };

    expect(verdictIn(wish, world)).toBe("nothing");
  });

  it("is decided without a request when the previous release is the tip", () => {
    const world = { branches: { "release-1.2": "c" }, tags: { "1.2.0": "c" } };

    expect(decideIn(patch("1.2.1"), world)).toMatchObject({
      questions: [],
      decision: {
        kind: "nothing",
        because: `contains the previous release 1.2.0 and is at ${sha("c")}`,
      },
    });
  });
});

describe("names that can be mistaken", () => {
  it.each([
    ["a tag named like the branch", { main: "d" }, { "release-1.2": "d" }],
    ["a tag named like it in another case", { main: "d" }, { "RELEASE-1.2": "d" }],
    ["a branch in another case", { main: "d", "Release-1.2": "d" }, {}],
    ["a branch with a Cyrillic letter", { main: "d", "rеlease-1.2": "d" }, {}],
    ["a branch named like the tag", { main: "d", "1.2.0": "d" }, {}],
    ["a branch named like the tag with v", { main: "d", "v1.2.0": "d" }, {}],
    ["a tag of the version in another case", { main: "d" }, { "V1.2.0": "d" }],
  ])("refuses %s, whether or not the branch exists", (_, branches, tags) => {
    expect(verdictIn(cut("d"), { branches, tags })).toBe("REF_CONFUSABLE");
    expect(verdictIn(cut("d"), { branches: { ...branches, "release-1.2": "d" }, tags })).toBe(
      "REF_CONFUSABLE",
    );
    expect(decideIn(cut("d"), { branches, tags }).questions).toEqual([]);
  });

  it.each([
    ["other lines", { main: "d", "release-1.20": "d", "release-1.1": "a" }, { "1.1.0": "a" }],
    ["the version's own tag", { main: "d" }, { "1.2.0": "d", "v1.2.0": "d" }],
    ["a branch with another separator", { main: "d", "release/1.2-x": "d" }, {}],
  ])("is not troubled by %s", (_, branches, tags) => {
    expect(verdictIn(cut("d"), { branches, tags })).toBe("create d");
  });

  it("guards only the branch when there is no version", () => {
    const wish = cut("d", { version: undefined });

    expect(verdictIn(wish, { branches: { main: "d", "1.2.0": "d" } })).toBe("create d");
    expect(verdictIn(wish, { branches: { main: "d" }, tags: { "release-1.2": "d" } })).toBe(
      "REF_CONFUSABLE",
    );
  });
});

describe("names that git cannot keep side by side", () => {
  it.each([
    ["release-1.2", "release-1.2/old"],
    ["release/1.2", "release"],
  ])("refuses %s beside %s", (branch, other) => {
    const wish = cut("d", { branch: parseBranchName(branch) });

    expect(verdictIn(wish, { branches: { main: "d", [other]: "a" } })).toBe("BRANCH_NAME_BLOCKED");
  });
});
