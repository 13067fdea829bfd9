import { createHash } from "node:crypto";
import type { Octokit } from "@octokit/rest";
import { expect, test } from "vitest";
import { assetNameOf } from "../src/github/release-assets.ts";
import { clientOf, jobClientOf, refusalOf } from "./runs-scene.ts";
import { octokitFor, ask, AT, type Scene, SLUG, startScene } from "./scene.ts";

const UPLOAD = "POST /repos/{owner}/{repo}/releases/{release_id}/assets";

function invalid(...errors: readonly object[]): readonly unknown[] {
  return [422, "Validation Failed", errors];
}

const EXISTS = { resource: "Release", code: "already_exists", field: "tag_name" };

const NO_VALID_TAG = {
  resource: "Release",
  code: "custom",
  message: "Published releases must have a valid tag",
};

const NOT_VALID = {
  resource: "Release",
  code: "custom",
  field: "tag_name",
  message: "tag_name is not a valid tag",
};

const BURNT = {
  resource: "Release",
  code: "custom",
  field: "tag_name",
  message: "tag_name was used by an immutable release",
};

/** As the client does with the address it was given. */
async function upload(octokit: Octokit, releaseId: number, name: string, data: string) {
  const { data: release } = await octokit.rest.repos.getRelease({ ...AT, release_id: releaseId });
  return octokit.request({
    method: "POST",
    url: release.upload_url,
    name,
    data,
    headers: { "content-type": "text/plain" },
  });
}

async function draft(octokit: Octokit, tag = "v1"): Promise<number> {
  const { data } = await octokit.rest.repos.createRelease({ ...AT, tag_name: tag, draft: true });
  return data.id;
}

async function publish(octokit: Octokit, id: number) {
  return octokit.rest.repos.updateRelease({ ...AT, release_id: id, draft: false });
}

test("a draft makes no tag, and only those who may push see it, by its id and in the list", async () => {
  await using scene = await startScene({ visibility: "public" });
  const octokit = clientOf(scene, "alice");
  const id = await draft(octokit);
  const twin = await draft(octokit);
  expect(await scene.repo.ref("refs/tags/v1")).toBeUndefined();
  const { data } = await octokit.rest.repos.listReleases(AT);
  expect(data.map((release) => [release.id, release.tag_name, release.draft])).toEqual([
    [twin, "v1", true],
    [id, "v1", true],
  ]);
  expect(data[0]?.html_url).toContain("/releases/tag/untagged-");
  expect(data[0]?.published_at).toBeNull();
  const byTag = octokit.rest.repos.getReleaseByTag({ ...AT, tag: "v1" });
  expect(await refusalOf(byTag)).toEqual([404, "Not Found"]);
  const reader = clientOf(scene, "bob", { contents: "read" });
  expect((await reader.rest.repos.listReleases(AT)).data).toEqual([]);
  const hidden = reader.rest.repos.getRelease({ ...AT, release_id: id });
  expect(await refusalOf(hidden)).toEqual([404, "Not Found"]);
  const anonymous = octokitFor(scene.host);
  expect((await anonymous.rest.repos.listReleases(AT)).data).toEqual([]);
});

test("publishing makes the tag where the target is, and then the tag finds the release", async () => {
  await using scene = await startScene();
  const octokit = clientOf(scene, "alice");
  const { data } = await octokit.rest.repos.createRelease({
    ...AT,
    tag_name: "v1",
    target_commitish: scene.first,
    name: "One",
    body: "notes",
  });
  expect(await scene.repo.ref("refs/tags/v1")).toBe(scene.first);
  expect(data).toMatchObject({
    draft: false,
    immutable: false,
    author: { login: "alice" },
    html_url: `https://github.com/${SLUG}/releases/tag/v1`,
    created_at: "2026-01-01T00:01:00Z",
  });
  const found = await octokit.rest.repos.getReleaseByTag({ ...AT, tag: "v1" });
  expect(found.data.id).toBe(data.id);
  const again = octokit.rest.repos.createRelease({ ...AT, tag_name: "v1" });
  expect(await refusalOf(again)).toEqual(invalid(EXISTS));
  const id = await draft(octokit);
  expect(await refusalOf(publish(octokit, id))).toEqual(invalid(EXISTS));
  expect(scene.stage.history.map((effect) => effect.what)).toEqual([
    "create ref",
    "create ref",
    "create release",
    "publish release",
    "create release",
  ]);
});

