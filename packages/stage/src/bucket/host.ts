/** One storage service: its buckets, its tokens, and how it answers a request. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Exchange } from "../exchanges.ts";
import type { Fault, PlannedFault } from "../faults.ts";
import type { Change } from "../history.ts";
import type { Answer, ReceivedRequest, RequestHead, StreamedAnswer } from "../http-server.ts";
import type { Service, UnderstoodRequest, World } from "../serve.ts";
import { Bucket } from "./bucket.ts";
import { getBucket, lockRetentionPolicy, patchBucket } from "./buckets.ts";
import { Clock } from "./clock.ts";
import { noSuchBucket, StorageError } from "./errors.ts";
import { isJsonObject, type JsonObject, unplayedKeys } from "./metadata.ts";
import {
  deleteObject,
  getObject,
  listObjects,
  patchObject,
  readObject,
  restoreObject,
  rewriteObject,
} from "./objects.ts";
import type { Handler, Reply } from "./operation.ts";
import {
  ENDPOINTS,
  findRoute,
  type StorageOperation,
  type StorageRoute,
  unplayedParameters,
} from "./routes.ts";
import type { BucketOptions } from "./settings.ts";
import { assertGoodCredentials, type StorageTokenOptions, StorageTokens } from "./tokens.ts";
import { UploadSessions } from "./upload-sessions.ts";
import {
  cancelResumable,
  continueResumable,
  startResumable,
  uploadMedia,
  uploadMultipart,
} from "./uploads.ts";

const HANDLERS: Readonly<Record<StorageOperation, Handler>> = {
  "GET /b/{bucket}": getBucket,
  "PATCH /b/{bucket}": patchBucket,
  "POST /b/{bucket}/lockRetentionPolicy": lockRetentionPolicy,
  "GET /b/{bucket}/o": listObjects,
  "GET /b/{bucket}/o/{object}": getObject,
  "GET /b/{bucket}/o/{object}?alt=media": readObject,
  "PATCH /b/{bucket}/o/{object}": patchObject,
  "DELETE /b/{bucket}/o/{object}": deleteObject,
  "POST /b/{bucket}/o/{object}/restore": restoreObject,
  "POST /b/{bucket}/o/{object}/rewriteTo/b/{destinationBucket}/o/{destinationObject}":
    rewriteObject,
  "POST /upload/b/{bucket}/o?uploadType=media": uploadMedia,
  "POST /upload/b/{bucket}/o?uploadType=multipart": uploadMultipart,
  "POST /upload/b/{bucket}/o?uploadType=resumable": startResumable,
  "PUT /upload/b/{bucket}/o?uploadType=resumable": continueResumable,
  "DELETE /upload/b/{bucket}/o?uploadType=resumable": cancelResumable,
};

/** Their bodies are bytes of objects. */
const STREAMED: ReadonlySet<StorageOperation> = new Set([
  "POST /upload/b/{bucket}/o?uploadType=media",
  "POST /upload/b/{bucket}/o?uploadType=multipart",
  "PUT /upload/b/{bucket}/o?uploadType=resumable",
]);

/** Their bodies are metadata. */
const DESCRIBING: ReadonlySet<StorageOperation> = new Set([
  "PATCH /b/{bucket}",
  "PATCH /b/{bucket}/o/{object}",
  "POST /b/{bucket}/o/{object}/rewriteTo/b/{destinationBucket}/o/{destinationObject}",
  "POST /upload/b/{bucket}/o?uploadType=resumable",
]);

const JSON_TYPE = "application/json; charset=UTF-8";

interface BucketHostSettings {
  /** `storage`, or the name of a further service. */
  readonly name: string;
  readonly world: World;
  /** Where this service keeps the bytes of objects. */
  readonly directory: string;
}

function tryParseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

