import { createHash } from "node:crypto";
/**
 * What Rekor v2 takes and what it makes of it, after github.com/sigstore/rekor-tiles 2: every entry
 * is a `hashedrekord` 0.0.2, and an envelope is one over the digest of its pre-authentication
 * encoding.
 */
import { canonicalJson } from "./canonical-json.ts";
import type { AcceptedEntry } from "./rekor-v1-entries.ts";
import { InvalidInput, readBase64, readList, readRecord, readText } from "./untrusted.ts";
import {
  assertSignedDigest,
  type DigestAlgorithm,
  DIGEST_BYTES,
  preAuthEncoding,
  readDerCertificate,
  readDerPublicKey,
  type Verifier,
} from "./verifier.ts";

interface KeyRules {
  readonly digest: DigestAlgorithm;
  /** The digest's name in the enumeration HashAlgorithm. */
  readonly hashName: string;
  readonly isOf: (verifier: Verifier) => boolean;
}

function isOnCurve(name: string): (verifier: Verifier) => boolean {
  return ({ publicKey }) => publicKey.asymmetricKeyDetails?.namedCurve === name;
}

function isRsaOf(bits: number): (verifier: Verifier) => boolean {
  return ({ publicKey }) =>
    publicKey.asymmetricKeyType === "rsa" && publicKey.asymmetricKeyDetails?.modulusLength === bits;
}

const SHA256 = { digest: "sha256", hashName: "SHA2_256" } as const;

/** The kinds of key a log takes, as PublicKeyDetails names them. */
const KEY_DETAILS: ReadonlyMap<string, KeyRules> = new Map([
  ["PKIX_ECDSA_P256_SHA_256", { ...SHA256, isOf: isOnCurve("prime256v1") }],
  [
    "PKIX_ECDSA_P384_SHA_384",
    { digest: "sha384", hashName: "SHA2_384", isOf: isOnCurve("secp384r1") },
  ],
  ["PKIX_RSA_PKCS1V15_2048_SHA256", { ...SHA256, isOf: isRsaOf(2048) }],
  ["PKIX_RSA_PKCS1V15_3072_SHA256", { ...SHA256, isOf: isRsaOf(3072) }],
  ["PKIX_RSA_PKCS1V15_4096_SHA256", { ...SHA256, isOf: isRsaOf(4096) }],
]);

interface GivenVerifier {
  readonly keyDetails: string;
  readonly rules: KeyRules;
  readonly verifier: Verifier;
  /** The verifier as the body has it. */
  readonly json: { readonly [key: string]: { readonly rawBytes: string } };
}

function readVerifier(value: unknown): GivenVerifier {
  const fields = readRecord(value, "verifier");
  const keyDetails = readText(fields["keyDetails"], "keyDetails");
  const rules = KEY_DETAILS.get(keyDetails);
  if (rules === undefined) throw new InvalidInput(`unsupported algorithm ${keyDetails}`);
  const kind = fields["x509Certificate"] === undefined ? "publicKey" : "x509Certificate";
  if (kind === "x509Certificate" && fields["publicKey"] !== undefined) {
    throw new InvalidInput("either a public key or a certificate, not both");
  }
  const der = readBase64(readRecord(fields[kind], kind)["rawBytes"], `${kind} raw bytes`);
  const verifier = kind === "publicKey" ? readDerPublicKey(der) : readDerCertificate(der);
  if (!rules.isOf(verifier)) throw new InvalidInput(`the key is none of ${keyDetails}`);
  return { keyDetails, rules, verifier, json: { [kind]: { rawBytes: der.toString("base64") } } };
}

function accept(given: GivenVerifier, digest: Buffer, signature: Buffer): AcceptedEntry {
  const { keyDetails, rules, verifier, json } = given;
  if (digest.length !== DIGEST_BYTES[rules.digest]) {
    throw new InvalidInput(`digest length (${digest.length}) does not match expected size`);
  }
  assertSignedDigest(verifier, rules.digest, digest, signature);
  const body = canonicalJson({
    apiVersion: "0.0.2",
    kind: "hashedrekord",
    spec: {
      hashedRekordV002: {
        data: { algorithm: rules.hashName, digest: digest.toString("base64") },
        signature: { content: signature.toString("base64"), verifier: { keyDetails, ...json } },
      },
    },
  });
  return {
    body: Buffer.from(body),
    terms: [`${rules.digest}:${digest.toString("hex")}`],
    verifiers: [verifier],
  };
}

function acceptHashedRekord(value: unknown): AcceptedEntry {
  const request = readRecord(value, "hashedRekordRequestV002");
  const signature = readRecord(request["signature"], "signature");
  return accept(
    readVerifier(signature["verifier"]),
    readBase64(request["digest"], "digest"),
    readBase64(signature["content"], "signature"),
  );
}

function acceptEnvelope(value: unknown): AcceptedEntry {
  const request = readRecord(value, "dsseRequestV002");
  const envelope = readRecord(request["envelope"], "envelope");
  const [signature, ...more] = readList(envelope["signatures"], "signatures");
  const [verifier, ...others] = readList(request["verifiers"], "verifiers");
  if (more.length > 0 || others.length > 0) {
    throw new InvalidInput("an envelope is logged with one signature and its one verifier");
  }
  const given = readVerifier(verifier);
  const encoding = preAuthEncoding(
    readText(envelope["payloadType"], "payloadType"),
    readBase64(envelope["payload"], "payload"),
  );
  const digest = createHash(given.rules.digest).update(encoding).digest();
  return accept(given, digest, readBase64(readRecord(signature, "signature")["sig"], "sig"));
}

/**
 * What becomes of an envelope sent as one: the type is deprecated, and refused by rekor-tiles 2.3;
 * `@sigstore/sign` 5 knows no other.
 */
export type EnvelopeTreatment = "logged" | "refused";

/** @throws InvalidInput for another type, and for whatever does not verify */
export function acceptRequest(value: unknown, envelopes: EnvelopeTreatment): AcceptedEntry {
  const request = readRecord(value, "request");
  const [type, ...more] = Object.keys(request);
  if (more.length > 0) throw new InvalidInput("one entry at a time");
  if (type === "hashedRekordRequestV002") return acceptHashedRekord(request[type]);
  if (type === "dsseRequestV002" && envelopes === "logged") {
    return acceptEnvelope(request[type]);
  }
  throw new InvalidInput("invalid type, must be hashedrekord");
}
