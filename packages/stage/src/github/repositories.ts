/** The repository itself, and the addresses everything in it has. */
import { splitRepoSlug } from "@auditable-release/model";
import {
  type Call,
  type HostAddresses,
  nodeId,
  type OperationTable,
  type Reply,
} from "./operation.ts";
import type { Repository } from "./repository.ts";
import { grants } from "./tokens.ts";

/** When every repository and account of the stage came to be. */
const CREATED_AT = "2026-01-01T00:00:00Z";

/** Accounts have ids of their own, the same for the same login. */
export function accountId(login: string): number {
  let id = 0;
  for (const character of login.toLowerCase()) {
    id = (id * 31 + (character.codePointAt(0) ?? 0)) % 100_000_000;
  }
  return id;
}

export function ownerId(repository: Repository): number {
  return accountId(splitRepoSlug(repository.slug).owner);
}

export function renderAccount(addresses: HostAddresses, login: string): object {
  const id = accountId(login);
  const api = `${addresses.apiUrl}/users/${login}`;
  return {
    login,
    id,
    node_id: nodeId("Organization", id),
    avatar_url: `${addresses.serverUrl}/avatars/${id}`,
    gravatar_id: "",
    url: api,
    html_url: `${addresses.serverUrl}/${login}`,
    followers_url: `${api}/followers`,
    following_url: `${api}/following{/other_user}`,
    gists_url: `${api}/gists{/gist_id}`,
    starred_url: `${api}/starred{/owner}{/repo}`,
    subscriptions_url: `${api}/subscriptions`,
    organizations_url: `${api}/orgs`,
    repos_url: `${api}/repos`,
    events_url: `${api}/events{/privacy}`,
    received_events_url: `${api}/received_events`,
    type: "Organization",
    site_admin: false,
  };
}

/** The address of a repository's resource. */
export function apiUrlOf(call: Pick<Call, "addresses" | "repository">, rest = ""): string {
  return `${call.addresses.apiUrl}/repos/${call.repository.slug}${rest}`;
}

export function htmlUrlOf(call: Pick<Call, "addresses" | "repository">, rest = ""): string {
  return `${call.addresses.serverUrl}/${call.repository.slug}${rest}`;
}

/** What is common to every place a repository is shown. */
export function renderMinimalRepository(call: Call): object {
  const { repository, addresses } = call;
  const { owner, name } = splitRepoSlug(repository.slug);
  const api = (rest: string): string => apiUrlOf(call, rest);
  return {
    id: repository.id,
    node_id: nodeId("Repository", repository.id),
    name,
    full_name: repository.slug,
    private: repository.isPrivate,
    owner: renderAccount(addresses, owner),
    html_url: htmlUrlOf(call),
    description: null,
    fork: false,
    url: api(""),
    archive_url: api("/{archive_format}{/ref}"),
    assignees_url: api("/assignees{/user}"),
    blobs_url: api("/git/blobs{/sha}"),
    branches_url: api("/branches{/branch}"),
    collaborators_url: api("/collaborators{/collaborator}"),
    comments_url: api("/comments{/number}"),
    commits_url: api("/commits{/sha}"),
    compare_url: api("/compare/{base}...{head}"),
    contents_url: api("/contents/{+path}"),
    contributors_url: api("/contributors"),
    deployments_url: api("/deployments"),
    downloads_url: api("/downloads"),
    events_url: api("/events"),
    forks_url: api("/forks"),
    git_commits_url: api("/git/commits{/sha}"),
    git_refs_url: api("/git/refs{/sha}"),
    git_tags_url: api("/git/tags{/sha}"),
    hooks_url: api("/hooks"),
    issue_comment_url: api("/issues/comments{/number}"),
    issue_events_url: api("/issues/events{/number}"),
    issues_url: api("/issues{/number}"),
    keys_url: api("/keys{/key_id}"),
    labels_url: api("/labels{/name}"),
    languages_url: api("/languages"),
    merges_url: api("/merges"),
    milestones_url: api("/milestones{/number}"),
    notifications_url: api("/notifications{?since,all,participating}"),
    pulls_url: api("/pulls{/number}"),
    releases_url: api("/releases{/id}"),
    stargazers_url: api("/stargazers"),
    statuses_url: api("/statuses/{sha}"),
    subscribers_url: api("/subscribers"),
    subscription_url: api("/subscription"),
    tags_url: api("/tags"),
    teams_url: api("/teams"),
    trees_url: api("/git/trees{/sha}"),
  };
}

function renderFullRepository(call: Call): object {
  const { repository, caller, addresses } = call;
  const { owner } = splitRepoSlug(repository.slug);
  const htmlUrl = htmlUrlOf(call);
  const account = renderAccount(addresses, owner);
  const permissions = {
    admin: false,
    maintain: false,
    push: grants(caller, repository.slug, "contents", "write"),
    triage: false,
    pull: grants(caller, repository.slug, "contents", "read"),
  };
  return {
    ...renderMinimalRepository(call),
    git_url: `git://${new URL(htmlUrl).host}/${repository.slug}.git`,
    ssh_url: `git@${new URL(htmlUrl).host}:${repository.slug}.git`,
    clone_url: `${htmlUrl}.git`,
    svn_url: htmlUrl,
    mirror_url: null,
    homepage: null,
    language: null,
    license: null,
    default_branch: repository.defaultBranch,
    visibility: repository.isPrivate ? "private" : "public",
    created_at: CREATED_AT,
    updated_at: CREATED_AT,
    pushed_at: CREATED_AT,
    size: 0,
    stargazers_count: 0,
    watchers_count: 0,
    watchers: 0,
    forks_count: 0,
    forks: 0,
    open_issues_count: 0,
    open_issues: 0,
    network_count: 0,
    subscribers_count: 0,
    topics: [],
    has_issues: true,
    has_projects: false,
    has_wiki: false,
    has_pages: false,
    has_downloads: false,
    has_discussions: false,
    archived: false,
    disabled: false,
    organization: account,
    // Who is not logged in is told nothing about what they may do.
    ...(caller.is === "bearer" ? { permissions } : {}),
  };
}

async function getRepository(call: Call): Promise<Reply> {
  return { status: 200, body: renderFullRepository(call) };
}

export const repositoryOperations = {
  "GET /repos/{owner}/{repo}": { permission: "metadata", level: "read", handle: getRepository },
} satisfies OperationTable;
