import { generateKeyPairSync, sign, X509Certificate } from "node:crypto";
import { toSignedEntity } from "@sigstore/verify";
import { expect, test } from "vitest";
import { type RunFacts, type Stage, startStage, type TrustDomain } from "../src/index.ts";
import { openJwt } from "../src/oidc/jwt.ts";
import { attest, check, RUN } from "./sigstore-scene.ts";

const ARC = "1.3.6.1.4.1.57264.1";

/** The UTF8Strings of the certificate's Sigstore extensions, as `@sigstore/core` reads them. */
async function extensionsOf(stage: Stage, facts: RunFacts): Promise<Record<string, string>> {
  const entity = toSignedEntity(await attest(stage, { facts, witnesses: ["v1"] }));
  if (entity.key.$case !== "certificate") throw new Error("signed without a certificate");
  const { certificate } = entity.key;
  const found: Record<string, string> = {};
  for (let n = 1; n <= 30; n += 1) {
    const extension = certificate.extension(`${ARC}.${n}`);
    if (extension === undefined) continue;
    if (n <= 6) {
      found[n] = extension.value.toString("utf8");
      continue;
    }
    const [text, ...more] = extension.valueObj.subs;
    expect([text?.tag.number, more.length]).toEqual([0x0c, 0]);
    found[n] = text?.value.toString("utf8") ?? "";
  }
  return found;
}

test("every claim is in its extension, and the subject is the workflow of the job", async () => {
  await using stage = await startStage();
  expect(await extensionsOf(stage, RUN)).toEqual({
    1: "https://token.actions.githubusercontent.com",
    2: "workflow_dispatch",
    3: RUN.sha,
    4: "Release it",
    5: "octo/telemetry",
    6: "refs/heads/main",
    8: "https://token.actions.githubusercontent.com",
    9: "https://github.com/octo/pipelines/.github/workflows/release.yml@refs/tags/v3",
    10: RUN.jobWorkflowSha,
    11: "github-hosted",
    12: "https://github.com/octo/telemetry",
    13: RUN.sha,
    14: "refs/heads/main",
    15: "4711",
    16: "https://github.com/octo",
    17: "42",
    18: "https://github.com/octo/telemetry/.github/workflows/start.yml@refs/heads/main",
    19: RUN.workflowSha,
    20: "workflow_dispatch",
    21: "https://github.com/octo/telemetry/actions/runs/123456789/attempts/2",
    22: "public",
    23: "release",
  });
});

test("a job outside every environment has no extension for one", async () => {
  await using stage = await startStage();
  const { environment: _none, ...facts } = RUN;
  const extensions = await extensionsOf(stage, facts);
  expect(Object.keys(extensions)).toHaveLength(21);
  expect(extensions[23]).toBeUndefined();
});

test("what a path cannot have is escaped in the certificate's addresses", async () => {
  await using stage = await startStage();
  const jobWorkflowRef = "octo/pipelines/.github/workflows/re lease.yml@refs/heads/fix#1-\u00e4";
  const bundle = await attest(stage, { facts: { ...RUN, jobWorkflowRef }, witnesses: ["v1"] });
  const san =
    "https://github.com/octo/pipelines/.github/workflows/re%20lease.yml@refs/heads/fix%231-%C3%A4";
  const signer = check(bundle, { root: await stage.sigstore.trustedRoot(), san });
  expect(signer.identity?.subjectAlternativeName).toBe(san);
});

interface CertificateRequest {
  readonly token?: string;
  /** What the proof of possession signs. */
  readonly subject?: string;
  readonly curve?: string;
  readonly inHeader?: boolean;
  readonly domain?: TrustDomain;
}

async function tokenFor(
  stage: Stage,
  audience: string,
  overrides: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { requestUrl, requestToken } = stage.oidc.grant(RUN, overrides);
  const response = await fetch(`${requestUrl}&audience=${encodeURIComponent(audience)}`, {
    headers: { authorization: `Bearer ${requestToken}` },
  });
  const body: unknown = await response.json();
  if (typeof body !== "object" || body === null || !("value" in body)) throw new Error("no token");
  return String(body.value);
}

const SUBJECT = "repo:octo/telemetry:environment:release";

async function requestCertificate(
  stage: Stage,
  { token, subject = SUBJECT, curve = "P-256", inHeader = false, domain }: CertificateRequest,
): Promise<{ status: number; message: string; certificates: readonly string[] }> {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: curve });
  const proof = sign("sha256", Buffer.from(subject), privateKey);
  const url = `${(domain ?? stage.sigstore).fulcioUrl}/api/v2/signingCert`;
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(inHeader ? { authorization: `Bearer ${token}` } : {}),
    },
    body: JSON.stringify({
      ...(inHeader ? {} : { credentials: { oidcIdentityToken: token } }),
      publicKeyRequest: {
        publicKey: {
          algorithm: "ECDSA",
          content: publicKey.export({ format: "pem", type: "spki" }),
        },
        proofOfPossession: proof.toString("base64"),
      },
    }),
  });
  const text = await response.text();
  const certificates = text.match(/-----BEGIN[^"]+/g) ?? [];
  const message = /"message":"(?<message>[^"]*)"/.exec(text)?.groups?.["message"] ?? "";
  return { status: response.status, message, certificates };
}

