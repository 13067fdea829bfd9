/**
 * One bucket: its settings, its objects with all their versions, and the rules for changing them. A
 * change is checked and made in one step, so that of two at once one finds the other's effect.
 */
import { readFile } from "node:fs/promises";
import type { Change } from "../history.ts";
import type { Clock } from "./clock.ts";
import { type Content, ContentDraft } from "./content.ts";
import { conditionNotMet, invalid, noSuchObject } from "./errors.ts";
import { listPage, type ListRequest } from "./listing.ts";
import { changeFields, flagIn, type JsonObject, NO_FIELDS, textIn } from "./metadata.ts";
import { assertObjectName } from "./object-names.ts";
import { assertPreconditions, type Preconditions, type Versioned } from "./preconditions.ts";
import { assertNotKept, changeRetention } from "./retention.ts";
import {
  type BucketOptions,
  bucketResource,
  type BucketSettings,
  changeSettings,
  firstSettings,
  lockPolicy,
} from "./settings.ts";
import type { StoragePermission } from "./tokens.ts";
import { objectResource, type ObjectResource, type ObjectVersion, stateOf } from "./versions.ts";

interface BucketPlace {
  readonly name: string;
  /** Told once the service has its port. */
  origin(): string;
  readonly clock: Clock;
  /** Where contents are. */
  readonly directory: string;
  /** Larger than all before. */
  nextGeneration(): bigint;
  record(who: string, change: Change): void;
}

/** An object that is complete but for being in the bucket. */
export interface NewObject {
  readonly name: string;
  readonly content: Content;
  /** What the request said of it. */
  readonly body: JsonObject;
  /** Where the body names no content type. */
  readonly contentType: string | undefined;
}

/** Whose change it is, on which conditions, and what else it must be permitted to. */
export interface Terms {
  readonly who: string;
  readonly preconditions: Preconditions;
  /** @throws StorageError when this needs a permission that is missing */
  authorize(permission: StoragePermission): void;
}

const NO_CONDITIONS: Preconditions = {
  generationMatch: undefined,
  generationNotMatch: undefined,
  metagenerationMatch: undefined,
  metagenerationNotMatch: undefined,
};

/** The terms of the scene: whatever is possible, nothing asked. */
function sceneTerms(who: string): Terms {
  return { who, preconditions: NO_CONDITIONS, authorize: () => undefined };
}

export class Bucket {
  readonly name: string;
  readonly allUsers: ReadonlySet<StoragePermission>;
  readonly #place: BucketPlace;
  /** By name, oldest first. Of each name at most the last is live. */
  readonly #versions = new Map<string, readonly ObjectVersion[]>();
  #softDeleted: readonly ObjectVersion[] = [];
  #settings: BucketSettings;

  constructor(place: BucketPlace, options: BucketOptions) {
    this.name = place.name;
    this.allUsers = new Set(options.allUsers);
    this.#place = place;
    this.#settings = firstSettings(options, place.nextGeneration(), place.clock.now());
    this.#record("scene", "create bucket", undefined, undefined, stateOf(this.#settings));
  }

  // What there is, straight from the store.

  /** The time of its service. */
  get clock(): Clock {
    return this.#place.clock;
  }

  /** Where contents of this bucket are written. */
  get contentDirectory(): string {
    return this.#place.directory;
  }

  /** The version of that generation, current or not, or the live one. */
  find(name: string, generation?: bigint): ObjectVersion | undefined {
    const versions = this.#versions.get(name) ?? [];
    if (generation !== undefined) return versions.find((found) => found.generation === generation);
    const last = versions.at(-1);
    return last?.timeDeleted === undefined ? last : undefined;
  }

  /** The resource of the live object, or of a generation; undefined when there is none. */
  object(name: string, generation?: string): ObjectResource | undefined {
    const found = this.find(name, generation === undefined ? undefined : BigInt(generation));
    return found === undefined ? undefined : this.resourceOf(found);
  }

