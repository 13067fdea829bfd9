/**
 * A log's signed statement of its size and root: a checkpoint (C2SP tlog-checkpoint) in a signed
 * note (C2SP signed-note), and the keys that sign it as the two generations of Rekor do.
 */
import { createHash, createPublicKey, type KeyObject, sign } from "node:crypto";

/** What signs for a log, and by which id others find the key. */
export interface LogKey {
  readonly privateKey: KeyObject;
  /** The public key, SubjectPublicKeyInfo in DER. */
  readonly spki: Buffer;
  /** 32 bytes. The first four are the key hint in a signed note. */
  readonly logId: Buffer;
  /** As the enumeration PublicKeyDetails of the Sigstore protobuf specifications names it. */
  readonly keyDetails: "PKIX_ECDSA_P256_SHA_256" | "PKIX_ED25519";
}

function spkiOf(privateKey: KeyObject): Buffer {
  return createPublicKey(privateKey).export({ format: "der", type: "spki" });
}

function sha256(...parts: readonly (Uint8Array | string)[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** Rekor v1 signs by ECDSA, and the id is the digest of the key (RFC 6962, 3.2). */
export function ecdsaLogKey(privateKey: KeyObject): LogKey {
  const spki = spkiOf(privateKey);
  return { privateKey, spki, logId: sha256(spki), keyDetails: "PKIX_ECDSA_P256_SHA_256" };
}

/** Rekor v2 signs by Ed25519, and the id is of the key under its name (C2SP signed-note). */
export function ed25519LogKey(privateKey: KeyObject, origin: string): LogKey {
  const spki = spkiOf(privateKey);
  const { x = "" } = createPublicKey(privateKey).export({ format: "jwk" });
  const logId = sha256(`${origin}\n`, Uint8Array.of(0x01), Buffer.from(x, "base64url"));
  return { privateKey, spki, logId, keyDetails: "PKIX_ED25519" };
}

/** ECDSA over SHA-256, or Ed25519, as the key is. */
export function signWith(key: LogKey, data: string): Buffer {
  const algorithm = key.keyDetails === "PKIX_ED25519" ? null : "sha256";
  return sign(algorithm, Buffer.from(data), key.privateKey);
}

/** Where a checkpoint says it is from, and whose name stands at the signature. */
export interface CheckpointNames {
  /** The first line. Rekor v1 adds the number of its tree to the host. */
  readonly origin: string;
  readonly signer: string;
}

/** A signed note: the origin, the size, the root, an empty line, and one signature. */
export function formatCheckpoint(
  key: LogKey,
  { origin, signer }: CheckpointNames,
  size: number,
  root: Buffer,
): string {
  const note = `${origin}\n${size}\n${root.toString("base64")}\n`;
  const signature = Buffer.concat([key.logId.subarray(0, 4), signWith(key, note)]);
  return `${note}\n\u2014 ${signer} ${signature.toString("base64")}\n`;
}
