/**
 * The one way to GitHub's API: bounds what an answer may cost in time and bytes, and translates the
 * dialects of rate limiting into the one that Octokit's throttling plugin understands. Knows nothing
 * of what is asked.
 */

export interface FetchLimits {
  /** For one request including its whole answer. */
  readonly requestTimeoutMs: number;
  /** Largest answer that is read into memory. */
  readonly maxBytes: number;
}

/** An answer larger than the limit. By its name Octokit knows that we gave up, and does not retry. */
export class AnswerTooLarge extends Error {
  override readonly name = "AbortError";
}

type Fetch = typeof globalThis.fetch;

/**
 * Wraps a fetch. Redirects are not followed: GitHub redirects API calls of a renamed repository, and
 * a release must name the repository it is made in.
 */
export function guardedFetch(limits: FetchLimits, debug: (line: string) => void): Fetch {
  return async (input, init) => {
    const { pathname, search } = new URL(input instanceof Request ? input.url : input);
    const startedMs = Date.now();
    const tell = (ending: string): void => {
      debug(
        `${init?.method ?? "GET"} ${pathname}${search}: ${ending} in ${Date.now() - startedMs} ms`,
      );
    };
    const timeout = AbortSignal.timeout(limits.requestTimeoutMs);
    const signal = init?.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
    let response: Response;
    let body: Uint8Array<ArrayBuffer>;
    try {
      response = await fetch(input, { ...init, signal, redirect: "manual" });
      body = await readBounded(response, limits.maxBytes);
    } catch (error) {
      tell(error instanceof Error ? error.message : "failed");
      throw error;
    }
    const headers = new Headers(response.headers);
    tell(`${response.status}, request ${headers.get("x-github-request-id") ?? "unnamed"}`);
    translateRateLimit(response.status, headers, body, Date.now());
    return new Response(body.byteLength === 0 ? null : body, {
      status: response.status,
      statusText: response.statusText,
      headers,
    });
  };
}

async function readBounded(response: Response, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  if (response.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const stream: AsyncIterable<Uint8Array> = response.body;
  for await (const chunk of stream) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new AnswerTooLarge(`the answer is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}

/** GitHub's advice where a limit comes without a time ("Best practices for using the REST API"). */
const DEFAULT_LIMIT_WAIT_S = 60;

/** How much of a refusal's body is looked at for the words of a limit. */
const MAX_MESSAGE_BYTES = 4096;

function translateRateLimit(
  status: number,
  headers: Headers,
  body: Uint8Array,
  nowMs: number,
): void {
  const message = new TextDecoder().decode(body.subarray(0, MAX_MESSAGE_BYTES));
  const waitS = rateLimitWaitSeconds(status, headers, message, nowMs);
  if (waitS === undefined) return;
  headers.set("retry-after", String(waitS));
  headers.set("x-ratelimit-remaining", "0");
  headers.set("x-ratelimit-reset", String(Math.ceil(nowMs / 1000) + waitS));
}

/**
 * Seconds to wait when the answer means "too much, later", undefined when it means anything else.
 * A 403 is a limit only if a header or GitHub's own words say so; otherwise it is about permissions
 * and must not be retried (docs.github.com, "Rate limits for the REST API").
 */
export function rateLimitWaitSeconds(
  status: number,
  headers: Headers,
  message: string,
  nowMs: number,
): number | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const retryAfter = parseRetryAfter(headers.get("retry-after"), nowMs);
  const isExhausted = headers.get("x-ratelimit-remaining") === "0";
  const saysSo = /rate limit|abuse detection/i.test(message);
  if (status === 403 && retryAfter === undefined && !isExhausted && !saysSo) return undefined;
  if (retryAfter !== undefined) return retryAfter;
  const reset = headers.get("x-ratelimit-reset") ?? "";
  if (isExhausted && /^\d{1,12}$/.test(reset)) {
    return Math.max(0, Number(reset) - Math.floor(nowMs / 1000));
  }
  return DEFAULT_LIMIT_WAIT_S;
}

/** RFC 9110, 10.2.3: seconds or an HTTP date. Anything else is no answer. */
function parseRetryAfter(value: string | null, nowMs: number): number | undefined {
  if (value === null) return undefined;
  if (/^\d{1,12}$/.test(value)) return Number(value);
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(value)) {
    return undefined;
  }
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - nowMs) / 1000));
}
