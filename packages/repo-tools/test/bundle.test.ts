import { readFile, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import process from "node:process";
import { describe, expect, it } from "vitest";
import { readTree } from "../src/file-tree.ts";
import { runProgram, type RunResult } from "../src/run-program.ts";
import { type TemporaryTree, temporaryTree } from "./temporary-tree.ts";

const SCRIPT = resolve(import.meta.dirname, "../src/bundle.ts");
const TIMEOUT_MS = 30_000;

/** A repository of one action, whose bundle has a chunk and another package's code inside. */
const REPOSITORY = {
  "actions/hello/package.json": `{ "name": "hello", "type": "module", "bundleBudget": 20000 }`,
  "actions/hello/tsconfig.json": JSON.stringify({
    compilerOptions: {
      target: "es2024",
      module: "nodenext",
      types: [],
      rootDir: "src",
      outDir: "lib",
      rewriteRelativeImportExtensions: true,
    },
    include: ["src"],
  }),
  "actions/hello/src/main.ts": [
    `import { greet } from "greeting";`,
    `const { name }: { name: string } = await import("./name.ts");`,
    `greet(name);`,
    ``,
  ].join("\n"),
  "actions/hello/src/name.ts": `export const name: string = "world";\n`,
  "node_modules/greeting/package.json": `{ "name": "greeting", "version": "1.2.3", "license": "MIT", "type": "module", "exports": "./index.js" }`,
  "node_modules/greeting/index.js": `export const greet = (name) => process.stdout.write(\`hello\r\n\${name}\`);\n`,
  "node_modules/greeting/index.d.ts": `export declare function greet(name: string): void;\n`,
  "node_modules/greeting/LICENSE": "Do as you like.",
};

function bundle(tree: TemporaryTree, ...args: readonly string[]): Promise<RunResult> {
  return runProgram(process.execPath, ["--conditions=source", SCRIPT, ...args], {
    cwd: tree.root,
    timeoutMs: TIMEOUT_MS,
  });
}

describe("pnpm bundle", { timeout: TIMEOUT_MS }, () => {
  it("writes a bundle that runs, lists its licences, and passes its own check", async () => {
    await using tree = await temporaryTree(REPOSITORY);
    await tree.write({ "actions/hello/dist/999.index.js": "of an older build" });

    const written = await bundle(tree);
    const dist = await readTree(join(tree.root, "actions/hello/dist"));
    const checked = await bundle(tree, "--check");
    const ran = await runProgram(
      process.execPath,
      [join(tree.root, "actions/hello/dist/index.js")],
      {
        timeoutMs: TIMEOUT_MS,
      },
    );

    expect(written.code, written.output).toBe(0);
    expect([...dist.keys()].filter((path) => !/^\d+\.index\.js$/.test(path)).toSorted()).toEqual([
      "index.js",
      "licenses.txt",
      "package.json",
    ]);
    expect([...dist.keys()]).toHaveLength(4);
    expect(dist.has("999.index.js")).toBe(false);
    expect(dist.get("licenses.txt")?.toString()).toContain(
      "greeting 1.2.3 (MIT)\n\nDo as you like.",
    );
    expect(checked.code, checked.output).toBe(0);
    expect(ran.output).toBe("hello\nworld");
  });

  it("fails its check, naming each file, where the committed bundle is another", async () => {
    await using tree = await temporaryTree(REPOSITORY);
    await bundle(tree);
    const dist = join(tree.root, "actions/hello/dist");
    const index = await readFile(join(dist, "index.js"), "utf8");
    await tree.write({
      "actions/hello/dist/index.js": index.replace("hello", "hullo"),
      "actions/hello/dist/evil.js": "steal();",
    });
    await rm(join(dist, "licenses.txt"));

    const checked = await bundle(tree, "--check");

    expect(checked.code).toBe(1);
    expect(checked.output).toMatch(/index\.js differs from line \d+ on/);
    expect(checked.output).toContain("evil.js is there, but is no longer made");
    expect(checked.output).toContain("licenses.txt is missing");
    expect(await readFile(join(dist, "evil.js"), "utf8")).toBe("steal();");
  });

  it("leaves the old bundle where the new one is not good, and says why", async () => {
    await using tree = await temporaryTree({
      ...REPOSITORY,
      "actions/hello/package.json": `{ "name": "hello", "type": "module", "bundleBudget": 100 }`,
      "node_modules/greeting/index.js": `export { greet } from "not-installed";\n`,
      "actions/hello/dist/index.js": "old",
    });

    const written = await bundle(tree);

    expect(written.code).toBe(1);
    expect(written.output).toContain(`over the "bundleBudget" of 100`);
    expect(written.output).toContain(`"not-installed" is imported and was not found`);
    expect(await readFile(join(tree.root, "actions/hello/dist/index.js"), "utf8")).toBe("old");
  });

  it("bundles nothing that does not compile", async () => {
    await using tree = await temporaryTree({
      ...REPOSITORY,
      "actions/hello/src/name.ts": `export const name: string = 1;\n`,
    });

    const written = await bundle(tree);

    expect(written.code).toBe(1);
    expect(written.output).toContain("TS2322");
  });
});
