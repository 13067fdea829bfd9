import type { TagFormat } from "@auditable-release/action-kit";
import type { RefEntry, Relation } from "@auditable-release/github/ports";
import {
  type BranchName,
  type CommitSha,
  compareVersions,
  confusableKey,
  type ErrorCode,
  isPrerelease,
  lineOf,
  parseBranchName,
  tryVersion,
  type Version,
} from "@auditable-release/model";

/**
 * What branch-cut decides, as a pure function over what was asked and what was observed. Facts that
 * cost a request are asked for one at a time, only when the decision depends on them.
 */

/** What is asked for, complete: everything derived is derived. */
export type Wish = PatchWish | CutWish;

/** The branch must be there and hold the line's previous release. */
export interface PatchWish {
  readonly kind: "patch";
  readonly branch: BranchName;
  readonly version: Version;
  /** Must be on the branch, where given. */
  readonly commit: CommitSha | undefined;
  readonly tagFormats: readonly TagFormat[];
}

/** The branch must stand at the commit or have advanced from it; absent, it is created there. */
export interface CutWish {
  readonly kind: "cut";
  readonly branch: BranchName;
  readonly version: Version | undefined;
  readonly commit: CommitSha;
  /** Undefined: the repository's default branch. */
  readonly sourceBranch: BranchName | undefined;
  readonly tagFormats: readonly TagFormat[];
}

/** The world as far as it was read. */
export interface Observed {
  readonly branches: readonly RefEntry[];
  readonly tags: readonly RefEntry[];
  readonly defaultBranch: BranchName | undefined;
  /** Keyed by relationKey. */
  readonly relations: ReadonlyMap<string, Relation | "unknown">;
  /** Commit of each annotated tag that was followed, keyed by the tag's name. */
  readonly peeled: ReadonlyMap<string, CommitSha>;
}

/** A fact that is needed for the decision. */
export type Question =
  | { readonly about: "default-branch" }
  | { readonly about: "tag"; readonly tag: RefEntry }
  | { readonly about: "relation"; readonly base: CommitSha; readonly head: CommitSha };

export type Decision =
  | { readonly kind: "ask"; readonly question: Question }
  | { readonly kind: "create"; readonly at: CommitSha; readonly from: BranchName }
  | {
      readonly kind: "nothing";
      readonly head: CommitSha;
      /** Why the branch is right as it is and where it stands; completes "the branch …". */
      readonly because: string;
    }
  | { readonly kind: "stop"; readonly code: ErrorCode; readonly message: string };

/** The formats looked for when none is given: what nearly every repository uses. */
export const USUAL_TAG_FORMATS: readonly TagFormat[] = [
  { prefix: "", suffix: "" },
  { prefix: "v", suffix: "" },
];

export function releaseBranchOf(version: Version): BranchName {
  return parseBranchName(`release-${lineOf(version)}`);
}

export function relationKey(base: CommitSha, head: CommitSha): string {
  return `${base}...${head}`;
}

export function decide(wish: Wish, observed: Observed): Decision {
  const blocked = confusableRef(wish, observed) ?? blockedName(wish, observed);
  if (blocked !== undefined) return blocked;
  const head = observed.branches.find((entry) => entry.name === wish.branch)?.sha;
  return wish.kind === "patch"
    ? decidePatch(wish, observed, head)
    : decideCut(wish, observed, head);
}

function decidePatch(wish: PatchWish, observed: Observed, head: CommitSha | undefined): Decision {
  if (head === undefined) {
    return stop(
      "BRANCH_MISSING",
      `${wish.version} is a patch, but its release branch "${wish.branch}" does not exist`,
    );
  }
  const previous = previousReleases(wish, observed.tags);
  if (previous.length === 0) {
    return stop(
      "PREVIOUS_RELEASE_MISSING",
      `${wish.version} is a patch, but no stable release of the line ${lineOf(wish.version)} before it has a tag`,
    );
  }
  for (const tag of previous) {
    const commit = tag.isAnnotatedTag ? observed.peeled.get(tag.name) : tag.sha;
    if (commit === undefined) return { kind: "ask", question: { about: "tag", tag } };
    const relation = relationOf(observed, commit, head);
    if (relation === undefined) return askRelation(commit, head);
    if (!contains(relation)) {
      return stop(
        "BRANCH_LACKS_PREVIOUS",
        `The branch "${wish.branch}" at ${head} does not contain the previous release ${tag.name} at ${commit}`,
      );
    }
  }
  const names = previous.map((tag) => tag.name).join(" and ");
  if (wish.commit !== undefined) {
    const advanced = advancedFrom(wish, observed, wish.commit, head);
    if (advanced.kind !== "nothing") return advanced;
  }
  return {
    kind: "nothing",
    head,
    because: `contains the previous release ${names} and is at ${head}`,
  };
}

function decideCut(wish: CutWish, observed: Observed, head: CommitSha | undefined): Decision {
  if (head !== undefined) return advancedFrom(wish, observed, wish.commit, head);
  const from = wish.sourceBranch ?? observed.defaultBranch;
  if (from === undefined) return { kind: "ask", question: { about: "default-branch" } };
  const source = observed.branches.find((entry) => entry.name === from)?.sha;
  if (source === undefined) {
    return stop("BRANCH_MISSING", `The source branch "${from}" does not exist`);
  }
  const relation = relationOf(observed, wish.commit, source);
  if (relation === undefined) return askRelation(wish.commit, source);
  if (contains(relation)) return { kind: "create", at: wish.commit, from };
  return relation === "unknown"
    ? commitNotFound(wish.commit)
    : stop(
        "COMMIT_UNREACHABLE",
        `The commit ${wish.commit} is not on the source branch "${from}", which is at ${source}`,
      );
}

