/** The key or certificate a signature is given with, and whether the signature is its own. */
import {
  createHash,
  createPublicKey,
  type KeyObject,
  publicDecrypt,
  verify,
  constants,
  X509Certificate,
} from "node:crypto";
import { curveOf, verifyEcdsaDigest } from "./ecdsa-prehash.ts";
import { InvalidInput } from "./untrusted.ts";

export interface Verifier {
  readonly publicKey: KeyObject;
  readonly certificate: X509Certificate | undefined;
}

/** Far above any certificate, far below what would be a burden to parse. */
const MAX_PEM_BYTES = 64 * 1024;

/** The one block a PEM text consists of, with nothing around it but white space. */
const PEM = /^\s*-----BEGIN (?<label>[A-Z ]+)-----\s[A-Za-z0-9+/=\s]+-----END \k<label>-----\s*$/;

function fromCertificate(bytes: Buffer | string): Verifier {
  const certificate = new X509Certificate(bytes);
  return { publicKey: certificate.publicKey, certificate };
}

/** @throws InvalidInput unless it is one certificate or one public key in PEM */
export function readPemVerifier(pem: Buffer): Verifier {
  const text = pem.length <= MAX_PEM_BYTES ? pem.toString("latin1") : "";
  const label = PEM.exec(text)?.groups?.["label"];
  try {
    if (label === "CERTIFICATE") return fromCertificate(text);
    if (label === "PUBLIC KEY") return { publicKey: createPublicKey(text), certificate: undefined };
  } catch {
    // Said below, as for any other text.
  }
  throw new InvalidInput("the public key is neither a certificate nor a public key in PEM");
}

/** @throws InvalidInput unless it is a certificate in DER */
export function readDerCertificate(der: Buffer): Verifier {
  try {
    const verifier = fromCertificate(der);
    // What follows the certificate would stand in the log unread.
    if (verifier.certificate?.raw.equals(der) === true) return verifier;
  } catch {
    // Said below.
  }
  throw new InvalidInput("the certificate is none in DER");
}

/** @throws InvalidInput unless it is a SubjectPublicKeyInfo in DER */
export function readDerPublicKey(der: Buffer): Verifier {
  try {
    const publicKey = createPublicKey({ key: der, format: "der", type: "spki" });
    if (publicKey.export({ format: "der", type: "spki" }).equals(der)) {
      return { publicKey, certificate: undefined };
    }
  } catch {
    // Said below.
  }
  throw new InvalidInput("the public key is none in DER");
}

/** The certificate or key in PEM as the log writes it: lines of 64 and no white space around. */
export function canonicalPem({ certificate, publicKey }: Verifier): string {
  if (certificate !== undefined) return certificate.toString();
  return publicKey.export({ format: "pem", type: "spki" }).toString();
}

export type DigestAlgorithm = "sha256" | "sha384" | "sha512";

export const DIGEST_BYTES: Readonly<Record<DigestAlgorithm, number>> = {
  sha256: 32,
  sha384: 48,
  sha512: 64,
};

/** DigestInfo without the digest (RFC 8017, 9.2, note 1). */
const DIGEST_INFO: Readonly<Record<DigestAlgorithm, string>> = {
  sha256: "3031300d060960864801650304020105000420",
  sha384: "3041300d060960864801650304020205000430",
  sha512: "3051300d060960864801650304020305000440",
};

function isRsaSignature(
  key: KeyObject,
  algorithm: DigestAlgorithm,
  digest: Buffer,
  signature: Buffer,
): boolean {
  try {
    const signed = publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature);
    return signed.equals(Buffer.concat([Buffer.from(DIGEST_INFO[algorithm], "hex"), digest]));
  } catch {
    return false;
  }
}

/** @throws InvalidInput unless the key signed what has this digest */
export function assertSignedDigest(
  { publicKey }: Verifier,
  algorithm: DigestAlgorithm,
  digest: Buffer,
  signature: Buffer,
): void {
  const isGood =
    publicKey.asymmetricKeyType === "rsa"
      ? isRsaSignature(publicKey, algorithm, digest, signature)
      : curveOf(publicKey) !== undefined && verifyEcdsaDigest(publicKey, digest, signature);
  if (!isGood) throw new InvalidInput("verifying signature: invalid signature when validating");
}

/** DSSE v1, "Signature Definition": what a signature of an envelope is over. */
export function preAuthEncoding(payloadType: string, payload: Buffer): Buffer {
  const type = Buffer.from(payloadType);
  const head = Buffer.concat([Buffer.from(`DSSEv1 ${type.length} `), type]);
  return Buffer.concat([head, Buffer.from(` ${payload.length} `), payload]);
}

/** Whether the key signed the envelope. Ed25519 signs the encoding itself, the others its SHA-256. */
export function isEnvelopeSignature(
  { publicKey }: Verifier,
  encoding: Buffer,
  signature: Buffer,
): boolean {
  const algorithm = publicKey.asymmetricKeyType === "ed25519" ? null : "sha256";
  try {
    return verify(algorithm, encoding, publicKey, signature);
  } catch {
    return false;
  }
}

export function sha256(data: Uint8Array | string): Buffer {
  return createHash("sha256").update(data).digest();
}
