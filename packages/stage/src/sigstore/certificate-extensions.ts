/**
 * How Fulcio writes a GitHub run's claims into a certificate: its documentation `docs/oid-info.md`
 * and, for the claims and their order, `pkg/identity/github` and `pkg/certificate` of
 * github.com/sigstore/fulcio 1.6.
 */
import type { Claims } from "../oidc/jwt.ts";
import { InvalidInput, readText } from "./untrusted.ts";

const ARC = "1.3.6.1.4.1.57264.1";

const BASE_URL = "https://github.com";

/** One extension. `legacy`: the text's bytes as they are, where the later ones are a UTF8String. */
interface CertificateExtension {
  readonly oid: string;
  readonly value: string;
  readonly legacy: boolean;
}

export interface CertificateIdentity {
  /** The one name of the certificate's subject, a URI. */
  readonly subjectAltName: string;
  readonly extensions: readonly CertificateExtension[];
}

/**
 * An address on github.com as Fulcio writes it: Go's `URL.JoinPath` escapes what a path cannot have
 * as it is, such as the `#` of a branch.
 */
function addressOf(path: string): string {
  return `${BASE_URL}/${encodeURI(path).replaceAll("#", "%23")}`;
}

/** @throws InvalidInput naming the claim that Fulcio needs and the token has not */
export function identityOfClaims(claims: Claims): CertificateIdentity {
  function claim(name: string): string {
    const value = claims[name];
    if (typeof value !== "string" || value === "") {
      throw new InvalidInput(`missing ${name} claim in ID token`);
    }
    return value;
  }

  const repository = claim("repository");
  const run = `${repository}/actions/runs/${claim("run_id")}/attempts/${claim("run_attempt")}`;
  const issuer = readText(claims["iss"], "iss claim in ID token");
  const signer = addressOf(claim("job_workflow_ref"));
  const legacy = [
    issuer,
    claim("event_name"),
    claim("sha"),
    claim("workflow"),
    repository,
    claim("ref"),
  ].map((value, index) => ({ oid: `${ARC}.${index + 1}`, value, legacy: true }));
  const current = [
    issuer,
    signer,
    claim("job_workflow_sha"),
    claim("runner_environment"),
    addressOf(repository),
    claim("sha"),
    claim("ref"),
    claim("repository_id"),
    addressOf(claim("repository_owner")),
    claim("repository_owner_id"),
    addressOf(claim("workflow_ref")),
    claim("workflow_sha"),
    claim("event_name"),
    addressOf(run),
    claim("repository_visibility"),
    // A job without an environment has no such claim, and its certificate no such extension.
    ...(claims["environment"] === undefined ? [] : [claim("environment")]),
  ].map((value, index) => ({ oid: `${ARC}.${index + 8}`, value, legacy: false }));
  return { subjectAltName: signer, extensions: [...legacy, ...current] };
}
