/** Which repository a signing certificate speaks for. */
import type { X509Certificate } from "node:crypto";

/** The extension "Source Repository URI", 1.3.6.1.4.1.57264.1.12, as DER names it. */
const SOURCE_REPOSITORY = Buffer.from("060a2b0601040183bf30010c", "hex");

/**
 * `owner/name` of the certificate's source repository; empty where it names none. A label for the
 * history: anybody may send a certificate that names anything, and nothing is decided by it.
 */
export function repositoryOfCertificate(certificate: X509Certificate | undefined): string {
  const der = certificate?.raw ?? Buffer.alloc(0);
  const at = der.indexOf(SOURCE_REPOSITORY);
  if (at === -1) return "";
  // An OCTET STRING around a UTF8String, both short enough for a length of one byte.
  const value = der.subarray(at + SOURCE_REPOSITORY.length);
  if (value[0] !== 0x04 || value[2] !== 0x0c || value[1] !== (value[3] ?? 0) + 2) return "";
  const uri = value.subarray(4, 4 + (value[3] ?? 0)).toString("utf8");
  return /^https:\/\/github\.com\/(?<slug>[^/]+\/[^/]+)$/.exec(uri)?.groups?.["slug"] ?? "";
}
