/**
 * One action's bundle, in memory. Owns what becomes of ncc's answer; whether the result is good, and
 * where it goes, is decided elsewhere.
 */
import { Worker } from "node:worker_threads";
import { type Bundle, isJavaScript } from "./bundle-faults.ts";
import type { ThreadAnswer } from "./bundle-thread.ts";
import { formatLicences, packagesOf } from "./bundled-packages.ts";

/**
 * Builds from `lib/main.js` of an action's folder. The working directory must be the repository's
 * root, because webpack names modules relative to it.
 */
export async function buildBundle(actionFolder: string): Promise<Bundle> {
  const worker = new Worker(new URL("bundle-thread.ts", import.meta.url), {
    workerData: actionFolder,
  });
  const built = await new Promise<ThreadAnswer>((resolve, reject) => {
    worker.once("message", (answer: ThreadAnswer) => {
      resolve(answer);
    });
    worker.once("error", reject);
    worker.once("exit", (code) => {
      reject(new Error(`the bundler's thread ended with ${code} and without an answer`));
    });
  });
  const packages = await packagesOf(built.modules);
  const files = new Map(
    built.files.map(([path, bytes]) => [path, unixText(path, Buffer.from(bytes))]),
  );
  files.set("licenses.txt", Buffer.from(formatLicences(packages)));
  return { files, modules: built.modules, missing: built.missing, packages };
}

/**
 * Git stores text with \n whatever the package was published with, so that is what is written too.
 * JavaScript reads both alike, inside of template literals as well (ECMA-262, 12.9.6).
 */
function unixText(path: string, content: Buffer): Buffer {
  if (!isJavaScript(path) && !path.endsWith(".json")) return content;
  return Buffer.from(content.toString("utf8").replaceAll("\r\n", "\n"));
}
