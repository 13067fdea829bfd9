/**
 * Tokens of one host and what they allow. Outside this file only the identity of a token is known.
 * The rules are GitHub's: what a token cannot see does not exist (404), what it sees and may not do
 * is forbidden (403), and a token that is no good is told so wherever it goes (401).
 */
import { createHash } from "node:crypto";
import { ApiError, notFound } from "./errors.ts";

export type Level = "read" | "write";

/** Permission names as in a workflow's `permissions:` or an app's manifest, with `-` as `_`. */
export type Permissions = Readonly<Record<string, Level>>;

/** `job`: a workflow's GITHUB_TOKEN. `installation`: a GitHub App's. `user`: a personal token. */
export type TokenKind = "installation" | "job" | "user";

export interface TokenOptions {
  readonly permissions: Permissions;
  /** `owner/name`, as many as it is for. */
  readonly repositories: readonly string[];
  readonly kind?: TokenKind;
  readonly expired?: boolean;
  /** Who the history says it was; the user, the app, or a name of kind and number unless told. */
  readonly identity?: string;
  /** The login a personal token acts for; the identity unless told. */
  readonly user?: string;
  /** The slug of the app whose installation token it is; `stage-app` unless told. */
  readonly app?: string;
}

interface Grant {
  readonly identity: string;
  readonly kind: TokenKind;
  /** The account it acts as. */
  readonly login: string;
  /** The slug of the app it is of; undefined for a personal token. */
  readonly app: string | undefined;
  readonly permissions: Permissions;
  readonly repositories: ReadonlySet<string>;
  expired: boolean;
}

/** Who asks: nobody in particular, somebody whose token is no good, or a token's bearer. */
export type Caller =
  | { readonly is: "anonymous"; readonly identity: "anonymous" }
  | { readonly is: "unknown"; readonly identity: "bad credentials" }
  | { readonly is: "bearer"; readonly identity: string; readonly grant: Grant };

const ANONYMOUS: Caller = { is: "anonymous", identity: "anonymous" };
const UNKNOWN: Caller = { is: "unknown", identity: "bad credentials" };

const REST_DOCS = "https://docs.github.com/rest";

/** Requests an hour (docs.github.com, "Rate limits for the REST API"). */
const HOURLY_LIMITS = { anonymous: 60, installation: 5_000, job: 1_000, user: 5_000 };

const PREFIXES = { installation: "ghs_", job: "ghs_", user: "ghp_" };

/** Every job's token is of the one app of GitHub Actions. */
function appOf(kind: TokenKind, slug: string | undefined): string | undefined {
  switch (kind) {
    case "job":
      return "github-actions";
    case "installation":
      return slug ?? "stage-app";
    case "user":
      return undefined;
  }
}

/** The token of an Authorization header; with Basic it is the password, whoever the user is. */
function tokenIn(authorization: string): string {
  const { scheme = "", value = "" } =
    /^(?<scheme>token|bearer|basic) +(?<value>\S+)$/i.exec(authorization)?.groups ?? {};
  if (scheme.toLowerCase() !== "basic") return value;
  const [user = "", password = ""] = Buffer.from(value, "base64").toString("utf8").split(":", 2);
  return password === "" || password === "x-oauth-basic" ? user : password;
}

export class Tokens {
  readonly #grants = new Map<string, Grant>();
  readonly #host: string;

  constructor(host: string) {
    this.#host = host;
  }

  /** Looks like a token of GitHub and is none: 36 characters after the kind's prefix. */
  issue(options: TokenOptions): string {
    const kind = options.kind ?? (options.user === undefined ? "installation" : "user");
    const n = this.#grants.size + 1;
    const digest = createHash("sha256").update(`${this.#host} token ${n}`).digest("hex");
    const token = PREFIXES[kind] + digest.slice(0, 36);
    const named = options.user ?? (options.app === undefined ? undefined : `${options.app}[bot]`);
    const identity = options.identity ?? named ?? `${kind}-${n}`;
    const app = appOf(kind, options.app);
    this.#grants.set(token, {
      identity,
      kind,
      login: app === undefined ? (options.user ?? identity) : `${app}[bot]`,
      app,
      permissions: options.permissions,
      repositories: new Set(options.repositories.map((slug) => slug.toLowerCase())),
      expired: options.expired ?? false,
    });
    return token;
  }

  /** From now on the token is refused. @throws Error for one this host did not issue */
  expire(token: string): void {
    const grant = this.#grants.get(token);
    if (grant === undefined) throw new Error("this host issued no such token");
    grant.expired = true;
  }

  callerOf(authorization: string | undefined): Caller {
    if (authorization === undefined) return ANONYMOUS;
    const token = tokenIn(authorization);
    const grant = this.#grants.get(token);
    if (grant === undefined || grant.expired) return UNKNOWN;
    return { is: "bearer", identity: grant.identity, grant };
  }
}

export function hourlyLimitOf(caller: Caller): number {
  return HOURLY_LIMITS[caller.is === "bearer" ? caller.grant.kind : "anonymous"];
}

/** Whether the token grants the permission; reading metadata comes with every token. */
export function grants(caller: Caller, slug: string, permission: string, level: Level): boolean {
  if (caller.is !== "bearer" || !caller.grant.repositories.has(slug.toLowerCase())) return false;
  const granted = caller.grant.permissions[permission];
  if (level === "write") return granted === "write";
  return granted !== undefined || permission === "metadata";
}

/** @throws ApiError 401 for a token that is no good */
export function assertGoodCredentials(caller: Caller): void {
  if (caller.is === "unknown") {
    throw new ApiError(401, "Bad credentials", { documentation: REST_DOCS });
  }
}

/** The header that says what an operation wants; GitHub sends it with every answer. */
export function acceptedPermissions(
  permission: string,
  level: Level,
  alternative?: string,
): Readonly<Record<string, string>> {
  const accepted = [permission, alternative].filter((name) => name !== undefined);
  return {
    "x-accepted-github-permissions": accepted.map((name) => `${name}=${level}`).join("; "),
  };
}

/** @throws ApiError 401, 403 or 404 unless the caller may do this in the repository */
export function authorize(
  caller: Caller,
  repository: { readonly slug: string; readonly isPrivate: boolean },
  permission: string,
  level: Level,
  alternative?: string,
): void {
  const { slug, isPrivate } = repository;
  const isCovered = grants(caller, slug, "metadata", "read");
  if (isPrivate && !isCovered) throw notFound();
  if (caller.is === "anonymous" && level === "write") {
    throw new ApiError(401, "Requires authentication");
  }
  // Anybody reads what is public, also with a token that is for other repositories.
  if (!isPrivate && !isCovered && level === "read") return;
  if (grants(caller, slug, permission, level)) return;
  if (alternative !== undefined && grants(caller, slug, alternative, level)) return;
  const isUser = caller.is === "bearer" && caller.grant.kind === "user";
  throw new ApiError(
    403,
    `Resource not accessible by ${isUser ? "personal access token" : "integration"}`,
    { headers: acceptedPermissions(permission, level, alternative) },
  );
}
