import { actorOf, renderActor } from "./actors.ts";
import { ApiError } from "./errors.ts";
import type { HostCall, HostOperationTable, Reply } from "./operation.ts";
/** What is about the caller and no repository: who it is, how much it may ask, and goodbye. */
import { accountId } from "./repositories.ts";

async function getRateLimit(call: HostCall): Promise<Reply> {
  const { limit, used, reset } = call.rateLimit;
  const core = { limit, used, remaining: Math.max(0, limit - used), reset };
  const search = { limit: 30, used: 0, remaining: 30, reset };
  return {
    status: 200,
    isFree: true,
    body: { resources: { core, search, graphql: { ...core, used: 0 } }, rate: core },
  };
}

/** A person's token says who they are; an app's is nobody's. */
async function getUser(call: HostCall): Promise<Reply> {
  const { caller, addresses } = call;
  if (caller.is !== "bearer" || caller.grant.kind !== "user") {
    throw new ApiError(403, "Resource not accessible by integration");
  }
  const { login } = actorOf(caller);
  return {
    status: 200,
    body: {
      ...renderActor(addresses, actorOf(caller)),
      id: accountId(login),
      name: null,
      company: null,
      blog: null,
      location: null,
      email: null,
      hireable: null,
      bio: null,
      public_repos: 0,
      public_gists: 0,
      followers: 0,
      following: 0,
      created_at: "2026-01-01T00:00:00Z",
      updated_at: "2026-01-01T00:00:00Z",
    },
  };
}

async function revokeInstallationToken(call: HostCall): Promise<Reply> {
  const { caller } = call;
  if (caller.is !== "bearer" || caller.grant.kind === "user") {
    throw new ApiError(403, "Resource not accessible by personal access token");
  }
  call.expireToken();
  return { status: 204, body: "" };
}

export const accountOperations = {
  "GET /rate_limit": { isAnonymous: true, handle: getRateLimit },
  "GET /user": { isAnonymous: false, handle: getUser },
  "DELETE /installation/token": { isAnonymous: false, handle: revokeInstallationToken },
} satisfies HostOperationTable;
