/**
 * One OCI registry (distribution-spec 1.1) with an origin, accounts and a personality of its own:
 * how it answers a request, and what a test sets up and reads in it.
 */
import { join } from "node:path";
import { assertNever } from "@auditable-release/model";
import { readAll, streamOf } from "../body-streams.ts";
import type { Answer, ReceivedRequest, StreamedAnswer } from "../http-server.ts";
import type { Service, UnderstoodRequest, World } from "../serve.ts";
import { Access, type Account, type AccountOptions, type Action, type Caller } from "./access.ts";
import { answerWithBlob, BlobStorage } from "./blob-storage.ts";
import { ContentStore } from "./content-store.ts";
import {
  blobUnknown,
  digestInvalid,
  manifestInvalid,
  manifestUnknown,
  RegistryError,
  unsupported,
} from "./errors.ts";
import { buildImage, type BuiltManifest, type ImageOptions } from "./images.ts";
import { type Descriptor, OCI_INDEX, OCI_MANIFEST, parseManifest } from "./manifests.ts";
import { digestOf, isRepositoryName, isTag, tryParseDigest } from "./names.ts";
import { type Personality, type PersonalityChoice, personalityOf } from "./personality.ts";
import { RegistryRepository, type StoredManifest } from "./repository.ts";
import { decodePath, findRoute, hasGoodName, type Route } from "./routes.ts";
import { type Session, Uploads } from "./uploads.ts";

const MINUTE_MS = 60_000;

const JSON_TYPE = "application/json; charset=utf-8";

export interface RegistryOptions {
  readonly personality?: PersonalityChoice;
}

interface RegistrySettings extends RegistryOptions {
  readonly name: string;
  readonly world: World;
  /** Where its content is. */
  readonly directory: string;
}

/** One request on its way through the handlers. */
interface Call {
  readonly request: ReceivedRequest;
  readonly route: Route;
  readonly caller: Caller;
  readonly staleBy: number;
}

type Reply = Answer | StreamedAnswer;

export interface ScenePlace {
  /** Who the history says it was; `scene` unless told. */
  readonly as?: string;
}

export interface ManifestOptions extends ScenePlace {
  readonly tag?: string;
  /** What the manifest calls itself, unless told. */
  readonly mediaType?: string;
}

export interface PutImageOptions extends ImageOptions, ScenePlace {
  readonly tag?: string;
}

/** A manifest as a test reads it from the registry's storage. */
export interface ReadManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

function reply(
  status: number,
  headers: Readonly<Record<string, string>> = {},
  body: Buffer = Buffer.alloc(0),
): Answer {
  return { status, headers, body };
}

function jsonReply(
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
  contentType = JSON_TYPE,
): Answer {
  const body = Buffer.from(JSON.stringify(value));
  return reply(200, { "content-type": contentType, ...headers }, body);
}

function listed(header: string | undefined): readonly string[] {
  return (header ?? "").split(",").map((part) => part.split(";", 1)[0]?.trim() ?? "");
}

/** What the request needs of its caller; Docker's registry asks for `pull` with every `push`. */
function actionsOf({ kind }: Route, method: string): readonly Action[] {
  if (method === "GET" || method === "HEAD") return ["pull"];
  return method === "DELETE" && kind !== "upload" ? ["delete"] : ["pull", "push"];
}

export class Registry implements Service {
  readonly name: string;
  readonly personality: Personality;
  /** Where its blobs are read, for a personality that sends readers there. */
  readonly storage: BlobStorage;
  readonly #world: World;
  readonly #store: ContentStore;
  readonly #uploads: Uploads;
  readonly #access: Access;
  readonly #repositories = new Map<string, RegistryRepository>();
  #origin = "";
  #minute = { startedAt: 0, requests: 0 };

  constructor({ name, world, directory, personality }: RegistrySettings) {
    this.name = name;
    this.personality = personalityOf(personality);
    this.#world = world;
    this.#store = new ContentStore(join(directory, "content"));
    this.#uploads = new Uploads(this.#store, this.personality);
    this.#access = new Access(name, this.personality);
    this.storage = new BlobStorage({
      name: `${name}-storage`,
      store: this.#store,
      sizeOf: (digest) => this.#sizeOf(digest),
    });
  }

