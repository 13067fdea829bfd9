import { connect } from "node:net";
import { expect, test } from "vitest";
import { ask, Client, codeOf, digestOf, REPO, startRegistry } from "./registry-scene.ts";

const HELLO = digestOf("hello");
const MIB = 1024 * 1024;

test("end-4b: a blob is pushed with one POST, and read whole, in part and by its head", async () => {
  await using scene = await startRegistry();
  const pushed = await scene.client.upload("hello");
  expect(pushed.status).toBe(201);
  expect(pushed.headers.get("location")).toBe(`/v2/${REPO}/blobs/${HELLO}`);
  expect(pushed.headers.get("docker-content-digest")).toBe(HELLO);
  const path = `/v2/${REPO}/blobs/${HELLO}`;
  const whole = await scene.client.ask(path);
  expect([whole.status, String(whole.bytes)]).toEqual([200, "hello"]);
  const head = await scene.client.ask(path, { method: "HEAD" });
  expect([head.status, head.headers.get("content-length"), head.bytes.length]).toEqual([
    200,
    "5",
    0,
  ]);
  const part = await scene.client.ask(path, { headers: { range: "bytes=1-3" } });
  expect([part.status, String(part.bytes), part.headers.get("content-range")]).toEqual([
    206,
    "ell",
    "bytes 1-3/5",
  ]);
  const beyond = await scene.client.ask(path, { headers: { range: "bytes=5-" } });
  expect([beyond.status, beyond.headers.get("content-range")]).toEqual([416, "bytes */5"]);
  expect(String(await scene.registry.blob(REPO, HELLO))).toBe("hello");
});

test("a blob is in the repository it was pushed to, and in no other", async () => {
  await using scene = await startRegistry();
  await scene.client.upload("hello");
  const other = await scene.client.ask(`/v2/octo/other/blobs/${HELLO}`);
  expect([other.status, codeOf(other)]).toEqual([404, "BLOB_UNKNOWN"]);
  expect(await scene.registry.blob("octo/other", HELLO)).toBeUndefined();
});

test("end-5, end-6, end-13: an upload goes on in chunks, tells how far it is, and is closed", async () => {
  await using scene = await startRegistry();
  const { client } = scene;
  const first = await client.start();
  const empty = await client.ask(first);
  expect([empty.status, empty.headers.get("range")]).toEqual([204, "0-0"]);
  const patched = await client.patch(first, "he", "0-1");
  expect([patched.status, patched.headers.get("range")]).toEqual([202, "0-1"]);
  const second = patched.headers.get("location") ?? "";
  const status = await client.ask(second);
  expect([status.status, status.headers.get("range")]).toEqual([204, "0-1"]);
  const next = (await client.patch(second, "l", "2-2")).headers.get("location") ?? "";
  const closed = await client.close(next, HELLO, "lo");
  expect([closed.status, closed.headers.get("location")]).toEqual([
    201,
    `/v2/${REPO}/blobs/${HELLO}`,
  ]);
  const gone = await client.ask(next);
  expect([gone.status, codeOf(gone)]).toEqual([404, "BLOB_UPLOAD_UNKNOWN"]);
});

test("a chunk that is not the next one is refused with where the upload is", async () => {
  await using scene = await startRegistry();
  const location = await scene.client.start();
  await scene.client.patch(location, "he", "0-1");
  for (const range of ["3-4", "0-1", "1-2"]) {
    const refused = await scene.client.patch(location, "ll", range);
    expect([refused.status, codeOf(refused), refused.headers.get("range")]).toEqual([
      416,
      "RANGE_INVALID",
      "0-1",
    ]);
  }
  const lying = await scene.client.patch(location, "ll", "2-9");
  expect([lying.status, codeOf(lying)]).toEqual([400, "SIZE_INVALID"]);
  const none = await scene.client.patch(location, "ll", "two to three");
  expect([none.status, codeOf(none)]).toEqual([400, "BLOB_UPLOAD_INVALID"]);
  expect((await scene.client.close(location, HELLO, "llo")).status).toBe(201);
});

