import { mkdtempDisposable, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Bundle, bundleFromJSON, bundleToJSON } from "@sigstore/bundle";
import { TSAWitness } from "@sigstore/sign";
import { toSignedEntity } from "@sigstore/verify";
import { expect, test } from "vitest";
import { startStage } from "../src/index.ts";
import { attest, check, RUN, SIGNER, signMessage, type WitnessKind } from "./sigstore-scene.ts";

const MESSAGE = Buffer.from("what is released\n");

interface Way {
  readonly witnesses: readonly WitnessKind[];
  readonly tlogThreshold: number;
}

const WAYS: readonly Way[] = [
  { witnesses: ["v1"], tlogThreshold: 1 },
  { witnesses: ["v1 intoto"], tlogThreshold: 1 },
  { witnesses: ["v2", "tsa"], tlogThreshold: 1 },
  { witnesses: ["v1", "v2", "tsa"], tlogThreshold: 2 },
  { witnesses: ["tsa"], tlogThreshold: 0 },
];

/** As a file holds it, with one change. */
function altered(bundle: Bundle, change: (text: string) => string): Bundle {
  const json: unknown = JSON.parse(change(JSON.stringify(bundleToJSON(bundle))));
  return bundleFromJSON(json);
}

function codeOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : error;
  }
  return "accepted";
}

for (const { witnesses, tlogThreshold } of WAYS) {
  test(`an attestation witnessed by ${witnesses.join(", ")} verifies`, async () => {
    await using stage = await startStage();
    const bundle = await attest(stage, { witnesses });
    const root = await stage.sigstore.trustedRoot();
    expect(bundle.mediaType).toBe("application/vnd.dev.sigstore.bundle.v0.3+json");
    const signer = check(bundle, { root, tlogThreshold });
    expect(signer.identity?.subjectAlternativeName).toBe(SIGNER);
    stage.sigstore.verifyLogs();
  });

  test(`a message signature witnessed by ${witnesses.join(", ")} verifies`, async () => {
    await using stage = await startStage();
    const bundle = await signMessage(stage, MESSAGE, { witnesses });
    const root = await stage.sigstore.trustedRoot();
    check(bundle, { root, tlogThreshold, data: MESSAGE });
    const other = Buffer.from("something else\n");
    expect(codeOf(() => check(bundle, { root, tlogThreshold, data: other }))).toBe(
      "SIGNATURE_ERROR",
    );
    stage.sigstore.verifyLogs();
  });
}

test("both logs say what was logged: v1 the envelope, v2 the digest of its encoding", async () => {
  await using stage = await startStage();
  await attest(stage, { witnesses: ["v1", "v1 intoto", "v2", "tsa"] });
  const kindsOf = (log: typeof stage.sigstore.log): readonly unknown[] =>
    log.entries.map(({ body }) => {
      const { apiVersion, kind }: Record<string, unknown> = JSON.parse(body.toString());
      return `${String(kind)} ${String(apiVersion)}`;
    });
  expect(kindsOf(stage.sigstore.log)).toEqual(["dsse 0.0.1", "intoto 0.0.2"]);
  expect(kindsOf(stage.sigstore.logV2)).toEqual(["hashedrekord 0.0.2"]);
});

test("refuses another signer, another issuer and one that only begins like it", async () => {
  await using stage = await startStage();
  const bundle = await attest(stage, { witnesses: ["v1"] });
  const root = await stage.sigstore.trustedRoot();
  const issuer = "https://token.actions.githubusercontent.com.evil";
  for (const wrong of [{ san: `${SIGNER}.1` }, { san: SIGNER.slice(0, -1) }, { issuer }]) {
    expect(codeOf(() => check(bundle, { root, ...wrong }))).toBe("UNTRUSTED_SIGNER_ERROR");
  }
});

