import { ActionError, quote } from "@auditable-release/model";

/** What an action knows of the run it is part of, read once from an explicit environment. */
export interface RunContext {
  /** Base of the REST API without a trailing slash, `GITHUB_API_URL`. */
  readonly apiUrl: string;
  /** Base of the pages people open, without a trailing slash, `GITHUB_SERVER_URL`. */
  readonly serverUrl: string;
  readonly patience: Patience;
}

/** How long to wait. Rehearsals shorten both; the defaults are for the real world. */
export interface Patience {
  /** Every wait between two tries is multiplied by this: `AUDITABLE_RELEASE_WAIT_SCALE`, 0 to 1. */
  readonly waitScale: number;
  /** Time for one request and its answer: `AUDITABLE_RELEASE_REQUEST_TIMEOUT_MS`. */
  readonly requestTimeoutMs: number;
}

const DEFAULT_PATIENCE: Patience = { waitScale: 1, requestTimeoutMs: 30_000 };

export type Environment = Readonly<Record<string, string | undefined>>;

/** @throws ActionError RUNNER_ENVIRONMENT naming the variable that is missing or malformed. */
export function readRunContext(environment: Environment): RunContext {
  return {
    apiUrl: readUrl(environment, "GITHUB_API_URL", "https://api.github.com"),
    serverUrl: readUrl(environment, "GITHUB_SERVER_URL", "https://github.com"),
    patience: {
      waitScale: readNumber(environment, "AUDITABLE_RELEASE_WAIT_SCALE", {
        fallback: DEFAULT_PATIENCE.waitScale,
        least: 0,
        most: 1,
      }),
      requestTimeoutMs: readNumber(environment, "AUDITABLE_RELEASE_REQUEST_TIMEOUT_MS", {
        fallback: DEFAULT_PATIENCE.requestTimeoutMs,
        least: 1,
        most: 600_000,
      }),
    },
  };
}

function malformed(name: string, expected: string, received: string): ActionError {
  const shown = received === "" ? "it is not set" : `it is ${quote(received)}`;
  return new ActionError("RUNNER_ENVIRONMENT", `"${name}" should be ${expected}, but ${shown}`);
}

/** Plain HTTP is for loopback only: everything we send carries a credential. */
function readUrl(environment: Environment, name: string, fallback: string): string {
  const value = environment[name] ?? "";
  const url = URL.parse(value === "" ? fallback : value);
  const isLoopback =
    url !== null && /^(?:127(?:\.\d{1,3}){3}|\[::1\]|localhost)$/.test(url.hostname);
  if (
    url === null ||
    (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback)) ||
    url.username !== "" ||
    url.password !== "" ||
    url.search !== "" ||
    url.hash !== ""
  ) {
    throw malformed(name, "an https URL without credentials, query or fragment", value);
  }
  return url.href.replace(/\/+$/, "");
}

function readNumber(
  environment: Environment,
  name: string,
  range: { readonly fallback: number; readonly least: number; readonly most: number },
): number {
  const value = environment[name] ?? "";
  if (value === "") return range.fallback;
  const number = /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= range.least && number <= range.most)) {
    throw malformed(name, `a number from ${range.least} to ${range.most}`, value);
  }
  return number;
}
