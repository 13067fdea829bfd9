/** Reading, listing and changing what is there. Each test names the page of Google's it goes by. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { listPage, type ListRequest, parseListRequest } from "../src/bucket/listing.ts";
import type { ObjectVersion } from "../src/bucket/versions.ts";
import { askStorage, BUCKET, type BucketScene, startBucketScene } from "./bucket-scene.ts";

const OBJECTS = `/storage/v1/b/${BUCKET}/o`;
const DAY = 86_400;

async function get(
  { storage, token }: BucketScene,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return askStorage(storage, `${OBJECTS}${path}`, { token, headers });
}

async function json(scene: BucketScene, method: string, path: string, body?: object) {
  const answer = await askStorage(scene.storage, `${OBJECTS}${path}`, {
    token: scene.token,
    method,
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  const parsed: unknown = text === "" ? undefined : JSON.parse(text);
  return { status: answer.status, body: parsed };
}

test("the bytes come with their checksums, generation and type ('Objects: get')", async () => {
  await using scene = await startBucketScene();
  const object = await scene.bucket.put("a", "123456789", {
    contentType: "text/plain",
    cacheControl: "no-store",
    contentDisposition: "inline",
    contentLanguage: "en",
  });
  const answer = await get(scene, "/a?alt=media");
  expect(await answer.text()).toBe("123456789");
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    "accept-ranges": "bytes",
    "cache-control": "no-store",
    "content-disposition": "inline",
    "content-language": "en",
    "content-length": "9",
    "content-type": "text/plain",
    etag: object["etag"],
    "x-goog-generation": object.generation,
    "x-goog-hash": "crc32c=4waSgw==,md5=JfnnlDI7RTiF9RgfG2JNCw==",
    "x-goog-metageneration": "1",
    "x-goog-storage-class": "STANDARD",
    "x-goog-stored-content-encoding": "identity",
    "x-goog-stored-content-length": "9",
  });
  const link = String(object["mediaLink"]);
  expect(await (await askStorage(scene.storage, link, { token: scene.token })).text()).toBe(
    "123456789",
  );
});

test("a range is a part, with the checksums of the whole ('Downloads', range requests)", async () => {
  await using scene = await startBucketScene();
  await scene.bucket.put("a", "0123456789");
  await scene.bucket.put("empty", "");
  const read = async (name: string, range: string) => {
    const answer = await get(scene, `/${name}?alt=media`, { range });
    return [answer.status, answer.headers.get("content-range"), await answer.text()];
  };
  expect(await read("a", "bytes=2-4")).toEqual([206, "bytes 2-4/10", "234"]);
  expect(await read("a", "bytes=8-99")).toEqual([206, "bytes 8-9/10", "89"]);
  expect(await read("a", "bytes=-3")).toEqual([206, "bytes 7-9/10", "789"]);
  expect(await read("a", "bytes=5-")).toEqual([206, "bytes 5-9/10", "56789"]);
  expect((await read("a", "bytes=10-")).slice(0, 2)).toEqual([416, "bytes */10"]);
  expect((await read("empty", "bytes=0-")).slice(0, 2)).toEqual([416, "bytes */0"]);
  expect(await read("a", "lines=1-2")).toEqual([200, null, "0123456789"]);
  const part = await get(scene, "/a?alt=media", { range: "bytes=0-0" });
  const whole = await get(scene, "/a?alt=media");
  expect(part.headers.get("x-goog-hash")).toBe(whole.headers.get("x-goog-hash"));
});

test("the words of a refused read come alone, as text", async () => {
  await using scene = await startBucketScene();
  const missing = await get(scene, "/none?alt=media");
  expect([missing.status, missing.headers.get("content-type"), await missing.text()]).toEqual([
    404,
    "text/html; charset=UTF-8",
    `No such object: ${BUCKET}/none`,
  ]);
});

