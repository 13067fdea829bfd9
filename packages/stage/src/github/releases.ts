/**
 * Releases: list, read, create, publish, change, delete. Publishing is what makes a tag, and what
 * GitHub checks; a draft is hardly checked at all (specs.md 2.13).
 */
import { formatTime } from "../clock.ts";
import { actorOf, renderActor } from "./actors.ts";
import { resolveCommit } from "./commits.ts";
import { ApiError, type FieldError, notFound, validationFailed } from "./errors.ts";
import { idIn, pageThrough } from "./listing.ts";
import { type Call, nodeId, type OperationTable, type Reply } from "./operation.ts";
import { renderAsset } from "./release-asset-rendering.ts";
import { addReleaseAttestation } from "./release-attestation.ts";
import { generateNotes } from "./release-notes.ts";
import type { MakeLatest, Release, ReleaseFields } from "./releases-store.ts";
import { apiUrlOf, htmlUrlOf } from "./repositories.ts";
import { grants } from "./tokens.ts";

function error(code: FieldError["code"], field: string, message?: string): FieldError {
  return { resource: "Release", code, field, ...(message === undefined ? {} : { message }) };
}

const NEEDS_VALID_TAG: FieldError = {
  resource: "Release",
  code: "custom",
  message: "Published releases must have a valid tag",
};

const INVALID = error("custom", "tag_name", "tag_name is not a valid tag");
const MALFORMED = error("custom", "tag_name", "tag_name is not well-formed");

const BURNT = error("custom", "tag_name", "tag_name was used by an immutable release");

/** How GitHub says that a rule keeps the tag from being created. */
const RULED_OUT = error(
  "custom",
  "pre_receive",
  "pre_receive Repository rule violations found\n\nCannot create ref due to creations being " +
    "restricted.\n\n",
);

function renderRelease(call: Call, release: Release): object {
  const url = apiUrlOf(call, `/releases/${release.id}`);
  const tag = encodeURIComponent(release.tagName);
  // A draft's page has a name of its own, because the tag is not its own yet.
  const page = release.isDraft ? `untagged-${release.id.toString(16).padStart(20, "0")}` : tag;
  const { uploadsUrl } = call.addresses;
  const uploads = `${uploadsUrl}/repos/${call.repository.slug}/releases/${release.id}/assets`;
  return {
    url,
    assets_url: `${url}/assets`,
    upload_url: `${uploads}{?name,label}`,
    html_url: htmlUrlOf(call, `/releases/tag/${page}`),
    id: release.id,
    author: renderActor(call.addresses, release.author),
    node_id: nodeId("Release", release.id),
    tag_name: release.tagName,
    target_commitish: release.targetCommitish,
    name: release.name,
    draft: release.isDraft,
    immutable: release.isImmutable,
    prerelease: release.isPrerelease,
    created_at: formatTime(release.createdAt),
    updated_at: formatTime(release.updatedAt),
    published_at: release.publishedAt === null ? null : formatTime(release.publishedAt),
    assets: call.repository.releases.assetsOf(release.id).map((asset) => renderAsset(call, asset)),
    tarball_url: release.isDraft ? null : apiUrlOf(call, `/tarball/${tag}`),
    zipball_url: release.isDraft ? null : apiUrlOf(call, `/zipball/${tag}`),
    body: release.body,
  };
}

/** Drafts are shown to those who may push, and to nobody else. */
function seesDrafts(call: Call): boolean {
  return grants(call.caller, call.repository.slug, "contents", "write");
}

/** @throws ApiError 404 for one that is not there, or that the caller does not see */
export function releaseOf(call: Call): Release {
  const release = call.repository.releases.release(idIn(call.params, "release_id"));
  if (release === undefined || (release.isDraft && !seesDrafts(call))) throw notFound();
  return release;
}

async function listReleases(call: Call): Promise<Reply> {
  const isSeen = (release: Release): boolean => !release.isDraft || seesDrafts(call);
  const releases = call.repository.releases.readList().filter(isSeen);
  const page = pageThrough(apiUrlOf(call, "/releases"), call.query, releases);
  const body = page.shown.map((release) => renderRelease(call, release));
  return { status: 200, body, headers: page.headers };
}

async function getRelease(call: Call): Promise<Reply> {
  return { status: 200, body: renderRelease(call, releaseOf(call)) };
}

async function getReleaseByTag(call: Call): Promise<Reply> {
  const release = call.repository.releases.publishedAs(call.params["tag"] ?? "");
  if (release === undefined) throw notFound();
  return { status: 200, body: renderRelease(call, release) };
}

async function getLatestRelease(call: Call): Promise<Reply> {
  const release = call.repository.releases.latest;
  if (release === undefined) throw notFound();
  return { status: 200, body: renderRelease(call, release) };
}

