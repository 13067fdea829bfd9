/** Every request the stage received and what it sent back, in the order of arrival. */
import { createHash } from "node:crypto";

export interface Exchange {
  /** Position in the log, from 1. */
  readonly n: number;
  readonly service: string;
  readonly method: string;
  /** Decoded, without the host's API prefix and the query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** `<METHOD> <path template>` of GitHub's description; undefined for an unknown route. */
  readonly operation: string | undefined;
  readonly operationId: string | undefined;
  /** Whose token it was. The token itself is kept nowhere. */
  readonly who: string;
  /** The parsed JSON body, or undefined when there was none. */
  readonly requestBody: unknown;
  /** Undefined until answered, and for ever when no answer was sent. */
  readonly status: number | undefined;
  readonly responseBytes: number | undefined;
  readonly responseSha256: string | undefined;
  /** The kind of the fault that shaped the answer. */
  readonly fault: string | undefined;
}

type Opened = Omit<Exchange, "n" | "status" | "responseBytes" | "responseSha256" | "fault">;

interface Outcome {
  readonly status?: number;
  readonly body?: Buffer;
  readonly fault?: string | undefined;
}

const MUTATING_METHODS = new Set(["POST", "PUT", "PATCH", "DELETE"]);

/** The exchanges that ask for a change. A fetch over git's protocol posts, and changes nothing. */
export function mutatingExchanges(exchanges: readonly Exchange[]): readonly Exchange[] {
  return exchanges.filter(
    ({ method, operation }) =>
      MUTATING_METHODS.has(method) && operation?.endsWith("/git-upload-pack") !== true,
  );
}

export class ExchangeLog {
  readonly #exchanges: Exchange[] = [];

  get all(): readonly Exchange[] {
    return this.#exchanges;
  }

  open(opened: Opened): number {
    const n = this.#exchanges.length + 1;
    this.#exchanges.push({
      n,
      ...opened,
      status: undefined,
      responseBytes: undefined,
      responseSha256: undefined,
      fault: undefined,
    });
    return n;
  }

  /** Says how the exchange ended. Without a status: it was never answered. */
  close(n: number, outcome: Outcome): void {
    const opened = this.#exchanges[n - 1];
    if (opened === undefined) throw new Error(`there is no exchange ${n}`);
    this.#exchanges[n - 1] = {
      ...opened,
      status: outcome.status,
      responseBytes: outcome.body?.length,
      responseSha256:
        outcome.body === undefined
          ? undefined
          : createHash("sha256").update(outcome.body).digest("hex"),
      fault: outcome.fault,
    };
  }
}
