/** A repository of the stage: its settings, its git store, and how a test sets the scene in it. */
import { parseRepoSlug, type RepoSlug } from "@auditable-release/model";
import type { BlobStore } from "../artifacts/blob-store.ts";
import type { Clock } from "../clock.ts";
import { GitRepository, type NewCommit, type Signature } from "../git-repository.ts";
import type { Change, History } from "../history.ts";
import { type Accounts, ACTIONS_APP } from "./accounts.ts";
import { ArtifactsStore } from "./artifacts-store.ts";
import { AttestationsStore } from "./attestations-store.ts";
import { type CheckRun, Checks, type CheckStatus, type CommitStatus } from "./checks.ts";
import { DeploymentsStore } from "./deployments-store.ts";
import { EnvironmentsStore } from "./environments-store.ts";
import { Issues } from "./issues.ts";
import { Pulls } from "./pulls.ts";
import type { MergedPull } from "./release-notes.ts";
import { ReleasesStore } from "./releases-store.ts";
import {
  matchesGlob,
  type ProtectionOptions,
  type RefUpdate,
  Rules,
  type Ruleset,
  type RulesetOptions,
} from "./rules.ts";
import { RunsStore } from "./runs-store.ts";

/** The name effects of the scene carry unless a test says who it was. */
const SCENE = "scene";

/** Authorship that stays the same, so that the same scene has the same commit ids. */
const AUTHOR = { name: "Octo Cat", email: "octocat@example.invalid" };

/** Each further commit is a minute younger. 2026-01-01T00:00:00Z. */
const FIRST_COMMIT_SECONDS = 1_767_225_600;

/** When the scene's checks ran. */
const CHECKED_AT = "2026-01-01T00:00:00Z";

export interface RepositoryOptions {
  readonly visibility?: "public" | "private";
  readonly defaultBranch?: string;
  /** "Allow GitHub Actions to create and approve pull requests"; off unless told, as on GitHub. */
  readonly actionsMayOpenPulls?: boolean;
}

export interface CommitOptions {
  readonly message?: string;
  /** By path; null removes the file. */
  readonly files?: Readonly<Record<string, string | null>>;
  readonly date?: Date;
}

export interface BranchCommitOptions extends CommitOptions {
  readonly branch: string;
  /** Where a branch that does not exist yet starts; a commit without parents unless told. */
  readonly from?: string;
  readonly as?: string;
}

export interface TagOptions {
  readonly annotated?: boolean;
  readonly message?: string;
  readonly as?: string;
}

export interface SceneCheckRun {
  /** `github-actions` unless told. */
  readonly app?: string;
  readonly status?: CheckStatus;
  readonly conclusion?: string;
}

export interface CreationRule {
  /** Full ref names; `*` stands for any characters but `/`, `**` for any. */
  readonly refs: string;
  /** Identities of tokens the rule does not bind. */
  readonly bypass?: readonly string[];
  /**
   * GitHub names the violated rule, or only says that the update failed: both are seen for
   * `POST git/refs` (github/rest-api-description issue 4887). It names it unless told.
   */
  readonly answer?: "violations" | "update-failed";
}

export interface SettingsOf {
  readonly id: number;
  readonly slug: RepoSlug;
  readonly service: string;
  readonly directory: string;
  readonly home: string;
  readonly history: History;
  readonly accounts: Accounts;
  readonly clock: Clock;
  readonly blobs: BlobStore;
}