test("an existing tag stays where it is, whatever the target says", async () => {
  await using scene = await startScene();
  await scene.repo.createTag("v1", scene.first, { annotated: true });
  const before = await scene.repo.ref("refs/tags/v1");
  const octokit = clientOf(scene, "alice");
  await octokit.rest.repos.createRelease({ ...AT, tag_name: "v1", target_commitish: "main" });
  expect(await scene.repo.ref("refs/tags/v1")).toBe(before);
});

test.each<[string, object, readonly object[]]>([
  [
    "a target that is none",
    { tag_name: "v1", target_commitish: "none" },
    [NOT_VALID, NO_VALID_TAG, { resource: "Release", code: "invalid", field: "target_commitish" }],
  ],
  [
    "a name no tag can have",
    { tag_name: "a..b" },
    [NOT_VALID, { ...NOT_VALID, message: "tag_name is not well-formed" }, NO_VALID_TAG],
  ],
])("publishes nothing with %s", async (_what, options, errors) => {
  await using scene = await startScene();
  const octokit = clientOf(scene, "alice");
  const asked = octokit.rest.repos.createRelease({ ...AT, tag_name: "", ...options });
  expect(await refusalOf(asked)).toEqual(invalid(...errors));
  expect((await octokit.rest.repos.listReleases(AT)).data).toEqual([]);
});

test("refuses hostile names with a reason and never fails itself", async () => {
  await using scene = await startScene();
  const octokit = clientOf(scene, "alice");
  const names = ["a\0b", "\ud800", "../../x", "a b", "x".repeat(300), "@{", "-v.lock"];
  for (const tag_name of names) {
    for (const isDraft of [false, true]) {
      const asked = octokit.rest.repos.createRelease({ ...AT, tag_name, draft: isDraft });
      expect([422, "nothing was refused"]).toContain((await refusalOf(asked))[0]);
    }
  }
  expect(scene.stage.violations).toEqual([]);
  const tags = [...(await scene.repo.refs()).keys()].filter((ref) => ref.startsWith("refs/tags/"));
  expect(tags).toEqual([]);
});

test("publishes nothing where a rule keeps the tag from being made, until it is there", async () => {
  await using scene = await startScene();
  scene.repo.addRule({ refs: "refs/tags/v*" });
  const octokit = clientOf(scene, "alice");
  const id = await draft(octokit);
  const message =
    "pre_receive Repository rule violations found\n\n" +
    "Cannot create ref due to creations being restricted.\n\n";
  const ruled = { resource: "Release", code: "custom", field: "pre_receive", message };
  expect(await refusalOf(publish(octokit, id))).toEqual(invalid(ruled, NO_VALID_TAG));
  await scene.repo.createTag("v1", scene.head);
  expect((await publish(octokit, id)).data.draft).toBe(false);
});

test("a workflow's own token cannot release a commit with other workflows", async () => {
  await using scene = await startScene();
  const files = { ".github/workflows/x.yml": "on: push\n" };
  const sha = await scene.repo.commit({ branch: "other", from: scene.head, files });
  const release = { ...AT, tag_name: "v1", target_commitish: sha };
  const asked = jobClientOf(scene).rest.repos.createRelease(release);
  expect(await refusalOf(asked)).toEqual([404, "Not Found"]);
  expect((await clientOf(scene, "alice").rest.repos.createRelease(release)).status).toBe(201);
});

test("the latest release is the newest that may be it, or the one that was said to be", async () => {
  await using scene = await startScene();
  const octokit = clientOf(scene, "alice");
  const latest = async (): Promise<string> =>
    (await octokit.rest.repos.getLatestRelease(AT)).data.tag_name;
  expect(await refusalOf(latest())).toEqual([404, "Not Found"]);
  const create = octokit.rest.repos.createRelease;
  await create({ ...AT, tag_name: "v2" });
  await create({ ...AT, tag_name: "v1", target_commitish: scene.first, make_latest: "false" });
  expect(await latest()).toBe("v2");
  await create({ ...AT, tag_name: "v3-rc", prerelease: true });
  expect(await latest()).toBe("v2");
  const { data } = await octokit.rest.repos.getReleaseByTag({ ...AT, tag: "v1" });
  const update = octokit.rest.repos.updateRelease;
  await update({ ...AT, release_id: data.id, make_latest: "true" });
  expect(await latest()).toBe("v1");
  await update({ ...AT, release_id: data.id, make_latest: "legacy" });
  expect(await latest()).toBe("v2");
});

