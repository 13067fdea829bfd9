/**
 * GitHub's OpenID Connect issuer as a job sees it: the endpoint the runner names in
 * ACTIONS_ID_TOKEN_REQUEST_URL, and the keys its tokens are verified with. The tokens name the real
 * issuer; the keys are the stage's own and are served by the stage.
 */
import { createHash, generateKeyPair, type KeyObject, randomBytes, randomUUID } from "node:crypto";
import { promisify } from "node:util";
import type { ReceivedRequest } from "../http-server.ts";
import type { Service, World } from "../serve.ts";
import type { Clock } from "../sigstore/clock.ts";
import { type Call, type Reply, RoutedService } from "../sigstore/routed-service.ts";
import { type Claims, openJwt, signJwt } from "./jwt.ts";
import { GITHUB_ISSUER, runClaims, type RunFacts } from "./run-claims.ts";

/** How long a token is good ("OpenID Connect reference": `exp` is five minutes after `iat`). */
const LIFETIME_SECONDS = 300;

/** How far before `iat` a token begins to be good, as seen in tokens of GitHub. */
const NOT_BEFORE_SECONDS = 600;

/** What the configuration says a token may claim. */
const SUPPORTED_CLAIMS = (
  "sub aud exp iat iss jti nbf ref sha repository repository_id repository_owner " +
  "repository_owner_id run_id run_number run_attempt actor actor_id workflow workflow_ref " +
  "workflow_sha head_ref base_ref event_name ref_type ref_protected environment " +
  "job_workflow_ref job_workflow_sha repository_visibility runner_environment"
).split(" ");

/** What a job is given to ask for its tokens with. */
export interface OidcGrant {
  /** ACTIONS_ID_TOKEN_REQUEST_URL; has a query, so that `&audience=` can be appended. */
  readonly requestUrl: string;
  /** ACTIONS_ID_TOKEN_REQUEST_TOKEN. */
  readonly requestToken: string;
  /** The job is over: from now on the token is refused. */
  revoke(): void;
}

interface Job {
  readonly id: string;
  readonly repository: string;
  readonly claims: Readonly<Record<string, string>>;
}

interface IssuerKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly id: string;
}

/** Verifies tokens of one issuer, as a relying party does with the issuer's published keys. */
export interface TokenVerifier {
  readonly issuer: string;
  /**
   * The claims of a token that is signed by the issuer, for the audience, and good at that time;
   * undefined for any other.
   */
  verify(token: string, audience: string, at: Date): Promise<Claims | undefined>;
}

export interface OidcIssuerSettings {
  readonly name: string;
  readonly world: World;
  readonly clock: Clock;
}

function digestOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** RFC 7638. */
function thumbprintOf(publicKey: KeyObject): string {
  const { e, kty, n } = publicKey.export({ format: "jwk" });
  return createHash("sha256").update(JSON.stringify({ e, kty, n })).digest("base64url");
}

async function generateKey(): Promise<IssuerKey> {
  const pair = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
  return { ...pair, id: thumbprintOf(pair.publicKey) };
}

function hasAudience(claim: unknown, audience: string): boolean {
  return claim === audience || (Array.isArray(claim) && claim.includes(audience));
}

export class OidcIssuer implements TokenVerifier {
  readonly issuer = GITHUB_ISSUER;
  readonly service: Service;
  readonly #world: World;
  readonly #clock: Clock;
  /** By the digest of the request token: the token itself is kept nowhere. */
  readonly #jobs = new Map<string, Job>();
  #jobCount = 0;
  #key: Promise<IssuerKey> | undefined;
  #origin = "";

  constructor({ name, world, clock }: OidcIssuerSettings) {
    this.#world = world;
    this.#clock = clock;
    this.service = new RoutedService({
      name,
      identify: (request) => this.#jobOf(request)?.id ?? "anonymous",
      refuse: (message) => ({ status: 400, body: { message } }),
      routes: {
        "GET /.well-known/openid-configuration": () => this.#configuration(),
        "GET /.well-known/jwks": () => this.#keys(),
        "GET /idtoken/{job}": (call) => this.#issue(call),
      },
    });
  }