test("content that has another digest is refused, and its session is gone", async () => {
  await using scene = await startRegistry();
  const { client } = scene;
  const location = await client.start();
  const refused = await client.close(location, HELLO, "hullo");
  expect([refused.status, codeOf(refused)]).toEqual([400, "DIGEST_INVALID"]);
  expect((await client.ask(location)).status).toBe(404);
  for (const digest of ["", "sha256:abc", "md5:abc", `sha256:${"G".repeat(64)}`]) {
    const bad = await client.close(await client.start(), digest, "hello");
    expect([digest, bad.status, codeOf(bad)]).toEqual([digest, 400, "DIGEST_INVALID"]);
  }
  expect(await scene.registry.blob(REPO, HELLO)).toBeUndefined();
  expect(scene.stage.history).toEqual([]);
});

test("content may be named by its sha512", async () => {
  await using scene = await startRegistry();
  const digest = digestOf("hello", "sha512");
  const location = await scene.client.start();
  await scene.client.patch(location, "hel");
  expect((await scene.client.close(location, digest, "lo")).status).toBe(201);
  const read = await scene.client.ask(`/v2/${REPO}/blobs/${digest}`);
  expect(String(read.bytes)).toBe("hello");
});

test("end-14: an upload that is given up is gone", async () => {
  await using scene = await startRegistry();
  const location = await scene.client.start();
  expect((await scene.client.ask(location, { method: "DELETE" })).status).toBe(204);
  expect((await scene.client.close(location, HELLO, "hello")).status).toBe(404);
});

test("an upload belongs to its repository", async () => {
  await using scene = await startRegistry();
  const location = (await scene.client.start()).replace("telemetry", "other");
  expect((await scene.client.close(location, HELLO, "hello")).status).toBe(404);
});

test("end-11: a blob is mounted from another repository without being sent", async () => {
  await using scene = await startRegistry();
  await scene.registry.putBlob("octo/source", Buffer.from("hello"));
  const target = `/v2/${REPO}/blobs/uploads/?mount=${HELLO}&from=octo/source`;
  const mounted = await scene.client.ask(target, { method: "POST" });
  expect([mounted.status, mounted.headers.get("location")]).toEqual([
    201,
    `/v2/${REPO}/blobs/${HELLO}`,
  ]);
  expect(scene.stage.history.at(-1)).toMatchObject({
    service: scene.registry.name,
    what: "mount blob",
    repository: REPO,
    after: HELLO,
  });
  expect(scene.stage.exchanges.at(-1)).toMatchObject({ requestBytes: 0, operationId: "end-4" });
});

test("what cannot be mounted is an upload that begins, and no error", async () => {
  await using refusing = await startRegistry({ mounts: "refused" });
  await refusing.registry.putBlob("octo/source", Buffer.from("hello"));
  for (const query of [`mount=${HELLO}&from=octo/source`, `mount=${HELLO}`]) {
    const answer = await refusing.client.ask(`/v2/${REPO}/blobs/uploads/?${encodeURI(query)}`, {
      method: "POST",
    });
    expect(answer.status).toBe(202);
    const location = answer.headers.get("location") ?? "";
    expect((await refusing.client.close(location, HELLO, "hello")).status).toBe(201);
  }
});

test("end-10: a blob is deleted, unless the registry deletes none", async () => {
  await using scene = await startRegistry();
  await scene.client.upload("hello");
  const path = `/v2/${REPO}/blobs/${HELLO}`;
  expect((await scene.client.ask(path, { method: "DELETE" })).status).toBe(202);
  expect((await scene.client.ask(path)).status).toBe(404);
  expect((await scene.client.ask(path, { method: "DELETE" })).status).toBe(404);
  await using keeping = await startRegistry({ deleteBlobs: false });
  await keeping.client.upload("hello");
  const refused = await keeping.client.ask(path, { method: "DELETE" });
  expect([refused.status, codeOf(refused)]).toEqual([405, "UNSUPPORTED"]);
});

