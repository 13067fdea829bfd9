/** Which repository a signing certificate speaks for, as far as its subject says. */
import type { X509Certificate } from "node:crypto";

/** `owner/name` of the workflow in the certificate's subject; empty where there is none. */
export function repositoryOfCertificate(certificate: X509Certificate | undefined): string {
  const uri = /^URI:https:\/\/github\.com\/(?<slug>[^/]+\/[^/]+)\//.exec(
    certificate?.subjectAltName ?? "",
  );
  return uri?.groups?.["slug"] ?? "";
}
