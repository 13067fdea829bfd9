/** GitHub's refusals: status, sentence, and sometimes a header that explains. */

export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Where it is not the operation's own page. */
  readonly documentation: string | undefined;
  /** What is wrong, piece by piece; an answer's `errors`. */
  readonly errors: readonly unknown[] | undefined;

  constructor(
    status: number,
    message: string,
    options: {
      headers?: Readonly<Record<string, string>>;
      documentation?: string;
      errors?: readonly unknown[];
    } = {},
  ) {
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

/** What is wrong with a field, as GitHub codes it (docs.github.com, "Validation failed"). */
export interface FieldError {
  readonly resource: string;
  readonly code: "already_exists" | "custom" | "invalid" | "missing" | "missing_field";
  readonly field?: string;
  readonly message?: string;
  readonly value?: string | number;
}

export function validationFailed(...errors: readonly FieldError[]): ApiError {
  return new ApiError(422, "Validation Failed", { errors });
}
