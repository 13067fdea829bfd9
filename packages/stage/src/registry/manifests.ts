/** What a registry reads of a manifest (image-spec 1.1). The bytes are kept as they came. */
import { manifestInvalid } from "./errors.ts";
import { tryParseDigest } from "./names.ts";

export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
const DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface ParsedManifest {
  readonly mediaType: string;
  /** Its own, or the media type of its config: what referrers are filtered by. */
  readonly artifactType: string | undefined;
  readonly annotations: Readonly<Record<string, string>> | undefined;
  readonly subject: string | undefined;
  /** Config and layers that a registry is to have. */
  readonly blobs: readonly string[];
  readonly children: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;

function recordOf(value: unknown, what: string): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw manifestInvalid(`${what} is no object`);
  }
  return Object.fromEntries(Object.entries(value));
}

function listOf(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw manifestInvalid(`${what} is no list`);
  return value;
}

function textOf(value: unknown, what: string): string | undefined {
  if (value !== undefined && typeof value !== "string") {
    throw manifestInvalid(`${what} is no text`);
  }
  return value;
}

function annotationsOf(value: unknown): Readonly<Record<string, string>> | undefined {
  if (value === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(recordOf(value, "annotations")).map(([key, text]): [string, string] => [
      key,
      textOf(text, `annotations.${key}`) ?? "",
    ]),
  );
}

interface ReadDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  /** Whether it may lie elsewhere: layers that must not be redistributed. */
  readonly isForeign: boolean;
}

function descriptorOf(value: unknown, what: string): ReadDescriptor {
  const { mediaType, digest, size, urls } = recordOf(value, what);
  if (typeof mediaType !== "string") throw manifestInvalid(`${what} has no mediaType`);
  if (typeof digest !== "string" || tryParseDigest(digest) === undefined) {
    throw manifestInvalid(`${what} has no digest`);
  }
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) {
    throw manifestInvalid(`${what} has no size`);
  }
  const isForeign =
    /nondistributable|foreign/.test(mediaType) || (Array.isArray(urls) && urls.length > 0);
  return { mediaType, digest, isForeign };
}

function descriptorsOf(value: unknown, what: string): readonly ReadDescriptor[] {
  return listOf(value, what).map((entry, at) => descriptorOf(entry, `${what}[${at}]`));
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    throw manifestInvalid("it is no JSON");
  }
}

/** @throws RegistryError MANIFEST_INVALID */
export function parseManifest(bytes: Buffer, contentType: string): ParsedManifest {
  const json = recordOf(parseJson(bytes), "the manifest");
  const mediaType = contentType.split(";", 1)[0]?.trim() ?? "";
  if (json["schemaVersion"] !== 2) throw manifestInvalid("schemaVersion is not 2");
  if (json["mediaType"] !== undefined && json["mediaType"] !== mediaType) {
    throw manifestInvalid(`mediaType is not the Content-Type, ${mediaType}`);
  }
  const { subject } = json;
  const common = {
    mediaType,
    annotations: annotationsOf(json["annotations"]),
    subject: subject === undefined ? undefined : descriptorOf(subject, "subject").digest,
  };
  const artifactType = textOf(json["artifactType"], "artifactType");
  switch (mediaType) {
    case OCI_MANIFEST:
    case DOCKER_MANIFEST: {
      const config = descriptorOf(json["config"], "config");
      const layers = descriptorsOf(json["layers"], "layers");
      return {
        ...common,
        artifactType: artifactType ?? config.mediaType,
        blobs: [config, ...layers.filter((layer) => !layer.isForeign)].map(({ digest }) => digest),
        children: [],
      };
    }
    case OCI_INDEX:
    case DOCKER_LIST:
      return {
        ...common,
        artifactType,
        blobs: [],
        children: descriptorsOf(json["manifests"], "manifests").map(({ digest }) => digest),
      };
    default:
      throw manifestInvalid(`${mediaType} is no type of a manifest`);
  }
}
