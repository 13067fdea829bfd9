import { expect, test } from "vitest";
import { refusalOf } from "./refusal.ts";
import { AT, octokitFor, SLUG, startScene } from "./scene.ts";

const VIOLATIONS = "Repository rule violations found\n\n";

test("refuses by the API what a ruleset forbids, each with GitHub's sentence", async () => {
  await using scene = await startScene();
  const { octokit, repo, head, first } = scene;
  await repo.createTag("1.0.0", head);
  await repo.createBranch("release-1.0", head);
  repo.addRuleset({
    name: "tags",
    target: "tag",
    rules: [
      { type: "creation" },
      { type: "update" },
      { type: "deletion" },
      { type: "non_fast_forward" },
    ],
  });
  repo.addRuleset({
    name: "branches",
    include: ["refs/heads/release-*"],
    rules: [{ type: "deletion" }, { type: "non_fast_forward" }],
  });
  const { git } = octokit.rest;
  expect(await refusalOf(git.createRef({ ...AT, ref: "refs/tags/2", sha: head }))).toEqual([
    422,
    `${VIOLATIONS}Cannot create ref due to creations being restricted.\n\n`,
  ]);
  const tag = { ...AT, ref: "tags/1.0.0" };
  expect(await refusalOf(git.updateRef({ ...tag, sha: first, force: true }))).toEqual([
    422,
    `${VIOLATIONS}Cannot update this protected ref.\n\nCannot force-push to this tag\n\n`,
  ]);
  expect(await refusalOf(git.deleteRef(tag))).toEqual([
    422,
    `${VIOLATIONS}Cannot delete this tag\n\n`,
  ]);
  const branch = { ...AT, ref: "heads/release-1.0" };
  expect(await refusalOf(git.updateRef({ ...branch, sha: first, force: true }))).toEqual([
    422,
    `${VIOLATIONS}Cannot force-push to this branch\n\n`,
  ]);
  expect(await refusalOf(git.deleteRef(branch))).toEqual([
    422,
    `${VIOLATIONS}Cannot delete this branch\n\n`,
  ]);
  expect(await repo.ref("refs/heads/release-1.0")).toBe(head);
});

test("binds files written by the API, too, and wants signatures where they are required", async () => {
  await using scene = await startScene();
  const { octokit, repo, host } = scene;
  repo.addRuleset({
    name: "signed",
    include: ["~DEFAULT_BRANCH"],
    rules: [{ type: "required_signatures" }],
  });
  const put = { ...AT, message: "m", content: "eA==", path: "x" };
  await octokit.rest.repos.createOrUpdateFileContents(put);
  const author = { name: "A", email: "a@example.invalid" };
  const unsigned = { ...put, path: "y", author };
  expect(await refusalOf(octokit.rest.repos.createOrUpdateFileContents(unsigned))).toEqual([
    409,
    `${VIOLATIONS}Commits must have verified signatures.\n\n`,
  ]);
  expect(host.serverUrl).toBe("https://github.com");
});

test("evaluates without enforcing, keeps what would have been, and forgets disabled rulesets", async () => {
  await using scene = await startScene();
  const { host, repo, first, head } = scene;
  const admin = octokitFor(
    host,
    host.issueToken({
      user: "ada",
      permissions: { contents: "write", administration: "write" },
      repositories: [SLUG],
    }),
  );
  const { id } = repo.addRuleset({
    name: "trial",
    enforcement: "evaluate",
    rules: [{ type: "creation" }],
  });
  await admin.rest.git.createRef({ ...AT, ref: "refs/heads/x", sha: first });
  const { data } = await admin.rest.repos.getRepoRuleSuites(AT);
  expect(data).toMatchObject([
    {
      actor_name: "ada",
      before_sha: "0".repeat(40),
      after_sha: first,
      ref: "refs/heads/x",
      result: "pass",
      evaluation_result: "fail",
    },
  ]);
  const one = await admin.rest.repos.getRepoRuleSuite({ ...AT, rule_suite_id: data[0]?.id ?? 0 });
  expect(one.data.rule_evaluations).toEqual([
    {
      rule_source: { type: "ruleset", id, name: "trial" },
      enforcement: "evaluate",
      result: "fail",
      rule_type: "creation",
      details: "Cannot create ref due to creations being restricted.",
    },
  ]);
  repo.rules.setEnforcement(id, "disabled");
  await admin.rest.git.updateRef({ ...AT, ref: "heads/x", sha: head });
  expect((await admin.rest.repos.getRepoRuleSuites({ ...AT, ref: "x" })).data).toHaveLength(1);
  expect((await admin.rest.repos.getRepoRuleSuites({ ...AT, ref: "main" })).data).toEqual([]);
});

test("tells the rules of a branch that is not there yet, active ones only", async () => {
  await using scene = await startScene();
  const { octokit, repo } = scene;
  const include = ["refs/heads/release/**"];
  const { id } = repo.addRuleset({
    name: "a",
    include,
    exclude: ["refs/heads/release/old"],
    rules: [
      { type: "pull_request", parameters: { required_approving_review_count: 2 } },
      { type: "deletion" },
    ],
  });
  repo.addRuleset({ name: "b", include, enforcement: "evaluate", rules: [{ type: "creation" }] });
  const rulesOf = async (branch: string): Promise<unknown> =>
    (await octokit.rest.repos.getBranchRules({ ...AT, branch })).data;
  const source = { ruleset_source_type: "Repository", ruleset_source: SLUG, ruleset_id: id };
  expect(await rulesOf("release/1.0")).toEqual([
    {
      type: "pull_request",
      parameters: {
        required_approving_review_count: 2,
        dismiss_stale_reviews_on_push: false,
        require_code_owner_review: false,
        require_last_push_approval: false,
        required_review_thread_resolution: false,
        allowed_merge_methods: ["merge", "squash", "rebase"],
      },
      ...source,
    },
    { type: "deletion", ...source },
  ]);
  expect(await rulesOf("release/old")).toEqual([]);
  expect(await rulesOf("main")).toEqual([]);
});

