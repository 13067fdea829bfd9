/** Every request the stage received and what it sent back, in the order of arrival. */
import type { Passed } from "./body-streams.ts";

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
  /** What the service read of the body, once it was read. */
  readonly requestBytes: number | undefined;
  readonly requestSha256: string | undefined;
  /** Undefined until answered, and for ever when no answer was sent. */
  readonly status: number | undefined;
  readonly responseBytes: number | undefined;
  readonly responseSha256: string | undefined;
  /** The kind of the fault that shaped the answer. */
  readonly fault: string | undefined;
}

type Outcome = "status" | "responseBytes" | "responseSha256" | "fault";
type Opened = Omit<Exchange, "n" | "requestBytes" | "requestSha256" | Outcome>;

interface Ending {
  readonly status?: number;
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
      requestBytes: undefined,
      requestSha256: undefined,
      status: undefined,
      responseBytes: undefined,
      responseSha256: undefined,
      fault: undefined,
    });
    return n;
  }

  /** Says what was read of the request's body. */
  received(n: number, { bytes, sha256 }: Passed): void {
    this.#change(n, { requestBytes: bytes, requestSha256: sha256 });
  }

  /** Says what was sent of the answer's body. */
  sent(n: number, { bytes, sha256 }: Passed): void {
    this.#change(n, { responseBytes: bytes, responseSha256: sha256 });
  }

  /** Says how the exchange ended. Without a status: it was never answered. */
  close(n: number, { status, fault }: Ending): void {
    this.#change(n, { status, fault });
  }

  #change(n: number, change: Partial<Exchange>): void {
    const opened = this.#exchanges[n - 1];
    if (opened === undefined) throw new Error(`there is no exchange ${n}`);
    this.#exchanges[n - 1] = { ...opened, ...change };
  }
}