  /** Told once, when the server has its port. */
  openAt(origin: string): void {
    this.#origin = origin;
    this.#uploads.openAt(origin);
    this.#access.openAt(origin);
  }

  /** `http://127.0.0.1:<port>` */
  get origin(): string {
    return this.#origin;
  }

  /** `127.0.0.1:<port>`: what the names of images begin with. */
  get host(): string {
    return new URL(this.#origin).host;
  }

  // --- For tests: setting the scene, and reading what is there.

  /** An account of this registry; it may do everything unless told. */
  addAccount(options: AccountOptions): Account {
    return this.#access.addAccount(options);
  }

  /** From now on every bearer token that was given out is refused. */
  expireTokens(): void {
    this.#access.expireTokens();
  }

  /** The next request is the first of a new minute. */
  passMinute(): void {
    this.#minute = { startedAt: 0, requests: 0 };
  }

  async putBlob(repository: string, bytes: Buffer, { as }: ScenePlace = {}): Promise<Descriptor> {
    const digest = digestOf(bytes);
    const draft = this.#store.newDraft();
    await draft.append(streamOf(bytes));
    await this.#store.keep(draft, digest);
    this.#repository(repository).addBlob(as ?? "scene", digest, bytes.length);
    return { mediaType: "application/octet-stream", digest, size: bytes.length };
  }

  /** Stores a manifest as it is, whether or not what it names is there. */
  async putManifest(
    repository: string,
    manifest: Buffer | object,
    { tag, mediaType, as = "scene" }: ManifestOptions = {},
  ): Promise<Descriptor> {
    const bytes = Buffer.isBuffer(manifest) ? manifest : Buffer.from(JSON.stringify(manifest));
    const own: unknown = Reflect.get(Object(JSON.parse(bytes.toString("utf8"))), "mediaType");
    const type = mediaType ?? (typeof own === "string" ? own : OCI_MANIFEST);
    const stored = await this.#keepManifest(bytes, type, digestOf(bytes));
    const { digest, size } = stored;
    this.#repository(repository).addManifest(as, stored);
    if (tag !== undefined) this.#repository(repository).setTag(as, tag, digest);
    return { mediaType: type, digest, size };
  }

  /** An image, or an index of one for each platform, whose content is the same in every run. */
  async putImage(repository: string, options: PutImageOptions = {}): Promise<Descriptor> {
    const { tag, as = "scene", ...image } = options;
    const { blobs, children, manifest } = buildImage(image);
    for (const blob of blobs) await this.putBlob(repository, blob, { as });
    const put = async ({ bytes, mediaType }: BuiltManifest, tagged: string | undefined) =>
      this.putManifest(repository, bytes, {
        mediaType,
        as,
        ...(tagged === undefined ? {} : { tag: tagged }),
      });
    for (const child of children) await put(child, undefined);
    return put(manifest, tag);
  }

  /** Another actor's change. @throws Error when there is no such manifest */
  moveTag(repository: string, tag: string, digest: string, { as }: ScenePlace = {}): void {
    if (!this.#repository(repository).manifests.has(digest)) throw new Error(`no ${digest} here`);
    this.#repository(repository).setTag(as ?? "scene", tag, digest);
  }

  deleteTag(repository: string, tag: string, { as }: ScenePlace = {}): void {
    this.#repository(repository).removeTag(as ?? "scene", tag);
  }

  deleteManifest(repository: string, digest: string, { as }: ScenePlace = {}): void {
    this.#repository(repository).removeManifest(as ?? "scene", digest);
  }

  deleteBlob(repository: string, digest: string, { as }: ScenePlace = {}): void {
    this.#repository(repository).removeBlob(as ?? "scene", digest);
  }

  get repositories(): readonly string[] {
    return [...this.#repositories.keys()];
  }

  /** Which digest each tag has. */
  tags(repository: string): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#repositories.get(repository)?.tags ?? []);
  }

  /** By tag or digest, straight from the storage. */
  async manifest(repository: string, reference: string): Promise<ReadManifest | undefined> {
    const found = this.#repositories.get(repository);
    const digest = found?.tags.get(reference) ?? reference;
    const manifest = found?.manifests.get(digest);
    if (manifest === undefined) return undefined;
    return { digest, mediaType: manifest.mediaType, bytes: await this.#store.read(digest) };
  }

  /** Straight from the storage; undefined unless it is in that repository. */
  async blob(repository: string, digest: string): Promise<Buffer | undefined> {
    const size = this.#repositories.get(repository)?.blobSize(digest);
    return size === undefined ? undefined : this.#store.read(digest);
  }

  /** What refers to the digest, in whatever personality. */
  referrers(repository: string, digest: string): readonly Descriptor[] {
    const manifests = this.#repositories.get(repository)?.manifests.values() ?? [];
    return [...manifests]
      .filter(({ subject }) => subject === digest)
      .map(({ mediaType, digest: own, size }) => ({ mediaType, digest: own, size }));
  }

  // --- The service.

  streamsBody(): boolean {
    return true;
  }

  understand(request: ReceivedRequest): UnderstoodRequest {
    const path = decodePath(request.rawPath);
    const route = findRoute(request.method, path);
    return {
      path,
      operation: route?.operation,
      operationId: route?.id,
      who: this.#access.callerOf(request.headers.authorization).identity,
      body: undefined,
      violations: route === undefined ? [`${request.method} ${path}: unknown route`] : [],
    };
  }

  violationsOf(): readonly string[] {
    return [];
  }

  requestId(n: number): string {
    return `${this.name}-${n}`;
  }

  async answer(_n: number, request: ReceivedRequest, staleBy: number): Promise<Reply> {
    let made: Reply;
    try {
      made = await this.#reply(request, staleBy);
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      const headers = { "content-type": JSON_TYPE, ...error.headers };
      made = reply(error.status, headers, Buffer.from(error.toJson()));
    }
    const { warning } = this.personality;
    const headers = {
      "docker-distribution-api-version": "registry/2.0",
      ...made.headers,
      // distribution-spec 1.1, "Warnings": code 299, no agent, a quoted text.
      ...(warning === undefined ? {} : { warning: `299 - ${JSON.stringify(warning)}` }),
    };
    return { ...made, headers };
  }

  async #reply(request: ReceivedRequest, staleBy: number): Promise<Reply> {
    this.#countRequest();
    const route = findRoute(request.method, decodePath(request.rawPath));
    if (route === undefined) {
      throw new RegistryError(404, "UNSUPPORTED", "there is nothing at this address");
    }
    const caller = this.#access.callerOf(request.headers.authorization);
    if (route.kind === "token") return this.#token(request, caller);
    if (route.kind === "base") {
      this.#access.assertKnown(caller);
      return jsonReply({});
    }
    if (!hasGoodName(route))
      throw new RegistryError(400, "NAME_INVALID", "invalid repository name");
    const from = route.kind === "uploads" ? request.query.get("from") : null;
    const isReadable = from !== null && this.#access.couldAllow(caller, from, "pull");
    this.#access.authorize(
      caller,
      route.name,
      actionsOf(route, request.method),
      isReadable ? from : undefined,
    );
    return this.#handle({ request, route, caller, staleBy });
  }

  async #handle(call: Call): Promise<Reply> {
    const { kind } = call.route;
    const { method } = call.request;
    switch (kind) {
      case "uploads":
        return this.#startUpload(call);
      case "upload":
        return this.#continueUpload(call);
      case "blob":
        return method === "DELETE" ? this.#deleteBlob(call) : this.#readBlob(call);
      case "manifest":
        if (method === "PUT") return this.#pushManifest(call);
        return method === "DELETE" ? this.#deleteManifest(call) : this.#readManifest(call);
      case "tags":
        return this.#listTags(call);
      case "referrers":
        return this.#listReferrers(call);
      case "base":
      case "token":
        throw new Error(`${kind} has no repository`);
      default:
        return assertNever(kind);
    }
  }

