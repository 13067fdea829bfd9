import { type Branded, ParseError } from "./parse.ts";

/** An OCI content digest, `sha256:<64 hex>` or `sha512:<128 hex>` (image-spec, descriptor.md). */
export type Digest = Branded<"Digest">;

/** Registry host, repository path and at least one of tag and digest. */
export interface ImageRef {
  /** Host, with port where one is given; always explicit, never Docker Hub by default. */
  readonly registry: string;
  /** Path inside the registry (distribution-spec, `<name>`). */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

/** @throws ParseError unless the text is a digest of a registered algorithm in lower-case hex. */
export function parseDigest(text: string): Digest {
  if (!/^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/.test(text)) {
    throw new ParseError("a digest like sha256:<64 lower-case hexadecimal digits>", text);
  }
  return text as Digest;
}

/** distribution-spec, "Pulling manifests": `<name>` and `<reference>`. */
const NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const HOST = new RegExp(String.raw`^(?:${LABEL}(?:\.${LABEL})*|\[[0-9a-f:]+\])(?::[1-9]\d{0,4})?$`);
const MAX_NAME_LENGTH = 255;

const EXPECTED =
  "an image like registry.example/team/app:1.2.3 or registry.example/team/app@sha256:<64 hex>";

/**
 * Reads `host[:port]/path[:tag][@digest]`. The host must be written out: a default registry would
 * make the same text mean two things.
 *
 * @throws ParseError unless the text is one, with a tag, a digest or both.
 */
export function parseImageRef(text: string): ImageRef {
  const slash = text.indexOf("/");
  const registry = text.slice(0, Math.max(slash, 0));
  const at = text.indexOf("@", slash);
  const beforeDigest = at === -1 ? text.slice(slash + 1) : text.slice(slash + 1, at);
  const colon = beforeDigest.indexOf(":");
  const repository = colon === -1 ? beforeDigest : beforeDigest.slice(0, colon);
  const tag = colon === -1 ? undefined : beforeDigest.slice(colon + 1);
  const looksLikeHost = /[.:]|^localhost$/.test(registry);
  if (
    !looksLikeHost ||
    !HOST.test(registry) ||
    registry.length + repository.length > MAX_NAME_LENGTH ||
    !NAME.test(repository) ||
    (tag !== undefined && !TAG.test(tag)) ||
    (tag === undefined && at === -1)
  ) {
    throw new ParseError(EXPECTED, text);
  }
  return {
    registry,
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(at === -1 ? {} : { digest: parseDigest(text.slice(at + 1)) }),
  };
}

export function formatImageRef(ref: ImageRef): string {
  const tag = ref.tag === undefined ? "" : `:${ref.tag}`;
  const digest = ref.digest === undefined ? "" : `@${ref.digest}`;
  return `${ref.registry}/${ref.repository}${tag}${digest}`;
}
