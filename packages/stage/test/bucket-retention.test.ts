/** What keeps objects. Each test names the page of Google's documentation it goes by. */
import { expect, test } from "vitest";
import {
  askStorage,
  BUCKET,
  type BucketScene,
  EVERYTHING,
  refusalOf,
  startBucketScene,
} from "./bucket-scene.ts";

const DAY = 86_400;
const OBJECT = `/storage/v1/b/${BUCKET}/o/a`;
const OVERWRITE = `/upload/storage/v1/b/${BUCKET}/o?uploadType=media&name=a`;
const NOT_MET = { code: 403, reason: "retentionPolicyNotMet", message: expect.any(String) };

interface Answered {
  readonly code: number;
  readonly reason: unknown;
  readonly message: unknown;
}

/** Status, and what a refusal says. */
async function ask(
  { storage, token }: BucketScene,
  method: string,
  path: string,
  body?: string | object,
): Promise<Answered> {
  const text = typeof body === "object" ? JSON.stringify(body) : body;
  const answer = await askStorage(storage, path, { token, method, body: text });
  const said = await answer.text();
  const refusal: { error?: { message: string; errors: { reason: string }[] } } =
    answer.ok || said === "" ? {} : JSON.parse(said);
  const { message, errors } = refusal.error ?? {};
  return { code: answer.status, reason: errors?.[0]?.reason, message };
}

function inSeconds(scene: BucketScene, seconds: number): string {
  return new Date(scene.storage.now() + seconds * 1000).toISOString();
}

async function setRetention(scene: BucketScene, value: unknown, query = ""): Promise<Answered> {
  return ask(scene, "PATCH", `${OBJECT}${query}`, { retention: value });
}

test("a bucket's policy keeps every object for its period, and until then only ('Bucket Lock')", async () => {
  await using scene = await startBucketScene({ retention: { seconds: 30 * DAY } });
  const created = Date.parse((await scene.bucket.put("a", "x")).timeCreated);
  const end = new Date(created + 30 * DAY * 1000).toISOString();
  expect(scene.bucket.object("a")).toMatchObject({ retentionExpirationTime: end });
  const refused = await ask(scene, "DELETE", OBJECT);
  expect(refused).toEqual(NOT_MET);
  expect(refused.message).toMatch(
    /^Object 'evidence\/a' is subject to bucket's retention policy or object retention and cannot be deleted or overwritten until \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}-07:00$/,
  );
  expect(await ask(scene, "POST", OVERWRITE, "y")).toEqual(NOT_MET);
  await expect(scene.bucket.put("a", "y")).rejects.toThrow("retention policy");
  scene.storage.advance(30 * DAY - 60);
  expect(await ask(scene, "DELETE", OBJECT)).toEqual(NOT_MET);
  scene.storage.advance(61);
  expect(await ask(scene, "POST", OVERWRITE, "y")).toMatchObject({ code: 200 });
  // The new one is as old as itself.
  expect(await ask(scene, "DELETE", OBJECT)).toEqual(NOT_MET);
});

test("the metadata of a kept object may be changed, but the refusal changes nothing", async () => {
  await using scene = await startBucketScene({ retention: { seconds: DAY } });
  await scene.bucket.put("a", "x");
  const patched = await ask(scene, "PATCH", OBJECT, { metadata: { k: "v" } });
  expect(patched.code).toBe(200);
  const before = scene.stage.history.length;
  await ask(scene, "DELETE", OBJECT);
  await ask(scene, "POST", OVERWRITE, "y");
  expect(scene.stage.history).toHaveLength(before);
  expect(String(await scene.bucket.read("a"))).toBe("x");
  expect(scene.bucket.object("a")).toMatchObject({ metageneration: "2", metadata: { k: "v" } });
});