  /** @throws RegistryError 429 until the minute is over */
  #countRequest(): void {
    const now = Date.now();
    if (now - this.#minute.startedAt >= MINUTE_MS) this.#minute = { startedAt: now, requests: 0 };
    this.#minute.requests += 1;
    if (this.#minute.requests <= this.personality.requestsPerMinute) return;
    const left = Math.ceil((this.#minute.startedAt + MINUTE_MS - now) / 1000);
    throw new RegistryError(429, "TOOMANYREQUESTS", "too many requests", {
      headers: { "retry-after": String(left) },
    });
  }

  async #token(request: ReceivedRequest, caller: Caller): Promise<Reply> {
    if (this.personality.auth !== "bearer") throw unsupported();
    const noStore = { "cache-control": "no-store" };
    if (request.method === "GET") {
      return jsonReply(this.#access.issueToken(caller, request.query), noStore);
    }
    const text = await readAll(request.stream, this.personality.maxManifestBytes);
    if (text === undefined) throw new RegistryError(413, "SIZE_INVALID", "the form is too large");
    const form = new URLSearchParams(text.toString("utf8"));
    const { token, ...answer } = this.#access.issueToken(this.#access.loginOf(form), form);
    return jsonReply({ ...answer, access_token: token }, noStore);
  }

  #repository(name: string): RegistryRepository {
    if (!isRepositoryName(name)) throw new Error(`${name} is no name of a repository`);
    const found =
      this.#repositories.get(name) ??
      new RegistryRepository({ name, service: this.name, history: this.#world.history });
    this.#repositories.set(name, found);
    return found;
  }

  /** @throws RegistryError 404 for a repository nothing was ever pushed to */
  #knownRepository(name: string): RegistryRepository {
    const found = this.#repositories.get(name);
    if (found !== undefined) return found;
    throw new RegistryError(404, "NAME_UNKNOWN", "repository name not known to registry", {
      detail: { name },
    });
  }

  #sizeOf(digest: string): number | undefined {
    for (const repository of this.#repositories.values()) {
      const size = repository.blobSize(digest);
      if (size !== undefined) return size;
    }
    return undefined;
  }

  // --- Blobs.

  #readBlob({ request, route }: Call): Reply {
    const { name, reference } = route;
    if (tryParseDigest(reference) === undefined) throw digestInvalid({ digest: reference });
    const size = this.#repositories.get(name)?.blobSize(reference);
    if (size === undefined) throw blobUnknown(reference);
    if (this.personality.redirectBlobs && request.method === "GET") {
      const location = this.storage.addressOf(reference);
      return reply(307, { location, "docker-content-digest": reference });
    }
    return answerWithBlob(this.#store, reference, size, request.method, request.headers.range);
  }

  #deleteBlob({ route, caller }: Call): Reply {
    const { name, reference } = route;
    if (!this.personality.deleteBlobs) throw unsupported();
    const repository = this.#repositories.get(name);
    if (repository?.blobSize(reference) === undefined) throw blobUnknown(reference);
    repository.removeBlob(caller.identity, reference);
    return reply(202, { "docker-content-digest": reference });
  }

  #blobCreated(name: string, digest: string): Reply {
    const path = `/v2/${name}/blobs/${digest}`;
    const isAbsolute = this.personality.uploadLocation !== "relative";
    const location = isAbsolute ? `${this.#origin}${path}` : path;
    return reply(201, { location, "docker-content-digest": digest });
  }

