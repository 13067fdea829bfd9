/**
 * One resumable upload, from its start until a week later ("Resumable uploads"). The address of a
 * session is all one needs to go on with it, whatever the token was that started it.
 */
import type { ByteStream } from "../body-streams.ts";
import type { Clock } from "./clock.ts";
import { type Content, ContentDraft } from "./content.ts";
import { invalidUpload, StorageError } from "./errors.ts";
import type { ObjectVersion } from "./versions.ts";

/** Bytes are kept in multiples of this, but for the last ("Perform resumable uploads"). */
export const QUANTUM = 256 * 1024;

/** "A session URI expires after one week" ("Resumable uploads"). */
const LIFETIME_MS = 7 * 24 * 3_600_000;

/** What a request says of the bytes it carries. */
export interface ContentRange {
  /** Undefined asks how far the session is. */
  readonly first: number | undefined;
  /** Undefined for as many as come. */
  readonly last: number | undefined;
  /** Of the object; undefined while nobody knows. */
  readonly total: number | undefined;
}

// A chunk is "bytes 0-524287/*", all the rest "bytes 524288-*/700000", a question "bytes */*".

/** Without the header the body is the whole object. @throws StorageError 400 */
export function parseContentRange(header: string | undefined): ContentRange {
  if (header === undefined) return { first: 0, last: undefined, total: undefined };
  const pattern =
    /^bytes (?:\*|(?<first>\d{1,15})-(?:\*|(?<last>\d{1,15})))\/(?:\*|(?<total>\d{1,15}))$/;
  const groups = pattern.exec(header)?.groups;
  if (groups === undefined) {
    throw invalidUpload(400, "Failed to parse Content-Range header.");
  }
  const numberOf = (text: string | undefined): number | undefined =>
    text === undefined ? undefined : Number(text);
  const range = {
    first: numberOf(groups["first"]),
    last: numberOf(groups["last"]),
    total: numberOf(groups["total"]),
  };
  const { first = 0, last = first, total = Infinity } = range;
  if (last < first || (range.last !== undefined && last >= total)) {
    throw invalidUpload(400, "Failed to parse Content-Range header.");
  }
  return range;
}

/** How a request to a session ended: with the object, or with the bytes that are kept so far. */
export type SessionState =
  | { readonly is: "complete"; readonly made: ObjectVersion }
  | { readonly is: "open"; readonly persisted: number };

export interface UploadSessionOptions {
  readonly clock: Clock;
  readonly directory: string;
  /** What the start said the object would have. */
  readonly declaredSize: number | undefined;
  /** Makes the object of the bytes. @throws StorageError */
  complete(content: Content, hashes: string | undefined): ObjectVersion;
}

export class UploadSession {
  readonly #options: UploadSessionOptions;
  readonly #draft: ContentDraft;
  readonly #expires: number;
  /** Set once there is nothing more to be done. */
  #outcome: ObjectVersion | StorageError | undefined;
  /** Of several requests at once, the last one to come may write. */
  #turn = 0;
  #writing: Promise<void> = Promise.resolve();
  #completing: Promise<SessionState> | undefined;

  constructor(options: UploadSessionOptions) {
    this.#options = options;
    this.#draft = new ContentDraft(options.directory);
    this.#expires = options.clock.now() + LIFETIME_MS;
  }

  /** Ends it, unless the object is made or in the making: all that follows meets this error. */
  async fail(error: StorageError): Promise<void> {
    if (this.#outcome === undefined && this.#completing === undefined) await this.#end(error);
  }

  async #end(error: StorageError): Promise<void> {
    this.#turn += 1;
    this.#outcome = error;
    await this.#write(() => this.#draft.discard());
  }

