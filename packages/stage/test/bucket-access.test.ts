/** Who may do what ("IAM permissions for JSON methods"), and what is said to who may not. */
import { expect, test } from "vitest";
import type { StoragePermission } from "../src/index.ts";
import { askStorage, BUCKET, clientFor, EVERYTHING, startBucketScene } from "./bucket-scene.ts";

const API = `/storage/v1/b/${BUCKET}`;
const UPLOAD = `/upload/storage/v1/b/${BUCKET}/o`;

interface Attempt {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  /** Each of them is missed by name. */
  readonly needs: readonly StoragePermission[];
}

const ATTEMPTS: readonly Attempt[] = [
  { method: "GET", path: API, needs: ["storage.buckets.get"] },
  { method: "PATCH", path: API, body: "{}", needs: ["storage.buckets.update"] },
  {
    method: "POST",
    path: `${API}/lockRetentionPolicy?ifMetagenerationMatch=1`,
    needs: ["storage.buckets.update"],
  },
  { method: "GET", path: `${API}/o`, needs: ["storage.objects.list"] },
  { method: "GET", path: `${API}/o/a`, needs: ["storage.objects.get"] },
  { method: "GET", path: `${API}/o/a?alt=media`, needs: ["storage.objects.get"] },
  { method: "PATCH", path: `${API}/o/a`, body: "{}", needs: ["storage.objects.update"] },
  { method: "DELETE", path: `${API}/o/a`, needs: ["storage.objects.delete"] },
  {
    method: "POST",
    path: `${API}/o/a/rewriteTo/b/${BUCKET}/o/c`,
    needs: ["storage.objects.get", "storage.objects.create"],
  },
  {
    method: "POST",
    path: `${API}/o/a/restore?generation=1`,
    needs: ["storage.objects.restore", "storage.objects.create"],
  },
  ...["media", "resumable"].flatMap((type): readonly Attempt[] => [
    {
      method: "POST",
      path: `${UPLOAD}?uploadType=${type}&name=new`,
      body: "{}",
      needs: ["storage.objects.create"],
    },
    // What is there is deleted by replacing it.
    {
      method: "POST",
      path: `${UPLOAD}?uploadType=${type}&name=a`,
      body: "{}",
      needs: ["storage.objects.create", "storage.objects.delete"],
    },
  ]),
];

async function messageOf(answer: Response): Promise<string> {
  const text = await answer.text();
  if (!text.startsWith("{")) return text;
  const { error }: { error: { message: string } } = JSON.parse(text);
  return error.message;
}

test("every operation names the permission that is missing, and changes nothing without", async () => {
  await using scene = await startBucketScene();
  await scene.bucket.put("a", "x");
  const before = scene.stage.history.length;
  for (const { method, path, body, needs } of ATTEMPTS) {
    for (const missing of needs) {
      const permissions = EVERYTHING.filter((permission) => permission !== missing);
      const identity = "someone@example.com";
      const token = scene.storage.issueToken({ permissions, buckets: [BUCKET], identity });
      const answer = await askStorage(scene.storage, path, { token, method, body });
      const what = /buckets|list/.test(missing) ? "bucket" : "object";
      expect([path, answer.status, await messageOf(answer)]).toEqual([
        path,
        403,
        `${identity} does not have ${missing} access to the Google Cloud Storage ${what}. ` +
          `Permission '${missing}' denied on resource (or it may not exist).`,
      ]);
    }
  }
  expect(scene.stage.history).toHaveLength(before);
});

test("without a token 401 says what the anonymous caller lacks", async () => {
  await using scene = await startBucketScene();
  for (const { method, path, body, needs } of ATTEMPTS) {
    const answer = await askStorage(scene.storage, path, { method, body });
    const message = await messageOf(answer);
    expect([path, answer.status, message]).toEqual([
      path,
      401,
      expect.stringContaining(`Anonymous caller does not have ${needs[0]} access`),
    ]);
    expect(answer.headers.get("www-authenticate")).toContain("Bearer realm=");
  }
  expect(scene.stage.exchanges[0]).toMatchObject({ who: "anonymous", status: 401 });
});

test("a token that is no good is told so wherever it goes", async () => {
  await using scene = await startBucketScene({ allUsers: EVERYTHING });
  const expired = scene.storage.issueToken({ permissions: [], buckets: [], expired: true });
  scene.storage.expireToken(scene.token);
  expect(() => {
    scene.storage.expireToken("nobody's");
  }).toThrow("issued no such token");
  for (const token of [expired, scene.token, "ya29.unknown"]) {
    const answer = await askStorage(scene.storage, `${API}/o`, { token });
    expect([answer.status, await answer.json()]).toEqual([
      401,
      {
        error: {
          code: 401,
          message: "Invalid Credentials",
          errors: [
            {
              message: "Invalid Credentials",
              domain: "global",
              reason: "authError",
              location: "Authorization",
              locationType: "header",
            },
          ],
        },
      },
    ]);
  }
});

test("a creator creates, and is refused where that would replace ('Storage Object Creator')", async () => {
  await using scene = await startBucketScene();
  const permissions: readonly StoragePermission[] = ["storage.objects.create"];
  const token = scene.storage.issueToken({ permissions, buckets: [BUCKET] });
  const file = clientFor(scene.storage, token).bucket(BUCKET).file("a");
  for (const resumable of [false, true]) {
    await scene.bucket.put("b", "x");
    await file.save("x", { resumable, preconditionOpts: { ifGenerationMatch: 0 } });
    await expect(file.save("y", { resumable })).rejects.toThrow(/storage\.objects\.delete/);
    expect(String(await scene.bucket.read("a"))).toBe("x");
    await scene.file("a").delete();
  }
});

test("who may not list does not learn what is missing", async () => {
  await using scene = await startBucketScene({ permissions: ["storage.objects.get"] });
  const answer = await askStorage(scene.storage, `${API}/o/missing`, { token: scene.token });
  expect(answer.status).toBe(403);
  expect(await messageOf(answer)).toContain("does not have storage.objects.list access");
});

test("a token is for its buckets, and a bucket of another service is another bucket", async () => {
  await using scene = await startBucketScene();
  scene.storage.createBucket("other");
  const { token } = scene;
  const other = await askStorage(scene.storage, "/storage/v1/b/other/o", { token });
  expect(other.status).toBe(403);
  const missing = await askStorage(scene.storage, "/storage/v1/b/missing/o", { token });
  expect([missing.status, await messageOf(missing)]).toEqual([
    404,
    "The specified bucket does not exist.",
  ]);
  const second = await scene.stage.addBucketHost();
  second.createBucket(BUCKET);
  expect((await askStorage(second, API, { token })).status).toBe(401);
  expect(second.name).toBe("storage-2");
  expect(() => second.createBucket(BUCKET)).toThrow("has a bucket evidence already");
});

test("what anybody may do takes no token, so that the client needs none", async () => {
  await using scene = await startBucketScene({
    allUsers: ["storage.objects.create", "storage.objects.get"],
  });
  const file = clientFor(scene.storage, undefined).bucket(BUCKET).file("a");
  await file.save("x");
  expect(String((await file.download())[0])).toBe("x");
  expect(scene.stage.history.at(-1)).toMatchObject({ who: "anonymous" });
  const listed = await askStorage(scene.storage, `${API}/o`);
  expect(listed.status).toBe(401);
});

test("a token is in no log, and in no answer", async () => {
  await using scene = await startBucketScene();
  await scene.file("a").save("x");
  const written = JSON.stringify([scene.stage.exchanges, scene.stage.history]);
  expect(written).not.toContain(scene.token);
});
