/**
 * Where a client or the stage itself left GitHub's published description. Collected instead of
 * answered, so that a test fails for it even when the code under test swallows the answer.
 */
export class Violations {
  readonly #found: string[] = [];
  readonly #allowed: (string | RegExp)[] = [];

  get found(): readonly string[] {
    return this.#found;
  }

  add(violation: string): void {
    this.#found.push(violation);
  }

  /** Declares a violation as intended. One that then does not occur is reported, too. */
  allow(pattern: string | RegExp): void {
    this.#allowed.push(pattern);
  }

  /** Sentences to fail with; empty when every violation was declared and every declared one seen. */
  complaints(): readonly string[] {
    const matches = (pattern: string | RegExp, violation: string): boolean =>
      typeof pattern === "string" ? violation.includes(pattern) : pattern.test(violation);
    return [
      ...this.#found.filter((violation) => !this.#allowed.some((p) => matches(p, violation))),
      ...this.#allowed
        .filter((pattern) => !this.#found.some((violation) => matches(pattern, violation)))
        .map((pattern) => `the declared violation ${String(pattern)} did not occur`),
    ];
  }
}
