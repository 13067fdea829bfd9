/** The three ways to upload, as they are on the wire. Each test names Google's page it goes by. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { IncomingMessage, request } from "node:http";
import { pipeline } from "node:stream/promises";
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import {
  askStorage,
  BUCKET,
  type BucketScene,
  type RawStorageRequest,
  startBucketScene,
  startUpload,
} from "./bucket-scene.ts";
import { liveBytes } from "./live-bytes.ts";

const KIB = 1024;
const QUANTUM = 256 * KIB;
const UPLOAD = `/upload/storage/v1/b/${BUCKET}/o`;

/** A PUT to a session: what it says its bytes are, and the bytes. */
async function put(
  scene: BucketScene,
  session: string,
  range: string | undefined,
  body?: string | Uint8Array,
  headers: RawStorageRequest["headers"] = {},
): Promise<Response> {
  const said = range === undefined ? {} : { "content-range": range };
  return askStorage(scene.storage, session, {
    method: "PUT",
    body,
    headers: { ...said, ...headers },
  });
}

async function progress(answer: Response): Promise<readonly [number, string | null]> {
  await answer.arrayBuffer();
  return [answer.status, answer.headers.get("range")];
}

test("media: the bytes alone, with their type ('Uploads and downloads')", async () => {
  await using scene = await startBucketScene();
  const { storage, token, bucket } = scene;
  const answer = await askStorage(storage, `${UPLOAD}?uploadType=media&name=a%20b%2Fc`, {
    token,
    method: "POST",
    body: "text",
    headers: { "content-type": "text/plain" },
  });
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual(bucket.object("a b/c"));
  expect(bucket.object("a b/c")).toMatchObject({
    kind: "storage#object",
    id: expect.stringMatching(/^evidence\/a b\/c\/\d{16}$/),
    selfLink: `${storage.apiEndpoint}/storage/v1/b/evidence/o/a%20b%2Fc`,
    contentType: "text/plain",
    size: "4",
    md5Hash: createHash("md5").update("text").digest("base64"),
    storageClass: "STANDARD",
  });
});

test("X-Goog-Hash and Content checksums are held against what arrived, and SHA-256 is not", async () => {
  // "Data validation and change detection"
  await using scene = await startBucketScene();
  const send = async (headers: Record<string, string>): Promise<number> =>
    askStorage(scene.storage, `${UPLOAD}?uploadType=media&name=a`, {
      token: scene.token,
      method: "POST",
      body: "123456789",
      headers,
    }).then(({ status }) => status);
  expect(await send({ "x-goog-hash": "crc32c=4waSgw==" })).toBe(200);
  expect(await send({ "x-goog-hash": "crc32c=4waSgw==,md5=JfnnlDI7RTiF9RgfG2JNCw==" })).toBe(200);
  expect(await send({ "x-goog-hash": "crc32c=AAAAAA==" })).toBe(400);
  expect(await send({ "x-goog-hash": "md5=AAAAAAAAAAAAAAAAAAAAAA==" })).toBe(400);
  expect(await send({ "x-goog-content-sha256": "00" })).toBe(200);
});

test("resumable: started, continued in chunks, asked, completed ('Perform resumable uploads')", async () => {
  await using scene = await startBucketScene();
  const session = await startUpload(
    scene,
    "name=big",
    { metadata: { k: "v" }, cacheControl: "no-store" },
    { "x-upload-content-type": "text/x-log" },
  );
  expect(session).toContain("upload_id=");
  const bytes = Buffer.alloc(2 * QUANTUM + 5, "ab");
  expect(await progress(await put(scene, session, "bytes */*"))).toEqual([308, null]);
  const first = await put(scene, session, `bytes 0-${QUANTUM - 1}/*`, bytes.subarray(0, QUANTUM));
  expect(await progress(first)).toEqual([308, `bytes=0-${QUANTUM - 1}`]);
  const asked = await put(scene, session, `bytes */${bytes.length}`);
  expect(await progress(asked)).toEqual([308, `bytes=0-${QUANTUM - 1}`]);
  expect(scene.bucket.names).toEqual([]);
  const range = `bytes ${QUANTUM}-${bytes.length - 1}/${bytes.length}`;
  const last = await put(scene, session, range, bytes.subarray(QUANTUM));
  expect(last.status).toBe(200);
  expect(await last.json()).toEqual(scene.bucket.object("big"));
  expect(scene.bucket.object("big")).toMatchObject({
    size: String(bytes.length),
    contentType: "text/x-log",
    cacheControl: "no-store",
    metadata: { k: "v" },
  });
  // Whoever lost that answer asks, and is told again.
  const again = await put(scene, session, `bytes */${bytes.length}`);
  expect([again.status, await again.json()]).toEqual([200, scene.bucket.object("big")]);
  expect(scene.bucket.versionsOf("big")).toHaveLength(1);
});

