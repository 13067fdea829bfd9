/**
 * Access tokens of one storage service and what they permit. Outside this file only the identity of
 * a token is known. Cloud Storage asks for one permission or more by operation ("IAM permissions
 * for JSON methods") and names the one that is missing.
 */
import { createHash } from "node:crypto";
import { StorageError } from "./errors.ts";

export type StoragePermission =
  | "storage.buckets.get"
  | "storage.buckets.update"
  | "storage.objects.create"
  | "storage.objects.delete"
  | "storage.objects.get"
  | "storage.objects.list"
  | "storage.objects.overrideUnlockedRetention"
  | "storage.objects.restore"
  | "storage.objects.setRetention"
  | "storage.objects.update";

export interface StorageTokenOptions {
  readonly permissions: readonly StoragePermission[];
  /** Names of the buckets it is for. */
  readonly buckets: readonly string[];
  readonly expired?: boolean;
  /** The account's address, in messages and in the history; a made-up one unless told. */
  readonly identity?: string;
}

interface Grant {
  readonly identity: string;
  readonly permissions: ReadonlySet<StoragePermission>;
  readonly buckets: ReadonlySet<string>;
  expired: boolean;
}

/** Who asks: nobody in particular, somebody whose token is no good, or a token's bearer. */
export type StorageCaller =
  | { readonly is: "anonymous"; readonly identity: "anonymous" }
  | { readonly is: "unknown"; readonly identity: "bad credentials" }
  | { readonly is: "bearer"; readonly identity: string; readonly grant: Grant };

const ANONYMOUS: StorageCaller = { is: "anonymous", identity: "anonymous" };
const UNKNOWN: StorageCaller = { is: "unknown", identity: "bad credentials" };

const AUTHORIZATION = { location: "Authorization", locationType: "header" } as const;

export class StorageTokens {
  readonly #grants = new Map<string, Grant>();
  readonly #service: string;

  constructor(service: string) {
    this.#service = service;
  }

  /** Looks like an access token of Google and is none. */
  issue(options: StorageTokenOptions): string {
    const n = this.#grants.size + 1;
    const digest = createHash("sha256").update(`${this.#service} token ${n}`).digest("base64url");
    const token = `ya29.c.${digest}`;
    this.#grants.set(token, {
      identity: options.identity ?? `account-${n}@stage.iam.gserviceaccount.com`,
      permissions: new Set(options.permissions),
      buckets: new Set(options.buckets),
      expired: options.expired ?? false,
    });
    return token;
  }

  /** From now on the token is refused. @throws Error for one this service did not issue */
  expire(token: string): void {
    const grant = this.#grants.get(token);
    if (grant === undefined) throw new Error("this service issued no such token");
    grant.expired = true;
  }

  callerOf(authorization: string | undefined): StorageCaller {
    if (authorization === undefined) return ANONYMOUS;
    const token = /^bearer +(?<token>\S+)$/i.exec(authorization)?.groups?.["token"];
    const grant = token === undefined ? undefined : this.#grants.get(token);
    if (grant === undefined || grant.expired) return UNKNOWN;
    return { is: "bearer", identity: grant.identity, grant };
  }
}

/** Whom a bucket lets do what without a token: IAM's `allUsers`. */
export interface Guarded {
  readonly name: string;
  readonly allUsers: ReadonlySet<StoragePermission>;
}

export function may(
  caller: StorageCaller,
  bucket: Guarded,
  permission: StoragePermission,
): boolean {
  if (caller.is === "unknown") return false;
  if (bucket.allUsers.has(permission)) return true;
  if (caller.is !== "bearer" || !caller.grant.buckets.has(bucket.name)) return false;
  return caller.grant.permissions.has(permission);
}

/** @throws StorageError 401 for a token that is no good */
export function assertGoodCredentials(caller: StorageCaller): void {
  if (caller.is !== "unknown") return;
  throw new StorageError(401, "authError", "Invalid Credentials", {
    place: AUTHORIZATION,
    headers: {
      "www-authenticate": 'Bearer realm="https://accounts.google.com/", error="invalid_token"',
    },
  });
}

/** @throws StorageError 401 without a token, 403 with one that does not permit this */
export function authorize(
  caller: StorageCaller,
  bucket: Guarded,
  permission: StoragePermission,
): void {
  assertGoodCredentials(caller);
  if (may(caller, bucket, permission)) return;
  const isOfObject = /^storage\.objects\.(?!list)/.test(permission);
  const isAnonymous = caller.is === "anonymous";
  const message =
    `${isAnonymous ? "Anonymous caller" : caller.identity} does not have ${permission} access to ` +
    `the Google Cloud Storage ${isOfObject ? "object" : "bucket"}. Permission '${permission}' ` +
    "denied on resource (or it may not exist).";
  if (!isAnonymous) throw new StorageError(403, "forbidden", message);
  throw new StorageError(401, "required", message, {
    place: AUTHORIZATION,
    headers: { "www-authenticate": 'Bearer realm="https://accounts.google.com/"' },
  });
}
