import { describe, expect, it } from "vitest";
import { type Bundle, type BundleRules, bundleFaults } from "../src/bundle-faults.ts";

const RULES: BundleRules = { budget: 1_000, localPaths: ["/home/builder/repo"] };

function bundle(files: Readonly<Record<string, string>>, more: Partial<Bundle> = {}): Bundle {
  const entries = Object.entries(files).map(([path, text]) => [path, Buffer.from(text)] as const);
  return { files: new Map(entries), modules: [], missing: [], packages: [], ...more };
}

describe("bundleFaults", () => {
  it("finds nothing wrong with a small, complete bundle", () => {
    const good = bundle({ "index.js": "run();", "licenses.txt": "x".repeat(5_000) });

    expect(bundleFaults(good, RULES)).toEqual([]);
  });

  it.each([
    [`var e = new Error("Cannot find module 'tunnel'"); throw e;`, "Cannot find module 'tunnel'"],
    [`Object(function webpackMissingModule() { })`, "webpackMissingModule"],
  ])("names the file with a stub in it: %s", (source, stub) => {
    const faults = bundleFaults(bundle({ "816.index.js": source }), RULES);

    expect(faults).toEqual([`816.index.js holds the stub of a missing module: ${stub}`]);
  });

  it("names what was imported and not found", () => {
    expect(bundleFaults(bundle({}, { missing: ["tunnel"] }), RULES)).toEqual([
      `"tunnel" is imported and was not found`,
    ]);
  });

  it("names a path of the machine it was built on", () => {
    const faults = bundleFaults(bundle({ "index.js": `"/home/builder/repo/x.js"` }), RULES);

    expect(faults).toEqual(["index.js holds a path of this machine: /home/builder/repo"]);
  });

  it("counts the JavaScript of all files against the budget, and names the largest modules", () => {
    const modules = [
      { file: "/r/node_modules/.pnpm/small@1/node_modules/small/a.js", bytes: 10 },
      { file: "/r/node_modules/.pnpm/big@1/node_modules/@scope/big/b.js", bytes: 900 },
    ];
    const large = bundle(
      { "index.js": "x".repeat(600), "1.index.js": "y".repeat(401) },
      { modules },
    );

    const [fault, ...others] = bundleFaults(large, RULES);

    expect(others).toEqual([]);
    expect(fault?.split("\n")).toEqual([
      `1001 bytes are over the "bundleBudget" of 1000; the largest modules:`,
      "         900  @scope/big/b.js",
      "          10  small/a.js",
    ]);
  });

  it("wants a budget to be declared", () => {
    const faults = bundleFaults(bundle({ "index.js": "run();" }), { ...RULES, budget: undefined });

    expect(faults).toEqual([`package.json declares no "bundleBudget" (the bundle has 6 bytes)`]);
  });

  it("wants every package inside to declare its licence", () => {
    const packages = [{ name: "odd", version: "1.0.0", licence: undefined, texts: [] }];

    expect(bundleFaults(bundle({}, { packages }), RULES)).toEqual([
      "odd 1.0.0 is inside and declares no licence",
    ]);
  });
});
