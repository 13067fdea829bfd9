/**
 * The two parts of a `uploadType=multipart` request ("Uploads and downloads", and RFC 2387): the
 * metadata as JSON, then the bytes, which are handed on as they come.
 */
import type { ByteStream } from "../body-streams.ts";
import { StorageError } from "./errors.ts";

/** For the parts' headers and for the metadata, of which Cloud Storage takes 8 KiB of custom ones. */
const MAX_HEAD_BYTES = 64 * 1024;

const BLANK_LINE = Buffer.from("\r\n\r\n");

export interface MultipartUpload {
  readonly metadata: Buffer;
  /** Of the part with the bytes. */
  readonly contentType: string | undefined;
  /** To be read once, to its end. @throws StorageError 400 when the closing boundary is missing */
  readonly media: ByteStream;
}

function malformed(): StorageError {
  return new StorageError(400, "badContent", "Malformed multipart body.");
}

/** Takes in a stream up to a mark, however its pieces fall. */
class Scanner {
  readonly #source: AsyncIterator<Buffer>;
  #held = Buffer.alloc(0);

  constructor(stream: ByteStream) {
    this.#source = stream[Symbol.asyncIterator]();
  }

  /** Adds a piece to what is held. False at the end of the stream. */
  async #more(): Promise<boolean> {
    const next: IteratorResult<Buffer, unknown> = await this.#source.next();
    if (next.done === true) return false;
    this.#held = Buffer.concat([this.#held, next.value]);
    return true;
  }

  /** What comes before the mark, which is taken, too. */
  async before(mark: Buffer): Promise<Buffer> {
    for (;;) {
      const at = this.#held.indexOf(mark);
      if (at !== -1) {
        const before = this.#held.subarray(0, at);
        this.#held = this.#held.subarray(at + mark.length);
        return before;
      }
      if (this.#held.length > MAX_HEAD_BYTES || !(await this.#more())) throw malformed();
    }
  }

  /** The same, piece by piece, for as much as it may be. */
  async *stream(mark: Buffer): AsyncGenerator<Buffer> {
    for (;;) {
      const at = this.#held.indexOf(mark);
      if (at !== -1) {
        if (at > 0) yield this.#held.subarray(0, at);
        return;
      }
      // The last bytes may be the beginning of the mark.
      const safe = this.#held.length - mark.length + 1;
      if (safe > 0) {
        yield this.#held.subarray(0, safe);
        this.#held = this.#held.subarray(safe);
      }
      if (!(await this.#more())) throw malformed();
    }
  }
}

function boundaryOf(contentType: string | undefined): string {
  const [type = "", ...parameters] = (contentType ?? "").split(";");
  const boundary = parameters
    .map((parameter) => /^\s*boundary="?(?<value>[^"]{1,70})"?\s*$/i.exec(parameter))
    .find((match) => match !== null)?.groups?.["value"];
  if (type.trim().toLowerCase() !== "multipart/related" || boundary === undefined) {
    throw malformed();
  }
  return boundary;
}

function contentTypeIn(headers: Buffer): string | undefined {
  return /^content-type:[ \t]*(?<type>[^\r\n]+?)[ \t]*$/im.exec(headers.toString("latin1"))
    ?.groups?.["type"];
}

/** @throws StorageError 400 for a body that is none */
export async function readMultipart(
  contentType: string | undefined,
  body: ByteStream,
): Promise<MultipartUpload> {
  const boundary = boundaryOf(contentType);
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  const scanner = new Scanner(body);
  await scanner.before(Buffer.from(`--${boundary}`));
  await scanner.before(BLANK_LINE);
  const metadata = await scanner.before(delimiter);
  const headers = await scanner.before(BLANK_LINE);
  const end = Buffer.from(`\r\n--${boundary}--`);
  return { metadata, contentType: contentTypeIn(headers), media: scanner.stream(end) };
}
