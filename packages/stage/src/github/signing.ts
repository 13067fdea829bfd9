/**
 * Signatures on commits. GitHub signs what apps and jobs commit through the API when they name no
 * author or committer of their own. The stage's signature is a keyed digest in the clothes of PGP:
 * it proves that this process made it, and git cannot check it.
 */
import { createHmac } from "node:crypto";
import type { CommitData } from "../git-repository.ts";

/** Fixed, so that the same commit has the same id in every run. */
const KEY = "the stage's web-flow";

/** What GitHub says of a commit or tag without a signature. */
export const UNSIGNED = {
  verified: false,
  reason: "unsigned",
  signature: null,
  payload: null,
  verified_at: null,
};

/** As GitHub writes times: UTC, to the second. */
export function formatDate(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}

export function signatureFor(payload: string): string {
  const digest = createHmac("sha256", KEY).update(payload).digest("base64");
  return `-----BEGIN PGP SIGNATURE-----\n\n${digest}\n-----END PGP SIGNATURE-----\n`;
}

export interface Verification {
  readonly verified: boolean;
  readonly reason: string;
  readonly signature: string | null;
  readonly payload: string | null;
  readonly verified_at: string | null;
}

/** What GitHub says of the commit's signature. A key the host does not know is `unknown_key`. */
export function verificationOf(commit: CommitData): Verification {
  if (commit.signature === undefined) return UNSIGNED;
  const { signature, payload } = commit.signature;
  const verified = signatureFor(payload).trimEnd() === signature.trimEnd();
  return {
    verified,
    reason: verified ? "valid" : "unknown_key",
    signature,
    payload,
    verified_at: verified ? formatDate(commit.committer.seconds) : null,
  };
}
