/**
 * Content on disk, written and read as streams. Knows sizes and digests; what a blob is for, and
 * who may have it, is others' business.
 */
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable, Transform, type TransformCallback } from "node:stream";
import { pipeline } from "node:stream/promises";

export interface StoredBlob {
  readonly id: string;
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** Thrown by a write that went over its cap; nothing of it is kept. */
export class BlobTooLarge extends Error {
  override readonly name = "BlobTooLarge";
}

export type Chunks = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

export class BlobStore {
  readonly #directory: string;
  readonly #blobs = new Map<string, StoredBlob>();
  #written = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Where the content is on disk. */
  pathOf(id: string): string {
    if (!this.#blobs.has(id)) throw new Error(`there is no blob ${JSON.stringify(id)}`);
    return join(this.#directory, id);
  }

  /** @throws BlobTooLarge beyond `maxBytes`, and whatever the source throws: nothing is kept then */
  async write(chunks: Chunks, { maxBytes = Infinity } = {}): Promise<StoredBlob> {
    await mkdir(this.#directory, { recursive: true });
    this.#written += 1;
    const id = String(this.#written);
    const path = join(this.#directory, id);
    const hash = createHash("sha256");
    let size = 0;
    const meter = new Transform({
      transform(chunk: Uint8Array, _encoding: string, done: TransformCallback) {
        size += chunk.length;
        if (size > maxBytes) {
          done(new BlobTooLarge(`more than ${maxBytes} bytes`));
          return;
        }
        hash.update(chunk);
        done(null, chunk);
      },
    });
    try {
      await pipeline(Readable.from(chunks, { objectMode: false }), meter, createWriteStream(path));
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
    const blob = { id, size, sha256: hash.digest("hex") };
    this.#blobs.set(id, blob);
    return blob;
  }

  /** One blob of several, in the order given; the parts stay. */
  async join(ids: readonly string[]): Promise<StoredBlob> {
    const open = (id: string): AsyncIterable<Buffer> => this.open(id);
    async function* content(): AsyncGenerator<Uint8Array> {
      for (const id of ids) yield* open(id);
    }
    return this.write(content());
  }

  blob(id: string): StoredBlob | undefined {
    return this.#blobs.get(id);
  }

  /** The file is opened when the first piece is pulled, and closed when the reader goes away. */
  async *open(id: string): AsyncGenerator<Buffer> {
    for await (const chunk of createReadStream(this.pathOf(id))) {
      if (!Buffer.isBuffer(chunk)) throw new TypeError("a file without an encoding gives buffers");
      yield chunk;
    }
  }

  /** The whole content, for an answer that is sent from memory. */
  async read(id: string): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of this.open(id)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  async remove(id: string): Promise<void> {
    const path = this.pathOf(id);
    this.#blobs.delete(id);
    await rm(path, { force: true });
  }
}
