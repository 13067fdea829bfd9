import { expect, test } from "vitest";
import { PERSONALITIES } from "../src/index.ts";
import {
  Client,
  codeOf,
  digestOf,
  type Got,
  OCI_INDEX,
  OCI_MANIFEST,
  REPO,
  type RegistryScene,
  startRegistry,
} from "./registry-scene.ts";

const CONFIG = "{}";
const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";

function descriptor(content: string, mediaType: string) {
  return { mediaType, digest: digestOf(content), size: Buffer.byteLength(content) };
}

/** A manifest without layers; `extra` makes another digest of it. */
function manifest(extra: object = {}): string {
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: descriptor(CONFIG, "application/vnd.oci.empty.v1+json"),
    layers: [],
    ...extra,
  });
}

function index(...children: readonly string[]): string {
  const manifests = children.map((child) => descriptor(child, OCI_MANIFEST));
  return JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });
}

async function start(
  ...[personality, ...faults]: Parameters<typeof startRegistry>
): Promise<RegistryScene> {
  const scene = await startRegistry(personality, ...faults);
  await scene.registry.putBlob(REPO, Buffer.from(CONFIG));
  return scene;
}

function errorOf(got: Got): readonly unknown[] {
  return [got.status, codeOf(got)];
}

test("end-7, end-3: a manifest is kept byte for byte and read by tag, by digest, by its head", async () => {
  await using scene = await start();
  const { client, registry } = scene;
  const bytes = `\n ${manifest()}\n\n`;
  const digest = digestOf(bytes);
  const pushed = await client.push("v1", bytes);
  expect([pushed.status, pushed.headers.get("location")]).toEqual([
    201,
    `/v2/${REPO}/manifests/${digest}`,
  ]);
  const encoded = `/v2/${REPO}/manifests/${encodeURIComponent(digest)}`;
  expect((await client.ask(encoded)).status).toBe(200);
  for (const reference of ["v1", digest]) {
    const read = await client.manifest(reference);
    expect([read.status, String(read.bytes)]).toEqual([200, bytes]);
    expect(read.headers.get("docker-content-digest")).toBe(digest);
    expect(read.headers.get("content-type")).toBe(OCI_MANIFEST);
    const head = await client.manifest(reference, { method: "HEAD" });
    expect([head.status, head.headers.get("content-length")]).toEqual([200, `${bytes.length}`]);
  }
  expect(await registry.manifest(REPO, "v1")).toEqual({
    digest,
    mediaType: OCI_MANIFEST,
    bytes: Buffer.from(bytes),
  });
  expect(registry.tags(REPO)).toEqual({ v1: digest });
});

test("a manifest pushed by digest must have it, sha256 or sha512", async () => {
  await using scene = await start();
  const { client } = scene;
  const sha512 = digestOf(manifest(), "sha512");
  expect((await client.push(sha512, manifest())).headers.get("docker-content-digest")).toBe(sha512);
  expect((await client.manifest(sha512)).status).toBe(200);
  expect((await client.push(digestOf(manifest()), manifest())).status).toBe(201);
  const other = await client.push(digestOf("x"), manifest());
  expect(errorOf(other)).toEqual([400, "DIGEST_INVALID"]);
  expect(errorOf(await client.push("sha256:abc", manifest()))).toEqual([400, "DIGEST_INVALID"]);
});

test("refuses what is no manifest, with the specification's codes", async () => {
  await using scene = await start();
  const { client } = scene;
  const put = async (body: string, type: string | undefined) =>
    client.manifest("v1", {
      method: "PUT",
      body: Buffer.from(body),
      headers: type === undefined ? {} : { "content-type": type },
    });
  const bad: readonly (readonly [string, string | undefined])[] = [
    ["no json", OCI_MANIFEST],
    ["[]", OCI_MANIFEST],
    [manifest(), undefined],
    [manifest(), "application/json"],
    [manifest(), OCI_INDEX],
    [manifest({ schemaVersion: 1 }), OCI_MANIFEST],
    [manifest({ config: undefined }), OCI_MANIFEST],
    [manifest({ layers: {} }), OCI_MANIFEST],
    [manifest({ layers: [{ mediaType: "x", digest: "x", size: 1 }] }), OCI_MANIFEST],
    [manifest({ layers: [{ ...descriptor("x", "x"), size: -1 }] }), OCI_MANIFEST],
    [manifest({ annotations: { a: 1 } }), OCI_MANIFEST],
    [manifest({ subject: "x" }), OCI_MANIFEST],
  ];
  for (const [body, type] of bad) {
    expect([body, ...errorOf(await put(body, type))]).toEqual([body, 400, "MANIFEST_INVALID"]);
  }
  expect(errorOf(await client.push("-x", manifest()))).toEqual([400, "TAG_INVALID"]);
  expect(errorOf(await client.push("x".repeat(129), manifest()))).toEqual([400, "TAG_INVALID"]);
  expect(errorOf(await client.manifest(".no.tag"))).toEqual([404, "MANIFEST_UNKNOWN"]);
  expect(scene.registry.tags(REPO)).toEqual({});
});

