/**
 * A verifier of proofs, written from RFC 9162 (2.1.3.2 and 2.1.4.2) and sharing nothing with the
 * stage's log, which makes its proofs by the recursion of RFC 6962.
 */
import { createHash } from "node:crypto";

function sha256(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

export function leafHashOf(body: Uint8Array): Buffer {
  return sha256(Buffer.from([0]), body);
}

function nodeHashOf(left: Uint8Array, right: Uint8Array): Buffer {
  return sha256(Buffer.from([1]), left, right);
}

/** The root an inclusion proof leads to; undefined when the proof has another length. */
export function rootOfInclusion(
  leafHash: Buffer,
  index: number,
  treeSize: number,
  path: readonly Buffer[],
): Buffer | undefined {
  if (index >= treeSize) return undefined;
  let [fn, sn] = [index, treeSize - 1];
  let root = leafHash;
  for (const hash of path) {
    if (sn === 0) return undefined;
    if (fn % 2 === 1 || fn === sn) {
      root = nodeHashOf(hash, root);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn >> 1, sn >> 1];
    } else {
      root = nodeHashOf(root, hash);
    }
    [fn, sn] = [fn >> 1, sn >> 1];
  }
  return sn === 0 ? root : undefined;
}

/** The two roots a consistency proof leads to, for 0 < first < second. */
export function rootsOfConsistency(
  first: number,
  second: number,
  firstRoot: Buffer,
  proof: readonly Buffer[],
): { first: Buffer; second: Buffer } | undefined {
  const isPowerOfTwo = (first & (first - 1)) === 0;
  const [seed, ...path] = isPowerOfTwo ? [firstRoot, ...proof] : proof;
  if (seed === undefined || proof.length === 0) return undefined;
  let [fn, sn] = [first - 1, second - 1];
  while (fn % 2 === 1) [fn, sn] = [fn >> 1, sn >> 1];
  let [fr, sr] = [seed, seed];
  for (const hash of path) {
    if (sn === 0) return undefined;
    if (fn % 2 === 1 || fn === sn) {
      fr = nodeHashOf(hash, fr);
      sr = nodeHashOf(hash, sr);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn >> 1, sn >> 1];
    } else {
      sr = nodeHashOf(sr, hash);
    }
    [fn, sn] = [fn >> 1, sn >> 1];
  }
  return sn === 0 ? { first: fr, second: sr } : undefined;
}
