/**
 * What a job's token may do ("Workflow syntax: permissions", "Reuse workflows"; actions/runner,
 * Permissions.cs and PermissionsHelper.cs).
 */
import {
  type AccessLevel,
  type Job,
  type PermissionsDeclaration,
  type PermissionSet,
  type Workflow,
} from "./model.ts";

/** Every scope the official schema names. */
export const PERMISSION_SCOPES: readonly string[] = [
  "actions",
  "artifact-metadata",
  "attestations",
  "checks",
  "code-quality",
  "contents",
  "copilot-requests",
  "deployments",
  "discussions",
  "drives",
  "id-token",
  "issues",
  "models",
  "packages",
  "pages",
  "pull-requests",
  "repository-projects",
  "security-events",
  "statuses",
  "vulnerability-alerts",
];

const READ_AT_MOST: ReadonlySet<string> = new Set(["models", "vulnerability-alerts"]);
const RANK: Readonly<Record<AccessLevel, number>> = { none: 0, read: 1, write: 2 };

/** Scopes that are not named are none. */
export function permissionSet(levels: Readonly<Record<string, AccessLevel>>): PermissionSet {
  return Object.fromEntries(
    PERMISSION_SCOPES.map((scope): [string, AccessLevel] => [
      scope,
      capped(scope, levels[scope] ?? "none"),
    ]),
  );
}

/** The repository's setting "Workflow permissions", which counts where a file declares none. */
export function defaultPermissions(setting: "restricted" | "permissive"): PermissionSet {
  if (setting === "restricted") return permissionSet({ contents: "read", packages: "read" });
  const all = Object.fromEntries(PERMISSION_SCOPES.map((scope) => [scope, "write" as const]));
  // A token for identity is never given without being asked for.
  return permissionSet({ ...all, "id-token": "none" });
}

export function declaredPermissions(declaration: PermissionsDeclaration): PermissionSet {
  if (declaration.kind === "scopes") return declaration.scopes;
  const level = declaration.kind === "read-all" ? "read" : "write";
  return permissionSet(Object.fromEntries(PERMISSION_SCOPES.map((scope) => [scope, level])));
}

/**
 * What a job gets: what it declares, else what its workflow declares, else what it is given from
 * outside: the caller's job, or the repository's setting.
 */
export function jobPermissions(workflow: Workflow, job: Job, given: PermissionSet): PermissionSet {
  const declaration = job.permissions ?? workflow.permissions;
  return declaration === undefined ? given : declaredPermissions(declaration);
}

/** The scopes in which more is asked for than is allowed, as GitHub prints them. */
export function elevations(
  requested: PermissionSet,
  allowed: PermissionSet,
): { readonly requested: string; readonly allowed: string } | undefined {
  const scopes = PERMISSION_SCOPES.filter(
    (scope) => RANK[requested[scope] ?? "none"] > RANK[allowed[scope] ?? "none"],
  );
  if (scopes.length === 0) return undefined;
  const print = (set: PermissionSet): string =>
    scopes.map((scope) => `${scope}: ${set[scope] ?? "none"}`).join(", ");
  return { requested: print(requested), allowed: print(allowed) };
}

function capped(scope: string, level: AccessLevel): AccessLevel {
  return level === "write" && READ_AT_MOST.has(scope) ? "read" : level;
}