test("chunks: one at most, or none", async () => {
  await using one = await startRegistry({ chunks: "one" });
  const location = await one.client.start();
  expect((await one.client.patch(location, "hel")).status).toBe(202);
  expect((await one.client.patch(location, "lo")).status).toBe(405);
  expect((await one.client.close(location, HELLO, "lo")).status).toBe(201);
  await using none = await startRegistry({ chunks: "none" });
  const refused = await none.client.patch(await none.client.start(), "hello");
  expect([refused.status, codeOf(refused)]).toEqual([405, "UNSUPPORTED"]);
});

test("a least size of chunks is announced, and only the last may be smaller", async () => {
  await using scene = await startRegistry({ minChunkBytes: 3 });
  const { client } = scene;
  const started = await client.ask(`/v2/${REPO}/blobs/uploads/`, { method: "POST" });
  expect(started.headers.get("oci-chunk-min-length")).toBe("3");
  const location = started.headers.get("location") ?? "";
  expect((await client.patch(location, "hel")).status).toBe(202);
  expect((await client.patch(location, "l")).status).toBe(202);
  expect((await client.patch(location, "o")).status).toBe(416);
  expect((await client.close(location, digestOf("hell"))).status).toBe(201);
});

test("a POST with the digest may only open a session, which is what Docker's registry does", async () => {
  await using scene = await startRegistry({ monolithicPost: "refused" });
  const answer = await scene.client.upload("hello");
  expect([answer.status, answer.headers.get("range")]).toEqual([202, "0-0"]);
  const location = answer.headers.get("location") ?? "";
  expect((await scene.client.close(location, HELLO, "hello")).status).toBe(201);
});

test("Locations are relative, absolute, or signed: with a query that must come back as it was", async () => {
  await using relative = await startRegistry({ uploadLocation: "relative" });
  expect(await relative.client.start()).toMatch(/^\/v2\/octo\/telemetry\/blobs\/uploads\/[\w-]+$/);
  await using absolute = await startRegistry({ uploadLocation: "absolute" });
  expect((await absolute.client.start()).startsWith(`${absolute.registry.origin}/v2/`)).toBe(true);
  await using signed = await startRegistry({ uploadLocation: "signed" });
  const { client } = signed;
  const first = await client.start();
  expect(new URL(first).searchParams.get("_state")).toMatch(/.{20}/);
  const [bare = ""] = first.split("?");
  const rebuilt = await client.patch(bare, "hel");
  expect([rebuilt.status, codeOf(rebuilt)]).toEqual([404, "BLOB_UPLOAD_INVALID"]);
  const patched = await client.patch(first, "hel");
  const second = patched.headers.get("location") ?? "";
  expect(second).not.toBe(first);
  // Bytes go to the latest address only; who lost it may ask at the one he has.
  expect((await client.patch(first, "lo")).status).toBe(404);
  const status = await client.ask(first);
  expect([status.status, status.headers.get("range")]).toEqual([204, "0-2"]);
  expect((await client.close(status.headers.get("location") ?? "", HELLO, "lo")).status).toBe(201);
});

test("a blob is read on another origin, which wants a signed address and no credentials", async () => {
  await using scene = await startRegistry({ auth: "basic", redirectBlobs: true });
  const { stage, registry, client } = scene;
  await registry.putBlob(REPO, Buffer.from("hello"));
  const sent = await client.ask(`/v2/${REPO}/blobs/${HELLO}`);
  expect(sent.status).toBe(307);
  const address = sent.headers.get("location") ?? "";
  expect(new URL(address).host).not.toBe(registry.host);
  const part = await ask(address, address, { headers: { range: "bytes=1-" } });
  expect([part.status, String(part.bytes)]).toEqual([206, "ello"]);
  expect((await ask(address, address.replace("signature=", "signature=0"))).status).toBe(403);
  const leaked = await ask(address, address, { headers: { authorization: "Basic eDp5" } });
  expect(leaked.status).toBe(400);
  stage.allowViolation(`${registry.name}-storage: credentials were sent on to another origin`);
  registry.storage.expireAddresses();
  expect((await ask(address, address)).status).toBe(403);
  expect(stage.exchanges.at(-1)).toMatchObject({ service: `${registry.name}-storage` });
  const head = await client.ask(`/v2/${REPO}/blobs/${HELLO}`, { method: "HEAD" });
  expect([head.status, head.headers.get("content-length")]).toEqual([200, "5"]);
});