async function commitDate(call: Call, commit: string): Promise<Date> {
  const [data] = await call.repository.git.commits([commit]);
  return new Date((data?.committer.seconds ?? 0) * 1000);
}

/**
 * A workflow's own token makes no release of a commit whose workflows are not those of the default
 * branch, and is told that there is nothing (specs.md 2.13).
 */
async function assertNoForeignWorkflows(call: Call, commit: string): Promise<void> {
  if (call.caller.is !== "bearer" || call.caller.grant.kind !== "job") return;
  const head = (await call.refs()).get(`refs/heads/${call.repository.defaultBranch}`);
  if (head === undefined || head === commit) return;
  const changes = await call.repository.git.changes(head, commit);
  if (changes.some((change) => change.path.startsWith(".github/workflows/"))) throw notFound();
}

/**
 * Sees to the tag of a release that is to be published; returns the date of its commit.
 * @throws ApiError 422 with all that is wrong with tag and target
 */
async function claimTag(call: Call, fields: ReleaseFields, self?: Release): Promise<Date> {
  const { repository, caller } = call;
  const { tagName, targetCommitish } = fields;
  const ref = `refs/tags/${tagName}`;
  const other = repository.releases.publishedAs(tagName);
  if (other !== undefined && other.id !== self?.id) {
    throw validationFailed(error("already_exists", "tag_name"));
  }
  const refs = await repository.refs();
  if (refs.size === 0) {
    throw validationFailed({
      resource: "Release",
      code: "custom",
      message: "Repository is empty.",
    });
  }
  const tagged = refs.get(ref);
  if (tagged !== undefined) {
    if (repository.releases.isBurnt(ref)) throw validationFailed(BURNT);
    const commit = await repository.git.peelToCommit(tagged);
    if (commit !== undefined) return commitDate(call, commit);
  }
  if (tagName === "" || !(await repository.git.isRefName(ref))) {
    throw validationFailed(INVALID, MALFORMED, NEEDS_VALID_TAG);
  }
  if (repository.releases.isBurnt(ref)) throw validationFailed(RULED_OUT, BURNT, NEEDS_VALID_TAG);
  const commit = await resolveTarget(call, targetCommitish);
  if (commit === undefined) {
    throw validationFailed(INVALID, NEEDS_VALID_TAG, error("invalid", "target_commitish"));
  }
  if (repository.ruleAgainst(ref, caller.identity) !== undefined) {
    throw validationFailed(RULED_OUT, NEEDS_VALID_TAG);
  }
  await assertNoForeignWorkflows(call, commit);
  if (!(await repository.git.moveRef(ref, undefined, commit))) {
    throw validationFailed(INVALID, NEEDS_VALID_TAG);
  }
  call.record({ what: "create ref", ref, before: undefined, after: commit });
  return commitDate(call, commit);
}

/** A branch's name or a commit's full id; tags and full ref names are refused. */
async function resolveTarget(call: Call, target: string): Promise<string | undefined> {
  const branch = (await call.repository.refs()).get(`refs/heads/${target}`);
  if (branch !== undefined) return branch;
  return /^[0-9a-f]{40}$/.test(target) ? resolveCommit(call, target) : undefined;
}

/** What can be no part of any name. @throws ApiError 422, for a draft as well */
function assertText(tagName: string): void {
  if (/\p{Cc}/u.test(tagName) || !tagName.isWellFormed()) {
    throw validationFailed(INVALID, MALFORMED);
  }
}

function textAt(call: Call, name: string): string | undefined {
  const value = call.body[name];
  return typeof value === "string" ? value : undefined;
}

function makeLatestOf(call: Call): MakeLatest | undefined {
  const value = textAt(call, "make_latest");
  return value === "true" || value === "false" || value === "legacy" ? value : undefined;
}

/** What follows from being published. */
async function publish(call: Call, release: Release, how: MakeLatest | undefined): Promise<void> {
  const { releases } = call.repository;
  if (!release.isPrerelease) releases.setLatest(release.id, how ?? "true");
  call.record({ what: "publish release", before: undefined, after: release.tagName });
  if (release.isImmutable) await addReleaseAttestation(call, release);
}