test("a condition is checked before retention is", async () => {
  await using scene = await startBucketScene({ retention: { seconds: DAY } });
  await scene.bucket.put("a", "x");
  const created = await ask(scene, "POST", `${OVERWRITE}&ifGenerationMatch=0`, "y");
  expect(created).toMatchObject({ code: 412, reason: "conditionNotMet" });
  const deleted = await ask(scene, "DELETE", `${OBJECT}?ifMetagenerationMatch=7`);
  expect(deleted).toMatchObject({ code: 412, reason: "conditionNotMet" });
});

test("a policy is set, changed and removed while it is not locked ('Use and lock retention policies')", async () => {
  await using scene = await startBucketScene();
  await scene.bucket.put("a", "x");
  const bucket = scene.client.bucket(BUCKET);
  await bucket.setRetentionPeriod(DAY);
  // It holds for what was there before, too.
  expect(await ask(scene, "DELETE", OBJECT)).toEqual(NOT_MET);
  const [metadata] = await bucket.getMetadata();
  expect(metadata).toMatchObject({
    metageneration: "2",
    retentionPolicy: { retentionPeriod: String(DAY), effectiveTime: expect.any(String) },
  });
  expect(metadata.retentionPolicy?.isLocked).toBeUndefined();
  await bucket.setRetentionPeriod(60);
  await bucket.removeRetentionPeriod();
  expect(await ask(scene, "DELETE", OBJECT)).toMatchObject({ code: 204 });
  const periods = ["0", "3155760001", "-1", "soon", null];
  for (const wrong of [
    ...periods.map((retentionPeriod) => ({ retentionPolicy: { retentionPeriod } })),
    { retentionPolicy: "none" },
    { versioning: { enabled: "yes" } },
    { softDeletePolicy: { retentionDurationSeconds: "60" } },
    { defaultEventBasedHold: 1 },
  ]) {
    const { code, reason } = await ask(scene, "PATCH", `/storage/v1/b/${BUCKET}`, wrong);
    expect([wrong, code, reason]).toEqual([wrong, 400, "invalid"]);
  }
});

test("a locked policy only grows, and nothing unlocks it ('Bucket Lock')", async () => {
  await using scene = await startBucketScene({ retention: { seconds: DAY } });
  const bucket = scene.client.bucket(BUCKET);
  const stale = await refusalOf(bucket.lock(7));
  expect(stale).toMatchObject({ code: 412, reason: "conditionNotMet" });
  await bucket.lock(1);
  expect(scene.bucket.resource()).toMatchObject({
    metageneration: "2",
    retentionPolicy: { isLocked: true },
  });
  expect(scene.stage.history.at(-1)).toMatchObject({
    what: "lock retention policy",
    repository: BUCKET,
    before: expect.stringMatching(/^\d{16}\/1$/),
    after: expect.stringMatching(/^\d{16}\/2$/),
  });
  expect(await refusalOf(bucket.setRetentionPeriod(60))).toMatchObject({
    code: 403,
    reason: "forbidden",
    message: `Cannot reduce retention duration of a locked Retention Policy for bucket '${BUCKET}'.`,
  });
  expect(await refusalOf(bucket.removeRetentionPeriod())).toMatchObject({
    code: 403,
    reason: "retentionPolicyNotMet",
    message: `Bucket '${BUCKET}' has a locked Retention Policy which cannot be removed.`,
  });
  await bucket.setRetentionPeriod(2 * DAY);
  expect(scene.bucket.resource()).toMatchObject({
    retentionPolicy: { retentionPeriod: String(2 * DAY), isLocked: true },
  });
  // A lock that is repeated after its answer was lost is refused, as if there were no policy.
  expect(await refusalOf(bucket.lock(3))).toMatchObject({ code: 400 });
});

test("locking takes the metageneration, and a policy to lock", async () => {
  await using scene = await startBucketScene();
  const path = `/storage/v1/b/${BUCKET}/lockRetentionPolicy`;
  expect(await ask(scene, "POST", path)).toMatchObject({ code: 400, reason: "required" });
  const without = await ask(scene, "POST", `${path}?ifMetagenerationMatch=1`);
  expect(without).toMatchObject({ code: 400, reason: "badRequest" });
});

