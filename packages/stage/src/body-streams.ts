/**
 * Bodies that are read or sent piece by piece, so that their size costs no memory. A stream is an
 * async iterable whose source is opened when the first piece is pulled: one that nobody pulls holds
 * nothing open, and one that is abandoned closes its source.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { setTimeout } from "node:timers/promises";

export type ByteStream = AsyncIterable<Buffer>;

/** What went through a stream so far. */
export interface Passed {
  readonly bytes: number;
  readonly sha256: string;
}

/** An upload that a planned fault ended before its end. */
export class UploadCut extends Error {
  constructor(bytes: number) {
    super(`a planned fault cut the upload after ${bytes} bytes`);
  }
}

export async function* streamOf(bytes: Buffer): AsyncGenerator<Buffer> {
  if (bytes.length > 0) yield bytes;
}

/** The bytes `first` to `last` of a file, both included. */
export async function* fileStream(
  path: string,
  first = 0,
  last = Number.POSITIVE_INFINITY,
): AsyncGenerator<Buffer> {
  if (last < first) return;
  for await (const chunk of createReadStream(path, { start: first, end: last })) {
    if (!Buffer.isBuffer(chunk)) throw new TypeError("a file without an encoding gives buffers");
    yield chunk;
  }
}

/** All of it; undefined, without reading on, when it is more than `maxBytes`. */
export async function readAll(stream: ByteStream, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The first `bytes` bytes. */
export async function* takeBytes(stream: ByteStream, bytes: number): AsyncGenerator<Buffer> {
  let left = bytes;
  if (left <= 0) return;
  for await (const chunk of stream) {
    const piece = chunk.subarray(0, left);
    left -= piece.length;
    yield piece;
    if (left === 0) return;
  }
}

/**
 * The stream with its bytes from `first` to the one before `end` changed: `change` gets them as one
 * piece, however they came.
 */
export async function* changeBytes(
  stream: ByteStream,
  first: number,
  end: number,
  change: (bytes: Buffer) => Buffer,
): AsyncGenerator<Buffer> {
  const held: Buffer[] = [];
  let position = 0;
  for await (const chunk of stream) {
    const from = Math.min(chunk.length, Math.max(0, first - position));
    const to = Math.min(chunk.length, Math.max(0, end - position));
    position += chunk.length;
    if (from > 0) yield chunk.subarray(0, from);
    if (to > from) held.push(chunk.subarray(from, to));
    if (held.length > 0 && position >= end) yield change(Buffer.concat(held.splice(0)));
    if (to < chunk.length) yield chunk.subarray(to);
  }
  if (held.length > 0) yield change(Buffer.concat(held));
}

/** The stream in pieces of `bytes`, one every `everyMs`. Stopping the reader stops the clock. */
export async function* trickle(
  stream: ByteStream,
  bytes: number,
  everyMs: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  for await (const chunk of stream) {
    for (let start = 0; start < chunk.length; start += bytes) {
      await setTimeout(everyMs, undefined, { signal });
      yield chunk.subarray(start, start + bytes);
    }
  }
}

/**
 * The stream, counted. `onEnd` is told before the last piece is handed on, so that whoever sees the
 * end of the stream finds it written down; and, once, when the stream is abandoned or breaks.
 */
export async function* meter(
  stream: ByteStream,
  onEnd: (passed: Passed) => void,
): AsyncGenerator<Buffer> {
  const count = new ByteCount();
  let heldBack: Buffer | undefined;
  let isOver = false;
  try {
    for await (const chunk of stream) {
      if (heldBack !== undefined) yield count.add(heldBack);
      heldBack = chunk;
    }
    if (heldBack !== undefined) count.add(heldBack);
    isOver = true;
    onEnd(count.passed);
    if (heldBack !== undefined) yield heldBack;
  } finally {
    if (!isOver) onEnd(count.passed);
  }
}

export class ByteCount {
  readonly #hash = createHash("sha256");
  #bytes = 0;

  /** Counts the piece and returns it. */
  add(piece: Buffer): Buffer {
    this.#hash.update(piece);
    this.#bytes += piece.length;
    return piece;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get passed(): Passed {
    return { bytes: this.#bytes, sha256: this.#hash.copy().digest("hex") };
  }
}
