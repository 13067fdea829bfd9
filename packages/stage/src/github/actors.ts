/** Who did something, as GitHub shows it: a person, or an app's bot. */
import { type HostAddresses, nodeId } from "./operation.ts";
import { accountId, renderAccount } from "./repositories.ts";
import type { Caller } from "./tokens.ts";

export interface Actor {
  readonly login: string;
  readonly type: "User" | "Bot";
}

/** The account behind every workflow's own token. */
const ACTIONS_BOT: Actor = { login: "github-actions[bot]", type: "Bot" };

/** Its id on github.com, which people look for. */
const ACTIONS_BOT_ID = 41_898_282;

/** The account of a token: an app acts as its bot, and a person as themself. */
export function actorOf(caller: Caller): Actor {
  if (caller.is !== "bearer") return { login: "ghost", type: "User" };
  switch (caller.grant.kind) {
    case "job":
      return ACTIONS_BOT;
    case "installation":
      return { login: `${caller.identity}[bot]`, type: "Bot" };
    case "user":
      return { login: caller.identity, type: "User" };
  }
}

export function person(login: string): Actor {
  return { login, type: "User" };
}

/** A `simple-user`. */
export function renderActor(addresses: HostAddresses, { login, type }: Actor): object {
  const encoded = encodeURIComponent(login);
  const page =
    type === "Bot" ? `apps/${encodeURIComponent(login.replace(/\[bot\]$/, ""))}` : encoded;
  const id = login === ACTIONS_BOT.login ? ACTIONS_BOT_ID : accountId(login);
  return {
    ...renderAccount(addresses, encoded),
    login,
    id,
    node_id: nodeId(type, id),
    html_url: `${addresses.serverUrl}/${page}`,
    type,
  };
}
