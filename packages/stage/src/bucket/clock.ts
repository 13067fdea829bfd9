/**
 * The time of one storage service: the machine's, and as much later as a test has moved it. Periods
 * of retention are months long, and no test waits for them.
 */

export class Clock {
  #aheadMs = 0;

  /** Milliseconds since 1970, as the service sees them. */
  now(): number {
    return Date.now() + this.#aheadMs;
  }

  /** @throws RangeError for a way back: what has expired stays expired */
  advance(seconds: number): void {
    if (!(seconds >= 0)) throw new RangeError(`time goes forward only, not by ${seconds} s`);
    this.#aheadMs += seconds * 1000;
  }
}

/** RFC 3339 in milliseconds, as Cloud Storage writes times into resources. */
export function formatTime(ms: number): string {
  return new Date(ms).toISOString();
}
