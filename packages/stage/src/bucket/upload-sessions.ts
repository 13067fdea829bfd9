/** The resumable uploads of one service, found by the id in their address. */
import { createHash } from "node:crypto";
import { StorageError } from "./errors.ts";
import { noSuchUpload, UploadSession, type UploadSessionOptions } from "./upload-session.ts";

interface Started {
  readonly bucket: string;
  /** Whose token it was. */
  readonly who: string;
  readonly session: UploadSession;
}

export class UploadSessions {
  readonly #service: string;
  readonly #sessions = new Map<string, Started>();

  constructor(service: string) {
    this.#service = service;
  }

  /** Returns the id. */
  start(bucket: string, who: string, options: UploadSessionOptions): string {
    const n = this.#sessions.size + 1;
    const id = createHash("sha384").update(`${this.#service} upload ${n}`).digest("base64url");
    this.#sessions.set(id, { bucket, who, session: new UploadSession(options) });
    return id;
  }

  /** @throws StorageError 404 for one that this bucket does not have */
  find(bucket: string, id: string): UploadSession {
    const started = this.#sessions.get(id);
    if (started?.bucket !== bucket) throw noSuchUpload();
    return started.session;
  }

  /** Undefined for an unknown one. */
  whoStarted(id: string): string | undefined {
    return this.#sessions.get(id)?.who;
  }

  /** Loses those that are not complete: whoever goes on with one is told that it is gone. */
  async loseAll(): Promise<void> {
    const gone = new StorageError(410, "gone", "Gone", { isPlainText: true });
    await Promise.all([...this.#sessions.values()].map(({ session }) => session.fail(gone)));
  }
}
