/**
 * One transparency log: bodies in the order they came, the Merkle tree over them, and every
 * checkpoint it ever gave out. It takes any body; what may go in is decided by its Rekor.
 */
import { createPublicKey, verify } from "node:crypto";
import { type CheckpointNames, formatCheckpoint, type LogKey } from "./checkpoint.ts";
import type { Clock } from "./clock.ts";
import { hashLeaf, MerkleTree } from "./merkle-tree.ts";

export interface LogEntry {
  readonly index: number;
  /** The canonical body, which is the leaf of the tree. */
  readonly body: Buffer;
  readonly leafHash: Buffer;
  /** Seconds since 1970. */
  readonly integratedTime: number;
  /** Lower-case terms the entry is found by, such as `sha256:<hex>`. */
  readonly terms: readonly string[];
}

export interface InclusionProof {
  readonly index: number;
  readonly treeSize: number;
  readonly root: Buffer;
  readonly hashes: readonly Buffer[];
  readonly checkpoint: string;
}

interface Issued {
  readonly size: number;
  readonly root: Buffer;
  readonly checkpoint: string;
}

/** What an audit of a log found. */
export interface LogAudit {
  readonly size: number;
  readonly root: string;
  /** How many different checkpoints were given out and agreed with. */
  readonly checkpoints: number;
}

export interface LogSettings {
  readonly name: string;
  readonly key: LogKey;
  readonly names: CheckpointNames;
  readonly clock: Clock;
}

export class TransparencyLog {
  readonly name: string;
  readonly key: LogKey;
  readonly #names: CheckpointNames;
  readonly #clock: Clock;
  readonly #tree = new MerkleTree();
  readonly #entries: LogEntry[] = [];
  readonly #byLeafHash = new Map<string, LogEntry>();
  readonly #issued = new Map<string, Issued>();

  constructor({ name, key, names, clock }: LogSettings) {
    this.name = name;
    this.key = key;
    this.#names = names;
    this.#clock = clock;
  }

  /** Every entry, in the order of the log. */
  get entries(): readonly LogEntry[] {
    return this.#entries;
  }

  get size(): number {
    return this.#tree.size;
  }

  root(size?: number): Buffer {
    return this.#tree.root(size);
  }

  /** Adds the body, or finds it: a log has each leaf once. */
  add(body: Buffer, terms: readonly string[]): { entry: LogEntry; isNew: boolean } {
    const leafHash = hashLeaf(body);
    const known = this.find(leafHash.toString("hex"));
    if (known !== undefined) return { entry: known, isNew: false };
    const integratedTime = Math.floor(this.#clock.now().getTime() / 1000);
    const index = this.#tree.append(leafHash);
    const entry = { index, body, leafHash, integratedTime, terms };
    this.#entries.push(entry);
    this.#byLeafHash.set(leafHash.toString("hex"), entry);
    return { entry, isNew: true };
  }

  /** The entry with that leaf hash, in lower-case hex. */
  find(leafHash: string): LogEntry | undefined {
    return this.#byLeafHash.get(leafHash);
  }

  /** The signed statement of the present size and root. Kept, to be audited. */
  checkpoint(): string {
    const [size, root] = [this.size, this.root()];
    const checkpoint = formatCheckpoint(this.key, this.#names, size, root);
    this.#issued.set(`${size} ${root.toString("hex")}`, { size, root, checkpoint });
    return checkpoint;
  }

  inclusionProof(index: number): InclusionProof {
    return {
      index,
      treeSize: this.size,
      root: this.root(),
      hashes: this.#tree.inclusionProof(index),
      checkpoint: this.checkpoint(),
    };
  }

  /** @throws RangeError for sizes the log never had */
  consistencyProof(first: number, second: number): readonly Buffer[] {
    return this.#tree.consistencyProof(first, second);
  }

  /** See {@link MerkleTree.nodes}. */
  nodes(level: number, from: number, count: number): readonly Buffer[] {
    return this.#tree.nodes(level, from, count);
  }

  /**
   * Recomputes the tree from the bodies, and holds every checkpoint ever given out against it:
   * each must be the root of the first so many entries, and carry the log's signature.
   * @throws Error naming what does not agree
   */
  verify(): LogAudit {
    const fresh = new MerkleTree();
    for (const entry of this.#entries) fresh.append(hashLeaf(entry.body));
    const complaints: string[] = [];
    if (fresh.size !== this.size || !fresh.root().equals(this.root())) {
      complaints.push("the tree is not the one over the entries");
    }
    const publicKey = createPublicKey({ key: this.key.spki, format: "der", type: "spki" });
    const algorithm = this.key.keyDetails === "PKIX_ED25519" ? null : "sha256";
    for (const { size, root, checkpoint } of this.#issued.values()) {
      if (size > fresh.size || !fresh.root(size).equals(root)) {
        complaints.push(`the checkpoint of size ${size} is of another log`);
      }
      const [note = "", signed = ""] = checkpoint.split("\n\n");
      const signature = Buffer.from(signed.trimEnd().split(" ").at(-1) ?? "", "base64").subarray(4);
      if (!verify(algorithm, Buffer.from(`${note}\n`), publicKey, signature)) {
        complaints.push(`the checkpoint of size ${size} is not signed by the log`);
      }
    }
    if (complaints.length > 0) throw new Error(`${this.name}: ${complaints.join("; ")}`);
    return {
      size: fresh.size,
      root: fresh.root().toString("hex"),
      checkpoints: this.#issued.size,
    };
  }
}
