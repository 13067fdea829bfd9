/**
 * Cloud Storage's refusals: a status, a reason for machines and a sentence for people ("HTTP status
 * and error codes for JSON"). The sentences are Google's where one was seen in public.
 */

interface ErrorPlace {
  readonly location: string;
  readonly locationType: "header" | "parameter";
}

interface ErrorOptions {
  readonly place?: ErrorPlace;
  readonly headers?: Readonly<Record<string, string>>;
  /** What the upload servers say, they say in plain text. */
  readonly isPlainText?: boolean;
}

export class StorageError extends Error {
  override readonly name = "StorageError";
  readonly status: number;
  readonly reason: string;
  readonly place: ErrorPlace | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly isPlainText: boolean;

  constructor(status: number, reason: string, message: string, options: ErrorOptions = {}) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.place = options.place;
    this.headers = options.headers ?? {};
    this.isPlainText = options.isPlainText ?? false;
  }

  /** The JSON Google answers with. */
  toBody(): object {
    const { status: code, message, reason, place } = this;
    return {
      error: { code, message, errors: [{ message, domain: "global", reason, ...place }] },
    };
  }
}

export function invalid(message: string): StorageError {
  return new StorageError(400, "invalid", message);
}

export function requiredParameter(name: string): StorageError {
  return new StorageError(400, "required", `Required parameter: ${name}`, {
    place: { location: name, locationType: "parameter" },
  });
}

export function forbidden(message: string): StorageError {
  return new StorageError(403, "forbidden", message);
}

/** 403 for what retention keeps, the object or the policy itself. */
export function retentionNotMet(message: string): StorageError {
  return new StorageError(403, "retentionPolicyNotMet", message);
}

export function noSuchObject(bucket: string, name: string): StorageError {
  return new StorageError(404, "notFound", `No such object: ${bucket}/${name}`);
}

export function noSuchBucket(): StorageError {
  return new StorageError(404, "notFound", "The specified bucket does not exist.");
}

/** A precondition that asks for equality, and there is none ("Request preconditions"). */
export function conditionNotMet(): StorageError {
  return new StorageError(
    412,
    "conditionNotMet",
    "At least one of the pre-conditions you specified did not hold.",
    { place: { location: "If-Match", locationType: "header" } },
  );
}

/** A precondition that asks for a difference, and there is none ("Request preconditions"). */
export function notModified(): StorageError {
  return new StorageError(304, "notModified", "Not Modified");
}

/** What the upload servers say of a request they cannot take. */
export function invalidUpload(status: number, message: string): StorageError {
  return new StorageError(status, "invalid", `Invalid request.  ${message}`, { isPlainText: true });
}
