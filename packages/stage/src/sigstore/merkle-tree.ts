/**
 * A Merkle tree that only grows, after RFC 6962, 2.1: leaf and node hashes, roots of every size it
 * ever had, inclusion and consistency proofs. Knows nothing of what its leaves are.
 */
import { createHash } from "node:crypto";

export const EMPTY_ROOT: Buffer = createHash("sha256").digest();

/** RFC 6962, 2.1: a leaf is hashed behind a zero byte, so that no node passes for a leaf. */
export function hashLeaf(data: Uint8Array): Buffer {
  return createHash("sha256").update(Uint8Array.of(0x00)).update(data).digest();
}

function hashNode(left: Uint8Array, right: Uint8Array): Buffer {
  return createHash("sha256").update(Uint8Array.of(0x01)).update(left).update(right).digest();
}

/** The largest power of two below `size`, which is at least 2: where RFC 6962 splits a tree. */
function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

export class MerkleTree {
  /** `#levels[l][i]` is the root of the full subtree over leaves `i * 2^l` to `(i + 1) * 2^l`. */
  readonly #levels: Buffer[][] = [[]];

  get size(): number {
    return this.#level(0).length;
  }

  /** Returns the index of the new leaf. */
  append(leafHash: Buffer): number {
    const index = this.size;
    this.#level(0).push(leafHash);
    for (let level = 0; this.#level(level).length % 2 === 0; level += 1) {
      const [left, right] = this.#level(level).slice(-2);
      if (left === undefined || right === undefined) break;
      this.#level(level + 1).push(hashNode(left, right));
    }
    return index;
  }

  /** The root over the first `size` leaves; over all of them unless told. */
  root(size: number = this.size): Buffer {
    this.#assertSize(size);
    return size === 0 ? EMPTY_ROOT : this.#rootOf(0, size);
  }

  /** RFC 6962, 2.1.1. @throws RangeError unless the leaf is in a tree of that size */
  inclusionProof(index: number, size: number = this.size): readonly Buffer[] {
    this.#assertSize(size);
    if (!Number.isSafeInteger(index) || index < 0 || index >= size) {
      throw new RangeError(`leaf ${index} is not in a tree of ${size}`);
    }
    return this.#path(index, 0, size);
  }

  /** RFC 6962, 2.1.2. Empty from size 0 and for equal sizes. @throws RangeError for other sizes */
  consistencyProof(first: number, second: number = this.size): readonly Buffer[] {
    this.#assertSize(second);
    if (!Number.isSafeInteger(first) || first < 0 || first > second) {
      throw new RangeError(`a tree of ${first} is no beginning of one of ${second}`);
    }
    return first === 0 || first === second ? [] : this.#subProof(first, 0, second, true);
  }

  /** The nodes of one level from the leaves up, as many as are complete. */
  nodes(level: number, from: number, count: number): readonly Buffer[] {
    return (this.#levels[level] ?? []).slice(from, from + count);
  }

  #level(level: number): Buffer[] {
    return (this.#levels[level] ??= []);
  }

  #assertSize(size: number): void {
    if (!Number.isSafeInteger(size) || size < 0 || size > this.size) {
      throw new RangeError(`the tree never had ${size} leaves`);
    }
  }

  #rootOf(start: number, end: number): Buffer {
    const size = end - start;
    // Every subtree the recursion of RFC 6962 meets starts at a multiple of its own width.
    const level = Math.log2(size);
    const known = Number.isInteger(level) ? this.#level(level)[start / size] : undefined;
    if (known !== undefined) return known;
    const middle = start + splitOf(size);
    return hashNode(this.#rootOf(start, middle), this.#rootOf(middle, end));
  }

  #path(index: number, start: number, end: number): Buffer[] {
    if (end - start === 1) return [];
    const middle = start + splitOf(end - start);
    return index < middle
      ? [...this.#path(index, start, middle), this.#rootOf(middle, end)]
      : [...this.#path(index, middle, end), this.#rootOf(start, middle)];
  }

  /** `isWhole`: the older tree is this very subtree, whose root the verifier has. */
  #subProof(first: number, start: number, end: number, isWhole: boolean): Buffer[] {
    if (first === end) return isWhole ? [] : [this.#rootOf(start, end)];
    const middle = start + splitOf(end - start);
    return first <= middle
      ? [...this.#subProof(first, start, middle, isWhole), this.#rootOf(middle, end)]
      : [...this.#subProof(first, middle, end, false), this.#rootOf(start, middle)];
  }
}