test("a read is held to its preconditions ('Request preconditions')", async () => {
  await using scene = await startBucketScene();
  const { generation } = await scene.bucket.put("a", "x");
  const cases: readonly (readonly [string, number])[] = [
    [`ifGenerationMatch=${generation}`, 200],
    ["ifGenerationMatch=1", 412],
    ["ifGenerationMatch=0", 412],
    ["ifGenerationNotMatch=1", 200],
    [`ifGenerationNotMatch=${generation}`, 304],
    ["ifGenerationNotMatch=0", 200],
    ["ifMetagenerationMatch=1", 200],
    ["ifMetagenerationMatch=2", 412],
    ["ifMetagenerationNotMatch=2", 200],
    ["ifMetagenerationNotMatch=1", 304],
    ["ifGenerationMatch=x", 400],
    [`generation=${generation}`, 200],
    ["generation=1", 404],
  ];
  for (const [query, status] of cases) {
    for (const alt of ["json", "media"]) {
      const answer = await get(scene, `/a?alt=${alt}&${query}`);
      await answer.arrayBuffer();
      expect([query, alt, answer.status]).toEqual([query, alt, status]);
    }
  }
  const bucket = `/storage/v1/b/${BUCKET}`;
  const { storage, token } = scene;
  const status = async (query: string) =>
    (await askStorage(storage, `${bucket}?${query}`, { token })).status;
  expect(await status("ifMetagenerationMatch=1")).toBe(200);
  expect(await status("ifMetagenerationMatch=2")).toBe(412);
  expect(await status("ifMetagenerationNotMatch=1")).toBe(304);
});

test("generations only grow, and an overwrite is another generation", async () => {
  await using scene = await startBucketScene();
  const seen: bigint[] = [];
  for (const name of ["a", "a", "b", "a"]) {
    seen.push(BigInt((await scene.bucket.put(name, "x")).generation));
  }
  expect(seen.every((generation, n) => n === 0 || generation > (seen[n - 1] ?? 0n))).toBe(true);
  expect(scene.bucket.versionsOf("a")).toHaveLength(1);
  expect(scene.stage.history.at(-1)).toMatchObject({
    what: "replace object",
    before: `${seen[1]}/1`,
    after: `${seen[3]}/1`,
  });
});

test("a patch changes what it names, removes what is null, and merges metadata ('Objects: patch')", async () => {
  await using scene = await startBucketScene();
  const { generation } = await scene.bucket.put("a", "x", {
    contentType: "text/plain",
    cacheControl: "no-store",
    metadata: { one: "1", two: "2" },
  });
  const patch = { cacheControl: null, contentLanguage: "en", metadata: { two: null, three: "3" } };
  const { status, body } = await json(scene, "PATCH", "/a", patch);
  expect([status, body]).toEqual([200, scene.bucket.object("a")]);
  expect(body).toMatchObject({
    generation,
    metageneration: "2",
    contentType: "text/plain",
    contentLanguage: "en",
    metadata: { one: "1", three: "3" },
  });
  expect(body).not.toHaveProperty("cacheControl");
  expect((await json(scene, "PATCH", "/a", { metadata: null })).body).not.toHaveProperty(
    "metadata",
  );
  for (const wrong of [
    { contentType: 7 },
    { metadata: "x" },
    { metadata: { k: 1 } },
    { temporaryHold: "yes" },
  ]) {
    expect((await json(scene, "PATCH", "/a", wrong)).status).toBe(400);
  }
  expect((await json(scene, "PATCH", "/a?ifMetagenerationMatch=1", {})).status).toBe(412);
  expect((await json(scene, "PATCH", "/none", {})).status).toBe(404);
  expect(scene.bucket.object("a")).toMatchObject({ metageneration: "3" });
});

test("deleting is once, and may be conditional ('Objects: delete')", async () => {
  await using scene = await startBucketScene();
  const { generation } = await scene.bucket.put("a", "x");
  expect((await json(scene, "DELETE", "/a?ifGenerationMatch=1")).status).toBe(412);
  expect((await json(scene, "DELETE", `/a?generation=${generation}`)).status).toBe(204);
  expect((await json(scene, "DELETE", "/a")).status).toBe(404);
  expect(scene.stage.history.at(-1)).toMatchObject({
    what: "delete object",
    before: `${generation}/1`,
    after: undefined,
  });
});

