/**
 * What a token says of a workflow's run. Names, forms and the subject are those of
 * docs.github.com, "OpenID Connect reference"; every value is a text, numbers too.
 */

/** The issuer as every token of github.com names it. */
export const GITHUB_ISSUER = "https://token.actions.githubusercontent.com";

/** The facts of a job's run that the claims are made of. */
export interface RunFacts {
  /** `owner/name`. */
  readonly repository: string;
  readonly repositoryId: number;
  readonly repositoryOwnerId: number;
  /** `private` unless told. */
  readonly repositoryVisibility?: "public" | "private" | "internal";
  /** The workflow's name. */
  readonly workflow: string;
  /** `owner/name/.github/workflows/file.yml@refs/heads/main`: the workflow that was started. */
  readonly workflowRef: string;
  readonly workflowSha: string;
  /** The workflow the job is written in, when that is a reusable one; else the one started. */
  readonly jobWorkflowRef?: string;
  readonly jobWorkflowSha?: string;
  readonly runId: number;
  /** 1 unless told. */
  readonly runAttempt?: number;
  /** 1 unless told. */
  readonly runNumber?: number;
  readonly eventName: string;
  readonly ref: string;
  readonly refProtected?: boolean;
  readonly sha: string;
  readonly headRef?: string;
  readonly baseRef?: string;
  readonly actor: string;
  readonly actorId: number;
  /** The deployment environment the job names. */
  readonly environment?: string;
  /** `github-hosted` unless told. */
  readonly runnerEnvironment?: "github-hosted" | "self-hosted";
  /**
   * The claims the repository builds its subject of (REST, "Set the customization template for an
   * OIDC subject claim"), such as `["repo", "context", "job_workflow_ref"]`.
   */
  readonly subjectKeys?: readonly string[];
}

/** Of a colon within a value GitHub makes `%3A`, so that the parts can be told apart. */
function subjectPart(value: string): string {
  return value.replaceAll(":", "%3A");
}

function contextOf(facts: RunFacts): string {
  if (facts.environment !== undefined) return `environment:${subjectPart(facts.environment)}`;
  if (facts.eventName === "pull_request") return "pull_request";
  return `ref:${facts.ref}`;
}

/** @throws Error for a key that is no claim of the run */
function subjectOf(facts: RunFacts, claims: Readonly<Record<string, string>>): string {
  const keys = facts.subjectKeys ?? ["repo", "context"];
  return keys
    .map((key) => {
      if (key === "repo") return `repo:${facts.repository}`;
      if (key === "context") return contextOf(facts);
      const value = claims[key];
      if (value === undefined) throw new Error(`a run has no claim "${key}" for its subject`);
      return `${key}:${subjectPart(value)}`;
    })
    .join(":");
}

function refTypeOf(ref: string): string {
  return ref.startsWith("refs/tags/") ? "tag" : "branch";
}

/** All claims but the token's own: times, id and audience. */
export function runClaims(facts: RunFacts): Readonly<Record<string, string>> {
  const claims = {
    ref: facts.ref,
    sha: facts.sha,
    repository: facts.repository,
    repository_owner: facts.repository.split("/")[0] ?? "",
    repository_owner_id: String(facts.repositoryOwnerId),
    run_id: String(facts.runId),
    run_number: String(facts.runNumber ?? 1),
    run_attempt: String(facts.runAttempt ?? 1),
    repository_visibility: facts.repositoryVisibility ?? "private",
    repository_id: String(facts.repositoryId),
    actor_id: String(facts.actorId),
    actor: facts.actor,
    workflow: facts.workflow,
    head_ref: facts.headRef ?? "",
    base_ref: facts.baseRef ?? "",
    event_name: facts.eventName,
    ref_protected: String(facts.refProtected ?? false),
    ref_type: refTypeOf(facts.ref),
    workflow_ref: facts.workflowRef,
    workflow_sha: facts.workflowSha,
    job_workflow_ref: facts.jobWorkflowRef ?? facts.workflowRef,
    job_workflow_sha: facts.jobWorkflowSha ?? facts.workflowSha,
    runner_environment: facts.runnerEnvironment ?? "github-hosted",
    ...(facts.environment === undefined ? {} : { environment: facts.environment }),
  };
  return { sub: subjectOf(facts, claims), ...claims, iss: GITHUB_ISSUER };
}
