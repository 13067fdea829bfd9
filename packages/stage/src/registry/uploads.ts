/** Upload sessions of a registry: a draft each, one request at a time, and where it goes on. */
import { createHmac, randomBytes } from "node:crypto";
import type { ByteStream } from "../body-streams.ts";
import type { ContentStore, Draft } from "./content-store.ts";
import { RegistryError, unsupported, uploadInvalid, uploadUnknown } from "./errors.ts";
import type { Personality } from "./personality.ts";

export interface Session {
  readonly draft: Draft;
  readonly name: string;
  chunks: number;
  /** Whether a chunk was smaller than the least: it must have been the last. */
  hasShortChunk: boolean;
  /** What a signed address must carry: the latest, and those before it. */
  state: string;
  readonly earlierStates: Set<string>;
  /** Ends when the requests that are under way have ended. */
  turn: Promise<unknown>;
}

/** What the length of a chunk is read from. */
export interface ChunkHeaders {
  readonly contentRange: string | undefined;
  readonly contentLength: string | undefined;
}

interface ChunkPlace {
  readonly first: number;
  readonly length: number;
}

function placeOf(contentRange: string): ChunkPlace {
  const { first, last } =
    /^(?:bytes[ =])?(?<first>\d{1,15})-(?<last>\d{1,15})(?:\/.*)?$/.exec(contentRange)?.groups ??
    {};
  const length = Number(last) - Number(first) + 1;
  if (first === undefined || length < 1) {
    throw new RegistryError(400, "BLOB_UPLOAD_INVALID", "the Content-Range is none");
  }
  return { first: Number(first), length };
}

export class Uploads {
  readonly #store: ContentStore;
  readonly #personality: Personality;
  readonly #sessions = new Map<string, Session>();
  readonly #secret = randomBytes(32);
  #origin = "";

  constructor(store: ContentStore, personality: Personality) {
    this.#store = store;
    this.#personality = personality;
  }

  openAt(origin: string): void {
    this.#origin = origin;
  }

  open(name: string): Session {
    const draft = this.#store.newDraft();
    const session: Session = {
      draft,
      name,
      chunks: 0,
      hasShortChunk: false,
      state: "",
      earlierStates: new Set(),
      turn: Promise.resolve(),
    };
    this.#sessions.set(draft.id, session);
    return session;
  }

  /**
   * Does the work alone, after what the session is doing already: the request of a client that lost
   * its connection may still be ending when it comes back.
   * @throws RegistryError when there is no such session, or the address is not the one it has now
   */
  async inTurn<Result>(
    name: string,
    id: string,
    query: URLSearchParams,
    isStatus: boolean,
    work: (session: Session) => Promise<Result>,
  ): Promise<Result> {
    const session = this.#sessions.get(id);
    if (session === undefined || session.name !== name) throw uploadUnknown();
    const run = session.turn.then(async () => {
      if (!this.#sessions.has(id)) throw uploadUnknown();
      this.#checkState(session, query, isStatus);
      return work(session);
    });
    session.turn = run.catch(() => {});
    return run;
  }

  /** Who lost an answer may ask for the status where he last was; bytes go to the latest address. */
  #checkState(session: Session, query: URLSearchParams, isStatus: boolean): void {
    if (this.#personality.uploadLocation !== "signed") return;
    const state = query.get("_state") ?? "";
    if (state === session.state || (isStatus && session.earlierStates.has(state))) return;
    throw uploadInvalid("this is not the Location the upload was given last");
  }

  /** Where the upload goes on, and how far it is. */
  headersOf(session: Session): Readonly<Record<string, string>> {
    const { id, size } = session.draft;
    const path = `/v2/${session.name}/blobs/uploads/${id}`;
    const { uploadLocation } = this.#personality;
    let location = uploadLocation === "relative" ? path : `${this.#origin}${path}`;
    if (uploadLocation === "signed") {
      if (session.state !== "") session.earlierStates.add(session.state);
      session.state = createHmac("sha256", this.#secret)
        .update(`${id} ${session.chunks} ${size}`)
        .digest("base64url");
      location = `${location}?_state=${session.state}`;
    }
    return {
      location,
      // An upload of nothing has the range of one byte, too: so Docker's registry writes it.
      range: `0-${Math.max(0, size - 1)}`,
      "docker-upload-uuid": id,
    };
  }

  /**
   * Takes a chunk in, or what comes with the closing PUT. What came before the stream broke stays,
   * so that the client can ask for the status and go on.
   */
  async append(
    session: Session,
    stream: ByteStream,
    { contentRange, contentLength }: ChunkHeaders,
    isClosing: boolean,
  ): Promise<void> {
    const { chunks, minChunkBytes } = this.#personality;
    if (!isClosing && (chunks === "none" || (chunks === "one" && session.chunks > 0))) {
      throw unsupported();
    }
    const place = contentRange === undefined ? undefined : placeOf(contentRange);
    const before = session.draft.size;
    if (place !== undefined && place.first !== before) throw this.#outOfPlace(session);
    const announced = contentLength === undefined ? undefined : Number(contentLength);
    if (place !== undefined && announced !== undefined && announced !== place.length) {
      throw new RegistryError(400, "SIZE_INVALID", "Content-Range and Content-Length differ");
    }
    if (session.hasShortChunk && announced !== 0) throw this.#outOfPlace(session);
    session.chunks += 1;
    await session.draft.append(stream);
    const length = session.draft.size - before;
    if (place !== undefined && length !== place.length) {
      await this.close(session);
      throw new RegistryError(400, "SIZE_INVALID", "the chunk was not as long as its range");
    }
    session.hasShortChunk ||= length < minChunkBytes;
  }

  #outOfPlace(session: Session): RegistryError {
    return new RegistryError(416, "RANGE_INVALID", "the chunk is not the next one", {
      headers: this.headersOf(session),
    });
  }

  /** Keeps what was uploaded under the digest. False, and nothing left, when it has another one. */
  async finish(session: Session, digest: string): Promise<boolean> {
    this.#sessions.delete(session.draft.id);
    return this.#store.keep(session.draft, digest);
  }

  async close(session: Session): Promise<void> {
    this.#sessions.delete(session.draft.id);
    await session.draft.discard();
  }
}
