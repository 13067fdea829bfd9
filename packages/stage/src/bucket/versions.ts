import { formatTime } from "./clock.ts";
/** One version of an object, and the resources the API describes objects with. */
import type { Content } from "./content.ts";
import type { ObjectFields } from "./metadata.ts";
import type { Versioned } from "./preconditions.ts";
import { type Kept, retentionEnd, type RetentionPolicy } from "./retention.ts";

/** Never changed: a change of its metadata makes another value with the next metageneration. */
export interface ObjectVersion extends Kept, Versioned {
  readonly name: string;
  readonly content: Content;
  readonly fields: ObjectFields;
  readonly timeCreated: number;
  readonly updated: number;
  /** Since when it is noncurrent. */
  readonly timeDeleted: number | undefined;
  /** Since when it is deleted and can still be restored, and until when. */
  readonly softDeleted: { readonly at: number; readonly until: number } | undefined;
}

/** The JSON of an object ("Objects", resource representations). Numbers of 64 bits are texts. */
export interface ObjectResource {
  readonly kind: "storage#object";
  readonly name: string;
  readonly bucket: string;
  readonly generation: string;
  readonly metageneration: string;
  readonly size: string;
  readonly crc32c: string;
  readonly md5Hash: string;
  readonly timeCreated: string;
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly retention?: { readonly mode: "Locked" | "Unlocked"; readonly retainUntilTime: string };
  readonly retentionExpirationTime?: string;
  readonly temporaryHold?: boolean;
  readonly eventBasedHold?: boolean;
  readonly timeDeleted?: string;
  readonly [field: string]: unknown;
}

function varint(value: bigint): readonly number[] {
  return value < 128n ? [Number(value)] : [Number(value & 127n) | 128, ...varint(value >> 7n)];
}

/** Opaque to clients. To the service it is both numbers, each with its field number. */
export function etagOf({ generation, metageneration }: Versioned): string {
  return Buffer.from([8, ...varint(generation), 16, ...varint(metageneration)]).toString("base64");
}

/** `<generation>/<metageneration>`, for the history. */
export function stateOf({ generation, metageneration }: Versioned): string {
  return `${generation}/${metageneration}`;
}

interface Surroundings {
  readonly origin: string;
  readonly bucket: string;
  readonly policy: RetentionPolicy | undefined;
}

export function objectResource(
  version: ObjectVersion,
  { origin, bucket, policy }: Surroundings,
): ObjectResource {
  const { name, generation, metageneration, content, fields, softDeleted } = version;
  const path = `b/${bucket}/o/${encodeURIComponent(name)}`;
  const end = softDeleted === undefined ? retentionEnd(version, policy) : undefined;
  return {
    kind: "storage#object",
    id: `${bucket}/${name}/${generation}`,
    selfLink: `${origin}/storage/v1/${path}`,
    mediaLink: `${origin}/download/storage/v1/${path}?generation=${generation}&alt=media`,
    name,
    bucket,
    generation: String(generation),
    metageneration: String(metageneration),
    storageClass: "STANDARD",
    ...fields.texts,
    ...(fields.custom === undefined ? {} : { metadata: fields.custom }),
    size: String(content.size),
    md5Hash: content.md5Hash,
    crc32c: content.crc32c,
    etag: etagOf(version),
    ...(version.temporaryHold === undefined ? {} : { temporaryHold: version.temporaryHold }),
    ...(version.eventBasedHold === undefined ? {} : { eventBasedHold: version.eventBasedHold }),
    ...(version.retention === undefined
      ? {}
      : {
          retention: {
            mode: version.retention.mode,
            retainUntilTime: formatTime(version.retention.retainUntil),
          },
        }),
    ...(end === undefined ? {} : { retentionExpirationTime: formatTime(end) }),
    timeCreated: formatTime(version.timeCreated),
    timeFinalized: formatTime(version.timeCreated),
    timeStorageClassUpdated: formatTime(version.timeCreated),
    updated: formatTime(version.updated),
    ...(version.timeDeleted === undefined ? {} : { timeDeleted: formatTime(version.timeDeleted) }),
    ...(softDeleted === undefined
      ? {}
      : {
          softDeleteTime: formatTime(softDeleted.at),
          hardDeleteTime: formatTime(softDeleted.until),
        }),
  };
}
