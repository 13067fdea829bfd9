/** Issues, labels, milestones and comments of one repository: the state. Pulls are issues, too. */
import type { Account, Actor, App } from "./accounts.ts";

export interface Label {
  readonly id: number;
  readonly name: string;
  readonly color: string;
  readonly description: string | null;
}

export interface Milestone {
  readonly number: number;
  readonly title: string;
  readonly description: string | null;
  readonly state: "open" | "closed";
  readonly dueOn: string | null;
  readonly creator: Account;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly closedAt: number | null;
}

export interface Issue {
  readonly number: number;
  readonly title: string;
  readonly body: string | null;
  readonly author: Actor;
  readonly state: "open" | "closed";
  readonly stateReason: "completed" | "reopened" | "not_planned" | "duplicate" | null;
  readonly isPull: boolean;
  readonly labels: readonly string[];
  readonly milestone: number | undefined;
  readonly assignees: readonly Account[];
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly closedAt: number | null;
  readonly closedBy: Account | null;
}

export interface Comment {
  readonly id: number;
  readonly issue: number;
  readonly body: string;
  readonly author: Account;
  readonly app: App | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export type NewIssue = Pick<Issue, "title" | "author"> & Partial<Omit<Issue, "number">>;

/** The labels GitHub gives every new repository. */
const DEFAULT_LABELS: readonly (readonly [string, string, string])[] = [
  ["bug", "d73a4a", "Something isn't working"],
  ["documentation", "0075ca", "Improvements or additions to documentation"],
  ["duplicate", "cfd3d7", "This issue or pull request already exists"],
  ["enhancement", "a2eeef", "New feature or request"],
  ["good first issue", "7057ff", "Good for newcomers"],
  ["help wanted", "008672", "Extra attention is needed"],
  ["invalid", "e4e669", "This doesn't seem right"],
  ["question", "d876e3", "Further information is requested"],
  ["wontfix", "ffffff", "This will not be worked on"],
];

/** A label that comes into being by its use has this colour. */
const PLAIN_COLOR = "ededed";

export class Issues {
  readonly #issues = new Map<number, Issue>();
  readonly #labels: Label[] = DEFAULT_LABELS.map(([name, color, description], index) => ({
    id: 3001 + index,
    name,
    color,
    description,
  }));
  readonly #milestones = new Map<number, Milestone>();
  readonly #comments = new Map<number, Comment>();

  /** All, the oldest first. */
  get all(): readonly Issue[] {
    return [...this.#issues.values()];
  }

  issue(number: number): Issue | undefined {
    return this.#issues.get(number);
  }

  add(issue: NewIssue): Issue {
    const now = Date.now();
    const added: Issue = {
      body: null,
      state: "open",
      stateReason: null,
      isPull: false,
      labels: [],
      milestone: undefined,
      assignees: [],
      createdAt: now,
      updatedAt: now,
      closedAt: null,
      closedBy: null,
      ...issue,
      number: this.#issues.size + 1,
    };
    this.#issues.set(added.number, added);
    return added;
  }

  /** @throws Error for one that is not there */
  update(number: number, changes: Partial<Omit<Issue, "number">>): Issue {
    const issue = this.#issues.get(number);
    if (issue === undefined) throw new Error(`there is no issue ${number}`);
    const updated = { ...issue, updatedAt: Date.now(), ...changes };
    this.#issues.set(number, updated);
    return updated;
  }

  setState(number: number, state: "open" | "closed", by: Account | null): Issue {
    return this.update(number, {
      state,
      closedAt: state === "closed" ? Date.now() : null,
      closedBy: state === "closed" ? by : null,
    });
  }

  get labels(): readonly Label[] {
    return this.#labels;
  }

  /** The label, made when there is none of the name in whatever case. */
  label(name: string): Label {
    const known = this.#labels.find((label) => label.name.toLowerCase() === name.toLowerCase());
    if (known !== undefined) return known;
    const id = 3001 + this.#labels.length;
    const label: Label = { id, name, color: PLAIN_COLOR, description: null };
    this.#labels.push(label);
    return label;
  }

  get milestones(): readonly Milestone[] {
    return [...this.#milestones.values()];
  }

  milestone(number: number): Milestone | undefined {
    return this.#milestones.get(number);
  }

  addMilestone(
    milestone: Pick<Milestone, "title" | "description" | "state" | "dueOn" | "creator">,
  ): Milestone {
    const now = Date.now();
    const number = this.#milestones.size + 1;
    const closedAt = milestone.state === "closed" ? now : null;
    const added = { ...milestone, number, createdAt: now, updatedAt: now, closedAt };
    this.#milestones.set(number, added);
    return added;
  }

  /** @throws Error for one that is not there */
  updateMilestone(number: number, changes: Partial<Omit<Milestone, "number">>): Milestone {
    const milestone = this.#milestones.get(number);
    if (milestone === undefined) throw new Error(`there is no milestone ${number}`);
    const updated = { ...milestone, updatedAt: Date.now(), ...changes };
    const closedAt = updated.state === "closed" ? (milestone.closedAt ?? Date.now()) : null;
    this.#milestones.set(number, { ...updated, closedAt });
    return { ...updated, closedAt };
  }

  comment(id: number): Comment | undefined {
    return this.#comments.get(id);
  }

  commentsOf(issue: number): readonly Comment[] {
    return [...this.#comments.values()].filter((comment) => comment.issue === issue);
  }

  addComment(issue: number, body: string, { account, app }: Actor): Comment {
    const now = Date.now();
    const id = 4001 + this.#comments.size;
    const comment = { id, issue, body, author: account, app, createdAt: now, updatedAt: now };
    this.#comments.set(id, comment);
    this.update(issue, {});
    return comment;
  }

  /** @throws Error for one that is not there */
  editComment(id: number, body: string): Comment {
    const comment = this.#comments.get(id);
    if (comment === undefined) throw new Error(`there is no comment ${id}`);
    const edited = { ...comment, body, updatedAt: Date.now() };
    this.#comments.set(id, edited);
    return edited;
  }
}
