/** What was changed, by whom, in which order. Reading changes nothing and leaves no effect. */

export interface Effect {
  /** Position in the history, from 1. */
  readonly n: number;
  /** The service that was changed: `github`, or the name of a further host. */
  readonly service: string;
  /** The identity of the token that did it, or `scene` for what a test prepared. */
  readonly who: string;
  /** `create ref`, `move ref`, `delete ref`; for what is no ref `open pull request` and the like. */
  readonly what: string;
  /** `owner/name`. */
  readonly repository: string;
  readonly ref?: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** What is told of a change by whoever made it; the rest is where it was made. */
export type Change = Pick<Effect, "what" | "ref" | "before" | "after">;

/** Append-only, so that an invariant is checked over what happened and not over what is left. */
export class History {
  readonly #effects: Effect[] = [];

  get effects(): readonly Effect[] {
    return this.#effects;
  }

  record(effect: Omit<Effect, "n">): Effect {
    const recorded = { n: this.#effects.length + 1, ...effect };
    this.#effects.push(recorded);
    return recorded;
  }
}