test("the list pages, and shows a new release only after the lag that the scene sets", async () => {
  await using scene = await startScene();
  const octokit = clientOf(scene, "alice");
  const ids: number[] = [];
  for (const tag of ["a", "b", "c"]) ids.push(await draft(octokit, tag));
  const page = await octokit.rest.repos.listReleases({ ...AT, per_page: 2, page: 2 });
  expect(page.data.map((release) => release.id)).toEqual([ids[0]]);
  expect(page.headers.link).toContain(`rel="first"`);
  scene.repo.releases.setListLag(2);
  const late = await draft(octokit, "d");
  const counts: number[] = [];
  for (let reading = 0; reading < 3; reading++) {
    counts.push((await octokit.rest.repos.listReleases(AT)).data.length);
  }
  expect(counts).toEqual([3, 3, 4]);
  expect((await octokit.rest.repos.getRelease({ ...AT, release_id: late })).status).toBe(200);
});

test("an asset goes to the upload origin and comes back by redirect with its digest", async () => {
  await using scene = await startScene();
  const octokit = clientOf(scene, "alice");
  const id = await draft(octokit);
  const { data: asset } = await upload(octokit, id, "my tool (1).tar.gz", "content");
  const digest = `sha256:${createHash("sha256").update("content").digest("hex")}`;
  expect(asset).toMatchObject({
    name: "my.tool.1.tar.gz",
    state: "uploaded",
    size: 7,
    digest,
    content_type: "text/plain",
    uploader: { login: "alice" },
  });
  expect(scene.stage.exchanges.at(-1)).toMatchObject({ operation: UPLOAD, status: 201 });
  const { data } = await octokit.rest.repos.getReleaseAsset({
    ...AT,
    asset_id: asset.id,
    headers: { accept: "application/octet-stream" },
  });
  expect(Buffer.from(new Uint8Array(Object(data))).toString()).toBe("content");
  const list = await octokit.rest.repos.listReleaseAssets({ ...AT, release_id: id });
  expect(list.data.map((item) => [item.name, item.digest])).toEqual([["my.tool.1.tar.gz", digest]]);
  const rename = { ...AT, asset_id: asset.id, name: "other name", label: "Tool" };
  const renamed = await octokit.rest.repos.updateReleaseAsset(rename);
  expect(renamed.data).toMatchObject({ name: "other.name", label: "Tool" });
  await octokit.rest.repos.deleteReleaseAsset({ ...AT, asset_id: asset.id });
  const gone = octokit.rest.repos.getReleaseAsset({ ...AT, asset_id: asset.id });
  expect(await refusalOf(gone)).toEqual([404, "Not Found"]);
});

test("the API's own origin takes no uploads", async () => {
  await using scene = await startScene();
  scene.stage.allowViolation("unknown route");
  const id = await draft(clientOf(scene, "alice"));
  const path = `/repos/${SLUG}/releases/${id}/assets?name=a`;
  const { host, token } = scene;
  expect((await ask(host, path, { token, method: "POST", body: "x" })).status).toBe(404);
});

test("refuses a second asset of the name, and an empty one", async () => {
  await using scene = await startScene();
  const octokit = clientOf(scene, "alice");
  const id = await draft(octokit);
  await upload(octokit, id, "a b", "1");
  const taken = { resource: "ReleaseAsset", code: "already_exists", field: "name" };
  expect(await refusalOf(upload(octokit, id, "a.b", "2"))).toEqual(invalid(taken));
  const message = "size must be greater than or equal to 1";
  const empty = { resource: "ReleaseAsset", code: "custom", field: "size", message };
  expect(await refusalOf(upload(octokit, id, "empty", ""))).toEqual(invalid(empty));
});

