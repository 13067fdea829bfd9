/**
 * The runner's artifacts, kept where the API and the artifact service keep theirs: a job downloads
 * what `@actions/artifact` uploaded, and the API serves what a stand-in did.
 */
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { openPromise } from "yauzl";
import type { Artifact } from "./github/artifacts-store.ts";
import type { GithubHost } from "./github/host.ts";
import type { Repository } from "./github/repository.ts";
import { zipFiles } from "./github/zip.ts";
import type { ArtifactStore, StoredArtifact } from "./runner/index.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/** More entries, or more bytes inflated, are no artifact of a rehearsal (specs.md T14). */
const MAX_ENTRIES = 10_000;
const MAX_INFLATED_BYTES = 2 * 1024 ** 3;

export function artifactArchive(host: GithubHost): ArtifactStore {
  return {
    async upload({ repository: slug, runId, name, files, retentionDays, overwrite }) {
      const { artifacts } = repositoryOf(host, slug);
      const before = artifacts.named(runId, name);
      if (before !== undefined && !overwrite) {
        throw new Error(
          `Failed to CreateArtifact: Received non-retryable error: Failed request: (409) Conflict: an artifact with this name already exists on the workflow run`,
        );
      }
      if (before !== undefined) await artifacts.delete(before.id);
      const content = zipFiles(files.map(({ path, source }) => ({ name: path, source })));
      const expiresAt =
        retentionDays === undefined
          ? {}
          : { expiresAt: new Date(host.clock.now().getTime() + retentionDays * DAY_MS) };
      return stored(await artifacts.add({ runId, name, ...expiresAt }, content));
    },

    async list(slug, runId) {
      return repositoryOf(host, slug).artifacts.ofRun(runId).map(stored);
    },

    async download(id, folder) {
      const repository = host.repositories.find(({ artifacts }) => artifacts.artifact(id));
      const artifact = repository?.artifacts.artifact(id);
      if (repository === undefined || artifact?.content === undefined) {
        throw new Error(`there is no artifact ${id}`);
      }
      if (repository.artifacts.isExpired(artifact)) throw new Error(`artifact ${id} has expired`);
      const zip = repository.artifacts.pathOf(artifact);
      const hash = createHash("sha256");
      await pipeline(createReadStream(zip), hash);
      if (hash.digest("hex") !== artifact.content.sha256) {
        throw new Error(`artifact ${id} is not what was uploaded`);
      }
      await extract(zip, folder);
    },
  };
}

function repositoryOf(host: GithubHost, slug: string): Repository {
  const repository = host.repository(slug);
  if (repository === undefined) throw new Error(`${host.name} has no repository ${slug}`);
  return repository;
}

function stored(artifact: Artifact): StoredArtifact {
  const { id, name, content } = artifact;
  if (content === undefined) throw new Error(`artifact ${name} is not whole`);
  return { id, name, digest: `sha256:${content.sha256}`, size: content.size };
}

/**
 * Writes the archive's files below the folder. Names that lead elsewhere are refused by yauzl, what
 * is there already is not overwritten, and sizes are counted as they come and not as they are told.
 */
async function extract(zip: string, folder: string): Promise<void> {
  const archive = await openPromise(zip, { lazyEntries: true, strictFileNames: true });
  let entries = 0;
  let inflated = 0;
  for await (const entry of archive.eachEntry()) {
    entries += 1;
    if (entries > MAX_ENTRIES) throw new Error(`more than ${MAX_ENTRIES} files in an artifact`);
    const path = join(folder, entry.fileName);
    if (entry.fileName.endsWith("/")) {
      await mkdir(path, { recursive: true });
      continue;
    }
    await mkdir(dirname(path), { recursive: true });
    const content = await archive.openReadStreamPromise(entry);
    await pipeline(
      content,
      async function* counted(pieces: AsyncIterable<Buffer>) {
        for await (const piece of pieces) {
          inflated += piece.length;
          if (inflated > MAX_INFLATED_BYTES) {
            throw new Error(`an artifact of more than ${MAX_INFLATED_BYTES} bytes`);
          }
          yield piece;
        }
      },
      createWriteStream(path, { flags: "wx" }),
    );
  }
}