export class Repository {
  readonly id: number;
  /** `owner/name` in the spelling it was created with. */
  readonly slug: RepoSlug;
  readonly isPrivate: boolean;
  readonly defaultBranch: string;
  readonly actionsMayOpenPulls: boolean;
  readonly git: GitRepository;
  /** Those of the host. */
  readonly accounts: Accounts;
  readonly checks = new Checks();
  readonly rules: Rules;
  readonly issues = new Issues();
  readonly pulls: Pulls;
  readonly runs: RunsStore;
  readonly artifacts: ArtifactsStore;
  readonly environments: EnvironmentsStore;
  readonly deployments: DeploymentsStore;
  readonly releases: ReleasesStore;
  readonly attestations: AttestationsStore;
  readonly #service: string;
  readonly #history: History;
  readonly #rules: CreationRule[] = [];
  #commits = 0;
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(settings: SettingsOf, options: RepositoryOptions, git: GitRepository) {
    this.id = settings.id;
    this.slug = settings.slug;
    this.isPrivate = (options.visibility ?? "private") === "private";
    this.defaultBranch = options.defaultBranch ?? "main";
    this.git = git;
    this.#service = settings.service;
    this.#history = settings.history;
    this.accounts = settings.accounts;
    this.rules = new Rules(this);
    this.pulls = new Pulls(this);
    this.actionsMayOpenPulls = options.actionsMayOpenPulls ?? false;
    const { id, clock, blobs } = settings;
    this.runs = new RunsStore(id, clock);
    this.artifacts = new ArtifactsStore(id, clock, blobs);
    this.environments = new EnvironmentsStore(id, clock);
    this.deployments = new DeploymentsStore(id, clock);
    this.attestations = new AttestationsStore(id, clock);
    this.releases = new ReleasesStore(id, clock);
    this.releases.setMergedPulls(() => this.#mergedPulls());
  }

  static async create(settings: SettingsOf, options: RepositoryOptions): Promise<Repository> {
    parseRepoSlug(settings.slug);
    const git = await GitRepository.create(
      settings.directory,
      settings.home,
      options.defaultBranch ?? "main",
    );
    return new Repository(settings, options, git);
  }

  /** What release notes are made of. */
  #mergedPulls(): readonly MergedPull[] {
    const merged = this.pulls.all.filter(({ mergedAt }) => mergedAt !== null);
    const authors = new Set<string>();
    return merged.flatMap(({ number, mergeSha }) => {
      const issue = this.issues.issue(number);
      if (issue === undefined || mergeSha === null) return [];
      const author = issue.author.account.login;
      const isFirstContribution = !authors.has(author);
      authors.add(author);
      return [
        {
          number,
          title: issue.title,
          author,
          labels: issue.labels,
          mergeCommit: mergeSha,
          isFirstContribution,
        },
      ];
    });
  }

  /** All refs by full name, straight from git. */
  async refs(): Promise<ReadonlyMap<string, string>> {
    return this.git.refs();
  }

  /** Where the ref points, straight from git. */
  async ref(name: string): Promise<string | undefined> {
    return (await this.git.refs()).get(name);
  }

