/** Pull requests and their reviews in one repository: the state, and how it follows branches. */
import { commitsOnlyIn, isAncestor } from "../git-objects.ts";
import type { GitRepository } from "../git-repository.ts";
import { type Account, type Actor, canWrite } from "./accounts.ts";
import type { Issues } from "./issues.ts";
import type { PullContext, RefUpdate, Rules } from "./rules.ts";

export type ReviewState = "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "DISMISSED" | "PENDING";

export interface Review {
  readonly id: number;
  readonly author: Account;
  readonly state: ReviewState;
  readonly body: string;
  readonly commit: string;
  readonly submittedAt: number;
}

export interface Pull {
  /** The same as its issue's, which has title, text, state and labels. */
  readonly number: number;
  /** Branch names. */
  readonly base: string;
  readonly head: string;
  /** The base branch when the head was last pushed: what GitHub shows. */
  readonly baseSha: string;
  /** The base branch now, or when the pull request was closed. */
  readonly baseTip: string;
  readonly headSha: string;
  readonly draft: boolean;
  readonly maintainerCanModify: boolean;
  readonly mergedAt: number | null;
  readonly mergedBy: Account | null;
  readonly mergeSha: string | null;
  /** What merging put on the base branch. */
  readonly mergedCommits: readonly string[];
  readonly reviews: readonly Review[];
  readonly requestedReviewers: readonly Account[];
  /** GitHub finds out in the background; of which state of the branches this was. */
  readonly mergeability:
    | { readonly of: string; readonly isMergeable: boolean; readonly sha: string | null }
    | undefined;
}

interface Subject {
  readonly git: GitRepository;
  readonly issues: Issues;
  readonly rules: Rules;
}

export class Pulls {
  readonly #subject: Subject;
  readonly #pulls = new Map<number, Pull>();
  #reviews = 0;

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  get all(): readonly Pull[] {
    return [...this.#pulls.values()];
  }

  pull(number: number): Pull | undefined {
    return this.#pulls.get(number);
  }

  isOpen(number: number): boolean {
    return this.#subject.issues.issue(number)?.state === "open";
  }

  /** Opens one between two branches whose heads the caller read. */
  async open(
    pull: Pick<Pull, "base" | "head" | "headSha" | "draft" | "maintainerCanModify"> & {
      readonly baseSha: string;
    },
    issue: { readonly title: string; readonly body: string | null; readonly author: Actor },
  ): Promise<Pull> {
    const { number } = this.#subject.issues.add({ ...issue, isPull: true });
    const opened: Pull = {
      ...pull,
      number,
      baseTip: pull.baseSha,
      mergedAt: null,
      mergedBy: null,
      mergeSha: null,
      mergedCommits: [],
      reviews: [],
      requestedReviewers: [],
      mergeability: undefined,
    };
    this.#pulls.set(number, opened);
    await this.#setRef(number, "head", pull.headSha);
    return opened;
  }

  /** @throws Error for one that is not there */
  update(number: number, changes: Partial<Omit<Pull, "number">>): Pull {
    const pull = this.#pulls.get(number);
    if (pull === undefined) throw new Error(`there is no pull request ${number}`);
    const updated = { ...pull, ...changes };
    this.#pulls.set(number, updated);
    this.#subject.issues.update(number, {});
    return updated;
  }

  /** The pull request's own refs are not in the history: they are GitHub's bookkeeping. */
  async #setRef(number: number, name: "head" | "merge", sha: string): Promise<void> {
    await this.#subject.git.run(["update-ref", `refs/pull/${number}/${name}`, sha]);
  }

  async setMergeability(
    number: number,
    mergeability: NonNullable<Pull["mergeability"]>,
  ): Promise<void> {
    this.update(number, { mergeability });
    if (mergeability.sha !== null) await this.#setRef(number, "merge", mergeability.sha);
  }