test("resumable: the whole object in one PUT, with a range, an open one or none", async () => {
  await using scene = await startBucketScene();
  for (const range of [undefined, "bytes 0-*/*", "bytes 0-*/4", "bytes 0-3/4"]) {
    const session = await startUpload(scene, "name=a");
    expect((await put(scene, session, range, "text")).status).toBe(200);
    expect(String(await scene.bucket.read("a"))).toBe("text");
  }
  const empty = await startUpload(scene, "name=empty");
  expect((await put(scene, empty, "bytes */0")).status).toBe(200);
  expect(scene.bucket.object("empty")).toMatchObject({ size: "0", crc32c: "AAAAAA==" });
});

test("resumable: keeps whole multiples of 256 KiB of what is not the last, and says so", async () => {
  await using scene = await startBucketScene();
  const session = await startUpload(scene, "name=a");
  const odd = await put(scene, session, `bytes 0-${QUANTUM + 9}/*`, Buffer.alloc(QUANTUM + 10));
  expect(await progress(odd)).toEqual([308, `bytes=0-${QUANTUM - 1}`]);
  const few = await put(scene, session, `bytes ${QUANTUM}-${QUANTUM + 6}/*`, Buffer.alloc(7));
  expect([few.status, await few.text()]).toEqual([
    400,
    "Invalid request.  The number of bytes uploaded is required to be equal or greater than " +
      "262144, except for the final request (it's recommended to be the exact multiple of " +
      "262144).  The received request contained 7 bytes, which does not meet this requirement.",
  ]);
});

test("resumable: bytes that are there already are not taken twice, and none may be left out", async () => {
  await using scene = await startBucketScene();
  const session = await startUpload(scene, "name=a");
  const bytes = Buffer.from(Uint8Array.from({ length: 2 * QUANTUM }, (_, n) => n % 251));
  await put(scene, session, `bytes 0-${QUANTUM - 1}/*`, bytes.subarray(0, QUANTUM));
  const gap = await put(scene, session, `bytes ${QUANTUM + 4}-*/*`, "more");
  expect([gap.status, gap.headers.get("content-type"), await gap.text()]).toEqual([
    503,
    "text/plain; charset=utf-8",
    "Invalid request.  According to the Content-Range header, the upload offset is 262148 " +
      "byte(s), which exceeds already uploaded size of 262144 byte(s).",
  ]);
  // The first bytes come again, and other ones: those that were kept count.
  const other = Buffer.concat([Buffer.alloc(QUANTUM), bytes.subarray(QUANTUM)]);
  expect((await put(scene, session, `bytes 0-*/${bytes.length}`, other)).status).toBe(200);
  expect((await scene.bucket.read("a")).equals(bytes)).toBe(true);
});

test("resumable: a body of another length than its range is refused", async () => {
  await using scene = await startBucketScene();
  const session = await startUpload(scene, "name=a");
  const short = await put(scene, session, "bytes 0-9/10", "12345");
  expect([short.status, await short.text()]).toEqual([
    400,
    "Invalid request.  There were 5 byte(s) in the request body.  There should have been 10 " +
      "byte(s) (starting at offset 0 and ending at offset 9) according to the Content-Range header.",
  ]);
  expect((await put(scene, session, "bytes 0-3/4", "12345")).status).toBe(400);
  expect((await put(scene, session, "bytes 0-*/4", "12345")).status).toBe(400);
  expect((await put(scene, session, "bytes 0-3", "1234")).status).toBe(400);
  expect((await put(scene, session, "bytes */*", "1234")).status).toBe(400);
  const far = await startUpload(scene, "name=a");
  await put(scene, far, `bytes 0-${QUANTUM - 1}/*`, Buffer.alloc(QUANTUM));
  expect((await put(scene, far, "bytes */9")).status).toBe(400);
  const declared = await startUpload(scene, "name=b", {}, { "x-upload-content-length": "4" });
  expect((await put(scene, declared, "bytes 0-4/5", "12345")).status).toBe(400);
  expect(scene.bucket.names).toEqual([]);
  expect((await put(scene, declared, "bytes 0-*/*", "1234")).status).toBe(200);
});

