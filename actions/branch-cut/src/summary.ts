import type { ActionResult, Inline } from "@auditable-release/action-kit";
import type { RepoSlug } from "@auditable-release/model";
import type { contract } from "./contract.ts";
import type { Decision, Wish } from "./plan.ts";

/** What is told of a call that ends well: outcome, outputs and summary from the one decision. */
export function describeResult(
  repository: RepoSlug,
  wish: Wish,
  decision: Extract<Decision, { kind: "create" | "nothing" }>,
  isDryRun: boolean,
): ActionResult<typeof contract> {
  const isCreation = decision.kind === "create";
  const commit = isCreation ? decision.at : decision.head;
  const branch = `branch "${wish.branch}"`;
  const rows: (readonly [string, readonly Inline[]])[] = [
    ["Repository", [{ code: repository }]],
    ...(wish.version === undefined ? [] : [["Version", [{ code: wish.version }]] as const]),
    ["Branch", [{ code: wish.branch }]],
    ["Commit", [{ code: commit }]],
    ["Change", [isCreation ? (isDryRun ? "would be created (dry run)" : "created") : "none"]],
  ];
  return {
    outcome: isCreation ? "done" : "already-done",
    headline:
      decision.kind === "nothing"
        ? `The ${branch} ${decision.because}`
        : isDryRun
          ? `Dry run: the ${branch} would be created at ${decision.at}, which is on "${decision.from}"`
          : `The ${branch} was created at ${decision.at}, which is on "${decision.from}"`,
    outputs: {
      branch: wish.branch,
      commit,
      change: isCreation ? "create" : "none",
    },
    summary: [
      {
        kind: "table",
        header: ["What", "Value"],
        rows: rows.map(([what, value]) => [[what], value]),
      },
    ],
  };
}
