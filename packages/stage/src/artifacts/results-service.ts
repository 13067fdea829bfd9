import type { Clock } from "../clock.ts";
/**
 * What a job has at `ACTIONS_RESULTS_URL`: the artifact service (five twirp calls) and the storage
 * behind it, where signed addresses of artifacts, logs and assets lead. Two services of GitHub in
 * one place, since clients use no more than the origin of the one and the addresses of the other.
 *
 * The calls are those of `@actions/artifact` 6.2.1 (feasibility.md 8); the storage speaks the part
 * of Azure's block blobs that its upload uses, and like Azure it refuses a token it did not ask for.
 */
import type { Artifact } from "../github/artifacts-store.ts";
import type { Repository } from "../github/repository.ts";
import type { Job, Run } from "../github/runs-store.ts";
import type { Answer, ReceivedRequest, RequestHead, StreamedAnswer } from "../http-server.ts";
import type { Service, UnderstoodRequest } from "../serve.ts";
import type { BlobStore, StoredBlob } from "./blob-store.ts";
import { backendId, type BackendIds, RuntimeTokens } from "./runtime-token.ts";
import { SignedUrls, type Signing } from "./signed-urls.ts";

const TWIRP = "/twirp/github.actions.results.api.v1.ArtifactService/";

/** An upload may take as long as a job's longest step; a download begins at once. */
const UPLOAD_MS = 60 * 60 * 1000;
const DOWNLOAD_MS = 10 * 60 * 1000;

/** Blocks one blob may have (learn.microsoft.com, "Put Block List"). */
const MAX_BLOCKS = 50_000;

interface Upload {
  readonly repository: Repository;
  readonly artifact: Artifact;
  readonly blocks: Map<string, StoredBlob>;
  content: StoredBlob | undefined;
}

/** A refusal in the words of one of the service's two protocols. */
class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

class TwirpError extends Refusal {
  override readonly name = "TwirpError";
}

class StorageError extends Refusal {
  override readonly name = "StorageError";
}

type Fields = Readonly<Record<string, unknown>>;

function jsonAnswer(status: number, body: object): Answer {
  return {
    status,
    headers: { "content-type": "application/json" },
    body: Buffer.from(JSON.stringify(body)),
  };
}

/** A call's fields are a few names and numbers. */
const MAX_CALL_BYTES = 64 * 1024;

function parseFields(body: Buffer | undefined): Fields {
  if (body === undefined || body.length > MAX_CALL_BYTES) {
    throw new TwirpError(413, "resource_exhausted", "the request is too large");
  }
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    throw new TwirpError(400, "malformed", "the json request could not be decoded");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TwirpError(400, "malformed", "the json request could not be decoded");
  }
  return { ...value };
}

/** Protobuf's JSON has two spellings of a name; both are right. */
function fieldOf(fields: Fields, name: string): string | undefined {
  const camel = name.replaceAll(/_(\w)/g, (_match, letter: string) => letter.toUpperCase());
  const value = fields[name] ?? fields[camel];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string" && typeof value !== "number") {
    throw new TwirpError(400, "malformed", `${name} is no scalar`);
  }
  return String(value);
}

function needed(fields: Fields, name: string): string {
  const value = fieldOf(fields, name);
  if (value === undefined || value === "") {
    throw new TwirpError(400, "invalid_argument", `${name} is required`);
  }
  return value;
}

