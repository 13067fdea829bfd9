/** The artifacts of one repository: which run has which, and what became of them. */
import type { BlobStore, Chunks, StoredBlob } from "../artifacts/blob-store.ts";
import type { Clock } from "../clock.ts";

export interface Artifact {
  readonly id: number;
  readonly runId: number;
  readonly jobBackendId: string;
  readonly name: string;
  readonly mimeType: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** Undefined until all of it has arrived and was found to be what it should be. */
  readonly content: StoredBlob | undefined;
}

export interface NewArtifact {
  readonly runId: number;
  readonly name: string;
  readonly jobBackendId?: string;
  readonly mimeType?: string;
  readonly expiresAt?: Date;
}

/** 90 days unless told, and no more than that (docs.github.com, retention of artifacts). */
const RETENTION_MS = 90 * 24 * 60 * 60 * 1000;

const ZIP = "application/zip";

export class ArtifactsStore {
  readonly #firstId: number;
  readonly #clock: Clock;
  readonly #blobs: BlobStore;
  readonly #artifacts = new Map<number, Artifact>();
  #created = 0;

  constructor(repositoryId: number, clock: Clock, blobs: BlobStore) {
    this.#firstId = repositoryId * 1_000_000;
    this.#clock = clock;
    this.#blobs = blobs;
  }

  /** Those that are whole, oldest first. */
  get all(): readonly Artifact[] {
    return [...this.#artifacts.values()].filter((artifact) => artifact.content !== undefined);
  }

  ofRun(runId: number): readonly Artifact[] {
    return this.all.filter((artifact) => artifact.runId === runId);
  }

  artifact(id: number): Artifact | undefined {
    const artifact = this.#artifacts.get(id);
    return artifact?.content === undefined ? undefined : artifact;
  }

  /** Also one whose upload has begun: it has the name already. */
  named(runId: number, name: string): Artifact | undefined {
    return [...this.#artifacts.values()].find((a) => a.runId === runId && a.name === name);
  }

  isExpired(artifact: Artifact): boolean {
    return artifact.expiresAt.getTime() <= this.#clock.now().getTime();
  }

  /** Takes the name for the run, across its attempts; undefined when it is taken. */
  reserve(options: NewArtifact): Artifact | undefined {
    if (this.named(options.runId, options.name) !== undefined) return undefined;
    this.#created += 1;
    const createdAt = this.#clock.now();
    const latest = new Date(createdAt.getTime() + RETENTION_MS);
    const asked = options.expiresAt ?? latest;
    const artifact: Artifact = {
      id: this.#firstId + this.#created,
      runId: options.runId,
      jobBackendId: options.jobBackendId ?? "",
      name: options.name,
      mimeType: options.mimeType ?? ZIP,
      createdAt,
      expiresAt: asked < latest ? asked : latest,
      content: undefined,
    };
    this.#artifacts.set(artifact.id, artifact);
    return artifact;
  }

  /** @throws Error for an artifact that is not reserved */
  finalize(id: number, content: StoredBlob): Artifact {
    const artifact = this.#artifacts.get(id);
    if (artifact === undefined) throw new Error(`there is no artifact ${id}`);
    const whole = { ...artifact, content };
    this.#artifacts.set(id, whole);
    return whole;
  }

  /** Puts an artifact there, for a scene or a runner that has its bytes. */
  async add(options: NewArtifact, content: Uint8Array | Chunks): Promise<Artifact> {
    const artifact = this.reserve(options);
    if (artifact === undefined) throw new Error(`run ${options.runId} has ${options.name} already`);
    return this.finalize(
      artifact.id,
      await this.#blobs.write(content instanceof Uint8Array ? [content] : content),
    );
  }

  /** The file an artifact that is whole is in. */
  pathOf(artifact: Artifact): string {
    if (artifact.content === undefined) throw new Error(`artifact ${artifact.name} is not whole`);
    return this.#blobs.pathOf(artifact.content.id);
  }

  async delete(id: number): Promise<void> {
    const artifact = this.#artifacts.get(id);
    this.#artifacts.delete(id);
    if (artifact?.content !== undefined) await this.#blobs.remove(artifact.content.id);
  }
}
