/** One GitHub host: its repositories, its tokens, and how it answers a request. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { parseRepoSlug } from "@auditable-release/model";
import type { Exchange } from "../exchanges.ts";
import type { Fault, PlannedFault } from "../faults.ts";
import type { Answer, ReceivedRequest } from "../http-server.ts";
import { apiDescription } from "../openapi.ts";
import type { Service, UnderstoodRequest, World } from "../serve.ts";
import { commitOperations } from "./commits.ts";
import { compareOperations } from "./compare.ts";
import { ApiError, notFound, unprocessable } from "./errors.ts";
import type { EndpointSpec, HostAddresses, OperationTable, Reply } from "./operation.ts";
import { refOperations } from "./refs.ts";
import { repositoryOperations } from "./repositories.ts";
import { Repository, type RepositoryOptions } from "./repository.ts";
import { type Route, Router } from "./router.ts";
import { tagOperations } from "./tags.ts";
import {
  assertGoodCredentials,
  authorize,
  type Caller,
  hourlyLimitOf,
  type TokenOptions,
  Tokens,
} from "./tokens.ts";

const OPERATIONS: OperationTable = {
  ...commitOperations,
  ...compareOperations,
  ...refOperations,
  ...repositoryOperations,
  ...tagOperations,
};

/** The operations the stage plays, as `<METHOD> <path template>`. */
export const PLAYED_OPERATIONS: readonly string[] = Object.keys(OPERATIONS);

const ENDPOINTS: ReadonlyMap<string, EndpointSpec> = new Map(Object.entries(OPERATIONS));

/** GitHub's documentation root, for errors that belong to no operation. */
const REST_DOCS = "https://docs.github.com/rest";

export interface GithubHostOptions {
  /** Serves its API under `/api/v3` and its pages beside it, as GitHub Enterprise Server does. */
  readonly ghes?: boolean;
}

interface GithubHostSettings extends GithubHostOptions {
  /** `github`, or the name of a further host. */
  readonly name: string;
  readonly world: World;
  /** Where this host's repositories are. */
  readonly directory: string;
}

