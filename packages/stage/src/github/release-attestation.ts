/** What GitHub itself attests of an immutable release: its tag and the digests of its assets. */
import type { Call } from "./operation.ts";
import type { Release } from "./releases-store.ts";

/** As GitHub writes it (specs.md 2.5). */
export const RELEASE_PREDICATE = "https://in-toto.io/attestation/release/v0.2";

const BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";

/** A bundle in form, which nothing can verify: what there is until a Sigstore is attached. */
function unsignedBundle(statement: object): object {
  const payload = Buffer.from(JSON.stringify(statement)).toString("base64");
  return {
    mediaType: BUNDLE,
    verificationMaterial: {},
    dsseEnvelope: { payload, payloadType: "application/vnd.in-toto+json", signatures: [] },
  };
}

/** Stores it; look-ups find it after as many of them as the scene says. */
export async function addReleaseAttestation(call: Call, release: Release): Promise<void> {
  const { repository } = call;
  const { releases } = repository;
  const refs = await repository.refs();
  const tagged = refs.get(`refs/tags/${release.tagName}`) ?? "";
  const purl = `pkg:github/${repository.slug}@${encodeURIComponent(release.tagName)}`;
  const statement = {
    _type: "https://in-toto.io/Statement/v1",
    subject: [
      // What the tag points at, the tag object where it is annotated: gh looks it up by this.
      { uri: purl, digest: { sha1: tagged } },
      ...releases
        .assetsOf(release.id)
        .flatMap(({ name, content }) =>
          content === undefined ? [] : [{ name, digest: { sha256: content.sha256 } }],
        ),
    ],
    predicateType: RELEASE_PREDICATE,
    predicate: {
      ownerId: String(repository.id),
      purl,
      releaseId: String(release.id),
      repository: repository.slug,
      repositoryId: String(repository.id),
      tag: release.tagName,
    },
  };
  const { attester } = releases;
  const bundle = attester === undefined ? unsignedBundle(statement) : await attester(statement);
  repository.attestations.add(bundle, { initiator: "github", lag: releases.attestationLag });
}