  async #startUpload(call: Call): Promise<Reply> {
    const { name } = call.route;
    const { query } = call.request;
    const [mount, digest] = [query.get("mount"), query.get("digest")];
    if (mount !== null && this.#mount(call, mount)) return this.#blobCreated(name, mount);
    if (digest !== null && tryParseDigest(digest) === undefined) throw digestInvalid({ digest });
    const session = this.#uploads.open(name);
    if (digest === null || this.personality.monolithicPost === "refused") {
      const { minChunkBytes } = this.personality;
      const least = minChunkBytes > 0 ? { "oci-chunk-min-length": String(minChunkBytes) } : {};
      return reply(202, { ...this.#uploads.headersOf(session), ...least });
    }
    await this.#uploads.append(session, call.request.stream, this.#chunkHeaders(call), true);
    return this.#finishUpload(call, session, digest);
  }

  /** What the caller may not read, or what is not there, makes an upload of it and no error. */
  #mount({ request, route, caller }: Call, digest: string): boolean {
    const from = request.query.get("from");
    if (from === null || this.personality.mounts === "refused") return false;
    const size = this.#repositories.get(from)?.blobSize(digest);
    if (size === undefined || !this.#access.allows(caller, from, "pull")) return false;
    this.#repository(route.name).addBlob(caller.identity, digest, size, "mount blob");
    return true;
  }

  #chunkHeaders({ request }: Call): Parameters<Uploads["append"]>[2] {
    const { headers } = request;
    // A request that says nothing of a body has none (RFC 9112, 6.3).
    const isEmpty =
      headers["content-length"] === undefined && headers["transfer-encoding"] === undefined;
    return {
      contentRange: headers["content-range"],
      contentLength: isEmpty ? "0" : headers["content-length"],
    };
  }

  async #continueUpload(call: Call): Promise<Reply> {
    const { request, route } = call;
    const { method, query } = request;
    const { name, reference } = route;
    return this.#uploads.inTurn(name, reference, query, method === "GET", async (session) => {
      switch (method) {
        case "GET":
          return reply(204, this.#uploads.headersOf(session));
        case "DELETE":
          await this.#uploads.close(session);
          return reply(204);
        case "PATCH":
          await this.#uploads.append(session, request.stream, this.#chunkHeaders(call), false);
          return reply(202, this.#uploads.headersOf(session));
        default: {
          const digest = query.get("digest") ?? "";
          if (tryParseDigest(digest) === undefined) throw digestInvalid({ digest });
          await this.#uploads.append(session, request.stream, this.#chunkHeaders(call), true);
          return this.#finishUpload(call, session, digest);
        }
      }
    });
  }

