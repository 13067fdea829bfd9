/**
 * HTTP on loopback, down to how an answer reaches the wire: whole, cut, dropped or never. Knows
 * nothing of what is asked.
 */
import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { Readable } from "node:stream";
import { finished, pipeline } from "node:stream/promises";
import { type ByteStream, streamOf, trickle } from "./body-streams.ts";

/** GitHub refuses bodies long before this; an answer of the stage is far smaller. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** What is known of a request before its body has come. */
export interface RequestHead {
  readonly method: string;
  /** As sent: percent-encoded, without the query. */
  readonly rawPath: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
}

export interface ReceivedRequest extends RequestHead {
  /** Undefined when it was larger than the server takes, and when it comes as `stream` only. */
  readonly body: Buffer | undefined;
  /**
   * The body, to be read once. It comes while it is read where the service asked for that, and
   * breaks with an error when the client goes away; otherwise it is what `body` is.
   */
  readonly stream: ByteStream;
}

interface AnswerHead {
  readonly status: number;
  /** A `content-length` of its own is kept: the answer to HEAD has one and no body. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface Answer extends AnswerHead {
  readonly body: Buffer;
}

/** Made while it is sent; without a length it is sent in chunks. */
export interface StreamedBody {
  readonly stream: ByteStream;
  readonly length?: number;
}

export interface StreamedAnswer extends AnswerHead {
  readonly body: StreamedBody;
}

/** How an answer is sent. */
export type Delivery =
  | { readonly how: "whole"; readonly answer: Answer | StreamedAnswer }
  /**
   * The head, then `bytes` of the body, or as much as the stream has; then the connection closes,
   * is reset, or just stays.
   */
  | {
      readonly how: "cut";
      readonly answer: Answer | StreamedAnswer;
      readonly bytes: number;
      readonly chunked: boolean;
      readonly then: "close" | "reset" | "stall";
    }
  /** The status, and a part of the first header. */
  | {
      readonly how: "cut-head";
      readonly answer: Answer | StreamedAnswer;
      readonly then: "reset" | "stall";
    }
  /** So many bytes of the body at a time, one piece every `everyMs`. */
  | {
      readonly how: "trickle";
      readonly answer: StreamedAnswer;
      readonly bytes: number;
      readonly everyMs: number;
    }
  /** `bytes` of a JSON text, made while they are sent. */
  | { readonly how: "huge"; readonly bytes: number }
  | { readonly how: "reset" }
  | { readonly how: "stall" };

export interface HttpServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  request.on("data", (chunk: Buffer) => {
    size += chunk.length;
    // What comes beyond the cap is read and forgotten, so that the client gets to read its answer.
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  });
  await finished(request);
  return size <= MAX_BODY_BYTES ? Buffer.concat(chunks) : undefined;
}

/** The body as it comes. Abandoned halfway it leaves the connection as it is, for the answer. */
async function* piecesOf(request: IncomingMessage): AsyncGenerator<Buffer> {
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    if (!Buffer.isBuffer(chunk)) throw new TypeError("a request without an encoding gives buffers");
    yield chunk;
  }
}

function* hugeJson(bytes: number): Generator<string> {
  const [head, tail] = ['{"filler":"', '"}'];
  const block = "x".repeat(64 * 1024);
  yield head;
  for (let left = bytes - head.length - tail.length; left > 0; left -= block.length) {
    yield block.slice(0, left);
  }
  yield tail;
}

function writeHead(response: ServerResponse, answer: Answer | StreamedAnswer): void {
  const { status, headers, body } = answer;
  // Neither 204 nor 304 has a body or a length of one (RFC 9110, 15.3.5 and 15.4.5).
  const isBare = status === 204 || status === 304;
  const hasOwn = headers["content-length"] !== undefined;
  const length = isBare || hasOwn || body.length === undefined ? undefined : String(body.length);
  response.writeHead(status, {
    ...headers,
    ...(length === undefined ? {} : { "content-length": length }),
  });
}

/** Writes a piece and waits until there is room for another. @throws when the client went away */
async function writePiece(response: ServerResponse, piece: Buffer): Promise<void> {
  if (response.destroyed) throw new Error("the client went away");
  if (response.write(piece)) return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onClose = (): void => {
    reject(new Error("the client went away"));
  };
  response.once("drain", resolve).once("close", onClose);
  await promise.finally(() => response.off("drain", resolve).off("close", onClose));
}

