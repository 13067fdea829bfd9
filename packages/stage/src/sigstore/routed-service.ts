/**
 * A service of the stage made of a table of routes. Owns what all of them share: finding the route,
 * reading the body, the answer's form, and what the log of exchanges is told.
 */
import type { Answer, ReceivedRequest } from "../http-server.ts";
import type { Service, UnderstoodRequest } from "../serve.ts";
import { InvalidInput } from "./untrusted.ts";

export interface Call {
  /** The path's parameters, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: ReceivedRequest["headers"];
  /** As sent. */
  readonly path: string;
  readonly body: Buffer;
  /** In whose name changes are recorded. */
  readonly who: string;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes and texts are sent as they are, anything else as JSON; undefined is no body. */
  readonly body?: unknown;
}

/** A template's `{name}` is one segment of the path, `{name+}` is all the rest. */
type RouteTable = Readonly<Record<`${string} /${string}`, (call: Call) => Reply | Promise<Reply>>>;

export interface RoutedServiceSettings {
  readonly name: string;
  readonly routes: RouteTable;
  /** Who asks, so far as a request tells. */
  readonly identify: (request: ReceivedRequest) => string;
  /** What the log keeps of a JSON body; credentials must not be in it. */
  readonly redact?: (body: unknown) => unknown;
  /** The answer to a request that is refused for what it says. */
  readonly refuse: (message: string) => Reply;
}

interface Route {
  readonly operation: string;
  readonly method: string;
  readonly pattern: RegExp;
  readonly handle: (call: Call) => Reply | Promise<Reply>;
}

function compile([operation, handle]: [string, Route["handle"]]): Route {
  const [method = "", template = ""] = operation.split(" ");
  const source = template
    .replaceAll(/[.]/g, String.raw`\.`)
    .replaceAll(/\{(\w+)\+\}/g, "(?<$1>.+)")
    .replaceAll(/\{(\w+)\}/g, "(?<$1>[^/]+)");
  return { operation, method, pattern: new RegExp(`^${source}$`), handle };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function tryParseJson(body: Buffer | undefined): unknown {
  try {
    return body === undefined ? undefined : JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

export class RoutedService implements Service {
  readonly name: string;
  readonly #settings: RoutedServiceSettings;
  /** Those with more fixed text first. */
  readonly #routes: readonly Route[];

  constructor(settings: RoutedServiceSettings) {
    this.name = settings.name;
    this.#settings = settings;
    this.#routes = Object.entries(settings.routes)
      .toSorted(([a], [b]) => a.split("{").length - b.split("{").length)
      .map(compile);
  }

  understand(request: ReceivedRequest): UnderstoodRequest {
    const operation = this.#find(request)?.route.operation;
    const path = decode(request.rawPath);
    const body = tryParseJson(request.body);
    return {
      path,
      operation,
      operationId: undefined,
      who: this.#settings.identify(request),
      body: this.#settings.redact?.(body) ?? body,
      violations:
        operation === undefined ? [`${this.name}: ${request.method} ${path}: unknown route`] : [],
    };
  }

  async answer(_n: number, request: ReceivedRequest): Promise<Answer> {
    const reply = await this.#reply(request);
    const { body } = reply;
    if (body instanceof Uint8Array || typeof body === "string") {
      return { status: reply.status, headers: reply.headers ?? {}, body: Buffer.from(body) };
    }
    const headers = { "content-type": "application/json", ...reply.headers };
    const text = body === undefined ? "" : JSON.stringify(body);
    return { status: reply.status, headers, body: Buffer.from(text) };
  }

  violationsOf(): readonly string[] {
    return [];
  }

  requestId(n: number): string {
    return `${this.name}-${n}`;
  }

  #find(request: ReceivedRequest): { route: Route; params: Record<string, string> } | undefined {
    for (const route of this.#routes) {
      const match = route.method === request.method ? route.pattern.exec(request.rawPath) : null;
      if (match === null) continue;
      const params = Object.entries(match.groups ?? {}).map(([key, text]): [string, string] => [
        key,
        decode(text),
      ]);
      return { route, params: Object.fromEntries(params) };
    }
    return undefined;
  }

  async #reply(request: ReceivedRequest): Promise<Reply> {
    const found = this.#find(request);
    if (found === undefined) return { ...this.#settings.refuse("Not Found"), status: 404 };
    const { body } = request;
    if (body === undefined) return { ...this.#settings.refuse("body too large"), status: 413 };
    try {
      return await found.route.handle({
        params: found.params,
        query: request.query,
        headers: request.headers,
        path: request.rawPath,
        body,
        who: this.#settings.identify(request),
      });
    } catch (error) {
      if (error instanceof InvalidInput) return this.#settings.refuse(error.message);
      throw error;
    }
  }
}
