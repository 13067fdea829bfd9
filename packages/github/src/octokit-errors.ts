import { ActionError, PermissionError, quote } from "@auditable-release/model";
import { AnswerTooLarge } from "./guarded-fetch.ts";

/** The parts of Octokit's RequestError that are looked at; none of them holds a credential. */
interface Failure {
  readonly status: number;
  readonly message: string;
  readonly response?: {
    readonly headers: Readonly<Record<string, string | number | undefined>>;
    readonly data: unknown;
  };
}

/**
 * Turns what Octokit throws into an error that says what was tried, on what, and what GitHub said.
 *
 * @param doing what was tried, as in "could not <doing>"
 */
export function toActionError(error: unknown, doing: string): unknown {
  if (error instanceof AnswerTooLarge) return unreadable(doing, error.message);
  if (error instanceof ActionError || !isFailure(error)) return error;
  const { response } = error;
  if (response === undefined) return unreachable(error, doing);
  const said = messageOf(response.data);
  const id = response.headers["x-github-request-id"];
  const request = id === undefined ? "" : `, request ${quote(String(id))}`;
  const saying = `Could not ${doing}: GitHub answered ${error.status}${said === undefined ? "" : ` ${quote(said)}`}${request}`;
  const options = { cause: new Error(said ?? `HTTP ${error.status}`) };
  if (isLimited(error)) {
    return new ActionError(
      "GITHUB_RATE_LIMITED",
      `${saying}, wait ${waitOf(error)} seconds`,
      options,
    );
  }
  if (error.status === 401) return new ActionError("GITHUB_UNAUTHORIZED", saying, options);
  if (error.status === 403) {
    const accepted = response.headers["x-accepted-github-permissions"];
    const needed =
      accepted === undefined ? "" : `; it would accept a token with ${quote(String(accepted))}`;
    return new PermissionError("GITHUB_FORBIDDEN", saying + needed, options);
  }
  if (error.status === 404) return new PermissionError("GITHUB_NOT_FOUND", saying, options);
  if (error.status === 409 && /repository is empty/i.test(said ?? "")) {
    return new ActionError("REPOSITORY_EMPTY", saying, options);
  }
  if (error.status >= 500) return new ActionError("GITHUB_UNAVAILABLE", saying, options);
  return new ActionError("GITHUB_REJECTED", saying, options);
}

/** An answer that is not what GitHub's API documents. */
export function unreadable(doing: string, problem: string): ActionError {
  return new ActionError("GITHUB_UNREADABLE", `Could not ${doing}: ${problem}`);
}

/** Whether the request may have taken effect although it failed. */
export function mayHaveTakenEffect(error: unknown): error is Error {
  if (error instanceof AnswerTooLarge) return true;
  return isFailure(error) && (error.response === undefined || error.status >= 500);
}

/** Whether GitHub refused with this status and words. */
export function isRefusal(error: unknown, status: number, words: RegExp): boolean {
  return (
    isFailure(error) && error.status === status && words.test(messageOf(error.response?.data) ?? "")
  );
}

export function hasStatus(error: unknown, status: number): boolean {
  return isFailure(error) && error.response !== undefined && error.status === status;
}

function isFailure(error: unknown): error is Failure & Error {
  return error instanceof Error && error.name === "HttpError" && "status" in error;
}

function isLimited(error: Failure): boolean {
  return (
    (error.status === 403 || error.status === 429) &&
    error.response?.headers["x-ratelimit-remaining"] === "0"
  );
}

function waitOf(error: Failure): string {
  return String(error.response?.headers["retry-after"] ?? "some");
}

/** The request failed before there was an answer: Octokit calls that a 500 and keeps the reason. */
function unreachable(error: Failure & Error, doing: string): ActionError {
  const cause = error.cause;
  const why =
    cause instanceof Error && cause.name === "TimeoutError"
      ? "GitHub did not answer in time"
      : `the connection failed (${quote(error.message)})`;
  return new ActionError("GITHUB_UNAVAILABLE", `Could not ${doing}: ${why}`, { cause });
}

function messageOf(data: unknown): string | undefined {
  if (typeof data !== "object" || data === null || !("message" in data)) return undefined;
  return typeof data.message === "string" ? data.message : undefined;
}
