/** Refusals of a registry (distribution-spec 1.1, "Error Codes"). */

/** The specification's codes, and the two of Docker's registry that it leaves out. */
export type ErrorCode =
  | "BLOB_UNKNOWN"
  | "BLOB_UPLOAD_INVALID"
  | "BLOB_UPLOAD_UNKNOWN"
  | "DENIED"
  | "DIGEST_INVALID"
  | "MANIFEST_BLOB_UNKNOWN"
  | "MANIFEST_INVALID"
  | "MANIFEST_UNKNOWN"
  | "NAME_INVALID"
  | "NAME_UNKNOWN"
  | "RANGE_INVALID"
  | "SIZE_INVALID"
  | "TAG_INVALID"
  | "TOOMANYREQUESTS"
  | "UNAUTHORIZED"
  | "UNSUPPORTED";

interface RefusalOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly detail?: unknown;
}

export class RegistryError extends Error {
  readonly status: number;
  readonly code: ErrorCode;
  readonly headers: Readonly<Record<string, string>>;
  readonly detail: unknown;

  constructor(status: number, code: ErrorCode, message: string, options: RefusalOptions = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = options.headers ?? {};
    this.detail = options.detail;
  }

  toJson(): string {
    const { code, message, detail } = this;
    return `${JSON.stringify({
      errors: [{ code, message, ...(detail === undefined ? {} : { detail }) }],
    })}\n`;
  }
}

export function blobUnknown(digest: string): RegistryError {
  return new RegistryError(404, "BLOB_UNKNOWN", "blob unknown to registry", {
    detail: { digest },
  });
}

export function manifestUnknown(reference: string): RegistryError {
  return new RegistryError(404, "MANIFEST_UNKNOWN", "manifest unknown", {
    detail: { reference },
  });
}

export function uploadUnknown(): RegistryError {
  return new RegistryError(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry");
}

export function digestInvalid(detail?: unknown): RegistryError {
  const message = "provided digest did not match uploaded content";
  return new RegistryError(400, "DIGEST_INVALID", message, { detail });
}

export function manifestInvalid(reason: string): RegistryError {
  return new RegistryError(400, "MANIFEST_INVALID", "manifest invalid", { detail: reason });
}

/** With the status of Docker's registry; the specification leaves it open. */
export function uploadInvalid(reason: string): RegistryError {
  return new RegistryError(404, "BLOB_UPLOAD_INVALID", "blob upload invalid", { detail: reason });
}

export function unsupported(): RegistryError {
  return new RegistryError(405, "UNSUPPORTED", "The operation is unsupported.");
}