/** The JSON of a body; undefined when there is none or it is none. */
function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export class GithubHost implements Service {
  readonly name: string;
  readonly #world: World;
  readonly #directory: string;
  readonly #apiPrefix: string;
  readonly #router = new Router(PLAYED_OPERATIONS);
  readonly #tokens: Tokens;
  readonly #repositories = new Map<string, Repository>();
  readonly #requestsOf = new Map<string, number>();
  readonly #rateLimitReset = Math.floor(Date.now() / 1000) + 3600;
  #addresses: HostAddresses = { apiUrl: "", serverUrl: "" };

  constructor({ name, world, directory, ghes = false }: GithubHostSettings) {
    this.name = name;
    this.#world = world;
    this.#directory = directory;
    this.#apiPrefix = ghes ? "/api/v3" : "";
    this.#tokens = new Tokens(name);
  }

  /** Told once, when the server has its port. */
  openAt(origin: string): void {
    const isGhes = this.#apiPrefix !== "";
    this.#addresses = {
      apiUrl: `${origin}${this.#apiPrefix}`,
      serverUrl: isGhes ? origin : "https://github.com",
    };
  }

  /** What a workflow has as GITHUB_API_URL. */
  get apiUrl(): string {
    return this.#addresses.apiUrl;
  }

  /** What a workflow has as GITHUB_SERVER_URL. */
  get serverUrl(): string {
    return this.#addresses.serverUrl;
  }

  /** All exchanges of the stage this host is part of. */
  get exchanges(): readonly Exchange[] {
    return this.#world.exchanges.all;
  }

  addFault(fault: Fault): PlannedFault {
    return this.#world.faults.add(fault);
  }

  async createRepository(slug: string, options: RepositoryOptions = {}): Promise<Repository> {
    const key = slug.toLowerCase();
    if (this.#repositories.has(key)) throw new Error(`${this.name} has ${slug} already`);
    const id = this.#repositories.size + 1001;
    const repository = await Repository.create(
      {
        id,
        slug: parseRepoSlug(slug),
        service: this.name,
        directory: join(this.#directory, `${id}.git`),
        home: join(this.#directory, "home"),
        history: this.#world.history,
      },
      options,
    );
    this.#repositories.set(key, repository);
    return repository;
  }

  /** The repository, in whatever spelling. */
  repository(slug: string): Repository | undefined {
    return this.#repositories.get(slug.toLowerCase());
  }

  issueToken(options: TokenOptions): string {
    return this.#tokens.issue(options);
  }

  /** From now on the token is refused with 401. */
  expireToken(token: string): void {
    this.#tokens.expire(token);
  }

  get repositories(): readonly Repository[] {
    return [...this.#repositories.values()];
  }

  requestId(n: number): string {
    return `${this.name.toUpperCase()}:${n.toString(16).toUpperCase().padStart(6, "0")}`;
  }

  #routeOf(request: ReceivedRequest): Route | undefined {
    if (!request.rawPath.startsWith(`${this.#apiPrefix}/`)) return undefined;
    return this.#router.find(request.method, request.rawPath.slice(this.#apiPrefix.length));
  }

  understand(request: ReceivedRequest): UnderstoodRequest {
    const operation = this.#routeOf(request)?.operation;
    const path = decodePath(
      operation === undefined ? request.rawPath : request.rawPath.slice(this.#apiPrefix.length),
    );
    const body = request.body === undefined ? undefined : parseJson(request.body);
    return {
      path,
      operation,
      operationId:
        operation === undefined ? undefined : apiDescription().operation(operation).operationId,
      who: this.#tokens.callerOf(request.headers.authorization).identity,
      body,
      violations:
        operation === undefined
          ? [`${request.method} ${path}: unknown route`]
          : violationsIn(operation, request, body).map((v) => `${operation} request: ${v}`),
    };
  }

  violationsOf(request: UnderstoodRequest, answer: Answer): readonly string[] {
    if (request.operation === undefined) return [];
    const isJson = (answer.headers["content-type"] ?? "").startsWith("application/json");
    const body = isJson ? parseJson(answer.body) : undefined;
    return apiDescription()
      .answerFaults(request.operation, answer.status, body)
      .map((fault) => `${request.operation} answer ${answer.status}: ${fault}`);
  }

  async answer(n: number, request: ReceivedRequest, staleBy: number): Promise<Answer> {
    const caller = this.#tokens.callerOf(request.headers.authorization);
    const route = this.#routeOf(request);
    let reply: Reply;
    try {
      reply = await this.#reply(request, route, caller, staleBy);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const documentation =
        error.documentation ??
        (route === undefined
          ? REST_DOCS
          : apiDescription().operation(route.operation).documentation);
      reply = {
        status: error.status,
        headers: error.headers,
        body: {
          message: error.message,
          documentation_url: documentation,
          status: String(error.status),
        },
      };
    }
    return this.#toAnswer(n, request, caller, reply);
  }

  async #reply(
    request: ReceivedRequest,
    route: Route | undefined,
    caller: Caller,
    staleBy: number,
  ): Promise<Reply> {
    if (request.headers["user-agent"] === undefined) {
      throw new ApiError(
        403,
        "Request forbidden by administrative rules. Please make sure your request has a " +
          "User-Agent header",
      );
    }
    assertGoodCredentials(caller);
    const endpoint = route === undefined ? undefined : ENDPOINTS.get(route.operation);
    if (route === undefined || endpoint === undefined) throw notFound();
    const slug = `${route.params["owner"] ?? ""}/${route.params["repo"] ?? ""}`;
    const repository = this.repository(slug);
    if (repository === undefined) throw notFound();
    authorize(caller, repository, endpoint.permission, endpoint.level);
    let refs: Promise<ReadonlyMap<string, string>> | undefined;
    return endpoint.handle({
      addresses: this.#addresses,
      repository,
      caller,
      params: route.params,
      query: request.query,
      accept: request.headers.accept ?? "",
      body: this.#readBody(route, request),
      refs: () => (refs ??= repository.refsBefore(staleBy)),
      record: (effect) => repository.record(caller.identity, effect),
    });
  }

  /** @throws ApiError for what GitHub would refuse to read */
  #readBody(route: Route, request: ReceivedRequest): Readonly<Record<string, unknown>> {
    if (request.body === undefined) throw new ApiError(413, "Payload Too Large");
    if (apiDescription().operation(route.operation).requestBody === null) return {};
    const body = request.body.length === 0 ? {} : parseJson(request.body);
    if (body === undefined) throw new ApiError(400, "Problems parsing JSON");
    if (!isRecord(body)) throw new ApiError(400, "Body should be a JSON object");
    const faults = apiDescription()
      .bodyFaults(route.operation, body)
      .map((fault) =>
        fault.replace(/^must have required property '(.+)'$/, `"$1" wasn't supplied.`),
      );
    if (faults.length > 0) throw unprocessable(`Invalid request.\n\n${faults.join("\n")}`);
    return body;
  }

  #toAnswer(n: number, request: ReceivedRequest, caller: Caller, reply: Reply): Answer {
    const text = typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body);
    const body = Buffer.from(text);
    const etag = `W/"${createHash("sha256").update(body).digest("hex")}"`;
    const isGet = request.method === "GET" && reply.status === 200;
    const isUnchanged = isGet && request.headers["if-none-match"] === etag;
    const headers: Record<string, string> = {
      "content-type": "application/json; charset=utf-8",
      "x-github-media-type": "github.v3; format=json",
      "x-github-request-id": this.requestId(n),
      ...this.#rateLimitHeaders(caller, isUnchanged),
      ...(isGet ? { etag, "cache-control": "private, max-age=60, s-maxage=60" } : {}),
      ...reply.headers,
    };
    return isUnchanged
      ? { status: 304, headers, body: Buffer.alloc(0) }
      : { status: reply.status, headers, body };
  }

  /** Counts the request, unless it was answered with 304: those are free. */
  #rateLimitHeaders(caller: Caller, isFree: boolean): Readonly<Record<string, string>> {
    const limit = hourlyLimitOf(caller);
    const used = (this.#requestsOf.get(caller.identity) ?? 0) + (isFree ? 0 : 1);
    this.#requestsOf.set(caller.identity, used);
    return {
      "x-ratelimit-limit": String(limit),
      "x-ratelimit-remaining": String(Math.max(0, limit - used)),
      "x-ratelimit-reset": String(this.#rateLimitReset),
      "x-ratelimit-resource": "core",
      "x-ratelimit-used": String(used),
    };
  }
}

/** Where a request leaves the description of its operation. */
function violationsIn(
  operation: string,
  request: ReceivedRequest,
  body: unknown,
): readonly string[] {
  const description = apiDescription();
  const isUnread = body === undefined && request.body?.length !== 0;
  return [
    ...description.queryFaults(operation, request.query).map((fault) => `query: ${fault}`),
    ...(isUnread
      ? ["body: is no JSON, or too large"]
      : description.bodyFaults(operation, body).map((fault) => `body: ${fault}`)),
    ...description.ignoredKeys(operation, body).map((key) => `body: /${key} is not documented`),
  ];
}

/** For the log: readable, and as it was sent where it is not percent-encoded UTF-8. */
function decodePath(rawPath: string): string {
  try {
    return decodeURIComponent(rawPath);
  } catch {
    return rawPath;
  }
}
