/** Check runs and commit statuses of one repository: the state. Its endpoints are next to it. */
import type { Account, App } from "./accounts.ts";

/** A check that must succeed, from any source or from the one app. */
export interface RequiredCheck {
  readonly context: string;
  readonly integration_id?: number;
}

export type CheckStatus =
  | "queued"
  | "in_progress"
  | "completed"
  | "waiting"
  | "requested"
  | "pending";

interface CheckOutput {
  readonly title: string | null;
  readonly summary: string | null;
  readonly text: string | null;
  readonly annotations: number;
}

export interface CheckRun {
  readonly id: number;
  readonly suite: number;
  readonly app: App;
  readonly name: string;
  readonly headSha: string;
  readonly externalId: string | undefined;
  readonly detailsUrl: string | undefined;
  readonly status: CheckStatus;
  readonly conclusion: string | null;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
  readonly output: CheckOutput;
}

export interface CheckSuite {
  readonly id: number;
  readonly app: App;
  readonly headSha: string;
  readonly createdAt: number;
}

export interface CommitStatus {
  readonly id: number;
  readonly sha: string;
  readonly state: "error" | "failure" | "pending" | "success";
  readonly context: string;
  readonly description: string | null;
  readonly targetUrl: string | null;
  readonly creator: Account;
  readonly createdAt: number;
}

export type NewCheckRun = Pick<CheckRun, "app" | "name" | "headSha"> &
  Partial<Omit<CheckRun, "id" | "suite">>;

const NO_OUTPUT: CheckOutput = { title: null, summary: null, text: null, annotations: 0 };

/** A required check is met by these (docs.github.com, "About status checks"). */
const GOOD_CONCLUSIONS = new Set(["success", "neutral", "skipped"]);

export class Checks {
  readonly #runs: CheckRun[] = [];
  readonly #suites: CheckSuite[] = [];
  readonly #statuses: CommitStatus[] = [];

  /** All of the commit, the youngest first, without the last so many of the repository. */
  runsOf(sha: string, unseen = 0): readonly CheckRun[] {
    const visible = this.#runs.slice(0, Math.max(0, this.#runs.length - unseen));
    return visible.filter((run) => run.headSha === sha).toReversed();
  }

  /** The youngest of each name in each suite: what `filter=latest` shows. */
  latestRunsOf(sha: string, unseen = 0): readonly CheckRun[] {
    const seen = new Set<string>();
    return this.runsOf(sha, unseen).filter((run) => {
      const key = `${run.suite} ${run.name}`;
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    });
  }

  run(id: number): CheckRun | undefined {
    return this.#runs.find((run) => run.id === id);
  }

  suitesOf(sha: string): readonly CheckSuite[] {
    return this.#suites.filter((suite) => suite.headSha === sha);
  }

  /** A new suite for the commit; runs of the app there belong to the one opened last. */
  openSuite(sha: string, app: App): CheckSuite {
    const id = this.#suites.length + 7001;
    const suite = { id, app, headSha: sha, createdAt: Date.now() };
    this.#suites.push(suite);
    return suite;
  }

  addRun(run: NewCheckRun): CheckRun {
    const suite =
      this.suitesOf(run.headSha).findLast(({ app }) => app.id === run.app.id) ??
      this.openSuite(run.headSha, run.app);
    const added: CheckRun = {
      externalId: undefined,
      detailsUrl: undefined,
      status: "queued",
      conclusion: null,
      startedAt: null,
      completedAt: null,
      output: NO_OUTPUT,
      ...run,
      id: this.#runs.length + 8001,
      suite: suite.id,
    };
    this.#runs.push(added);
    return added;
  }

  /** @throws Error for one that is not there */
  updateRun(id: number, changes: Partial<Omit<CheckRun, "id" | "suite" | "app">>): CheckRun {
    const index = this.#runs.findIndex((run) => run.id === id);
    const run = this.#runs[index];
    if (run === undefined) throw new Error(`there is no check run ${id}`);
    const updated = { ...run, ...changes };
    this.#runs[index] = updated;
    return updated;
  }

  /** All of the commit, the youngest first, without the last so many of the repository. */
  statusesOf(sha: string, unseen = 0): readonly CommitStatus[] {
    const visible = this.#statuses.slice(0, Math.max(0, this.#statuses.length - unseen));
    return visible.filter((status) => status.sha === sha).toReversed();
  }

  /** The youngest of each context. */
  latestStatusesOf(sha: string, unseen = 0): readonly CommitStatus[] {
    const seen = new Set<string>();
    return this.statusesOf(sha, unseen).filter(({ context }) => {
      if (seen.has(context)) return false;
      seen.add(context);
      return true;
    });
  }

  addStatus(status: Omit<CommitStatus, "id" | "createdAt">): CommitStatus {
    const added = { ...status, id: this.#statuses.length + 6001, createdAt: Date.now() };
    this.#statuses.push(added);
    return added;
  }

  /**
   * How a required check stands at the commit. Where a check run and a status share the name both
   * must be good.
   */
  stateOf(sha: string, check: RequiredCheck): "met" | "expected" | "in progress" | "failing" {
    const app = check.integration_id;
    const runs = this.latestRunsOf(sha).filter(
      (run) => run.name === check.context && (app === undefined || run.app.id === app),
    );
    // A status is of no app that the stage knows; it cannot stand for one that is asked for.
    const statuses =
      app === undefined
        ? this.latestStatusesOf(sha).filter(({ context }) => context === check.context)
        : [];
    if (runs.length + statuses.length === 0) return "expected";
    const isFailing =
      runs.some(
        (run) => run.status === "completed" && !GOOD_CONCLUSIONS.has(run.conclusion ?? ""),
      ) || statuses.some(({ state }) => state === "error" || state === "failure");
    if (isFailing) return "failing";
    const isOpen =
      runs.some((run) => run.status !== "completed") ||
      statuses.some(({ state }) => state === "pending");
    return isOpen ? "in progress" : "met";
  }
}
