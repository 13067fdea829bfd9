import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";
import { expect, test } from "vitest";
import { type Stage, startStage, type TrustDomain } from "../src/index.ts";
import { leafHashOf, rootOfInclusion, rootsOfConsistency } from "./sigstore-merkle-verifier.ts";
import { STATEMENT, STATEMENT_TYPE } from "./sigstore-scene.ts";

type Json = Readonly<Record<string, unknown>>;

interface Told {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json;
}

async function ask(url: string, path: string, body?: unknown): Promise<Told> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const init = { method: "POST", body: text, headers: { "content-type": "application/json" } };
  const response = await fetch(new URL(path, url), body === undefined ? {} : init);
  const answer = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") === true && answer !== "";
  const parsed: unknown = isJson ? JSON.parse(answer) : { text: answer };
  return { status: response.status, headers: response.headers, body: asRecord(parsed) };
}

function asRecord(value: unknown): Json {
  if (typeof value !== "object" || value === null) throw new Error("no object");
  return Object.fromEntries(Object.entries(value));
}

const KEY = generateKeyPairSync("ec", { namedCurve: "P-256" });
const STRANGER = generateKeyPairSync("ec", { namedCurve: "P-256" });

function pemOf(key: KeyObject): string {
  return Buffer.from(key.export({ format: "pem", type: "spki" })).toString("base64");
}

function derOf(key: KeyObject): string {
  return key.export({ format: "der", type: "spki" }).toString("base64");
}

interface Given {
  readonly data?: Buffer;
  readonly signature?: Buffer;
  readonly key?: KeyObject;
  readonly algorithm?: string;
}

/** A proposal for Rekor v1 that is good unless something is given. */
function hashedRekord({ data = Buffer.from("data"), algorithm = "sha256", ...given }: Given = {}) {
  const { signature = sign(algorithm, data, KEY.privateKey), key = KEY.publicKey } = given;
  const value = createHash(algorithm).update(data).digest("hex");
  return {
    apiVersion: "0.0.1",
    kind: "hashedrekord",
    spec: {
      data: { hash: { algorithm, value } },
      signature: { content: signature.toString("base64"), publicKey: { content: pemOf(key) } },
    },
  };
}

