import type { PushedRef, PushResult } from "../git-http.ts";
/**
 * Changing refs as GitHub does, whoever asks and whichever way: rules, workflow files, git's own
 * refusals, the history, and the pull requests that follow their branches.
 */
import { ApiError, unprocessable } from "./errors.ts";
import type { Repository } from "./repository.ts";
import type { Judgement, PullContext, RefUpdate } from "./rules.ts";
import { type Caller, grants } from "./tokens.ts";

export type UpdateOutcome =
  | { readonly is: "done"; readonly judgement: Judgement }
  | { readonly is: "refused by rules"; readonly judgement: Judgement }
  /** A file that only a token with `workflows: write` may change. */
  | { readonly is: "refused for a workflow"; readonly path: string }
  /** Somebody was faster, a name is in the way, or a branch would point at no commit. */
  | { readonly is: "failed" };

/** A workflow file that the change brings to the repository and the caller may not bring. */
async function forbiddenWorkflow(
  repository: Repository,
  caller: Caller,
  after: string,
): Promise<string | undefined> {
  const isApp = caller.is === "bearer" && caller.grant.app !== undefined;
  if (!isApp || grants(caller, repository.slug, "workflows", "write")) return undefined;
  // Only commits no ref has yet: whoever brought the others was allowed to.
  const log = ["log", "-z", "--no-merges", "--root", "--format=", "--name-only"];
  const { stdout } = await repository.git.run([
    ...log,
    after,
    "--not",
    "--all",
    "--",
    ".github/workflows",
  ]);
  return stdout
    .toString("utf8")
    .split(/[\0\n]/)
    .find((path) => path !== "");
}

function whatOf({ before, after }: RefUpdate): string {
  if (before === undefined) return "create ref";
  return after === undefined ? "delete ref" : "move ref";
}

/** What keeps the change from being made; undefined when nothing does. */
async function refusalOf(
  repository: Repository,
  caller: Caller,
  update: RefUpdate,
  pull: PullContext | undefined,
): Promise<{ readonly judgement: Judgement; readonly refusal: UpdateOutcome | undefined }> {
  const { ref, before } = update;
  if (before === undefined && repository.ruleAgainst(ref, caller.identity) !== undefined) {
    const violations = ["Cannot create ref due to creations being restricted."];
    const judgement: Judgement = { verdict: "fail", violations, source: "ruleset" };
    return { judgement, refusal: { is: "refused by rules", judgement } };
  }
  const judgement = await repository.rules.judge(update, repository.accounts.actorOf(caller), pull);
  if (judgement.verdict === "fail") {
    return { judgement, refusal: { is: "refused by rules", judgement } };
  }
  const path =
    update.after === undefined || pull !== undefined
      ? undefined
      : await forbiddenWorkflow(repository, caller, update.after);
  const refusal: UpdateOutcome | undefined =
    path === undefined ? undefined : { is: "refused for a workflow", path };
  return { judgement, refusal };
}

/** Makes one change. Call it inside `repository.exclusively`. */
export async function updateRef(
  repository: Repository,
  caller: Caller,
  update: RefUpdate,
  pull?: PullContext,
): Promise<UpdateOutcome> {
  const { judgement, refusal } = await refusalOf(repository, caller, update, pull);
  if (refusal !== undefined) return refusal;
  const { ref, before, after } = update;
  if (!(await repository.git.moveRef(ref, before, after))) return { is: "failed" };
  repository.record(caller.identity, { what: whatOf(update), ref, before, after });
  await repository.refMoved(update);
  return { is: "done", judgement };
}

/** The answer to a change that was not made. */
export function refusedUpdate(outcome: UpdateOutcome, status = 422): ApiError {
  switch (outcome.is) {
    case "refused by rules":
      return rulesRefuse(outcome.judgement, status);
    case "refused for a workflow":
      return new ApiError(403, "Resource not accessible by integration", {
        headers: { "x-accepted-github-permissions": "contents=write; workflows=write" },
      });
    case "failed":
    case "done":
      return unprocessable("Reference update failed");
  }
}

