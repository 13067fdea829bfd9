import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { GithubHost } from "@auditable-release/stage";
import { OWN_SLUG, ROOT } from "./places.ts";

/** In an example: the commit of a release, for whoever copies it. Here: the working tree. */
const PLACEHOLDER_PIN = new RegExp(`(${OWN_SLUG}/[\\w./-]+)@0{40}\\b`, "g");

/**
 * Puts our actions on the stage as they are in the working tree, bundles included, under the name
 * workflows call them by.
 *
 * @returns the commit they are at
 */
export async function loadOwnActions(host: GithubHost): Promise<string> {
  const repository = await host.createRepository(OWN_SLUG, { visibility: "public" });
  const files = globSync(["actions/*/action.yml", "actions/*/dist/*"], { cwd: ROOT });
  if (!files.some((file) => file.endsWith("index.js"))) {
    throw new Error("no action is bundled; run `pnpm bundle` first");
  }
  const contents = await Promise.all(
    files.map(async (file) => [file, await readFile(path.join(ROOT, file), "utf8")] as const),
  );
  return repository.commit({
    branch: "main",
    message: "The working tree",
    files: Object.fromEntries(contents),
  });
}

/** A file of an example with its placeholder pins set to our commit. */
export function pinned(text: string, commit: string): string {
  return text.replace(PLACEHOLDER_PIN, `$1@${commit}`);
}
