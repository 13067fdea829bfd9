/**
 * The `github` and `runner` contexts of a job and the variables made of them (docs.github.com,
 * "Contexts reference" and "Variables reference"): one truth for whatever runs an action here.
 */
import { parseRepoSlug, splitRepoSlug } from "@auditable-release/model";
import type { GithubHost } from "../github/host.ts";
import { ownerId } from "../github/repositories.ts";
import type { Json, JsonObject } from "../workflow/model.ts";

/** What a run is about. */
export interface RunFacts {
  readonly host: GithubHost;
  readonly repository: string;
  /** Full ref. */
  readonly ref: string;
  readonly sha: string;
  readonly actor: string;
  readonly triggeringActor: string;
  readonly eventName: string;
  readonly event: JsonObject;
  readonly runId: number;
  readonly runNumber: number;
  readonly runAttempt: number;
  /** The workflow's name, or its path where the file gives none. */
  readonly workflow: string;
  /** `owner/name/path@ref` of the top-level workflow. */
  readonly workflowRef: string;
  readonly workflowSha: string;
  readonly baseRef?: string;
  readonly headRef?: string;
}

/** The folders of one job, all below `root`. */
export interface JobFolders {
  readonly root: string;
  readonly home: string;
  readonly temp: string;
  readonly toolCache: string;
  readonly workspace: string;
  readonly eventPath: string;
}

export function jobFolders(root: string): JobFolders {
  return {
    root,
    home: `${root}/home`,
    temp: `${root}/temp`,
    toolCache: `${root}/tool-cache`,
    workspace: `${root}/workspace`,
    eventPath: `${root}/_github_workflow/event.json`,
  };
}

/** The keys of the `github` context that become GITHUB_ variables (actions/runner, GitHubContext.cs). */
const VARIABLES = [
  "action",
  "action_path",
  "action_ref",
  "action_repository",
  "actor",
  "actor_id",
  "api_url",
  "base_ref",
  "event_name",
  "event_path",
  "graphql_url",
  "head_ref",
  "job",
  "ref",
  "ref_name",
  "ref_protected",
  "ref_type",
  "repository",
  "repository_id",
  "repository_owner",
  "repository_owner_id",
  "retention_days",
  "run_attempt",
  "run_id",
  "run_number",
  "server_url",
  "sha",
  "triggering_actor",
  "workflow",
  "workflow_ref",
  "workflow_sha",
  "workspace",
];

/** Without `token`, `job` and what belongs to a step: their owners add those. */
export function githubContext(facts: RunFacts): JsonObject {
  const { host, ref } = facts;
  const { owner } = splitRepoSlug(parseRepoSlug(facts.repository));
  const repository = host.repository(facts.repository);
  return {
    actor: facts.actor,
    actor_id: "1",
    api_url: host.apiUrl,
    base_ref: facts.baseRef ?? "",
    event: facts.event,
    event_name: facts.eventName,
    graphql_url: `${host.apiUrl.replace(/\/v3$/, "")}/graphql`,
    head_ref: facts.headRef ?? "",
    ref,
    ref_name: ref.replace(/^refs\/(?:heads|tags|pull)\//, ""),
    ref_protected: false,
    ref_type: ref.startsWith("refs/tags/") ? "tag" : "branch",
    repository: facts.repository,
    repository_id: String(repository?.id ?? 0),
    repository_owner: owner,
    repository_owner_id: String(repository === undefined ? 0 : ownerId(repository)),
    repositoryUrl: `git://github.com/${facts.repository}.git`,
    retention_days: "90",
    run_attempt: String(facts.runAttempt),
    run_id: String(facts.runId),
    run_number: String(facts.runNumber),
    secret_source: "Actions",
    server_url: host.serverUrl,
    sha: facts.sha,
    triggering_actor: facts.triggeringActor,
    workflow: facts.workflow,
    workflow_ref: facts.workflowRef,
    workflow_sha: facts.workflowSha,
  };
}

export function runnerContext(folders: JobFolders): JsonObject {
  return {
    arch: process.arch === "arm64" ? "ARM64" : "X64",
    environment: "github-hosted",
    name: "stage",
    os: process.platform === "darwin" ? "macOS" : "Linux",
    temp: folders.temp,
    tool_cache: folders.toolCache,
    workspace: folders.root,
  };
}

function variableText(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** `GITHUB_` and `RUNNER_` variables of the contexts, as every process of a job has them. */
export function contextVariables(
  github: JsonObject,
  runner: JsonObject,
): Readonly<Record<string, string>> {
  return Object.fromEntries([
    ...VARIABLES.flatMap((key): [string, string][] => {
      const value = github[key];
      return value === undefined ? [] : [[`GITHUB_${key.toUpperCase()}`, variableText(value)]];
    }),
    ...Object.entries(runner).map(([key, value]): [string, string] => [
      `RUNNER_${key.toUpperCase()}`,
      variableText(value),
    ]),
  ]);
}

/** The payload of an event without one of its own: the repository and who sent it. */
export function basePayload(
  host: GithubHost,
  slug: string,
  sender: string,
): Readonly<Record<string, Json>> {
  const { owner, name } = splitRepoSlug(parseRepoSlug(slug));
  const repository = host.repository(slug);
  return {
    repository: {
      id: repository?.id ?? 0,
      name,
      full_name: slug,
      private: repository?.isPrivate ?? true,
      default_branch: repository?.defaultBranch ?? "main",
      html_url: `${host.serverUrl}/${slug}`,
      owner: { login: owner },
    },
    sender: { login: sender },
  };
}

/** `INPUT_` and the name in upper case, blanks as `_` and everything else kept (Handler.cs). */
export function inputVariable(name: string): string {
  return `INPUT_${name.replaceAll(" ", "_").toUpperCase()}`;
}