test("a manifest of 4 MiB is taken, one byte more is refused", async () => {
  await using scene = await start();
  const { maxManifestBytes } = PERSONALITIES.standard;
  const fill = (size: number): string => manifest().padEnd(size, " ");
  expect((await scene.client.push("v1", fill(maxManifestBytes))).status).toBe(201);
  const refused = await scene.client.push("v2", fill(maxManifestBytes + 1));
  expect(errorOf(refused)).toEqual([413, "SIZE_INVALID"]);
});

test("Docker's types are taken as OCI's are", async () => {
  await using scene = await start();
  const bytes = manifest({ mediaType: DOCKER_MANIFEST });
  expect((await scene.client.push("v1", bytes)).status).toBe(201);
  const read = await scene.client.manifest("v1");
  expect(read.headers.get("content-type")).toBe(DOCKER_MANIFEST);
});

test("missing layers and children are refused, each where the registry minds", async () => {
  const layers = [descriptor("layer", "application/vnd.oci.image.layer.v1.tar")];
  const foreign = "application/vnd.oci.image.layer.nondistributable.v1.tar";
  await using strict = await start();
  const [image, list] = [manifest({ layers }), index(manifest())];
  for (const bytes of [image, list]) {
    expect(errorOf(await strict.client.push("v1", bytes))).toEqual([400, "MANIFEST_BLOB_UNKNOWN"]);
  }
  const elsewhere = manifest({ layers: [descriptor("layer", foreign)] });
  expect((await strict.client.push("v1", elsewhere)).status).toBe(201);
  await strict.client.push(digestOf(manifest()), manifest());
  expect((await strict.client.push("v1", list)).status).toBe(201);
  await using lax = await start({ missingBlobs: "accepted", missingChildren: "accepted" });
  expect((await lax.client.push("v1", image)).status).toBe(201);
  expect((await lax.client.push("v2", list)).status).toBe(201);
});

test("end-8: tags are listed in order, by pages that link to each other", async () => {
  await using scene = await start({ tagPageSize: 3 });
  const { client, registry } = scene;
  expect(errorOf(await client.ask("/v2/octo/none/tags/list"))).toEqual([404, "NAME_UNKNOWN"]);
  for (const tag of ["b", "a", "C", "d"])
    await registry.putManifest(REPO, JSON.parse(manifest()), { tag });
  const list = async (query: string) => client.ask(`/v2/${REPO}/tags/list${encodeURI(query)}`);
  expect((await list("")).json).toEqual({ name: REPO, tags: ["C", "a", "b"] });
  const first = await list("?n=2");
  expect(first.json.tags).toEqual(["C", "a"]);
  const next = /^<(?<target>[^>]+)>; rel="next"$/.exec(first.headers.get("link") ?? "")?.groups;
  const second = await client.ask(next?.["target"] ?? "");
  expect([second.json.tags, second.headers.get("link")]).toEqual([["b", "d"], null]);
  expect((await list("?last=b")).json.tags).toEqual(["d"]);
  const none = await list("?n=0");
  expect([none.json.tags, none.headers.get("link")]).toEqual([[], null]);
  expect((await list("?n=x")).status).toBe(400);
});

test("end-9: a tag and a manifest are deleted, and a manifest takes its tags along", async () => {
  await using scene = await start();
  const { client, registry } = scene;
  const digest = digestOf(manifest());
  for (const tag of ["a", "b"]) await client.push(tag, manifest());
  expect((await client.manifest("a", { method: "DELETE" })).status).toBe(202);
  expect(registry.tags(REPO)).toEqual({ b: digest });
  expect((await client.manifest(digest, { method: "DELETE" })).status).toBe(202);
  expect(registry.tags(REPO)).toEqual({});
  for (const reference of ["b", digest]) {
    const again = await client.manifest(reference, { method: "DELETE" });
    expect(errorOf(again)).toEqual([404, "MANIFEST_UNKNOWN"]);
  }
});

