import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { formatLicences, packagesOf } from "../src/bundled-packages.ts";
import { temporaryTree } from "./temporary-tree.ts";

describe("packagesOf", () => {
  it("finds each package once, sorted, with its licence texts, and leaves out ours", async () => {
    await using tree = await temporaryTree({
      "packages/model/package.json": `{ "name": "ours", "version": "0.0.0" }`,
      "node_modules/.pnpm/b@2/node_modules/b/package.json": `{ "name": "b", "version": "2.0.0", "license": "ISC" }`,
      "node_modules/.pnpm/b@2/node_modules/b/LICENSE": "B's licence",
      "node_modules/.pnpm/b@2/node_modules/b/NOTICE.txt": "B's notice",
      "node_modules/.pnpm/b@2/node_modules/b/esm/package.json": `{ "type": "module" }`,
      "node_modules/.pnpm/a@1/node_modules/@s/a/package.json": `{ "name": "@s/a", "version": "1.0.0" }`,
    });
    const files = [
      "packages/model/lib/index.js",
      "node_modules/.pnpm/b@2/node_modules/b/esm/index.js",
      "node_modules/.pnpm/b@2/node_modules/b/esm/other.js",
      "node_modules/.pnpm/a@1/node_modules/@s/a/index.js",
    ];

    const packages = await packagesOf(
      files.map((file) => ({ file: join(tree.root, file), bytes: 1 })),
    );

    expect(packages).toEqual([
      { name: "@s/a", version: "1.0.0", licence: undefined, texts: [] },
      { name: "b", version: "2.0.0", licence: "ISC", texts: ["B's licence", "B's notice"] },
    ]);
  });
});

describe("formatLicences", () => {
  it("lists name, version, licence and texts, with Unix line ends", () => {
    const text = formatLicences([
      { name: "a", version: "1.0.0", licence: "MIT", texts: ["One\r\ntwo\r\n", "Notice"] },
      { name: "b", version: "2.0.0", licence: "0BSD", texts: [] },
    ]);

    expect(text).toBe(
      [
        "Licences of the packages whose code is inside this bundle.",
        "",
        "=".repeat(80),
        "a 1.0.0 (MIT)",
        "",
        "One",
        "two",
        "Notice",
        "",
        "=".repeat(80),
        "b 2.0.0 (0BSD)",
        "",
        "The package holds no licence file.",
        "",
      ].join("\n"),
    );
  });
});
