/** The time as the services of a trust domain see it: this machine's, moved by as much as told. */

export class Clock {
  #aheadMs = 0;

  now(): Date {
    return new Date(Date.now() + this.#aheadMs);
  }

  /** Moves the clock; backwards with a negative number. */
  advanceBy(seconds: number): void {
    this.#aheadMs += seconds * 1000;
  }
}