test("an upload that loses its connection goes on where the registry has it", async () => {
  const operation = "PATCH /v2/{name}/blobs/uploads/{reference}";
  const fault = { at: { nth: 1, operation }, phase: "during", kind: "reset" } as const;
  await using scene = await startRegistry({}, { ...fault, params: { receivedBytes: 2 } });
  const { client } = scene;
  const location = await client.start();
  await expect(client.patch(location, "hello")).rejects.toThrow("fetch failed");
  const status = await client.ask(location);
  expect([status.status, status.headers.get("range")]).toEqual([204, "0-1"]);
  expect((await client.close(location, HELLO, "llo")).status).toBe(201);
  expect(String(await scene.registry.blob(REPO, HELLO))).toBe("hello");
});

test("a client that dies in the middle of a monolithic upload leaves no blob", async () => {
  await using scene = await startRegistry();
  const { hostname, port } = new URL(scene.registry.origin);
  const socket = connect({ host: hostname, port: Number(port) });
  const target = `/v2/${REPO}/blobs/uploads/?digest=${HELLO}`;
  socket.write(`POST ${target} HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhel`);
  while (scene.stage.exchanges.length === 0) await new Promise(setImmediate);
  socket.destroy();
  while (scene.stage.exchanges[0]?.requestBytes === undefined) await new Promise(setImmediate);
  expect(scene.stage.exchanges[0]).toMatchObject({ status: undefined });
  expect(await scene.registry.blob(REPO, HELLO)).toBeUndefined();
  expect(scene.stage.violations).toEqual([]);
});

test("a large blob goes through the disk, byte for byte", async () => {
  await using scene = await startRegistry();
  const bytes = Buffer.alloc(24 * MIB, "0123456789abcdef-");
  expect((await scene.client.upload(bytes)).status).toBe(201);
  const read = await scene.client.ask(`/v2/${REPO}/blobs/${digestOf(bytes)}`);
  expect(digestOf(read.bytes)).toBe(digestOf(bytes));
});

test("what is no name of a repository is refused, and an unknown address is a violation", async () => {
  await using scene = await startRegistry();
  for (const name of ["Octo/x", "octo//x", "octo/-x", "octo/x_", `o/${"x".repeat(254)}`]) {
    const answer = await scene.client.ask(`/v2/${name}/tags/list`);
    expect([name, answer.status, codeOf(answer)]).toEqual([name, 400, "NAME_INVALID"]);
  }
  expect((await scene.client.ask("/v2/_catalog")).status).toBe(404);
  expect((await scene.client.ask(`/v2/${REPO}/tags/list`, { method: "PUT" })).status).toBe(404);
  scene.stage.allowViolation("GET /v2/_catalog: unknown route");
  scene.stage.allowViolation(`PUT /v2/${REPO}/tags/list: unknown route`);
});

test("a rate is limited by the minute", async () => {
  await using scene = await startRegistry({ requestsPerMinute: 2 });
  const anonymous = new Client(scene.registry);
  await anonymous.ask("/v2/");
  await anonymous.ask("/v2/");
  const refused = await anonymous.ask("/v2/");
  expect([refused.status, codeOf(refused)]).toEqual([429, "TOOMANYREQUESTS"]);
  const wait = Number(refused.headers.get("retry-after"));
  expect(wait).toBeGreaterThan(0);
  expect(wait).toBeLessThanOrEqual(60);
  scene.registry.passMinute();
  expect((await anonymous.ask("/v2/")).status).toBe(200);
});