  /** Told once, when the server has its port. */
  openAt(origin: string): void {
    this.#origin = origin;
  }

  /** Where the keys and the configuration are served. */
  get origin(): string {
    return this.#origin;
  }

  /**
   * Lets one job ask for tokens that make these claims. `overrides` replaces single claims, for a
   * token that a real run would not have.
   */
  grant(facts: RunFacts, overrides: Readonly<Record<string, string>> = {}): OidcGrant {
    this.#jobCount += 1;
    const id = `job-${this.#jobCount}`;
    const requestToken = randomBytes(32).toString("base64url");
    const claims = { ...runClaims(facts), ...overrides };
    const digest = digestOf(requestToken);
    this.#jobs.set(digest, { id, repository: facts.repository, claims });
    return {
      requestUrl: `${this.#origin}/idtoken/${id}?api-version=2.0`,
      requestToken,
      revoke: () => {
        this.#jobs.delete(digest);
      },
    };
  }

  async verify(token: string, audience: string, at: Date): Promise<Claims | undefined> {
    const { publicKey, id } = await this.#issuerKey();
    const claims = openJwt(token, publicKey, id);
    const now = at.getTime() / 1000;
    const [exp, nbf] = [claims?.["exp"], claims?.["nbf"]];
    if (claims === undefined || typeof exp !== "number" || typeof nbf !== "number")
      return undefined;
    const isGood = nbf <= now && now < exp && claims["iss"] === this.issuer;
    return isGood && hasAudience(claims["aud"], audience) ? claims : undefined;
  }

  /** Made when first needed: most tests never do, and it takes a tenth of a second. */
  async #issuerKey(): Promise<IssuerKey> {
    return (this.#key ??= generateKey());
  }

  #jobOf(request: Pick<ReceivedRequest, "headers">): Job | undefined {
    const bearer = /^bearer +(?<token>\S+)$/i.exec(request.headers.authorization ?? "");
    const token = bearer?.groups?.["token"];
    return token === undefined ? undefined : this.#jobs.get(digestOf(token));
  }

  #configuration(): Reply {
    return {
      status: 200,
      body: {
        issuer: this.issuer,
        jwks_uri: `${this.#origin}/.well-known/jwks`,
        subject_types_supported: ["public", "pairwise"],
        response_types_supported: ["id_token"],
        claims_supported: SUPPORTED_CLAIMS,
        id_token_signing_alg_values_supported: ["RS256"],
        scopes_supported: ["openid"],
      },
    };
  }

  async #keys(): Promise<Reply> {
    const { publicKey, id } = await this.#issuerKey();
    const { n, e, kty } = publicKey.export({ format: "jwk" });
    return { status: 200, body: { keys: [{ kty, alg: "RS256", use: "sig", kid: id, n, e }] } };
  }

  async #issue({ params, query, headers, who }: Call): Promise<Reply> {
    const job = this.#jobOf({ headers });
    // A token is good for its own job's address and for no other.
    if (job === undefined || job.id !== params["job"]) {
      return { status: 401, body: { message: "Unauthorized" } };
    }
    const audiences = query.getAll("audience");
    if (audiences.length > 1) return { status: 400, body: { message: "one audience at a time" } };
    const owner = job.claims["repository_owner"] ?? "";
    const now = Math.floor(this.#clock.now().getTime() / 1000);
    const jti = randomUUID();
    const claims = {
      jti,
      ...job.claims,
      // The owner's page, when the job does not say for whom the token is.
      aud: audiences[0] ?? `https://github.com/${owner}`,
      nbf: now - NOT_BEFORE_SECONDS,
      exp: now + LIFETIME_SECONDS,
      iat: now,
    };
    const { privateKey, id } = await this.#issuerKey();
    const value = signJwt(claims, privateKey, id);
    this.#world.history.record({
      service: this.service.name,
      who,
      what: "issue id token",
      repository: job.repository,
      before: undefined,
      after: jti,
    });
    return { status: 200, body: { count: value.length, value } };
  }
}
