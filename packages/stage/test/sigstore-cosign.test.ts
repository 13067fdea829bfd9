/**
 * A second opinion from another implementation: cosign, where `pnpm referees` put it, or in the folder that
 * REFEREES_BIN names. It verifies what the JavaScript clients signed on the stage, and signs on the
 * stage itself.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtempDisposable, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path, { join } from "node:path";
import { bundleToJSON } from "@sigstore/bundle";
import { describe, expect, test } from "vitest";
import { type Stage, startStage } from "../src/index.ts";
import { attest, RUN, SIGNER, signMessage, type WitnessKind } from "./sigstore-scene.ts";

const PROGRAM = path.resolve(process.env["REFEREES_BIN"] ?? ".referees/bin", "cosign");
const COSIGN = existsSync(PROGRAM) ? PROGRAM : undefined;

console.info(
  COSIGN === undefined
    ? "cosign: not run, `pnpm referees --only cosign` fetches it"
    : "cosign: run",
);

const ARTIFACT = "what is released\n";

interface Folder {
  readonly path: string;
}

interface Verdict {
  readonly code: number | null;
  readonly said: string;
}

/** Runs cosign with nothing of this machine, and with no way beyond loopback. */
async function cosign(
  folder: Folder,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Verdict> {
  const child = spawn(COSIGN ?? "", args, {
    cwd: folder.path,
    env: { HOME: folder.path, HTTPS_PROXY: "http://127.0.0.1:9", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, said }));
  });
}

async function openFolder(stage: Stage): Promise<Folder & AsyncDisposable> {
  const folder = await mkdtempDisposable(join(tmpdir(), "cosign-"));
  await stage.sigstore.writeTrustedRoot(join(folder.path, "root.json"));
  await writeFile(join(folder.path, "artifact"), ARTIFACT);
  return { path: folder.path, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

interface Check {
  readonly bundle?: string;
  readonly identity?: string;
  readonly root?: string;
  readonly more?: readonly string[];
}

async function verifyBlob(
  folder: Folder,
  command: "verify-blob" | "verify-blob-attestation",
  { bundle = "bundle.json", identity = SIGNER, root = "root.json", more = [] }: Check = {},
): Promise<Verdict> {
  const issuer = "https://token.actions.githubusercontent.com";
  return cosign(folder, [
    command,
    `--bundle=${bundle}`,
    `--trusted-root=${root}`,
    `--certificate-identity=${identity}`,
    `--certificate-oidc-issuer=${issuer}`,
    ...more,
    "artifact",
  ]);
}

const WITNESSES: readonly (readonly WitnessKind[])[] = [["v1"], ["v2", "tsa"], ["v1", "v2", "tsa"]];

/** The client makes bundles of messages in v0.2; cosign reads v0.3, which has no chain. */
function toLatest(json: unknown): unknown {
  const text = JSON.stringify(json)
    .replace(
      '"application/vnd.dev.sigstore.bundle+json;version=0.2"',
      '"application/vnd.dev.sigstore.bundle.v0.3+json"',
    )
    .replace(/"x509CertificateChain":\{"certificates":\[(\{[^\]]*\})\]\}/, '"certificate":$1');
  const latest: unknown = JSON.parse(text);
  return latest;
}

describe.skipIf(COSIGN === undefined)("cosign", { timeout: 30_000 }, () => {
  for (const witnesses of WITNESSES) {
    test(`verifies a message witnessed by ${witnesses.join(", ")}`, async () => {
      await using stage = await startStage();
      await using folder = await openFolder(stage);
      const bundle = await signMessage(stage, Buffer.from(ARTIFACT), { witnesses });
      const json = JSON.stringify(toLatest(bundleToJSON(bundle)));
      await writeFile(join(folder.path, "bundle.json"), json);
      const more = witnesses.includes("tsa") ? ["--use-signed-timestamps"] : [];
      expect(await verifyBlob(folder, "verify-blob", { more })).toMatchObject({ code: 0 });

      const other = { identity: `${SIGNER}.1`, more };
      expect((await verifyBlob(folder, "verify-blob", other)).said).toContain("no matching");
      const stranger = await stage.createTrustDomain({ name: "other" });
      await stranger.writeTrustedRoot(join(folder.path, "other.json"));
      const foreign = { root: "other.json", more };
      expect((await verifyBlob(folder, "verify-blob", foreign)).code).toBe(1);
      await writeFile(join(folder.path, "artifact"), "something else\n");
      expect((await verifyBlob(folder, "verify-blob", { more })).code).toBe(1);
    });

    test(`verifies an attestation witnessed by ${witnesses.join(", ")}`, async () => {
      await using stage = await startStage();
      await using folder = await openFolder(stage);
      const bundle = JSON.stringify(bundleToJSON(await attest(stage, { witnesses })));
      await writeFile(join(folder.path, "bundle.json"), bundle);
      const type = ["--type", "https://slsa.dev/provenance/v1", "--check-claims=false"];
      const stamps = witnesses.includes("tsa") ? ["--use-signed-timestamps"] : [];
      const more = [...type, ...stamps];
      expect(await verifyBlob(folder, "verify-blob-attestation", { more })).toMatchObject({
        code: 0,
      });
      const payload = /"payload":"(?<payload>[^"]+)"/.exec(bundle)?.groups?.["payload"] ?? "";
      const text = Buffer.from(payload, "base64").toString().replace("abab", "cdcd");
      const tampered = bundle.replace(payload, Buffer.from(text).toString("base64"));
      await writeFile(join(folder.path, "bundle.json"), tampered);
      expect((await verifyBlob(folder, "verify-blob-attestation", { more })).code).toBe(1);
    });
  }

  for (const version of [1, 2] as const) {
    test(`signs and attests on the stage, with Rekor v${version}`, async () => {
      await using stage = await startStage();
      await using folder = await openFolder(stage);
      const config = JSON.stringify(stage.sigstore.signingConfig(version));
      await writeFile(join(folder.path, "signing.json"), config);
      await writeFile(join(folder.path, "predicate.json"), "{}");
      const { requestUrl, requestToken } = stage.oidc.grant(RUN);
      const environment = {
        GITHUB_ACTIONS: "true",
        ACTIONS_ID_TOKEN_REQUEST_URL: requestUrl,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken,
      };
      const common = ["--yes", "--signing-config", "signing.json", "--trusted-root", "root.json"];
      const signing = ["sign-blob", ...common, "--bundle", "signed.json", "artifact"];
      expect(await cosign(folder, signing, environment)).toMatchObject({ code: 0 });
      expect(await verifyBlob(folder, "verify-blob", { bundle: "signed.json" })).toMatchObject({
        code: 0,
      });

      const type = ["--type", "https://example.com/predicate"];
      const attesting = ["attest-blob", ...common, ...type, "--predicate", "predicate.json"];
      const attested = await cosign(
        folder,
        [...attesting, "--bundle", "attested.json", "artifact"],
        environment,
      );
      expect(attested).toMatchObject({ code: 0 });
      const check = { bundle: "attested.json", more: type };
      expect(await verifyBlob(folder, "verify-blob-attestation", check)).toMatchObject({ code: 0 });
      const text = await readFile(join(folder.path, "attested.json"), "utf8");
      expect(text).toContain("application/vnd.dev.sigstore.bundle.v0.3+json");
      stage.sigstore.verifyLogs();
      const { log, logV2 } = stage.sigstore;
      expect([log.size, logV2.size]).toEqual(version === 1 ? [2, 0] : [0, 2]);
    });
  }
});