  /** The resources of all versions of an object, oldest first. */
  versionsOf(name: string): readonly ObjectResource[] {
    return (this.#versions.get(name) ?? []).map((version) => this.resourceOf(version));
  }

  /** The names of the live objects, in no order that means anything. */
  get names(): readonly string[] {
    return [...this.#versions.keys()].filter((name) => this.find(name) !== undefined);
  }

  /** The bytes of the live object, or of a generation. @throws Error when there is none */
  async read(name: string, generation?: string): Promise<Buffer> {
    const found = this.find(name, generation === undefined ? undefined : BigInt(generation));
    if (found === undefined) throw new Error(`${this.name} has no ${name} of that generation`);
    return readFile(found.content.file);
  }

  resourceOf(version: ObjectVersion): ObjectResource {
    return objectResource(version, {
      origin: this.#place.origin(),
      bucket: this.name,
      policy: this.#settings.policy,
    });
  }

  /** The resource of the bucket itself. */
  resource(): JsonObject {
    return bucketResource(this.#settings, {
      name: this.name,
      origin: this.#place.origin(),
      isPublic: this.allUsers.size > 0,
    });
  }

  /** Of the bucket, for preconditions. */
  get state(): Versioned {
    return this.#settings;
  }

  list(request: ListRequest, which: "live" | "versions" | "soft-deleted") {
    return listPage(this.#listed(which), request);
  }

  // Changing objects.

  /** Puts an object there for the scene, held to the same rules as everybody. */
  async put(
    name: string,
    bytes: string | Uint8Array,
    { as = "scene", ...body }: { readonly as?: string; readonly [field: string]: unknown } = {},
  ): Promise<ObjectResource> {
    assertObjectName(name);
    const draft = new ContentDraft(this.#place.directory);
    await draft.append(Buffer.from(bytes));
    const content = await draft.finish();
    const made = this.insert({ name, content, body, contentType: undefined }, sceneTerms(as));
    return this.resourceOf(made);
  }

  /**
   * Makes a new live version ("Objects: insert"). A precondition is held against what is there now,
   * and before retention is.
   *
   * @throws StorageError 304, 400, 403 or 412, and nothing is changed
   */
  insert({ name, content, body, contentType }: NewObject, terms: Terms): ObjectVersion {
    assertChecksums(content, textIn(body, "crc32c"), textIn(body, "md5Hash"));
    const { policy, defaultEventBasedHold, versioning } = this.#settings;
    const now = this.#place.clock.now();
    const live = this.find(name);
    assertPreconditions(terms.preconditions, live);
    if (live !== undefined) {
      terms.authorize("storage.objects.delete");
      assertNotKept(live, policy, this.#removal(live, versioning));
    }
    const eventBasedHold = flagIn(body, "eventBasedHold") ?? (defaultEventBasedHold || undefined);
    const retention =
      body["retention"] === undefined
        ? undefined
        : changeRetention(undefined, body["retention"], {
            now,
            isEnabled: this.#settings.objectRetention,
            overridesUnlocked: false,
          });
    if (retention !== undefined) terms.authorize("storage.objects.setRetention");
    assertOneKeeper(retention, eventBasedHold);
    const made: ObjectVersion = {
      name,
      content,
      fields: changeFields(
        { ...NO_FIELDS, texts: { contentType: contentType ?? "application/octet-stream" } },
        body,
      ),
      generation: this.#place.nextGeneration(),
      metageneration: 1n,
      timeCreated: now,
      updated: now,
      timeDeleted: undefined,
      softDeleted: undefined,
      temporaryHold: flagIn(body, "temporaryHold"),
      eventBasedHold,
      retention,
      retentionStart: now,
    };
    if (live !== undefined) this.#retire(live, versioning);
    this.#versions.set(name, [...(this.#versions.get(name) ?? []), made]);
    const what = live === undefined ? "create object" : "replace object";
    this.#record(terms.who, what, name, live && stateOf(live), stateOf(made));
    return made;
  }

  /** Changes what is said of a version ("Objects: patch"). @throws StorageError */
  patch(
    found: ObjectVersion,
    body: JsonObject,
    terms: Terms,
    overridesUnlocked = false,
  ): ObjectVersion {
    assertPreconditions(terms.preconditions, found);
    if (body["retention"] !== undefined) terms.authorize("storage.objects.setRetention");
    if (overridesUnlocked) terms.authorize("storage.objects.overrideUnlockedRetention");
    const now = this.#place.clock.now();
    const eventBasedHold = flagIn(body, "eventBasedHold") ?? found.eventBasedHold;
    const retention =
      body["retention"] === undefined
        ? found.retention
        : changeRetention(found.retention, body["retention"], {
            now,
            isEnabled: this.#settings.objectRetention,
            overridesUnlocked,
          });
    assertOneKeeper(retention, eventBasedHold);
    const isReleased = found.eventBasedHold === true && eventBasedHold !== true;
    const changed: ObjectVersion = {
      ...found,
      fields: changeFields(found.fields, body),
      metageneration: found.metageneration + 1n,
      updated: now,
      temporaryHold: flagIn(body, "temporaryHold") ?? found.temporaryHold,
      eventBasedHold,
      retention,
      // The period of the policy starts anew ("Object holds", event-based holds).
      retentionStart: isReleased ? now : found.retentionStart,
    };
    this.#replace(found, changed);
    this.#record(terms.who, "update object", found.name, stateOf(found), stateOf(changed));
    return changed;
  }

  /**
   * Deletes the live version, which becomes noncurrent in a versioned bucket; or the version of the
   * generation for good ("Object Versioning").
   *
   * @throws StorageError 304, 403, 404 or 412
   */
  delete(name: string, generation: bigint | undefined, terms: Terms): void {
    const found = this.find(name, generation);
    if (found === undefined) throw noSuchObject(this.name, name);
    assertPreconditions(terms.preconditions, found);
    const isArchived = this.#settings.versioning && generation === undefined;
    assertNotKept(found, this.#settings.policy, this.#removal(found, isArchived));
    this.#retire(found, isArchived);
    const what = isArchived ? "archive object" : "delete object";
    this.#record(terms.who, what, name, stateOf(found), isArchived ? stateOf(found) : undefined);
  }

  /** Makes a new live version of a soft-deleted one ("Objects: restore"). @throws StorageError */
  restore(name: string, generation: bigint, terms: Terms): ObjectVersion {
    const found = this.findSoftDeleted(name, generation);
    if (found === undefined) throw noSuchObject(this.name, name);
    const { contentType, ...texts } = found.fields.texts;
    const body = { ...texts, metadata: found.fields.custom };
    return this.insert({ name, content: found.content, body, contentType }, terms);
  }

  findSoftDeleted(name: string, generation: bigint): ObjectVersion | undefined {
    return this.#listed("soft-deleted").find(
      (version) => version.name === name && version.generation === generation,
    );
  }

  // Changing the bucket.

  /** @throws StorageError 304, 400, 403 or 412 */
  patchSettings(body: JsonObject, { preconditions, who }: Terms): void {
    const before = this.#settings;
    assertPreconditions(preconditions, before);
    this.#settings = changeSettings(this.name, before, body, this.#place.clock.now());
    this.#record(who, "update bucket", undefined, stateOf(before), stateOf(this.#settings));
  }

  /** Never undone. @throws StorageError 400 without a policy to lock, 412 */
  lockRetentionPolicy(who: string, ifMetagenerationMatch: bigint): void {
    const before = this.#settings;
    if (ifMetagenerationMatch !== before.metageneration) throw conditionNotMet();
    this.#settings = lockPolicy(before, this.#place.clock.now());
    this.#record(who, "lock retention policy", undefined, stateOf(before), stateOf(this.#settings));
  }

  #listed(which: "live" | "versions" | "soft-deleted"): readonly ObjectVersion[] {
    if (which === "soft-deleted") {
      const now = this.#place.clock.now();
      return this.#softDeleted.filter(({ softDeleted }) => (softDeleted?.until ?? 0) > now);
    }
    const all = [...this.#versions.values()].flat();
    return which === "versions" ? all : all.filter((found) => found.timeDeleted === undefined);
  }

  #removal(found: ObjectVersion, becomesNoncurrent: boolean) {
    const now = this.#place.clock.now();
    return { path: `${this.name}/${found.name}`, now, becomesNoncurrent };
  }

  #replace(found: ObjectVersion, changed: ObjectVersion | undefined): void {
    const versions = (this.#versions.get(found.name) ?? []).flatMap((version) =>
      version.generation !== found.generation ? [version] : changed === undefined ? [] : [changed],
    );
    if (versions.length === 0) this.#versions.delete(found.name);
    else this.#versions.set(found.name, versions);
  }

  /** Takes a version out of the way: noncurrent, restorable for a while, or gone. */
  #retire(found: ObjectVersion, isArchived: boolean): void {
    const now = this.#place.clock.now();
    if (isArchived) {
      this.#replace(found, { ...found, timeDeleted: now });
      return;
    }
    this.#replace(found, undefined);
    const { softDeleteSeconds } = this.#settings;
    if (softDeleteSeconds > 0) {
      const softDeleted = { at: now, until: now + softDeleteSeconds * 1000 };
      this.#softDeleted = [...this.#softDeleted, { ...found, softDeleted }];
    }
  }

  #record(
    who: string,
    what: string,
    ref: string | undefined,
    before: string | undefined,
    after: string | undefined,
  ): void {
    this.#place.record(who, { what, ...(ref === undefined ? {} : { ref }), before, after });
  }
}

/** @throws StorageError 400 when a checksum the client sent is not that of what arrived */
export function assertChecksums(
  content: Content,
  crc32c: string | undefined,
  md5Hash: string | undefined,
): void {
  if (crc32c !== undefined && crc32c !== content.crc32c) {
    throw invalid(
      `Provided CRC32C "${crc32c}" doesn't match calculated CRC32C "${content.crc32c}".`,
    );
  }
  if (md5Hash !== undefined && md5Hash !== content.md5Hash) {
    throw invalid(
      `Provided MD5 hash "${md5Hash}" doesn't match calculated MD5 hash "${content.md5Hash}".`,
    );
  }
}

/** @throws StorageError 400 */
function assertOneKeeper(retention: unknown, eventBasedHold: boolean | undefined): void {
  if (retention !== undefined && eventBasedHold === true) {
    throw invalid("Retention and event based holds cannot be configured together.");
  }
}
