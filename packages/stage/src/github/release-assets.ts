/** Assets of releases: uploaded at the host's second origin, read, renamed, deleted. */
import { BlobTooLarge, type StoredBlob } from "../artifacts/blob-store.ts";
import { actorOf } from "./actors.ts";
import { ApiError, type FieldError, notFound, validationFailed } from "./errors.ts";
import { idIn, pageThrough } from "./listing.ts";
import type { Call, OperationTable, Reply } from "./operation.ts";
import { renderAsset } from "./release-asset-rendering.ts";
import type { Asset, Release } from "./releases-store.ts";
import { releaseOf } from "./releases.ts";
import { apiUrlOf } from "./repositories.ts";
import { grants } from "./tokens.ts";

/** The address of an asset's content lives this long. */
const LINK_MS = 5 * 60_000;

const REST_DOCS = "https://docs.github.com/rest";

/**
 * The name GitHub stores an asset under: special characters become dots, never two in a row and
 * none at an end. As the gh client predicts it (cli/cli, pkg/cmd/release/shared/upload.go).
 */
export function assetNameOf(name: string): string {
  const plain = name.normalize("NFD").replaceAll(/\p{Mn}/gu, "");
  const started = plain.startsWith(".") ? `default${plain}` : plain;
  const dotted = started
    .replaceAll(/[^a-zA-Z0-9\-_+@]+/g, ".")
    .replaceAll(/\.{2,}/g, ".")
    .replaceAll(/^\.|\.$/g, "");
  return name !== dotted && !dotted.includes(".") ? `default.${dotted}` : dotted;
}

function error(code: FieldError["code"], field: string, message?: string): FieldError {
  return { resource: "ReleaseAsset", code, field, ...(message === undefined ? {} : { message }) };
}

/** @throws ApiError 422 when the release's assets are as they are for ever */
function assertMutable(release: Release, verb: "delete" | "update" | "upload"): void {
  if (!release.isImmutable) return;
  const message =
    verb === "upload"
      ? "Cannot upload assets to an immutable release."
      : `Cannot ${verb} assets of an immutable release.`;
  throw new ApiError(422, message, { documentation: REST_DOCS });
}

/** @throws ApiError 422 when another asset of the release has the name */
function assertFree(call: Call, releaseId: number, name: string, self?: Asset): void {
  const taken = call.repository.releases
    .assetsOf(releaseId)
    .some((asset) => asset.name === name && asset.id !== self?.id);
  if (taken) throw validationFailed(error("already_exists", "name"));
}

/** An asset is smaller than 2 GiB (docs.github.com, "About releases"). */
const MAX_BYTES = 2 * 1024 * 1024 * 1024;

/** Undefined for one that is too large. */
async function store(call: Call): Promise<StoredBlob | undefined> {
  try {
    return await call.host.blobs.write(call.content, { maxBytes: MAX_BYTES });
  } catch (reason) {
    if (reason instanceof BlobTooLarge) return undefined;
    throw reason;
  }
}

/**
 * The name is taken from the first byte on. An upload that is cut therefore leaves a starter, which
 * holds the name until somebody deletes it.
 */
async function uploadAsset(call: Call): Promise<Reply> {
  const { releases } = call.repository;
  const release = releaseOf(call);
  assertMutable(release, "upload");
  const given = call.query.get("name") ?? "";
  if (given === "") throw validationFailed(error("missing_field", "name"));
  const { contentType } = call;
  if (contentType === "") {
    throw validationFailed(error("custom", "content_type", "content_type can't be blank"));
  }
  const name = assetNameOf(given);
  assertFree(call, release.id, name);
  const starter = releases.addStarter({
    releaseId: release.id,
    name,
    label: call.query.get("label") ?? "",
    contentType,
    uploader: actorOf(call.caller),
  });
  const content = await store(call);
  if (content === undefined || content.size === 0) {
    releases.deleteAsset(starter.id);
    if (content !== undefined) await call.host.blobs.remove(content.id);
    const bound =
      content === undefined ? `less than or equal to ${MAX_BYTES}` : "greater than or equal to 1";
    throw validationFailed(error("custom", "size", `size must be ${bound}`));
  }
  // The release may have been published or deleted, and the starter deleted, while this came.
  const isFrozen = releases.release(release.id)?.isImmutable !== false;
  const asset = isFrozen ? undefined : releases.finishAsset(starter.id, content);
  if (asset === undefined) {
    await call.host.blobs.remove(content.id);
    assertMutable(releaseOf(call), "upload");
    throw notFound();
  }
  call.record({ what: "create asset", before: undefined, after: `sha256:${content.sha256}` });
  return { status: 201, body: renderAsset(call, asset) };
}

