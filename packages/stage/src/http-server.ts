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

/** GitHub refuses bodies long before this; an answer of the stage is far smaller. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

export interface ReceivedRequest {
  readonly method: string;
  /** As sent: percent-encoded, without the query. */
  readonly rawPath: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Undefined when it was larger than the server takes. */
  readonly body: Buffer | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** How an answer is sent. */
export type Delivery =
  | { readonly how: "whole"; readonly answer: Answer }
  /** The head, then `bytes` of the body; then the connection closes, is reset, or just stays. */
  | {
      readonly how: "cut";
      readonly answer: Answer;
      readonly bytes: number;
      readonly chunked: boolean;
      readonly then: "close" | "reset" | "stall";
    }
  /** `bytes` of a JSON text, made while they are sent. */
  | { readonly how: "huge"; readonly bytes: number }
  | { readonly how: "reset" }
  | { readonly how: "stall" };

export interface HttpServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
}

async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  request.on("data", (chunk: Buffer) => {
    size += chunk.length;
    // What comes beyond the cap is read and forgotten, so that the client gets to read its answer.
    if (size <= maxBytes) chunks.push(chunk);
  });
  await finished(request);
  return size <= maxBytes ? Buffer.concat(chunks) : undefined;
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

function sendCut(response: ServerResponse, cut: Extract<Delivery, { how: "cut" }>): void {
  const { answer, bytes, chunked } = cut;
  response.writeHead(answer.status, {
    ...answer.headers,
    ...(chunked ? {} : { "content-length": String(answer.body.length) }),
  });
  response.flushHeaders();
  response.write(answer.body.subarray(0, bytes), () => {
    if (cut.then === "close") response.socket?.end();
    if (cut.then === "reset") response.socket?.resetAndDestroy();
  });
}

async function deliver(response: ServerResponse, delivery: Delivery): Promise<void> {
  switch (delivery.how) {
    case "whole": {
      const { status, headers, body } = delivery.answer;
      // 304 has no body and no length of one (RFC 9110, 15.4.5).
      const length = status === 304 ? {} : { "content-length": String(body.length) };
      response.writeHead(status, { ...headers, ...length });
      response.end(body);
      return;
    }
    case "cut":
      sendCut(response, delivery);
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
 * the handlers that are under way, so nothing of the server outlives it.
 */
export async function startHttpServer(
  handle: (request: ReceivedRequest) => Promise<Delivery>,
  { maxBodyBytes = MAX_BODY_BYTES } = {},
): Promise<HttpServer> {
  const underWay = new Set<Promise<void>>();

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = new URL(request.url ?? "/", "http://stage.invalid");
    const body = await readBody(request, maxBodyBytes);
    const delivery = await handle({
      method: request.method ?? "GET",
      rawPath: target.pathname,
      query: target.searchParams,
      headers: request.headers,
      body,
    });
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
