/**
 * How a referee is had, per kind of origin. Every step is bounded in time, and `bin/` gets a file
 * only when all steps before have succeeded.
 */
import { chmod, cp, mkdir, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import process from "node:process";
import { type Origin, type RefereeTool, refereePath, refereesFolder } from "./referee-tools.ts";
import { runProgram } from "./run-program.ts";

/** A cold build of cosign takes four minutes on two cores. */
const BUILD_TIMEOUT_MS = 900_000;
const DOWNLOAD_TIMEOUT_MS = 180_000;

/** A reason why a tool cannot be had, for the table at the end. */
export class NotToBeHad extends Error {
  override readonly name = "NotToBeHad";
}

/** @throws NotToBeHad with the reason. */
export async function installReferee(root: string, tool: RefereeTool): Promise<void> {
  const folder = join(refereesFolder(root), "tools", tool.name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await mkdir(join(refereesFolder(root), "bin"), { recursive: true });
  const { origin } = tool;
  switch (origin.kind) {
    case "go":
      return installFromGo(root, tool, origin, folder);
    case "python":
      return installFromPython(root, tool, origin, folder);
    case "debian":
      return installFromDebian(root, tool, origin, folder);
  }
}

interface MustOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
}

async function must(file: string, args: readonly string[], options: MustOptions): Promise<void> {
  const result = await runProgram(file, args, options);
  if (result.code !== 0) throw new NotToBeHad(lastLineOf(result.output));
}

/** The line that says what went wrong is the last one that says anything. */
function lastLineOf(output: string): string {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  return lines.at(-1)?.trim() ?? "it failed without a word";
}

type FromGo = Extract<Origin, { kind: "go" }>;

async function installFromGo(
  root: string,
  tool: RefereeTool,
  { module, command }: FromGo,
  folder: string,
): Promise<void> {
  const bin = join(folder, "bin");
  const wanted = `${module}/${command}@v${tool.version}`;
  let options = goOptions(folder, bin, "local");
  let installed = await runProgram("go", ["install", wanted], options);
  if (installed.code !== 0 && /requires go >= /.test(installed.output)) {
    options = goOptions(folder, bin, "auto");
    installed = await runProgram("go", ["install", wanted], options);
  }
  if (installed.code !== 0) {
    // `go install` wants the list of all versions, to see whether this one was withdrawn, and a
    // mirror may serve the versions without serving the list. As a dependency it does without.
    if (!installed.output.includes("loading deprecation")) {
      throw new NotToBeHad(lastLineOf(installed.output));
    }
    // With the line `go …` that init writes, only what is built is looked at, not the whole graph.
    await must("go", ["mod", "init", "referee"], options);
    await must("go", ["mod", "edit", `-require=${module}@v${tool.version}`], options);
    await must("go", ["build", "-o", `${bin}/`, `${module}/${command}`], options);
  }
  await rename(join(bin, basename(command)), refereePath(root, tool.name));
}

/** Go's own compiler is fetched only where the one that is here is too old. */
function goOptions(folder: string, bin: string, toolchain: "local" | "auto"): MustOptions {
  const env = {
    ...process.env,
    GOBIN: bin,
    GOFLAGS: "-mod=mod -trimpath -p=2 -ldflags=-s",
    GOTOOLCHAIN: toolchain,
    GOWORK: "off",
  };
  return { cwd: folder, env, timeoutMs: BUILD_TIMEOUT_MS };
}

async function installFromPython(
  root: string,
  tool: RefereeTool,
  origin: Extract<Origin, { kind: "python" }>,
  folder: string,
): Promise<void> {
  const options = { cwd: folder, timeoutMs: DOWNLOAD_TIMEOUT_MS };
  await must("python3", ["-m", "venv", "venv"], options);
  await must(
    join(folder, "venv/bin/pip"),
    ["install", "--no-deps", "--only-binary=:all:", `${origin.package}==${tool.version}`],
    options,
  );
  const path = refereePath(root, tool.name);
  await rm(path, { force: true });
  await symlink(join(folder, "venv/bin", tool.name), path);
}

type FromDebian = Extract<Origin, { kind: "debian" }>;

async function installFromDebian(
  root: string,
  tool: RefereeTool,
  origin: FromDebian,
  folder: string,
): Promise<void> {
  const packages = [`${origin.package}=${tool.version}`, ...origin.libraries];
  const options = { cwd: folder, timeoutMs: DOWNLOAD_TIMEOUT_MS };
  // Lists of our own: the machine may have none, and updating its own would take root.
  const apt = join(refereesFolder(root), "apt");
  await mkdir(join(apt, "lists/partial"), { recursive: true });
  const settings = [
    `--option=Dir::State::lists=${join(apt, "lists")}`,
    `--option=Dir::Cache=${join(apt, "cache")}`,
    "--option=APT::Sandbox::User=",
  ];
  await must("apt-get", [...settings, "--quiet", "update"], options);
  await must("apt-get", [...settings, "--quiet", "download", ...packages], options);
  const unpacked = join(folder, "root");
  for (const file of (await readdir(folder)).filter((name) => name.endsWith(".deb"))) {
    await must("dpkg-deb", ["--extract", file, unpacked], options);
  }
  for (const [path, content] of Object.entries(origin.files ?? {})) {
    await writeFile(join(unpacked, path), content);
  }
  const wrapper = join(folder, "wrapper");
  await writeFile(wrapper, debianWrapper(origin, `tools/${tool.name}/root`));
  await chmod(wrapper, 0o755);
  await cp(wrapper, refereePath(root, tool.name));
}

/** Starts the program with the libraries beside it. `unpacked` is relative to the referees' folder. */
export function debianWrapper(origin: FromDebian, unpacked: string): string {
  const prefix = (origin.prefix ?? []).map((argument) => argument.replace("{folder}", "$folder"));
  return [
    "#!/bin/sh",
    `folder=$(dirname "$(readlink -f "$0")")/../${unpacked}`,
    `LD_LIBRARY_PATH=$(echo "$folder"/usr/lib/*-linux-gnu "$folder"/lib/*-linux-gnu | tr ' ' ':')`,
    "export LD_LIBRARY_PATH",
    `exec ${[`$folder/${origin.program}`, ...prefix].map((word) => `"${word}"`).join(" ")} "$@"`,
    "",
  ].join("\n");
}
