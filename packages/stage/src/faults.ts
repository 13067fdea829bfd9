/**
 * Faults as data: which request is hit, at which moment, by what. A planned fault that no request
 * met fails the test, because then the test did not show what it claims.
 */

export interface FaultAt {
  /** The how-many-th request, from 1, of those that match and come after the fault was planned. */
  readonly nth: number;
  /** How many matching requests in a row are hit; 1 unless told, Infinity for all that come. */
  readonly times?: number;
  readonly service?: string;
  readonly method?: string;
  /** `<METHOD> <path template>`, such as `POST /repos/{owner}/{repo}/git/refs`. */
  readonly operation?: string;
  /** Decoded, without API prefix and query. */
  readonly path?: string | RegExp;
}

/** What a hook is told about the request it runs at. */
export interface HookMoment {
  /** The exchange's number in the log. */
  readonly n: number;
  readonly phase: "before" | "after";
  readonly operation: string | undefined;
  readonly who: string;
}

/** `drop` ends the exchange here: nothing more is applied and the connection is reset. */
export type HookVerdict = "drop" | undefined | void;

export type DriftEdit =
  | { readonly delete: string }
  | { readonly replace: string; readonly with: unknown };

type Phase = "before" | "during" | "after";

interface FaultOf<Kind extends string, When extends Phase> {
  readonly at: FaultAt;
  /**
   * `before`: the effect is not applied. `during`: it is, and the answer is hurt in its body, or
   * what the request's body brought before the connection was gone is.
   * `after`: it is, and the answer is lost or replaced.
   */
  readonly phase: When;
  readonly kind: Kind;
}

type OnceOrAfter = "before" | "after";

interface StatusFault extends FaultOf<"status", OnceOrAfter> {
  readonly params: {
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    /** A text is sent as it is, anything else as JSON. */
    readonly body?: unknown;
  };
}
/** A page for humans, as a proxy on the way puts up. */
interface HtmlFault extends FaultOf<"html", OnceOrAfter> {
  readonly params?: { readonly status?: number };
}
/** Where a `during` ends the exchange: in the answer's body, or in the request's. */
interface CutPlace {
  /** How much of the answer's body is sent first; half of it unless told. */
  readonly bytes?: number;
  /**
   * How much of the request's body the service gets before the connection is gone. A service whose
   * bodies are read before it is asked gets nothing.
   */
  readonly receivedBytes?: number;
  /** The answer's head is cut: a status, and no header is whole. */
  readonly inHead?: boolean;
}
interface ResetFault extends FaultOf<"reset", Phase> {
  readonly params?: CutPlace;
}
/** Never ends. The client gives up, or the stage stops. */
interface StallFault extends FaultOf<"stall", Phase> {
  readonly params?: CutPlace;
}
/** 200 without a body. */
interface EmptyFault extends FaultOf<"empty", OnceOrAfter> {
  readonly params?: { readonly status?: number };
}
/** An orderly close before the announced length, or before the last chunk, was sent. */
interface TruncateFault extends FaultOf<"truncate", "during"> {
  readonly params?: { readonly bytes?: number; readonly chunked?: boolean };
}
/** The answer comes whole, and slowly. */
interface TrickleFault extends FaultOf<"trickle", "during"> {
  readonly params: { readonly bytes: number; readonly everyMs: number };
}
/** The right length, and other bytes. Nothing but a digest or a checksum of the body can tell. */
export interface CorruptFault extends FaultOf<"corrupt", "during"> {
  readonly params?: {
    /** Where; in the middle unless told. */
    readonly offset?: number;
    /**
     * `flip-bit` (unless told): one bit of that byte. `swap-blocks`: the 512 bytes there and the
     * 512 after them change places. `false-gzip`: the body as it is, said to be gzip.
     */
    readonly how?: "flip-bit" | "swap-blocks" | "false-gzip";
  };
}
/** 200, called JSON, and none. */
interface GarbageJsonFault extends FaultOf<"garbage-json", OnceOrAfter> {
  readonly params?: { readonly body?: string };
}
/** The right answer with another shape. */
export interface SchemaDriftFault extends FaultOf<"schema-drift", "after"> {
  readonly params:
    | { readonly change: (body: unknown) => unknown }
    /** Places are JSON pointers (RFC 6901). */
    | { readonly edits: readonly DriftEdit[] };
}
interface PrimaryRateLimitFault extends FaultOf<"rate-limit-primary", OnceOrAfter> {
  readonly params?: {
    readonly status?: 403 | 429;
    /** May be negative: a reset that has passed. 60 unless told. */
    readonly resetInSeconds?: number;
  };
}
interface SecondaryRateLimitFault extends FaultOf<"rate-limit-secondary", OnceOrAfter> {
  readonly params?: {
    readonly status?: 403 | 429;
    /** The header's text as it is; without it the header is left out. */
    readonly retryAfter?: string;
  };
}
interface RedirectFault extends FaultOf<"redirect", OnceOrAfter> {
  readonly params: { readonly location: string; readonly status?: 301 | 302 | 307 | 308 };
}
/** A JSON answer of so many bytes, made while it is sent. */
interface HugeFault extends FaultOf<"huge", OnceOrAfter> {
  readonly params: { readonly bytes: number };
}
/** Reads refs as they were before the last so many changes of the repository (one unless told). */
interface StaleFault extends FaultOf<"stale", "before"> {
  readonly params?: { readonly mutations?: number };
}
/** Something on the way delivers the request twice; the client gets the second answer. */
type DuplicateFault = FaultOf<"duplicate", "before">;
/** Something else happens at that moment: another actor's change, the action's death. */
interface HookFault extends FaultOf<"hook", OnceOrAfter> {
  readonly params: { readonly run: (moment: HookMoment) => HookVerdict | Promise<HookVerdict> };
}

