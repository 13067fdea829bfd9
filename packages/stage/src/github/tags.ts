/** Annotated tags as git objects. */
import type { TagData } from "../git-repository.ts";
import { notFound } from "./errors.ts";
import { type Call, nodeId, type OperationTable, type Reply } from "./operation.ts";
import { apiUrlOf } from "./repositories.ts";
import { formatDate, UNSIGNED } from "./signing.ts";

export function renderTag(call: Call, { sha, ...tag }: TagData): object {
  const { name = "", email = "", seconds = 0 } = tag.tagger ?? {};
  return {
    sha,
    node_id: nodeId("Tag", call.repository.id, sha),
    url: apiUrlOf(call, `/git/tags/${sha}`),
    tag: tag.tag,
    message: tag.message,
    tagger: { name, email, date: formatDate(seconds) },
    object: {
      sha: tag.object,
      type: tag.type,
      url: apiUrlOf(call, `/git/${tag.type}s/${tag.object}`),
    },
    verification: UNSIGNED,
  };
}

async function getTag(call: Call): Promise<Reply> {
  const sha = call.params["tag_sha"] ?? "";
  const tag = /^[0-9a-f]{40}$/.test(sha) ? await call.repository.git.tag(sha) : undefined;
  if (tag === undefined) throw notFound();
  return { status: 200, body: renderTag(call, tag) };
}

export const tagOperations = {
  "GET /repos/{owner}/{repo}/git/tags/{tag_sha}": {
    permission: "contents",
    level: "read",
    handle: getTag,
  },
} satisfies OperationTable;