test("deleting may be off: 405, and 400 for a tag where the registry is Docker's", async () => {
  await using none = await start({ deleteManifests: false, deleteTags: 405 });
  await using docker = await start({ deleteTags: 400 });
  for (const { client } of [none, docker]) await client.push("a", manifest());
  const remove = { method: "DELETE" };
  const digest = digestOf(manifest());
  expect(errorOf(await none.client.manifest("a", remove))).toEqual([405, "UNSUPPORTED"]);
  expect(errorOf(await none.client.manifest(digest, remove))).toEqual([405, "UNSUPPORTED"]);
  expect(errorOf(await docker.client.manifest("a", remove))).toEqual([400, "DIGEST_INVALID"]);
  expect((await docker.client.manifest(digest, remove)).status).toBe(202);
});

test("end-12: referrers are listed for any digest, and filtered by what they are", async () => {
  await using scene = await start();
  const { client, registry } = scene;
  await client.push("v1", manifest());
  const subject = descriptor(manifest(), OCI_MANIFEST);
  const path = `/v2/${REPO}/referrers/${subject.digest}`;
  const none = await client.ask(path);
  expect([none.status, none.json.manifests, none.headers.get("content-type")]).toEqual([
    200,
    [],
    OCI_INDEX,
  ]);
  const annotations = { "org.example.kind": "bom" };
  const sbom = manifest({ subject, artifactType: "application/spdx+json", annotations });
  const plain = manifest({ subject });
  const list = JSON.stringify({ ...JSON.parse(index()), subject, artifactType: "text/list" });
  for (const bytes of [sbom, plain, list]) {
    const pushed = await client.push(digestOf(bytes), bytes);
    expect(pushed.headers.get("oci-subject")).toBe(subject.digest);
  }
  const all = await client.ask(path);
  expect(all.headers.get("oci-filters-applied")).toBeNull();
  expect(all.json).toEqual({
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: [
      { ...descriptor(sbom, OCI_MANIFEST), artifactType: "application/spdx+json", annotations },
      { ...descriptor(plain, OCI_MANIFEST), artifactType: "application/vnd.oci.empty.v1+json" },
      { ...descriptor(list, OCI_INDEX), artifactType: "text/list" },
    ],
  });
  const filtered = await client.ask(`${path}?artifactType=application%2Fspdx%2Bjson`);
  expect(filtered.headers.get("oci-filters-applied")).toBe("artifactType");
  expect(filtered.json.manifests).toHaveLength(1);
  expect(registry.referrers(REPO, subject.digest)).toHaveLength(3);
  await client.manifest(digestOf(sbom), { method: "DELETE" });
  expect((await client.ask(path)).json.manifests).toHaveLength(2);
  expect(errorOf(await client.ask(`/v2/${REPO}/referrers/v1`))).toEqual([400, "DIGEST_INVALID"]);
});

test("referrers come by pages, and a filter may not be applied", async () => {
  await using scene = await start({ referrersPageSize: 2, referrersFilter: false });
  const { client, registry } = scene;
  const subject = descriptor("anything", OCI_MANIFEST);
  const pushed = ["a", "b", "c"].map((artifactType) => manifest({ subject, artifactType }));
  for (const bytes of pushed) await registry.putManifest(REPO, Buffer.from(bytes));
  const first = await client.ask(`/v2/${REPO}/referrers/${subject.digest}?artifactType=c`);
  expect(first.headers.get("oci-filters-applied")).toBeNull();
  expect(first.json.manifests.map((m) => m.artifactType)).toEqual(["a", "b"]);
  const next = /^<(?<target>[^>]+)>; rel="next"$/.exec(first.headers.get("link") ?? "")?.groups;
  const second = await client.ask(next?.["target"] ?? "");
  expect(second.json.manifests.map((m) => m.artifactType)).toEqual(["c"]);
  expect(second.headers.get("link")).toBeNull();
});

test("without the referrers API there is 404, and OCI-Subject only where the registry lies", async () => {
  const subject = descriptor(manifest(), OCI_MANIFEST);
  for (const [referrers, said] of [
    ["none", null],
    ["header-only", subject.digest],
  ] as const) {
    await using scene = await start({ referrers });
    const pushed = await scene.client.push("s", manifest({ subject }));
    expect([pushed.status, pushed.headers.get("oci-subject")]).toEqual([201, said]);
    expect((await scene.client.ask(`/v2/${REPO}/referrers/${subject.digest}`)).status).toBe(404);
  }
});

