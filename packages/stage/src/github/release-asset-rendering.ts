/** How an asset is shown, in its release and by itself. */
import { formatTime } from "../clock.ts";
import { renderActor } from "./actors.ts";
import { type Call, nodeId } from "./operation.ts";
import type { Asset } from "./releases-store.ts";
import { apiUrlOf, htmlUrlOf } from "./repositories.ts";

export function renderAsset(call: Call, asset: Asset): object {
  const release = call.repository.releases.release(asset.releaseId);
  const tag = encodeURIComponent(release?.tagName ?? "");
  const name = encodeURIComponent(asset.name);
  return {
    url: apiUrlOf(call, `/releases/assets/${asset.id}`),
    id: asset.id,
    node_id: nodeId("ReleaseAsset", asset.id),
    name: asset.name,
    label: asset.label,
    uploader: renderActor(call.addresses, asset.uploader),
    content_type: asset.contentType,
    state: asset.state,
    size: asset.content?.size ?? 0,
    digest: asset.content === undefined ? null : `sha256:${asset.content.sha256}`,
    download_count: asset.downloads,
    created_at: formatTime(asset.createdAt),
    updated_at: formatTime(asset.updatedAt),
    browser_download_url: htmlUrlOf(call, `/releases/download/${tag}/${name}`),
  };
}