test("object retention: locked, it is extended and nothing else ('Object Retention Lock')", async () => {
  await using scene = await startBucketScene({ objectRetention: true });
  await scene.bucket.put("a", "x");
  const retainUntilTime = inSeconds(scene, 2 * DAY);
  expect(await setRetention(scene, { mode: "Locked", retainUntilTime })).toMatchObject({
    code: 200,
  });
  const refused = {
    code: 403,
    reason: "forbidden",
    message:
      "The locked object retention cannot be removed. Its retention mode cannot be changed and " +
      "its retention period cannot be shortened.",
  };
  const shorter = { mode: "Locked", retainUntilTime: inSeconds(scene, DAY) };
  const override = "?overrideUnlockedRetention=true";
  for (const wanted of [shorter, { mode: "Unlocked", retainUntilTime }, null]) {
    expect(await setRetention(scene, wanted)).toEqual(refused);
    expect(await setRetention(scene, wanted, override)).toEqual(refused);
  }
  const longer = { mode: "Locked", retainUntilTime: inSeconds(scene, 3 * DAY) };
  expect(await setRetention(scene, longer)).toMatchObject({ code: 200 });
  // Nothing said is nothing changed.
  expect(await setRetention(scene, {})).toMatchObject({ code: 200 });
  expect(scene.bucket.object("a")).toMatchObject({ retention: longer });
  expect(await ask(scene, "DELETE", OBJECT)).toEqual(NOT_MET);
  expect(await ask(scene, "POST", OVERWRITE, "y")).toEqual(NOT_MET);
  scene.storage.advance(3 * DAY + 1);
  expect(await ask(scene, "DELETE", OBJECT)).toMatchObject({ code: 204 });
});

test("object retention: unlocked, it takes an override to shorten, remove or lock it", async () => {
  await using scene = await startBucketScene({ objectRetention: true });
  await scene.bucket.put("a", "x");
  const unlocked = (days: number): object => ({
    mode: "Unlocked",
    retainUntilTime: inSeconds(scene, days * DAY),
  });
  const override = "?overrideUnlockedRetention=true";
  expect(await setRetention(scene, unlocked(2))).toMatchObject({ code: 200 });
  expect(await setRetention(scene, unlocked(3))).toMatchObject({ code: 200 });
  expect(await ask(scene, "DELETE", OBJECT)).toEqual(NOT_MET);
  const locked = { mode: "Locked", retainUntilTime: inSeconds(scene, 4 * DAY) };
  for (const wanted of [unlocked(1), null, locked]) {
    expect(await setRetention(scene, wanted)).toMatchObject({ code: 403, reason: "forbidden" });
  }
  expect(await setRetention(scene, unlocked(1), override)).toMatchObject({ code: 200 });
  const nulls = { mode: null, retainUntilTime: null };
  expect(await setRetention(scene, nulls, override)).toMatchObject({ code: 200 });
  expect(scene.bucket.object("a")?.retention).toBeUndefined();
  expect(await setRetention(scene, unlocked(1))).toMatchObject({ code: 200 });
  expect(await setRetention(scene, locked, override)).toMatchObject({ code: 200 });
  expect(scene.bucket.object("a")).toMatchObject({ retention: locked });
});

test("object retention: what is no retention is refused in Google's words", async () => {
  await using scene = await startBucketScene({ objectRetention: true });
  await scene.bucket.put("a", "x");
  const soon = inSeconds(scene, DAY);
  const both = "Both mode and retain until time are required.";
  const wrong: readonly (readonly [unknown, string])[] = [
    [{ retainUntilTime: soon }, `Missing retention mode. ${both}`],
    [{ mode: "Locked" }, `Missing retain until time. ${both}`],
    [{ mode: "locked", retainUntilTime: soon }, "Invalid value for: locked is not a valid value"],
    [{ mode: "Locked", retainUntilTime: "2999-01-01" }, "Illegal timestamp format"],
    [{ mode: "Locked", retainUntilTime: "2999-01-01T00:00:00" }, "Illegal timestamp format"],
    [{ mode: "Locked", retainUntilTime: inSeconds(scene, -1) }, "cannot be in the past."],
    [{ mode: "Locked", retainUntilTime: inSeconds(scene, 101 * 366 * DAY) }, "100 years"],
    ["Locked", "Invalid value for: retention"],
  ];
  for (const [value, message] of wrong) {
    expect(await setRetention(scene, value)).toEqual({
      code: 400,
      reason: "invalid",
      message: expect.stringContaining(message),
    });
  }
  await using plain = await startBucketScene();
  await plain.bucket.put("a", "x");
  expect(await setRetention(plain, { mode: "Locked", retainUntilTime: soon })).toEqual({
    code: 400,
    reason: "invalid",
    message: "Object retention is not enabled on the bucket.",
  });
});

