/** One GitHub host: its repositories, its tokens, and how it answers a request. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { parseRepoSlug } from "@auditable-release/model";
import { BlobStore } from "../artifacts/blob-store.ts";
import { ResultsService } from "../artifacts/results-service.ts";
import { Clock } from "../clock.ts";
import type { Exchange } from "../exchanges.ts";
import type { Fault, PlannedFault } from "../faults.ts";
import type { Answer, ReceivedRequest, RequestHead } from "../http-server.ts";
import { apiDescription } from "../openapi.ts";
import type { Service, UnderstoodRequest, World } from "../serve.ts";
import { accountOperations } from "./account-operations.ts";
import { Accounts, type Account, type App, type AppOptions, type UserOptions } from "./accounts.ts";
import { artifactOperations } from "./artifacts.ts";
import { attestationOperations, organizationAttestationOperations } from "./attestations.ts";
import { branchOperations } from "./branches.ts";
import { checkOperations } from "./check-operations.ts";
import { commitOperations } from "./commits.ts";
import { compareOperations } from "./compare.ts";
import { contentOperations } from "./contents.ts";
import { deploymentOperations } from "./deployments.ts";
import { environmentOperations } from "./environments.ts";
import { ApiError, notFound, unprocessable } from "./errors.ts";
import { answerGit, type GitRoute, gitRouteOf, GIT_OPERATIONS } from "./git-access.ts";
import { gitDataOperations } from "./git-data.ts";
import { immutableReleaseOperations } from "./immutable-releases.ts";
import { issueOperations } from "./issue-operations.ts";
import { jobOperations } from "./jobs.ts";
import type {
  EndpointSpec,
  HostAddresses,
  HostEndpointSpec,
  HostOperationTable,
  HostParts,
  OperationTable,
  Reply,
} from "./operation.ts";
import { pullOperations } from "./pull-operations.ts";
import { refOperations } from "./refs.ts";
import { releaseAssetOperations } from "./release-assets.ts";
import { releaseOperations } from "./releases.ts";
import { repositoryOperations } from "./repositories.ts";
import { Repository, type RepositoryOptions } from "./repository.ts";
import { reviewOperations } from "./review-operations.ts";
import { type Route, Router } from "./router.ts";
import { ruleOperations } from "./rule-operations.ts";
import { tagOperations } from "./tags.ts";
import {
  acceptedPermissions,
  assertGoodCredentials,
  authorize,
  type Caller,
  hourlyLimitOf,
  type TokenOptions,
  Tokens,
} from "./tokens.ts";
import { UploadsService } from "./uploads.ts";
import { workflowRunOperations } from "./workflow-runs.ts";
import { workflowOperations } from "./workflows.ts";

const OPERATIONS: OperationTable = {
  ...branchOperations,
  ...checkOperations,
  ...commitOperations,
  ...compareOperations,
  ...contentOperations,
  ...gitDataOperations,
  ...issueOperations,
  ...pullOperations,
  ...artifactOperations,
  ...attestationOperations,
  ...deploymentOperations,
  ...environmentOperations,
  ...immutableReleaseOperations,
  ...jobOperations,
  ...refOperations,
  ...releaseAssetOperations,
  ...releaseOperations,
  ...repositoryOperations,
  ...reviewOperations,
  ...ruleOperations,
  ...tagOperations,
  ...workflowOperations,
  ...workflowRunOperations,
};

/** Operations that are about no repository. */
const HOST_OPERATIONS: HostOperationTable = {
  ...accountOperations,
  ...organizationAttestationOperations,
};

/** The operations the stage plays, as `<METHOD> <path template>`. */
export const PLAYED_OPERATIONS: readonly string[] = [
  ...Object.keys(OPERATIONS),
  ...Object.keys(HOST_OPERATIONS),
];

