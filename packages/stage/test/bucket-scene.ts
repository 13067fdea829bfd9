/** The scene of the bucket's tests: one storage service, one bucket, tokens, the official client. */
import { type File, Storage, type StorageOptions } from "@google-cloud/storage";
import type { Bucket, BucketHost, BucketOptions, Fault, Stage } from "../src/index.ts";
import { startStage, type StoragePermission } from "../src/index.ts";

export const BUCKET = "evidence";

/** All that can be had. */
export const EVERYTHING: readonly StoragePermission[] = [
  "storage.buckets.get",
  "storage.buckets.update",
  "storage.objects.create",
  "storage.objects.delete",
  "storage.objects.get",
  "storage.objects.list",
  "storage.objects.overrideUnlockedRetention",
  "storage.objects.restore",
  "storage.objects.setRetention",
  "storage.objects.update",
];

export interface BucketScene extends AsyncDisposable {
  readonly stage: Stage;
  readonly storage: BucketHost;
  readonly bucket: Bucket;
  readonly token: string;
  readonly client: Storage;
  readonly file: (name: string) => File;
}

export interface BucketSceneOptions extends BucketOptions {
  readonly permissions?: readonly StoragePermission[];
  readonly faults?: readonly Fault[];
}

export async function startBucketScene({
  permissions = EVERYTHING,
  faults = [],
  ...options
}: BucketSceneOptions = {}): Promise<BucketScene> {
  const stage = await startStage();
  const storage = stage.storage;
  const bucket = storage.createBucket(BUCKET, options);
  const token = storage.issueToken({ permissions, buckets: [BUCKET] });
  for (const fault of faults) stage.addFault(fault);
  const client = clientFor(storage, token);
  return {
    stage,
    storage,
    bucket,
    token,
    client,
    file: (name) => client.bucket(BUCKET).file(name),
    [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
  };
}

/**
 * The client as it comes. The token goes in by an interceptor, because with an endpoint of its own
 * the client leaves resumable uploads without authorization.
 */
export function clientFor(
  storage: BucketHost,
  token: string | undefined,
  options: StorageOptions = {},
): Storage {
  const client = new Storage({ apiEndpoint: storage.apiEndpoint, projectId: "stage", ...options });
  if (token !== undefined) {
    // What an interceptor is typed to return, no request that the client makes is.
    const request = (asked: { headers?: object }): object => ({
      ...asked,
      headers: { ...asked.headers, authorization: `Bearer ${token}` },
    });
    Object.assign(client, { interceptors: [{ request }] });
  }
  return client;
}

export interface RawStorageRequest {
  readonly token?: string | undefined;
  readonly method?: string;
  readonly body?: string | Uint8Array | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request as it is, for what the client would not send or would hide. */
export async function askStorage(
  storage: BucketHost,
  path: string,
  { token, method = "GET", body, headers }: RawStorageRequest = {},
): Promise<Response> {
  const address = path.startsWith("http") ? path : `${storage.apiEndpoint}${path}`;
  return fetch(address, {
    method,
    redirect: "manual",
    ...(body === undefined ? {} : { body }),
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
  });
}

/** Starts a resumable upload and returns the address of its session. */
export async function startUpload(
  { storage, token }: Pick<BucketScene, "storage" | "token">,
  query: string,
  metadata: object = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const path = `/upload/storage/v1/b/${BUCKET}/o?uploadType=resumable&${query}`;
  const started = await askStorage(storage, path, {
    token,
    method: "POST",
    body: JSON.stringify(metadata),
    headers: { "content-type": "application/json", ...headers },
  });
  const location = started.headers.get("location");
  if (location === null) throw new Error(`not started: ${started.status} ${await started.text()}`);
  return location;
}

export interface Refusal {
  readonly code: unknown;
  readonly reason: unknown;
  readonly message: unknown;
  /** Not so where a resumable upload is refused at its end: the answer's JSON is thrown as it is. */
  readonly isError: boolean;
}

/** What the client's promise was rejected with. */
export async function refusalOf(promise: Promise<unknown>): Promise<Refusal> {
  try {
    await promise;
  } catch (error) {
    const errors = fieldOf(error, "errors");
    const reason = fieldOf(Array.isArray(errors) ? errors[0] : undefined, "reason");
    const isError = error instanceof Error;
    return { code: fieldOf(error, "code"), reason, message: fieldOf(error, "message"), isError };
  }
  throw new Error("it was not refused");
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}
