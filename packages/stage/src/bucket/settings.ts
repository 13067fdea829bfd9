/** What a bucket is set to, and how requests change it ("Buckets"). Values, never changed in place. */
import { formatTime } from "./clock.ts";
import { invalid, StorageError } from "./errors.ts";
import { flagIn, isJsonObject, type JsonObject } from "./metadata.ts";
import type { Versioned } from "./preconditions.ts";
import { changePolicy, parsePeriod, type RetentionPolicy } from "./retention.ts";
import type { StoragePermission } from "./tokens.ts";
import { etagOf } from "./versions.ts";

export interface BucketOptions {
  /** Every object is kept this long after its creation; locked, the period only ever grows. */
  readonly retention?: { readonly seconds: number; readonly locked?: boolean };
  /** Whether objects may have retention of their own. It is never turned on later. */
  readonly objectRetention?: boolean;
  /** Whether what is replaced or deleted stays as a noncurrent version. */
  readonly versioning?: boolean;
  /** For how many seconds what is deleted can be restored; 0, which is off, unless told. */
  readonly softDelete?: number;
  /** Whether new objects come with an event-based hold. */
  readonly defaultEventBasedHold?: boolean;
  /** What anybody may do, without a token. */
  readonly allUsers?: readonly StoragePermission[];
}

export interface BucketSettings extends Versioned {
  readonly policy: RetentionPolicy | undefined;
  readonly objectRetention: boolean;
  readonly versioning: boolean;
  readonly softDeleteSeconds: number;
  readonly defaultEventBasedHold: boolean;
  readonly timeCreated: number;
  readonly updated: number;
}

/** @throws StorageError for a period that no bucket has */
export function firstSettings(
  { retention, ...options }: BucketOptions,
  generation: bigint,
  now: number,
): BucketSettings {
  const policy = retention && {
    seconds: parsePeriod(retention.seconds),
    effectiveTime: now,
    isLocked: retention.locked ?? false,
  };
  return {
    generation,
    metageneration: 1n,
    policy,
    objectRetention: options.objectRetention ?? false,
    versioning: options.versioning ?? false,
    softDeleteSeconds: options.softDelete ?? 0,
    defaultEventBasedHold: options.defaultEventBasedHold ?? false,
    timeCreated: now,
    updated: now,
  };
}

/** What stands under a key: an object, null for its removal, undefined. @throws StorageError 400 */
function partIn(body: JsonObject, key: string): JsonObject | null | undefined {
  const value = body[key];
  if (value === undefined || value === null || isJsonObject(value)) return value;
  throw invalid(`Invalid value for: ${key}`);
}

/** Off, or 7 to 90 days ("Soft delete"). @throws StorageError 400 */
function parseSoftDelete(value: unknown): number {
  const seconds = typeof value === "string" && value !== "" ? Number(value) : value;
  const isPeriod = typeof seconds === "number" && seconds >= 604_800 && seconds <= 7_776_000;
  if (seconds === 0 || isPeriod) return seconds;
  throw invalid("Soft delete policy duration must be 0 or between 7 and 90 days.");
}

/** @throws StorageError 400 for a bad request, 403 for one against a locked policy */
export function changeSettings(
  bucket: string,
  settings: BucketSettings,
  body: JsonObject,
  now: number,
): BucketSettings {
  const wanted = partIn(body, "retentionPolicy");
  const period = wanted ? parsePeriod(wanted["retentionPeriod"]) : undefined;
  const versioning = partIn(body, "versioning");
  const softDelete = partIn(body, "softDeletePolicy");
  return {
    ...settings,
    policy:
      wanted === undefined ? settings.policy : changePolicy(bucket, settings.policy, period, now),
    versioning:
      versioning === undefined
        ? settings.versioning
        : versioning !== null && flagIn(versioning, "enabled") === true,
    softDeleteSeconds: softDelete
      ? parseSoftDelete(softDelete["retentionDurationSeconds"])
      : settings.softDeleteSeconds,
    defaultEventBasedHold: flagIn(body, "defaultEventBasedHold") ?? settings.defaultEventBasedHold,
    metageneration: settings.metageneration + 1n,
    updated: now,
  };
}

/**
 * Locks for ever ("Bucket Lock"). Doing so twice is refused as if there were no policy.
 *
 * @throws StorageError 400
 */
export function lockPolicy(settings: BucketSettings, now: number): BucketSettings {
  const { policy, metageneration } = settings;
  if (policy === undefined || policy.isLocked) {
    throw new StorageError(
      400,
      "badRequest",
      "You cannot lock a retention policy if the requested bucket doesn't have a retention policy.",
    );
  }
  return {
    ...settings,
    policy: { ...policy, isLocked: true },
    metageneration: metageneration + 1n,
    updated: now,
  };
}

/** The JSON of a bucket ("Buckets", resource representations). */
export function bucketResource(
  settings: BucketSettings,
  { name, origin, isPublic }: { name: string; origin: string; isPublic: boolean },
): JsonObject {
  const { policy, softDeleteSeconds, timeCreated } = settings;
  return {
    kind: "storage#bucket",
    id: name,
    selfLink: `${origin}/storage/v1/b/${name}`,
    name,
    projectNumber: "1",
    generation: String(settings.generation),
    metageneration: String(settings.metageneration),
    location: "EU",
    locationType: "multi-region",
    storageClass: "STANDARD",
    etag: etagOf(settings),
    timeCreated: formatTime(timeCreated),
    updated: formatTime(settings.updated),
    ...(policy === undefined
      ? {}
      : {
          retentionPolicy: {
            retentionPeriod: String(policy.seconds),
            effectiveTime: formatTime(policy.effectiveTime),
            ...(policy.isLocked ? { isLocked: true } : {}),
          },
        }),
    ...(settings.objectRetention ? { objectRetention: { mode: "Enabled" } } : {}),
    ...(settings.versioning ? { versioning: { enabled: true } } : {}),
    ...(settings.defaultEventBasedHold ? { defaultEventBasedHold: true } : {}),
    softDeletePolicy: {
      retentionDurationSeconds: String(softDeleteSeconds),
      ...(softDeleteSeconds > 0 ? { effectiveTime: formatTime(timeCreated) } : {}),
    },
    iamConfiguration: {
      uniformBucketLevelAccess: { enabled: true },
      publicAccessPrevention: isPublic ? "inherited" : "enforced",
    },
  };
}
