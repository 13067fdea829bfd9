/** The environments of one repository and the rules that keep deployments to them waiting. */
import type { Clock } from "../clock.ts";

/** Which branches and tags may deploy: any, protected branches, or those whose name matches. */
export type BranchPolicy =
  | "any"
  | "protected"
  | readonly { readonly name: string; readonly type?: "branch" | "tag" }[];

export interface EnvironmentOptions {
  /** Logins of the people who may approve, six at most; one approval is enough. */
  readonly reviewers?: readonly string[];
  /** Keeps whoever started the run from approving it. */
  readonly preventSelfReview?: boolean;
  /** Minutes. */
  readonly waitTimer?: number;
  readonly branchPolicy?: BranchPolicy;
}

export interface Environment extends Required<EnvironmentOptions> {
  readonly id: number;
  readonly name: string;
  readonly createdAt: Date;
}

/** docs.github.com, "Managing environments for deployment". */
const MAX_REVIEWERS = 6;

export class EnvironmentsStore {
  readonly #repositoryId: number;
  readonly #clock: Clock;
  readonly #environments = new Map<string, Environment>();

  constructor(repositoryId: number, clock: Clock) {
    this.#repositoryId = repositoryId;
    this.#clock = clock;
  }

  get all(): readonly Environment[] {
    return [...this.#environments.values()];
  }

  /** Names are the same in any spelling. */
  named(name: string): Environment | undefined {
    return this.#environments.get(name.toLowerCase());
  }

  withId(id: number): Environment | undefined {
    return this.all.find((environment) => environment.id === id);
  }

  /** Creates it or replaces its rules. */
  define(name: string, options: EnvironmentOptions = {}): Environment {
    const {
      reviewers = [],
      preventSelfReview = false,
      waitTimer = 0,
      branchPolicy = "any",
    } = options;
    if (reviewers.length > MAX_REVIEWERS) {
      throw new Error(`an environment has ${MAX_REVIEWERS} reviewers at most`);
    }
    const known = this.named(name);
    const environment = {
      id: known?.id ?? this.#repositoryId * 10_000 + this.#environments.size + 1,
      name: known?.name ?? name,
      createdAt: known?.createdAt ?? this.#clock.now(),
      reviewers,
      preventSelfReview,
      waitTimer,
      branchPolicy,
    };
    this.#environments.set(name.toLowerCase(), environment);
    return environment;
  }
}
