import { bundleFromJSON, bundleToJSON } from "@sigstore/bundle";
import { PolicyError, VerificationError } from "@sigstore/verify";
import { expect, test } from "vitest";
import { startStage } from "../src/index.ts";
import { attest, check, signMessage, SIGNER, type WitnessKind } from "./sigstore-scene.ts";

const MESSAGE = Buffer.from("what is released\n");

const ATTESTATIONS: readonly { witnesses: readonly WitnessKind[]; tlogThreshold: number }[] = [
  { witnesses: ["v1"], tlogThreshold: 1 },
  { witnesses: ["v1 intoto"], tlogThreshold: 1 },
  { witnesses: ["v2", "tsa"], tlogThreshold: 1 },
  { witnesses: ["v1", "v2", "tsa"], tlogThreshold: 2 },
  { witnesses: ["tsa"], tlogThreshold: 0 },
];

for (const { witnesses, tlogThreshold } of ATTESTATIONS) {
  test(`an attestation witnessed by ${witnesses.join(" and ")} verifies`, async () => {
    await using stage = await startStage();
    const bundle = await attest(stage, { witnesses });
    const root = await stage.sigstore.trustedRoot();
    expect(bundle.mediaType).toBe("application/vnd.dev.sigstore.bundle.v0.3+json");
    const signer = check(bundle, { root, tlogThreshold });
    expect(signer.identity?.subjectAlternativeName).toBe(SIGNER);
    stage.sigstore.verifyLogs();
  });
}
