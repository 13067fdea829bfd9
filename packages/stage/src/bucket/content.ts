/**
 * The bytes of objects: files on disk, written as they come in, with the checksums Cloud Storage
 * keeps of them. A content that is part of an object is never changed.
 */
import { createHash, randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Crc32c } from "./crc32c.ts";

export interface Content {
  readonly file: string;
  readonly size: number;
  /** Base64, as in the resources ("Data validation and change detection"). */
  readonly crc32c: string;
  readonly md5Hash: string;
}

/** A content that is not complete yet. Between requests its file is closed. */
export class ContentDraft {
  readonly #file: string;
  readonly #crc32c = new Crc32c();
  readonly #md5 = createHash("md5");
  #handle: FileHandle | undefined;
  #size = 0;

  constructor(directory: string) {
    this.#file = join(directory, randomUUID());
  }

  get size(): number {
    return this.#size;
  }

  /** One at a time. */
  async append(bytes: Buffer): Promise<void> {
    this.#handle ??= await this.#open();
    await this.#handle.appendFile(bytes);
    this.#crc32c.update(bytes);
    this.#md5.update(bytes);
    this.#size += bytes.length;
  }

  /** Closes the file until more comes. */
  async pause(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  async finish(): Promise<Content> {
    // An empty object is a file, too.
    this.#handle ??= await this.#open();
    await this.pause();
    return {
      file: this.#file,
      size: this.#size,
      crc32c: this.#crc32c.toBase64(),
      md5Hash: this.#md5.digest("base64"),
    };
  }

  async discard(): Promise<void> {
    await this.pause();
    await rm(this.#file, { force: true });
  }

  async #open(): Promise<FileHandle> {
    await mkdir(dirname(this.#file), { recursive: true });
    return open(this.#file, "a");
  }
}
