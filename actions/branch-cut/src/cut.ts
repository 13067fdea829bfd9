import type { ActionResult, InputsOf, Log } from "@auditable-release/action-kit";
import type { GithubRepository, Relation } from "@auditable-release/github/ports";
import {
  ActionError,
  type BranchName,
  type Clock,
  type CommitSha,
  InputError,
  isPatch,
} from "@auditable-release/model";
import type { contract } from "./contract.ts";
import {
  decide,
  type Decision,
  relationKey,
  releaseBranchOf,
  USUAL_TAG_FORMATS,
  type Wish,
} from "./plan.ts";
import { describeResult } from "./summary.ts";

export type Inputs = InputsOf<typeof contract>;

export interface Ports {
  readonly github: GithubRepository;
  readonly clock: Clock;
  readonly log: Log;
}

/** A decision needs a handful of facts; more means that it asks in circles. */
const MAX_QUESTIONS = 16;

/** How often the branch may turn up or vanish between two looks before we give way. */
const MAX_ATTEMPTS = 3;

/** Reading back tolerates that GitHub's answers lag behind its writes, for half a minute in all. */
const READ_BACK_WAITS_MS = [0, 500, 1000, 2000, 4000, 8000, 16_000] as const;

/**
 * Observes, decides, creates the branch if it is absent, and reads it back. Another run that does the
 * same at the same time ends `already-done`, or in a conflict if it wants another commit. Safe to
 * kill and to repeat anywhere.
 *
 * @throws InputError when the inputs do not go together.
 * @throws ActionError with one of the contract's codes.
 */
export async function cutBranch(
  inputs: Inputs,
  ports: Ports,
): Promise<ActionResult<typeof contract>> {
  const wish = wishOf(inputs);
  let undecided: ActionError | undefined;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const decision = await observeAndDecide(wish, ports);
    if (decision.kind === "stop") throw new ActionError(decision.code, decision.message);
    if (decision.kind === "nothing" || inputs.dryRun) {
      return describeResult(inputs.repository, wish, decision, inputs.dryRun);
    }
    undecided = await create(wish.branch, decision.at, ports);
    if (undecided === undefined) {
      ports.log.info(`Created the branch "${wish.branch}" at ${decision.at}`);
      return describeResult(inputs.repository, wish, decision, false);
    }
    ports.log.info(`${undecided.message}; looking again`);
  }
  throw undecided ?? new Error("the loop above runs at least once");
}

/** Derives what is asked for. Faults that only several inputs together show are found here. */
function wishOf(inputs: Inputs): Wish {
  const { version, commit } = inputs;
  const branch = inputs.branch ?? (version === undefined ? undefined : releaseBranchOf(version));
  if (branch === undefined) throw new Error("the contract asks for version or branch");
  const tagFormats = inputs.tagFormat === undefined ? USUAL_TAG_FORMATS : [inputs.tagFormat];
  if (version !== undefined && isPatch(version)) {
    return { kind: "patch", branch, version, commit, tagFormats };
  }
  if (commit === undefined) {
    throw new InputError([
      {
        input: "commit",
        expected: "the full id of the commit to cut from, because only a patch goes without",
        received: "nothing",
      },
    ]);
  }
  return { kind: "cut", branch, version, commit, sourceBranch: inputs.sourceBranch, tagFormats };
}

/** Reads branches and tags anew each time: between two looks another run may have acted. */
async function observeAndDecide(
  wish: Wish,
  { github }: Ports,
): Promise<Exclude<Decision, { kind: "ask" }>> {
  const branches = await github.refs.branches();
  const tags = await github.refs.tags();
  const relations = new Map<string, Relation | "unknown">();
  const peeled = new Map<string, CommitSha>();
  let defaultBranch: BranchName | undefined;
  for (let asked = 0; asked <= MAX_QUESTIONS; asked += 1) {
    const decision = decide(wish, { branches, tags, defaultBranch, relations, peeled });
    if (decision.kind !== "ask") return decision;
    const { question } = decision;
    switch (question.about) {
      case "default-branch":
        defaultBranch = await github.repositories.defaultBranch();
        break;
      case "tag":
        peeled.set(question.tag.name, await github.refs.peel(question.tag));
        break;
      case "relation":
        relations.set(
          relationKey(question.base, question.head),
          await github.commits.relation(question.base, question.head),
        );
        break;
    }
  }
  throw new Error(`the decision asked more than ${MAX_QUESTIONS} questions`);
}

/**
 * Creates the branch and reads it back. Returns undefined once it is seen at the commit; otherwise
 * why that is not so, for the caller to look again.
 */
async function create(
  branch: BranchName,
  at: CommitSha,
  { github, clock }: Ports,
): Promise<ActionError | undefined> {
  const creation = await github.refs.createBranch(branch, at);
  const seen = await readBack(branch, { github, clock });
  if (seen !== undefined && creation.kind === "exists") {
    return new ActionError("RACE_UNDECIDED", `Another run created the branch "${branch}" first`);
  }
  if (seen === at) return undefined;
  if (seen !== undefined) {
    return new ActionError(
      "RACE_UNDECIDED",
      `The branch "${branch}" was moved to ${seen} right after it was created at ${at}`,
    );
  }
  return new ActionError(
    "NOT_CONFIRMED",
    `The branch "${branch}" was ${creation.kind === "unclear" ? "perhaps created" : "reported as there"}, but reading it back does not show it`,
    creation.kind === "unclear" ? { cause: creation.cause } : {},
  );
}

/** The first commit the branch is seen at, or undefined when it does not show in time. */
async function readBack(
  branch: BranchName,
  { github, clock }: Pick<Ports, "github" | "clock">,
): Promise<CommitSha | undefined> {
  for (const wait of READ_BACK_WAITS_MS) {
    await clock.wait(wait);
    const seen = await github.refs.findBranch(branch);
    if (seen !== undefined) return seen;
  }
  return undefined;
}
