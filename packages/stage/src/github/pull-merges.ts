/** Merging a pull request: the three ways, and what keeps it from being merged. */
import { splitRepoSlug } from "@auditable-release/model";
import { formatCommit, mergedTree, pickedTree, type Stamp, writeCommit } from "../git-objects.ts";
import type { Signature } from "../git-repository.ts";
import { commitAs, stampOf, webFlowStamp } from "./authorship.ts";
import { textIn } from "./body.ts";
import { ApiError } from "./errors.ts";
import type { Issue } from "./issues.ts";
import type { Call, Reply } from "./operation.ts";
import type { Pull } from "./pulls.ts";
import { refusedUpdate, updateRef } from "./ref-updates.ts";
import type { PullContext } from "./rules.ts";

function refuse(message: string): ApiError {
  return new ApiError(405, message);
}

function methodIn(call: Call): PullContext["method"] {
  const method = textIn(call.body, "merge_method");
  return method === "squash" || method === "rebase" ? method : "merge";
}

function asStamp({ name, email, seconds }: Signature): Stamp {
  return { name, email, seconds, offset: "+0000" };
}

/** Title and text of the commit; the body's own take the place of GitHub's. */
function messageOf(call: Call, title: string, text: string): string {
  const parts = [
    textIn(call.body, "commit_title") ?? title,
    textIn(call.body, "commit_message") ?? text,
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

async function mergeCommit(call: Call, pull: Pull, issue: Issue): Promise<string> {
  const tree = await mergedTree(call.repository.git, pull.baseTip, pull.headSha);
  if (tree === undefined) throw refuse("Pull Request is not mergeable");
  const { owner } = splitRepoSlug(call.repository.slug);
  const { account } = call.repository.accounts.actorOf(call.caller);
  const title = `Merge pull request #${pull.number} from ${owner}/${pull.head}`;
  return commitAs(
    call,
    { author: stampOf(account), committer: webFlowStamp(), isSigned: true },
    {
      tree,
      parents: [pull.baseTip, pull.headSha],
      message: messageOf(call, title, issue.title),
    },
  );
}

async function squashCommit(call: Call, pull: Pull, issue: Issue): Promise<string> {
  const { git, pulls } = call.repository;
  const tree = await mergedTree(git, pull.baseTip, pull.headSha);
  if (tree === undefined) throw refuse("Pull Request is not mergeable");
  const commits = await git.commits(await pulls.commitsOf(pull));
  const subjectOf = (message: string): string => message.split("\n", 1)[0] ?? "";
  const [only] = commits;
  // One commit keeps its message, several become a list under the title of the pull request.
  const isSingle = commits.length === 1 && only !== undefined;
  const title = `${isSingle ? subjectOf(only.message) : issue.title} (#${pull.number})`;
  const text = isSingle
    ? only.message.slice(subjectOf(only.message).length).trim()
    : commits.map(({ message }) => `* ${subjectOf(message)}`).join("\n\n");
  return commitAs(
    call,
    { author: stampOf(issue.author.account), committer: webFlowStamp(), isSigned: true },
    { tree, parents: [pull.baseTip], message: messageOf(call, title, text) },
  );
}

/** The commits written anew on the base; unsigned, because their authors did not sign them so. */
async function rebasedCommits(call: Call, pull: Pull): Promise<readonly string[]> {
  const { git, pulls, accounts } = call.repository;
  const commits = await git.commits(await pulls.commitsOf(pull));
  const committer = stampOf(accounts.actorOf(call.caller).account);
  const written: string[] = [];
  for (const { tree, parents, author, message } of commits) {
    const [parent] = parents;
    const onto = written.at(-1) ?? pull.baseTip;
    const isPlain = parent !== undefined && parents.length === 1;
    const picked = isPlain ? await pickedTree(git, onto, { tree, parent }) : undefined;
    if (picked === undefined) throw refuse("This branch can't be rebased");
    const text = formatCommit({
      tree: picked,
      parents: [onto],
      author: asStamp(author),
      committer,
      message,
    });
    written.push(await writeCommit(git, text, undefined));
  }
  return written;
}

/** Call it inside `repository.exclusively`. */
export async function mergePull(
  call: Call,
  { pull, issue }: { readonly pull: Pull; readonly issue: Issue },
): Promise<Reply> {
  const { repository, caller } = call;
  const { pulls, accounts } = repository;
  if (issue.state === "closed") throw refuse("Pull Request is not mergeable");
  if (pull.draft) throw refuse("Pull Request is still a draft");
  const expected = textIn(call.body, "sha");
  if (expected !== undefined && expected !== pull.headSha) {
    throw new ApiError(409, "Head branch was modified. Review and try the merge again.");
  }
  const method = methodIn(call);
  const brought = await pulls.commitsOf(pull);
  const rebased = method === "rebase" ? await rebasedCommits(call, pull) : [];
  const single =
    method === "merge"
      ? await mergeCommit(call, pull, issue)
      : method === "squash"
        ? await squashCommit(call, pull, issue)
        : undefined;
  const after = single ?? rebased.at(-1);
  if (after === undefined) throw refuse("Pull Request is not mergeable");
  const before = pull.baseTip;
  const update = { ref: `refs/heads/${pull.base}`, before, after };
  const outcome = await updateRef(repository, caller, update, pulls.contextOf(pull, method));
  if (outcome.is === "failed") {
    throw refuse("Base branch was modified. Review and try the merge again.");
  }
  if (outcome.is !== "done") throw refusedUpdate(outcome, 405);
  // Moving the base branch has already moved the pull request along: it stays at what was merged.
  pulls.update(pull.number, { baseTip: before });
  const { account } = accounts.actorOf(caller);
  pulls.markMerged(
    pull.number,
    account,
    after,
    method === "merge" ? [...brought, after] : [after, ...rebased],
  );
  call.record({ what: "merge pull request", before: pull.headSha, after });
  return {
    status: 200,
    body: { sha: after, merged: true, message: "Pull Request successfully merged" },
  };
}