async function listAssets(call: Call): Promise<Reply> {
  const release = releaseOf(call);
  const assets = call.repository.releases.assetsOf(release.id);
  const url = apiUrlOf(call, `/releases/${release.id}/assets`);
  const page = pageThrough(url, call.query, assets);
  const body = page.shown.map((asset) => renderAsset(call, asset));
  return { status: 200, body, headers: page.headers };
}

/** @throws ApiError 404 for one that is not there, or in a draft that the caller does not see */
function assetOf(call: Call): { asset: Asset; release: Release } {
  const { releases, slug } = call.repository;
  const asset = releases.asset(idIn(call.params, "asset_id"));
  const release = asset === undefined ? undefined : releases.release(asset.releaseId);
  if (asset === undefined || release === undefined) throw notFound();
  if (release.isDraft && !grants(call.caller, slug, "contents", "write")) throw notFound();
  return { asset, release };
}

async function getAsset(call: Call): Promise<Reply> {
  const { asset } = assetOf(call);
  if (!call.accept.includes("application/octet-stream")) {
    return { status: 200, body: renderAsset(call, asset) };
  }
  if (asset.content === undefined) throw notFound();
  call.repository.releases.updateAsset(asset.id, { downloads: asset.downloads + 1 });
  const location = call.host.addressOf(asset.content.id, {
    lifeMs: LINK_MS,
    contentType: "application/octet-stream",
    fileName: asset.name,
  });
  return { status: 302, body: "", headers: { location, "content-type": "text/html" } };
}

async function updateAsset(call: Call): Promise<Reply> {
  const { asset, release } = assetOf(call);
  assertMutable(release, "update");
  const name = call.body["name"];
  const label = call.body["label"];
  if (typeof name === "string") assertFree(call, release.id, assetNameOf(name), asset);
  const changed = call.repository.releases.updateAsset(asset.id, {
    ...(typeof name === "string" ? { name: assetNameOf(name) } : {}),
    ...(typeof label === "string" ? { label } : {}),
  });
  call.record({ what: "update asset", before: asset.name, after: changed.name });
  return { status: 200, body: renderAsset(call, changed) };
}

async function deleteAsset(call: Call): Promise<Reply> {
  const { asset, release } = assetOf(call);
  assertMutable(release, "delete");
  call.repository.releases.deleteAsset(asset.id);
  if (asset.content !== undefined) await call.host.blobs.remove(asset.content.id);
  call.record({ what: "delete asset", before: asset.name, after: undefined });
  return { status: 204, body: "" };
}

const read = { permission: "contents", level: "read" } as const;
const write = { permission: "contents", level: "write" } as const;

export const releaseAssetOperations = {
  "GET /repos/{owner}/{repo}/releases/{release_id}/assets": { ...read, handle: listAssets },
  "POST /repos/{owner}/{repo}/releases/{release_id}/assets": {
    ...write,
    isUpload: true,
    handle: uploadAsset,
  },
  "GET /repos/{owner}/{repo}/releases/assets/{asset_id}": { ...read, handle: getAsset },
  "PATCH /repos/{owner}/{repo}/releases/assets/{asset_id}": { ...write, handle: updateAsset },
  "DELETE /repos/{owner}/{repo}/releases/assets/{asset_id}": { ...write, handle: deleteAsset },
} satisfies OperationTable;
