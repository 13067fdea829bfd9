/**
 * Who may do what in a registry: accounts, and tokens made of them for a short while (Docker's
 * "Token Authentication Specification", which every registry with bearer tokens follows). Outside
 * this file only identities are known.
 */
import { createHash } from "node:crypto";
import { RegistryError } from "./errors.ts";
import type { Personality } from "./personality.ts";

export type Action = "pull" | "push" | "delete";

export interface AccessRule {
  /** A repository, or `octo/*` for all that begin so, or `*`. */
  readonly repository: string;
  readonly actions: readonly Action[];
}

export interface AccountOptions {
  readonly name: string;
  /** Made up unless told. */
  readonly password?: string;
  /** Everything unless told. */
  readonly access?: readonly AccessRule[];
}

export interface Account {
  readonly name: string;
  readonly password: string;
  readonly access: readonly AccessRule[];
}

interface Grant {
  readonly account: Account | undefined;
  readonly access: ReadonlyMap<string, ReadonlySet<Action>>;
  readonly expiresAt: number;
}

/** Who asks, and what they showed for it. */
export type Caller =
  | { readonly is: "nobody"; readonly identity: "anonymous" }
  | { readonly is: "unknown"; readonly identity: "bad credentials" }
  | { readonly is: "account"; readonly identity: string; readonly account: Account }
  | { readonly is: "bearer"; readonly identity: string; readonly grant: Grant };

const NOBODY: Caller = { is: "nobody", identity: "anonymous" };
const UNKNOWN: Caller = { is: "unknown", identity: "bad credentials" };

const EVERYTHING: readonly AccessRule[] = [
  { repository: "*", actions: ["pull", "push", "delete"] },
];
const PUBLIC: readonly AccessRule[] = [{ repository: "*", actions: ["pull"] }];

function covers({ repository }: AccessRule, name: string): boolean {
  return repository.endsWith("*") ? name.startsWith(repository.slice(0, -1)) : name === repository;
}

function isAllowed(rules: readonly AccessRule[], name: string, action: Action): boolean {
  return rules.some((rule) => covers(rule, name) && rule.actions.includes(action));
}

function isAction(text: string): text is Action {
  return text === "pull" || text === "push" || text === "delete";
}

export class Access {
  readonly #service: string;
  readonly #personality: Personality;
  readonly #accounts = new Map<string, Account>();
  readonly #grants = new Map<string, Grant>();
  #origin = "";
  #issued = 0;

  constructor(service: string, personality: Personality) {
    this.#service = service;
    this.#personality = personality;
  }

  openAt(origin: string): void {
    this.#origin = origin;
  }

  addAccount({ name, password, access = EVERYTHING }: AccountOptions): Account {
    const made = createHash("sha256").update(`${this.#service} ${name}`).digest("hex");
    const account = { name, password: password ?? `pw_${made.slice(0, 32)}`, access };
    this.#accounts.set(name, account);
    return account;
  }

  /** From now on no token that was given out is good. */
  expireTokens(): void {
    this.#grants.clear();
  }

  /** Where nobody has to say who he is, bad credentials are as good as none. */
  callerOf(authorization: string | undefined): Caller {
    const caller = authorization === undefined ? NOBODY : this.#callerShowing(authorization);
    return caller.is === "unknown" && this.#personality.auth === "none" ? NOBODY : caller;
  }

