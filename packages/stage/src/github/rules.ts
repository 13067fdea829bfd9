/**
 * What keeps a ref from being changed: rulesets and classic branch protection, judged for every
 * change whichever way it comes, and the record of what was judged (rule suites). Knows nothing of
 * HTTP; GitHub's sentences are here because a push and the API say the same ones.
 */
import { commitsOnlyIn, isAncestor } from "../git-objects.ts";
import type { GitRepository } from "../git-repository.ts";
import type { Accounts, Actor } from "./accounts.ts";
import { ACTIONS_APP } from "./accounts.ts";
import type { Checks, RequiredCheck } from "./checks.ts";
import type { ReleasesStore } from "./releases-store.ts";
import { verificationOf } from "./signing.ts";

export type Enforcement = "active" | "evaluate" | "disabled";

interface PullRequestParameters {
  readonly required_approving_review_count?: number;
  readonly dismiss_stale_reviews_on_push?: boolean;
  readonly require_code_owner_review?: boolean;
  readonly require_last_push_approval?: boolean;
  readonly required_review_thread_resolution?: boolean;
  readonly allowed_merge_methods?: readonly ("merge" | "squash" | "rebase")[];
}

export interface StatusChecksParameters {
  readonly required_status_checks: readonly RequiredCheck[];
  readonly strict_required_status_checks_policy?: boolean;
  readonly do_not_enforce_on_create?: boolean;
}

/** A rule in GitHub's own spelling; parameters left out have the value GitHub's form starts with. */
export type Rule =
  | { readonly type: "creation" }
  | { readonly type: "update" }
  | { readonly type: "deletion" }
  | { readonly type: "non_fast_forward" }
  | { readonly type: "required_linear_history" }
  | { readonly type: "required_signatures" }
  | { readonly type: "pull_request"; readonly parameters?: PullRequestParameters }
  | { readonly type: "required_status_checks"; readonly parameters: StatusChecksParameters };

/** A user by login, an app by slug, or everybody with the role. */
export type BypassActor = (
  | { readonly user: string }
  | { readonly app: string }
  | { readonly role: "admin" | "maintain" | "write" }
) & { readonly mode?: "always" | "pull_request" };

export interface RulesetOptions {
  readonly name: string;
  readonly target?: "branch" | "tag";
  readonly enforcement?: Enforcement;
  /** Full refs with `*` and `**`, `~ALL` or `~DEFAULT_BRANCH`; `~ALL` unless told. */
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly rules: readonly Rule[];
  readonly bypass?: readonly BypassActor[];
}

export interface Ruleset extends Required<RulesetOptions> {
  readonly id: number;
  readonly createdAt: number;
}

/** Classic protection of one branch. What is left out is off. */
export interface ProtectionOptions {
  readonly requiredApprovals?: number;
  readonly dismissStaleReviews?: boolean;
  readonly requiredChecks?: readonly RequiredCheck[];
  /** The branch must be up to date with its base before it is merged. */
  readonly strict?: boolean;
  readonly requiredSignatures?: boolean;
  readonly requiredLinearHistory?: boolean;
  readonly allowForcePushes?: boolean;
  readonly allowDeletions?: boolean;
  /** Administrators are bound, too. */
  readonly enforceAdmins?: boolean;
}

