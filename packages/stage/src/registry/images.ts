/** Images for a scene: small, valid (image-spec 1.1), and the same bytes in every run. */
import { type Descriptor, OCI_INDEX, OCI_MANIFEST } from "./manifests.ts";
import { digestOf } from "./names.ts";

export interface ImageOptions {
  /** What its one layer holds; another content is another digest. */
  readonly content?: string;
  /** `os/architecture`. With more than one it is an index of an image for each. */
  readonly platforms?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  /** What it refers to. */
  readonly subject?: Descriptor;
  readonly artifactType?: string;
}

export interface BuiltManifest {
  readonly mediaType: string;
  readonly bytes: Buffer;
}

export interface BuiltImage {
  readonly blobs: readonly Buffer[];
  /** Manifests that come before the one that names them. */
  readonly children: readonly BuiltManifest[];
  readonly manifest: BuiltManifest;
}

const DEFAULT_PLATFORM = "linux/amd64";

function descriptorOf(mediaType: string, bytes: Buffer): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

function jsonOf(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function buildOne(options: ImageOptions, platform: string): BuiltImage {
  const [os = "", architecture = ""] = platform.split("/");
  const layer = Buffer.from(`${options.content ?? "content"} for ${platform}\n`);
  const config = jsonOf({
    architecture,
    os,
    config: {},
    rootfs: { type: "layers", diff_ids: [digestOf(layer)] },
  });
  const { annotations, subject, artifactType } = options;
  const manifest = jsonOf({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    ...(artifactType === undefined ? {} : { artifactType }),
    config: descriptorOf("application/vnd.oci.image.config.v1+json", config),
    layers: [descriptorOf("application/vnd.oci.image.layer.v1.tar", layer)],
    ...(subject === undefined ? {} : { subject }),
    ...(annotations === undefined ? {} : { annotations }),
  });
  return {
    blobs: [config, layer],
    children: [],
    manifest: { mediaType: OCI_MANIFEST, bytes: manifest },
  };
}

export function buildImage(options: ImageOptions): BuiltImage {
  const { platforms = [DEFAULT_PLATFORM], annotations, subject, artifactType } = options;
  const [first = DEFAULT_PLATFORM, ...others] = platforms;
  if (others.length === 0) return buildOne(options, first);
  const { content } = options;
  const images = platforms.map((platform) =>
    buildOne(content === undefined ? {} : { content }, platform),
  );
  const index = jsonOf({
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    ...(artifactType === undefined ? {} : { artifactType }),
    manifests: images.map(({ manifest }, at) => {
      const [os, architecture] = (platforms[at] ?? "").split("/");
      return { ...descriptorOf(OCI_MANIFEST, manifest.bytes), platform: { architecture, os } };
    }),
    ...(subject === undefined ? {} : { subject }),
    ...(annotations === undefined ? {} : { annotations }),
  });
  return {
    blobs: images.flatMap(({ blobs }) => blobs),
    children: images.map(({ manifest }) => manifest),
    manifest: { mediaType: OCI_INDEX, bytes: index },
  };
}