/** What an artifact's name must not hold (actions/toolkit, path-and-artifact-name-validation). */
const BAD_NAME = /["':<>|*?\r\n\\/]/;

/** Becomes a header of the download. */
const MIME_TYPE = /^[\w.+-]{1,100}\/[\w.+-]{1,100}(?:; ?[\w=.-]{1,100})?$/;

interface JobPlace {
  readonly repository: Repository;
  readonly run: Run;
  readonly job: Job;
}

export interface ResultsSettings {
  readonly name: string;
  readonly clock: Clock;
  readonly blobs: BlobStore;
}

export class ResultsService implements Service {
  readonly name: string;
  readonly #clock: Clock;
  readonly #blobs: BlobStore;
  readonly #urls: SignedUrls;
  readonly #tokens: RuntimeTokens;
  /** By the backend's ids of run and job. */
  readonly #places = new Map<string, JobPlace>();
  readonly #uploads = new Map<string, Upload>();
  #origin = "";

  constructor({ name, clock, blobs }: ResultsSettings) {
    this.name = name;
    this.#clock = clock;
    this.#blobs = blobs;
    this.#urls = new SignedUrls(clock);
    this.#tokens = new RuntimeTokens(clock);
  }

  /** Told once, when the server has its port. */
  openAt(origin: string): void {
    this.#origin = origin;
  }

  /** What a job has as ACTIONS_RESULTS_URL. */
  get url(): string {
    return `${this.#origin}/`;
  }

  /** What a job has as ACTIONS_RUNTIME_TOKEN. */
  issueToken(place: JobPlace): string {
    const run = backendId(this.name, "run", place.run.id);
    const job = backendId(this.name, "job", place.job.id);
    this.#places.set(`${run} ${job}`, place);
    return this.#tokens.issue({ run, job });
  }

  addressOf(blob: string, signing: Omit<Signing, "permission">): string {
    return this.#urls.sign(this.#origin, `/blobs/${blob}`, { ...signing, permission: "r" });
  }

  requestId(n: number): string {
    return `${this.name.toUpperCase()}:${n.toString(16).toUpperCase().padStart(6, "0")}`;
  }

  #idsOf(request: ReceivedRequest): BackendIds | undefined {
    const token = /^Bearer (?<token>\S+)$/i.exec(request.headers.authorization ?? "")?.groups;
    return token?.["token"] === undefined ? undefined : this.#tokens.verify(token["token"]);
  }

  #placeOf(ids: BackendIds | undefined): JobPlace | undefined {
    return ids === undefined ? undefined : this.#places.get(`${ids.run} ${ids.job}`);
  }

  #operationOf({ method, rawPath, query }: ReceivedRequest): string | undefined {
    if (rawPath.startsWith(TWIRP) && method === "POST") return `POST ${rawPath}`;
    if (/^\/uploads\/\d+$/.test(rawPath) && method === "PUT") {
      const part = query.get("comp");
      return `PUT /uploads/{artifact}${part === null ? "" : `?comp=${part}`}`;
    }
    if (/^\/blobs\/\d+$/.test(rawPath) && (method === "GET" || method === "HEAD")) {
      return "GET /blobs/{blob}";
    }
    return undefined;
  }

  /** Blocks and whole blobs come as they are stored; calls and block lists are read before. */
  streamsBody({ method, query }: RequestHead): boolean {
    return method === "PUT" && query.get("comp") !== "blocklist";
  }

  understand(request: ReceivedRequest): UnderstoodRequest {
    const operation = this.#operationOf(request);
    const place = this.#placeOf(this.#idsOf(request));
    const isTwirp = request.rawPath.startsWith(TWIRP);
    return {
      path: request.rawPath,
      operation,
      operationId: undefined,
      who: isTwirp
        ? place === undefined
          ? "bad credentials"
          : `job-${place.job.id}`
        : "signed address",
      body: isTwirp ? parseOrNothing(request.body) : undefined,
      violations:
        operation === undefined ? [`${request.method} ${request.rawPath}: unknown route`] : [],
    };
  }

  violationsOf(): readonly string[] {
    return [];
  }

  async answer(_n: number, request: ReceivedRequest): Promise<Answer | StreamedAnswer> {
    try {
      if (request.rawPath.startsWith(TWIRP)) {
        return jsonAnswer(200, await this.#twirp(request));
      }
      return await this.#storage(request);
    } catch (error) {
      if (error instanceof TwirpError) {
        return jsonAnswer(error.status, { code: error.code, msg: error.message });
      }
      if (error instanceof StorageError) return this.#storageFailure(error);
      throw error;
    }
  }

  async #twirp(request: ReceivedRequest): Promise<object> {
    const ids = this.#idsOf(request);
    const place = this.#placeOf(ids);
    if (ids === undefined || place === undefined) {
      throw new TwirpError(401, "unauthenticated", "the token is not valid");
    }
    const fields = parseFields(request.body);
    const asked = needed(fields, "workflow_run_backend_id");
    if (asked !== ids.run) {
      throw new TwirpError(403, "permission_denied", "the token is of another workflow run");
    }
    needed(fields, "workflow_job_run_backend_id");
    switch (request.rawPath.slice(TWIRP.length)) {
      case "CreateArtifact":
        return this.#create(place, ids, fields);
      case "FinalizeArtifact":
        return this.#finalize(place, fields);
      case "ListArtifacts":
        return this.#list(place, ids, fields);
      case "GetSignedArtifactURL":
        return this.#sign(place, fields);
      case "DeleteArtifact":
        return this.#delete(place, fields);
      default:
        throw new TwirpError(404, "bad_route", `no handler for path "${request.rawPath}"`);
    }
  }

  #create({ repository, run }: JobPlace, ids: BackendIds, fields: Fields): object {
    const name = needed(fields, "name");
    if (BAD_NAME.test(name) || !name.isWellFormed()) {
      throw new TwirpError(400, "invalid_argument", "the artifact name is not valid");
    }
    const expires = fieldOf(fields, "expires_at");
    const mimeType = fieldOf(fields, "mime_type");
    if (mimeType !== undefined && !MIME_TYPE.test(mimeType)) {
      throw new TwirpError(400, "invalid_argument", "the mime type is not valid");
    }
    if (expires !== undefined && Number.isNaN(Date.parse(expires))) {
      throw new TwirpError(400, "invalid_argument", "the expiry is no time");
    }
    const artifact = repository.artifacts.reserve({
      runId: run.id,
      name,
      jobBackendId: ids.job,
      ...(mimeType === undefined ? {} : { mimeType }),
      ...(expires === undefined ? {} : { expiresAt: new Date(expires) }),
    });
    if (artifact === undefined) {
      throw new TwirpError(
        409,
        "already_exists",
        "an artifact with this name already exists on the workflow run",
      );
    }
    const upload = {
      repository,
      artifact,
      blocks: new Map<string, StoredBlob>(),
      content: undefined,
    };
    this.#uploads.set(String(artifact.id), upload);
    const signing = { permission: "cw", lifeMs: UPLOAD_MS } as const;
    const address = this.#urls.sign(this.#origin, `/uploads/${artifact.id}`, signing);
    return { ok: true, signed_upload_url: address };
  }

  async #finalize(place: JobPlace, fields: Fields): Promise<object> {
    const { repository, run } = place;
    const name = needed(fields, "name");
    const artifact = repository.artifacts.named(run.id, name);
    const upload = artifact === undefined ? undefined : this.#uploads.get(String(artifact.id));
    if (artifact === undefined || upload === undefined) {
      throw new TwirpError(404, "not_found", "the artifact could not be found");
    }
    const { content } = upload;
    if (content === undefined) {
      throw new TwirpError(412, "failed_precondition", "nothing was uploaded");
    }
    if (needed(fields, "size") !== String(content.size)) {
      throw new TwirpError(400, "invalid_argument", `the size is ${content.size}`);
    }
    const hash = fieldOf(fields, "hash");
    if (hash !== undefined && hash !== `sha256:${content.sha256}`) {
      throw new TwirpError(400, "invalid_argument", `the hash is sha256:${content.sha256}`);
    }
    repository.artifacts.finalize(artifact.id, content);
    const what = "create artifact";
    const after = `${name} sha256:${content.sha256}`;
    repository.record(`job-${place.job.id}`, { what, before: undefined, after });
    this.#uploads.delete(String(artifact.id));
    await this.#forgetBlocks(upload);
    return { ok: true, artifact_id: String(artifact.id) };
  }

  async #forgetBlocks(upload: Upload): Promise<void> {
    for (const block of upload.blocks.values()) await this.#blobs.remove(block.id);
    upload.blocks.clear();
  }

  #list({ repository, run }: JobPlace, ids: BackendIds, fields: Fields): object {
    const name = fieldOf(fields, "name_filter");
    const id = fieldOf(fields, "id_filter");
    const artifacts = repository.artifacts
      .ofRun(run.id)
      .filter((artifact) => !repository.artifacts.isExpired(artifact))
      .filter((artifact) => name === undefined || artifact.name === name)
      .filter((artifact) => id === undefined || String(artifact.id) === id)
      .map((artifact) => ({
        workflow_run_backend_id: ids.run,
        workflow_job_run_backend_id: artifact.jobBackendId === "" ? ids.job : artifact.jobBackendId,
        database_id: String(artifact.id),
        name: artifact.name,
        size: String(artifact.content?.size ?? 0),
        created_at: artifact.createdAt.toISOString(),
        digest: `sha256:${artifact.content?.sha256 ?? ""}`,
      }));
    return { artifacts };
  }

  #named({ repository, run }: JobPlace, fields: Fields): Artifact & { content: StoredBlob } {
    const artifact = repository.artifacts.named(run.id, needed(fields, "name"));
    if (artifact?.content === undefined) {
      throw new TwirpError(404, "not_found", "the artifact could not be found");
    }
    return { ...artifact, content: artifact.content };
  }

  #sign(place: JobPlace, fields: Fields): object {
    const { content, mimeType, name } = this.#named(place, fields);
    const fileName = mimeType === "application/zip" ? `${name}.zip` : name;
    const signing = { lifeMs: DOWNLOAD_MS, contentType: mimeType, fileName };
    return { signed_url: this.addressOf(content.id, signing) };
  }

  async #delete(place: JobPlace, fields: Fields): Promise<object> {
    const artifact = this.#named(place, fields);
    await place.repository.artifacts.delete(artifact.id);
    const before = artifact.name;
    const what = "delete artifact";
    place.repository.record(`job-${place.job.id}`, { what, before, after: undefined });
    return { ok: true, artifact_id: String(artifact.id) };
  }

  async #storage(request: ReceivedRequest): Promise<Answer | StreamedAnswer> {
    const { method, rawPath, query } = request;
    if (request.headers.authorization !== undefined) {
      throw new StorageError(
        400,
        "InvalidAuthenticationInfo",
        "Authentication information is not given in the correct format. Check the value of " +
          "Authorization header.",
      );
    }
    const isUpload = method === "PUT";
    const verdict = this.#urls.verify(rawPath, query, isUpload ? "cw" : "r");
    if (verdict !== "good") {
      throw new StorageError(
        403,
        "AuthenticationFailed",
        "Server failed to authenticate the request. Make sure the value of Authorization header " +
          "is formed correctly including the signature." +
          (verdict === "expired" ? " Signature not valid in the specified time frame." : ""),
      );
    }
    return isUpload ? this.#put(request) : this.#get(request);
  }

  #headers(): Readonly<Record<string, string>> {
    return {
      "x-ms-version": "2025-11-05",
      "x-ms-request-id": backendId(this.name, this.#clock.now().getTime()),
      "last-modified": this.#clock.now().toUTCString(),
    };
  }

  #storageFailure({ status, code, message }: StorageError): Answer {
    const body =
      `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code>` +
      `<Message>${message}</Message></Error>`;
    return {
      status,
      headers: { ...this.#headers(), "content-type": "application/xml", "x-ms-error-code": code },
      body: Buffer.from(body),
    };
  }

  async #get({ method, rawPath, query }: ReceivedRequest): Promise<Answer | StreamedAnswer> {
    const blob = this.#blobs.blob(rawPath.slice("/blobs/".length));
    if (blob === undefined) {
      throw new StorageError(404, "BlobNotFound", "The specified blob does not exist.");
    }
    const disposition = query.get("rscd");
    const headers = {
      ...this.#headers(),
      "content-type": query.get("rsct") ?? "application/octet-stream",
      etag: `"${blob.sha256.slice(0, 16)}"`,
      "accept-ranges": "bytes",
      ...(disposition === null ? {} : { "content-disposition": disposition }),
    };
    if (method === "HEAD") return { status: 200, headers, body: Buffer.alloc(0) };
    const body = { stream: this.#blobs.open(blob.id), length: blob.size };
    return { status: 200, headers, body };
  }

  async #put({ rawPath, query, body, stream }: ReceivedRequest): Promise<Answer> {
    const upload = this.#uploads.get(rawPath.slice("/uploads/".length));
    if (upload === undefined) {
      throw new StorageError(409, "BlobImmutableDueToPolicy", "The upload is over.");
    }
    let written: StoredBlob;
    switch (query.get("comp")) {
      case "block": {
        written = await this.#blobs.write(stream);
        const id = query.get("blockid") ?? "";
        const replaced = upload.blocks.get(id);
        upload.blocks.set(id, written);
        if (replaced !== undefined) await this.#blobs.remove(replaced.id);
        break;
      }
      case "blocklist":
        if (body === undefined) {
          throw new StorageError(413, "RequestBodyTooLarge", "The request body is too large.");
        }
        written = await this.#blobs.join(this.#listedBlocks(upload, body.toString("utf8")));
        await this.#replaceContent(upload, written);
        break;
      case null:
        written = await this.#blobs.write(stream);
        await this.#replaceContent(upload, written);
        break;
      default:
        throw new StorageError(400, "InvalidQueryParameterValue", "comp is not supported.");
    }
    const headers = {
      ...this.#headers(),
      etag: `"${written.sha256.slice(0, 16)}"`,
      "x-ms-request-server-encrypted": "true",
    };
    return { status: 201, headers, body: Buffer.alloc(0) };
  }

  async #replaceContent(upload: Upload, content: StoredBlob): Promise<void> {
    const before = upload.content;
    upload.content = content;
    if (before !== undefined) await this.#blobs.remove(before.id);
  }

  /** Blobs of the blocks that a list names, in its order. */
  #listedBlocks(upload: Upload, list: string): readonly string[] {
    const named = [...list.matchAll(/<(?:Latest|Uncommitted|Committed)>([^<]*)</g)];
    if (named.length > MAX_BLOCKS) {
      throw new StorageError(400, "BlockListTooLong", "The block list has too many blocks.");
    }
    return named.map(([, id = ""]) => {
      const block = upload.blocks.get(id);
      if (block === undefined) {
        throw new StorageError(400, "InvalidBlockList", "The specified block list is invalid.");
      }
      return block.id;
    });
  }
}

function parseOrNothing(body: Buffer | undefined): unknown {
  if (body === undefined || body.length > MAX_CALL_BYTES) return undefined;
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}
