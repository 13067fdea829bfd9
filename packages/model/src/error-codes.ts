import type { FailingOutcome } from "./outcome.ts";

/**
 * The catalogue of error codes: what each means, what to do, and the outcome it ends in. The codes
 * are an interface: scripts match on them, `docs/errors.md` and each action's README list them.
 * Removing or renaming one, or changing its outcome, is a breaking change.
 */
export interface ErrorCodeEntry {
  readonly outcome: FailingOutcome;
  /** One sentence without a trailing period. */
  readonly means: string;
  /** One or two imperative sentences. */
  readonly remedy: string;
}

export const ERROR_CODES = {
  INPUT_INVALID: {
    outcome: "refused",
    means: "One or more inputs of the call are missing, malformed or unknown",
    remedy: "Correct every input named in the message; nothing was contacted or changed.",
  },
  RUNNER_ENVIRONMENT: {
    outcome: "refused",
    means: "A variable that every GitHub Actions runner sets is missing or malformed",
    remedy: "Run the action on a GitHub Actions runner, or set the variable named in the message.",
  },
  UNEXPECTED: {
    outcome: "bug",
    means: "An error nobody planned; a defect of auditable-release",
    remedy: "Report it with the stack printed below the message. Running again may not help.",
  },
  GITHUB_UNAUTHORIZED: {
    outcome: "refused",
    means: "GitHub does not accept the token: it is wrong, revoked or expired",
    remedy: "Pass a valid token in `github-token`; leave the input out to use the job's own token.",
  },
  GITHUB_FORBIDDEN: {
    outcome: "refused",
    means: "The token is valid, but may not do this",
    remedy: "Grant the job the permissions printed with the message.",
  },
  GITHUB_NOT_FOUND: {
    outcome: "refused",
    means: "GitHub knows no such thing, or the token may not see it; GitHub does not tell which",
    remedy:
      "Check the spelling first, then whether the token has access to the repository (a job's own token sees only its own repository).",
  },
  GITHUB_RATE_LIMITED: {
    outcome: "retry",
    means: "GitHub's rate limit is exhausted and lasts longer than we wait",
    remedy: "Run again after the time named in the message.",
  },
  GITHUB_UNAVAILABLE: {
    outcome: "retry",
    means: "GitHub could not be reached or kept failing (5xx, reset, no answer in time)",
    remedy:
      "Run again; what was already done is found and kept. If it persists, see https://www.githubstatus.com.",
  },
  GITHUB_UNREADABLE: {
    outcome: "retry",
    means:
      "The answer is not what GitHub's API documents: not JSON, cut off, too large or of another shape",
    remedy:
      "Check that `GITHUB_API_URL` is GitHub's API and that no proxy answers in its place, then run again.",
  },
  GITHUB_REJECTED: {
    outcome: "refused",
    means: "GitHub understood the request and refuses it",
    remedy: "Read GitHub's reason in the message; a repository rule is the usual cause.",
  },
  REPOSITORY_EMPTY: {
    outcome: "refused",
    means: "The repository has no commit yet",
    remedy: "Push the first commit, then run again.",
  },
  COMMIT_NOT_FOUND: {
    outcome: "refused",
    means: "The repository has no commit of this id",
    remedy: "Pass the full 40-digit id of a commit that is pushed to the repository.",
  },
  COMMIT_UNREACHABLE: {
    outcome: "refused",
    means:
      "The commit exists, but not on the branch it should come from (it may live in a fork only)",
    remedy: "Merge the commit to the source branch first, or name the right `source-branch`.",
  },
  BRANCH_MISSING: {
    outcome: "refused",
    means: "A branch that must exist does not",
    remedy:
      "For a patch release the branch is cut by the minor release before it; check the version, or cut the branch first.",
  },
  PREVIOUS_RELEASE_MISSING: {
    outcome: "refused",
    means: "A patch release has no earlier stable release in its line",
    remedy: "Check the version: the first release of a line ends in .0.",
  },
  REF_CONFUSABLE: {
    outcome: "refused",
    means: "A branch or tag exists whose name can be mistaken for the one to be used",
    remedy: "Rename or delete the confusable branch or tag yourself; nothing here deletes refs.",
  },
  BRANCH_NAME_BLOCKED: {
    outcome: "refused",
    means: "Git cannot hold a branch of this name beside one that exists",
    remedy: "Choose another name, or rename the branch named in the message.",
  },
  BRANCH_DIVERGED: {
    outcome: "conflict",
    means: "The branch exists, but does not contain the commit that was asked for",
    remedy: "Decide which commit is right. Nothing here moves an existing branch.",
  },
  BRANCH_LACKS_PREVIOUS: {
    outcome: "conflict",
    means: "The release branch does not contain the previous release of its line",
    remedy:
      "Find out whether the branch or the tag was moved, and put the branch right by a reviewed merge.",
  },
  RACE_UNDECIDED: {
    outcome: "retry",
    means: "Another run kept changing the same thing while this one was deciding",
    remedy: "Let the other run end, then run again.",
  },
  NOT_CONFIRMED: {
    outcome: "retry",
    means: "GitHub accepted the change, but reading it back did not show it in time",
    remedy: "Run again; the change is found and kept if it was made.",
  },
} as const satisfies Record<string, ErrorCodeEntry>;

export type ErrorCode = keyof typeof ERROR_CODES;
