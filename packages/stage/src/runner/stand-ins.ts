/**
 * Third-party actions that are played here because everybody uses them. Each says what it does not
 * do, refuses inputs it would have to pretend to honour, and is used only where the stage has no
 * repository of that name. README.md has the table.
 */
import { mkdir, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, posix, relative, sep } from "node:path";
import { checkOut, forgetCredentials } from "./checkout.ts";
import { matchFiles } from "./hash-files.ts";
import type { JobSession, StepLog } from "./job-session.ts";

export interface StandInCall {
  readonly session: JobSession;
  readonly log: StepLog;
  /** The value of an input, or its default; empty when there is neither. */
  input(name: string): string;
  readonly outputs: Record<string, string>;
  readonly signal: AbortSignal;
}

export interface StandIn {
  readonly name: string;
  readonly inputs: Readonly<Record<string, string>>;
  /** Inputs that are refused unless they are empty or one of these. */
  readonly refused: Readonly<Record<string, readonly string[]>>;
  /** Whether the action needs the run's artifact store. */
  readonly needsArtifacts?: boolean;
  readonly doesNot: string;
  /** @throws Error with what people should read */
  main(call: StandInCall): Promise<void>;
  post?(call: StandInCall): Promise<void>;
}

function isTrue(text: string): boolean {
  return text.toLowerCase() === "true";
}

function inWorkspace({ session }: StandInCall, path: string): string {
  const { workspace } = session.settings.folders;
  return isAbsolute(path) ? path : join(workspace, path);
}

const checkout: StandIn = {
  name: "actions/checkout",
  inputs: {
    repository: "",
    ref: "",
    token: "",
    path: "",
    clean: "true",
    "fetch-depth": "1",
    "fetch-tags": "false",
    "persist-credentials": "true",
    "set-safe-directory": "true",
    "show-progress": "true",
  },
  refused: {
    submodules: ["false"],
    lfs: ["false"],
    "sparse-checkout": [],
    filter: [],
    "ssh-key": [],
    "github-server-url": ["https://github.com"],
  },
  doesNot: "submodules, LFS, sparse checkout, partial clones, SSH keys",
  async main(call) {
    const { session, log } = call;
    const { run } = session.settings;
    const repository = call.input("repository") || run.repository;
    const isOwn = repository.toLowerCase() === run.repository.toLowerCase();
    const { sha, ref } = await checkOut({
      host: session.settings.host,
      git: session.settings.git,
      environment: session.processEnvironment({}, {}, {}),
      repository,
      ref: call.input("ref") || (isOwn ? run.ref : ""),
      sha: isOwn && call.input("ref") === "" ? run.sha : "",
      token: call.input("token") || session.settings.token,
      folder: inWorkspace(call, call.input("path")),
      workspace: session.settings.folders.workspace,
      depth: Number(call.input("fetch-depth")),
      hasTags: isTrue(call.input("fetch-tags")),
      isCleaned: isTrue(call.input("clean")),
      keepsToken: isTrue(call.input("persist-credentials")),
      signal: call.signal,
      patience: session.settings.patience,
      onLine: (line) => {
        log.write(line);
      },
    });
    Object.assign(call.outputs, { ref, commit: sha });
  },
  async post(call) {
    await forgetCredentials(
      inWorkspace(call, call.input("path")),
      call.session.processEnvironment({}, {}, {}),
      call.session.settings.patience,
    );
  },
};

/** The folder that the paths in an artifact are relative to (upload-artifact, "least common ancestor"). */
function commonFolder(paths: readonly string[]): string {
  const [first = [], ...others] = paths.map((path) => dirname(path).split(sep));
  let length = first.length;
  for (const parts of others) {
    let same = 0;
    while (same < length && parts[same] === first[same]) same += 1;
    length = same;
  }
  return first.slice(0, length).join(sep) || sep;
}

async function artifactRoot(
  workspace: string,
  pattern: string,
  found: readonly string[],
): Promise<string> {
  const isOnePath = !pattern.includes("\n") && !/[*?[\]{}]/.test(pattern);
  if (!isOnePath) return commonFolder(found);
  const path = isAbsolute(pattern) ? pattern : join(workspace, pattern);
  const status = await stat(path).catch(() => undefined);
  return status?.isDirectory() === true ? path : dirname(path);
}

