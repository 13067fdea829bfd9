/** What one repository of a registry holds: which blobs, manifests and tags, and since when. */
import type { History } from "../history.ts";
import type { Descriptor, ParsedManifest } from "./manifests.ts";

export interface StoredManifest extends ParsedManifest {
  readonly digest: string;
  readonly size: number;
}

/** What readers are told of. */
export interface View {
  readonly tags: Map<string, string>;
  readonly manifests: Map<string, StoredManifest>;
}

interface Lag {
  readonly before: string | undefined;
  readsLeft: number;
}

export interface RepositorySettings {
  readonly name: string;
  readonly service: string;
  readonly history: History;
}

export class RegistryRepository {
  readonly name: string;
  /** The size of each blob. */
  readonly #blobs = new Map<string, number>();
  readonly #view: View = { tags: new Map(), manifests: new Map() };
  /** How to take the changes back, the last one last. */
  readonly #undo: ((view: View) => void)[] = [];
  readonly #tagLags = new Map<string, Lag>();
  readonly #referrerLags = new Map<string, Lag>();
  readonly #service: string;
  readonly #history: History;

  constructor({ name, service, history }: RepositorySettings) {
    this.name = name;
    this.#service = service;
    this.#history = history;
  }

  #record(
    who: string,
    what: string,
    before: string | undefined,
    after: string | undefined,
    ref?: string,
  ): void {
    const place = { service: this.#service, repository: this.name };
    const tag = ref === undefined ? {} : { ref };
    this.#history.record({ ...place, who, what, ...tag, before, after });
  }

  get tags(): ReadonlyMap<string, string> {
    return this.#view.tags;
  }

  get manifests(): ReadonlyMap<string, StoredManifest> {
    return this.#view.manifests;
  }

  blobSize(digest: string): number | undefined {
    return this.#blobs.get(digest);
  }

  /** `how`: `store blob`, or `mount blob`. One that is there already changes nothing. */
  addBlob(who: string, digest: string, size: number, how = "store blob"): void {
    if (this.#blobs.has(digest)) return;
    this.#blobs.set(digest, size);
    this.#record(who, how, undefined, digest);
  }

  removeBlob(who: string, digest: string): void {
    if (this.#blobs.delete(digest)) this.#record(who, "delete blob", digest, undefined);
  }

  /** `lag`: how many reads do not see it among the referrers of its subject. */
  addManifest(who: string, manifest: StoredManifest, lag = 0): void {
    const { digest } = manifest;
    if (this.#view.manifests.has(digest)) return;
    this.#view.manifests.set(digest, manifest);
    this.#undo.push((view) => view.manifests.delete(digest));
    this.#referrerLags.set(digest, { before: undefined, readsLeft: lag });
    this.#record(who, "store manifest", undefined, digest);
  }

  /** Takes the tags that name it along. */
  removeManifest(who: string, digest: string): void {
    const manifest = this.#view.manifests.get(digest);
    if (manifest === undefined) return;
    for (const [tag, tagged] of this.#view.tags) {
      if (tagged === digest) this.removeTag(who, tag);
    }
    this.#view.manifests.delete(digest);
    this.#undo.push((view) => view.manifests.set(digest, manifest));
    this.#record(who, "delete manifest", digest, undefined);
  }

  /** `lag`: how many reads still see the tag as it was. */
  setTag(who: string, tag: string, digest: string, lag = 0): void {
    const before = this.#view.tags.get(tag);
    if (before === digest) return;
    this.#view.tags.set(tag, digest);
    this.#undo.push((view) =>
      before === undefined ? view.tags.delete(tag) : view.tags.set(tag, before),
    );
    this.#tagLags.set(tag, { before, readsLeft: lag });
    this.#record(who, before === undefined ? "create tag" : "move tag", before, digest, tag);
  }

  removeTag(who: string, tag: string): void {
    const before = this.#view.tags.get(tag);
    if (before === undefined) return;
    this.#view.tags.delete(tag);
    this.#tagLags.delete(tag);
    this.#undo.push((view) => view.tags.set(tag, before));
    this.#record(who, "delete tag", before, undefined, tag);
  }

  /** Tags and manifests as they were before the last so many changes. */
  viewBefore(changes: number): View {
    const tags = new Map(this.#view.tags);
    const view = { tags, manifests: new Map(this.#view.manifests) };
    if (changes > 0) for (const undo of this.#undo.slice(-changes).toReversed()) undo(view);
    return view;
  }

  /** What a reader who asks for the tag gets, who may be one of those that are served late. */
  readTag(tag: string, changes: number): string | undefined {
    const lag = takeLag(this.#tagLags, tag);
    return lag === undefined ? this.viewBefore(changes).tags.get(tag) : lag.before;
  }

  readTags(changes: number): readonly string[] {
    const { tags } = this.viewBefore(changes);
    for (const tag of tags.keys()) {
      const lag = takeLag(this.#tagLags, tag);
      if (lag !== undefined && lag.before === undefined) tags.delete(tag);
    }
    // By code unit, which for the characters of a tag is the order of ASCII.
    return [...tags.keys()].toSorted((a, b) => (a < b ? -1 : 1));
  }

  /** In the order they came. */
  readReferrers(subject: string, changes: number): readonly Descriptor[] {
    return [...this.viewBefore(changes).manifests.values()]
      .filter((manifest) => manifest.subject === subject)
      .filter(({ digest }) => takeLag(this.#referrerLags, digest) === undefined)
      .map(({ mediaType, digest, size, artifactType, annotations }) => ({
        mediaType,
        digest,
        size,
        ...(artifactType === undefined ? {} : { artifactType }),
        ...(annotations === undefined ? {} : { annotations }),
      }));
  }
}

/** The lag, when this read still falls into it. */
function takeLag(lags: Map<string, Lag>, key: string): Lag | undefined {
  const lag = lags.get(key);
  if (lag === undefined || lag.readsLeft === 0) return undefined;
  lag.readsLeft -= 1;
  return lag;
}