test("immutable tags: not moved, or, as with ECR, not even pushed again", async () => {
  for (const [immutableTags, again] of [
    ["other-digest", 201],
    ["any-push", 409],
  ] as const) {
    await using scene = await start({ immutableTags, immutableTagStatus: 409 });
    const { client } = scene;
    expect((await client.push("v1", manifest())).status).toBe(201);
    expect((await client.push("v1", manifest())).status).toBe(again);
    const moved = await client.push("v1", manifest({ annotations: { a: "b" } }));
    expect(errorOf(moved)).toEqual([409, "TAG_INVALID"]);
    expect(moved.json.errors?.[0]?.message).toContain("already exists in the 'octo/telemetry'");
    expect(scene.registry.tags(REPO)).toEqual({ v1: digestOf(manifest()) });
  }
});

test("conditional requests: honoured, for reads only, or ignored", async () => {
  const etag = `"${digestOf(manifest())}"`;
  const other = manifest({ annotations: { a: "b" } });
  const outcomes = async (conditionalRequests: "honoured" | "reads" | "ignored") => {
    await using scene = await start({ conditionalRequests });
    const { client } = scene;
    const isNew = { "if-none-match": "*" };
    const statuses = [(await client.push("v1", manifest(), isNew)).status];
    const read = await client.manifest("v1", { headers: { "if-none-match": etag } });
    statuses.push(read.status, (await client.push("v1", other, isNew)).status);
    statuses.push((await client.push("v1", manifest(), { "if-match": etag })).status);
    statuses.push((await client.push("v1", other, { "if-match": `"${digestOf("x")}"` })).status);
    return { statuses, hasEtag: read.headers.has("etag") };
  };
  expect(await outcomes("honoured")).toEqual({
    statuses: [201, 304, 412, 201, 412],
    hasEtag: true,
  });
  expect(await outcomes("reads")).toEqual({ statuses: [201, 304, 201, 201, 201], hasEtag: true });
  expect(await outcomes("ignored")).toEqual({
    statuses: [201, 200, 201, 201, 201],
    hasEtag: false,
  });
});

test("of two conditional pushes of a new tag exactly one succeeds", async () => {
  await using scene = await start();
  const pushes = ["a", "b", "c", "d"].map(async (content) =>
    scene.client.push("v1", manifest({ annotations: { content } }), { "if-none-match": "*" }),
  );
  const statuses = (await Promise.all(pushes)).map(({ status }) => status);
  expect(statuses.toSorted((a, b) => a - b)).toEqual([201, 412, 412, 412]);
});

test("a push is seen late: so many reads of a tag, of the list and of referrers are of before", async () => {
  await using scene = await start({ staleReads: 2 });
  const { client } = scene;
  const subject = descriptor("anything", OCI_MANIFEST);
  await client.push("v1", manifest({ subject }));
  const statuses = [];
  for (let n = 0; n < 3; n += 1) statuses.push((await client.manifest("v1")).status);
  expect(statuses).toEqual([404, 404, 200]);
  const lengths = [];
  for (let n = 0; n < 3; n += 1) {
    const { json } = await client.ask(`/v2/${REPO}/referrers/${subject.digest}`);
    lengths.push(json.manifests.length);
  }
  expect(lengths).toEqual([0, 0, 1]);
  await client.push("v1", manifest());
  const moved = await client.manifest("v1", { method: "HEAD" });
  expect(moved.headers.get("docker-content-digest")).toBe(digestOf(manifest({ subject })));
  await client.push("v2", manifest());
  expect((await client.ask(`/v2/${REPO}/tags/list`)).json.tags).toEqual(["v1"]);
  // By its digest a manifest is there at once.
  expect((await client.manifest(digestOf(manifest()))).status).toBe(200);
});

test('the fault "stale" reads tags, manifests and referrers as they were', async () => {
  await using scene = await start();
  await scene.client.push("v1", manifest());
  await scene.client.push("v1", manifest({ annotations: { a: "b" } }));
  const before = { phase: "before", kind: "stale" } as const;
  scene.stage.addFault({ at: { nth: 1 }, ...before });
  scene.stage.addFault({ at: { nth: 2 }, ...before, params: { mutations: 3 } });
  const stale = await scene.client.manifest("v1");
  expect(stale.headers.get("docker-content-digest")).toBe(digestOf(manifest()));
  expect((await scene.client.manifest("v1")).status).toBe(404);
});

test("Accept must name OCI's types where the registry is Docker's", async () => {
  await using scene = await start({ acceptHeader: "checked" });
  const { client } = scene;
  await client.push("v1", manifest());
  await client.push("v2", index(manifest()));
  const read = async (tag: string, accept: string) => client.manifest(tag, { headers: { accept } });
  expect((await read("v1", `text/x, ${OCI_MANIFEST};q=0.5`)).status).toBe(200);
  const refused = await read("v2", OCI_MANIFEST);
  expect(errorOf(refused)).toEqual([404, "MANIFEST_UNKNOWN"]);
  expect(refused.json.errors?.[0]?.message).toBe(
    "OCI index found, but accept header does not support OCI indexes",
  );
});