/** actions/upload-artifact: what no file system of all runners can hold. */
const BAD_ARTIFACT_NAME = /["*:<>?|\\/\r\n]/;

const uploadArtifact: StandIn = {
  name: "actions/upload-artifact",
  inputs: {
    name: "artifact",
    path: "",
    "if-no-files-found": "warn",
    "retention-days": "",
    "compression-level": "6",
    overwrite: "false",
    "include-hidden-files": "false",
  },
  refused: { archive: ["true"] },
  needsArtifacts: true,
  doesNot: "symbolic links to folders; artifacts that are no zip",
  async main(call) {
    const { session, log } = call;
    const { artifacts, folders } = session.settings;
    if (artifacts === undefined) throw new Error("this run has no artifact store");
    const name = call.input("name");
    if (BAD_ARTIFACT_NAME.test(name)) throw new Error(`The artifact name is not valid: ${name}`);
    const pattern = call.input("path").trim();
    if (pattern === "") throw new Error("Input required and not supplied: path");
    const withHidden = isTrue(call.input("include-hidden-files"));
    const found = matchFiles(folders.workspace, [pattern]).filter((path) => {
      const parts = relative(folders.workspace, path).split(sep);
      return withHidden || !parts.some((part) => part.startsWith(".") && part !== "..");
    });
    if (found.length === 0) {
      const said = `No files were found with the provided path: ${pattern}. No artifacts will be uploaded.`;
      const what = call.input("if-no-files-found");
      if (what === "error") throw new Error(said);
      if (what === "warn") log.warning(said);
      else log.write(said);
      return;
    }
    const root = await artifactRoot(folders.workspace, pattern, found);
    const files = found.map((source) => ({
      source,
      path: relative(root, source).split(sep).join(posix.sep),
    }));
    const retention = call.input("retention-days");
    const stored = await artifacts.upload({
      ...session.settings.run,
      name,
      files,
      retentionDays: retention === "" || retention === "0" ? undefined : Number(retention),
      overwrite: isTrue(call.input("overwrite")),
    });
    log.write(`With the provided path, there will be ${files.length} file(s) uploaded`);
    log.write(
      `Artifact ${name} has been successfully uploaded! Final size is ${stored.size} bytes.`,
    );
    const { host } = session.settings;
    const { repository, runId } = session.settings.run;
    Object.assign(call.outputs, {
      "artifact-id": String(stored.id),
      "artifact-digest": stored.digest.replace(/^sha256:/, ""),
      "artifact-url": `${host.serverUrl}/${repository}/actions/runs/${runId}/artifacts/${stored.id}`,
    });
  },
};

function globToRegExp(glob: string): RegExp {
  const source = glob
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`);
}

const downloadArtifact: StandIn = {
  name: "actions/download-artifact",
  inputs: {
    name: "",
    "artifact-ids": "",
    path: "",
    pattern: "",
    "merge-multiple": "false",
    "digest-mismatch": "error",
  },
  refused: { "github-token": [], repository: [], "run-id": [], "skip-decompress": ["false"] },
  needsArtifacts: true,
  doesNot: "artifacts of other runs and repositories; artifacts that are no zip",
  async main(call) {
    const { session, log } = call;
    const { artifacts } = session.settings;
    if (artifacts === undefined) throw new Error("this run has no artifact store");
    const { repository, runId } = session.settings.run;
    const all = await artifacts.list(repository, runId);
    const name = call.input("name");
    const ids = call
      .input("artifact-ids")
      .split(",")
      .map((id) => id.trim())
      .filter((id) => id !== "");
    const pattern = call.input("pattern");
    if (name !== "" && ids.length > 0) {
      throw new Error("Inputs 'name' and 'artifact-ids' cannot be used together.");
    }
    const wanted = all.filter((artifact) => {
      if (name !== "") return artifact.name === name;
      if (ids.length > 0) return ids.includes(String(artifact.id));
      return pattern === "" || globToRegExp(pattern).test(artifact.name);
    });
    if (name !== "" && wanted.length === 0) {
      throw new Error(
        `Unable to download artifact(s): Artifact not found for name: ${name}\n` +
          "Please ensure that your artifact is not expired and the artifact was uploaded using a compatible version of toolkit/upload-artifact.",
      );
    }
    const folder = inWorkspace(call, call.input("path"));
    const isFlat = name !== "" || ids.length === 1 || isTrue(call.input("merge-multiple"));
    for (const artifact of wanted) {
      const target = isFlat ? folder : join(folder, basename(artifact.name));
      await mkdir(target, { recursive: true });
      await artifacts.download(artifact.id, target);
      log.write(`Artifact ${artifact.name} (${artifact.digest}) was downloaded to ${target}`);
    }
    log.write(`Total of ${wanted.length} artifact(s) downloaded`);
    Object.assign(call.outputs, { "download-path": folder });
  },
};

/** An action whose work is already done on this machine, or cannot be done on it. */
function noOp(name: string, said: string, doesNot: string): StandIn {
  return {
    name,
    inputs: {},
    refused: {},
    doesNot,
    async main({ log }) {
      log.write(`The stage does not run ${name}: ${said}`);
    },
  };
}

const STAND_INS: readonly StandIn[] = [
  checkout,
  uploadArtifact,
  downloadArtifact,
  noOp(
    "actions/setup-node",
    "steps use the Node that is on this machine, whatever version is asked for.",
    "installing a version, registry settings, caching, outputs",
  ),
  noOp(
    "actions/setup-go",
    "steps use the Go that is on this machine, whatever version is asked for.",
    "installing a version, caching, outputs",
  ),
  noOp(
    "google-github-actions/auth",
    "nobody is authenticated, and no credentials file is written.",
    "any authentication, the credentials file, outputs",
  ),
];

/** The stand-in for an action in the root of that repository, whatever ref is asked for. */
export function standInFor(repository: string, path: string): StandIn | undefined {
  if (path !== "" && path !== ".") return undefined;
  return STAND_INS.find(({ name }) => name === repository.toLowerCase());
}

/** Every stand-in by name with what it does not do, for the documentation. */
export const STAND_IN_LIST: readonly { readonly name: string; readonly doesNot: string }[] =
  STAND_INS.map(({ name, doesNot }) => ({ name, doesNot }));

/** Why the stage does not run the stand-in with these inputs, in the words people read. */
export function refusedInputs(
  standIn: StandIn,
  given: Readonly<Record<string, string>>,
): readonly string[] {
  return Object.entries(given).flatMap(([name, value]) => {
    const allowed = standIn.refused[name.toLowerCase()];
    if (allowed === undefined || value === "" || allowed.includes(value)) return [];
    return [`the stage's ${standIn.name} does not do '${name}: ${value}'`];
  });
}
