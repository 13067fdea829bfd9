/** What an operation is given, and what it answers. */
import type { ReceivedRequest, StreamedBody } from "../http-server.ts";
import type { Bucket, Terms } from "./bucket.ts";
import type { JsonObject } from "./metadata.ts";
import { parsePreconditions } from "./preconditions.ts";
import type { StorageRoute } from "./routes.ts";
import { authorize, type StorageCaller } from "./tokens.ts";
import type { UploadSessions } from "./upload-sessions.ts";

export interface Call {
  readonly route: StorageRoute;
  readonly request: ReceivedRequest;
  readonly caller: StorageCaller;
  /** Of the path. */
  readonly bucket: Bucket;
  /** The JSON body; empty when there is none, or when it is read by the operation. */
  readonly body: JsonObject;
  readonly origin: string;
  readonly sessions: UploadSessions;
  /** @throws StorageError 404 */
  bucketNamed(name: string): Bucket;
  /** Complains of metadata that would be dropped without a word. */
  checkMetadata(metadata: JsonObject): void;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text is sent as it is, a stream while it is read, anything else as JSON. */
  readonly body?: string | StreamedBody | object;
}

export type Handler = (call: Call) => Reply | Promise<Reply>;

/** The caller's terms for a change of what is in the bucket. */
export function termsOf({ caller, request }: Call, bucket: Bucket): Terms {
  return {
    who: caller.identity,
    preconditions: parsePreconditions(request.query),
    authorize: (permission) => {
      authorize(caller, bucket, permission);
    },
  };
}

export function headerOf({ headers }: ReceivedRequest, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : value?.join(",");
}