test("resumable: what a broken connection brought is kept in whole multiples", async () => {
  await using scene = await startBucketScene();
  const session = await startUpload(scene, "name=a");
  const bytes = Buffer.alloc(3 * QUANTUM, "x");
  scene.stage.addFault({
    at: { nth: 1, operation: "PUT /upload/b/{bucket}/o?uploadType=resumable" },
    phase: "during",
    kind: "reset",
    params: { receivedBytes: 2 * QUANTUM + 77 },
  });
  await expect(put(scene, session, `bytes 0-*/${bytes.length}`, bytes)).rejects.toThrow(
    "fetch failed",
  );
  const asked = await put(scene, session, `bytes */${bytes.length}`);
  expect(await progress(asked)).toEqual([308, `bytes=0-${2 * QUANTUM - 1}`]);
  const rest = bytes.subarray(2 * QUANTUM);
  expect((await put(scene, session, `bytes ${2 * QUANTUM}-*/*`, rest)).status).toBe(200);
  expect((await scene.bucket.read("a")).equals(bytes)).toBe(true);
});

test("resumable: the last answer may be lost, and the object is there", async () => {
  await using scene = await startBucketScene();
  const session = await startUpload(scene, "name=a&ifGenerationMatch=0");
  scene.stage.addFault({ at: { nth: 1, method: "PUT" }, phase: "after", kind: "reset" });
  await expect(put(scene, session, undefined, "text")).rejects.toThrow("fetch failed");
  expect((await put(scene, session, "bytes */*")).status).toBe(200);
  expect(scene.stage.history.filter(({ what }) => what === "create object")).toHaveLength(1);
});

test("resumable: a session that is lost is 410, one that is old or unknown is 404", async () => {
  // "Resumable uploads": start again for both; a session lives for a week.
  await using scene = await startBucketScene();
  const lost = await startUpload(scene, "name=a");
  await put(scene, lost, `bytes 0-${QUANTUM - 1}/*`, Buffer.alloc(QUANTUM));
  const complete = await startUpload(scene, "name=b");
  await put(scene, complete, undefined, "text");
  await scene.storage.loseUploads();
  expect((await put(scene, lost, "bytes */*")).status).toBe(410);
  expect((await put(scene, lost, undefined, "text")).status).toBe(410);
  expect((await put(scene, complete, "bytes */*")).status).toBe(200);
  const old = await startUpload(scene, "name=a");
  scene.storage.advance(7 * 24 * 3600 - 1);
  expect((await put(scene, old, "bytes */*")).status).toBe(308);
  scene.storage.advance(2);
  expect((await put(scene, old, "bytes */*")).status).toBe(404);
  expect((await put(scene, `${UPLOAD}?upload_id=x`, "bytes */*")).status).toBe(404);
});

test("resumable: a session may be lost while bytes come, and the client hears of it", async () => {
  await using scene = await startBucketScene();
  const session = await startUpload(scene, "name=a");
  const sending = request(session, { method: "PUT" });
  const answered = once(sending, "response");
  sending.write(Buffer.alloc(QUANTUM));
  while (scene.stage.exchanges.length < 2) await setImmediate();
  await scene.storage.loseUploads();
  sending.end("the rest");
  const [answer]: unknown[] = await answered;
  expect(answer).toMatchObject({ statusCode: 410 });
  expect(scene.bucket.names).toEqual([]);
});

test("resumable: cancelling answers 499, and so does all that follows ('Cancel an upload')", async () => {
  await using scene = await startBucketScene();
  const session = await startUpload(scene, "name=a");
  const cancel = { method: "DELETE" };
  expect((await askStorage(scene.storage, session, cancel)).status).toBe(499);
  expect((await put(scene, session, undefined, "text")).status).toBe(499);
  expect(scene.bucket.names).toEqual([]);
});

