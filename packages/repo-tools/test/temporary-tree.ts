/** A folder that lives as long as the test that made it: `await using tree = await temporaryTree(…)`. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface TemporaryTree extends AsyncDisposable {
  readonly root: string;
  readonly write: (files: Readonly<Record<string, string>>) => Promise<void>;
}

export async function temporaryTree(
  files: Readonly<Record<string, string>>,
): Promise<TemporaryTree> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "auditable-release-test-")));
  const tree: TemporaryTree = {
    root,
    write: async (more) => {
      for (const [path, content] of Object.entries(more)) {
        await mkdir(dirname(join(root, path)), { recursive: true });
        await writeFile(join(root, path), content);
      }
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
  await tree.write(files);
  return tree;
}
