/** The official client, unmodified, against the bucket. */
import { once } from "node:events";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { IdempotencyStrategy } from "@google-cloud/storage";
import { expect, test, vi } from "vitest";
import { BUCKET, clientFor, refusalOf, startBucketScene, startUpload } from "./bucket-scene.ts";

const KIB = 1024;
const QUANTUM = 256 * KIB;

/** Bytes that are nowhere the same. */
function bytesOf(size: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: size }, (_, index) => (index * 31) ^ (index >> 8)));
}

/** Anew for every call: the client writes into the options it is given. */
function createOnly(): { preconditionOpts: { ifGenerationMatch: number } } {
  return { preconditionOpts: { ifGenerationMatch: 0 } };
}

test("saves in one request, with metadata", async () => {
  await using scene = await startBucketScene();
  const file = scene.file("1.2.0/report.json");
  const said = { contentType: "application/json", metadata: { sha256: "abc", commit: "def" } };
  await file.save('{"a":1}', { ...createOnly(), resumable: false, metadata: { ...said } });
  const [metadata] = await file.getMetadata();
  expect(metadata).toMatchObject({ name: "1.2.0/report.json", size: "7", ...said });
  expect(await scene.bucket.read("1.2.0/report.json")).toEqual(Buffer.from('{"a":1}'));
  expect(scene.stage.mutatingExchanges).toMatchObject([
    {
      service: "storage",
      operation: "POST /upload/b/{bucket}/o?uploadType=multipart",
      query: { ifGenerationMatch: "0", name: "1.2.0/report.json" },
      status: 200,
    },
  ]);
});

test("has the server hold a checksum against the bytes before there is an object", async () => {
  await using scene = await startBucketScene();
  for (const resumable of [false, true]) {
    for (const [key, words] of [
      ["crc32c", "Provided CRC32C"],
      ["md5Hash", "Provided MD5 hash"],
    ] as const) {
      const metadata = { [key]: "YaqeIA==" };
      const saved = scene.file("a").save("x", { ...createOnly(), resumable, metadata });
      expect(await refusalOf(saved)).toMatchObject({
        code: 400,
        reason: "invalid",
        message: expect.stringContaining(`${words} "YaqeIA==" doesn't match calculated`),
        isError: !resumable,
      });
    }
  }
  expect(scene.stage.history.map(({ what }) => what)).toEqual(["create bucket"]);
});

test("saves resumably, which is what it does unless told, and reads back validated", async () => {
  await using scene = await startBucketScene();
  const bytes = bytesOf(700_000);
  const file = scene.file("log.bin");
  await file.save(bytes, createOnly());
  const [read] = await file.download({ validation: "crc32c" });
  expect(read.equals(bytes)).toBe(true);
  const sent = scene.stage.mutatingExchanges.map(({ operation, status }) => [operation, status]);
  expect(sent).toEqual([
    ["POST /upload/b/{bucket}/o?uploadType=resumable", 200],
    ["PUT /upload/b/{bucket}/o?uploadType=resumable", 200],
  ]);
  const { generation } = scene.bucket.object("log.bin") ?? {};
  expect(scene.stage.history).toMatchObject([
    { what: "create bucket" },
    { what: "create object", ref: "log.bin", repository: BUCKET, after: `${generation}/1` },
  ]);
});

test("uploads in chunks, each a request that is answered with how far it is", async () => {
  await using scene = await startBucketScene();
  const bytes = bytesOf(2 * QUANTUM + 1234);
  const stream = scene.file("big").createWriteStream({ ...createOnly(), chunkSize: QUANTUM });
  await pipeline(Readable.from([bytes]), stream);
  expect((await scene.bucket.read("big")).equals(bytes)).toBe(true);
  const puts = scene.stage.exchanges.filter(({ method }) => method === "PUT");
  expect(puts.map(({ status, requestBytes }) => [status, requestBytes])).toEqual([
    [308, QUANTUM],
    [308, QUANTUM],
    [200, 1234],
  ]);
});