export interface RefUpdate {
  readonly ref: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** What a merge of a pull request brings along that a push does not have. */
export interface PullContext {
  readonly headSha: string;
  /** Logins whose last review of the head approves, or refuses. */
  readonly approvals: readonly string[];
  readonly refusals: readonly string[];
  readonly method: "merge" | "squash" | "rebase";
}

export interface RuleEvaluation {
  readonly source: "ruleset" | "protection";
  readonly rulesetId: number | undefined;
  readonly rulesetName: string | undefined;
  readonly enforcement: "active" | "evaluate";
  readonly type: string;
  /** What is wrong, in GitHub's words; undefined when the rule is met. */
  readonly violation: string | undefined;
  readonly isBypassed: boolean;
}

export interface Judgement {
  readonly verdict: "pass" | "fail" | "bypass";
  /** Sentences of what refuses the change, or was bypassed. */
  readonly violations: readonly string[];
  /** Whose rules refuse: rulesets have other words than classic protection. */
  readonly source: "ruleset" | "protection";
}

export interface RuleSuite {
  readonly id: number;
  readonly actor: Actor;
  readonly update: RefUpdate;
  readonly pushedAt: number;
  readonly result: "pass" | "fail" | "bypass";
  /** What the rules in `evaluate` would have said; undefined without any. */
  readonly evaluationResult: "pass" | "fail" | undefined;
  readonly evaluations: readonly RuleEvaluation[];
}

interface Subject {
  readonly git: GitRepository;
  readonly accounts: Accounts;
  readonly checks: Checks;
  readonly defaultBranch: string;
  readonly releases: ReleasesStore;
}

export function matchesGlob(glob: string, text: string): boolean {
  const source = glob
    .replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll(/\*\*?/g, (stars) => (stars === "**" ? ".*" : "[^/]*"));
  return new RegExp(`^${source}$`).test(text);
}

function targetOf(ref: string): "branch" | "tag" | undefined {
  if (ref.startsWith("refs/heads/")) return "branch";
  return ref.startsWith("refs/tags/") ? "tag" : undefined;
}

function isListed(listed: BypassActor, actor: Actor): boolean {
  if ("user" in listed) return listed.user.toLowerCase() === actor.account.login.toLowerCase();
  if ("app" in listed) return listed.app === actor.app?.slug;
  return actor.app === undefined && listed.role === actor.account.role;
}

/** Classic protection, said as rules. */
function rulesOfProtection(protection: ProtectionOptions): readonly Rule[] {
  const { requiredApprovals, requiredChecks, strict = false } = protection;
  const reviews = {
    required_approving_review_count: requiredApprovals ?? 0,
    dismiss_stale_reviews_on_push: protection.dismissStaleReviews ?? false,
  };
  const checks = {
    required_status_checks: requiredChecks ?? [],
    strict_required_status_checks_policy: strict,
    do_not_enforce_on_create: true,
  };
  const rules: readonly (Rule | undefined)[] = [
    protection.allowDeletions === true ? undefined : { type: "deletion" },
    protection.allowForcePushes === true ? undefined : { type: "non_fast_forward" },
    protection.requiredLinearHistory === true ? { type: "required_linear_history" } : undefined,
    protection.requiredSignatures === true ? { type: "required_signatures" } : undefined,
    requiredApprovals === undefined ? undefined : { type: "pull_request", parameters: reviews },
    requiredChecks === undefined
      ? undefined
      : { type: "required_status_checks", parameters: checks },
  ];
  return rules.filter((rule) => rule !== undefined);
}

export class Rules {
  readonly #subject: Subject;
  readonly #rulesets: Ruleset[] = [];
  readonly #protections = new Map<string, ProtectionOptions>();
  readonly #suites: RuleSuite[] = [];

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  get rulesets(): readonly Ruleset[] {
    return this.#rulesets;
  }

  get suites(): readonly RuleSuite[] {
    return this.#suites;
  }

  /** @throws Error for a bypass GitHub does not offer */
  add(options: RulesetOptions): Ruleset {
    if ((options.bypass ?? []).some((actor) => "app" in actor && actor.app === ACTIONS_APP)) {
      throw new Error("GITHUB_TOKEN cannot be let past rules");
    }
    const ruleset: Ruleset = {
      target: "branch",
      enforcement: "active",
      include: ["~ALL"],
      exclude: [],
      bypass: [],
      ...options,
      id: this.#rulesets.length + 501,
      createdAt: Date.now(),
    };
    this.#rulesets.push(ruleset);
    return ruleset;
  }

  /** From now on the ruleset is enforced like this. @throws Error for one that is not there */
  setEnforcement(id: number, enforcement: Enforcement): void {
    const index = this.#rulesets.findIndex((ruleset) => ruleset.id === id);
    const ruleset = this.#rulesets[index];
    if (ruleset === undefined) throw new Error(`there is no ruleset ${id}`);
    this.#rulesets[index] = { ...ruleset, enforcement };
  }

  protect(branch: string, options: ProtectionOptions): void {
    this.#protections.set(branch, options);
  }

  protectionOf(branch: string): ProtectionOptions | undefined {
    return this.#protections.get(branch);
  }

  /** Rulesets for the ref in force or on trial, whether or not the ref exists. */
  rulesetsFor(ref: string): readonly Ruleset[] {
    const target = targetOf(ref);
    const matches = (pattern: string): boolean =>
      pattern === "~ALL" ||
      (pattern === "~DEFAULT_BRANCH" && ref === `refs/heads/${this.#subject.defaultBranch}`) ||
      matchesGlob(pattern, ref);
    return this.#rulesets.filter(
      (ruleset) =>
        ruleset.enforcement !== "disabled" &&
        ruleset.target === target &&
        ruleset.include.some(matches) &&
        !ruleset.exclude.some(matches),
    );
  }

  /** In which ways the actor is let past the ruleset. */
  bypassModesOf(ruleset: Ruleset, actor: Actor): readonly ("always" | "pull_request")[] {
    return ruleset.bypass
      .filter((listed) => isListed(listed, actor))
      .map((listed) => listed.mode ?? "always");
  }