test("refuses an attestation with another payload, certificate, proof or promise", async () => {
  await using stage = await startStage();
  const [bundle, other] = [
    await attest(stage, { witnesses: ["v1", "tsa"] }),
    await attest(stage, { witnesses: ["v1", "tsa"] }),
  ];
  const root = await stage.sigstore.trustedRoot();
  const fields = ["payload", "rawBytes", "rootHash", "signedEntryTimestamp", "canonicalizedBody"];
  const refusals = fields.map((field) => {
    const pattern = new RegExp(`"${field}":"([^"]+)"`);
    const foreign = pattern.exec(JSON.stringify(bundleToJSON(other)))?.[0] ?? "";
    const tampered = field === "payload" ? '"payload":"e30="' : foreign;
    return [
      field,
      codeOf(() =>
        check(
          altered(bundle, (t) => t.replace(pattern, tampered)),
          { root },
        ),
      ),
    ];
  });
  expect(Object.fromEntries(refusals)).toEqual({
    payload: "TLOG_BODY_ERROR",
    rawBytes: "SIGNATURE_ERROR",
    // The checkpoint is what counts, and it is signed.
    rootHash: "accepted",
    signedEntryTimestamp: "TLOG_INCLUSION_PROMISE_ERROR",
    canonicalizedBody: "TLOG_INCLUSION_PROMISE_ERROR",
  });
});

test("a bundle of another trust domain is refused, either way round", async () => {
  await using stage = await startStage();
  const other = await stage.createTrustDomain({ name: "internal" });
  const [ours, theirs] = [stage.sigstore, other];
  for (const [domain, stranger] of [[ours, theirs] as const, [theirs, ours] as const]) {
    const bundle = await attest(stage, { domain, witnesses: ["v2", "tsa"] });
    check(bundle, { root: await domain.trustedRoot() });
    const root = await stranger.trustedRoot();
    expect(codeOf(() => check(bundle, { root }))).toBe("TIMESTAMP_ERROR");
    // Nor does trusting the other's timestamps alone let it pass.
    const { timestampAuthorities } = await domain.trustedRoot();
    const mixed = { ...root, timestampAuthorities };
    expect(codeOf(() => check(bundle, { root: mixed }))).toBe("CERTIFICATE_ERROR");
  }
  const services = new Set(stage.history.map(({ service }) => service));
  expect(services).toContain("internal-fulcio");
});

test("a certificate that had expired when the signature was logged is refused", async () => {
  await using stage = await startStage();
  stage.addFault({
    at: { nth: 1, service: "rekor" },
    phase: "before",
    kind: "hook",
    params: { run: () => stage.sigstore.clock.advanceBy(11 * 60) },
  });
  const bundle = await attest(stage, { witnesses: ["v1"] });
  const root = await stage.sigstore.trustedRoot();
  expect(codeOf(() => check(bundle, { root }))).toBe("CERTIFICATE_ERROR");
});

test("two hundred timestamps in a row are parsed and verified", { timeout: 30_000 }, async () => {
  await using stage = await startStage();
  const bundle = await signMessage(stage, MESSAGE, { witnesses: ["v1"] });
  const root = await stage.sigstore.trustedRoot();
  const witness = new TSAWitness({ tsaBaseURL: stage.sigstore.timestampUrl });
  if (bundle.content.$case !== "messageSignature") throw new Error("another kind of bundle");
  for (let n = 0; n < 200; n += 1) {
    const { rfc3161Timestamps } = await witness.testify(bundle.content);
    const { verificationMaterial } = bundle;
    const stamped: Bundle = {
      ...bundle,
      verificationMaterial: {
        ...verificationMaterial,
        timestampVerificationData: { rfc3161Timestamps: rfc3161Timestamps ?? [] },
      },
    };
    expect(toSignedEntity(stamped, MESSAGE).timestamps).toHaveLength(2);
    if (n % 20 === 0) check(stamped, { root, data: MESSAGE });
  }
});

test("writes the trusted root to a file: v0.1, with a start for every key", async () => {
  await using stage = await startStage();
  await using folder = await mkdtempDisposable(join(tmpdir(), "sigstore-"));
  const path = join(folder.path, "trusted_root.json");
  await stage.sigstore.writeTrustedRoot(path);
  const root = await stage.sigstore.trustedRoot();
  expect(JSON.parse(await readFile(path, "utf8"))).toEqual(root);
  expect(root.mediaType).toBe("application/vnd.dev.sigstore.trustedroot+json;version=0.1");
  const starts = [
    ...[...root.tlogs, ...root.ctlogs].map((log) => log.publicKey.validFor.start),
    ...[...root.certificateAuthorities, ...root.timestampAuthorities].map(
      (authority) => authority.validFor.start,
    ),
  ];
  expect(starts).toHaveLength(5);
  expect(new Set(starts).size).toBe(1);
  expect(root.tlogs.map(({ baseUrl }) => baseUrl)).toEqual([
    stage.sigstore.rekorUrl,
    stage.sigstore.rekorV2Url,
  ]);
});