  /** The commits it brings, parents first. */
  async commitsOf({ headSha, baseTip }: Pull): Promise<readonly string[]> {
    return commitsOnlyIn(this.#subject.git, headSha, [baseTip]);
  }

  addReview(number: number, review: Omit<Review, "id" | "submittedAt">): Review {
    this.#reviews += 1;
    const added = { ...review, id: 5000 + this.#reviews, submittedAt: Date.now() };
    const pull = this.#pulls.get(number);
    const requestedReviewers = (pull?.requestedReviewers ?? []).filter(
      ({ login }) => login !== review.author.login,
    );
    this.update(number, { reviews: [...(pull?.reviews ?? []), added], requestedReviewers });
    return added;
  }

  updateReview(number: number, id: number, changes: Partial<Omit<Review, "id">>): void {
    const reviews = this.#pulls.get(number)?.reviews ?? [];
    this.update(number, {
      reviews: reviews.map((review) => (review.id === id ? { ...review, ...changes } : review)),
    });
  }

  /** What rules want to know of a merge. Only reviewers who may write count, and not the author. */
  contextOf(pull: Pull, method: PullContext["method"]): PullContext {
    const author = this.#subject.issues.issue(pull.number)?.author.account.login;
    const last = new Map<string, Review>();
    for (const review of pull.reviews) {
      const isVerdict = !["COMMENTED", "PENDING"].includes(review.state);
      const counts = canWrite(review.author) && review.author.login !== author;
      if (isVerdict && counts) last.set(review.author.login, review);
    }
    const whoSaid = (state: ReviewState): readonly string[] =>
      [...last].filter(([, review]) => review.state === state).map(([login]) => login);
    return {
      headSha: pull.headSha,
      approvals: whoSaid("APPROVED"),
      refusals: whoSaid("CHANGES_REQUESTED"),
      method,
    };
  }

  markMerged(number: number, by: Account | null, sha: string, commits: readonly string[]): void {
    this.update(number, {
      mergedAt: Date.now(),
      mergedBy: by,
      mergeSha: sha,
      mergedCommits: commits,
    });
    this.#subject.issues.setState(number, "closed", by);
  }

  /**
   * A branch moved: open pull requests of it have a new head or base, close when it was deleted
   * ("If the branch is associated with at least one open pull request, deleting the branch closes
   * the pull requests", docs.github.com), and are merged when the base has got their head.
   */
  async follow({ ref, before, after }: RefUpdate): Promise<void> {
    const branch = ref.startsWith("refs/heads/") ? ref.slice("refs/heads/".length) : undefined;
    if (branch === undefined || before === undefined) return;
    for (const pull of this.all.filter(({ number }) => this.isOpen(number))) {
      if (pull.head !== branch && pull.base !== branch) continue;
      if (after === undefined) this.#subject.issues.setState(pull.number, "closed", null);
      else if (pull.head === branch) await this.#headMoved(pull, after);
      else await this.#baseMoved(pull, before, after);
    }
  }

  async #headMoved(pull: Pull, after: string): Promise<void> {
    const { rules } = this.#subject;
    const dismisses =
      rules.protectionOf(pull.base)?.dismissStaleReviews === true ||
      rules
        .rulesetsFor(`refs/heads/${pull.base}`)
        .some(({ enforcement, rules: listed }) =>
          listed.some(
            (rule) =>
              enforcement === "active" &&
              rule.type === "pull_request" &&
              rule.parameters?.dismiss_stale_reviews_on_push === true,
          ),
        );
    const reviews = pull.reviews.map((review): Review =>
      dismisses && review.state === "APPROVED" ? { ...review, state: "DISMISSED" } : review,
    );
    this.update(pull.number, { headSha: after, baseSha: pull.baseTip, reviews });
    await this.#setRef(pull.number, "head", after);
  }

  async #baseMoved(pull: Pull, before: string, after: string): Promise<void> {
    if (await isAncestor(this.#subject.git, pull.headSha, after)) {
      const commits = await this.commitsOf({ ...pull, baseTip: before });
      this.markMerged(pull.number, null, after, commits);
      return;
    }
    this.update(pull.number, { baseTip: after });
  }
}