  /** Judges the change and keeps the judgement. Objects of the change are in the store already. */
  async judge(update: RefUpdate, actor: Actor, pull?: PullContext): Promise<Judgement> {
    const { judgement, evaluations } = await this.#weigh(update, actor, pull);
    this.#keep(update, actor, judgement.verdict, evaluations);
    return judgement;
  }

  /** What would be judged, without a trace. */
  async foresee(update: RefUpdate, actor: Actor, pull?: PullContext): Promise<Judgement> {
    return (await this.#weigh(update, actor, pull)).judgement;
  }

  async #weigh(
    update: RefUpdate,
    actor: Actor,
    pull: PullContext | undefined,
  ): Promise<{ judgement: Judgement; evaluations: readonly RuleEvaluation[] }> {
    const evaluations = [
      ...this.#evaluateImmutableReleases(update),
      ...(await this.#evaluateRulesets(update, actor, pull)),
      ...(await this.#evaluateProtection(update, actor, pull)),
    ];
    const violated = evaluations.filter((one) => one.violation !== undefined);
    const active = violated.filter((one) => one.enforcement === "active");
    const refusing = active.filter((one) => !one.isBypassed);
    const verdict = refusing.length > 0 ? "fail" : active.length > 0 ? "bypass" : "pass";
    const shown = verdict === "fail" ? refusing : active;
    const judgement: Judgement = {
      verdict,
      violations: [...new Set(shown.flatMap((one) => one.violation ?? []))],
      source: shown.some((one) => one.source === "ruleset") ? "ruleset" : "protection",
    };
    return { judgement, evaluations };
  }

  /** The rule GitHub itself keeps, which no list of rulesets shows and nobody bypasses. */
  #evaluateImmutableReleases(update: RefUpdate): readonly RuleEvaluation[] {
    const violation = this.#subject.releases.objectionTo(update);
    if (violation === undefined) return [];
    const type =
      update.before === undefined ? "creation" : update.after === undefined ? "deletion" : "update";
    return [
      {
        source: "ruleset",
        rulesetId: undefined,
        rulesetName: undefined,
        enforcement: "active",
        type,
        violation,
        isBypassed: false,
      },
    ];
  }

  #keep(
    update: RefUpdate,
    actor: Actor,
    result: RuleSuite["result"],
    evaluations: readonly RuleEvaluation[],
  ): void {
    const ofRulesets = evaluations.filter((one) => one.source === "ruleset");
    if (ofRulesets.length === 0) return;
    const onTrial = ofRulesets.filter((one) => one.enforcement === "evaluate");
    const failsTrial = onTrial.some((one) => one.violation !== undefined);
    this.#suites.push({
      id: this.#suites.length + 9001,
      actor,
      update,
      pushedAt: Date.now(),
      result,
      evaluationResult: onTrial.length === 0 ? undefined : failsTrial ? "fail" : "pass",
      evaluations: ofRulesets,
    });
  }

  async #evaluateRulesets(
    update: RefUpdate,
    actor: Actor,
    pull: PullContext | undefined,
  ): Promise<readonly RuleEvaluation[]> {
    const evaluations: RuleEvaluation[] = [];
    for (const ruleset of this.rulesetsFor(update.ref)) {
      const modes = this.bypassModesOf(ruleset, actor);
      const isBypassed =
        modes.includes("always") || (pull !== undefined && modes.includes("pull_request"));
      for (const rule of ruleset.rules) {
        evaluations.push({
          source: "ruleset",
          rulesetId: ruleset.id,
          rulesetName: ruleset.name,
          enforcement: ruleset.enforcement === "active" ? "active" : "evaluate",
          type: rule.type,
          violation: await this.#violation(rule, update, pull),
          isBypassed,
        });
      }
    }
    return evaluations;
  }

  async #evaluateProtection(
    update: RefUpdate,
    actor: Actor,
    pull: PullContext | undefined,
  ): Promise<readonly RuleEvaluation[]> {
    const protection = this.#protections.get(update.ref.replace(/^refs\/heads\//, ""));
    if (protection === undefined || targetOf(update.ref) !== "branch") return [];
    const isAdmin = actor.app === undefined && actor.account.role === "admin";
    const evaluations: RuleEvaluation[] = [];
    for (const rule of rulesOfProtection(protection)) {
      // What keeps a branch from being deleted or forced binds administrators, too.
      const bindsAll = rule.type === "deletion" || rule.type === "non_fast_forward";
      evaluations.push({
        source: "protection",
        rulesetId: undefined,
        rulesetName: undefined,
        enforcement: "active",
        type: rule.type,
        violation: await this.#violation(rule, update, pull),
        isBypassed: isAdmin && !bindsAll && protection.enforceAdmins !== true,
      });
    }
    return evaluations;
  }

  async #violation(
    rule: Rule,
    { ref, before, after }: RefUpdate,
    pull: PullContext | undefined,
  ): Promise<string | undefined> {
    const { git } = this.#subject;
    const isBranch = targetOf(ref) === "branch";
    const moved = before !== undefined && after !== undefined ? { before, after } : undefined;
    switch (rule.type) {
      case "creation":
        return before === undefined
          ? "Cannot create ref due to creations being restricted."
          : undefined;
      case "update":
        return moved === undefined ? undefined : "Cannot update this protected ref.";
      case "deletion":
        if (after !== undefined) return undefined;
        return `Cannot delete this ${isBranch ? "branch" : "tag"}`;
      case "non_fast_forward":
        if (moved === undefined || (await isAncestor(git, moved.before, moved.after))) {
          return undefined;
        }
        return `Cannot force-push to this ${isBranch ? "branch" : "tag"}`;
      case "required_linear_history": {
        const added = await this.#commitsOf(before, after);
        return added.some(({ parents }) => parents.length > 1)
          ? "This branch must not contain merge commits."
          : undefined;
      }
      case "required_signatures": {
        const added = await this.#commitsOf(before, after);
        return added.every((commit) => verificationOf(commit).verified)
          ? undefined
          : "Commits must have verified signatures.";
      }
      case "pull_request":
        return pullViolation(rule.parameters ?? {}, moved !== undefined, pull);
      case "required_status_checks":
        return this.#checksViolation(rule.parameters, before, after, pull);
    }
  }

  /** The commits a change adds to the ref; to a new one, what no ref had. */
  async #commitsOf(
    before: string | undefined,
    after: string | undefined,
  ): ReturnType<GitRepository["commits"]> {
    const { git } = this.#subject;
    if (after === undefined) return [];
    const known = before === undefined ? [...new Set((await git.refs()).values())] : [before];
    return git.commits(await commitsOnlyIn(git, after, known));
  }

  async #checksViolation(
    parameters: StatusChecksParameters,
    before: string | undefined,
    after: string | undefined,
    pull: PullContext | undefined,
  ): Promise<string | undefined> {
    const required = parameters.required_status_checks;
    if (after === undefined || required.length === 0) return undefined;
    if (before === undefined && parameters.do_not_enforce_on_create === true) return undefined;
    const { git, checks } = this.#subject;
    const sha = pull?.headSha ?? (await git.peelToCommit(after)) ?? after;
    const isBehind =
      parameters.strict_required_status_checks_policy === true &&
      pull !== undefined &&
      before !== undefined &&
      !(await isAncestor(git, before, pull.headSha));
    const open = required
      .map((check) => ({
        context: check.context,
        state: isBehind ? ("expected" as const) : checks.stateOf(sha, check),
      }))
      .filter(({ state }) => state !== "met");
    const [first] = open;
    if (first === undefined) return undefined;
    if (required.length === 1) {
      return `Required status check "${first.context}" is ${first.state}.`;
    }
    if (open.every(({ state }) => state === "expected")) {
      return `${open.length} of ${required.length} required status checks are expected.`;
    }
    const counts = (["expected", "in progress", "failing"] as const)
      .map((state) => [open.filter((one) => one.state === state).length, state] as const)
      .filter(([count]) => count > 0)
      .map(([count, state]) => `${count} ${state}`);
    const listed = [counts.slice(0, -1).join(", "), ...counts.slice(-1)].filter((s) => s !== "");
    return (
      `${open.length} of ${required.length} required status checks have not succeeded: ` +
      `${listed.join(" and ")}.`
    );
  }
}

function pullViolation(
  parameters: PullRequestParameters,
  isUpdate: boolean,
  pull: PullContext | undefined,
): string | undefined {
  if (!isUpdate) return undefined;
  if (pull === undefined) return "Changes must be made through a pull request.";
  const needed = parameters.required_approving_review_count ?? 0;
  if (pull.refusals.length > 0 && needed > 0) {
    return "Changes have been requested.";
  }
  if (pull.approvals.length < needed) {
    const reviews = needed === 1 ? "review is" : "reviews are";
    return `At least ${needed} approving ${reviews} required by reviewers with write access.`;
  }
  const methods = parameters.allowed_merge_methods ?? ["merge", "squash", "rebase"];
  return methods.includes(pull.method)
    ? undefined
    : `${pull.method === "merge" ? "Merge" : pull.method === "squash" ? "Squash" : "Rebase"} merges are not allowed on this branch.`;
}
