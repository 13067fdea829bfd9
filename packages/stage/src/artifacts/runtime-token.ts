/**
 * The token a job speaks to the results service with (`ACTIONS_RUNTIME_TOKEN`): a JWT whose scope
 * names the run and the job (feasibility.md 8). Its signature is this process's own; clients read
 * the scope and do not check it, the service does.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "../clock.ts";

/** What GitHub's backend calls a run and a job of it; clients send both with every call. */
export interface BackendIds {
  readonly run: string;
  readonly job: string;
}

const SCOPE = /(?:^| )Actions\.Results:(?<run>[0-9a-f-]{36}):(?<job>[0-9a-f-]{36})(?: |$)/;

const HEADER = Buffer.from(JSON.stringify({ typ: "JWT", alg: "HS256" })).toString("base64url");

/** A job may run for six hours, and its token a little longer. */
const LIFE_SECONDS = 7 * 60 * 60;

/** An id in the form of a UUID, the same for the same parts. */
export function backendId(...parts: readonly (string | number)[]): string {
  const hex = createHash("sha256").update(parts.join(" ")).digest("hex");
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20, 32),
  ].join("-");
}

function parseClaims(payload: string): { readonly exp: number; readonly scp: string } | undefined {
  let claims: unknown;
  try {
    claims = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
  if (typeof claims !== "object" || claims === null) return undefined;
  const exp: unknown = Reflect.get(claims, "exp");
  const scp: unknown = Reflect.get(claims, "scp");
  return typeof exp === "number" && typeof scp === "string" ? { exp, scp } : undefined;
}

export class RuntimeTokens {
  readonly #secret = randomBytes(32);
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  #sign(signed: string): Buffer {
    return createHmac("sha256", this.#secret).update(signed).digest();
  }

  issue({ run, job }: BackendIds): string {
    const now = Math.floor(this.#clock.now().getTime() / 1000);
    const claims = {
      scp: `Actions.GenericRead:00000000-0000-0000-0000-000000000000 Actions.Results:${run}:${job}`,
      nbf: now - 300,
      exp: now + LIFE_SECONDS,
    };
    const payload = Buffer.from(JSON.stringify(claims)).toString("base64url");
    const signed = `${HEADER}.${payload}`;
    return `${signed}.${this.#sign(signed).toString("base64url")}`;
  }

  /** Whose token it is; undefined for one that is not of this service, altered, or out of date. */
  verify(token: string): BackendIds | undefined {
    const [header = "", payload = "", signature = "", ...rest] = token.split(".");
    if (rest.length > 0) return undefined;
    const given = Buffer.from(signature, "base64url");
    const wanted = this.#sign(`${header}.${payload}`);
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined;
    const claims = parseClaims(payload);
    if (claims === undefined || claims.exp * 1000 <= this.#clock.now().getTime()) return undefined;
    const { run, job } = SCOPE.exec(claims.scp)?.groups ?? {};
    return run === undefined || job === undefined ? undefined : { run, job };
  }
}