test("object retention: set with the upload, it holds from the first moment", async () => {
  await using scene = await startBucketScene({ objectRetention: true });
  const retention = { mode: "Locked", retainUntilTime: inSeconds(scene, DAY) };
  for (const resumable of [false, true]) {
    const name = `by ${resumable}`;
    await scene.file(name).save("x", { resumable, metadata: { retention } });
    expect(scene.bucket.object(name)).toMatchObject({ retention });
    expect(await refusalOf(scene.file(name).delete())).toMatchObject(NOT_MET);
  }
});

test("of a policy and an object's own retention, the later end counts", async () => {
  await using scene = await startBucketScene({
    objectRetention: true,
    retention: { seconds: DAY },
  });
  const { timeCreated } = await scene.bucket.put("a", "x");
  const byPolicy = new Date(Date.parse(timeCreated) + DAY * 1000).toISOString();
  await setRetention(scene, { mode: "Unlocked", retainUntilTime: inSeconds(scene, 60) });
  expect(scene.bucket.object("a")).toMatchObject({ retentionExpirationTime: byPolicy });
  const retainUntilTime = inSeconds(scene, 2 * DAY);
  await setRetention(scene, { mode: "Unlocked", retainUntilTime });
  expect(scene.bucket.object("a")).toMatchObject({ retentionExpirationTime: retainUntilTime });
});

test("a hold keeps an object for as long as it is on ('Object holds')", async () => {
  await using scene = await startBucketScene();
  await scene.bucket.put("a", "x");
  expect(scene.bucket.object("a")).not.toHaveProperty("temporaryHold");
  await scene.file("a").setMetadata({ temporaryHold: true });
  const refused = {
    code: 403,
    reason: "forbidden",
    message:
      "Object 'evidence/a' is under active Temporary hold and cannot be deleted, overwritten or " +
      "archived until hold is removed.",
  };
  expect(await ask(scene, "DELETE", OBJECT)).toEqual(refused);
  expect(await ask(scene, "POST", OVERWRITE, "y")).toEqual(refused);
  scene.storage.advance(1000 * DAY);
  expect(await ask(scene, "DELETE", OBJECT)).toEqual(refused);
  await scene.file("a").setMetadata({ temporaryHold: false });
  expect(scene.bucket.object("a")).toMatchObject({ temporaryHold: false });
  expect(await ask(scene, "DELETE", OBJECT)).toMatchObject({ code: 204 });
});

test("releasing an event-based hold starts the policy's period anew ('Object holds')", async () => {
  await using scene = await startBucketScene({
    retention: { seconds: DAY },
    defaultEventBasedHold: true,
  });
  await scene.bucket.put("a", "x");
  expect(scene.bucket.object("a")).toMatchObject({ eventBasedHold: true });
  expect(scene.bucket.object("a")).not.toHaveProperty("retentionExpirationTime");
  scene.storage.advance(10 * DAY);
  const held = await ask(scene, "DELETE", OBJECT);
  expect(held.message).toContain("is under active Event-Based hold");
  await scene.file("a").setMetadata({ eventBasedHold: false });
  expect(await ask(scene, "DELETE", OBJECT)).toEqual(NOT_MET);
  scene.storage.advance(DAY + 1);
  expect(await ask(scene, "DELETE", OBJECT)).toMatchObject({ code: 204 });
  await scene.bucket.put("b", "x", { eventBasedHold: false });
  expect(scene.bucket.object("b")).toMatchObject({ eventBasedHold: false });
});

