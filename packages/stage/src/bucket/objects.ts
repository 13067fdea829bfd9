/** The operations on objects that are there ("Objects"), and making one of another. */
import { fileStream } from "../body-streams.ts";
import { parseByteRange } from "../byte-ranges.ts";
import type { Bucket } from "./bucket.ts";
import { invalid, noSuchObject, requiredParameter, StorageError } from "./errors.ts";
import { parseListRequest } from "./listing.ts";
import { assertObjectName } from "./object-names.ts";
import { type Call, headerOf, type Reply, termsOf } from "./operation.ts";
import { assertPreconditions, parseNumber, parsePreconditions } from "./preconditions.ts";
import { authorize, may } from "./tokens.ts";
import { etagOf, type ObjectVersion } from "./versions.ts";

/**
 * The version a request is about. To who may not list the bucket, what is not there looks like what
 * is not permitted.
 *
 * @throws StorageError 401, 403 or 404
 */
function findObject(
  { caller }: Call,
  bucket: Bucket,
  name: string,
  generation: bigint | undefined,
): ObjectVersion {
  const found = bucket.find(name, generation);
  if (found !== undefined) return found;
  if (!may(caller, bucket, "storage.objects.list")) {
    authorize(caller, bucket, "storage.objects.list");
  }
  throw noSuchObject(bucket.name, name);
}

export function listObjects({ bucket, caller, request: { query } }: Call): Reply {
  authorize(caller, bucket, "storage.objects.list");
  const isVersions = query.get("versions") === "true";
  const isSoftDeleted = query.get("softDeleted") === "true";
  if (isVersions && isSoftDeleted) throw invalid("Invalid argument.");
  const which = isSoftDeleted ? "soft-deleted" : isVersions ? "versions" : "live";
  const { items, prefixes, nextPageToken } = bucket.list(parseListRequest(query), which);
  return {
    status: 200,
    body: {
      kind: "storage#objects",
      ...(nextPageToken === undefined ? {} : { nextPageToken }),
      ...(prefixes.length === 0 ? {} : { prefixes }),
      ...(items.length === 0 ? {} : { items: items.map((found) => bucket.resourceOf(found)) }),
    },
  };
}

export function getObject(call: Call): Reply {
  const { bucket, caller, request, route } = call;
  const { query } = request;
  authorize(caller, bucket, "storage.objects.get");
  const generation = parseNumber(query, "generation");
  const isSoftDeleted = query.get("softDeleted") === "true";
  if (isSoftDeleted && generation === undefined) throw requiredParameter("generation");
  const found =
    (isSoftDeleted && generation !== undefined
      ? bucket.findSoftDeleted(route.object, generation)
      : undefined) ?? findObject(call, bucket, route.object, generation);
  assertPreconditions(parsePreconditions(query), found);
  return { status: 200, headers: { etag: etagOf(found) }, body: bucket.resourceOf(found) };
}

/**
 * The bytes as they are stored: nothing is decompressed on the way, also for a client that does not
 * accept gzip ("Transcoding of gzip-compressed files" would).
 */
export function readObject(call: Call): Reply {
  const { bucket, caller, request, route } = call;
  const { query } = request;
  authorize(caller, bucket, "storage.objects.get");
  const found = findObject(call, bucket, route.object, parseNumber(query, "generation"));
  assertPreconditions(parsePreconditions(query), found);
  const { content, fields } = found;
  const range = parseByteRange(headerOf(request, "range"), content.size);
  if (range === "unsatisfiable") {
    throw new StorageError(
      416,
      "requestedRangeNotSatisfiable",
      "The requested range cannot be satisfied.",
      { headers: { "content-range": `bytes */${content.size}` } },
    );
  }
  const { first, last } = range ?? { first: 0, last: content.size - 1 };
  const { contentEncoding, contentDisposition, contentLanguage, cacheControl } = fields.texts;
  return {
    status: range === undefined ? 200 : 206,
    headers: {
      "accept-ranges": "bytes",
      "content-type": fields.texts.contentType ?? "application/octet-stream",
      ...(contentEncoding === undefined ? {} : { "content-encoding": contentEncoding }),
      ...(contentDisposition === undefined ? {} : { "content-disposition": contentDisposition }),
      ...(contentLanguage === undefined ? {} : { "content-language": contentLanguage }),
      ...(cacheControl === undefined ? {} : { "cache-control": cacheControl }),
      ...(range === undefined ? {} : { "content-range": `bytes ${first}-${last}/${content.size}` }),
      etag: etagOf(found),
      "last-modified": new Date(found.updated).toUTCString(),
      "x-goog-generation": String(found.generation),
      "x-goog-metageneration": String(found.metageneration),
      // Of the whole object, also with a part of it.
      "x-goog-hash": `crc32c=${content.crc32c},md5=${content.md5Hash}`,
      "x-goog-storage-class": "STANDARD",
      "x-goog-stored-content-encoding": contentEncoding ?? "identity",
      "x-goog-stored-content-length": String(content.size),
    },
    body: { stream: fileStream(content.file, first, last), length: last - first + 1 },
  };
}

export function patchObject(call: Call): Reply {
  const { bucket, caller, request, route, body } = call;
  authorize(caller, bucket, "storage.objects.update");
  const found = findObject(call, bucket, route.object, parseNumber(request.query, "generation"));
  const overrides = request.query.get("overrideUnlockedRetention") === "true";
  const changed = bucket.patch(found, body, termsOf(call, bucket), overrides);
  return { status: 200, headers: { etag: etagOf(changed) }, body: bucket.resourceOf(changed) };
}

export function deleteObject(call: Call): Reply {
  const { bucket, caller, request, route } = call;
  authorize(caller, bucket, "storage.objects.delete");
  const generation = parseNumber(request.query, "generation");
  findObject(call, bucket, route.object, generation);
  bucket.delete(route.object, generation, termsOf(call, bucket));
  return { status: 204 };
}

export function restoreObject(call: Call): Reply {
  const { bucket, caller, request, route } = call;
  authorize(caller, bucket, "storage.objects.restore");
  authorize(caller, bucket, "storage.objects.create");
  const generation = parseNumber(request.query, "generation");
  if (generation === undefined) throw requiredParameter("generation");
  const made = bucket.restore(route.object, generation, termsOf(call, bucket));
  return { status: 200, headers: { etag: etagOf(made) }, body: bucket.resourceOf(made) };
}

/**
 * Copies in one step, whatever the size. Metadata comes along unless the request has its own; holds
 * and retention never do ("Objects: rewrite").
 */
export function rewriteObject(call: Call): Reply {
  const { bucket, caller, request, route } = call;
  const { query } = request;
  const destination = call.bucketNamed(route.destinationBucket);
  authorize(caller, bucket, "storage.objects.get");
  authorize(caller, destination, "storage.objects.create");
  assertObjectName(route.destinationObject);
  const found = findObject(call, bucket, route.object, parseNumber(query, "sourceGeneration"));
  assertPreconditions(parsePreconditions(query, "ifSource"), found);
  const { contentType, ...texts } = found.fields.texts;
  const kept = { ...texts, ...(found.fields.custom && { metadata: found.fields.custom }) };
  const body = Object.keys(call.body).length === 0 ? kept : call.body;
  const { content } = found;
  const made = destination.insert(
    { name: route.destinationObject, content, body, contentType },
    termsOf(call, destination),
  );
  return {
    status: 200,
    body: {
      kind: "storage#rewriteResponse",
      totalBytesRewritten: String(content.size),
      objectSize: String(content.size),
      done: true,
      resource: destination.resourceOf(made),
    },
  };
}
