/** Rulesets, the rules a branch is under, and the record of what was judged. */
import { splitRepoSlug } from "@auditable-release/model";
import { notFound } from "./errors.ts";
import { type Call, nodeId, type OperationTable, paged, type Reply } from "./operation.ts";
import { apiUrlOf, htmlUrlOf } from "./repositories.ts";
import { type BypassActor, matchesGlob, type Rule, type Ruleset, type RuleSuite } from "./rules.ts";
import { formatDate } from "./signing.ts";
import { grants } from "./tokens.ts";

const ZERO_SHA = "0".repeat(40);

/** GitHub's ids of the roles every repository has. */
const ROLE_IDS = { admin: 5, write: 4, maintain: 2 };

/** `time_period` in seconds. */
const PERIODS: Readonly<Record<string, number>> = {
  hour: 3_600,
  day: 86_400,
  week: 604_800,
  month: 2_592_000,
};

/** With every parameter, as GitHub always answers. */
function renderRule(rule: Rule): object {
  switch (rule.type) {
    case "update":
      return { type: rule.type, parameters: { update_allows_fetch_and_merge: false } };
    case "pull_request":
      return {
        type: rule.type,
        parameters: {
          required_approving_review_count: 0,
          dismiss_stale_reviews_on_push: false,
          require_code_owner_review: false,
          require_last_push_approval: false,
          required_review_thread_resolution: false,
          allowed_merge_methods: ["merge", "squash", "rebase"],
          ...rule.parameters,
        },
      };
    case "required_status_checks":
      return {
        type: rule.type,
        parameters: {
          strict_required_status_checks_policy: false,
          do_not_enforce_on_create: false,
          ...rule.parameters,
        },
      };
    case "creation":
    case "deletion":
    case "non_fast_forward":
    case "required_linear_history":
    case "required_signatures":
      return { type: rule.type };
  }
}

async function listBranchRules(call: Call): Promise<Reply> {
  const branch = call.params["branch"] ?? "";
  const { rules, slug } = call.repository;
  const listed = rules
    .rulesetsFor(`refs/heads/${branch}`)
    .filter(({ enforcement }) => enforcement === "active")
    .flatMap((ruleset) =>
      ruleset.rules.map((rule) => ({
        ...renderRule(rule),
        ruleset_source_type: "Repository",
        ruleset_source: slug,
        ruleset_id: ruleset.id,
      })),
    );
  const url = apiUrlOf(call, `/rules/branches/${branch}`);
  const { shown, headers } = paged(call, url, listed);
  return { status: 200, body: shown, headers };
}

function renderBypassActor(call: Call, actor: BypassActor): object {
  const { accounts } = call.repository;
  const bypass_mode = actor.mode ?? "always";
  if ("user" in actor) {
    const { account } = accounts.actorNamed(actor.user);
    return { actor_id: account.id, actor_type: "User", bypass_mode };
  }
  if ("app" in actor) {
    const app = accounts.app(actor.app) ?? accounts.addApp(actor.app);
    return { actor_id: app.id, actor_type: "Integration", bypass_mode };
  }
  return { actor_id: ROLE_IDS[actor.role], actor_type: "RepositoryRole", bypass_mode };
}

function bypassOf(call: Call, ruleset: Ruleset): string {
  const modes = call.repository.rules.bypassModesOf(
    ruleset,
    call.repository.accounts.actorOf(call.caller),
  );
  if (modes.includes("always")) return "always";
  return modes.length > 0 ? "pull_requests_only" : "never";
}

function renderRuleset(call: Call, ruleset: Ruleset): object {
  const at = formatDate(Math.floor(ruleset.createdAt / 1000));
  return {
    id: ruleset.id,
    name: ruleset.name,
    target: ruleset.target,
    source_type: "Repository",
    source: call.repository.slug,
    enforcement: ruleset.enforcement,
    node_id: nodeId("RepositoryRuleset", ruleset.id),
    created_at: at,
    updated_at: at,
    _links: {
      self: { href: apiUrlOf(call, `/rulesets/${ruleset.id}`) },
      html: { href: htmlUrlOf(call, `/rules/${ruleset.id}`) },
    },
  };
}

async function listRulesets(call: Call): Promise<Reply> {
  const targets = call.query.get("targets")?.split(",");
  const listed = call.repository.rules.rulesets.filter(
    ({ target }) => targets?.includes(target) !== false,
  );
  const { shown, headers } = paged(call, apiUrlOf(call, "/rulesets"), listed);
  return { status: 200, body: shown.map((ruleset) => renderRuleset(call, ruleset)), headers };
}

