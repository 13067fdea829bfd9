/**
 * Releases of one repository and their assets. Drafts have no tag and no claim to its name; what
 * is published does; and what is published as immutable keeps it for ever (specs.md 2.13).
 */
import type { StoredBlob } from "../artifacts/blob-store.ts";
import type { Clock } from "../clock.ts";
import type { Actor } from "./actors.ts";
import type { MergedPull } from "./release-notes.ts";

export type MakeLatest = "false" | "legacy" | "true";

export interface Asset {
  readonly id: number;
  readonly releaseId: number;
  readonly name: string;
  readonly label: string | null;
  readonly contentType: string;
  /** `starter`: the upload was cut. The name is taken until the asset is deleted. */
  readonly state: "starter" | "uploaded";
  readonly content: StoredBlob | undefined;
  readonly uploader: Actor;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly downloads: number;
}

export interface NewAsset {
  readonly releaseId: number;
  /** As it is stored. */
  readonly name: string;
  readonly label?: string | null;
  readonly contentType?: string;
  readonly uploader: Actor;
}

export interface ReleaseFields {
  readonly tagName: string;
  readonly targetCommitish: string;
  readonly name: string | null;
  readonly body: string | null;
  readonly isDraft: boolean;
  readonly isPrerelease: boolean;
}

export interface Release extends ReleaseFields {
  readonly id: number;
  readonly author: Actor;
  /** The date of the tagged commit, once there is one; of the draft before. */
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly publishedAt: Date | null;
  readonly isImmutable: boolean;
  readonly mayBeLatest: boolean;
}

/** Undefined where the ref was not, or is to be no more. */
export interface RefChange {
  readonly ref: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** What a Sigstore of the stage makes of a statement; unsigned unless one is attached. */
export type Attester = (statement: object) => Promise<unknown>;

export interface NewRelease extends ReleaseFields {
  readonly author: Actor;
  readonly createdAt?: Date;
}

export class ReleasesStore {
  readonly #firstId: number;
  readonly #clock: Clock;
  readonly #releases = new Map<number, Release>();
  readonly #assets = new Map<number, Asset>();
  readonly #burntTags = new Set<string>();
  /** How many more readings of the list do not show it yet. */
  readonly #hiddenFor = new Map<number, number>();
  #created = 0;
  #explicitLatest: number | undefined;
  #listLag = 0;
  #attestationLag = 0;
  #isImmutable = false;
  #isEnforcedByOwner = false;
  #attester: Attester | undefined;
  #mergedPulls: () => readonly MergedPull[] = () => [];

  constructor(repositoryId: number, clock: Clock) {
    this.#firstId = repositoryId * 1_000_000;
    this.#clock = clock;
  }

  #nextId(): number {
    this.#created += 1;
    return this.#firstId + this.#created;
  }

  /** From now on, a new release is in the list only after so many readings of it. */
  setListLag(readings: number): void {
    this.#listLag = readings;
  }

  /** From now on, the attestation of an immutable release is found only after so many look-ups. */
  setAttestationLag(lookUps: number): void {
    this.#attestationLag = lookUps;
  }

  get attestationLag(): number {
    return this.#attestationLag;
  }

  /** From now on, attestations of releases are made by this. */
  setAttester(attester: Attester): void {
    this.#attester = attester;
  }

  /** From now on, release notes tell of the pulls that this returns. */
  setMergedPulls(mergedPulls: () => readonly MergedPull[]): void {
    this.#mergedPulls = mergedPulls;
  }

  mergedPulls(): readonly MergedPull[] {
    return this.#mergedPulls();
  }

  get attester(): Attester | undefined {
    return this.#attester;
  }

