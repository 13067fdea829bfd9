/** What a fault makes of an answer. */
import { assertNever } from "@auditable-release/model";
import { changeBytes, streamOf, takeBytes } from "./body-streams.ts";
import type { AnswerFault, CorruptFault, DriftEdit, SchemaDriftFault } from "./faults.ts";
import type { Answer, Delivery, StreamedAnswer } from "./http-server.ts";

const RATE_LIMIT_DOCS =
  "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api";

/** Blocks of a disk: where swapped ones come from. */
const SWAPPED_BLOCK_BYTES = 512;

const HTML_PAGE =
  "<!DOCTYPE html>\n<html><head><title>Unicorn!</title></head>" +
  "<body><p>We had issues producing the response to your request.</p></body></html>\n";

export interface FaultedRequest {
  readonly who: string;
  readonly requestId: string;
}

function answerOf(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return {
    status,
    headers: { "content-type": "application/json; charset=utf-8", ...headers },
    body: Buffer.from(body),
  };
}

function pointerSteps(pointer: string): readonly string[] {
  if (!pointer.startsWith("/")) throw new Error(`${JSON.stringify(pointer)} is no JSON pointer`);
  return pointer
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** Changes the value in place. @throws Error when the pointer leads nowhere: the drift is void then */
function applyEdit(body: unknown, edit: DriftEdit): void {
  const pointer = "delete" in edit ? edit.delete : edit.replace;
  const steps = pointerSteps(pointer);
  const last = steps.at(-1) ?? "";
  let place: unknown = body;
  for (const step of steps.slice(0, -1)) {
    place = typeof place === "object" && place !== null ? Reflect.get(place, step) : undefined;
  }
  if (typeof place !== "object" || place === null || !Reflect.has(place, last)) {
    throw new Error(`schema-drift: the answer has no ${pointer}`);
  }
  if ("replace" in edit) Reflect.set(place, last, edit.with);
  else if (Array.isArray(place)) place.splice(Number(last), 1);
  else Reflect.deleteProperty(place, last);
}

function streamed(answer: Answer | StreamedAnswer): StreamedAnswer {
  const { body } = answer;
  return Buffer.isBuffer(body)
    ? { ...answer, body: { stream: streamOf(body), length: body.length } }
    : { ...answer, body };
}

/** @throws Error when nobody can know it before it is sent */
function lengthOf(fault: AnswerFault, answer: Answer | StreamedAnswer): number {
  const { length } = answer.body;
  if (length === undefined) throw new Error(`"${fault.kind}": say where, the body has no length`);
  return length;
}

function cutAt(answer: Answer | StreamedAnswer, bytes: number): Answer | StreamedAnswer {
  const { body } = answer;
  if (Buffer.isBuffer(body)) return answer;
  return { ...answer, body: { ...body, stream: takeBytes(body.stream, bytes) } };
}

/** @throws Error when the place is not in the body: the fault would be void */
function corrupt(fault: CorruptFault, answer: Answer | StreamedAnswer): StreamedAnswer {
  const { how = "flip-bit" } = fault.params ?? {};
  const whole = streamed(answer);
  if (how === "false-gzip") {
    return { ...whole, headers: { ...whole.headers, "content-encoding": "gzip" } };
  }
  const length = lengthOf(fault, answer);
  const size = how === "flip-bit" ? 1 : 2 * SWAPPED_BLOCK_BYTES;
  const first = fault.params?.offset ?? Math.max(0, Math.floor(length / 2) - Math.floor(size / 2));
  if (first < 0 || first + size > length) {
    throw new Error(`"corrupt": ${size} bytes at ${first} are not in a body of ${length}`);
  }
  const stream = changeBytes(whole.body.stream, first, first + size, (bytes) =>
    how === "flip-bit"
      ? Buffer.from(bytes.map((byte) => byte ^ 1))
      : Buffer.concat([bytes.subarray(size / 2), bytes.subarray(0, size / 2)]),
  );
  return { ...whole, body: { ...whole.body, stream } };
}

function drift(answer: Answer | StreamedAnswer, params: SchemaDriftFault["params"]): Answer {
  if (!Buffer.isBuffer(answer.body)) throw new Error('"schema-drift" is for small JSON bodies');
  const body: unknown = JSON.parse(answer.body.toString("utf8"));
  let changed = body;
  if ("change" in params) changed = params.change(body);
  else for (const edit of params.edits) applyEdit(body, edit);
  return { ...answer, body: Buffer.from(JSON.stringify(changed)) };
}

/**
 * How the exchange ends under the fault. `answer` is the true one, undefined when the fault kept the
 * request from being applied.
 */
export function deliverFault(
  fault: AnswerFault,
  answer: Answer | StreamedAnswer | undefined,
  request: FaultedRequest,
): Delivery {
  const whole = (made: Answer | StreamedAnswer): Delivery => ({ how: "whole", answer: made });
  const cut = (bytes: number | undefined, then: "close" | "reset" | "stall"): Delivery => {
    if (answer === undefined) throw new Error(`"${fault.kind}" needs an answer to cut`);
    const place = bytes ?? Math.floor(lengthOf(fault, answer) / 2);
    return { how: "cut", answer: cutAt(answer, place), bytes: place, chunked: false, then };
  };
  switch (fault.kind) {
    case "status": {
      const { status, headers, body = { message: "Server Error" } } = fault.params;
      const text = typeof body === "string" ? body : JSON.stringify(body);
      return whole(answerOf(status, text, headers));
    }
    case "html":
      return whole(
        answerOf(fault.params?.status ?? 200, HTML_PAGE, {
          "content-type": "text/html; charset=utf-8",
        }),
      );
    case "reset":
    case "stall":
      if (fault.phase !== "during") return { how: fault.kind };
      if (fault.params?.inHead === true && answer !== undefined) {
        return { how: "cut-head", answer, then: fault.kind };
      }
      return cut(fault.params?.bytes, fault.kind);
    case "truncate": {
      const delivery = cut(fault.params?.bytes, "close");
      return delivery.how === "cut"
        ? { ...delivery, chunked: fault.params?.chunked ?? false }
        : delivery;
    }
    case "trickle":
      if (answer === undefined) throw new Error('"trickle" needs an answer to send');
      return { how: "trickle", answer: streamed(answer), ...fault.params };
    case "corrupt":
      if (answer === undefined) throw new Error('"corrupt" needs an answer to change');
      return whole(corrupt(fault, answer));
    case "empty":
      return whole(answerOf(fault.params?.status ?? 200, ""));
    case "garbage-json":
      return whole(answerOf(200, fault.params?.body ?? '{"ref":"refs/heads/ma'));
    case "schema-drift":
      if (answer === undefined) throw new Error('"schema-drift" needs an answer to change');
      return whole(drift(answer, fault.params));
    case "rate-limit-primary": {
      const reset = Math.floor(Date.now() / 1000) + (fault.params?.resetInSeconds ?? 60);
      const body = {
        message: `API rate limit exceeded for ${request.who}.`,
        documentation_url: RATE_LIMIT_DOCS,
        status: String(fault.params?.status ?? 403),
      };
      return whole(
        answerOf(fault.params?.status ?? 403, JSON.stringify(body), {
          "x-ratelimit-limit": "5000",
          "x-ratelimit-remaining": "0",
          "x-ratelimit-used": "5000",
          "x-ratelimit-reset": String(reset),
          "x-ratelimit-resource": "core",
        }),
      );
    }
    case "rate-limit-secondary": {
      const { status = 403, retryAfter } = fault.params ?? {};
      const body = {
        documentation_url: `${RATE_LIMIT_DOCS}#about-secondary-rate-limits`,
        message:
          "You have exceeded a secondary rate limit. Please wait a few minutes before you try " +
          "again. If you reach out to GitHub Support for help, please include the request ID " +
          `${request.requestId}.`,
        status: String(status),
      };
      return whole(
        answerOf(
          status,
          JSON.stringify(body),
          retryAfter === undefined ? {} : { "retry-after": retryAfter },
        ),
      );
    }
    case "redirect":
      return whole(answerOf(fault.params.status ?? 302, "", { location: fault.params.location }));
    case "huge":
      return { how: "huge", bytes: fault.params.bytes };
    case "duplicate":
    case "stale":
      if (answer === undefined) throw new Error(`"${fault.kind}" needs an answer`);
      return whole(answer);
    default:
      return assertNever(fault);
  }
}