test("goes on where the connection was lost, and the object is what was sent", async () => {
  await using scene = await startBucketScene();
  const bytes = bytesOf(3 * QUANTUM);
  scene.stage.addFault({
    at: { nth: 3, method: "PUT", service: "storage" },
    phase: "during",
    kind: "reset",
    params: { receivedBytes: 100_000 },
  });
  // Started beforehand, because only the start cannot do with so short a delay.
  const uri = await startUpload(scene, "name=big&ifGenerationMatch=0");
  const retryOptions = {
    maxRetryDelay: 0.01,
    idempotencyStrategy: IdempotencyStrategy.RetryAlways,
  };
  const client = clientFor(scene.storage, scene.token, { retryOptions });
  const stream = client.bucket(BUCKET).file("big").createWriteStream({ uri, chunkSize: QUANTUM });
  await pipeline(Readable.from([bytes]), stream);
  expect((await scene.bucket.read("big")).equals(bytes)).toBe(true);
  const puts = scene.stage.exchanges.filter(({ method }) => method === "PUT");
  // How far it is, a chunk, the chunk that is lost, how far it is, and the rest.
  expect(puts.map(({ status, requestBytes }) => [status, requestBytes])).toEqual([
    [308, 0],
    [308, QUANTUM],
    [undefined, 100_000],
    [308, 0],
    [308, QUANTUM],
    [200, QUANTUM],
  ]);
});

test("goes on with a session in another process, from the offset it asks for", async () => {
  await using scene = await startBucketScene();
  const bytes = bytesOf(2 * QUANTUM);
  const file = scene.file("big");
  const [uri] = await file.createResumableUpload(createOnly());
  const first = file.createWriteStream({
    uri,
    chunkSize: QUANTUM,
    isPartialUpload: true,
    resumable: true,
    validation: false,
  });
  await pipeline(Readable.from([bytes.subarray(0, QUANTUM)]), first);
  const rest = file.createWriteStream({ uri, offset: QUANTUM, validation: false });
  await pipeline(Readable.from([bytes.subarray(QUANTUM)]), rest);
  expect((await scene.bucket.read("big")).equals(bytes)).toBe(true);
});

test("reads a part, and streams the whole", async () => {
  await using scene = await startBucketScene();
  await scene.bucket.put("a", "0123456789");
  const file = scene.file("a");
  expect(String(await buffer(file.createReadStream({ start: 2, end: 4 })))).toBe("234");
  expect(String(await buffer(file.createReadStream({ start: -3, end: -3 })))).toBe("789");
  expect(String(await buffer(file.createReadStream({ validation: "md5" })))).toBe("0123456789");
});

test("notices bytes that were changed on the way", async () => {
  await using scene = await startBucketScene();
  await scene.bucket.put("a", "0123456789");
  scene.stage.addFault({ at: { nth: 1, method: "GET" }, phase: "during", kind: "corrupt" });
  const read = buffer(scene.file("a").createReadStream({ validation: "crc32c" }));
  await expect(read).rejects.toThrow(/CRC32C|downloaded data did not match/i);
});

test("keeps gzip as it came, and the client unpacks it", async () => {
  await using scene = await startBucketScene();
  const file = scene.file("log.txt");
  await file.save("some text\n".repeat(50), { ...createOnly(), resumable: false, gzip: true });
  expect(scene.bucket.object("log.txt")).toMatchObject({ contentEncoding: "gzip" });
  expect((await scene.bucket.read("log.txt")).subarray(0, 2).toString("hex")).toBe("1f8b");
  const [text] = await file.download();
  expect(text.toString()).toBe("some text\n".repeat(50));
});

test("says whether there is an object, and what is said of a missing one", async () => {
  await using scene = await startBucketScene();
  await scene.bucket.put("a", "x");
  expect(await scene.file("a").exists()).toEqual([true]);
  expect(await scene.file("b").exists()).toEqual([false]);
  expect(await refusalOf(scene.file("b").getMetadata())).toEqual({
    code: 404,
    reason: "notFound",
    isError: true,
    message: `No such object: ${BUCKET}/b`,
  });
  const read = await refusalOf(scene.file("b").download());
  expect(read).toMatchObject({ code: 404, message: `No such object: ${BUCKET}/b` });
  expect(await scene.client.bucket(BUCKET).exists()).toEqual([true]);
  expect(await scene.client.bucket("elsewhere").exists()).toEqual([false]);
});

