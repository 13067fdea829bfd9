/** The three ways to upload ("Uploads and downloads"): bytes alone, with metadata, or resumable. */
import { readAll, type ByteStream } from "../body-streams.ts";
import { assertChecksums } from "./bucket.ts";
import { type Content, ContentDraft } from "./content.ts";
import { invalid, StorageError } from "./errors.ts";
import { isJsonObject, type JsonObject, textIn } from "./metadata.ts";
import { readMultipart } from "./multipart-body.ts";
import { assertObjectName } from "./object-names.ts";
import { type Call, headerOf, type Reply, termsOf } from "./operation.ts";
import { assertPreconditions, parsePreconditions } from "./preconditions.ts";
import { authorize } from "./tokens.ts";
import { parseContentRange, QUANTUM } from "./upload-session.ts";
import { etagOf, type ObjectVersion } from "./versions.ts";

/** `x-goog-hash: crc32c=…,md5=…` against what arrived. @throws StorageError 400 */
function assertHashHeader(content: Content, header: string | undefined): void {
  const hashes = new Map(
    (header ?? "").split(",").map((part): [string, string] => {
      const at = part.indexOf("=");
      return [part.slice(0, Math.max(0, at)).trim().toLowerCase(), part.slice(at + 1).trim()];
    }),
  );
  assertChecksums(content, hashes.get("crc32c"), hashes.get("md5"));
}

/** The name in the query goes before the one in the metadata. @throws StorageError 400 */
function objectName({ request }: Call, metadata: JsonObject): string {
  const name = request.query.get("name") ?? textIn(metadata, "name") ?? "";
  assertObjectName(name);
  return name;
}

/**
 * What is known to fail is refused before the bytes come: a missing permission, a precondition.
 * Retention is not asked until they have come.
 *
 * @throws StorageError
 */
function assertMayStart({ bucket, caller, request }: Call, name: string): void {
  authorize(caller, bucket, "storage.objects.create");
  const live = bucket.find(name);
  assertPreconditions(parsePreconditions(request.query), live);
  if (live !== undefined) authorize(caller, bucket, "storage.objects.delete");
}

function created({ bucket }: Call, made: ObjectVersion): Reply {
  return { status: 200, headers: { etag: etagOf(made) }, body: bucket.resourceOf(made) };
}

/** Writes the bytes of one request, and makes the object. Nothing is left of what fails. */
async function upload(
  call: Call,
  name: string,
  body: JsonObject,
  contentType: string | undefined,
  media: ByteStream,
): Promise<Reply> {
  const draft = new ContentDraft(call.bucket.contentDirectory);
  try {
    for await (const piece of media) await draft.append(piece);
    const content = await draft.finish();
    assertHashHeader(content, headerOf(call.request, "x-goog-hash"));
    const terms = termsOf(call, call.bucket);
    return created(call, call.bucket.insert({ name, content, body, contentType }, terms));
  } catch (error) {
    await draft.discard();
    throw error;
  }
}

export async function uploadMedia(call: Call): Promise<Reply> {
  const { request } = call;
  const name = objectName(call, {});
  assertMayStart(call, name);
  const contentEncoding = request.query.get("contentEncoding");
  const body = contentEncoding === null ? {} : { contentEncoding };
  return upload(call, name, body, headerOf(request, "content-type"), request.stream);
}

export async function uploadMultipart(call: Call): Promise<Reply> {
  const { request } = call;
  authorize(call.caller, call.bucket, "storage.objects.create");
  const parts = await readMultipart(headerOf(request, "content-type"), request.stream);
  const metadata = parseMetadata(parts.metadata);
  call.checkMetadata(metadata);
  const name = objectName(call, metadata);
  assertMayStart(call, name);
  return upload(call, name, metadata, parts.contentType, parts.media);
}

/** @throws StorageError 400 */
function parseMetadata(text: Buffer): JsonObject {
  try {
    const metadata: unknown = JSON.parse(text.toString("utf8"));
    if (isJsonObject(metadata)) return metadata;
  } catch {
    // Not JSON: refused below.
  }
  throw new StorageError(400, "parseError", "Parse Error");
}

/** Opens a session; everything but the bytes is said here, the preconditions, too. */
export function startResumable(call: Call): Reply {
  const { bucket, body, caller, request, sessions, origin } = call;
  const name = objectName(call, body);
  assertMayStart(call, name);
  const length = headerOf(request, "x-upload-content-length");
  if (length !== undefined && !/^\d{1,15}$/.test(length)) {
    throw invalid(`Invalid value for: x-upload-content-length, "${length}"`);
  }
  const contentType = headerOf(request, "x-upload-content-type");
  const terms = termsOf(call, bucket);
  const id = sessions.start(bucket.name, caller.identity, {
    clock: bucket.clock,
    directory: bucket.contentDirectory,
    declaredSize: length === undefined ? undefined : Number(length),
    complete(content, hashes) {
      assertHashHeader(content, hashes);
      return bucket.insert({ name, content, body, contentType }, terms);
    },
  });
  const query = new URLSearchParams(request.query);
  query.set("upload_id", id);
  const location = `${origin}/upload/storage/v1/b/${bucket.name}/o?${query.toString()}`;
  return { status: 200, headers: { location, "x-guploader-uploadid": id }, body: "" };
}

function uploadId({ request }: Call): string {
  return request.query.get("upload_id") ?? "";
}

/** Bytes for a session, or the question how far it is. */
export async function continueResumable(call: Call): Promise<Reply> {
  const { bucket, request, sessions } = call;
  const session = sessions.find(bucket.name, uploadId(call));
  const range = parseContentRange(headerOf(request, "content-range"));
  const hashes = headerOf(request, "x-goog-hash");
  if (range.first === undefined) await assertNoBytes(request.stream);
  const state = await session.receive(range, request.stream, hashes);
  if (state.is === "complete") return created(call, state.made);
  // Nothing kept is no range at all, not an empty one.
  const range308 = state.persisted === 0 ? {} : { range: `bytes=0-${state.persisted - 1}` };
  return { status: 308, headers: { ...range308, "x-range-quantum": String(QUANTUM) }, body: "" };
}

async function assertNoBytes(stream: ByteStream): Promise<void> {
  const body = await readAll(stream, 0);
  if (body === undefined) throw invalid("Failed to parse Content-Range header.");
}

/** "499 Client Closed Request" is success here ("Cancel an upload"). */
export async function cancelResumable(call: Call): Promise<Reply> {
  const cancelled = new StorageError(499, "clientClosedRequest", "", { isPlainText: true });
  await call.sessions.find(call.bucket.name, uploadId(call)).fail(cancelled);
  throw cancelled;
}
