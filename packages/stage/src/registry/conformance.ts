/**
 * Runs the OCI project's own conformance suite against a registry of the stage. It is written in
 * Go: without Go on PATH, or where the module cannot be had, this says so and judges nothing.
 *
 *   node --conditions=source packages/stage/src/registry/conformance.ts
 *   … --source <folder>   builds from a checkout of distribution-spec instead of the module proxy
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { startStage } from "../stage.ts";

const MODULE = "github.com/opencontainers/distribution-spec/conformance";

/** The commit of specs.md 2.11 (967efdc), as Go names a commit without a version. */
const VERSION = "v0.0.0-20260716104315-967efdc079b9";

/** In the folder of things that are fetched and not committed. */
const BUILD_FOLDER = ".referees/conformance";

interface Ended {
  /** Undefined when the program could not be started. */
  readonly exitCode: number | undefined;
  readonly output: string;
}

async function run(
  program: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<Ended> {
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  }
  try {
    await once(child, "close");
  } catch {
    return { exitCode: undefined, output: "" };
  }
  return { exitCode: child.exitCode ?? 1, output: Buffer.concat(chunks).toString("utf8") };
}

/** The suite as a program; undefined, with the reason, when it cannot be had. */
async function build(source: string | undefined): Promise<{ path?: string; reason?: string }> {
  const folder = resolve(BUILD_FOLDER);
  await mkdir(folder, { recursive: true });
  const path = join(folder, "conformance");
  const built =
    source === undefined
      ? await run("go", ["install", `${MODULE}@${VERSION}`], {
          cwd: folder,
          env: { GOBIN: folder, GOFLAGS: "-mod=mod" },
        })
      : await run("go", ["build", "-o", path, "."], { cwd: join(resolve(source), "conformance") });
  if (built.exitCode === undefined) return { reason: "Go is not on PATH" };
  return built.exitCode === 0 ? { path } : { reason: `Go cannot build it:\n${built.output}` };
}

interface ConformanceResult {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What the suite wrote, line by line, of what did not pass. */
  readonly report: string;
}

function countOf(junit: string, name: string): number {
  const suite = /<testsuite (?<attributes>[^>]*)>/.exec(junit)?.groups?.["attributes"] ?? "";
  return Number(new RegExp(`\\b${name}="(\\d+)"`).exec(suite)?.[1] ?? Number.NaN);
}

/** Everything the suite can ask for of distribution-spec 1.1, optional parts included. */
async function judge(program: string): Promise<ConformanceResult> {
  await using stage = await startStage();
  const { name, password } = stage.registry.addAccount({ name: "conformance" });
  const results = await mkdtemp(join(tmpdir(), "conformance-"));
  try {
    const { output } = await run(program, [], {
      cwd: results,
      env: {
        OCI_REGISTRY: stage.registry.host,
        OCI_TLS: "disabled",
        OCI_USERNAME: name,
        OCI_PASSWORD: password,
        OCI_RESULTS_DIR: results,
        OCI_VERSION: "1.1",
        OCI_API_BLOBS_DIGEST_HEADER: "true",
        OCI_API_BLOBS_UPLOAD_CANCEL: "true",
        OCI_API_MANIFESTS_DIGEST_HEADER: "true",
      },
    });
    const junit = await readFile(join(results, "junit.xml"), "utf8");
    const [tests, failed, skipped] = ["tests", "failures", "skipped"].map((count) =>
      countOf(junit, count),
    );
    if (tests === undefined || failed === undefined || skipped === undefined) {
      throw new Error("the suite wrote no counts");
    }
    const report = output
      .split("\n")
      .filter((line) => /FAIL|Skip$|^ +- /.test(line))
      .join("\n");
    return { passed: tests - failed - skipped, failed, skipped, report };
  } finally {
    await rm(results, { recursive: true, force: true });
  }
}

/** @throws Error when the suite found a fault */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { source: { type: "string" } } });
  const { path, reason } = await build(values.source);
  if (path === undefined) {
    process.stdout.write(`The conformance suite was not run: ${reason ?? "no reason"}\n`);
    return;
  }
  const { passed, failed, skipped, report } = await judge(path);
  process.stdout.write(`${report}\n${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  if (!(failed === 0 && passed > 0)) throw new Error("the registry does not conform");
}

if (import.meta.main) await main();
