/** The people, bots and apps of one host: who a token acts for, and whose an address is. */
import { type HostAddresses, nodeId } from "./operation.ts";
import { accountId, CREATED_AT, renderAccount } from "./repositories.ts";
import type { Caller } from "./tokens.ts";

export type Role = "admin" | "maintain" | "write" | "triage" | "read" | "none";

export interface UserOptions {
  readonly type?: "User" | "Bot";
  /** What the user may do in every repository of the host; `write` unless told. */
  readonly role?: Role;
  readonly name?: string;
  /** Commits with this address are the user's; GitHub's private address unless told. */
  readonly email?: string;
}

export interface Account {
  readonly login: string;
  readonly id: number;
  readonly type: "User" | "Bot";
  readonly role: Role;
  readonly name: string;
  readonly email: string;
}

export interface AppOptions {
  readonly id?: number;
  readonly name?: string;
}

export interface App {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
}

/** Who a request acts as. An app's or a job's token acts as a bot. */
export interface Actor {
  readonly account: Account;
  readonly app: App | undefined;
}

/** The app behind every GITHUB_TOKEN, and its account, have these ids on github.com. */
export const ACTIONS_APP = "github-actions";
const ACTIONS_APP_ID = 15_368;
const ACTIONS_BOT_ID = 41_898_282;

/** Who the scene's doings are said to be by where GitHub wants an account. */
const GHOST = "ghost";

export class Accounts {
  readonly #accounts = new Map<string, Account>();
  readonly #apps = new Map<string, App>();

  constructor() {
    this.addApp(ACTIONS_APP, { id: ACTIONS_APP_ID, name: "GitHub Actions" });
  }

  /** Adds a user, or says more of one that was seen already. */
  addUser(login: string, options: UserOptions = {}): Account {
    const id = login === `${ACTIONS_APP}[bot]` ? ACTIONS_BOT_ID : accountId(login);
    const account: Account = {
      login,
      id,
      type: options.type ?? (login.endsWith("[bot]") ? "Bot" : "User"),
      role: options.role ?? "write",
      name: options.name ?? login,
      email: options.email ?? `${id}+${login}@users.noreply.github.com`,
    };
    this.#accounts.set(login.toLowerCase(), account);
    return account;
  }

  addApp(slug: string, options: AppOptions = {}): App {
    const app: App = {
      id: options.id ?? accountId(slug),
      slug,
      name: options.name ?? slug,
    };
    this.#apps.set(slug, app);
    this.addUser(`${slug}[bot]`, { type: "Bot" });
    return app;
  }

  user(login: string): Account | undefined {
    return this.#accounts.get(login.toLowerCase());
  }

  userByEmail(email: string): Account | undefined {
    return [...this.#accounts.values()].find((account) => account.email === email);
  }

  app(slug: string): App | undefined {
    return this.#apps.get(slug);
  }

  appById(id: number): App | undefined {
    return [...this.#apps.values()].find((app) => app.id === id);
  }

  /** Who the caller acts as; accounts and apps that only a token names come to be here. */
  actorOf(caller: Caller): Actor {
    if (caller.is !== "bearer") return this.actorNamed(GHOST);
    const { login, app } = caller.grant;
    if (app === undefined) return this.actorNamed(login);
    const known = this.app(app) ?? this.addApp(app);
    return { account: this.actorNamed(login).account, app: known };
  }

  actorNamed(login: string): Actor {
    return { account: this.user(login) ?? this.addUser(login), app: undefined };
  }
}

export function renderUser(addresses: HostAddresses, { login, type, id }: Account): object {
  return renderAccount(addresses, login, type, id);
}

/** The app as checks and comments name it. Its owner is an organisation of the same name. */
export function renderApp(addresses: HostAddresses, app: App): object {
  return {
    id: app.id,
    slug: app.slug,
    node_id: nodeId("App", app.id),
    client_id: `Iv1.${app.id.toString(16).padStart(16, "0")}`,
    owner: renderAccount(addresses, app.slug),
    name: app.name,
    description: "",
    external_url: `${addresses.serverUrl}/apps/${app.slug}`,
    html_url: `${addresses.serverUrl}/apps/${app.slug}`,
    created_at: CREATED_AT,
    updated_at: CREATED_AT,
    permissions: {},
    events: [],
  };
}

/** `author_association`: what the account is to the repository. */
export function associationOf(account: Account): string {
  if (account.type === "Bot") return "NONE";
  return account.role === "none" || account.role === "read" ? "CONTRIBUTOR" : "COLLABORATOR";
}

/** Whether reviews of the account count and the account may push. */
export function canWrite(account: Account): boolean {
  return ["admin", "maintain", "write"].includes(account.role);
}
