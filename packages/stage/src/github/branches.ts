/** Branches and tags as GitHub lists them, the commits behind them, and merging one into another. */
import { mergedTree } from "../git-objects.ts";
import { commitAs, stampOf, webFlowStamp } from "./authorship.ts";
import { textIn } from "./body.ts";
import { renderCommit, resolveCommit } from "./commits.ts";
import { ApiError, notFound, repositoryIsEmpty } from "./errors.ts";
import { type Call, nodeId, type OperationTable, paged, type Reply } from "./operation.ts";
import { renderProtection } from "./protection.ts";
import { refusedUpdate, updateRef } from "./ref-updates.ts";
import { apiUrlOf, htmlUrlOf } from "./repositories.ts";

function branchesOf(refs: ReadonlyMap<string, string>): readonly (readonly [string, string])[] {
  return [...refs]
    .filter(([ref]) => ref.startsWith("refs/heads/"))
    .map(([ref, sha]) => [ref.slice("refs/heads/".length), sha] as const);
}

/** Protected by classic protection or by a ruleset in force: GitHub's flag says both. */
function isProtected(call: Call, branch: string): boolean {
  const { rules } = call.repository;
  return (
    rules.protectionOf(branch) !== undefined ||
    rules
      .rulesetsFor(`refs/heads/${branch}`)
      .some((ruleset) => ruleset.enforcement === "active" && ruleset.rules.length > 0)
  );
}

function protectionUrl(call: Call, branch: string): string {
  return apiUrlOf(call, `/branches/${branch}/protection`);
}

async function listBranches(call: Call): Promise<Reply> {
  const wanted = call.query.get("protected");
  const branches = branchesOf(await call.refs()).filter(
    ([branch]) => wanted === null || (wanted === "true") === isProtected(call, branch),
  );
  const { shown, headers } = paged(call, apiUrlOf(call, "/branches"), branches);
  const body = shown.map(([name, sha]) => ({
    name,
    commit: { sha, url: apiUrlOf(call, `/commits/${sha}`) },
    protected: isProtected(call, name),
  }));
  return { status: 200, body, headers };
}

async function getBranch(call: Call): Promise<Reply> {
  const name = call.params["branch"] ?? "";
  const sha = (await call.refs()).get(`refs/heads/${name}`);
  const [commit] = sha === undefined ? [] : await call.repository.git.commits([sha]);
  if (commit === undefined) throw new ApiError(404, "Branch not found");
  return {
    status: 200,
    body: {
      name,
      commit: renderCommit(call, commit),
      _links: { self: apiUrlOf(call, `/branches/${name}`), html: htmlUrlOf(call, `/tree/${name}`) },
      protected: isProtected(call, name),
      protection: renderProtectionSummary(call, name),
      protection_url: protectionUrl(call, name),
    },
  };
}

/** What everybody who may read is told of classic protection; rulesets do not show here. */
function renderProtectionSummary(call: Call, branch: string): object {
  const protection = call.repository.rules.protectionOf(branch);
  const required = protection?.requiredChecks;
  return {
    enabled: protection !== undefined,
    required_status_checks: {
      enforcement_level:
        required === undefined
          ? "off"
          : protection?.enforceAdmins === true
            ? "everyone"
            : "non_admins",
      contexts: (required ?? []).map(({ context }) => context),
      checks: (required ?? []).map(({ context, integration_id: app }) => ({
        context,
        app_id: app ?? null,
      })),
    },
  };
}

async function getProtection(call: Call): Promise<Reply> {
  const branch = call.params["branch"] ?? "";
  if (!(await call.refs()).has(`refs/heads/${branch}`)) {
    throw new ApiError(404, "Branch not found");
  }
  const protection = call.repository.rules.protectionOf(branch);
  if (protection === undefined) throw new ApiError(404, "Branch not protected");
  return { status: 200, body: renderProtection(protectionUrl(call, branch), protection) };
}