test("creates and never replaces with ifGenerationMatch 0, in both ways of uploading", async () => {
  await using scene = await startBucketScene();
  await scene.bucket.put("a", "first");
  for (const resumable of [false, true]) {
    const saved = scene.file("a").save("second", { ...createOnly(), resumable });
    expect(await refusalOf(saved)).toMatchObject({ code: 412 });
  }
  expect(String(await scene.bucket.read("a"))).toBe("first");
  const { generation = "" } = scene.bucket.object("a") ?? {};
  const preconditionOpts = { ifGenerationMatch: generation };
  await scene.file("a").save("third", { resumable: false, preconditionOpts });
  expect(String(await scene.bucket.read("a"))).toBe("third");
});

test("sets retention by metadata, on the condition that nobody else has changed it", async () => {
  await using scene = await startBucketScene({ objectRetention: true });
  await scene.bucket.put("a", "x");
  const retainUntilTime = new Date(scene.storage.now() + 86_400_000).toISOString();
  const retention = { mode: "Locked", retainUntilTime };
  await scene.file("a").setMetadata({ retention }, { ifMetagenerationMatch: 1 });
  expect(scene.bucket.object("a")).toMatchObject({
    retention,
    retentionExpirationTime: retainUntilTime,
    metageneration: "2",
  });
  const again = scene.file("a").setMetadata({ retention }, { ifMetagenerationMatch: 1 });
  expect(await refusalOf(again)).toMatchObject({ code: 412, reason: "conditionNotMet" });
  expect(await refusalOf(scene.file("a").delete())).toMatchObject({
    code: 403,
    reason: "retentionPolicyNotMet",
  });
});

test("lists page by page, of a prefix, and folded at a delimiter", async () => {
  await using scene = await startBucketScene();
  for (const name of ["a/1", "a/2", "a/3", "b/1", "c", "a.txt"]) await scene.bucket.put(name, "x");
  const bucket = scene.client.bucket(BUCKET);
  const [all] = await bucket.getFiles({ prefix: "a/", maxResults: 2 });
  expect(all.map(({ name }) => name)).toEqual(["a/1", "a/2"]);
  const [paged] = await bucket.getFiles({ prefix: "a", autoPaginate: true });
  expect(paged.map(({ name }) => name)).toEqual(["a.txt", "a/1", "a/2", "a/3"]);
  const [top, , answer] = await bucket.getFiles({ delimiter: "/", autoPaginate: false });
  expect(top.map(({ name }) => name)).toEqual(["a.txt", "c"]);
  expect(answer).toMatchObject({ prefixes: ["a/", "b/"] });
});

test("copies and deletes", async () => {
  await using scene = await startBucketScene();
  await scene.bucket.put("a", "x", { metadata: { k: "v" } });
  await scene.file("a").copy(scene.file("b"), createOnly());
  expect(scene.bucket.object("b")).toMatchObject({ metadata: { k: "v" }, size: "1" });
  await scene.file("a").delete();
  expect(scene.bucket.names).toEqual(["b"]);
});

test("finds the paths that STORAGE_EMULATOR_HOST leaves without their prefix", async () => {
  await using scene = await startBucketScene();
  vi.stubEnv("STORAGE_EMULATOR_HOST", scene.storage.apiEndpoint);
  try {
    const client = clientFor(scene.storage, scene.token, {});
    const file = client.bucket(BUCKET).file("a");
    await file.save("x", { ...createOnly(), resumable: false });
    expect(await file.exists()).toEqual([true]);
    expect(String((await file.download())[0])).toBe("x");
  } finally {
    vi.unstubAllEnvs();
  }
});

test("with an endpoint of its own the client sends resumable uploads without authorization", async () => {
  await using scene = await startBucketScene();
  const client = clientFor(scene.storage, undefined);
  const stream = client.bucket(BUCKET).file("a").createWriteStream();
  stream.end("x");
  const [error]: unknown[] = await once(stream, "error");
  expect(String(error)).toContain("Anonymous caller does not have storage.objects.create access");
});