/** @throws StorageError for what is no JSON object; nothing at all is an empty one */
function parseBody({ body }: ReceivedRequest, isStreamed: boolean): JsonObject {
  if (isStreamed) return {};
  if (body === undefined) throw new StorageError(413, "uploadTooLarge", "Request is too large.");
  const parsed = body.length === 0 ? {} : tryParseJson(body);
  if (!isJsonObject(parsed)) throw new StorageError(400, "parseError", "Parse Error");
  return parsed;
}

/** For the log and for faults: decoded, without what only leads to the API. */
function readablePath(rawPath: string): string {
  const path = rawPath.replace(/^\/download\//, "/").replace(/^(\/upload)?\/storage\/v1\//, "$1/");
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function errorReply(error: StorageError, route: StorageRoute | undefined): Reply {
  const { status, headers } = error;
  if (status === 304) return { status, headers };
  // Where bytes are asked for or sent, the words come alone.
  const isMedia = route?.operation === "GET /b/{bucket}/o/{object}?alt=media";
  if (error.isPlainText || (isMedia && status !== 401)) {
    const type = isMedia ? "text/html; charset=UTF-8" : "text/plain; charset=utf-8";
    return { status, headers: { ...headers, "content-type": type }, body: error.message };
  }
  return { status, headers, body: error.toBody() };
}

export class BucketHost implements Service {
  readonly name: string;
  readonly #world: World;
  readonly #directory: string;
  readonly #clock = new Clock();
  readonly #tokens: StorageTokens;
  readonly #sessions: UploadSessions;
  readonly #buckets = new Map<string, Bucket>();
  #lastGeneration = 0n;
  #origin = "";

  constructor({ name, world, directory }: BucketHostSettings) {
    this.name = name;
    this.#world = world;
    this.#directory = directory;
    this.#tokens = new StorageTokens(name);
    this.#sessions = new UploadSessions(name);
  }

  /** Told once, when the server has its port. */
  openAt(origin: string): void {
    this.#origin = origin;
  }

  /** What `@google-cloud/storage` takes as `apiEndpoint`. */
  get apiEndpoint(): string {
    return this.#origin;
  }

  /** All exchanges of the stage this service is part of. */
  get exchanges(): readonly Exchange[] {
    return this.#world.exchanges.all;
  }

  addFault(fault: Fault): PlannedFault {
    return this.#world.faults.add(fault);
  }

  createBucket(name: string, options: BucketOptions = {}): Bucket {
    if (this.#buckets.has(name)) throw new Error(`${this.name} has a bucket ${name} already`);
    const place = {
      name,
      clock: this.#clock,
      directory: join(this.#directory, String(this.#buckets.size + 1)),
      origin: () => this.#origin,
      nextGeneration: () => this.#nextGeneration(),
      record: (who: string, change: Change) => {
        this.#world.history.record({ service: this.name, who, repository: name, ...change });
      },
    };
    const bucket = new Bucket(place, options);
    this.#buckets.set(name, bucket);
    return bucket;
  }

  bucket(name: string): Bucket | undefined {
    return this.#buckets.get(name);
  }

  issueToken(options: StorageTokenOptions): string {
    return this.#tokens.issue(options);
  }

  /** From now on the token is refused with 401. */
  expireToken(token: string): void {
    this.#tokens.expire(token);
  }

  /** Lets so many seconds pass for everything in this service: retention, sessions, timestamps. */
  advance(seconds: number): void {
    this.#clock.advance(seconds);
  }

  /** The service's time, in milliseconds since 1970. */
  now(): number {
    return this.#clock.now();
  }

  /** Loses the resumable uploads that are under way: going on with one meets 410. */
  async loseUploads(): Promise<void> {
    await this.#sessions.loseAll();
  }

  requestId(n: number): string {
    return createHash("sha256").update(`${this.name} request ${n}`).digest("base64url");
  }

  /** Microseconds since 1970, and never the same twice. */
  #nextGeneration(): bigint {
    const now = BigInt(Math.floor(this.#clock.now())) * 1000n;
    this.#lastGeneration = now > this.#lastGeneration ? now : this.#lastGeneration + 1n;
    return this.#lastGeneration;
  }

  streamsBody({ method, rawPath, query }: RequestHead): boolean {
    const operation = findRoute(method, rawPath, query)?.operation;
    return operation !== undefined && STREAMED.has(operation);
  }

  understand(request: ReceivedRequest): UnderstoodRequest {
    const { method, rawPath, query, headers } = request;
    const route = findRoute(method, rawPath, query);
    const body = request.body === undefined ? undefined : tryParseJson(request.body);
    const started = this.#sessions.whoStarted(query.get("upload_id") ?? "");
    return {
      path: readablePath(rawPath),
      operation: route?.operation,
      operationId: route === undefined ? undefined : ENDPOINTS[route.operation].id,
      who: started ?? this.#tokens.callerOf(headers.authorization).identity,
      body,
      violations:
        route === undefined
          ? [`${method} ${readablePath(rawPath)}: unknown route of ${this.name}`]
          : unplayed(route.operation, query, body),
    };
  }

  /** There is no description of this API at hand to hold an answer against. */
  violationsOf(): readonly string[] {
    return [];
  }

  async answer(n: number, request: ReceivedRequest): Promise<Answer | StreamedAnswer> {
    const route = findRoute(request.method, request.rawPath, request.query);
    let reply: Reply;
    try {
      reply = await this.#reply(request, route);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      reply = errorReply(error, route);
    }
    return this.#toAnswer(n, reply);
  }

  async #reply(request: ReceivedRequest, route: StorageRoute | undefined): Promise<Reply> {
    const caller = this.#tokens.callerOf(request.headers.authorization);
    assertGoodCredentials(caller);
    if (route === undefined) throw new StorageError(404, "notFound", "Not Found");
    const { operation } = route;
    const bucketNamed = (name: string): Bucket => {
      const bucket = this.#buckets.get(name);
      if (bucket === undefined) throw noSuchBucket();
      return bucket;
    };
    return HANDLERS[operation]({
      route,
      request,
      caller,
      bucket: bucketNamed(route.bucket),
      body: parseBody(request, STREAMED.has(operation)),
      origin: this.#origin,
      sessions: this.#sessions,
      bucketNamed,
      checkMetadata: (metadata) => {
        for (const violation of unplayedMetadata(operation, metadata)) {
          this.#world.violations.add(violation);
        }
      },
    });
  }

  #toAnswer(n: number, { status, headers, body = "" }: Reply): Answer | StreamedAnswer {
    const common = {
      "cache-control": "no-cache, no-store, max-age=0, must-revalidate",
      server: "UploadServer",
      "x-guploader-uploadid": this.requestId(n),
    };
    if (typeof body === "string") {
      return { status, headers: { ...common, ...headers }, body: Buffer.from(body) };
    }
    if ("stream" in body) return { status, headers: { ...common, ...headers }, body };
    return {
      status,
      headers: { ...common, "content-type": JSON_TYPE, ...headers },
      body: Buffer.from(JSON.stringify(body)),
    };
  }
}

function unplayedMetadata(operation: StorageOperation, metadata: JsonObject): readonly string[] {
  return unplayedKeys(metadata, operation === "PATCH /b/{bucket}" ? "bucket" : "object").map(
    (key) => `${operation} request: the metadata's ${key} is not played`,
  );
}

/** What the request asks for and would not get, without a word of refusal. */
function unplayed(
  operation: StorageOperation,
  query: URLSearchParams,
  body: unknown,
): readonly string[] {
  return [
    ...unplayedParameters(operation, query).map(
      (key) => `${operation} request: the parameter ${key} is not played`,
    ),
    ...(DESCRIBING.has(operation) && isJsonObject(body) ? unplayedMetadata(operation, body) : []),
  ];
}
