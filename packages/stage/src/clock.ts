/** The stage's time: the machine's, moved on by tests that must not wait for what expires. */

export class Clock {
  #aheadMs = 0;

  now(): Date {
    return new Date(Date.now() + this.#aheadMs);
  }

  /** From now on it is so much later. Time never goes back. */
  advance(ms: number): void {
    if (!(ms >= 0)) throw new Error(`the clock only moves on, not by ${ms} ms`);
    this.#aheadMs += ms;
  }
}

/** As GitHub writes times: UTC, to the second. */
export function formatTime(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, "Z");
}