  #callerShowing(authorization: string): Caller {
    const { scheme = "", value = "" } =
      /^(?<scheme>\w+) +(?<value>\S+)$/.exec(authorization)?.groups ?? {};
    if (scheme.toLowerCase() === "bearer") {
      const grant = this.#grants.get(value);
      if (grant === undefined || grant.expiresAt <= Date.now()) return UNKNOWN;
      return { is: "bearer", identity: grant.account?.name ?? "anonymous", grant };
    }
    if (scheme.toLowerCase() !== "basic") return UNKNOWN;
    const pair = Buffer.from(value, "base64").toString("utf8");
    const colon = pair.indexOf(":");
    return this.#login(pair.slice(0, colon), pair.slice(colon + 1));
  }

  #login(name: string, password: string): Caller {
    const account = this.#accounts.get(name);
    if (account === undefined || account.password !== password) return UNKNOWN;
    return { is: "account", identity: account.name, account };
  }

  #rulesOf(caller: Caller): readonly AccessRule[] {
    const account =
      caller.is === "account"
        ? caller.account
        : caller.is === "bearer"
          ? caller.grant.account
          : undefined;
    if (account !== undefined) return account.access;
    return this.#personality.anonymousPull ? PUBLIC : [];
  }

  /** Whether the caller may, as far as what was shown goes; it changes nothing. */
  allows(caller: Caller, name: string, action: Action): boolean {
    if (this.#personality.auth === "none") return true;
    if (!isAllowed(this.#rulesOf(caller), name, action)) return false;
    return caller.is !== "bearer" || (caller.grant.access.get(name)?.has(action) ?? false);
  }

  /** @throws RegistryError 401 for `GET /v2/`, which only asks whether one is known */
  assertKnown(caller: Caller): void {
    const { auth } = this.#personality;
    if (auth === "none") return;
    const wanted = auth === "basic" ? "account" : "bearer";
    if (caller.is !== wanted) throw this.#challenge(caller, undefined);
  }

  /** Whether some token would let the caller do this. */
  couldAllow(caller: Caller, name: string, action: Action): boolean {
    return this.#personality.auth === "none" || isAllowed(this.#rulesOf(caller), name, action);
  }

  /**
   * `from`: a repository that is to be read on the way, which takes a scope of its own.
   * @throws RegistryError 401 with a challenge, or 403 when no token would help
   */
  authorize(caller: Caller, name: string, actions: readonly Action[], from?: string): void {
    const { auth, anonymousPull } = this.#personality;
    if (auth === "none") return;
    const scopes = [`repository:${name}:${actions.join(",")}`];
    if (from !== undefined) scopes.push(`repository:${from}:pull`);
    const scope = scopes.join(" ");
    const isOpen = auth === "basic" && anonymousPull && actions.join() === "pull";
    if (caller.is === "nobody" && isOpen) return;
    if (caller.is !== (auth === "basic" ? "account" : "bearer")) {
      throw this.#challenge(caller, scope);
    }
    const mayRead = from === undefined || this.allows(caller, from, "pull");
    if (mayRead && actions.every((action) => this.allows(caller, name, action))) return;
    const rules = this.#rulesOf(caller);
    const isAnonymous = caller.is === "bearer" && caller.grant.account === undefined;
    // Another token would help: one for this scope, or one of somebody.
    if (isAnonymous || actions.every((action) => isAllowed(rules, name, action))) {
      throw this.#challenge(caller, scope);
    }
    throw new RegistryError(403, "DENIED", "requested access to the resource is denied");
  }

  #challenge(caller: Caller, scope: string | undefined): RegistryError {
    const service = new URL(this.#origin).host;
    const fields = {
      realm: `${this.#origin}/token`,
      service,
      ...(scope === undefined ? {} : { scope }),
      ...(caller.is === "unknown" ? { error: "invalid_token" } : {}),
      ...(caller.is === "bearer" ? { error: "insufficient_scope" } : {}),
    };
    const list = Object.entries(fields).map(([key, value]) => `${key}="${value}"`);
    const isBasic = this.#personality.auth === "basic";
    const challenge = isBasic ? `Basic realm="${service}"` : `Bearer ${list.join(",")}`;
    return new RegistryError(401, "UNAUTHORIZED", "authentication required", {
      headers: { "www-authenticate": challenge },
    });
  }

  /** Whoever the form of an OAuth request names. */
  loginOf(form: URLSearchParams): Caller {
    if (form.get("grant_type") !== "password") return UNKNOWN;
    return this.#login(form.get("username") ?? "", form.get("password") ?? "");
  }

  /**
   * A token with what the caller may have of what is asked for; what they may not have is left out,
   * not refused. @throws RegistryError 401 for credentials that are no good
   */
  issueToken(caller: Caller, asked: URLSearchParams): Readonly<Record<string, unknown>> {
    const isGuest = caller.is === "nobody" && this.#personality.anonymousPull;
    if (caller.is !== "account" && !isGuest) {
      const service = new URL(this.#origin).host;
      throw new RegistryError(401, "UNAUTHORIZED", "authentication required", {
        headers: { "www-authenticate": `Basic realm="${service}"` },
      });
    }
    const rules = this.#rulesOf(caller);
    const access = new Map<string, ReadonlySet<Action>>();
    for (const scope of asked.getAll("scope").flatMap((text) => text.split(" "))) {
      const { name = "", actions = "" } =
        /^repository:(?<name>[^:]+):(?<actions>[\w,*]*)$/.exec(scope)?.groups ?? {};
      const granted = actions
        .split(",")
        .filter(isAction)
        .filter((action) => isAllowed(rules, name, action));
      access.set(name, new Set([...(access.get(name) ?? []), ...granted]));
    }
    const { tokenSeconds } = this.#personality;
    const now = Date.now();
    this.#issued += 1;
    const token = createHash("sha256")
      .update(`${this.#service} token ${this.#issued}`)
      .digest("base64url");
    this.#grants.set(token, {
      account: caller.is === "account" ? caller.account : undefined,
      access,
      expiresAt: now + tokenSeconds * 1000,
    });
    return {
      token,
      access_token: token,
      expires_in: tokenSeconds,
      issued_at: new Date(now).toISOString(),
    };
  }
}
