/**
 * What keeps an object from being deleted or replaced: its bucket's retention policy ("Bucket
 * Lock"), its own retention ("Object Retention Lock") and holds ("Object holds"). Pure rules; the
 * metadata of a kept object stays editable.
 */
import { forbidden, invalid, retentionNotMet, type StorageError } from "./errors.ts";

/** 100 years, the longest retention of either kind ("Quotas and limits"). */
const MAX_RETENTION_SECONDS = 3_155_760_000;

export interface ObjectRetention {
  readonly mode: "Locked" | "Unlocked";
  /** Milliseconds since 1970. */
  readonly retainUntil: number;
}

export interface RetentionPolicy {
  readonly seconds: number;
  /** Milliseconds since 1970. */
  readonly effectiveTime: number;
  readonly isLocked: boolean;
}

/** Of an object, what retention goes by. Holds are undefined until they are set once. */
export interface Kept {
  readonly temporaryHold: boolean | undefined;
  readonly eventBasedHold: boolean | undefined;
  readonly retention: ObjectRetention | undefined;
  /** Creation, or the last release of an event-based hold: the policy's period counts from here. */
  readonly retentionStart: number;
}

/** Until when an object is kept; undefined without retention, or while a hold defers the policy. */
export function retentionEnd(kept: Kept, policy: RetentionPolicy | undefined): number | undefined {
  const ends: number[] = [];
  if (kept.retention !== undefined) ends.push(kept.retention.retainUntil);
  if (policy !== undefined && kept.eventBasedHold !== true) {
    ends.push(kept.retentionStart + policy.seconds * 1000);
  }
  return ends.length === 0 ? undefined : Math.max(...ends);
}

/** In messages Google gives the time of its headquarters, in microseconds. */
function formatPacificTime(ms: number): string {
  return new Date(ms - 7 * 3_600_000).toISOString().replace("Z", "000-07:00");
}

interface Removal {
  /** `bucket/name`, for the message. */
  readonly path: string;
  readonly now: number;
  /** A live version of a versioned bucket is not lost: retention permits that, a hold does not. */
  readonly becomesNoncurrent: boolean;
}

/** @throws StorageError 403 when the object may not be deleted, replaced or made noncurrent */
export function assertNotKept(
  kept: Kept,
  policy: RetentionPolicy | undefined,
  { path, now, becomesNoncurrent }: Removal,
): void {
  const hold =
    kept.temporaryHold === true
      ? "Temporary"
      : kept.eventBasedHold === true
        ? "Event-Based"
        : undefined;
  if (hold !== undefined) {
    // The documented reason is objectUnderActiveHold; what the service sends is this.
    throw forbidden(
      `Object '${path}' is under active ${hold} hold and cannot be deleted, overwritten or ` +
        "archived until hold is removed.",
    );
  }
  const end = retentionEnd(kept, policy);
  if (becomesNoncurrent || end === undefined || now >= end) return;
  throw retentionNotMet(
    `Object '${path}' is subject to bucket's retention policy or object retention and cannot be ` +
      `deleted or overwritten until ${formatPacificTime(end)}`,
  );
}

/** RFC 3339 with a zone. @throws StorageError 400 */
function parseRetainUntil(text: string): number {
  const isTimestamp = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/i.test(
    text,
  );
  const time = isTimestamp ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) {
    throw invalid(
      "Parse Error: Invalid value for type.googleapis.com/google.protobuf.Timestamp field: " +
        "'Field 'retainUntilTime', Illegal timestamp format; timestamps must end with 'Z' or " +
        "have a valid timezone offset.'.",
    );
  }
  return time;
}

/**
 * The `retention` of a request; undefined when it asks for none.
 *
 * @throws StorageError 400 for what Cloud Storage does not take
 */
