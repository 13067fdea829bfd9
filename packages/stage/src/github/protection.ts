/** Classic branch protection as `GET branches/{branch}/protection` shows it. */
import type { ProtectionOptions } from "./rules.ts";

export function renderProtection(url: string, protection: ProtectionOptions): object {
  const { requiredChecks, requiredApprovals } = protection;
  const flag = (enabled: boolean | undefined): object => ({ enabled: enabled ?? false });
  return {
    url,
    ...(requiredChecks === undefined
      ? {}
      : {
          required_status_checks: {
            url: `${url}/required_status_checks`,
            strict: protection.strict ?? false,
            contexts: requiredChecks.map(({ context }) => context),
            contexts_url: `${url}/required_status_checks/contexts`,
            checks: requiredChecks.map(({ context, integration_id: app }) => ({
              context,
              app_id: app ?? null,
            })),
          },
        }),
    ...(requiredApprovals === undefined
      ? {}
      : {
          required_pull_request_reviews: {
            url: `${url}/required_pull_request_reviews`,
            dismiss_stale_reviews: protection.dismissStaleReviews ?? false,
            require_code_owner_reviews: false,
            require_last_push_approval: false,
            required_approving_review_count: requiredApprovals,
          },
        }),
    required_signatures: {
      url: `${url}/required_signatures`,
      enabled: protection.requiredSignatures ?? false,
    },
    enforce_admins: {
      url: `${url}/enforce_admins`,
      enabled: protection.enforceAdmins ?? false,
    },
    required_linear_history: flag(protection.requiredLinearHistory),
    allow_force_pushes: flag(protection.allowForcePushes),
    allow_deletions: flag(protection.allowDeletions),
    block_creations: flag(false),
    required_conversation_resolution: flag(false),
    lock_branch: flag(false),
    allow_fork_syncing: flag(false),
  };
}