test("resumable: preconditions are checked at the start and once more at the end", async () => {
  // "Request preconditions"
  await using scene = await startBucketScene();
  const session = await startUpload(scene, "name=a&ifGenerationMatch=0");
  await scene.bucket.put("a", "somebody was faster");
  const late = await put(scene, session, undefined, "text");
  expect([late.status, await late.json()]).toEqual([
    412,
    {
      error: {
        code: 412,
        message: "At least one of the pre-conditions you specified did not hold.",
        errors: [
          {
            message: "At least one of the pre-conditions you specified did not hold.",
            domain: "global",
            reason: "conditionNotMet",
            location: "If-Match",
            locationType: "header",
          },
        ],
      },
    },
  ]);
  await expect(startUpload(scene, "name=a&ifGenerationMatch=0")).rejects.toThrow("412");
  expect(String(await scene.bucket.read("a"))).toBe("somebody was faster");
});

test("resumable: the address of the session is all it takes, and who started it did it", async () => {
  // "Resumable uploads": a session URI acts as an authentication token.
  await using scene = await startBucketScene();
  const { storage } = scene;
  const identity = "archivist@example.com";
  const permissions = ["storage.objects.create"] as const;
  const token = storage.issueToken({ permissions, buckets: [BUCKET], identity });
  const session = await startUpload({ storage, token }, "name=a");
  storage.expireToken(token);
  expect((await put(scene, session, undefined, "text")).status).toBe(200);
  expect(scene.stage.history.at(-1)).toMatchObject({ who: identity, what: "create object" });
  expect(scene.stage.exchanges.at(-1)).toMatchObject({ who: identity, method: "PUT" });
});

test("of two requests for one session at once, one makes the object", async () => {
  await using scene = await startBucketScene();
  const session = await startUpload(scene, "name=a&ifGenerationMatch=0");
  const bytes = Buffer.alloc(3 * QUANTUM, "x");
  const answers = await Promise.all(
    Array.from({ length: 4 }, () => put(scene, session, `bytes 0-*/${bytes.length}`, bytes)),
  );
  const statuses = new Set(answers.map(({ status }) => status));
  expect(statuses.has(200)).toBe(true);
  expect([...statuses].every((status) => [200, 503].includes(status))).toBe(true);
  expect((await scene.bucket.read("a")).equals(bytes)).toBe(true);
  expect(scene.stage.history.filter(({ what }) => what === "create object")).toHaveLength(1);
});

test("of many creators of one name at once, one is not refused", async () => {
  await using scene = await startBucketScene();
  const path = `${UPLOAD}?uploadType=media&name=a&ifGenerationMatch=0`;
  const { token } = scene;
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, n) =>
      askStorage(scene.storage, path, { token, method: "POST", body: `by ${n}` }),
    ),
  );
  const statuses = Map.groupBy(answers, ({ status }) => status);
  expect([statuses.get(200)?.length, statuses.get(412)?.length]).toEqual([1, 7]);
});

test("a create-only upload that is repeated after its answer was lost meets 412, and is there", async () => {
  // "Retry strategy": with a precondition a repeat does no harm, and the object tells what happened.
  await using scene = await startBucketScene();
  const path = `${UPLOAD}?uploadType=media&name=a&ifGenerationMatch=0`;
  const create = async () =>
    askStorage(scene.storage, path, { token: scene.token, method: "POST", body: "123456789" });
  scene.stage.addFault({ at: { nth: 1, method: "POST" }, phase: "after", kind: "reset" });
  await expect(create()).rejects.toThrow("fetch failed");
  expect((await create()).status).toBe(412);
  expect(scene.bucket.object("a")).toMatchObject({ crc32c: "4waSgw==", size: "9" });
  expect(scene.stage.history.filter(({ what }) => what === "create object")).toHaveLength(1);
});