test("a cut upload leaves a starter, which blocks the name until it is deleted", async () => {
  await using scene = await startScene();
  const octokit = clientOf(scene, "alice");
  const id = await draft(octokit);
  const at = { nth: 1, operation: UPLOAD };
  const uploader = { login: "alice", type: "User" } as const;
  scene.stage.addFault({
    at,
    phase: "before",
    kind: "hook",
    params: {
      run: () => {
        scene.repo.releases.addStarter({ releaseId: id, name: "a.zip", uploader });
      },
    },
  });
  scene.stage.addFault({ at, phase: "before", kind: "status", params: { status: 502 } });
  expect((await refusalOf(upload(octokit, id, "a.zip", "1")))[0]).toBe(502);
  const { data } = await octokit.rest.repos.listReleaseAssets({ ...AT, release_id: id });
  expect(data).toMatchObject([{ name: "a.zip", state: "starter", size: 0, digest: null }]);
  expect((await refusalOf(upload(octokit, id, "a.zip", "1")))[0]).toBe(422);
  await octokit.rest.repos.deleteReleaseAsset({ ...AT, asset_id: data[0]?.id ?? 0 });
  expect((await upload(octokit, id, "a.zip", "1")).status).toBe(201);
});

test("an upload that ends early leaves a starter", async () => {
  await using scene = await startScene();
  const octokit = clientOf(scene, "alice");
  const id = await draft(octokit);
  scene.stage.addFault({
    at: { nth: 1, operation: UPLOAD },
    phase: "during",
    kind: "reset",
    params: { receivedBytes: 3 },
  });
  expect((await refusalOf(upload(octokit, id, "a.zip", "content")))[0]).toBe(500);
  const { data } = await octokit.rest.repos.listReleaseAssets({ ...AT, release_id: id });
  expect(data).toMatchObject([{ name: "a.zip", state: "starter", size: 0 }]);
});

test.each([
  ["plain-1.0_x+y@z.zip", "plain-1.0_x+y@z.zip"],
  ["a  b.txt", "a.b.txt"],
  [".env", "default.env"],
  ["naïve.txt", "naive.txt"],
  ["名前.zip", "default.zip"],
  ["a~1^2.zip", "a.1.2.zip"],
])("stores %s as %s", (given, stored) => {
  expect(assetNameOf(given)).toBe(stored);
});

test("the setting is 404 while it is off, and 409 when the organization decides", async () => {
  await using scene = await startScene();
  const octokit = clientOf(scene, "alice");
  const path = "/repos/{owner}/{repo}/immutable-releases";
  expect((await refusalOf(octokit.request(`GET ${path}`, AT)))[0]).toBe(404);
  await octokit.request(`PUT ${path}`, AT);
  const { data } = await octokit.request(`GET ${path}`, AT);
  expect(data).toEqual({ enabled: true, enforced_by_owner: false });
  await octokit.request(`DELETE ${path}`, AT);
  scene.repo.releases.setImmutability(true, { enforcedByOwner: true });
  expect((await refusalOf(octokit.request(`DELETE ${path}`, AT)))[0]).toBe(409);
});

test("what is published as immutable keeps its assets and its tag", async () => {
  await using scene = await startScene();
  scene.repo.releases.setImmutability(true);
  const octokit = clientOf(scene, "alice");
  const id = await draft(octokit);
  const { data: asset } = await upload(octokit, id, "a", "1");
  const { data } = await publish(octokit, id);
  expect(data.immutable).toBe(true);
  const late = await refusalOf(upload(octokit, id, "b", "2"));
  expect(late).toEqual([422, "Cannot upload assets to an immutable release."]);
  const remove = octokit.rest.repos.deleteReleaseAsset({ ...AT, asset_id: asset.id });
  expect((await refusalOf(remove))[0]).toBe(422);
  const at = { ...AT, release_id: id };
  const retag = octokit.rest.repos.updateRelease({ ...at, tag_name: "v2" });
  expect((await refusalOf(retag))[0]).toBe(422);
  const unpublish = octokit.rest.repos.updateRelease({ ...at, draft: true });
  expect((await refusalOf(unpublish))[0]).toBe(422);
  const edited = await octokit.rest.repos.updateRelease({ ...at, body: "better" });
  expect(edited.data.body).toBe("better");
  await expect(scene.repo.deleteRef("refs/tags/v1")).rejects.toThrow(
    "refs/tags/v1: Cannot delete this protected ref.",
  );
  const unlock = octokit.rest.git.deleteRef({ ...AT, ref: "tags/v1" });
  expect((await refusalOf(unlock))[1]).toContain("Cannot delete this protected ref.");
  scene.repo.releases.setImmutability(false);
  const still = await octokit.rest.repos.getRelease(at);
  expect(still.data.immutable).toBe(true);
});