async function sendCut(
  response: ServerResponse,
  cut: Extract<Delivery, { how: "cut" }>,
): Promise<void> {
  const { answer, bytes, chunked } = cut;
  if (chunked) response.writeHead(answer.status, answer.headers);
  else writeHead(response, answer);
  response.flushHeaders();
  const pieces = Buffer.isBuffer(answer.body)
    ? streamOf(answer.body.subarray(0, bytes))
    : answer.body.stream;
  for await (const piece of pieces) await writePiece(response, piece);
  // An empty write comes back when all before it has gone out.
  response.write("", () => {
    if (cut.then === "close") response.socket?.end();
    if (cut.then === "reset") response.socket?.resetAndDestroy();
  });
}

/** Past the response, which would only send a head that is whole. */
function sendCutHead(response: ServerResponse, cut: Extract<Delivery, { how: "cut-head" }>): void {
  response.socket?.write(`HTTP/1.1 ${cut.answer.status} OK\r\nconte`, () => {
    if (cut.then === "reset") response.socket?.resetAndDestroy();
  });
}

async function sendSlowly(
  response: ServerResponse,
  { answer, bytes, everyMs }: Extract<Delivery, { how: "trickle" }>,
): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => {
    gone.abort();
  });
  writeHead(response, answer);
  response.flushHeaders();
  for await (const piece of trickle(answer.body.stream, bytes, everyMs, gone.signal)) {
    await writePiece(response, piece);
  }
  response.end();
}

async function deliver(response: ServerResponse, delivery: Delivery): Promise<void> {
  switch (delivery.how) {
    case "whole": {
      const { body } = delivery.answer;
      writeHead(response, delivery.answer);
      if (Buffer.isBuffer(body)) response.end(body);
      else {
        for await (const piece of body.stream) await writePiece(response, piece);
        response.end();
      }
      return;
    }
    case "cut":
      await sendCut(response, delivery);
      return;
    case "cut-head":
      sendCutHead(response, delivery);
      return;
    case "trickle":
      await sendSlowly(response, delivery);
      return;
    case "huge":
      response.writeHead(200, { "content-type": "application/json; charset=utf-8" });
      await pipeline(Readable.from(hugeJson(delivery.bytes)), response);
      return;
    case "reset":
      response.socket?.resetAndDestroy();
      return;
    case "stall":
      // The client gives up, or stopping the server closes the connection.
      return;
  }
}

/**
 * Serves on a free port of 127.0.0.1 until disposed. Disposal closes every connection and waits for
 * the handlers that are under way, so nothing of the server outlives it. A body is read before
 * `handle` is called, or, where `isStreamed` says so, by it.
 */
export async function startHttpServer(
  handle: (request: ReceivedRequest) => Promise<Delivery>,
  isStreamed: (head: RequestHead) => boolean = () => false,
): Promise<HttpServer> {
  const underWay = new Set<Promise<void>>();

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = new URL(request.url ?? "/", "http://stage.invalid");
    const head: RequestHead = {
      method: request.method ?? "GET",
      rawPath: target.pathname,
      query: target.searchParams,
      headers: request.headers,
    };
    let delivery: Delivery;
    if (isStreamed(head)) {
      delivery = await handle({ ...head, body: undefined, stream: piecesOf(request) });
      // What the service did not read is read and forgotten, so that the client gets its answer.
      if (delivery.how !== "stall") request.resume();
    } else {
      const body = await readBody(request);
      delivery = await handle({ ...head, body, stream: streamOf(body ?? Buffer.alloc(0)) });
    }
    await deliver(response, delivery);
  }

  const server = createServer((request, response) => {
    const served = serve(request, response)
      // The client went away, in the middle of its request or of the answer: that is its right.
      .catch(() => response.socket?.destroy())
      .then(() => {
        underWay.delete(served);
      });
    underWay.add(served);
  });
  // A timer of the server must never race a client that reuses its connection.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  server.headersTimeout = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");

  return {
    origin: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
      await Promise.all(underWay);
    },
  };
}
