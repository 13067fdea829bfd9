import { expect, test } from "vitest";
import { clientOf, refusalOf } from "./runs-scene.ts";
import { AT, SLUG, startScene } from "./scene.ts";

const SUBJECT = `sha256:${"a".repeat(64)}`;
const PROVENANCE = "https://slsa.dev/provenance/v1";

function bundleOf(predicateType = PROVENANCE, n = 0): { [key: string]: unknown } {
  const statement = {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: "x", digest: { sha256: "a".repeat(64) } }],
    predicateType,
    predicate: { n },
  };
  return {
    mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
    verificationMaterial: {},
    dsseEnvelope: {
      payload: Buffer.from(JSON.stringify(statement)).toString("base64"),
      payloadType: "application/vnd.in-toto+json",
      signatures: [{ sig: "" }],
    },
  };
}

test("the same bundle stored twice is there twice, newest first, inline and by address", async () => {
  await using scene = await startScene();
  const { rest } = clientOf(scene, "alice");
  const first = await rest.repos.createAttestation({ ...AT, bundle: bundleOf() });
  expect(first.status).toBe(201);
  const second = await rest.repos.createAttestation({ ...AT, bundle: bundleOf() });
  expect(second.data.id).not.toBe(first.data.id);
  const { data } = await rest.repos.listAttestations({ ...AT, subject_digest: SUBJECT });
  expect(data.attestations).toHaveLength(2);
  const [item] = data.attestations ?? [];
  expect(item).toMatchObject({ repository_id: scene.repo.id, bundle: bundleOf() });
  const address = String(Reflect.get(Object(item), "bundle_url"));
  expect(await (await fetch(address)).json()).toEqual(bundleOf());
});

test("finds nothing for a digest nobody attested, and filters by the predicate's type", async () => {
  await using scene = await startScene();
  const { rest } = clientOf(scene, "alice");
  const look = async (subject_digest: string, predicate_type?: string): Promise<number> => {
    const type = predicate_type === undefined ? {} : { predicate_type };
    const { data } = await rest.repos.listAttestations({ ...AT, subject_digest, ...type });
    return data.attestations?.length ?? 0;
  };
  expect(await refusalOf(look(SUBJECT))).toEqual([404, "Not Found"]);
  scene.repo.attestations.add(bundleOf());
  scene.repo.attestations.add(bundleOf("https://spdx.dev/Document/v2.3"));
  expect(await look(SUBJECT)).toBe(2);
  expect(await look(SUBJECT, "provenance")).toBe(1);
  expect(await look(SUBJECT, PROVENANCE)).toBe(1);
  expect(await look(SUBJECT, "sbom")).toBe(1);
  expect(await look(SUBJECT, "https://example.invalid/none")).toBe(0);
  expect((await refusalOf(look(`sha256:${"b".repeat(64)}`)))[0]).toBe(404);
});

test("pages forth and back by cursors", async () => {
  await using scene = await startScene();
  const octokit = clientOf(scene, "alice");
  for (let n = 0; n < 5; n++) scene.repo.attestations.add(bundleOf(PROVENANCE, n));
  const { rest } = octokit;
  const numbersOf = (data: { attestations?: { bundle?: unknown }[] }): readonly unknown[] =>
    (data.attestations ?? []).map(({ bundle }) => {
      const envelope: unknown = Reflect.get(Object(bundle), "dsseEnvelope");
      const payload = String(Reflect.get(Object(envelope), "payload"));
      return JSON.parse(Buffer.from(payload, "base64").toString()).predicate.n;
    });
  const at = { ...AT, subject_digest: SUBJECT, per_page: 2 };
  const one = await rest.repos.listAttestations(at);
  expect(numbersOf(one.data)).toEqual([4, 3]);
  const linkIn = (link: string | undefined, rel: string): string =>
    new RegExp(`<([^>]*)>; rel="${rel}"`).exec(link ?? "")?.[1] ?? "";
  const two = await octokit.request(`GET ${linkIn(one.headers.link, "next")}`);
  expect(numbersOf(two.data)).toEqual([2, 1]);
  const three = await octokit.request(`GET ${linkIn(two.headers.link, "next")}`);
  expect(numbersOf(three.data)).toEqual([0]);
  const back = await octokit.request(`GET ${linkIn(three.headers.link, "prev")}`);
  expect(numbersOf(back.data)).toEqual([2, 1]);
});

test("the index lags behind by as many look-ups as the scene says", async () => {
  await using scene = await startScene();
  scene.repo.attestations.setIndexLag(2);
  const { rest } = clientOf(scene, "alice");
  await rest.repos.createAttestation({ ...AT, bundle: bundleOf() });
  const look = async (): Promise<unknown> =>
    rest.repos.listAttestations({ ...AT, subject_digest: SUBJECT });
  expect((await refusalOf(look()))[0]).toBe(404);
  expect((await refusalOf(look()))[0]).toBe(404);
  expect(await refusalOf(look())).toEqual(["nothing was refused"]);
});

test("refuses a bundle that states nothing, and a token without the permission", async () => {
  await using scene = await startScene();
  const { rest } = clientOf(scene, "alice");
  const payload = Buffer.from("{}").toString("base64");
  const empty = { ...bundleOf(), dsseEnvelope: { payload } };
  const asked = rest.repos.createAttestation({ ...AT, bundle: empty });
  expect((await refusalOf(asked))[0]).toBe(422);
  const reader = clientOf(scene, "bob", { attestations: "read" });
  const forbidden = reader.rest.repos.createAttestation({ ...AT, bundle: bundleOf() });
  const message = "Resource not accessible by personal access token";
  expect(await refusalOf(forbidden)).toEqual([403, message]);
});

test("all attestations of a digest are deleted at once", async () => {
  await using scene = await startScene();
  scene.repo.attestations.add(bundleOf());
  scene.repo.attestations.add(bundleOf());
  const octokit = clientOf(scene, "alice");
  const path = "DELETE /users/{username}/attestations/digest/{subject_digest}";
  const at = { username: "octo", subject_digest: SUBJECT };
  expect((await octokit.request(path, at)).status).toBe(204);
  expect(scene.repo.attestations.all).toEqual([]);
  expect((await refusalOf(octokit.request(path, at)))[0]).toBe(404);
});

test("an attestation is deleted by its id, by those who may write them", async () => {
  await using scene = await startScene();
  const { id } = scene.repo.attestations.add(bundleOf());
  const path = "DELETE /orgs/{org}/attestations/{attestation_id}";
  const at = { org: "octo", attestation_id: id };
  const reader = clientOf(scene, "bob", { attestations: "read" });
  expect((await refusalOf(reader.request(path, at)))[0]).toBe(404);
  const octokit = clientOf(scene, "alice");
  expect((await octokit.request(path, at)).status).toBe(204);
  expect(scene.repo.attestations.all).toEqual([]);
  expect(scene.stage.history.at(-1)).toMatchObject({
    what: "delete attestation",
    who: "alice",
    repository: SLUG,
  });
});