test("the tag name of a deleted immutable release is burnt, with its tag and without", async () => {
  await using scene = await startScene();
  scene.repo.releases.setImmutability(true);
  const octokit = clientOf(scene, "alice");
  const { data } = await octokit.rest.repos.createRelease({ ...AT, tag_name: "v1" });
  await octokit.rest.repos.deleteRelease({ ...AT, release_id: data.id });
  expect(await scene.repo.ref("refs/tags/v1")).toBe(scene.head);
  const id = await draft(octokit);
  expect(await refusalOf(publish(octokit, id))).toEqual(invalid(BURNT));
  await scene.repo.deleteRef("refs/tags/v1");
  const message =
    "pre_receive Repository rule violations found\n\n" +
    "Cannot create ref due to creations being restricted.\n\n";
  const ruled = { resource: "Release", code: "custom", field: "pre_receive", message };
  expect(await refusalOf(publish(octokit, id))).toEqual(invalid(ruled, BURNT, NO_VALID_TAG));
  const tag = octokit.rest.git.createRef({ ...AT, ref: "refs/tags/v1", sha: scene.head });
  expect((await refusalOf(tag))[1]).toContain(
    "Cannot create ref due to creations being restricted.",
  );
});

test("GitHub attests an immutable release, found by its tag's commit and its assets after a lag", async () => {
  await using scene = await startScene();
  scene.repo.releases.setImmutability(true);
  scene.repo.releases.setAttestationLag(2);
  const octokit = clientOf(scene, "alice");
  const id = await draft(octokit);
  const { data: asset } = await upload(octokit, id, "a", "1");
  await publish(octokit, id);
  const lookUp = async (subject_digest: string) =>
    octokit.rest.repos.listAttestations({ ...AT, subject_digest, predicate_type: "release" });
  const tagged = `sha1:${scene.head}`;
  expect((await refusalOf(lookUp(tagged)))[0]).toBe(404);
  expect((await refusalOf(lookUp(tagged)))[0]).toBe(404);
  const { data } = await lookUp(tagged);
  expect(data.attestations).toHaveLength(1);
  expect(Reflect.get(Object(data.attestations?.[0]), "initiator")).toBe("github");
  const envelope: unknown = data.attestations?.[0]?.bundle?.dsseEnvelope;
  const payload = String(Reflect.get(Object(envelope), "payload"));
  const statement: unknown = JSON.parse(Buffer.from(payload, "base64").toString());
  expect(statement).toMatchObject({
    predicateType: "https://in-toto.io/attestation/release/v0.2",
    predicate: { repository: SLUG, tag: "v1" },
  });
  expect((await lookUp(asset.digest)).data.attestations).toHaveLength(1);
});

test("a publication whose answer was lost is there, and publishing again changes nothing", async () => {
  await using scene = await startScene();
  scene.repo.releases.setImmutability(true);
  const octokit = clientOf(scene, "alice");
  const id = await draft(octokit);
  scene.stage.addFault({
    at: { nth: 1, operation: "PATCH /repos/{owner}/{repo}/releases/{release_id}" },
    phase: "after",
    kind: "reset",
  });
  expect((await refusalOf(publish(octokit, id)))[0]).toBe(500);
  const { data } = await octokit.rest.repos.getReleaseByTag({ ...AT, tag: "v1" });
  expect([data.id, data.immutable]).toEqual([id, true]);
  const again = await publish(octokit, id);
  expect(again.data.published_at).toBe(data.published_at);
  const published = scene.stage.history.filter((effect) => effect.what === "publish release");
  expect(published).toHaveLength(1);
});

const ONE_WON = ["422", "nothing was refused"];

function byText(left: string, right: string): number {
  return left.localeCompare(right);
}