const ENDPOINTS: ReadonlyMap<string, EndpointSpec> = new Map(Object.entries(OPERATIONS));
const HOST_ENDPOINTS: ReadonlyMap<string, HostEndpointSpec> = new Map(
  Object.entries(HOST_OPERATIONS),
);

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
  readonly #uploadsPrefix: string;
  readonly #router = new Router(PLAYED_OPERATIONS);
  /** The people, bots and apps of this host. */
  readonly accounts = new Accounts();
  readonly #tokens: Tokens;
  readonly #repositories = new Map<string, Repository>();
  readonly #requestsOf = new Map<string, number>();
  readonly #rateLimitReset = Math.floor(Date.now() / 1000) + 3600;
  #origin = "";
  readonly #parts: HostParts;
  /** The host's time. Moving it on expires links, tokens of jobs, artifacts and logs. */
  readonly clock = new Clock();
  /** What jobs have at ACTIONS_RESULTS_URL, and where signed addresses lead. */
  readonly results: ResultsService;
  /** Where release assets are sent to. */
  readonly uploads: Service;
  #addresses: HostAddresses = { apiUrl: "", serverUrl: "", uploadsUrl: "" };

  constructor({ name, world, directory, ghes = false }: GithubHostSettings) {
    this.name = name;
    this.#world = world;
    this.#directory = directory;
    this.#apiPrefix = ghes ? "/api/v3" : "";
    this.#uploadsPrefix = ghes ? "/api/uploads" : "";
    this.#tokens = new Tokens(name);
    const { clock } = this;
    const blobs = new BlobStore(join(directory, "blobs"));
    const results = new ResultsService({ name: `${name}-results`, clock, blobs });
    this.results = results;
    this.#parts = { clock, blobs, addressOf: (blob, signing) => results.addressOf(blob, signing) };
    this.uploads = new UploadsService(this);
  }

  /** Told once, when the servers have their ports. */
  openAt(origin: string, uploadsOrigin: string): void {
    const isGhes = this.#apiPrefix !== "";
    this.#origin = origin;
    this.#addresses = {
      apiUrl: `${origin}${this.#apiPrefix}`,
      serverUrl: isGhes ? origin : "https://github.com",
      uploadsUrl: `${uploadsOrigin}${this.#uploadsPrefix}`,
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
        accounts: this.accounts,
        clock: this.clock,
        blobs: this.#parts.blobs,
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

  /** Adds a person or bot with a role and address; a login that a token names comes by itself. */
  addUser(login: string, options: UserOptions = {}): Account {
    return this.accounts.addUser(login, options);
  }

  /** Adds an app, for checks that must be its own and for bypasses. */
  addApp(slug: string, options: AppOptions = {}): App {
    return this.accounts.addApp(slug, options);
  }

  /** What a clone of the repository has as its remote. */
  gitUrl(slug: string): string {
    return `${this.#addresses.serverUrl}/${slug}.git`;
  }

  /** Where git over HTTP is served under the name of `serverUrl`. */
  get origin(): string {
    return this.#origin;
  }

  /**
   * For a git of the code under test: the addresses of this host lead here, the token goes with
   * every request as `actions/checkout` sends it, and nothing of the machine's settings gets in.
   */
  gitEnvironment(token?: string): Readonly<Record<string, string>> {
    const { serverUrl } = this.#addresses;
    const basic = Buffer.from(`x-access-token:${token ?? ""}`).toString("base64");
    const settings = [
      [`url.${this.#origin}/.insteadOf`, `${serverUrl}/`],
      // What git asks by default would wait for a person.
      ["credential.helper", ""],
      ...(token === undefined
        ? []
        : [[`http.${this.#origin}/.extraheader`, `AUTHORIZATION: basic ${basic}`]]),
    ];
    return {
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_TERMINAL_PROMPT: "0",
      GIT_CONFIG_COUNT: String(settings.length),
      ...Object.fromEntries(
        settings.flatMap(([key = "", value = ""], index) => [
          [`GIT_CONFIG_KEY_${index}`, key],
          [`GIT_CONFIG_VALUE_${index}`, value],
        ]),
      ),
    };
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

  /** What is pushed may be large, and goes to git as it comes. */
  streamsBody(head: RequestHead): boolean {
    return gitRouteOf(head) !== undefined;
  }

  requestId(n: number): string {
    return `${this.name.toUpperCase()}:${n.toString(16).toUpperCase().padStart(6, "0")}`;
  }

  #routeOf(request: ReceivedRequest, { isUpload = false } = {}): Route | undefined {
    const prefix = isUpload ? this.#uploadsPrefix : this.#apiPrefix;
    if (!request.rawPath.startsWith(`${prefix}/`)) return undefined;
    const path = request.rawPath.slice(prefix.length);
    const route = this.#router.find(request.method, path);
    if (route === undefined) return undefined;
    // Each origin serves its own operations only.
    const isOfUploads = ENDPOINTS.get(route.operation)?.isUpload ?? false;
    return isOfUploads === isUpload ? route : undefined;
  }

  understand(request: ReceivedRequest, origin: { isUpload?: boolean } = {}): UnderstoodRequest {
    const git = origin.isUpload === true ? undefined : gitRouteOf(request);
    if (git !== undefined) return this.#understandGit(git, request);
    const operation = this.#routeOf(request, origin)?.operation;
    const prefix = origin.isUpload === true ? this.#uploadsPrefix : this.#apiPrefix;
    const path = decodePath(
      operation === undefined ? request.rawPath : request.rawPath.slice(prefix.length),
    );
    const isJson = origin.isUpload !== true && request.body !== undefined;
    const body = isJson ? parseJson(request.body) : undefined;
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

  /** git's own protocol: no description says what is right, and its bodies are not logged. */
  #understandGit(git: GitRoute, request: ReceivedRequest): UnderstoodRequest {
    return {
      path: decodePath(request.rawPath),
      operation: git.operation,
      operationId: undefined,
      who: this.#tokens.callerOf(request.headers.authorization).identity,
      body: undefined,
      violations: [],
    };
  }

  violationsOf(request: UnderstoodRequest, answer: Answer): readonly string[] {
    if (request.operation === undefined || GIT_OPERATIONS.has(request.operation)) return [];
    const isJson = (answer.headers["content-type"] ?? "").startsWith("application/json");
    const body = isJson ? parseJson(answer.body) : undefined;
    return apiDescription()
      .answerFaults(request.operation, answer.status, body)
      .map((fault) => `${request.operation} answer ${answer.status}: ${fault}`);
  }

  async answer(
    n: number,
    request: ReceivedRequest,
    staleBy: number,
    origin: { isUpload?: boolean } = {},
  ): Promise<Answer> {
    const caller = this.#tokens.callerOf(request.headers.authorization);
    const git = origin.isUpload === true ? undefined : gitRouteOf(request);
    if (git !== undefined) {
      const repository = this.repository(git.slug);
      return answerGit(git, request, { repository, caller, addresses: this.#addresses });
    }
    const route = this.#routeOf(request, origin);
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
          ...(error.errors === undefined ? {} : { errors: error.errors }),
          documentation_url: documentation,
          status: String(error.status),
        },
      };
    }
    const endpoint = route === undefined ? undefined : ENDPOINTS.get(route.operation);
    const accepted =
      endpoint === undefined || caller.is !== "bearer"
        ? {}
        : acceptedPermissions(endpoint.permission, endpoint.level, endpoint.alternative);
    const headers = { ...accepted, ...reply.headers };
    return this.#toAnswer(n, request, caller, { ...reply, headers });
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
    const hostEndpoint = route === undefined ? undefined : HOST_ENDPOINTS.get(route.operation);
    if (route !== undefined && hostEndpoint !== undefined) {
      return this.#hostReply(request, route, caller, hostEndpoint);
    }
    const endpoint = route === undefined ? undefined : ENDPOINTS.get(route.operation);
    if (route === undefined || endpoint === undefined) throw notFound();
    const slug = `${route.params["owner"] ?? ""}/${route.params["repo"] ?? ""}`;
    const repository = this.repository(slug);
    if (repository === undefined) throw notFound();
    authorize(caller, repository, endpoint.permission, endpoint.level, endpoint.alternative);
    let refs: Promise<ReadonlyMap<string, string>> | undefined;
    return endpoint.handle({
      addresses: this.#addresses,
      host: this.#parts,
      repository,
      caller,
      params: route.params,
      query: request.query,
      accept: request.headers.accept ?? "",
      body: this.#readBody(route, request),
      content: request.stream,
      contentType: request.headers["content-type"] ?? "",
      refs: () => (refs ??= repository.refsBefore(staleBy)),
      unseen: (what) => repository.countRecent(staleBy, what),
      record: (effect) => repository.record(caller.identity, effect),
    });
  }

  async #hostReply(
    request: ReceivedRequest,
    route: Route,
    caller: Caller,
    endpoint: HostEndpointSpec,
  ): Promise<Reply> {
    if (caller.is !== "bearer" && !endpoint.isAnonymous) {
      throw new ApiError(401, "Requires authentication");
    }
    return endpoint.handle({
      addresses: this.#addresses,
      host: this.#parts,
      caller,
      params: route.params,
      query: request.query,
      rateLimit: {
        limit: hourlyLimitOf(caller),
        used: this.#requestsOf.get(caller.identity) ?? 0,
        reset: this.#rateLimitReset,
      },
      repositoriesOf: (owner) =>
        [...this.#repositories.entries()]
          .filter(([slug]) => slug.startsWith(`${owner.toLowerCase()}/`))
          .map(([, repository]) => repository),
      expireToken: () => {
        if (caller.is === "bearer") caller.grant.expired = true;
      },
    });
  }

  /** @throws ApiError for what GitHub would refuse to read */
  #readBody(route: Route, request: ReceivedRequest): Readonly<Record<string, unknown>> {
    const described = apiDescription().operation(route.operation).requestBody;
    // A body without a schema is content, not JSON.
    if (described === null || described.schema === null) return {};
    if (request.body === undefined) throw new ApiError(413, "Payload Too Large");
    const body = request.body.length === 0 ? {} : parseJson(request.body);
    if (body === undefined) throw new ApiError(400, "Problems parsing JSON");
    if (!isRecord(body)) throw new ApiError(400, "Body should be a JSON object");
    const faults = apiDescription()
      .bodyFaults(route.operation, body)
      .map((fault) =>
        fault
          .replace(/^must have required property '(.+)'$/, `"$1" wasn't supplied.`)
          .replace(
            /^\/(?<name>\w+) must NOT have more than (?<most>\d+) properties$/,
            "For 'properties/$<name>', no more than $<most> properties are allowed.",
          ),
      );
    if (faults.length > 0) throw unprocessable(`Invalid request.\n\n${faults.join("\n")}`);
    return body;
  }

  #toAnswer(n: number, request: ReceivedRequest, caller: Caller, reply: Reply): Answer {
    const body = bytesOf(reply.body);
    const etag = `W/"${createHash("sha256").update(body).digest("hex")}"`;
    const isGet = request.method === "GET" && reply.status === 200;
    const isUnchanged = isGet && request.headers["if-none-match"] === etag;
    const headers: Record<string, string> = {
      "content-type": "application/json; charset=utf-8",
      "x-github-media-type": "github.v3; format=json",
      "x-github-request-id": this.requestId(n),
      ...this.#rateLimitHeaders(caller, isUnchanged || reply.isFree === true),
      ...(isGet ? { etag, "cache-control": "private, max-age=60, s-maxage=60" } : {}),
      ...reply.headers,
    };
    return isUnchanged
      ? { status: 304, headers, body: Buffer.alloc(0) }
      : { status: reply.status, headers, body };
  }

  /** Counts the request, unless it is free as one answered with 304 is. */
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

/** A reply's body as it is sent; nothing for undefined. */
function bytesOf(body: unknown): Buffer {
  if (body === undefined) return Buffer.alloc(0);
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
}

/** Where a request leaves the description of its operation. */
function violationsIn(
  operation: string,
  request: ReceivedRequest,
  body: unknown,
): readonly string[] {
  const description = apiDescription();
  const isContent = description.operation(operation).requestBody?.schema === null;
  const isUnread = !isContent && body === undefined && request.body?.length !== 0;
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
