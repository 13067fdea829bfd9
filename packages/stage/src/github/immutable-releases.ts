/** The repository's setting that makes releases immutable when they are published. */
import { ApiError, notFound } from "./errors.ts";
import type { Call, OperationTable, Reply } from "./operation.ts";

async function getSetting(call: Call): Promise<Reply> {
  const { enabled, enforcedByOwner } = call.repository.releases.immutability;
  if (!enabled) throw notFound();
  return { status: 200, body: { enabled, enforced_by_owner: enforcedByOwner } };
}

/** @throws ApiError 409 when it is the organization that decides */
function set(call: Call, enabled: boolean): Reply {
  const before = call.repository.releases.immutability;
  if (before.enforcedByOwner) {
    throw new ApiError(409, "Immutable releases are enforced by the repository owner");
  }
  call.repository.releases.setImmutability(enabled);
  const say = (value: boolean): string => (value ? "enabled" : "disabled");
  call.record({
    what: "set immutable releases",
    before: say(before.enabled),
    after: say(enabled),
  });
  return { status: 204, body: "" };
}

async function enable(call: Call): Promise<Reply> {
  return set(call, true);
}

async function disable(call: Call): Promise<Reply> {
  return set(call, false);
}

const write = { permission: "administration", level: "write" } as const;

export const immutableReleaseOperations = {
  "GET /repos/{owner}/{repo}/immutable-releases": {
    permission: "administration",
    level: "read",
    handle: getSetting,
  },
  "PUT /repos/{owner}/{repo}/immutable-releases": { ...write, handle: enable },
  "DELETE /repos/{owner}/{repo}/immutable-releases": { ...write, handle: disable },
} satisfies OperationTable;
