/**
 * The referees: independent tools that judge what we make, by name, version and origin. None of them
 * is a dependency; nothing of ours runs through them in production. The folder they go to is ignored
 * by git.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export type Origin =
  /** A command of a Go module, built from source. */
  | { readonly kind: "go"; readonly module: string; readonly command: string }
  /** A console script of a Python package, from a wheel, in an environment of its own. */
  | { readonly kind: "python"; readonly package: string }
  /** A program of a Debian package, unpacked beside its libraries; nothing is installed. */
  | {
      readonly kind: "debian";
      readonly package: string;
      readonly program: string;
      /** Packages of the libraries it needs, in whatever version the archive has. */
      readonly libraries: readonly string[];
      /** Arguments that come before the user's. `{folder}` is where the package was unpacked. */
      readonly prefix?: readonly string[];
      /** Files to put into the folder. */
      readonly files?: Readonly<Record<string, string>>;
    };

export interface RefereeTool {
  readonly name: string;
  readonly version: string;
  readonly origin: Origin;
}

export const REFEREE_TOOLS: readonly RefereeTool[] = [
  {
    name: "actionlint",
    version: "1.7.12",
    origin: { kind: "go", module: "github.com/rhysd/actionlint", command: "cmd/actionlint" },
  },
  { name: "zizmor", version: "1.31.1", origin: { kind: "python", package: "zizmor" } },
  {
    name: "crane",
    version: "0.22.1",
    origin: { kind: "go", module: "github.com/google/go-containerregistry", command: "cmd/crane" },
  },
  {
    name: "oras",
    version: "1.3.3",
    origin: { kind: "go", module: "oras.land/oras", command: "cmd/oras" },
  },
  {
    name: "skopeo",
    version: "1.9.3+ds1-1+b10",
    origin: {
      kind: "debian",
      package: "skopeo",
      program: "usr/bin/skopeo",
      libraries: ["libassuan0", "libdevmapper1.02.1", "libgpg-error0", "libgpgme11"],
      // Without a policy it copies nothing. Signatures are not what it is asked to judge.
      prefix: ["--policy={folder}/policy.json"],
      files: { "policy.json": `{ "default": [{ "type": "insecureAcceptAnything" }] }\n` },
    },
  },
  {
    name: "docker-registry",
    version: "2.8.2+ds1-1",
    origin: {
      kind: "debian",
      package: "docker-registry",
      program: "usr/bin/docker-registry",
      libraries: [],
    },
  },
  {
    name: "slsa-verifier",
    version: "2.7.1",
    origin: {
      kind: "go",
      module: "github.com/slsa-framework/slsa-verifier/v2",
      command: "cli/slsa-verifier",
    },
  },
  {
    name: "cosign",
    version: "3.1.3",
    origin: { kind: "go", module: "github.com/sigstore/cosign/v3", command: "cmd/cosign" },
  },
];

/** Where everything of the referees is, in a repository. */
export function refereesFolder(root: string): string {
  return join(root, ".referees");
}

/** Where a referee is started. */
export function refereePath(root: string, name: string): string {
  return join(refereesFolder(root), "bin", name);
}

/** Says which version is there. Written last, so that a broken installation has none. */
export function receiptPath(root: string, name: string): string {
  return join(refereesFolder(root), "receipts", name);
}

/** Whether the tool is there in the version that is pinned now. */
export function isInstalled(root: string, { name, version }: RefereeTool): boolean {
  const receipt = receiptPath(root, name);
  return (
    existsSync(refereePath(root, name)) &&
    existsSync(receipt) &&
    readFileSync(receipt, "utf8") === version
  );
}