async function getRuleset(call: Call): Promise<Reply> {
  const id = Number(call.params["ruleset_id"]);
  const ruleset = call.repository.rules.rulesets.find((candidate) => candidate.id === id);
  if (ruleset === undefined) throw notFound();
  const maySeeBypass = grants(call.caller, call.repository.slug, "administration", "write");
  return {
    status: 200,
    body: {
      ...renderRuleset(call, ruleset),
      conditions: { ref_name: { include: ruleset.include, exclude: ruleset.exclude } },
      rules: ruleset.rules.map(renderRule),
      current_user_can_bypass: bypassOf(call, ruleset),
      // Only who may write the ruleset sees who may bypass it (docs.github.com).
      ...(maySeeBypass
        ? { bypass_actors: ruleset.bypass.map((actor) => renderBypassActor(call, actor)) }
        : {}),
    },
  };
}

function renderSuite(call: Call, suite: RuleSuite): object {
  const { actor, update } = suite;
  return {
    id: suite.id,
    actor_id: actor.account.id,
    actor_name: actor.account.login,
    before_sha: update.before ?? ZERO_SHA,
    after_sha: update.after ?? ZERO_SHA,
    ref: update.ref,
    repository_id: call.repository.id,
    repository_name: splitRepoSlug(call.repository.slug).name,
    pushed_at: formatDate(Math.floor(suite.pushedAt / 1000)),
    result: suite.result,
    ...(suite.evaluationResult === undefined ? {} : { evaluation_result: suite.evaluationResult }),
  };
}

/** `ref` is a branch or a full ref, with `*` for any characters but a slash. */
function isOfRef({ update }: RuleSuite, ref: string): boolean {
  return [ref, `refs/heads/${ref}`].some((pattern) => matchesGlob(pattern, update.ref));
}

async function listRuleSuites(call: Call): Promise<Reply> {
  const { query, repository } = call;
  const ref = query.get("ref");
  const actor = query.get("actor_name")?.toLowerCase();
  const result = query.get("rule_suite_result") ?? "all";
  const since = Date.now() - 1000 * (PERIODS[query.get("time_period") ?? "day"] ?? 0);
  const listed = repository.rules.suites
    .filter(
      (suite) =>
        suite.pushedAt >= since &&
        (result === "all" || suite.result === result) &&
        (actor === undefined || suite.actor.account.login.toLowerCase() === actor) &&
        (ref === null || isOfRef(suite, ref)),
    )
    .toReversed();
  const { shown, headers } = paged(call, apiUrlOf(call, "/rulesets/rule-suites"), listed);
  return { status: 200, body: shown.map((suite) => renderSuite(call, suite)), headers };
}

async function getRuleSuite(call: Call): Promise<Reply> {
  const id = Number(call.params["rule_suite_id"]);
  const suite = call.repository.rules.suites.find((candidate) => candidate.id === id);
  if (suite === undefined) throw notFound();
  return {
    status: 200,
    body: {
      ...renderSuite(call, suite),
      evaluation_result: suite.evaluationResult ?? null,
      rule_evaluations: suite.evaluations.map((one) => ({
        rule_source: {
          type: "ruleset",
          id: one.rulesetId ?? null,
          name: one.rulesetName ?? null,
        },
        enforcement: one.enforcement,
        result: one.violation === undefined ? "pass" : "fail",
        rule_type: one.type,
        ...(one.violation === undefined ? {} : { details: one.violation }),
      })),
    },
  };
}

const METADATA = { permission: "metadata", level: "read" } as const;
const ADMINISTRATION = { permission: "administration", level: "write" } as const;

export const ruleOperations = {
  "GET /repos/{owner}/{repo}/rules/branches/{branch}": { ...METADATA, handle: listBranchRules },
  "GET /repos/{owner}/{repo}/rulesets": { ...METADATA, handle: listRulesets },
  "GET /repos/{owner}/{repo}/rulesets/{ruleset_id}": { ...METADATA, handle: getRuleset },
  "GET /repos/{owner}/{repo}/rulesets/rule-suites": { ...ADMINISTRATION, handle: listRuleSuites },
  "GET /repos/{owner}/{repo}/rulesets/rule-suites/{rule_suite_id}": {
    ...ADMINISTRATION,
    handle: getRuleSuite,
  },
} satisfies OperationTable;
