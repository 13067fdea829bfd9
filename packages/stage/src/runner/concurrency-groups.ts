/** Concurrency groups that are held and waited for; who goes first is decided in `workflow/`. */
import {
  type Concurrency,
  EMPTY_GROUP,
  enterGroup,
  type GroupQueue,
  groupKey,
  leaveGroup,
} from "../workflow/settings.ts";

interface Member {
  readonly start: () => void;
  readonly cancel: () => void;
}

export interface Lease extends Disposable {
  readonly group: string;
}

/** The groups of all runs that may meet. A group belongs to a repository. */
export class ConcurrencyGroups {
  readonly #queues = new Map<string, GroupQueue>();
  readonly #members = new Map<string, Member>();
  #entered = 0;

  /**
   * Waits for the group. Undefined when a newcomer took the place, or the signal came first.
   * `onCancel` is called when a newcomer wants who holds it to end.
   */
  async enter(
    repository: string,
    concurrency: Concurrency,
    onCancel: () => void,
    onWait: () => void,
    signal: AbortSignal,
  ): Promise<Lease | undefined> {
    const key = groupKey(`${repository}\n${concurrency.group}`);
    this.#entered += 1;
    const id = String(this.#entered);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    let holds = false;
    this.#members.set(id, {
      start: () => {
        holds = true;
        resolve(true);
      },
      cancel: () => {
        if (holds) onCancel();
        else resolve(false);
      },
    });
    const { queue, starts, cancel } = enterGroup(
      this.#queues.get(key) ?? EMPTY_GROUP,
      id,
      concurrency,
    );
    this.#queues.set(key, queue);
    if (starts) this.#members.get(id)?.start();
    for (const other of cancel) this.#members.get(other)?.cancel();
    if (!starts) onWait();
    const onAbort = (): void => {
      resolve(false);
    };
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
    const isIn = await promise;
    signal.removeEventListener("abort", onAbort);
    const leave = (): void => {
      this.#leave(key, id);
    };
    // A signal may lose against the turn that came at the same time: then the turn is given back.
    if (!isIn) {
      leave();
      return undefined;
    }
    return { group: concurrency.group, [Symbol.dispose]: leave };
  }

  #leave(key: string, id: string): void {
    if (!this.#members.delete(id)) return;
    const { queue, starts } = leaveGroup(this.#queues.get(key) ?? EMPTY_GROUP, id);
    if (queue.running === undefined && queue.pending.length === 0) this.#queues.delete(key);
    else this.#queues.set(key, queue);
    if (starts !== undefined) this.#members.get(starts)?.start();
  }
}

/** At most so many at once, the first first. */
export class Capacity {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(size: number) {
    this.#free = size;
  }

  get isFull(): boolean {
    return this.#free <= 0;
  }

  /** False when the signal came first. */
  async enter(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    if (this.#free > 0) {
      this.#free -= 1;
      return true;
    }
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const take = (): void => {
      resolve(true);
    };
    const giveUp = (): void => {
      const at = this.#waiting.indexOf(take);
      if (at < 0) return;
      this.#waiting.splice(at, 1);
      resolve(false);
    };
    this.#waiting.push(take);
    signal.addEventListener("abort", giveUp);
    const isIn = await promise;
    signal.removeEventListener("abort", giveUp);
    return isIn;
  }

  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}
