import {
  boolean,
  branchName,
  commitSha,
  credential,
  defaulted,
  defineContract,
  optional,
  repoSlug,
  tagFormat,
  version,
} from "@auditable-release/action-kit";
import { GITHUB_ERRORS } from "@auditable-release/github/ports";

export const contract = defineContract({
  name: "branch-cut",
  title: "Branch cut",
  description:
    "Creates the release branch at an exact commit, or proves that the one there is the right one",
  inputs: {
    version: optional(
      version,
      "Version to be released. A minor or major version (`1.2.0`, `1.2.0-rc.1`) gets the branch `release-1.2`; a patch (`1.2.3`) needs that branch to be there.",
    ),
    branch: optional(
      branchName,
      "Name of the branch, where it is not `release-<major>.<minor>`. Enough without `version`: the branch is then cut at `commit` whatever its name.",
    ),
    commit: optional(
      commitSha,
      "Full id of the commit to cut from. Required unless `version` is a patch; for a patch, the release branch must contain it.",
    ),
    "source-branch": optional(
      branchName,
      "Branch the commit must be on, so that no commit of a fork is ever released. Default: the repository's default branch.",
    ),
    "tag-format": optional(
      tagFormat,
      "How release tags are named, with `{version}` in it; needed to find the previous release of a patch. Default: both `{version}` and `v{version}`.",
    ),
    "dry-run": defaulted(boolean, "false", "Observe and decide, change nothing."),
    repository: defaulted(
      repoSlug,
      "${{ github.repository }}",
      "Repository to work on, on the host of `GITHUB_API_URL`.",
    ),
    "github-token": defaulted(
      credential,
      "${{ github.token }}",
      "Token that may write contents of the repository. A branch pushed with the job's own token starts no workflow.",
      { secret: true },
    ),
  },
  atLeastOneOf: [["version", "branch"]],
  outputs: {
    branch: { description: "Name of the branch." },
    commit: {
      description:
        "Commit the branch points at when the call ends (with `dry-run`: would point at).",
    },
    change: {
      description:
        "`create` when the branch was created by this call (with `dry-run`: would have to be), `none` when it was there.",
    },
  },
  permissions: {
    contents: { access: "write", reason: "create the release branch" },
  },
  errors: [
    ...GITHUB_ERRORS,
    "COMMIT_NOT_FOUND",
    "COMMIT_UNREACHABLE",
    "BRANCH_MISSING",
    "BRANCH_DIVERGED",
    "BRANCH_LACKS_PREVIOUS",
    "BRANCH_NAME_BLOCKED",
    "PREVIOUS_RELEASE_MISSING",
    "REF_CONFUSABLE",
    "RACE_UNDECIDED",
    "NOT_CONFIRMED",
  ],
});