async function listTags(call: Call): Promise<Reply> {
  const { repository } = call;
  const tags = [...(await call.refs())]
    .filter(([ref]) => ref.startsWith("refs/tags/"))
    .map(([ref, sha]) => [ref.slice("refs/tags/".length), sha] as const)
    .toReversed();
  const { shown, headers } = paged(call, apiUrlOf(call, "/tags"), tags);
  const body: object[] = [];
  for (const [name, target] of shown) {
    const sha = (await repository.git.peelToCommit(target)) ?? target;
    body.push({
      name,
      commit: { sha, url: apiUrlOf(call, `/commits/${sha}`) },
      zipball_url: apiUrlOf(call, `/zipball/refs/tags/${name}`),
      tarball_url: apiUrlOf(call, `/tarball/refs/tags/${name}`),
      node_id: nodeId("Ref", repository.id, `refs/tags/${name}`),
    });
  }
  return { status: 200, body, headers };
}

async function listCommits(call: Call): Promise<Reply> {
  const { repository, query } = call;
  if ((await call.refs()).size === 0) throw repositoryIsEmpty();
  const head = await resolveCommit(call, query.get("sha") ?? repository.defaultBranch);
  if (head === undefined) throw notFound();
  const bound = (name: string, flag: string): readonly string[] => {
    const value = query.get(name);
    return value === null ? [] : [`--${flag}=${value}`];
  };
  const path = query.get("path");
  const listed = await repository.git.run([
    "--literal-pathspecs",
    "rev-list",
    ...bound("since", "since"),
    ...bound("until", "until"),
    head,
    "--",
    ...(path === null || path === "" ? [] : [path]),
  ]);
  if (listed.code !== 0) throw new Error(`git rev-list: ${listed.stderr}`);
  const shas = listed.stdout
    .toString("utf8")
    .split("\n")
    .filter((sha) => sha !== "");
  const commits = await repository.git.commits(shas);
  const isBy = (email: string, wanted: string | null): boolean =>
    wanted === null ||
    email === wanted ||
    repository.accounts.userByEmail(email)?.login.toLowerCase() === wanted.toLowerCase();
  const matching = commits.filter(
    ({ author, committer }) =>
      isBy(author.email, query.get("author")) && isBy(committer.email, query.get("committer")),
  );
  const { shown, headers } = paged(call, apiUrlOf(call, "/commits"), matching);
  return { status: 200, body: shown.map((commit) => renderCommit(call, commit)), headers };
}

async function mergeBranch(call: Call): Promise<Reply> {
  const { repository, body, caller } = call;
  const { git } = repository;
  const base = textIn(body, "base") ?? "";
  const headName = textIn(body, "head") ?? "";
  return repository.exclusively(async () => {
    const ref = `refs/heads/${base}`;
    const before = await repository.ref(ref);
    if (before === undefined) throw new ApiError(404, "Base does not exist");
    const head = await resolveCommit(call, headName);
    if (head === undefined) throw new ApiError(404, "Head does not exist");
    const mergeBase = await git.mergeBase(before, head);
    if (mergeBase === undefined) throw new ApiError(409, "Merge conflict");
    if (mergeBase === head) return { status: 204, body: undefined };
    const tree = await mergedTree(git, before, head);
    if (tree === undefined) throw new ApiError(409, "Merge conflict");
    const actor = repository.accounts.actorOf(caller);
    const after = await commitAs(
      call,
      { author: stampOf(actor.account), committer: webFlowStamp(), isSigned: true },
      {
        tree,
        parents: [before, head],
        message: textIn(body, "commit_message") ?? `Merge ${headName} into ${base}`,
      },
    );
    const outcome = await updateRef(repository, caller, { ref, before, after });
    if (outcome.is !== "done") throw refusedUpdate(outcome, 409);
    const [commit] = await git.commits([after]);
    if (commit === undefined) throw new Error(`${after} was not written`);
    return { status: 201, body: renderCommit(call, commit) };
  });
}

const READ = { permission: "contents", level: "read" } as const;

export const branchOperations = {
  "GET /repos/{owner}/{repo}/branches": { ...READ, handle: listBranches },
  "GET /repos/{owner}/{repo}/branches/{branch}": { ...READ, handle: getBranch },
  "GET /repos/{owner}/{repo}/branches/{branch}/protection": {
    permission: "administration",
    level: "read",
    handle: getProtection,
  },
  "GET /repos/{owner}/{repo}/commits": { ...READ, handle: listCommits },
  "GET /repos/{owner}/{repo}/tags": {
    permission: "metadata",
    level: "read",
    handle: listTags,
  },
  "POST /repos/{owner}/{repo}/merges": {
    permission: "contents",
    level: "write",
    handle: mergeBranch,
  },
} satisfies OperationTable;
