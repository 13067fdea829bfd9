import type { BranchName, CommitSha } from "@auditable-release/model";

/**
 * What use cases ask of a GitHub repository, by noun. The ports speak our model; how GitHub spells
 * it, pages it and fails is the adapter's business. Every method may throw an ActionError with one
 * of the GITHUB_* codes; "there is none" is an answer, not an error, where the type says so.
 */
export interface GithubRepository {
  readonly repositories: Repositories;
  readonly refs: Refs;
  readonly commits: Commits;
}

/** The codes every call through these ports can end in; for the contracts of actions. */
export const GITHUB_ERRORS = [
  "GITHUB_UNAUTHORIZED",
  "GITHUB_FORBIDDEN",
  "GITHUB_NOT_FOUND",
  "GITHUB_RATE_LIMITED",
  "GITHUB_UNAVAILABLE",
  "GITHUB_UNREADABLE",
  "GITHUB_REJECTED",
  "REPOSITORY_EMPTY",
] as const;

export interface Repositories {
  /** One request. */
  readonly defaultBranch: () => Promise<BranchName>;
}

/** A ref as the repository has it. The name is somebody else's text and may be no name of ours. */
export interface RefEntry {
  /** Short name: without `refs/heads/` or `refs/tags/`. */
  readonly name: string;
  /** For an annotated tag the id of the tag object, otherwise of the commit. */
  readonly sha: CommitSha;
  readonly isAnnotatedTag: boolean;
}

/**
 * How an attempt to create ended. `unclear` means that the request was sent and its answer is lost
 * or a server error: whether it took effect must be observed, never assumed, never retried blindly.
 */
export type Creation =
  | { readonly kind: "created" }
  | { readonly kind: "exists" }
  | { readonly kind: "unclear"; readonly cause: Error };

export interface Refs {
  /** All branches; one request for each page GitHub makes of them (usually one in all). */
  readonly branches: () => Promise<readonly RefEntry[]>;
  /** All tags, likewise. */
  readonly tags: () => Promise<readonly RefEntry[]>;
  /** Where the branch stands now, or undefined. One request. */
  readonly findBranch: (name: BranchName) => Promise<CommitSha | undefined>;
  /** Creates the branch, never moves one. One request that is not repeated. */
  readonly createBranch: (name: BranchName, at: CommitSha) => Promise<Creation>;
  /** The object an annotated tag points at, through tags of tags. One request for each. */
  readonly peel: (tag: RefEntry) => Promise<CommitSha>;
}

/** How `head` stands to `base`, as `git rev-list --left-right` counts it. */
export type Relation = "identical" | "ahead" | "behind" | "diverged";

export interface Commits {
  /**
   * How `head` stands to `base`, or `unknown` when the repository lacks one of them or they have no
   * common ancestor (GitHub gives both the same answer). One request.
   */
  readonly relation: (base: CommitSha, head: CommitSha) => Promise<Relation | "unknown">;
}