test("retention of its own and an event-based hold do not go together", async () => {
  await using scene = await startBucketScene({ objectRetention: true });
  await scene.bucket.put("a", "x", { eventBasedHold: true });
  const retention = { mode: "Locked", retainUntilTime: inSeconds(scene, DAY) };
  expect(await setRetention(scene, retention)).toEqual({
    code: 400,
    reason: "invalid",
    message: "Retention and event based holds cannot be configured together.",
  });
});

test("with versioning a kept object becomes noncurrent, is found by generation, and stays", async () => {
  // "Object Retention Lock": an object that hasn't reached this time can still be made noncurrent.
  await using scene = await startBucketScene({ versioning: true, retention: { seconds: DAY } });
  const { generation } = await scene.bucket.put("a", "first");
  expect(await ask(scene, "POST", OVERWRITE, "second")).toMatchObject({ code: 200 });
  expect(await ask(scene, "DELETE", OBJECT)).toMatchObject({ code: 204 });
  expect(scene.bucket.names).toEqual([]);
  expect(scene.bucket.versionsOf("a")).toMatchObject([
    { generation, timeDeleted: expect.any(String) },
    { timeDeleted: expect.any(String) },
  ]);
  expect(String(await scene.bucket.read("a", generation))).toBe("first");
  const path = `${OBJECT}?generation=${generation}`;
  expect(await ask(scene, "DELETE", path)).toEqual(NOT_MET);
  scene.storage.advance(DAY + 1);
  expect(await ask(scene, "DELETE", path)).toMatchObject({ code: 204 });
  const done = scene.stage.history.map(({ what }) => what);
  expect(done.slice(1)).toEqual([
    "create object",
    "replace object",
    "archive object",
    "delete object",
  ]);
});

test("a hold keeps a live version from becoming noncurrent", async () => {
  await using scene = await startBucketScene({ versioning: true });
  await scene.bucket.put("a", "x", { temporaryHold: true });
  expect(await ask(scene, "DELETE", OBJECT)).toMatchObject({ code: 403, reason: "forbidden" });
  expect(await ask(scene, "POST", OVERWRITE, "y")).toMatchObject({ code: 403 });
});

test("setting retention and overriding it are permissions of their own", async () => {
  const without = (...missing: readonly string[]) =>
    EVERYTHING.filter((permission) => !missing.includes(permission));
  await using scene = await startBucketScene({
    objectRetention: true,
    permissions: without("storage.objects.setRetention"),
  });
  await scene.bucket.put("a", "x");
  const retention = { mode: "Unlocked", retainUntilTime: inSeconds(scene, DAY) };
  const refused = await setRetention(scene, retention);
  expect(refused).toMatchObject({ code: 403, reason: "forbidden" });
  expect(refused.message).toContain("does not have storage.objects.setRetention access");
  const saved = scene.file("b").save("x", { resumable: false, metadata: { retention } });
  expect(await refusalOf(saved)).toMatchObject({ code: 403, reason: "forbidden" });
  const permissions = without("storage.objects.overrideUnlockedRetention");
  const token = scene.storage.issueToken({ permissions, buckets: [BUCKET] });
  const careful = { ...scene, token };
  expect(await setRetention(careful, retention)).toMatchObject({ code: 200 });
  const overridden = await setRetention(careful, null, "?overrideUnlockedRetention=true");
  expect(overridden.message).toContain("storage.objects.overrideUnlockedRetention");
});

test("time goes forward only", async () => {
  await using scene = await startBucketScene();
  const before = scene.storage.now();
  scene.storage.advance(DAY);
  expect(scene.storage.now()).toBeGreaterThanOrEqual(before + DAY * 1000);
  expect(() => {
    scene.storage.advance(-1);
  }).toThrow("time goes forward only");
});
