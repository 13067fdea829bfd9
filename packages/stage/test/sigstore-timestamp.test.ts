import { createHash } from "node:crypto";
import http from "node:http";
import fc from "fast-check";
import { expect, test } from "vitest";
import { startStage, type TrustDomain } from "../src/index.ts";
import { readDerQuery, readJsonQuery } from "../src/sigstore/timestamp-query.ts";
import { InvalidInput } from "../src/sigstore/untrusted.ts";

const DIGEST = createHash("sha256").update("signature").digest();

/** One element of DER, of less than 128 bytes. */
function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag, content.length]), content]);
}

const VERSION = der(0x02, Buffer.from([1]));
const SHA256 = der(0x30, der(0x06, Buffer.from("608648016503040201", "hex")), der(0x05));
const IMPRINT = der(0x30, SHA256, der(0x04, DIGEST));
const NONCE = der(0x02, Buffer.from("0123456789", "hex"));
const POLICY = der(0x06, Buffer.from("2b0601040183bf3002", "hex"));
const CERTIFICATES = der(0x01, Buffer.from([0xff]));

async function post(domain: TrustDomain, type: string, body: string | Buffer): Promise<Response> {
  return fetch(`${domain.timestampUrl}/api/v1/timestamp`, {
    method: "POST",
    headers: { "content-type": type },
    body: typeof body === "string" ? body : new Uint8Array(body),
  });
}

test("a query in DER is read: digest, nonce, and the wish for the certificate", () => {
  expect(readDerQuery(der(0x30, VERSION, IMPRINT))).toEqual({
    algorithm: "sha256",
    digest: DIGEST,
    nonce: undefined,
    certificates: false,
  });
  expect(readDerQuery(der(0x30, VERSION, IMPRINT, POLICY, NONCE, CERTIFICATES))).toMatchObject({
    nonce: 0x0123456789,
    certificates: true,
  });
});

test("a query in DER and one in JSON get a token over the digest", async () => {
  await using stage = await startStage();
  const query = der(0x30, VERSION, IMPRINT, NONCE, CERTIFICATES);
  const artifactHash = DIGEST.toString("base64");
  const json = JSON.stringify({ artifactHash, hashAlgorithm: "sha256", nonce: 7 });
  const answers = [
    await post(stage.sigstore, "application/timestamp-query", query),
    await post(stage.sigstore, "application/json; charset=utf-8", json),
  ];
  const chain = await fetch(`${stage.sigstore.timestampUrl}/api/v1/timestamp/certchain`);
  const [leaf = ""] = (await chain.text()).split("-----END CERTIFICATE-----");
  const leafDer = Buffer.from(leaf.replaceAll(/-.*-|\s/g, ""), "base64");
  const tokens: Buffer[] = [];
  for (const answer of answers) {
    expect(answer.status).toBe(201);
    expect(answer.headers.get("content-type")).toBe("application/timestamp-reply");
    tokens.push(Buffer.from(await answer.arrayBuffer()));
  }
  expect(tokens.map((token) => token.includes(DIGEST))).toEqual([true, true]);
  expect(tokens.map((token) => token.includes(leafDer))).toEqual([true, false]);
  expect(tokens[0]?.includes(NONCE)).toBe(true);
  expect(stage.history.map(({ what }) => what)).toEqual(["timestamp", "timestamp"]);
});

test("refuses another form, another version, a wrong length and what it cannot answer", async () => {
  await using stage = await startStage();
  const short = der(0x30, SHA256, der(0x04, DIGEST.subarray(1)));
  const sha1 = der(0x30, der(0x30, der(0x06, Buffer.from("2b0e03021a", "hex"))), der(0x04, DIGEST));
  const longNonce = der(0x02, Buffer.alloc(8, 1));
  const bad: Readonly<Record<string, Buffer>> = {
    empty: Buffer.alloc(0),
    version: der(0x30, der(0x02, Buffer.from([2])), IMPRINT),
    short: der(0x30, VERSION, short),
    sha1: der(0x30, VERSION, sha1),
    nonce: der(0x30, VERSION, IMPRINT, longNonce),
    policy: der(0x30, VERSION, IMPRINT, der(0x06, Buffer.from("2b06", "hex"))),
    more: Buffer.concat([der(0x30, VERSION, IMPRINT), Buffer.from([0])]),
    cut: der(0x30, VERSION, IMPRINT).subarray(0, -1),
  };
  for (const [name, query] of Object.entries(bad)) {
    const { status } = await post(stage.sigstore, "application/timestamp-query", query);
    expect([name, status]).toEqual([name, 400]);
  }
  const artifactHash = DIGEST.toString("base64");
  const asked = { artifactHash, hashAlgorithm: "sha256" };
  for (const other of [{}, { ...asked, tsaPolicyOID: "x" }, { ...asked, nonce: 1e300 }]) {
    const { status } = await post(stage.sigstore, "application/json", JSON.stringify(other));
    expect(status).toBe(400);
  }
  expect((await post(stage.sigstore, "text/plain", "")).status).toBe(415);
  expect(stage.history).toEqual([]);
});

test("whatever bytes come, a query is read or refused in words", () => {
  const good = der(0x30, VERSION, IMPRINT, NONCE, CERTIFICATES);
  const mutation = fc.tuple(fc.nat(good.length - 1), fc.nat(255)).map(([at, byte]) => {
    const changed = Buffer.from(good);
    changed[at] = byte;
    return changed;
  });
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((data) => Buffer.from(data)),
    mutation,
  );
  fc.assert(
    fc.property(bytes, (data) => {
      for (const read of [readDerQuery, readJsonQuery]) {
        try {
          expect(read(data).digest.length).toBeGreaterThan(31);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidInput);
        }
      }
    }),
  );
});

test("what is loaded for certificates leaves this process's HTTP client alone", async () => {
  const { request, get } = http;
  await using stage = await startStage();
  await stage.sigstore.trustedRoot();
  expect(http.request).toBe(request);
  expect(http.get).toBe(get);
});
