import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compareTrees, describeDifference, readTree, replaceTree } from "../src/file-tree.ts";
import { temporaryTree } from "./temporary-tree.ts";

function tree(files: Readonly<Record<string, string>>): ReadonlyMap<string, Buffer> {
  return new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]));
}

describe("compareTrees", () => {
  it("says nothing about equal trees", () => {
    expect(compareTrees(tree({ a: "1" }), tree({ a: "1" }))).toEqual([]);
  });

  it("names every differing file and how it differs", () => {
    const expected = tree({ "b.js": "one\ntwo\nthree", "c.js": "new", "same.js": "=" });
    const actual = tree({ "b.js": "one\n2\nthree", "a.js": "old", "same.js": "=" });

    expect(compareTrees(expected, actual).map(describeDifference)).toEqual([
      "a.js is there, but is no longer made",
      "b.js differs from line 2 on",
      "c.js is missing",
    ]);
  });

  it("sees a difference that is only at the end", () => {
    const [difference] = compareTrees(tree({ a: "1\n2" }), tree({ a: "1\n2\n" }));

    expect(difference).toEqual({ path: "a", kind: "different", line: 3 });
  });
});

describe("replaceTree", () => {
  it("leaves exactly the new files, and nothing of its work", async () => {
    await using folder = await temporaryTree({
      "dist/816.index.js": "stale",
      "dist/index.js": "old",
    });

    await replaceTree(
      join(folder.root, "dist"),
      tree({ "index.js": "new", "deep/er.js": "too" }),
      join(folder.root, "work"),
    );

    const files = await readTree(folder.root);
    expect(Object.fromEntries([...files].map(([path, text]) => [path, text.toString()]))).toEqual({
      "dist/index.js": "new",
      "dist/deep/er.js": "too",
    });
  });

  it("makes a folder that was not there", async () => {
    await using folder = await temporaryTree({});

    await replaceTree(
      join(folder.root, "dist"),
      tree({ "index.js": "new" }),
      join(folder.root, "work"),
    );

    expect([...(await readTree(join(folder.root, "dist"))).keys()]).toEqual(["index.js"]);
  });
});

describe("readTree", () => {
  it("reads no folder as no files", async () => {
    await using folder = await temporaryTree({});

    expect(await readTree(join(folder.root, "dist"))).toEqual(new Map());
  });
});
