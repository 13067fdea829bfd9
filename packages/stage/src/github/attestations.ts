/** Attestations: stored as often as they are sent, found by the digest of what they are about. */
import type { Attestation } from "./attestations-store.ts";
import { readStatement } from "./attestations-store.ts";
import { ApiError, notFound } from "./errors.ts";
import { idIn } from "./listing.ts";
import type { Call, HostCall, HostOperationTable, OperationTable, Reply } from "./operation.ts";
import { RELEASE_PREDICATE } from "./release-attestation.ts";
import { apiUrlOf } from "./repositories.ts";
import { grants } from "./tokens.ts";

/** The address of a bundle lives this long. */
const LINK_MS = 60 * 60_000;

/** Short words a client may ask with, for the types they stand for (docs.github.com). */
const PREDICATES: Readonly<Record<string, readonly string[]>> = {
  provenance: ["https://slsa.dev/provenance/v1"],
  sbom: ["https://spdx.dev/Document", "https://cyclonedx.org/bom"],
  release: [RELEASE_PREDICATE],
};

async function createAttestation(call: Call): Promise<Reply> {
  const bundle = call.body["bundle"];
  const statement = readStatement(bundle);
  if (statement === undefined) {
    throw new ApiError(422, "Invalid attestation bundle", { errors: [] });
  }
  const { id } = call.repository.attestations.add(bundle);
  const after = statement.subjects.join(" ");
  call.record({ what: "create attestation", before: undefined, after });
  return { status: 201, body: { id } };
}

async function renderAttestation(call: Call, attestation: Attestation): Promise<object> {
  const content = Buffer.from(JSON.stringify(attestation.bundle));
  const blob = await call.host.blobs.write([content]);
  const signing = { lifeMs: LINK_MS, contentType: "application/json" };
  return {
    bundle: attestation.bundle,
    repository_id: call.repository.id,
    bundle_url: call.host.addressOf(blob.id, signing),
    initiator: attestation.initiator,
  };
}

function isOfType(attestation: Attestation, asked: string | null): boolean {
  if (asked === null) return true;
  const types = PREDICATES[asked] ?? [asked];
  return types.some((type) =>
    asked === "sbom"
      ? attestation.predicateType.startsWith(type)
      : attestation.predicateType === type,
  );
}

/** Cursors say nothing to clients; these are the id of the item they point behind. */
function cursorOf(attestation: Attestation): string {
  return Buffer.from(`attestation:${attestation.id}`).toString("base64url");
}

function sizeIn(query: URLSearchParams): number {
  const asked = Number(query.get("per_page") ?? 30);
  return Number.isInteger(asked) && asked > 0 ? Math.min(asked, 100) : 30;
}

interface CursorPage {
  readonly shown: readonly Attestation[];
  readonly headers: Readonly<Record<string, string>>;
}

/** Pages by `before` and `after`. A cursor that points at nothing starts at the beginning. */
function pageByCursor(
  url: string,
  query: URLSearchParams,
  all: readonly Attestation[],
): CursorPage {
  const size = sizeIn(query);
  const placeOf = (name: string): number =>
    all.findIndex((attestation) => cursorOf(attestation) === query.get(name));
  const before = placeOf("before");
  const start = before >= 0 ? Math.max(0, before - size) : placeOf("after") + 1;
  const end = before >= 0 ? before : start + size;
  const shown = all.slice(start, end);
  const to = (name: "after" | "before", item: Attestation | undefined): string => {
    const search = new URLSearchParams(query);
    search.delete("after");
    search.delete("before");
    if (item !== undefined) search.set(name, cursorOf(item));
    return `<${url}?${search.toString()}>; rel="${name === "after" ? "next" : "prev"}"`;
  };
  const links = [
    ...(start > 0 ? [to("before", shown[0])] : []),
    ...(end < all.length ? [to("after", shown.at(-1))] : []),
  ];
  return { shown, headers: links.length === 0 ? {} : { link: links.join(", ") } };
}

async function listAttestations(call: Call): Promise<Reply> {
  const subject = call.params["subject_digest"] ?? "";
  const found = call.repository.attestations.lookUp(subject);
  if (found.length === 0) throw notFound();
  const asked = call.query.get("predicate_type");
  const wanted = found.filter((attestation) => isOfType(attestation, asked));
  // Encoded, because octokit takes `:name` in an address for a parameter of its own.
  const url = apiUrlOf(call, `/attestations/${encodeURIComponent(subject)}`);
  const { shown, headers } = pageByCursor(url, call.query, wanted);
  const attestations = await Promise.all(shown.map((item) => renderAttestation(call, item)));
  return { status: 200, body: { attestations }, headers };
}

/** Deletes what is meant, in whichever of the owner's repositories the caller may. */
function deleteMeant(call: HostCall, isMeant: (attestation: Attestation) => boolean): Reply {
  const owner = call.params["org"] ?? call.params["username"] ?? "";
  let deleted = 0;
  for (const repository of call.repositoriesOf(owner)) {
    if (!grants(call.caller, repository.slug, "attestations", "write")) continue;
    for (const { id } of repository.attestations.all.filter(isMeant)) {
      repository.attestations.delete(id);
      deleted += 1;
      const what = "delete attestation";
      repository.record(call.caller.identity, { what, before: String(id), after: undefined });
    }
  }
  if (deleted === 0) throw notFound();
  return { status: 204, body: "" };
}

async function deleteAttestation(call: HostCall): Promise<Reply> {
  const id = idIn(call.params, "attestation_id");
  return deleteMeant(call, (attestation) => attestation.id === id);
}

async function deleteByDigest(call: HostCall): Promise<Reply> {
  const subject = call.params["subject_digest"] ?? "";
  return deleteMeant(call, (attestation) => attestation.subjects.includes(subject));
}

export const attestationOperations = {
  "POST /repos/{owner}/{repo}/attestations": {
    permission: "attestations",
    level: "write",
    handle: createAttestation,
  },
  "GET /repos/{owner}/{repo}/attestations/{subject_digest}": {
    permission: "attestations",
    level: "read",
    handle: listAttestations,
  },
} satisfies OperationTable;

export const organizationAttestationOperations = {
  "DELETE /orgs/{org}/attestations/{attestation_id}": {
    isAnonymous: false,
    handle: deleteAttestation,
  },
  "DELETE /orgs/{org}/attestations/digest/{subject_digest}": {
    isAnonymous: false,
    handle: deleteByDigest,
  },
  "DELETE /users/{username}/attestations/digest/{subject_digest}": {
    isAnonymous: false,
    handle: deleteByDigest,
  },
  "DELETE /users/{username}/attestations/{attestation_id}": {
    isAnonymous: false,
    handle: deleteAttestation,
  },
} satisfies HostOperationTable;