  async #finishUpload({ route, caller }: Call, session: Session, digest: string): Promise<Reply> {
    const { size } = session.draft;
    if (!(await this.#uploads.finish(session, digest))) throw digestInvalid({ digest });
    this.#repository(route.name).addBlob(caller.identity, digest, size);
    return this.#blobCreated(route.name, digest);
  }

  // --- Manifests.

  /** Writes it down. Whether it becomes part of a repository is decided after, in one piece. */
  async #keepManifest(bytes: Buffer, contentType: string, digest: string): Promise<StoredManifest> {
    const parsed = parseManifest(bytes, contentType);
    const draft = this.#store.newDraft();
    await draft.append(streamOf(bytes));
    await this.#store.keep(draft, digest);
    return { ...parsed, digest, size: bytes.length };
  }

  /** @throws RegistryError 400 MANIFEST_BLOB_UNKNOWN for what the manifest names and is not here */
  #assertComplete(name: string, bytes: Buffer, contentType: string): void {
    const { blobs, children } = parseManifest(bytes, contentType);
    const { missingBlobs, missingChildren } = this.personality;
    const repository = this.#repositories.get(name);
    const missing = [
      ...(missingBlobs === "accepted"
        ? []
        : blobs.filter((digest) => repository?.blobSize(digest) === undefined)),
      ...(missingChildren === "accepted"
        ? []
        : children.filter((digest) => repository?.manifests.has(digest) !== true)),
    ];
    if (missing.length === 0) return;
    throw new RegistryError(400, "MANIFEST_BLOB_UNKNOWN", "blob unknown to registry", {
      detail: missing.map((digest) => ({ digest })),
    });
  }

  /** @throws RegistryError where an immutable tag or a condition of the push forbids it */
  #assertTagFree(call: Call, tag: string, digest: string): void {
    const { immutableTags, immutableTagStatus, conditionalRequests } = this.personality;
    const { name } = call.route;
    const current = this.#repositories.get(name)?.tags.get(tag);
    const { "if-match": ifMatch, "if-none-match": ifNoneMatch } = call.request.headers;
    if (conditionalRequests === "honoured") {
      const etag = current === undefined ? undefined : `"${current}"`;
      const isMatched = ifMatch === undefined || (etag !== undefined && matches(ifMatch, etag));
      const isNew = ifNoneMatch === undefined || etag === undefined || !matches(ifNoneMatch, etag);
      // The specification knows no conditional pushes, and so no code for them.
      if (!isMatched || !isNew) throw new RegistryError(412, "DENIED", "a precondition failed");
    }
    if (current === undefined || immutableTags === "no") return;
    if (immutableTags === "other-digest" && current === digest) return;
    // ECR's words.
    throw new RegistryError(
      immutableTagStatus,
      "TAG_INVALID",
      `The image tag '${tag}' already exists in the '${name}' repository and cannot be ` +
        "overwritten because the repository is immutable.",
    );
  }

  async #pushManifest(call: Call): Promise<Reply> {
    const { request, route, caller } = call;
    const { name, reference } = route;
    const { maxManifestBytes, tagParameters, staleReads, referrers } = this.personality;
    const wanted = tryParseDigest(reference);
    const isUnwelcome = wanted?.algorithm === "sha512" && !this.personality.sha512Manifests;
    if (isUnwelcome || (wanted === undefined && reference.includes(":"))) {
      throw digestInvalid({ reference });
    }
    if (wanted === undefined && !isTag(reference)) {
      throw new RegistryError(400, "TAG_INVALID", "manifest tag did not match URI");
    }
    const bytes = await readAll(request.stream, maxManifestBytes);
    if (bytes === undefined) {
      throw new RegistryError(413, "SIZE_INVALID", "the manifest is larger than it may be");
    }
    const contentType = request.headers["content-type"];
    if (contentType === undefined) throw manifestInvalid("Content-Type is missing");
    const digest = digestOf(bytes, wanted?.algorithm);
    if (wanted !== undefined && digest !== reference) throw digestInvalid({ digest: reference });
    this.#assertComplete(name, bytes, contentType);
    const extra = wanted !== undefined && tagParameters ? request.query.getAll("tag") : [];
    if (!extra.every(isTag)) throw new RegistryError(400, "TAG_INVALID", "a tag is none");
    const tags = wanted === undefined ? [reference] : extra;
    const manifest = await this.#keepManifest(bytes, contentType, digest);
    // From here on nothing is waited for: of two pushes of one tag the second sees the first.
    for (const tag of tags) this.#assertTagFree(call, tag, digest);
    this.#repository(name).addManifest(caller.identity, manifest, staleReads);
    for (const tag of tags) {
      this.#repository(name).setTag(caller.identity, tag, digest, staleReads);
    }
    const { subject } = manifest;
    const isAbsolute = this.personality.uploadLocation !== "relative";
    const path = `/v2/${name}/manifests/${digest}`;
    return reply(201, {
      location: isAbsolute ? `${this.#origin}${path}` : path,
      "docker-content-digest": digest,
      ...(subject === undefined || referrers === "none" ? {} : { "oci-subject": subject }),
      ...(extra.length === 0 ? {} : { "oci-tag": extra.join(", ") }),
    });
  }

  async #readManifest({ request, route, staleBy }: Call): Promise<Reply> {
    const { name, reference } = route;
    const repository = this.#repositories.get(name);
    const isDigest = tryParseDigest(reference) !== undefined;
    const digest = isDigest ? reference : repository?.readTag(reference, staleBy);
    const manifest =
      digest === undefined ? undefined : repository?.viewBefore(staleBy).manifests.get(digest);
    if (manifest === undefined) throw manifestUnknown(reference);
    this.#assertAccepted(request.headers.accept, manifest.mediaType);
    const etag = `"${manifest.digest}"`;
    const isTagged = this.personality.conditionalRequests !== "ignored";
    const headers = {
      "content-type": manifest.mediaType,
      "docker-content-digest": manifest.digest,
      ...(isTagged ? { etag } : {}),
    };
    const known = request.headers["if-none-match"];
    if (isTagged && known !== undefined && matches(known, etag)) return reply(304, headers);
    if (request.method === "HEAD") {
      return reply(200, { ...headers, "content-length": String(manifest.size) });
    }
    return reply(200, headers, await this.#store.read(manifest.digest));
  }

  /** @throws RegistryError 404, in the words of Docker's registry */
  #assertAccepted(accept: string | undefined, mediaType: string): void {
    if (this.personality.acceptHeader === "ignored" || listed(accept).includes(mediaType)) return;
    const [short, long] =
      mediaType === OCI_INDEX ? ["index", "indexes"] : ["manifest", "manifests"];
    if (mediaType !== OCI_INDEX && mediaType !== OCI_MANIFEST) return;
    throw new RegistryError(
      404,
      "MANIFEST_UNKNOWN",
      `OCI ${short} found, but accept header does not support OCI ${long}`,
    );
  }

  #deleteManifest({ route, caller }: Call): Reply {
    const { name, reference } = route;
    const { deleteManifests, deleteTags } = this.personality;
    const isDigest = tryParseDigest(reference) !== undefined;
    if (!isDigest && deleteTags === 400) throw digestInvalid();
    if (isDigest ? !deleteManifests : deleteTags !== true) throw unsupported();
    const repository = this.#repositories.get(name);
    const there = isDigest ? repository?.manifests : repository?.tags;
    if (repository === undefined || there?.has(reference) !== true) {
      throw manifestUnknown(reference);
    }
    if (isDigest) repository.removeManifest(caller.identity, reference);
    else repository.removeTag(caller.identity, reference);
    return reply(202);
  }

  // --- Lists.

  #listTags({ request, route, staleBy }: Call): Reply {
    const { name } = route;
    const repository = this.#knownRepository(name);
    if (this.personality.tagPages === "ignored") {
      return jsonReply({ name, tags: repository.readTags(staleBy) });
    }
    const last = request.query.get("last") ?? "";
    const asked = request.query.get("n");
    if (asked !== null && !/^\d{1,9}$/.test(asked)) {
      throw new RegistryError(400, "UNSUPPORTED", "n is no number");
    }
    const n = Math.min(Number(asked ?? Infinity), this.personality.tagPageSize);
    const rest = repository.readTags(staleBy).filter((tag) => tag > last);
    const tags = rest.slice(0, n);
    const isCut = n > 0 && rest.length > tags.length;
    const next = new URLSearchParams({ last: tags.at(-1) ?? "", n: String(n) });
    const link = `</v2/${name}/tags/list?${next.toString()}>; rel="next"`;
    return jsonReply({ name, tags }, isCut ? { link } : {});
  }

  #listReferrers({ request, route, staleBy }: Call): Reply {
    const { name, reference } = route;
    const { referrers, referrersFilter, referrersPageSize } = this.personality;
    if (referrers !== "api") throw new RegistryError(404, "UNSUPPORTED", "404 page not found");
    if (tryParseDigest(reference) === undefined) throw digestInvalid({ digest: reference });
    const type = referrersFilter ? request.query.get("artifactType") : null;
    const all = (this.#repositories.get(name)?.readReferrers(reference, staleBy) ?? []).filter(
      ({ artifactType }) => type === null || artifactType === type,
    );
    const after = request.query.get("after");
    const start = after === null ? 0 : all.findIndex(({ digest }) => digest === after) + 1;
    const manifests = all.slice(start, start + referrersPageSize);
    const next = new URLSearchParams({
      after: manifests.at(-1)?.digest ?? "",
      ...(type === null ? {} : { artifactType: type }),
    });
    const link = `</v2/${name}/referrers/${reference}?${next.toString()}>; rel="next"`;
    const headers = {
      ...(type === null ? {} : { "oci-filters-applied": "artifactType" }),
      ...(start + manifests.length < all.length ? { link } : {}),
    };
    return jsonReply({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }, headers, OCI_INDEX);
  }
}

/** Whether a list of entity tags, or `*`, has this one (RFC 9110, 13.1). */
function matches(header: string, etag: string): boolean {
  const tags = header.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes("*") || tags.includes(etag);
}