test("tags may come as parameters of a push by digest, and each is confirmed", async () => {
  await using scene = await start({ tagParameters: true });
  const target = `${digestOf(manifest())}?tag=a&tag=b`;
  const pushed = await scene.client.push(target, manifest());
  expect([pushed.status, pushed.headers.get("oci-tag")]).toEqual([201, "a, b"]);
  expect(Object.keys(scene.registry.tags(REPO))).toEqual(["a", "b"]);
  await using old = await start();
  expect((await old.client.push(target, manifest())).headers.get("oci-tag")).toBeNull();
  expect(old.registry.tags(REPO)).toEqual({});
});

test("a warning stands on every answer, the refusals too", async () => {
  await using scene = await start({ warning: 'going "soon"' });
  for (const reference of ["v1", digestOf("x")]) {
    const { headers } = await scene.client.manifest(reference);
    expect(headers.get("warning")).toBe('299 - "going \\"soon\\""');
  }
});

test("who changed what is in the history, once, and other actors change things by name", async () => {
  await using scene = await start();
  const { client, registry, stage } = scene;
  await client.push("v1", manifest());
  await client.push("v1", manifest());
  const other = await registry.putImage(REPO, { tag: "v2", as: "mallory" });
  registry.moveTag(REPO, "v1", other.digest, { as: "mallory" });
  registry.deleteTag(REPO, "v2", { as: "mallory" });
  const digest = digestOf(manifest());
  registry.deleteManifest(REPO, digest, { as: "mallory" });
  const told = stage.history.map((e) => [e.who, e.what, e.ref, e.before, e.after]);
  expect(told.filter(([, what]) => what !== "store blob")).toEqual([
    ["anonymous", "store manifest", undefined, undefined, digest],
    ["anonymous", "create tag", "v1", undefined, digest],
    ["mallory", "store manifest", undefined, undefined, other.digest],
    ["mallory", "create tag", "v2", undefined, other.digest],
    ["mallory", "move tag", "v1", digest, other.digest],
    ["mallory", "delete tag", "v2", other.digest, undefined],
    ["mallory", "delete manifest", undefined, digest, undefined],
  ]);
  expect(stage.history[0]).toMatchObject({ service: registry.name, repository: REPO });
});

test("an image of the scene is an index where it has platforms, and is the same in every run", async () => {
  const platforms = ["linux/amd64", "linux/arm64"];
  const digests = [];
  for (let n = 0; n < 2; n += 1) {
    await using scene = await startRegistry();
    const { registry, client } = scene;
    const { digest, mediaType } = await registry.putImage(REPO, { tag: "v1", platforms });
    const { json } = await client.manifest("v1");
    expect(mediaType).toBe(OCI_INDEX);
    expect(json.manifests.map((m) => m.platform.architecture)).toEqual(["amd64", "arm64"]);
    for (const child of json.manifests) {
      const image = await client.manifest(child.digest);
      for (const layer of image.json.layers) {
        const blob = await client.ask(`/v2/${REPO}/blobs/${layer.digest}`);
        expect([digestOf(blob.bytes), blob.bytes.length]).toEqual([layer.digest, layer.size]);
      }
    }
    digests.push(digest);
  }
  expect(digests[0]).toBe(digests[1]);
});

test("faults hit a registry as they hit any service: an answer lost after a tag was moved", async () => {
  await using scene = await start();
  await scene.client.push("v1", manifest());
  scene.stage.addFault({
    at: { nth: 1, service: scene.registry.name, operation: "PUT /v2/{name}/manifests/{reference}" },
    phase: "after",
    kind: "reset",
  });
  const moved = manifest({ annotations: { a: "b" } });
  await expect(scene.client.push("v1", moved)).rejects.toThrow("fetch failed");
  expect(scene.registry.tags(REPO)).toEqual({ v1: digestOf(moved) });
});

test("several registries have content of their own", async () => {
  await using scene = await start();
  const other = await scene.stage.addRegistry({ personality: "docker-registry-2.8" });
  await scene.client.push("v1", manifest());
  expect(errorOf(await new Client(other).manifest("v1"))).toEqual([404, "MANIFEST_UNKNOWN"]);
  expect([scene.registry.repositories, other.repositories]).toEqual([[REPO], []]);
});