test("the history tells who signed what, in order", async () => {
  await using stage = await startStage();
  await attest(stage, { witnesses: ["v1", "tsa"] });
  const steps = stage.history.map(({ service, who, what, repository }) => [
    service,
    who,
    what,
    repository,
  ]);
  // Witnesses are asked at the same time.
  expect(steps.toSorted(([a = ""], [b = ""]) => a.localeCompare(b))).toEqual([
    ["fulcio", `repo:${RUN.repository}:environment:release`, "issue certificate", "octo/telemetry"],
    ["oidc", "job-1", "issue id token", "octo/telemetry"],
    ["rekor", "anonymous", "log entry", "octo/telemetry"],
    ["tsa", "anonymous", "timestamp", ""],
  ]);
  const asked = stage.exchanges.find(({ service }) => service === "fulcio");
  expect(asked?.requestBody).toMatchObject({ credentials: "***" });
});

test("signing fails with the service's name in it while Fulcio is down", async () => {
  await using stage = await startStage();
  const fault = stage.addFault({
    at: { nth: 1, times: Infinity, service: "fulcio" },
    phase: "before",
    kind: "reset",
  });
  await expect(attest(stage, { witnesses: ["v1"] })).rejects.toThrow(
    "error creating signing certificate",
  );
  expect(stage.sigstore.log.size).toBe(0);
  fault.withdraw();
  await attest(stage, { witnesses: ["v1"] });
});

test("an entry whose answer was lost is in the log once, and the client finds it", async () => {
  await using stage = await startStage();
  stage.addFault({
    at: { nth: 1, operation: "POST /api/v1/log/entries" },
    phase: "after",
    kind: "status",
    params: { status: 503 },
  });
  const bundle = await attest(stage, { witnesses: ["v1"], retries: 1 });
  check(bundle, { root: await stage.sigstore.trustedRoot() });
  expect(stage.sigstore.log.size).toBe(1);
  const statuses = stage.exchanges
    .filter(({ service }) => service === "rekor")
    .map(({ method, status }) => `${method} ${status}`);
  expect(statuses).toEqual(["POST 503", "POST 409", "GET 200"]);
});

test("a Rekor v2 that takes hashed records only refuses an envelope", async () => {
  await using stage = await startStage();
  const domain = await stage.createTrustDomain({ name: "strict", envelopesInRekorV2: "refused" });
  const witnesses = ["v2", "tsa"] as const;
  await expect(attest(stage, { domain, witnesses })).rejects.toThrow("error creating tlog entry");
  const bundle = await signMessage(stage, MESSAGE, { domain, witnesses });
  check(bundle, { root: await domain.trustedRoot(), data: MESSAGE });
  expect(domain.logV2.size).toBe(1);
});

test("a domain without transparency is trusted by timestamps alone, and never by logs", async () => {
  await using stage = await startStage();
  const domain = await stage.createTrustDomain({ name: "private", isTransparent: false });
  const root = await domain.trustedRoot();
  expect([root.tlogs, root.ctlogs]).toEqual([[], []]);
  const stamped = await attest(stage, { domain, witnesses: ["tsa"] });
  check(stamped, { root, tlogThreshold: 0, ctlogThreshold: 0 });
  expect(codeOf(() => check(stamped, { root, tlogThreshold: 0 }))).toBe("CERTIFICATE_ERROR");
  expect(codeOf(() => check(stamped, { root, ctlogThreshold: 0 }))).toBe("TLOG_ERROR");
  const logged = await attest(stage, { domain, witnesses: ["v2", "tsa"] });
  const refusal = codeOf(() => check(logged, { root, tlogThreshold: 0, ctlogThreshold: 0 }));
  expect(refusal).toBe("TLOG_INCLUSION_PROOF_ERROR");
});