test("names are what they are: paths are no paths", async () => {
  await using scene = await startBucketScene();
  const names = ["a/../b", "./c", "a//b", "%2e%2e", "?x=1&y#z", "ä ö+ü", " ", "\u{1f600}"];
  for (const name of names) {
    await scene.file(name).save(name, { resumable: false });
    expect(String((await scene.file(name).download())[0])).toBe(name);
  }
  expect(new Set(scene.bucket.names)).toEqual(new Set(names));
});

test("a listing folds at the delimiter, is bounded by offsets, and shows versions ('Objects: list')", async () => {
  await using scene = await startBucketScene({ versioning: true });
  for (const name of ["a", "b/1", "b/2", "b/c/3", "d", "a"]) await scene.bucket.put(name, "x");
  const list = async (query: string) => {
    const { body } = await json(scene, "GET", `?${query}`);
    const page: { items?: { name: string }[]; prefixes?: string[] } = Object(body);
    return [page.items?.map(({ name }) => name) ?? [], page.prefixes ?? []];
  };
  expect(await list("")).toEqual([["a", "b/1", "b/2", "b/c/3", "d"], []]);
  expect(await list("delimiter=/")).toEqual([["a", "d"], ["b/"]]);
  expect(await list("prefix=b/&delimiter=/")).toEqual([["b/1", "b/2"], ["b/c/"]]);
  expect(await list("prefix=b&delimiter=/")).toEqual([[], ["b/"]]);
  expect(await list("startOffset=b/2&endOffset=d")).toEqual([["b/2", "b/c/3"], []]);
  expect(await list("versions=true&prefix=a")).toEqual([["a", "a"], []]);
  expect(await list("prefix=none")).toEqual([[], []]);
  const wrong = ["maxResults=x", "pageToken=x", "pageToken=WzFd", "versions=true&softDeleted=true"];
  for (const query of wrong) expect((await json(scene, "GET", `?${query}`)).status).toBe(400);
});

function versionOf(name: string, generation: bigint): ObjectVersion {
  return {
    name,
    generation,
    metageneration: 1n,
    content: { file: "", size: 0, crc32c: "", md5Hash: "" },
    fields: { texts: {}, custom: undefined },
    timeCreated: 0,
    updated: 0,
    timeDeleted: undefined,
    softDeleted: undefined,
    temporaryHold: undefined,
    eventBasedHold: undefined,
    retention: undefined,
    retentionStart: 0,
  };
}

test("pages put together are the listing, whatever the size of a page", () => {
  const name = fc.string({ unit: fc.constantFrom("a", "b", "/", "ä"), maxLength: 5 });
  fc.assert(
    fc.property(
      fc.uniqueArray(name),
      fc.integer({ min: 1, max: 7 }),
      fc.constantFrom("", "/", "a/"),
      fc.constantFrom("", "a", "a/"),
      (names, maxResults, delimiter, prefix) => {
        const versions = names.map((text, n) => versionOf(text, BigInt(n + 1)));
        const pageAfter = (token: string, size: number): ReturnType<typeof listPage> => {
          const query = { maxResults: String(size), pageToken: token, delimiter, prefix };
          const request: ListRequest = parseListRequest(new URLSearchParams(query));
          return listPage(versions, request);
        };
        const whole = pageAfter("", 1000);
        const items: string[] = [];
        const prefixes: string[] = [];
        let token: string | undefined = "";
        while (token !== undefined) {
          const page = pageAfter(token, maxResults);
          expect(page.items.length + page.prefixes.length).toBeLessThanOrEqual(maxResults);
          items.push(...page.items.map((version) => version.name));
          prefixes.push(...page.prefixes);
          token = page.nextPageToken;
        }
        expect(items).toEqual(whole.items.map((version) => version.name));
        expect(prefixes).toEqual(whole.prefixes);
        expect(new Set(prefixes).size).toBe(prefixes.length);
      },
    ),
  );
});