function parseRetention(value: unknown, now: number): ObjectRetention | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value !== "object") throw invalid("Invalid value for: retention");
  const mode: unknown = Reflect.get(value, "mode");
  const until: unknown = Reflect.get(value, "retainUntilTime");
  if (mode === null && until === null) return undefined;
  const both = "Both mode and retain until time are required.";
  if (typeof mode !== "string") throw invalid(`Missing retention mode. ${both}`);
  if (typeof until !== "string") throw invalid(`Missing retain until time. ${both}`);
  if (mode !== "Locked" && mode !== "Unlocked") {
    throw invalid(`Invalid value for: ${mode} is not a valid value`);
  }
  const retainUntil = parseRetainUntil(until);
  if (retainUntil <= now) throw invalid("Retain until time cannot be in the past.");
  if (retainUntil > now + MAX_RETENTION_SECONDS * 1000) {
    throw invalid("Retain until time cannot be more than 100 years in the future.");
  }
  return { mode, retainUntil };
}

function unlockedIsKept(): StorageError {
  return forbidden(
    "The unlocked object retention cannot be removed and its retention period cannot be shortened " +
      "without overriding unlocked retention intent and permission.",
  );
}

function lockedIsKept(): StorageError {
  return forbidden(
    "The locked object retention cannot be removed. Its retention mode cannot be changed and its " +
      "retention period cannot be shortened.",
  );
}

interface RetentionChange {
  readonly now: number;
  /** Whether the bucket was created with object retention. */
  readonly isEnabled: boolean;
  /** `overrideUnlockedRetention=true`, which goes with a permission of its own. */
  readonly overridesUnlocked: boolean;
}

/**
 * The retention after a request asked for `value`. Extending is free; shortening, removing or
 * locking an unlocked one is overriding it; a locked one is only ever extended.
 *
 * @throws StorageError 400 for a bad request, 403 for one against the rules
 */
export function changeRetention(
  current: ObjectRetention | undefined,
  value: unknown,
  { now, isEnabled, overridesUnlocked }: RetentionChange,
): ObjectRetention | undefined {
  if (typeof value === "object" && value !== null && Object.keys(value).length === 0) {
    return current;
  }
  const isRemoval = parseIsRemoval(value);
  if (!isRemoval && !isEnabled) throw invalid("Object retention is not enabled on the bucket.");
  const next = parseRetention(value, now);
  if (current === undefined) return next;
  const isLoosened = next === undefined || next.retainUntil < current.retainUntil;
  if (current.mode === "Locked") {
    if (isLoosened || next.mode !== "Locked") throw lockedIsKept();
  } else if ((isLoosened || next.mode === "Locked") && !overridesUnlocked) {
    throw unlockedIsKept();
  }
  return next;
}

function parseIsRemoval(value: unknown): boolean {
  return (
    value === null ||
    (typeof value === "object" &&
      Reflect.get(value, "mode") === null &&
      Reflect.get(value, "retainUntilTime") === null)
  );
}

/** A period as a bucket has it. @throws StorageError 400 */
export function parsePeriod(value: unknown): number {
  const text = typeof value === "number" ? String(value) : value;
  const seconds = typeof text === "string" && /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(seconds >= 1 && seconds <= MAX_RETENTION_SECONDS)) {
    throw invalid("Retention policy duration must be greater than zero and less than 100 years.");
  }
  return seconds;
}

/**
 * The policy after a request asked for `seconds`, or for none. A locked one only grows.
 *
 * @throws StorageError 403
 */
export function changePolicy(
  bucket: string,
  current: RetentionPolicy | undefined,
  seconds: number | undefined,
  now: number,
): RetentionPolicy | undefined {
  if (current?.isLocked === true) {
    if (seconds === undefined) {
      throw retentionNotMet(
        `Bucket '${bucket}' has a locked Retention Policy which cannot be removed.`,
      );
    }
    if (seconds < current.seconds) {
      throw forbidden(
        "Cannot reduce retention duration of a locked Retention Policy for bucket " +
          `'${bucket}'.`,
      );
    }
  }
  if (seconds === undefined) return undefined;
  const isSame = seconds === current?.seconds;
  return {
    seconds,
    effectiveTime: isSame ? current.effectiveTime : now,
    isLocked: current?.isLocked ?? false,
  };
}