async function createRelease(call: Call): Promise<Reply> {
  const { repository, body } = call;
  const tagName = textAt(call, "tag_name") ?? "";
  assertText(tagName);
  const target = textAt(call, "target_commitish") ?? "";
  const targetCommitish = target === "" ? repository.defaultBranch : target;
  const notes =
    body["generate_release_notes"] === true
      ? await generateNotes(call, { tagName, targetCommitish })
      : undefined;
  const given = textAt(call, "body");
  const fields: ReleaseFields = {
    tagName,
    targetCommitish,
    name: textAt(call, "name") ?? notes?.name ?? null,
    body: notes === undefined ? (given ?? null) : [given, notes.body].filter(Boolean).join("\n\n"),
    isDraft: body["draft"] === true,
    isPrerelease: body["prerelease"] === true,
  };
  return repository.exclusively(async () => {
    const author = actorOf(call.caller);
    const createdAt = fields.isDraft ? undefined : await claimTag(call, fields);
    if (fields.isDraft && tagName === "")
      throw validationFailed(error("missing_field", "tag_name"));
    const release = repository.releases.create({
      ...fields,
      author,
      ...(createdAt === undefined ? {} : { createdAt }),
    });
    call.record({ what: "create release", before: undefined, after: String(release.id) });
    if (!release.isDraft) await publish(call, release, makeLatestOf(call));
    const headers = { location: apiUrlOf(call, `/releases/${release.id}`) };
    return { status: 201, body: renderRelease(call, release), headers };
  });
}

/** What of an immutable release stays as it is. @throws ApiError 422 when it is to change */
function assertImmutableStays(release: Release, fields: ReleaseFields): void {
  if (fields.tagName !== release.tagName) {
    const message = "tag_name cannot be changed on an immutable release";
    throw validationFailed(error("custom", "tag_name", message));
  }
  if (fields.isDraft) {
    const message = "draft cannot be set on an immutable release";
    throw validationFailed(error("custom", "draft", message));
  }
}

async function updateRelease(call: Call): Promise<Reply> {
  const { repository, body } = call;
  return repository.exclusively(async () => {
    const before = releaseOf(call);
    const fields: ReleaseFields = {
      tagName: textAt(call, "tag_name") ?? before.tagName,
      targetCommitish: textAt(call, "target_commitish") ?? before.targetCommitish,
      name: textAt(call, "name") ?? before.name,
      body: textAt(call, "body") ?? before.body,
      isDraft: typeof body["draft"] === "boolean" ? body["draft"] : before.isDraft,
      isPrerelease:
        typeof body["prerelease"] === "boolean" ? body["prerelease"] : before.isPrerelease,
    };
    assertText(fields.tagName);
    if (before.isImmutable) assertImmutableStays(before, fields);
    const isPublishing = before.isDraft && !fields.isDraft;
    const isRetagged = !fields.isDraft && fields.tagName !== before.tagName;
    const createdAt = isPublishing || isRetagged ? await claimTag(call, fields, before) : undefined;
    const release = repository.releases.update(before.id, {
      ...fields,
      ...(createdAt === undefined ? {} : { createdAt }),
    });
    call.record({ what: "update release", before: before.tagName, after: release.tagName });
    const how = makeLatestOf(call);
    if (isPublishing) await publish(call, release, how);
    else if (how !== undefined) repository.releases.setLatest(release.id, how);
    return { status: 200, body: renderRelease(call, release) };
  });
}

async function deleteRelease(call: Call): Promise<Reply> {
  const release = releaseOf(call);
  for (const content of call.repository.releases.delete(release.id)) {
    await call.host.blobs.remove(content.id);
  }
  call.record({ what: "delete release", before: release.tagName, after: undefined });
  return { status: 204, body: "" };
}

async function createNotes(call: Call): Promise<Reply> {
  assertText(textAt(call, "tag_name") ?? "");
  const previousTagName = textAt(call, "previous_tag_name");
  const configuration = textAt(call, "configuration_file_path");
  const notes = await generateNotes(call, {
    tagName: textAt(call, "tag_name") ?? "",
    targetCommitish: textAt(call, "target_commitish") ?? call.repository.defaultBranch,
    ...(previousTagName === undefined ? {} : { previousTagName }),
    ...(configuration === undefined ? {} : { configuration }),
  });
  if (notes === undefined) throw new ApiError(422, "Invalid previous_tag parameter");
  return { status: 200, body: notes };
}

const read = { permission: "contents", level: "read" } as const;
const write = { permission: "contents", level: "write" } as const;

export const releaseOperations = {
  "GET /repos/{owner}/{repo}/releases": { ...read, handle: listReleases },
  "POST /repos/{owner}/{repo}/releases": { ...write, handle: createRelease },
  "POST /repos/{owner}/{repo}/releases/generate-notes": { ...write, handle: createNotes },
  "GET /repos/{owner}/{repo}/releases/latest": { ...read, handle: getLatestRelease },
  "GET /repos/{owner}/{repo}/releases/tags/{tag}": { ...read, handle: getReleaseByTag },
  "GET /repos/{owner}/{repo}/releases/{release_id}": { ...read, handle: getRelease },
  "PATCH /repos/{owner}/{repo}/releases/{release_id}": { ...write, handle: updateRelease },
  "DELETE /repos/{owner}/{repo}/releases/{release_id}": { ...write, handle: deleteRelease },
} satisfies OperationTable;