test("of two that race for a tag or an asset's name, one wins", async () => {
  await using scene = await startScene();
  const octokit = clientOf(scene, "alice");
  const ids = [await draft(octokit), await draft(octokit)];
  const refusals = await Promise.all(ids.map((id) => refusalOf(publish(octokit, id))));
  expect(refusals.map(([status]) => String(status)).toSorted(byText)).toEqual(ONE_WON);
  const [id = 0] = ids;
  const uploads = await Promise.all(
    ["1", "2"].map((data) => refusalOf(upload(octokit, id, "a", data))),
  );
  expect(uploads.map(([status]) => String(status)).toSorted(byText)).toEqual(ONE_WON);
  const assets = await octokit.rest.repos.listReleaseAssets({ ...AT, release_id: id });
  expect(assets.data).toHaveLength(1);
});

test("one like GitHub Enterprise Server takes uploads under /api/uploads", async () => {
  await using scene = await startScene();
  const ghes = await scene.stage.addGithubHost({ ghes: true });
  const repo = await ghes.createRepository(SLUG);
  await repo.commit({ branch: "main" });
  const token = ghes.issueToken({ permissions: { contents: "write" }, repositories: [SLUG] });
  const octokit = octokitFor(ghes, token);
  const { data } = await octokit.rest.repos.createRelease({ ...AT, tag_name: "v1" });
  expect(new URL(data.upload_url).pathname).toContain("/api/uploads/repos/octo/telemetry/");
  expect((await upload(octokit, data.id, "a", "1")).status).toBe(201);
});

const PULL = { labels: [], mergeCommit: "", author: "bob" };

async function startNotesScene(): Promise<Scene> {
  const scene = await startScene();
  await scene.repo.createTag("v1", scene.first);
  scene.repo.releases.setMergedPulls(() => [
    { ...PULL, number: 1, title: "Old", mergeCommit: scene.first },
    { ...PULL, number: 2, title: "Add x", mergeCommit: scene.head, isFirstContribution: true },
    { ...PULL, number: 3, title: "Fix y", mergeCommit: scene.head, labels: ["bug"] },
    { ...PULL, number: 4, title: "Bump z", mergeCommit: scene.head, labels: ["deps"] },
  ]);
  return scene;
}

const PULLS = `https://github.com/${SLUG}/pull`;

test("generates notes of what was merged since the previous tag", async () => {
  await using scene = await startNotesScene();
  const octokit = clientOf(scene, "alice");
  const notes = octokit.rest.repos.generateReleaseNotes;
  const { data } = await notes({ ...AT, tag_name: "v2", previous_tag_name: "v1" });
  expect(data.body.split("\n")).toEqual([
    "## What's Changed",
    `* Add x by @bob in ${PULLS}/2`,
    `* Fix y by @bob in ${PULLS}/3`,
    `* Bump z by @bob in ${PULLS}/4`,
    "",
    "## New Contributors",
    `* @bob made their first contribution in ${PULLS}/2`,
    "",
    `**Full Changelog**: https://github.com/${SLUG}/compare/v1...v2`,
  ]);
  const none = notes({ ...AT, tag_name: "v2", previous_tag_name: "none" });
  expect((await refusalOf(none))[0]).toBe(422);
});

test("sorts notes into the categories of the repository, and leaves out what it excludes", async () => {
  await using scene = await startNotesScene();
  const configuration = `changelog:
  exclude: { labels: [deps] }
  categories:
    - { title: Fixes, labels: [bug] }
`;
  const files = { ".github/release.yml": configuration };
  await scene.repo.commit({ branch: "main", files });
  const octokit = clientOf(scene, "alice");
  const { data } = await octokit.rest.repos.createRelease({
    ...AT,
    tag_name: "v2",
    body: "Hello.",
    generate_release_notes: true,
  });
  expect(data.name).toBe("v2");
  expect(data.body?.split("\n")).toEqual([
    "Hello.",
    "",
    "<!-- Release notes generated using configuration in .github/release.yml at main -->",
    "",
    "## What's Changed",
    "### Fixes",
    `* Fix y by @bob in ${PULLS}/3`,
    "### Other Changes",
    `* Old by @bob in ${PULLS}/1`,
    `* Add x by @bob in ${PULLS}/2`,
    "",
    "## New Contributors",
    `* @bob made their first contribution in ${PULLS}/2`,
    "",
    `**Full Changelog**: https://github.com/${SLUG}/commits/v2`,
  ]);
});
