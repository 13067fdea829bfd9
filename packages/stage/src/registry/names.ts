/** Names, tags and digests as the distribution specification writes them. */
import { createHash } from "node:crypto";

/** distribution-spec 1.1, "Pulling manifests"; clients keep host and name together below 256. */
const NAME_COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const MAX_NAME_LENGTH = 255;
const TAG = /^\w[\w.-]{0,127}$/;

const DIGEST_LENGTHS = { sha256: 64, sha512: 128 };

export type Algorithm = keyof typeof DIGEST_LENGTHS;

export interface Digest {
  readonly algorithm: Algorithm;
  readonly hex: string;
}

export function isRepositoryName(name: string): boolean {
  return (
    name.length <= MAX_NAME_LENGTH &&
    name.split("/").every((component) => NAME_COMPONENT.test(component))
  );
}

export function isTag(reference: string): boolean {
  return TAG.test(reference);
}

/** Undefined for what is no digest, and for one of an algorithm that is not registered. */
export function tryParseDigest(text: string): Digest | undefined {
  const { algorithm, hex = "" } =
    /^(?<algorithm>sha256|sha512):(?<hex>[0-9a-f]+)$/.exec(text)?.groups ?? {};
  if (algorithm !== "sha256" && algorithm !== "sha512") return undefined;
  return hex.length === DIGEST_LENGTHS[algorithm] ? { algorithm, hex } : undefined;
}

export function digestOf(bytes: Buffer, algorithm: Algorithm = "sha256"): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;
}
