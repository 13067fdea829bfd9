/**
 * Content on disk, by digest. Bytes become content only when they have the digest they were said to
 * have; until then they are a draft. Nothing is removed while the stage runs, as a registry removes
 * nothing until it collects its garbage: whoever reads finds what he began to read.
 */
import { createHash, type Hash, randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type ByteStream, fileStream } from "../body-streams.ts";
import { type Digest, tryParseDigest } from "./names.ts";

/** A file that grows at its end, digested as it does. */
export class Draft {
  readonly id = randomUUID();
  readonly path: string;
  readonly #sha256: Hash = createHash("sha256");
  #size = 0;

  constructor(directory: string) {
    this.path = join(directory, this.id);
  }

  get size(): number {
    return this.#size;
  }

  /** Writes the stream down as it comes. What came before it broke stays. */
  async append(stream: ByteStream): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true });
    const file = await open(this.path, "a");
    try {
      for await (const piece of stream) {
        await file.appendFile(piece);
        this.#sha256.update(piece);
        this.#size += piece.length;
      }
    } finally {
      await file.close();
    }
  }

  async has({ algorithm, hex }: Digest): Promise<boolean> {
    if (algorithm === "sha256") return this.#sha256.copy().digest("hex") === hex;
    const hash = createHash(algorithm);
    for await (const piece of fileStream(this.path)) hash.update(piece);
    return hash.digest("hex") === hex;
  }

  async discard(): Promise<void> {
    await rm(this.path, { force: true });
  }
}

export class ContentStore {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  newDraft(): Draft {
    return new Draft(join(this.#directory, "drafts"));
  }

  #pathOf(digest: string): string {
    const parsed = tryParseDigest(digest);
    if (parsed === undefined) throw new Error(`${digest} is no digest`);
    return join(this.#directory, parsed.algorithm, parsed.hex);
  }

  /** Keeps the draft under the digest, if it has it; otherwise discards it and says false. */
  async keep(draft: Draft, digest: string): Promise<boolean> {
    const parsed = tryParseDigest(digest);
    if (parsed === undefined || !(await draft.has(parsed))) {
      await draft.discard();
      return false;
    }
    const path = this.#pathOf(digest);
    await mkdir(dirname(path), { recursive: true });
    await rename(draft.path, path);
    return true;
  }

  /** All of it, for what is known to be small. */
  async read(digest: string): Promise<Buffer> {
    return readFile(this.#pathOf(digest));
  }

  stream(digest: string, first?: number, last?: number): ByteStream {
    return fileStream(this.#pathOf(digest), first, last);
  }
}
