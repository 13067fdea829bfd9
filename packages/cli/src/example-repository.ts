import path from "node:path";
import type { GithubHost, Repository } from "@auditable-release/stage";
import { readFolder } from "./folder.ts";

/** An example with its releases: 1.0.0, 1.1.0 and the patch 1.1.1, and two more commits on main. */
export interface ExampleRepository {
  readonly repository: Repository;
  readonly slug: string;
  /** Tip of main. */
  readonly head: string;
}

/**
 * Loads a folder into the stage as a repository with a history: its files come with the first
 * commit, each release notes itself in the changelog.
 *
 * @param edit what is done to each file on the way
 */
export async function loadExample(
  host: GithubHost,
  folder: string,
  edit: (text: string) => string = (text) => text,
): Promise<ExampleRepository> {
  const slug = `octo/${path.basename(folder)}`;
  const files = await readFolder(folder, edit);
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