  /**
   * Takes the bytes of one request, or none, and makes the object when they are all there. Where
   * the stream breaks, what it brought is kept as far as it goes in whole quanta.
   *
   * @throws StorageError
   */
  async receive(
    range: ContentRange,
    body: ByteStream,
    hashes: string | undefined,
  ): Promise<SessionState> {
    const made = this.#made();
    if (made !== undefined) return { is: "complete", made };
    const { first, last, total = this.#options.declaredSize } = range;
    this.#assertTotal(total);
    this.#turn += 1;
    const turn = this.#turn;
    await this.#writing;
    if (first !== undefined) {
      const persisted = this.#draft.size;
      if (first > persisted) {
        throw invalidUpload(
          503,
          `According to the Content-Range header, the upload offset is ${first} byte(s), which ` +
            `exceeds already uploaded size of ${persisted} byte(s).`,
        );
      }
      const isLast = last === undefined || last + 1 === total;
      await this.#take(body, { turn, first, last, total, isLast });
      if (last === undefined && total === undefined) return this.#complete(hashes);
    }
    if (this.#draft.size === total) return this.#complete(hashes);
    return { is: "open", persisted: this.#draft.size };
  }

  /** The object, once it is made. @throws StorageError for a session that is no more */
  #made(): ObjectVersion | undefined {
    if (this.#options.clock.now() >= this.#expires) throw noSuchUpload();
    if (this.#outcome instanceof StorageError) throw this.#outcome;
    return this.#outcome;
  }

  #assertTotal(total: number | undefined): void {
    const { declaredSize } = this.#options;
    if (total !== undefined && total < this.#draft.size) {
      throw invalidUpload(400, `Upload has already passed the final size of ${total} byte(s).`);
    }
    if (declaredSize !== undefined && total !== declaredSize) {
      throw invalidUpload(
        400,
        `The final size of ${total} byte(s) is not the one the upload was started with, ` +
          `${declaredSize} byte(s).`,
      );
    }
  }

  async #take(
    body: ByteStream,
    {
      turn,
      first,
      last,
      total = Infinity,
      isLast,
    }: {
      readonly turn: number;
      readonly first: number;
      readonly last: number | undefined;
      readonly total: number | undefined;
      readonly isLast: boolean;
    },
  ): Promise<void> {
    const wanted = last === undefined ? undefined : last - first + 1;
    // What is kept already is not taken again.
    let known = this.#draft.size - first;
    let received = 0;
    let held: Buffer[] = [];
    let heldBytes = 0;
    const keep = async (bytes: number): Promise<void> => {
      const [kept, rest] = splitPieces(held, bytes);
      held = rest;
      heldBytes -= bytes;
      await this.#write(async () => {
        if (turn === this.#turn) for (const piece of kept) await this.#draft.append(piece);
      });
    };
    try {
      for await (const piece of body) {
        received += piece.length;
        if (received > (wanted ?? total - first)) throw this.#wrongCount(received, first, last);
        const news = piece.subarray(Math.min(known, piece.length));
        known -= piece.length - news.length;
        held.push(news);
        heldBytes += news.length;
        if (heldBytes >= QUANTUM) await keep(heldBytes - (heldBytes % QUANTUM));
      }
      if (wanted !== undefined && received !== wanted) {
        throw this.#wrongCount(received, first, last);
      }
      if (isLast) await keep(heldBytes);
      else if (received < QUANTUM) throw tooFew(received);
    } finally {
      await this.#write(() => this.#draft.pause());
    }
    if (turn !== this.#turn) {
      if (this.#outcome instanceof StorageError) throw this.#outcome;
      throw new StorageError(503, "backendError", "Another request goes on with the upload.");
    }
  }

  #wrongCount(received: number, first: number, last: number | undefined): StorageError {
    if (last === undefined) {
      return invalidUpload(400, "There were more bytes than the Content-Range header said.");
    }
    return invalidUpload(
      400,
      `There were ${received} byte(s) in the request body.  There should have been ` +
        `${last - first + 1} byte(s) (starting at offset ${first} and ending at offset ${last}) ` +
        "according to the Content-Range header.",
    );
  }

  async #complete(hashes: string | undefined): Promise<SessionState> {
    // Of two requests that both find everything there, one makes the object.
    this.#completing ??= this.#makeObject(hashes);
    return this.#completing;
  }

  async #makeObject(hashes: string | undefined): Promise<SessionState> {
    const content = await this.#write(() => this.#draft.finish());
    try {
      const made = this.#options.complete(content, hashes);
      this.#outcome = made;
      return { is: "complete", made };
    } catch (error) {
      if (error instanceof StorageError) await this.#end(error);
      throw error;
    }
  }

  /** One after the other, whatever becomes of the one before. */
  async #write<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#writing.then(work);
    this.#writing = done.then(
      () => undefined,
      () => undefined,
    );
    return done;
  }
}

export function noSuchUpload(): StorageError {
  return new StorageError(404, "notFound", "Not Found", { isPlainText: true });
}

/** The first so many bytes, and the rest. */
function splitPieces(pieces: readonly Buffer[], bytes: number): [Buffer[], Buffer[]] {
  let left = bytes;
  const sides = pieces.map((piece): [Buffer, Buffer] => {
    const at = Math.min(left, piece.length);
    left -= at;
    return [piece.subarray(0, at), piece.subarray(at)];
  });
  const present = (piece: Buffer): boolean => piece.length > 0;
  return [sides.map(([a]) => a).filter(present), sides.map(([, b]) => b).filter(present)];
}

function tooFew(received: number): StorageError {
  return invalidUpload(
    400,
    `The number of bytes uploaded is required to be equal or greater than ${QUANTUM}, except for ` +
      `the final request (it's recommended to be the exact multiple of ${QUANTUM}).  The ` +
      `received request contained ${received} bytes, which does not meet this requirement.`,
  );
}
