/**
 * What the stand-ins of upload-artifact and download-artifact need of an artifact service. Who
 * implements it decides how artifacts are kept and served.
 */
export interface ArtifactFile {
  /** Relative, with `/`, as it is in the artifact. */
  readonly path: string;
  /** Where it is on disk. */
  readonly source: string;
}

export interface StoredArtifact {
  readonly id: number;
  readonly name: string;
  /** `sha256:` and 64 digits, of what is served. */
  readonly digest: string;
  readonly size: number;
}

export interface ArtifactUpload {
  readonly repository: string;
  readonly runId: number;
  readonly runAttempt: number;
  readonly name: string;
  readonly files: readonly ArtifactFile[];
  readonly retentionDays: number | undefined;
  readonly overwrite: boolean;
}

export interface ArtifactStore {
  /** @throws Error when the run has one of that name and it is not to be overwritten */
  upload(upload: ArtifactUpload): Promise<StoredArtifact>;
  list(repository: string, runId: number): Promise<readonly StoredArtifact[]>;
  /** Writes the artifact's files below the folder. @throws Error when it is gone or damaged */
  download(id: number, folder: string): Promise<void>;
}