/** Whether the existing branch is at the commit or came from it. */
function advancedFrom(
  wish: Wish,
  observed: Observed,
  commit: CommitSha,
  head: CommitSha,
): Decision {
  const relation = relationOf(observed, commit, head);
  if (relation === undefined) return askRelation(commit, head);
  if (relation === "unknown") return commitNotFound(commit);
  if (!contains(relation)) {
    return stop(
      "BRANCH_DIVERGED",
      `The branch "${wish.branch}" exists at ${head}, which does not contain the commit ${commit} ${
        wish.kind === "patch"
          ? "given as `commit`; a patch is released from its branch, so run from there or leave `commit` out"
          : "it should be cut from"
      }`,
    );
  }
  const because =
    relation === "identical"
      ? `is at ${head}, as asked for`
      : `has advanced from ${commit} to ${head}`;
  return { kind: "nothing", head, because };
}

/** The highest stable release below the version in its line; more than one tag only by formats. */
function previousReleases(wish: PatchWish, tags: readonly RefEntry[]): readonly RefEntry[] {
  const line = lineOf(wish.version);
  const candidates = tags.flatMap((tag) =>
    versionsOf(tag.name, wish.tagFormats)
      .filter(
        (version) =>
          !isPrerelease(version) &&
          lineOf(version) === line &&
          compareVersions(version, wish.version) < 0,
      )
      .map((version) => ({ tag, version })),
  );
  const [highest] = candidates.toSorted((a, b) => compareVersions(b.version, a.version));
  return candidates
    .filter(({ version }) => version === highest?.version)
    .map(({ tag }) => tag)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function versionsOf(tagName: string, formats: readonly TagFormat[]): readonly Version[] {
  return formats.flatMap(({ prefix, suffix }) => {
    if (!tagName.startsWith(prefix) || !tagName.endsWith(suffix)) return [];
    const version = tryVersion(tagName.slice(prefix.length, tagName.length - suffix.length));
    return version === undefined ? [] : [version];
  });
}

/**
 * A branch and a tag of one name make every later `git checkout <name>` a matter of luck; names that
 * differ in case or in letters that look alike make it a matter of eyesight (specs.md T8).
 */
function confusableRef(wish: Wish, observed: Observed): Decision | undefined {
  const version = wish.version;
  const tagNames =
    version === undefined
      ? []
      : wish.tagFormats.map(({ prefix, suffix }) => `${prefix}${version}${suffix}`);
  const branchKey = confusableKey(wish.branch);
  const tagKeys = new Set(tagNames.map(confusableKey));
  const mistakable = (kind: string, name: string, own: string): Decision =>
    stop("REF_CONFUSABLE", `The ${kind} ${JSON.stringify(name)} can be mistaken for ${own}`);
  for (const { name } of observed.branches) {
    const key = confusableKey(name);
    if (key === branchKey && name !== wish.branch) {
      return mistakable("branch", name, `the release branch "${wish.branch}"`);
    }
    if (tagKeys.has(key)) return mistakable("branch", name, `the tag of release ${version ?? ""}`);
  }
  for (const { name } of observed.tags) {
    const key = confusableKey(name);
    if (key === branchKey) return mistakable("tag", name, `the release branch "${wish.branch}"`);
    if (tagKeys.has(key) && !tagNames.includes(name)) {
      return mistakable("tag", name, `the tag of release ${version ?? ""}`);
    }
  }
  return undefined;
}

/** A ref is a path: `a` and `a/b` cannot both exist, and GitHub's own words for it say little. */
function blockedName(wish: Wish, observed: Observed): Decision | undefined {
  const other = observed.branches.find(
    ({ name }) => name.startsWith(`${wish.branch}/`) || wish.branch.startsWith(`${name}/`),
  );
  return other === undefined
    ? undefined
    : stop(
        "BRANCH_NAME_BLOCKED",
        `The branch "${wish.branch}" cannot exist beside the branch ${JSON.stringify(other.name)}: git keeps one as a folder and the other as a file in it`,
      );
}

/** Two equal ids need no request to be compared. */
function relationOf(
  observed: Observed,
  base: CommitSha,
  head: CommitSha,
): Relation | "unknown" | undefined {
  return base === head ? "identical" : observed.relations.get(relationKey(base, head));
}

function askRelation(base: CommitSha, head: CommitSha): Decision {
  return { kind: "ask", question: { about: "relation", base, head } };
}

/** Whether `head` contains `base`, given how head stands to it. */
function contains(relation: Relation | "unknown"): boolean {
  return relation === "identical" || relation === "ahead";
}

function commitNotFound(commit: CommitSha): Decision {
  return stop(
    "COMMIT_NOT_FOUND",
    `The repository has no commit ${commit}, or none that shares history with the branch`,
  );
}

function stop(code: ErrorCode, message: string): Decision {
  return { kind: "stop", code, message };
}