  /** The refs as they were before the last so many changes of this repository. */
  async refsBefore(changes: number): Promise<ReadonlyMap<string, string>> {
    const refs = new Map(await this.git.refs());
    const undone = this.#history.effects
      .filter((e) => e.service === this.#service && e.repository === this.slug)
      .flatMap((e) => (e.ref === undefined ? [] : [{ ref: e.ref, before: e.before }]))
      .slice(changes === 0 ? Infinity : -changes)
      .toReversed();
    for (const { ref, before } of undone) {
      if (before === undefined) refs.delete(ref);
      else refs.set(ref, before);
    }
    return new Map([...refs].toSorted(([left], [right]) => (left < right ? -1 : 1)));
  }

  /** How many of the last so many changes of this repository were of the kind. */
  countRecent(changes: number, what: string): number {
    if (changes === 0) return 0;
    return this.#history.effects
      .filter((e) => e.service === this.#service && e.repository === this.slug)
      .slice(-changes)
      .filter((e) => e.what === what).length;
  }

  /**
   * One change after the other, as git's ref locks would have it; a request that lost the race then
   * sees the winner's ref and not its lock.
   */
  async exclusively<T>(change: () => Promise<T>): Promise<T> {
    const run = this.#queue.then(change);
    this.#queue = run.catch(() => undefined);
    return run;
  }

  record(who: string, change: Change): void {
    this.#history.record({ service: this.#service, who, repository: this.slug, ...change });
  }

  /** Commits on the branch's head, creates the branch when it is absent; returns the commit id. */
  async commit(options: BranchCommitOptions): Promise<string> {
    const [sha = ""] = await this.commits([options]);
    return sha;
  }

  /** Commits one after the other on the first one's branch; cheap for hundreds. */
  async commits(
    all: readonly [BranchCommitOptions, ...CommitOptions[]],
  ): Promise<readonly string[]> {
    const [{ branch, from, as = SCENE }] = all;
    const ref = `refs/heads/${branch}`;
    return this.exclusively(async () => {
      const head = await this.ref(ref);
      const shas = await this.git.writeCommits(
        head ?? from,
        all.map((c) => this.#newCommit(c)),
      );
      await this.#move(ref, head, shas.at(-1), as);
      return shas;
    });
  }

  /**
   * A commit that is in the store and on no branch, as one pushed to a fork is: GitHub answers for
   * it in the repository all the same. Child of `parent`, or of nothing.
   */
  async addForkOnlyCommit(options: CommitOptions & { parent?: string } = {}): Promise<string> {
    return this.exclusively(async () => {
      const [sha = ""] = await this.git.writeCommits(options.parent, [this.#newCommit(options)]);
      return sha;
    });
  }

  #newCommit(options: CommitOptions): NewCommit {
    this.#commits += 1;
    const seconds =
      options.date === undefined
        ? FIRST_COMMIT_SECONDS + 60 * this.#commits
        : Math.floor(options.date.getTime() / 1000);
    const author: Signature = { ...AUTHOR, seconds };
    const message = options.message ?? `Commit ${this.#commits}`;
    return { message, files: options.files ?? { "file.txt": `${this.#commits}\n` }, author };
  }

  async createBranch(name: string, sha: string, { as = SCENE } = {}): Promise<void> {
    await this.exclusively(() => this.#move(`refs/heads/${name}`, undefined, sha, as));
  }

  /** Sets an existing branch elsewhere, also backwards: what a forced push does. */
  async moveBranch(name: string, sha: string, { as = SCENE } = {}): Promise<void> {
    const ref = `refs/heads/${name}`;
    await this.exclusively(async () => {
      const before = await this.ref(ref);
      if (before === undefined) throw new Error(`${this.slug} has no branch ${name}`);
      await this.#move(ref, before, sha, as);
    });
  }

  async deleteRef(ref: string, { as = SCENE } = {}): Promise<void> {
    await this.exclusively(async () => this.#move(ref, await this.ref(ref), undefined, as));
  }

  /** Returns what the ref points at: the tag object's id when annotated, else the commit's. */
  async createTag(name: string, sha: string, options: TagOptions = {}): Promise<string> {
    const { annotated = false, message = name, as = SCENE } = options;
    const tagger = { ...AUTHOR, seconds: FIRST_COMMIT_SECONDS };
    const target = annotated
      ? await this.git.writeTag({ object: sha, type: "commit", tag: name, message, tagger })
      : sha;
    await this.exclusively(() => this.#move(`refs/tags/${name}`, undefined, target, as));
    return target;
  }

  async #move(
    ref: string,
    before: string | undefined,
    after: string | undefined,
    who: string,
  ): Promise<void> {
    const objection = this.releases.objectionTo({ ref, before, after });
    if (objection !== undefined) throw new Error(`${this.slug}: ${ref}: ${objection}`);
    if (!(await this.git.moveRef(ref, before, after))) {
      throw new Error(`${this.slug}: ${ref} could not be set from ${before} to ${after}`);
    }
    const what =
      before === undefined ? "create ref" : after === undefined ? "delete ref" : "move ref";
    this.record(who, { what, ref, before, after });
    await this.refMoved({ ref, before, after });
  }

  /** Told after every change of a ref: pull requests follow their branches. */
  async refMoved(update: RefUpdate): Promise<void> {
    await this.pulls.follow(update);
  }

  /** Adds a ruleset; it binds the API and pushes from now on. */
  addRuleset(options: RulesetOptions): Ruleset {
    return this.rules.add(options);
  }

  /** Protects a branch the classic way. */
  protectBranch(branch: string, options: ProtectionOptions = {}): void {
    this.rules.protect(branch, options);
  }

  /** A check run of an app, by slug, as the app itself would report it; done unless told. */
  addCheckRun(name: string, sha: string, options: SceneCheckRun = {}): CheckRun {
    const { app: slug = ACTIONS_APP, status = "completed", conclusion = "success" } = options;
    const isDone = status === "completed";
    this.record(SCENE, { what: "create check run", before: undefined, after: `${name} ${sha}` });
    return this.checks.addRun({
      name,
      headSha: sha,
      app: this.accounts.app(slug) ?? this.accounts.addApp(slug),
      status,
      conclusion: isDone ? conclusion : null,
      startedAt: CHECKED_AT,
      completedAt: isDone ? CHECKED_AT : null,
    });
  }

  /** A commit status; the latest of a context counts. */
  addStatus(
    context: string,
    sha: string,
    state: CommitStatus["state"] = "success",
    { as = SCENE } = {},
  ): CommitStatus {
    const creator = this.accounts.actorNamed(as).account;
    this.record(as, { what: "create status", before: undefined, after: `${context} ${state}` });
    return this.checks.addStatus({
      context,
      sha,
      state,
      description: null,
      targetUrl: null,
      creator,
    });
  }

  addRule(rule: CreationRule): void {
    this.#rules.push(rule);
  }

  /** The rule that keeps this identity from creating the ref. */
  ruleAgainst(ref: string, identity: string): CreationRule | undefined {
    if (this.releases.isBurnt(ref)) return { refs: ref };
    return this.#rules.find(
      (rule) => matchesGlob(rule.refs, ref) && !(rule.bypass ?? []).includes(identity),
    );
  }
}
