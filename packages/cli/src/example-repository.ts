import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { GithubHost, Repository } from "@auditable-release/stage";

/** An example with its releases: 1.0.0, 1.1.0 and the patch 1.1.1, and two more commits on main. */
export interface ExampleRepository {
  readonly repository: Repository;
  readonly slug: string;
  /** Tip of main. */
  readonly head: string;
}

/** An example is a few small files; more is a mistake in the path. */
const MAX_FILES = 500;

/**
 * Loads a folder into the stage as a repository with a history: its files come with the first
 * commit, the versions in them are those of the commit.
 */
export async function loadExample(host: GithubHost, folder: string): Promise<ExampleRepository> {
  const slug = `octo/${path.basename(folder)}`;
  const files = await readFolder(folder);
  const repository = await host.createRepository(slug);
  const main = (message: string, changed: Readonly<Record<string, string>>) =>
    repository.commit({ branch: "main", message, files: changed });
  const notes = (version: string): Record<string, string> => ({
    "CHANGELOG.md": `# Changelog\n\n## ${version}\n`,
  });

  const first = await main("Release 1.0.0", { ...files, ...notes("1.0.0") });
  await repository.createBranch("release-1.0", first);
  await repository.createTag("1.0.0", first, { annotated: true });
  const second = await main("Release 1.1.0", notes("1.1.0"));
  await repository.createBranch("release-1.1", second);
  await repository.createTag("1.1.0", second, { annotated: true });
  const patch = await repository.commit({
    branch: "release-1.1",
    message: "Release 1.1.1",
    files: notes("1.1.1"),
  });
  await repository.createTag("1.1.1", patch, { annotated: true });
  await main("Add a pipeline", { "pipelines/logs.yaml": "kind: LogPipeline\n" });
  const head = await main("Fix the pipeline", {
    "pipelines/logs.yaml": "kind: LogPipeline # fixed\n",
  });
  return { repository, slug, head };
}

async function readFolder(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  if (files.length > MAX_FILES) {
    throw new Error(`${folder} holds ${files.length} files, an example has at most ${MAX_FILES}`);
  }
  return Object.fromEntries(
    await Promise.all(
      files.map(async (entry) => {
        const file = path.join(entry.parentPath, entry.name);
        return [path.relative(folder, file), await readFile(file, "utf8")] as const;
      }),
    ),
  );
}
