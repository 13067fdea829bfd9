/** The host's second origin, where release assets are sent to (uploads.github.com). */
import type { Answer, ReceivedRequest } from "../http-server.ts";
import type { Service, UnderstoodRequest } from "../serve.ts";

interface UploadingHost extends Omit<Service, "answer" | "understand"> {
  understand(request: ReceivedRequest, origin: { isUpload: true }): UnderstoodRequest;
  answer(
    n: number,
    request: ReceivedRequest,
    staleBy: number,
    origin: { isUpload: true },
  ): Promise<Answer>;
}

/** The same host, asked at its other door. */
export class UploadsService implements Service {
  readonly #host: UploadingHost;

  constructor(host: UploadingHost) {
    this.#host = host;
  }

  get name(): string {
    return this.#host.name;
  }

  /** An asset comes as it is stored. */
  streamsBody(): boolean {
    return true;
  }

  understand(request: ReceivedRequest): UnderstoodRequest {
    return this.#host.understand(request, { isUpload: true });
  }

  async answer(n: number, request: ReceivedRequest, staleBy: number): Promise<Answer> {
    return this.#host.answer(n, request, staleBy, { isUpload: true });
  }

  violationsOf(request: UnderstoodRequest, answer: Answer): readonly string[] {
    return this.#host.violationsOf(request, answer);
  }

  requestId(n: number): string {
    return this.#host.requestId(n);
  }
}