function preAuthEncoding(type: string, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${payload.length} `), payload]);
}

function dsse({ signature, key = KEY.publicKey }: Given = {}) {
  const good = sign("sha256", preAuthEncoding(STATEMENT_TYPE, STATEMENT), KEY.privateKey);
  const envelope = JSON.stringify({
    payloadType: STATEMENT_TYPE,
    payload: STATEMENT.toString("base64"),
    signatures: [{ sig: (signature ?? good).toString("base64") }],
  });
  const spec = { proposedContent: { envelope, verifiers: [pemOf(key)] } };
  return { apiVersion: "0.0.1", kind: "dsse", spec };
}

function hashedRekordV2({ data = Buffer.from("data"), ...given }: Given = {}) {
  const { signature = sign("sha256", data, KEY.privateKey), key = KEY.publicKey } = given;
  return {
    hashedRekordRequestV002: {
      digest: createHash("sha256").update(data).digest("base64"),
      signature: {
        content: signature.toString("base64"),
        verifier: {
          keyDetails: "PKIX_ECDSA_P256_SHA_256",
          publicKey: { rawBytes: derOf(key) },
        },
      },
    },
  };
}

const ENTRIES = "/api/v1/log/entries";
const ENTRIES_V2 = "/api/v2/log/entries";

/** The one entry of an answer of Rekor v1, with its id. */
function entryOf(body: Json): { id: string; entry: Json; proof: Json } {
  const [pair, ...more] = Object.entries(body);
  if (pair === undefined || more.length > 0) throw new Error("not one entry");
  const entry = asRecord(pair[1]);
  const verification = asRecord(entry["verification"]);
  return { id: pair[0], entry, proof: asRecord(verification["inclusionProof"]) };
}

function hexList(value: unknown): readonly Buffer[] {
  return Array.isArray(value) ? value.map((hash) => Buffer.from(String(hash), "hex")) : [];
}

async function fill(domain: TrustDomain, count: number): Promise<readonly Told[]> {
  const told: Told[] = [];
  for (let n = 0; n < count; n += 1) {
    const data = Buffer.from(`artifact ${n}`);
    told.push(await ask(domain.rekorUrl, ENTRIES, hashedRekord({ data })));
    await ask(domain.rekorV2Url, ENTRIES_V2, hashedRekordV2({ data }));
  }
  return told;
}

test("an entry is given back by its id, its leaf hash, its index and what was proposed", async () => {
  await using stage = await startStage();
  const { rekorUrl } = stage.sigstore;
  const proposal = dsse();
  const created = await ask(rekorUrl, ENTRIES, proposal);
  const { id, entry } = entryOf(created.body);
  expect(created.status).toBe(201);
  expect(created.headers.get("location")).toBe(`${ENTRIES}/${id}`);
  expect(created.headers.get("etag")).toBe(id);
  expect(id).toMatch(/^[0-9a-f]{80}$/);
  const leaf = leafHashOf(Buffer.from(String(entry["body"]), "base64")).toString("hex");
  expect(id.slice(16)).toBe(leaf);
  for (const path of [`/${id}`, `/${leaf}`, "?logIndex=0"]) {
    const shown = await ask(rekorUrl, ENTRIES + path);
    expect(shown.status).toBe(200);
    expect(entryOf(shown.body).entry["body"]).toBe(entry["body"]);
  }
  for (const query of [{ entryUUIDs: [id] }, { logIndexes: [0] }, { entries: [proposal] }]) {
    const found = await ask(rekorUrl, `${ENTRIES}/retrieve`, query);
    expect(Object.keys(found.body)).toEqual(["0"]);
    expect(entryOf(asRecord(found.body["0"])).id).toBe(id);
  }
  // A proposal is found by what it becomes, which its signature is part of.
  const another = { entries: [dsse()] };
  expect((await ask(rekorUrl, `${ENTRIES}/retrieve`, another)).body).toEqual({});
  const subject = await ask(rekorUrl, "/api/v1/index/retrieve", { hash: "ab".repeat(32) });
  expect(Object.values(subject.body)).toEqual([id]);
  const byKey = { publicKey: { format: "x509", content: pemOf(KEY.publicKey) } };
  expect(Object.values((await ask(rekorUrl, "/api/v1/index/retrieve", byKey)).body)).toEqual([id]);
});

test("an entry that is there already is a conflict that says where it is", async () => {
  await using stage = await startStage();
  const { rekorUrl, rekorV2Url } = stage.sigstore;
  const [v1, v2] = [hashedRekord(), hashedRekordV2()];
  const { id } = entryOf((await ask(rekorUrl, ENTRIES, v1)).body);
  const again = await ask(rekorUrl, ENTRIES, v1);
  expect(again.status).toBe(409);
  expect(again.headers.get("location")).toBe(`${ENTRIES}/${id}`);
  expect(again.body).toEqual({
    code: 409,
    message: `an equivalent entry already exists in the transparency log with UUID ${id}`,
  });
  expect((await ask(rekorV2Url, ENTRIES_V2, v2)).status).toBe(201);
  const twice = await ask(rekorV2Url, ENTRIES_V2, v2);
  expect([twice.status, twice.headers.get("x-log-index")]).toEqual([409, "0"]);
  expect([stage.sigstore.log.size, stage.sigstore.logV2.size]).toEqual([1, 1]);
  expect(stage.history).toHaveLength(2);
});

test("what is not there is not found, and what is no id is refused", async () => {
  await using stage = await startStage();
  const { rekorUrl } = stage.sigstore;
  expect((await ask(rekorUrl, `${ENTRIES}?logIndex=0`)).status).toBe(404);
  expect((await ask(rekorUrl, `${ENTRIES}/${"0".repeat(64)}`)).status).toBe(404);
  expect((await ask(rekorUrl, `${ENTRIES}/${"0".repeat(80)}`)).status).toBe(404);
  expect((await ask(rekorUrl, `${ENTRIES}/none`)).status).toBe(400);
  expect((await ask(rekorUrl, `${ENTRIES}?logIndex=-1`)).status).toBe(400);
  const eleven = { logIndexes: Array.from({ length: 11 }, (_none, n) => n) };
  expect((await ask(rekorUrl, `${ENTRIES}/retrieve`, eleven)).status).toBe(422);
  stage.allowViolation("unknown route");
  expect((await ask(rekorUrl, "/api/v1/log/nothing")).status).toBe(404);
});

test("proofs, promises and checkpoints of Rekor v1 hold for who verifies on their own", async () => {
  await using stage = await startStage();
  const { rekorUrl, log } = stage.sigstore;
  const told = await fill(stage.sigstore, 9);
  const pem = asText(await ask(rekorUrl, "/api/v1/log/publicKey"));
  const publicKey = createPublicKey(pem);
  const roots: Buffer[] = [];
  for (const [index, { body }] of told.entries()) {
    const { entry, proof } = entryOf(body);
    const root = Buffer.from(String(proof["rootHash"]), "hex");
    roots.push(root);
    expect(proof["treeSize"]).toBe(index + 1);
    const leaf = leafHashOf(Buffer.from(String(entry["body"]), "base64"));
    expect(rootOfInclusion(leaf, index, index + 1, hexList(proof["hashes"]))).toEqual(root);
    expect(openNote(String(proof["checkpoint"]), publicKey)).toEqual([
      expect.stringMatching(/^127\.0\.0\.1 - \d+$/),
      String(index + 1),
      root.toString("base64"),
    ]);
    const { integratedTime, logID, logIndex } = entry;
    // In canonical JSON these four keys are in this order.
    const promised = JSON.stringify({ body: entry["body"], integratedTime, logID, logIndex });
    const promise = asRecord(entry["verification"])["signedEntryTimestamp"];
    const signature = Buffer.from(String(promise), "base64");
    expect(verify("sha256", Buffer.from(promised), publicKey, signature)).toBe(true);
  }
  for (let first = 1; first < roots.length; first += 1) {
    const path = `/api/v1/log/proof?firstSize=${first}&lastSize=9`;
    const { body } = await ask(rekorUrl, path);
    const from = roots[first - 1] ?? Buffer.alloc(0);
    expect(rootsOfConsistency(first, 9, from, hexList(body["hashes"]))).toEqual({
      first: from,
      second: Buffer.from(String(body["rootHash"]), "hex"),
    });
  }
  const info = (await ask(rekorUrl, "/api/v1/log")).body;
  expect(info).toMatchObject({ treeSize: 9, rootHash: roots.at(-1)?.toString("hex") });
  expect((await ask(rekorUrl, "/api/v1/log/proof?firstSize=3&lastSize=2")).status).toBe(400);
  expect((await ask(rekorUrl, "/api/v1/log/proof?firstSize=3&lastSize=10")).body["message"]).toBe(
    "the tree size requested(10) was greater than what is currently observable(9)",
  );
  expect(log.verify()).toMatchObject({ size: 9, checkpoints: 9 });
});

function asText({ body }: Told): string {
  return String(body["text"]);
}

/** The lines of a note that the key signed. */
function openNote(note: string, publicKey: KeyObject): readonly string[] {
  const [text = "", signed = ""] = note.split("\n\n");
  const signature = Buffer.from(signed.trim().split(" ")[2] ?? "", "base64").subarray(4);
  const algorithm = publicKey.asymmetricKeyType === "ed25519" ? null : "sha256";
  expect(verify(algorithm, Buffer.from(`${text}\n`), publicKey, signature)).toBe(true);
  return text.split("\n");
}

async function tile(url: string, path: string): Promise<Buffer> {
  const response = await fetch(new URL(path, `${url}/api/v2/tile/`));
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

/** The entries of a bundle: each behind its length in two bytes. */
function unframe(bundle: Buffer): readonly Buffer[] {
  const entries: Buffer[] = [];
  for (let at = 0; at < bundle.length;) {
    const end = at + 2 + bundle.readUInt16BE(at);
    entries.push(bundle.subarray(at + 2, end));
    at = end;
  }
  return entries;
}

test("the log of Rekor v2 can be read and recomputed from its tiles", async () => {
  await using stage = await startStage();
  const { rekorV2Url, logV2 } = stage.sigstore;
  for (let n = 0; n < 300; n += 1) logV2.add(Buffer.from(`entry ${n}`), []);
  await ask(rekorV2Url, ENTRIES_V2, hashedRekordV2());
  const root = await stage.sigstore.trustedRoot();
  const rawKey = root.tlogs[1]?.publicKey.rawBytes ?? "";
  const key = createPublicKey({ key: Buffer.from(rawKey, "base64"), format: "der", type: "spki" });
  const checkpoint = await fetch(`${rekorV2Url}/api/v2/checkpoint`);
  const [origin, size, rootHash] = openNote(await checkpoint.text(), key);
  expect([origin, size]).toEqual(["127.0.0.1", "301"]);

  const entries = [
    ...unframe(await tile(rekorV2Url, "entries/000")),
    ...unframe(await tile(rekorV2Url, "entries/001.p/45")),
  ];
  expect(entries).toHaveLength(301);
  const level0 = Buffer.concat([
    await tile(rekorV2Url, "0/000"),
    await tile(rekorV2Url, "0/001.p/45"),
  ]);
  expect(level0).toEqual(Buffer.concat(entries.map(leafHashOf)));
  const level1 = await tile(rekorV2Url, "1/000.p/1");
  expect(level1).toEqual(logV2.root(256));
  const last = leafHashOf(entries[300] ?? Buffer.alloc(0));
  const { hashes } = logV2.inclusionProof(300);
  expect(rootOfInclusion(last, 300, 301, hashes)?.toString("base64")).toBe(rootHash);

  for (const wrong of ["0/001", "0/001.p/46", "0/000.p/256", "2/000.p/1", "0/0", "x/000"]) {
    expect((await fetch(new URL(wrong, `${rekorV2Url}/api/v2/tile/`))).status).toBe(404);
  }
  expect((await fetch(`${rekorV2Url}/api/v2/tile/entries/000.p/0`)).status).toBe(404);
});

const OTHER_SIGNATURE = sign("sha256", Buffer.from("other data"), KEY.privateKey);

function manyVerifiers() {
  const good = dsse();
  const verifiers = Array<string>(17).fill(pemOf(KEY.publicKey));
  return { ...good, spec: { proposedContent: { ...good.spec.proposedContent, verifiers } } };
}

/** Slow to read for an expression that tries every split. */
function whitespaceKey() {
  const good = hashedRekord();
  const pem = `-----BEGIN PUBLIC KEY-----${"\n".repeat(60_000)}`;
  const publicKey = { content: Buffer.from(pem).toString("base64") };
  return { ...good, spec: { ...good.spec, signature: { ...good.spec.signature, publicKey } } };
}

const REFUSED_V1: readonly (readonly [name: string, proposal: unknown])[] = [
  ["a signature of another key", hashedRekord({ key: STRANGER.publicKey })],
  ["a signature of other data", hashedRekord({ signature: OTHER_SIGNATURE })],
  ["no signature at all", hashedRekord({ signature: Buffer.alloc(0) })],
  ["an envelope signed by another key", dsse({ key: STRANGER.publicKey })],
  ["an envelope with a broken signature", dsse({ signature: Buffer.from("broken") })],
  ["an envelope without signatures", JSON.stringify(dsse()).replace(/\{\\"sig\\":[^}]+\}/, "")],
  ["more verifiers than any envelope has", manyVerifiers()],
  ["a key of white space", whitespaceKey()],
  ["an unknown kind", { ...hashedRekord(), kind: "alpine" }],
  ["an unknown version", { ...hashedRekord(), apiVersion: "0.0.9" }],
  ["a kind that is a property of every object", { ...hashedRekord(), kind: "constructor" }],
  ["what is no object", "[]"],
  ["what is no JSON", "{"],
];

for (const [name, proposal] of REFUSED_V1) {
  test(`Rekor v1 refuses ${name}`, async () => {
    await using stage = await startStage();
    const { status, body } = await ask(stage.sigstore.rekorUrl, ENTRIES, proposal);
    expect([status, body["code"]]).toEqual([400, 400]);
    expect(body["message"]).toMatch(/^error processing entry: /);
    expectUntouched(stage);
  });
}

function expectUntouched(stage: Stage): void {
  expect([stage.sigstore.log.size, stage.sigstore.logV2.size]).toEqual([0, 0]);
  expect(stage.history).toEqual([]);
}

/** A good request with another text at one place. */
function altered(from: string, to: string): unknown {
  return JSON.stringify(hashedRekordV2()).replace(from, to);
}

const LONGER_KEY = Buffer.concat([
  Buffer.from(derOf(KEY.publicKey), "base64"),
  Buffer.from("more"),
]).toString("base64");

const REFUSED_V2: readonly (readonly [name: string, request: unknown])[] = [
  ["a signature of another key", hashedRekordV2({ key: STRANGER.publicKey })],
  ["a signature of other data", hashedRekordV2({ signature: OTHER_SIGNATURE })],
  ["a key under a wrong name", altered("P256_SHA_256", "P384_SHA_384")],
  ["a key under no name", altered("PKIX_ECDSA_P256_SHA_256", "PKIX_ED25519")],
  ["a key where a certificate should be", altered('"publicKey"', '"x509Certificate"')],
  ["a key with something behind it", altered(derOf(KEY.publicKey), LONGER_KEY)],
  ["two entries at once", { ...hashedRekordV2(), dsseRequestV002: {} }],
  ["an unknown type", { intotoRequestV002: {} }],
  ["what is no JSON", "{"],
];

for (const [name, request] of REFUSED_V2) {
  test(`Rekor v2 refuses ${name}`, async () => {
    await using stage = await startStage();
    const { status, body } = await ask(stage.sigstore.rekorV2Url, ENTRIES_V2, request);
    expect([status, body["code"]]).toEqual([400, 3]);
    expectUntouched(stage);
  });
}

test("takes signatures of RSA and of P-384 over the digest alone", async () => {
  await using stage = await startStage();
  const data = Buffer.from("data");
  const keys = [
    { pair: generateKeyPairSync("rsa", { modulusLength: 2048 }), algorithm: "sha256" },
    { pair: generateKeyPairSync("rsa", { modulusLength: 2048 }), algorithm: "sha512" },
    { pair: generateKeyPairSync("ec", { namedCurve: "P-384" }), algorithm: "sha384" },
  ];
  for (const { pair, algorithm } of keys) {
    const signature = sign(algorithm, data, pair.privateKey);
    const given = { data, algorithm, key: pair.publicKey };
    const good = await ask(stage.sigstore.rekorUrl, ENTRIES, hashedRekord({ ...given, signature }));
    expect(good.status).toBe(201);
    signature[signature.length - 1] = (signature.at(-1) ?? 0) ^ 1;
    const bad = await ask(stage.sigstore.rekorUrl, ENTRIES, hashedRekord({ ...given, signature }));
    expect(bad.status).toBe(400);
  }
});

test("the audit finds an entry that was changed after it was logged", async () => {
  await using stage = await startStage();
  await fill(stage.sigstore, 3);
  expect(stage.sigstore.verifyLogs()).toMatchObject({ v1: { size: 3 }, v2: { size: 3 } });
  const body = stage.sigstore.log.entries[1]?.body ?? Buffer.alloc(0);
  body[0] = 0x20;
  expect(() => stage.sigstore.verifyLogs()).toThrow(
    "rekor: the tree is not the one over the entries; the checkpoint of size 2 is of another log",
  );
});

test("twenty entries at once are each in the log once, with proofs that agree", async () => {
  await using stage = await startStage();
  const { rekorUrl, log } = stage.sigstore;
  const proposals = Array.from({ length: 20 }, (_none, n) =>
    hashedRekord({ data: Buffer.from(`artifact ${n}`) }),
  );
  const answers = await Promise.all(
    [...proposals, ...proposals].map(async (proposal) => ask(rekorUrl, ENTRIES, proposal)),
  );
  const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
  expect(statuses).toEqual([...Array<number>(20).fill(201), ...Array<number>(20).fill(409)]);
  expect(log.verify().size).toBe(20);
});
