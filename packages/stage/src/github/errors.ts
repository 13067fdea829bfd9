/** GitHub's refusals: status, sentence, and sometimes a header that explains. */

/** One reason of a failed validation. */
export interface ErrorDetail {
  readonly resource: string;
  readonly code: "already_exists" | "custom" | "invalid" | "missing" | "missing_field";
  readonly field?: string;
  readonly message?: string;
}

interface ApiErrorOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly documentation?: string;
  readonly errors?: readonly ErrorDetail[];
}

export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Where it is not the operation's own page. */
  readonly documentation: string | undefined;
  readonly errors: readonly ErrorDetail[] | undefined;

  constructor(status: number, message: string, options: ApiErrorOptions = {}) {
    super(message);
    this.status = status;
    this.headers = options.headers ?? {};
    this.documentation = options.documentation;
    this.errors = options.errors;
  }
}

export function notFound(): ApiError {
  return new ApiError(404, "Not Found");
}

export function repositoryIsEmpty(): ApiError {
  return new ApiError(409, "Git Repository is empty.");
}

export function unprocessable(message: string): ApiError {
  return new ApiError(422, message);
}

export function validationFailed(...errors: readonly ErrorDetail[]): ApiError {
  return new ApiError(422, "Validation Failed", { errors });
}