test("refuses what is no upload: no name, a bad one, bad metadata, an unknown bucket", async () => {
  await using scene = await startBucketScene();
  const post = async (query: string, body = "x", headers = {}): Promise<readonly unknown[]> => {
    const answer = await askStorage(scene.storage, `${UPLOAD}?${query}`, {
      token: scene.token,
      method: "POST",
      body,
      headers,
    });
    const { error }: { error?: { errors?: { reason: string }[] } } = JSON.parse(
      await answer.text(),
    );
    return [answer.status, error?.errors?.[0]?.reason];
  };
  expect(await post("uploadType=media")).toEqual([400, "required"]);
  expect(await post("uploadType=media&name=..")).toEqual([400, "invalid"]);
  expect(await post("uploadType=media&name=a%0Ab")).toEqual([400, "invalid"]);
  expect(await post("uploadType=multipart&name=a")).toEqual([400, "badContent"]);
  expect(await post("uploadType=resumable&name=a", "[")).toEqual([400, "parseError"]);
  const parts = "--b\r\n\r\n[\r\n--b\r\n\r\nx\r\n--b--";
  const related = { "content-type": "multipart/related; boundary=b" };
  const multipart = await post("uploadType=multipart&name=a", parts, related);
  expect(multipart).toEqual([400, "parseError"]);
  expect(await post("uploadType=media&name=a&ifGenerationMatch=-1")).toEqual([400, "invalid"]);
  const declared = { "x-upload-content-length": "many" };
  expect(await post("uploadType=resumable&name=a", "{}", declared)).toEqual([400, "invalid"]);
  const metadata = JSON.stringify({ metadata: { k: "v".repeat(9000) } });
  const large = await startUpload(scene, "name=a", JSON.parse(metadata));
  expect((await put(scene, large, undefined, "x")).status).toBe(400);
  scene.stage.allowViolation("unknown route");
  expect(await post("uploadType=other&name=a")).toEqual([404, "notFound"]);
  const elsewhere = "/upload/storage/v1/b/elsewhere/o?uploadType=media&name=a";
  const { token } = scene;
  const answer = await askStorage(scene.storage, elsewhere, { token, method: "POST", body: "x" });
  expect(answer.status).toBe(404);
  expect(scene.bucket.names).toEqual([]);
});

test("what it does not play it complains of, and does not drop it without a word", async () => {
  await using scene = await startBucketScene();
  scene.stage.allowViolation("the parameter predefinedAcl is not played");
  scene.stage.allowViolation("the metadata's acl is not played");
  await startUpload(scene, "name=a&predefinedAcl=publicRead", { acl: [] });
  await scene.file("b").save("x", { resumable: false, metadata: { acl: [] } });
  scene.stage.allowViolation("the metadata's labels is not played");
  await scene.client.bucket(BUCKET).setLabels({ team: "data" });
  expect(scene.stage.violations).toEqual([
    "POST /upload/b/{bucket}/o?uploadType=resumable request: the parameter predefinedAcl is not played",
    "POST /upload/b/{bucket}/o?uploadType=resumable request: the metadata's acl is not played",
    "POST /upload/b/{bucket}/o?uploadType=multipart request: the metadata's acl is not played",
    "PATCH /b/{bucket} request: the metadata's labels is not played",
  ]);
});

test("64 MiB go up and down, and memory does not grow with them", { timeout: 20_000 }, async () => {
  await using scene = await startBucketScene();
  const size = 64 * 1024 * KIB;
  const block = Buffer.alloc(QUANTUM, "evidence");
  const grown: number[] = [];
  const session = await startUpload(scene, "name=large");
  const before = await liveBytes();
  async function* pieces(): AsyncGenerator<Buffer> {
    for (let left = size; left > 0; left -= block.length) {
      if (left % (16 * 1024 * KIB) === 0) grown.push((await liveBytes()) - before);
      yield block;
      // The event loop runs between two pieces, as it does when they come from a disk.
      await setImmediate();
    }
  }
  // Not with fetch: it keeps what it has sent, and takes in more than is read.
  const sending = request(session, { method: "PUT" });
  const answered = once(sending, "response");
  await pipeline(pieces(), sending);
  const [answer]: unknown[] = await answered;
  expect(answer).toMatchObject({ statusCode: 200 });
  const reading = request(`${scene.storage.apiEndpoint}/storage/v1/b/${BUCKET}/o/large?alt=media`, {
    headers: { authorization: `Bearer ${scene.token}` },
  }).end();
  const [read]: unknown[] = await once(reading, "response");
  if (!(read instanceof IncomingMessage)) throw new Error("a response is a message");
  let received = 0;
  for await (const piece of read) {
    received += Buffer.byteLength(piece);
    if (received % (16 * 1024 * KIB) < Buffer.byteLength(piece))
      grown.push((await liveBytes()) - before);
  }
  expect(received).toBe(size);
  expect(grown.length).toBeGreaterThan(6);
  // A body that is kept would come to three quarters before it ends.
  expect(Math.max(...grown)).toBeLessThan(size / 2);
});