  /** Whether what is published from now on is immutable. */
  get immutability(): { readonly enabled: boolean; readonly enforcedByOwner: boolean } {
    return { enabled: this.#isImmutable, enforcedByOwner: this.#isEnforcedByOwner };
  }

  setImmutability(enabled: boolean, { enforcedByOwner = false } = {}): void {
    this.#isImmutable = enabled;
    this.#isEnforcedByOwner = enforcedByOwner;
  }

  /** Newest first, drafts among them, in the list or not yet. */
  get all(): readonly Release[] {
    return [...this.#releases.values()].toReversed();
  }

  /** What one reading of the list finds. It counts for what is not in it yet. */
  readList(): readonly Release[] {
    return this.all.filter(({ id }) => {
      const hiddenFor = this.#hiddenFor.get(id) ?? 0;
      this.#hiddenFor.set(id, Math.max(0, hiddenFor - 1));
      return hiddenFor === 0;
    });
  }

  release(id: number): Release | undefined {
    return this.#releases.get(id);
  }

  /** Never a draft. */
  publishedAs(tagName: string): Release | undefined {
    return this.all.find((release) => !release.isDraft && release.tagName === tagName);
  }

  /**
   * The one that was said to be the latest, else the newest by its commit, neither draft nor
   * prerelease.
   */
  get latest(): Release | undefined {
    const eligible = this.all.filter((release) => !release.isDraft && !release.isPrerelease);
    const explicit = eligible.find((release) => release.id === this.#explicitLatest);
    if (explicit !== undefined) return explicit;
    const candidates = eligible.filter((release) => release.mayBeLatest);
    const time = (release: Release): number => release.createdAt.getTime();
    return candidates.toSorted((a, b) => time(b) - time(a))[0];
  }

  create({ author, createdAt, ...fields }: NewRelease): Release {
    const now = this.#clock.now();
    const release: Release = {
      ...fields,
      id: this.#nextId(),
      author,
      createdAt: createdAt ?? now,
      updatedAt: now,
      publishedAt: fields.isDraft ? null : now,
      isImmutable: !fields.isDraft && this.#isImmutable,
      mayBeLatest: true,
    };
    this.#releases.set(release.id, release);
    this.#hiddenFor.set(release.id, this.#listLag);
    if (release.isImmutable) this.#burntTags.add(release.tagName);
    return release;
  }

  /** @throws Error for a release that is not there */
  update(id: number, { createdAt, ...fields }: ReleaseFields & { createdAt?: Date }): Release {
    const before = this.#releases.get(id);
    if (before === undefined) throw new Error(`there is no release ${id}`);
    const now = this.#clock.now();
    const isPublishing = before.isDraft && !fields.isDraft;
    const release: Release = {
      ...before,
      ...fields,
      createdAt: createdAt ?? before.createdAt,
      updatedAt: now,
      publishedAt: fields.isDraft ? null : (before.publishedAt ?? now),
      isImmutable: before.isImmutable || (isPublishing && this.#isImmutable),
    };
    this.#releases.set(id, release);
    if (release.isImmutable) this.#burntTags.add(release.tagName);
    return release;
  }

  setLatest(id: number, how: MakeLatest): void {
    const release = this.#releases.get(id);
    if (release === undefined) throw new Error(`there is no release ${id}`);
    this.#releases.set(id, { ...release, mayBeLatest: how !== "false" });
    if (how === "true") this.#explicitLatest = id;
    else if (how === "legacy" || this.#explicitLatest === id) this.#explicitLatest = undefined;
  }

  /** Its assets go with it; returns what they held. The tag stays, and its name stays burnt. */
  delete(id: number): readonly StoredBlob[] {
    const assets = this.assetsOf(id);
    this.#releases.delete(id);
    for (const asset of assets) this.#assets.delete(asset.id);
    return assets.flatMap((asset) => (asset.content === undefined ? [] : [asset.content]));
  }

  /** Whether the tag's name was an immutable release's that is gone: it is lost for ever. */
  isBurnt(ref: string): boolean {
    const tagName = ref.replace(/^refs\/tags\//, "");
    if (!ref.startsWith("refs/tags/") || !this.#burntTags.has(tagName)) return false;
    return this.publishedAs(tagName) === undefined;
  }

  /**
   * Why the ref may not be created, moved or deleted so, in the words of the rule that GitHub keeps
   * for tags of immutable releases; undefined when it may.
   */
  objectionTo({ ref, before, after }: RefChange): string | undefined {
    if (before === undefined) {
      return this.isBurnt(ref) ? "Cannot create ref due to creations being restricted." : undefined;
    }
    if (!ref.startsWith("refs/tags/")) return undefined;
    const release = this.publishedAs(ref.slice("refs/tags/".length));
    if (release?.isImmutable !== true) return undefined;
    return `Cannot ${after === undefined ? "delete" : "update"} this protected ref.`;
  }

  /** Oldest first. */
  assetsOf(releaseId: number): readonly Asset[] {
    return [...this.#assets.values()].filter((asset) => asset.releaseId === releaseId);
  }

  asset(id: number): Asset | undefined {
    return this.#assets.get(id);
  }

  /** What an upload begins with, and all that is left of one that was cut. */
  addStarter({ releaseId, name, label, contentType, uploader }: NewAsset): Asset {
    const now = this.#clock.now();
    const asset: Asset = {
      id: this.#nextId(),
      releaseId,
      name,
      label: label ?? null,
      contentType: contentType ?? "application/octet-stream",
      state: "starter",
      content: undefined,
      uploader,
      createdAt: now,
      updatedAt: now,
      downloads: 0,
    };
    this.#assets.set(asset.id, asset);
    return asset;
  }

  /** Ends the upload of a starter; undefined when it was deleted meanwhile. */
  finishAsset(id: number, content: StoredBlob): Asset | undefined {
    const starter = this.#assets.get(id);
    if (starter === undefined) return undefined;
    const updatedAt = this.#clock.now();
    const asset: Asset = { ...starter, state: "uploaded", content, updatedAt };
    this.#assets.set(id, asset);
    return asset;
  }

  updateAsset(id: number, change: Partial<Pick<Asset, "downloads" | "label" | "name">>): Asset {
    const before = this.#assets.get(id);
    if (before === undefined) throw new Error(`there is no asset ${id}`);
    const asset = { ...before, ...change, updatedAt: this.#clock.now() };
    this.#assets.set(id, asset);
    return asset;
  }

  deleteAsset(id: number): void {
    this.#assets.delete(id);
  }
}
