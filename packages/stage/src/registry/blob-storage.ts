/**
 * Where a registry that keeps its blobs elsewhere sends its readers: another origin, which knows no
 * accounts but only addresses that were signed for a while.
 */
import { createHmac, randomBytes } from "node:crypto";
import { parseByteRange } from "../byte-ranges.ts";
import type { Answer, ReceivedRequest, StreamedAnswer } from "../http-server.ts";
import type { Service, UnderstoodRequest } from "../serve.ts";
import type { ContentStore } from "./content-store.ts";

/** What registries sign for: long enough to begin a download. */
const SIGNED_FOR_MS = 10 * 60 * 1000;

export interface BlobStorageSettings {
  readonly name: string;
  readonly store: ContentStore;
  readonly sizeOf: (digest: string) => number | undefined;
}

function refusal(status: number, code: string, message: string): Answer {
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return { status, headers: { "content-type": "application/xml" }, body: Buffer.from(text) };
}

export class BlobStorage implements Service {
  readonly name: string;
  readonly #store: ContentStore;
  readonly #sizeOf: (digest: string) => number | undefined;
  #secret = randomBytes(32);
  #origin = "";

  constructor({ name, store, sizeOf }: BlobStorageSettings) {
    this.name = name;
    this.#store = store;
    this.#sizeOf = sizeOf;
  }

  /** The host is called by its other name, so that clients see one that is not the registry's. */
  openAt(origin: string): void {
    this.#origin = origin.replace("//127.0.0.1:", "//localhost:");
  }

  /** From now on no address that was given out is good. */
  expireAddresses(): void {
    this.#secret = randomBytes(32);
  }

  #sign(digest: string, expires: string): string {
    return createHmac("sha256", this.#secret).update(`${digest} ${expires}`).digest("hex");
  }

  addressOf(digest: string): string {
    const expires = String(Date.now() + SIGNED_FOR_MS);
    const url = new URL(`/blobs/${encodeURIComponent(digest)}`, this.#origin);
    url.searchParams.set("expires", expires);
    url.searchParams.set("signature", this.#sign(digest, expires));
    return url.href;
  }

  #digestOf(rawPath: string): string {
    return rawPath.replace(/^\/blobs\//, "").replaceAll("%3A", ":");
  }

  understand({ method, rawPath, headers }: ReceivedRequest): UnderstoodRequest {
    const isKnown = method === "GET" || method === "HEAD";
    const operation = isKnown ? `${method} /blobs/{digest}` : undefined;
    const isLeak = headers.authorization !== undefined;
    return {
      path: `/blobs/${this.#digestOf(rawPath)}`,
      operation,
      operationId: undefined,
      who: isLeak ? "somebody with credentials that are none of its business" : "signed address",
      body: undefined,
      violations: [
        ...(isKnown ? [] : [`${method} ${rawPath}: unknown route`]),
        // distribution-spec 1.1: "clients MUST NOT forward Authorization headers across hosts".
        ...(isLeak ? [`${this.name}: credentials were sent on to another origin`] : []),
      ],
    };
  }

  async answer(_n: number, request: ReceivedRequest): Promise<Answer | StreamedAnswer> {
    const { method, query, headers } = request;
    if (headers.authorization !== undefined) {
      return refusal(400, "InvalidArgument", "Only one auth mechanism allowed");
    }
    const digest = this.#digestOf(request.rawPath);
    const expires = query.get("expires") ?? "";
    const isSigned = query.get("signature") === this.#sign(digest, expires);
    if (!isSigned || Number(expires) < Date.now()) {
      return refusal(403, "AccessDenied", "Request has expired");
    }
    const size = this.#sizeOf(digest);
    if (size === undefined) return refusal(404, "NoSuchKey", "The key does not exist.");
    return answerWithBlob(this.#store, digest, size, method, headers.range);
  }

  violationsOf(): readonly string[] {
    return [];
  }

  requestId(n: number): string {
    return `${this.name}-${n}`;
  }
}

/** A blob, or the part of it that was asked for. */
export function answerWithBlob(
  store: ContentStore,
  digest: string,
  size: number,
  method: string,
  rangeHeader: string | undefined,
): Answer | StreamedAnswer {
  const headers = {
    "content-type": "application/octet-stream",
    "accept-ranges": "bytes",
    // Docker's registry says a year: what has a digest never changes.
    "cache-control": "max-age=31536000",
    "docker-content-digest": digest,
    etag: `"${digest}"`,
  };
  if (method === "HEAD") {
    const length = { "content-length": String(size) };
    return { status: 200, headers: { ...headers, ...length }, body: Buffer.alloc(0) };
  }
  const range = parseByteRange(rangeHeader, size);
  if (range === "unsatisfiable") {
    const of = { "content-range": `bytes */${size}` };
    return { status: 416, headers: { ...headers, ...of }, body: Buffer.alloc(0) };
  }
  if (range === undefined) {
    return { status: 200, headers, body: { stream: store.stream(digest), length: size } };
  }
  const { first, last } = range;
  return {
    status: 206,
    headers: { ...headers, "content-range": `bytes ${first}-${last}/${size}` },
    body: { stream: store.stream(digest, first, last), length: last - first + 1 },
  };
}