test("what is deleted can be restored for a while, as another generation ('Soft delete')", async () => {
  await using scene = await startBucketScene({ softDelete: 7 * DAY });
  const { generation } = await scene.bucket.put("a", "x", { metadata: { k: "v" } });
  await scene.file("a").delete();
  const { body } = await json(scene, "GET", "?softDeleted=true");
  expect(body).toMatchObject({
    items: [{ name: "a", generation, softDeleteTime: expect.any(String) }],
  });
  const known = await json(scene, "GET", `/a?softDeleted=true&generation=${generation}`);
  expect(known.body).toMatchObject({ hardDeleteTime: expect.any(String) });
  expect((await json(scene, "GET", "/a?softDeleted=true")).status).toBe(400);
  expect((await json(scene, "POST", "/a/restore")).status).toBe(400);
  const restored = await json(scene, "POST", `/a/restore?generation=${generation}`);
  expect(restored.body).toMatchObject({ name: "a", size: "1", metadata: { k: "v" } });
  expect(scene.bucket.object("a")?.generation).not.toBe(generation);
  scene.storage.advance(7 * DAY + 1);
  expect((await json(scene, "POST", `/a/restore?generation=${generation}`)).status).toBe(404);
  expect((await json(scene, "GET", "?softDeleted=true")).body).not.toHaveProperty("items");
});

test("a rewrite makes an object of another, on conditions for both ('Objects: rewrite')", async () => {
  await using scene = await startBucketScene();
  const source = await scene.bucket.put("a", "x", {
    contentType: "text/plain",
    temporaryHold: true,
  });
  const path = `/a/rewriteTo/b/${BUCKET}/o/b`;
  const made = await json(scene, "POST", `${path}?ifGenerationMatch=0`);
  expect(made.body).toMatchObject({
    kind: "storage#rewriteResponse",
    done: true,
    totalBytesRewritten: "1",
    resource: { name: "b", contentType: "text/plain", crc32c: source.crc32c },
  });
  // Neither holds nor retention come along.
  expect(scene.bucket.object("b")).not.toHaveProperty("temporaryHold");
  expect((await json(scene, "POST", `${path}?ifGenerationMatch=0`)).status).toBe(412);
  expect((await json(scene, "POST", `${path}?ifSourceGenerationMatch=1`)).status).toBe(412);
  expect((await json(scene, "POST", `/a/rewriteTo/b/none/o/b`)).status).toBe(404);
  const described = await json(scene, "POST", path, { contentType: "text/html" });
  expect(described.body).toMatchObject({ resource: { contentType: "text/html" } });
});

test("what the API does not know it refuses, and the stage complains of", async () => {
  await using scene = await startBucketScene();
  scene.stage.allowViolation("POST /b/evidence/o/a/compose: unknown route of storage");
  expect((await json(scene, "POST", "/a/compose", {})).status).toBe(404);
  expect((await json(scene, "PATCH", "/a", [])).status).toBe(400);
  scene.stage.allowViolation("/b/%zz: unknown route");
  const { storage, token } = scene;
  expect((await askStorage(storage, "/storage/v1/b/%zz", { token })).status).toBe(404);
});

test("faults hit the bucket's requests as they hit any other's, and the history is one", async () => {
  await using scene = await startBucketScene();
  const { stage } = scene;
  await stage.github.createRepository("octo/telemetry");
  stage.addFault({
    at: { nth: 1, service: "storage", operation: "GET /b/{bucket}/o/{object}?alt=media" },
    phase: "before",
    kind: "status",
    params: { status: 503 },
  });
  stage.addFault({
    at: { nth: 1, path: `/b/${BUCKET}/o/dir/a` },
    phase: "after",
    kind: "hook",
    params: { run: () => scene.bucket.put("dir/a", "y", { as: "mallory" }).then(() => undefined) },
  });
  await scene.bucket.put("dir/a", "x");
  expect((await get(scene, "/dir%2Fa")).status).toBe(200);
  expect((await get(scene, "/dir%2Fa?alt=media")).status).toBe(503);
  expect(stage.history.at(-1)).toMatchObject({ service: "storage", who: "mallory", ref: "dir/a" });
  expect(stage.exchanges.map(({ operationId, path }) => [operationId, path])).toEqual([
    ["storage.objects.get", `/b/${BUCKET}/o/dir/a`],
    ["storage.objects.get", `/b/${BUCKET}/o/dir/a`],
  ]);
});