const BAD_TOKEN = "There was an error processing the identity token";

test("a certificate is good for ten minutes and chains to the root of the trust bundle", async () => {
  await using stage = await startStage();
  const token = await tokenFor(stage, "sigstore");
  for (const inHeader of [false, true]) {
    const { status, certificates } = await requestCertificate(stage, { token, inHeader });
    const [leaf, root] = certificates.map(
      (pem) => new X509Certificate(pem.replaceAll(String.raw`\n`, "\n")),
    );
    expect(status).toBe(200);
    const lifetime = (leaf?.validToDate.getTime() ?? 0) - (leaf?.validFromDate.getTime() ?? 0);
    expect(lifetime).toBe(10 * 60 * 1000);
    expect(root !== undefined && leaf?.verify(root.publicKey)).toBe(true);
    const bundle = await fetch(`${stage.sigstore.fulcioUrl}/api/v2/trustBundle`);
    expect(await bundle.json()).toEqual({ chains: [{ certificates: [root?.toString()] }] });
  }
});

test("says whose tokens it takes and for which audience", async () => {
  await using stage = await startStage();
  const answer = await fetch(`${stage.sigstore.fulcioUrl}/api/v2/configuration`);
  expect(await answer.json()).toMatchObject({
    issuers: [{ issuerUrl: "https://token.actions.githubusercontent.com", audience: "sigstore" }],
  });
});

/** The token with other claims under the old signature. */
function forged(token: string): string {
  const [head = "", payload = "", signature = ""] = token.split(".");
  const claims = Buffer.from(payload, "base64url").toString().replaceAll("octo/", "evil/");
  return [head, Buffer.from(claims).toString("base64url"), signature].join(".");
}

/** The token under no signature at all. */
function unsigned(token: string): string {
  const head = Buffer.from(JSON.stringify({ alg: "none", typ: "JWT" })).toString("base64url");
  return `${head}.${token.split(".")[1]}.`;
}

test("refuses a token that is forged, unsigned, for somebody else or from elsewhere", async () => {
  await using stage = await startStage();
  const good = await tokenFor(stage, "sigstore");
  const tokens = {
    none: undefined,
    empty: "",
    garbage: "a.b.c",
    forged: forged(good),
    unsigned: unsigned(good),
    "another audience": await tokenFor(stage, "sigstore2"),
    "no audience": await tokenFor(stage, ""),
    "another issuer": await tokenFor(stage, "sigstore", { iss: "https://evil.example" }),
    "a missing claim": await tokenFor(stage, "sigstore", { job_workflow_sha: "" }),
  };
  for (const [name, token] of Object.entries(tokens)) {
    const request = token === undefined ? {} : { token };
    expect([name, (await requestCertificate(stage, request)).message]).toEqual([name, BAD_TOKEN]);
  }
  expect(stage.history.filter(({ service }) => service === "fulcio")).toEqual([]);
  expect((await requestCertificate(stage, { token: good })).status).toBe(200);
});

test("refuses a token from an issuer of the same name that signs with another key", async () => {
  await using stage = await startStage();
  await using stranger = await startStage();
  const token = await tokenFor(stranger, "sigstore");
  expect((await requestCertificate(stage, { token })).message).toBe(BAD_TOKEN);
});

test("refuses a token that has expired, and takes it until then", async () => {
  await using stage = await startStage();
  const token = await tokenFor(stage, "sigstore");
  stage.sigstore.clock.advanceBy(295);
  expect((await requestCertificate(stage, { token })).status).toBe(200);
  stage.sigstore.clock.advanceBy(6);
  expect((await requestCertificate(stage, { token })).message).toBe(BAD_TOKEN);
});

test("refuses who does not have the private key, and a key it has no certificate for", async () => {
  await using stage = await startStage();
  const token = await tokenFor(stage, "sigstore");
  const stolen = await requestCertificate(stage, { token, subject: "repo:evil/fork" });
  expect([stolen.status, stolen.message]).toEqual([
    400,
    "The signature supplied in the request could not be verified",
  ]);
  const other = await requestCertificate(stage, { token, curve: "P-384" });
  expect(other.message).toBe("The public key supplied in the request is insecure");
});

test("thirty certificates at once are all issued", async () => {
  await using stage = await startStage();
  const token = await tokenFor(stage, "sigstore");
  const answers = await Promise.all(
    Array.from({ length: 30 }, async () => requestCertificate(stage, { token })),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array<number>(30).fill(200));
});

test("a token with another algorithm, key or length is not opened", () => {
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  for (const token of ["", "a.b", "e30.e30.e30", `${"a".repeat(20_000)}.b.c`]) {
    expect(openJwt(token, publicKey, "key")).toBeUndefined();
  }
});