/** A fault that shapes the answer; at most one hits a request. */
export type AnswerFault =
  | StatusFault
  | HtmlFault
  | ResetFault
  | StallFault
  | EmptyFault
  | TruncateFault
  | TrickleFault
  | CorruptFault
  | GarbageJsonFault
  | SchemaDriftFault
  | PrimaryRateLimitFault
  | SecondaryRateLimitFault
  | RedirectFault
  | HugeFault
  | StaleFault
  | DuplicateFault;

export type Fault = AnswerFault | HookFault;

/** A fault on its way; withdrawn, it need not be met. */
export interface PlannedFault {
  readonly met: boolean;
  withdraw(): void;
}

export interface FaultTarget {
  readonly service: string;
  readonly method: string;
  readonly path: string;
  readonly operation: string | undefined;
}

export interface DueFaults {
  readonly hooks: readonly HookFault[];
  readonly answer: AnswerFault | undefined;
}

class Plan implements PlannedFault {
  readonly fault: Fault;
  seen = 0;
  hits = 0;
  withdrawn = false;

  constructor(fault: Fault) {
    this.fault = fault;
  }

  get met(): boolean {
    const { times = 1 } = this.fault.at;
    return this.hits >= (times === Infinity ? 1 : times);
  }

  withdraw(): void {
    this.withdrawn = true;
  }

  /** Whether the fault is due at this request, which is counted when it matches. */
  sees(target: FaultTarget): boolean {
    const { nth, times = 1, service, method, operation, path } = this.fault.at;
    if (this.withdrawn) return false;
    if (service !== undefined && service !== target.service) return false;
    if (method !== undefined && method !== target.method) return false;
    if (operation !== undefined && operation !== target.operation) return false;
    if (typeof path === "string" && path !== target.path) return false;
    if (path instanceof RegExp && !path.test(target.path)) return false;
    this.seen += 1;
    return this.seen >= nth && this.seen < nth + times;
  }

  toString(): string {
    const { nth, times = 1, service, method, operation, path } = this.fault.at;
    const place = [service, operation ?? method, path].filter((part) => part !== undefined);
    const which = times === 1 ? `request ${nth}` : `requests ${nth} to ${nth + times - 1}`;
    return (
      `fault "${this.fault.kind}" ${this.fault.phase} ${which} of ` +
      `${place.length === 0 ? "any kind" : place.join(" ")}: ` +
      `met ${this.hits} of ${times}, ${this.seen} such requests came`
    );
  }
}

export class FaultPlan {
  readonly #plans: Plan[] = [];

  add(fault: Fault): PlannedFault {
    if (!Number.isInteger(fault.at.nth) || fault.at.nth < 1) {
      throw new Error(`a fault hits request 1 or a later one, not ${fault.at.nth}`);
    }
    const plan = new Plan(fault);
    this.#plans.push(plan);
    return plan;
  }

  /** Counts the request and returns what hits it. Of two answers due at once the second is unmet. */
  take(target: FaultTarget): DueFaults {
    const hooks: HookFault[] = [];
    let answer: AnswerFault | undefined;
    for (const plan of this.#plans.filter((candidate) => candidate.sees(target))) {
      if (plan.fault.kind === "hook") hooks.push(plan.fault);
      else if (answer === undefined) answer = plan.fault;
      else continue;
      plan.hits += 1;
    }
    return { hooks, answer };
  }

  /** One sentence for each fault that was not met. */
  complaints(): readonly string[] {
    return this.#plans.filter((plan) => !plan.met && !plan.withdrawn).map(String);
  }
}