/** Rulesets are named in the first line; classic protection only says its sentences. */
function rulesRefuse({ source, violations }: Judgement, status: number): ApiError {
  return new ApiError(
    status,
    source === "ruleset"
      ? `Repository rule violations found\n\n${violations.map((v) => `${v}\n\n`).join("")}`
      : violations.join(" "),
  );
}

function pushMessages(
  repository: Repository,
  serverUrl: string,
  { ref }: RefUpdate,
  { verdict, source, violations }: Judgement,
): readonly string[] {
  if (verdict === "pass") return [];
  const bullets = violations.flatMap((violation) => [`- ${violation}`, ""]);
  if (verdict === "bypass") return [`Bypassed rule violations for ${ref}:`, "", ...bullets];
  if (source === "protection") {
    return [`error: GH006: Protected branch update failed for ${ref}.`, "", ...bullets];
  }
  const page = `${serverUrl}/${repository.slug}/rules?ref=${encodeURIComponent(ref)}`;
  return [
    `error: GH013: Repository rule violations found for ${ref}.`,
    `Review all repository rules at ${page}`,
    "",
    ...bullets,
  ];
}

/** The refusals of git's own that do not come from git, because the stage moves the refs. */
async function gitRefusal(repository: Repository, update: PushedRef): Promise<string | undefined> {
  const { ref, after } = update;
  if (after === undefined) {
    return ref === `refs/heads/${repository.defaultBranch}`
      ? `refusing to delete the current branch: ${ref}`
      : undefined;
  }
  return (await repository.git.isRefName(ref)) && ref.split("/").length > 2
    ? undefined
    : "funny refname";
}

interface Judged {
  readonly update: PushedRef;
  readonly reason: string | undefined;
  readonly messages: readonly string[];
}

async function judgePushed(
  repository: Repository,
  caller: Caller,
  serverUrl: string,
  update: PushedRef,
): Promise<Judged> {
  const reason = await gitRefusal(repository, update);
  if (reason !== undefined) return { update, reason, messages: [`error: ${reason}`] };
  const { judgement, refusal } = await refusalOf(repository, caller, update, undefined);
  const messages = pushMessages(repository, serverUrl, update, judgement);
  if (refusal?.is === "refused for a workflow") {
    return {
      update,
      reason:
        `refusing to allow a GitHub App to create or update workflow \`${refusal.path}\` ` +
        "without `workflows` permission",
      messages: [],
    };
  }
  if (refusal === undefined) return { update, reason: undefined, messages };
  return {
    update,
    reason:
      judgement.source === "ruleset"
        ? "push declined due to repository rule violations"
        : "protected branch hook declined",
    messages,
  };
}

/** Makes the changes of a push, each for itself or all in one. */
export async function applyPush(
  repository: Repository,
  caller: Caller,
  serverUrl: string,
  updates: readonly PushedRef[],
  atomic: boolean,
): Promise<PushResult> {
  return repository.exclusively(async () => {
    const judged: Judged[] = [];
    for (const update of updates) {
      judged.push(await judgePushed(repository, caller, serverUrl, update));
    }
    const messages = judged.flatMap((one) => one.messages);
    const refusals = new Map<string, string>();
    for (const { update, reason } of judged) {
      if (reason !== undefined) refusals.set(update.ref, reason);
    }
    if (atomic && refusals.size > 0) {
      for (const { ref } of updates) {
        if (!refusals.has(ref)) refusals.set(ref, "atomic push failure");
      }
      return { refusals, messages };
    }
    const accepted = updates.filter(({ ref }) => !refusals.has(ref));
    const batches = atomic ? [accepted] : accepted.map((update) => [update]);
    for (const batch of batches) {
      if (await repository.git.moveRefs(batch)) {
        for (const update of batch) {
          const { ref, before, after } = update;
          repository.record(caller.identity, { what: whatOf(update), ref, before, after });
          await repository.refMoved(update);
        }
      } else {
        for (const { ref } of batch) refusals.set(ref, "failed to update ref");
      }
    }
    return { refusals, messages };
  });
}
