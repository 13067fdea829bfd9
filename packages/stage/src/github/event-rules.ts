/** Which events start workflows. */
import type { TokenKind } from "./tokens.ts";

/** What starts workflows even when a workflow's own token caused it. */
const EXCEPTIONS = new Set(["repository_dispatch", "workflow_dispatch"]);

/**
 * Events caused by the default token start nothing, lest workflows start each other for ever, but
 * for the two that say "start" (docs.github.com, "Triggering a workflow from a workflow";
 * peers.md 8).
 */
export function startsWorkflows(token: TokenKind, event: string): boolean {
  return token !== "job" || EXCEPTIONS.has(event);
}