test("shows rulesets, and who may bypass them only to who may change them", async () => {
  await using scene = await startScene();
  const { octokit, repo, host } = scene;
  const app = host.addApp("release-bot", { id: 77 });
  const { id } = repo.addRuleset({
    name: "main",
    rules: [{ type: "update" }],
    bypass: [{ app: "release-bot" }, { role: "admin", mode: "pull_request" }],
  });
  const listed = await octokit.rest.repos.getRepoRulesets(AT);
  expect(listed.data).toMatchObject([
    { id, name: "main", target: "branch", enforcement: "active" },
  ]);
  const plain = await octokit.rest.repos.getRepoRuleset({ ...AT, ruleset_id: id });
  expect(plain.data.bypass_actors).toBeUndefined();
  expect(plain.data.current_user_can_bypass).toBe("never");
  const bot = octokitFor(
    host,
    host.issueToken({
      app: "release-bot",
      permissions: { administration: "write" },
      repositories: [SLUG],
    }),
  );
  const full = await bot.rest.repos.getRepoRuleset({ ...AT, ruleset_id: id });
  expect(full.data.current_user_can_bypass).toBe("always");
  expect(full.data.bypass_actors).toEqual([
    { actor_id: app.id, actor_type: "Integration", bypass_mode: "always" },
    { actor_id: 5, actor_type: "RepositoryRole", bypass_mode: "pull_request" },
  ]);
  expect((await refusalOf(octokit.rest.repos.getRepoRuleset({ ...AT, ruleset_id: 1 })))[0]).toBe(
    404,
  );
});

test("lets an administrator past a rule only through a pull request where the bypass says so", async () => {
  await using scene = await startScene();
  const { repo, host, head } = scene;
  host.addUser("root", { role: "admin" });
  const root = octokitFor(
    host,
    host.issueToken({
      user: "root",
      permissions: { contents: "write", pull_requests: "write" },
      repositories: [SLUG],
    }),
  );
  repo.addRuleset({
    name: "main",
    include: ["~DEFAULT_BRANCH"],
    rules: [{ type: "pull_request", parameters: { required_approving_review_count: 1 } }],
    bypass: [{ role: "admin", mode: "pull_request" }],
  });
  const topic = await repo.commit({ branch: "topic", from: head, files: { "t.txt": "t\n" } });
  const direct = root.rest.git.updateRef({ ...AT, ref: "heads/main", sha: topic });
  expect(await refusalOf(direct)).toEqual([
    422,
    `${VIOLATIONS}Changes must be made through a pull request.\n\n`,
  ]);
  await root.rest.pulls.create({ ...AT, title: "T", head: "topic", base: "main" });
  await root.rest.pulls.merge({ ...AT, pull_number: 1 });
  expect(repo.rules.suites.map(({ result }) => result)).toEqual(["fail", "bypass"]);
});

test("never lets a job's token past rules", async () => {
  await using scene = await startScene();
  expect(() =>
    scene.repo.addRuleset({ name: "x", rules: [], bypass: [{ app: "github-actions" }] }),
  ).toThrow("GITHUB_TOKEN cannot be let past rules");
});

test("shows classic protection to administrators, and says when there is none", async () => {
  await using scene = await startScene();
  const { octokit, repo, host } = scene;
  const admin = octokitFor(
    host,
    host.issueToken({ permissions: { administration: "read" }, repositories: [SLUG] }),
  );
  const at = { ...AT, branch: "main" };
  expect(await refusalOf(octokit.rest.repos.getBranchProtection(at))).toEqual([
    403,
    "Resource not accessible by integration",
  ]);
  expect(await refusalOf(admin.rest.repos.getBranchProtection(at))).toEqual([
    404,
    "Branch not protected",
  ]);
  repo.protectBranch("main", {
    requiredApprovals: 2,
    requiredChecks: [{ context: "ci" }],
    enforceAdmins: true,
  });
  const { data } = await admin.rest.repos.getBranchProtection(at);
  expect(data).toMatchObject({
    enforce_admins: { enabled: true },
    required_pull_request_reviews: { required_approving_review_count: 2 },
    required_status_checks: { contexts: ["ci"], checks: [{ context: "ci", app_id: null }] },
    allow_force_pushes: { enabled: false },
  });
});

test("lets an administrator past classic protection unless it binds them", async () => {
  await using scene = await startScene();
  const { repo, host, head } = scene;
  host.addUser("root", { role: "admin" });
  const options = {
    user: "root",
    permissions: { contents: "write" },
    repositories: [SLUG],
  } as const;
  const root = octokitFor(host, host.issueToken(options));
  const ahead = await repo.commit({ branch: "ahead", from: head });
  repo.protectBranch("main", { requiredApprovals: 1, enforceAdmins: true });
  const move = (): Promise<unknown> =>
    root.rest.git.updateRef({ ...AT, ref: "heads/main", sha: ahead });
  expect(await refusalOf(move())).toEqual([422, "Changes must be made through a pull request."]);
  repo.protectBranch("main", { requiredApprovals: 1 });
  await move();
  expect(await repo.ref("refs/heads/main")).toBe(ahead);
});
