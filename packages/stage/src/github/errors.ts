/** GitHub's refusals: status, sentence, and sometimes a header that explains. */

export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Where it is not the operation's own page. */
  readonly documentation: string | undefined;

  constructor(
    status: number,
    message: string,
    options: { headers?: Readonly<Record<string, string>>; documentation?: string } = {},
  ) {
    super(message);
    this.status = status;
    this.headers = options.headers ?? {};
    this.documentation = options.documentation;
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
