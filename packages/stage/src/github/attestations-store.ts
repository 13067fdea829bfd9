/**
 * Attestations of one repository, by the digest of what they are about. The same bundle stored
 * twice is there twice: GitHub does not deduplicate (specs.md 2.12).
 */
import type { Clock } from "../clock.ts";

export interface Statement {
  readonly predicateType: string;
  /** `<algorithm>:<hex>`, every digest of every subject. */
  readonly subjects: readonly string[];
}

export interface Attestation extends Statement {
  readonly id: number;
  readonly bundle: unknown;
  readonly initiator: "github" | "user";
  readonly createdAt: Date;
}

/** GitHub takes no more subjects in one attestation (github/gh-attest, actions/attest). */
const MAX_SUBJECTS = 1024;

function propertyOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

/** What a bundle states; undefined when it is none, or one that states nothing about anything. */
export function readStatement(bundle: unknown): Statement | undefined {
  const payload = propertyOf(propertyOf(bundle, "dsseEnvelope"), "payload");
  if (typeof payload !== "string") return undefined;
  let statement: unknown;
  try {
    statement = JSON.parse(Buffer.from(payload, "base64").toString("utf8"));
  } catch {
    return undefined;
  }
  const predicateType = propertyOf(statement, "predicateType");
  const listed = propertyOf(statement, "subject");
  if (typeof predicateType !== "string" || !Array.isArray(listed)) return undefined;
  const subjects = listed.flatMap((subject: unknown) => {
    const digest = propertyOf(subject, "digest");
    return typeof digest === "object" && digest !== null
      ? Object.entries(digest).map(([algorithm, hex]) => `${algorithm}:${String(hex)}`)
      : [];
  });
  if (subjects.length === 0 || listed.length > MAX_SUBJECTS) return undefined;
  return { predicateType, subjects };
}

export class AttestationsStore {
  readonly #firstId: number;
  readonly #clock: Clock;
  readonly #attestations: Attestation[] = [];
  /** How many more look-ups do not find it yet. */
  readonly #hiddenFor = new Map<number, number>();
  #created = 0;
  #lag = 0;

  constructor(repositoryId: number, clock: Clock) {
    this.#firstId = repositoryId * 1_000_000;
    this.#clock = clock;
  }

  /** From now on, what is stored is found by look-ups of its digest only after so many of them. */
  setIndexLag(lookUps: number): void {
    this.#lag = lookUps;
  }

  /** Oldest first, found by look-ups or not yet. */
  get all(): readonly Attestation[] {
    return this.#attestations;
  }

  /** @throws Error for a bundle without a statement in it */
  add(
    bundle: unknown,
    options: { readonly initiator?: "github" | "user"; readonly lag?: number } = {},
  ): Attestation {
    const statement = readStatement(bundle);
    if (statement === undefined) throw new Error("the bundle has no statement about anything");
    this.#created += 1;
    const attestation = {
      ...statement,
      id: this.#firstId + this.#created,
      bundle,
      initiator: options.initiator ?? "user",
      createdAt: this.#clock.now(),
    };
    this.#attestations.push(attestation);
    this.#hiddenFor.set(attestation.id, options.lag ?? this.#lag);
    return attestation;
  }

  /** What a look-up finds, newest first. It counts for what is not found yet. */
  lookUp(subject: string): readonly Attestation[] {
    return this.#attestations
      .filter((attestation) => attestation.subjects.includes(subject))
      .filter(({ id }) => {
        const hiddenFor = this.#hiddenFor.get(id) ?? 0;
        this.#hiddenFor.set(id, Math.max(0, hiddenFor - 1));
        return hiddenFor === 0;
      })
      .toReversed();
  }

  delete(id: number): void {
    const at = this.#attestations.findIndex((attestation) => attestation.id === id);
    if (at >= 0) this.#attestations.splice(at, 1);
  }
}
