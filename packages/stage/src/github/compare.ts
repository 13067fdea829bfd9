/** How two revisions stand to each other. */
import { splitRepoSlug } from "@auditable-release/model";
import { renderChanges, renderCommit, resolveCommit } from "./commits.ts";
import { ApiError, notFound } from "./errors.ts";
import { type Call, linkHeader, type OperationTable, pageOf, type Reply } from "./operation.ts";
import { apiUrlOf, htmlUrlOf } from "./repositories.ts";

/** Without paging the last 250 commits are shown, and never more than 300 files (GitHub's docs). */
const MAX_UNPAGED_COMMITS = 250;
const MAX_FILES = 300;

/** One side of `base...head`: a revision, or `owner:revision`, where the owner is ours. */
async function resolveSide(call: Call, side: string): Promise<string> {
  const { owner } = splitRepoSlug(call.repository.slug);
  const colon = side.indexOf(":");
  const ownerOfSide = colon < 0 ? owner : side.slice(0, colon);
  const sha =
    ownerOfSide.toLowerCase() === owner.toLowerCase()
      ? await resolveCommit(call, side.slice(colon + 1))
      : undefined;
  if (sha === undefined) throw notFound();
  return sha;
}

function statusOf(aheadBy: number, behindBy: number): string {
  if (aheadBy > 0) return behindBy > 0 ? "diverged" : "ahead";
  return behindBy > 0 ? "behind" : "identical";
}

async function compareCommits(call: Call): Promise<Reply> {
  const { git } = call.repository;
  const basehead = call.params["basehead"] ?? "";
  const dots = basehead.indexOf("...");
  if (dots < 0) throw notFound();
  const base = await resolveSide(call, basehead.slice(0, dots));
  const head = await resolveSide(call, basehead.slice(dots + 3));
  const mergeBase = await git.mergeBase(base, head);
  if (mergeBase === undefined) {
    throw new ApiError(404, `No common ancestor between ${base} and ${head}.`);
  }
  const { left: behindBy, right: aheadBy } = await git.distance(base, head);
  const all = await git.between(base, head);
  const page = pageOf(call.query);
  const shown =
    page === undefined
      ? all.slice(-MAX_UNPAGED_COMMITS)
      : all.slice((page.page - 1) * page.size, page.page * page.size);
  const [baseCommit, mergeBaseCommit, ...commits] = await git.commits([base, mergeBase, ...shown]);
  if (baseCommit === undefined || mergeBaseCommit === undefined) throw notFound();
  // The files are those of the whole comparison, and stand on the first page only.
  const files = (page?.page ?? 1) === 1 ? await git.changes(mergeBase, head) : [];
  const url = apiUrlOf(call, `/compare/${basehead}`);
  const htmlUrl = htmlUrlOf(call, `/compare/${basehead}`);
  return {
    status: 200,
    body: {
      url,
      html_url: htmlUrl,
      permalink_url: htmlUrlOf(call, `/compare/${base}...${head}`),
      diff_url: `${htmlUrl}.diff`,
      patch_url: `${htmlUrl}.patch`,
      base_commit: renderCommit(call, baseCommit),
      merge_base_commit: renderCommit(call, mergeBaseCommit),
      status: statusOf(aheadBy, behindBy),
      ahead_by: aheadBy,
      behind_by: behindBy,
      total_commits: aheadBy,
      commits: commits.map((commit) => renderCommit(call, commit)),
      files: (await renderChanges(call, mergeBase, head, files)).slice(0, MAX_FILES),
    },
    headers: page === undefined ? {} : linkHeader(url, call.query, page, aheadBy),
  };
}

export const compareOperations = {
  "GET /repos/{owner}/{repo}/compare/{basehead}": {
    permission: "contents",
    level: "read",
    handle: compareCommits,
  },
} satisfies OperationTable;
