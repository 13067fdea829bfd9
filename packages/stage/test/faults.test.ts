import { expect, test } from "vitest";
import type { Fault } from "../src/index.ts";
import { ask, AT, type RawRequest, SLUG, startScene } from "./scene.ts";

const GET_REF = "GET /repos/{owner}/{repo}/git/ref/{ref}";
const CREATE_REF = "POST /repos/{owner}/{repo}/git/refs";
const REF = `/repos/${SLUG}/git/ref/heads/main`;

type Scene = Awaited<ReturnType<typeof startScene>>;

/** Creates `refs/heads/x`, whatever becomes of the answer. */
async function create(scene: Scene, extra: RawRequest = {}): Promise<Response> {
  const body = { ref: "refs/heads/x", sha: scene.head };
  const { host, token } = scene;
  return ask(host, `/repos/${SLUG}/git/refs`, { token, method: "POST", body, ...extra });
}

async function read(scene: Scene, extra: RawRequest = {}): Promise<Response> {
  return ask(scene.host, REF, { token: scene.token, ...extra });
}

/** The low-level reason why fetch failed. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error ? String(Reflect.get(cause, "code")) : String(error);
}

test("before: the effect is not applied; after: it is, and only the answer is another", async () => {
  const at = { nth: 1, operation: CREATE_REF };
  const params = { status: 502, headers: { "retry-after": "7" }, body: { message: "Bad Gateway" } };
  for (const phase of ["before", "after"] as const) {
    await using scene = await startScene({ faults: [{ at, phase, kind: "status", params }] });
    const answer = await create(scene);
    expect(answer.status).toBe(502);
    expect(answer.headers.get("retry-after")).toBe("7");
    expect(await answer.json()).toEqual({ message: "Bad Gateway" });
    const expected = phase === "before" ? undefined : scene.head;
    expect(await scene.repo.ref("refs/heads/x")).toBe(expected);
    expect(scene.stage.exchanges[0]).toMatchObject({ status: 502, fault: "status" });
  }
});

test("counts only requests that match, from the moment the fault was planned", async () => {
  await using scene = await startScene();
  await read(scene);
  scene.stage.addFault({
    at: { nth: 2, times: 2, operation: GET_REF, service: "github", method: "GET", path: REF },
    phase: "before",
    kind: "status",
    params: { status: 503 },
  });
  expect((await create(scene)).status).toBe(201);
  const statuses = [await read(scene), await read(scene), await read(scene), await read(scene)];
  expect(statuses.map((answer) => answer.status)).toEqual([200, 503, 503, 200]);
});

test("a path may be matched by a pattern, and a fault may last for ever", async () => {
  await using scene = await startScene();
  scene.stage.addFault({
    at: { nth: 1, times: Infinity, path: /matching-refs/ },
    phase: "before",
    kind: "status",
    params: { status: 500 },
  });
  expect((await read(scene)).status).toBe(200);
  const { host, token } = scene;
  for (const prefix of ["heads/", "tags/"]) {
    const path = `/repos/${SLUG}/git/matching-refs/${prefix}`;
    expect((await ask(host, path, { token })).status).toBe(500);
  }
});

test("a fault that was not met fails the stage, by name, unless it was withdrawn", async () => {
  const scene = await startScene();
  const fault: Fault = { at: { nth: 2, operation: CREATE_REF }, phase: "after", kind: "reset" };
  scene.stage.addFault(fault);
  const withdrawn = scene.stage.addFault({ ...fault, at: { nth: 9 } });
  expect(withdrawn.met).toBe(false);
  withdrawn.withdraw();
  await create(scene);
  const complaint = `fault "reset" after request 2 of ${CREATE_REF}: met 0 of 1, 1 such requests came`;
  expect(() => {
    scene.stage.assertFaultsMet();
  }).toThrow(complaint);
  await expect(scene.stage[Symbol.asyncDispose]()).rejects.toThrow(complaint);
});

test("of two answers due at the same request the second counts as unmet", async () => {
  const scene = await startScene();
  const plan = (status: number): Fault => ({
    at: { nth: 1 },
    phase: "before",
    kind: "status",
    params: { status },
  });
  scene.stage.addFault(plan(500));
  scene.stage.addFault(plan(503));
  expect((await read(scene)).status).toBe(500);
  await expect(scene.stage[Symbol.asyncDispose]()).rejects.toThrow(/met 0 of 1/);
});

test("does not plan a fault for a request before the first", async () => {
  await using scene = await startScene();
  const plan = (): unknown =>
    scene.stage.addFault({ at: { nth: 0 }, phase: "before", kind: "reset" });
  expect(plan).toThrow(/request 1 or a later one/);
});

test("html: 200 and a page for people", async () => {
  await using scene = await startScene({
    faults: [{ at: { nth: 1 }, phase: "before", kind: "html" }],
  });
  const answer = await read(scene);
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(await answer.text()).toContain("<!DOCTYPE html>");
});

test("reset: the connection is gone before, in the middle of, or in place of the answer", async () => {
  for (const phase of ["before", "during", "after"] as const) {
    await using scene = await startScene({ faults: [{ at: { nth: 1 }, phase, kind: "reset" }] });
    const cause = await create(scene)
      .then((answer) => answer.text())
      .then(() => "complete", causeOf);
    expect([phase, cause]).toEqual([phase, "ECONNRESET"]);
    const applied = (await scene.repo.ref("refs/heads/x")) !== undefined;
    expect([phase, applied]).toEqual([phase, phase !== "before"]);
    const status = phase === "during" ? 201 : undefined;
    expect(scene.stage.exchanges[0]).toMatchObject({ status, fault: "reset" });
  }
});

test("stall: no answer until the client gives up, and stopping the stage ends it", async () => {
  const { signal, abort } = abortable();
  const scene = await startScene({
    faults: [{ at: { nth: 1, times: 2 }, phase: "before", kind: "stall" }],
  });
  const gaveUp = read(scene, { signal }).then(() => "answered", String);
  const wasStopped = read(scene).then(() => "answered", String);
  while (scene.stage.exchanges.length < 2) await new Promise(setImmediate);
  abort();
  expect(await gaveUp).toContain("AbortError");
  await scene.stage[Symbol.asyncDispose]();
  expect(await wasStopped).toContain("fetch failed");
});

function abortable(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    abort: () => {
      controller.abort();
    },
  };
}

test("stall during: the head and half of the body, and then nothing more", async () => {
  const { signal, abort } = abortable();
  await using scene = await startScene({
    faults: [{ at: { nth: 1 }, phase: "during", kind: "stall", params: { bytes: 10 } }],
  });
  const answer = await read(scene, { signal });
  const reader = answer.body?.getReader();
  const chunk = await reader?.read();
  expect(chunk?.value?.length).toBe(10);
  const more = reader?.read().then(() => "more", String);
  abort();
  expect(await more).toContain("AbortError");
});

test("empty: 200 and nothing", async () => {
  await using scene = await startScene({
    faults: [{ at: { nth: 1 }, phase: "after", kind: "empty" }],
  });
  const answer = await create(scene);
  expect([answer.status, await answer.text()]).toEqual([200, ""]);
});

test("truncate: an orderly close before the announced end, with a length or in chunks", async () => {
  for (const chunked of [false, true]) {
    const params = { bytes: 20, chunked };
    await using scene = await startScene({
      faults: [{ at: { nth: 1 }, phase: "during", kind: "truncate", params }],
    });
    const answer = await read(scene);
    expect(answer.headers.has("content-length")).toBe(!chunked);
    expect(await answer.text().then(() => "complete", causeOf)).toBe("UND_ERR_SOCKET");
    expect(scene.stage.exchanges[0]).toMatchObject({ responseBytes: 20, fault: "truncate" });
  }
});

test("garbage-json: called JSON and none", async () => {
  await using scene = await startScene({
    faults: [{ at: { nth: 1 }, phase: "before", kind: "garbage-json" }],
  });
  const answer = await read(scene);
  expect(answer.headers.get("content-type")).toContain("application/json");
  await expect(answer.json()).rejects.toThrow(SyntaxError);
});

test("schema-drift: by pointers or by a function, and the description is not held against it", async () => {
  await using scene = await startScene();
  const at = { nth: 1 };
  scene.stage.addFault({
    at,
    phase: "after",
    kind: "schema-drift",
    params: { edits: [{ delete: "/object/sha" }, { replace: "/ref", with: null }] },
  });
  const body: unknown = await (await read(scene)).json();
  expect(body).toMatchObject({ ref: null, object: { type: "commit" } });
  expect(body).not.toHaveProperty("object.sha");
  scene.stage.addFault({
    at,
    phase: "after",
    kind: "schema-drift",
    params: { change: (found) => ({ data: found }) },
  });
  expect(await (await read(scene)).json()).toHaveProperty("data.ref", "refs/heads/main");
});

test("schema-drift: a pointer that leads nowhere is a mistake of the test, and shows", async () => {
  const scene = await startScene();
  scene.stage.addFault({
    at: { nth: 1 },
    phase: "after",
    kind: "schema-drift",
    params: { edits: [{ delete: "/object/oid" }] },
  });
  expect((await read(scene)).status).toBe(500);
  await expect(scene.stage[Symbol.asyncDispose]()).rejects.toThrow(
    /the answer has no \/object\/oid/,
  );
});

test("rate-limit-primary: nothing remains, and when there is more again", async () => {
  await using scene = await startScene();
  for (const resetInSeconds of [120, -5]) {
    scene.stage.addFault({
      at: { nth: 1 },
      phase: "before",
      kind: "rate-limit-primary",
      params: { resetInSeconds },
    });
    const now = Date.now() / 1000;
    const answer = await read(scene);
    expect(answer.status).toBe(403);
    expect(answer.headers.get("x-ratelimit-remaining")).toBe("0");
    const reset = Number(answer.headers.get("x-ratelimit-reset"));
    expect(Math.abs(reset - now - resetInSeconds)).toBeLessThan(3);
    expect(await answer.json()).toMatchObject({
      message: "API rate limit exceeded for installation-1.",
    });
  }
});

test("rate-limit-secondary: 403 or 429 in GitHub's words, with or without retry-after", async () => {
  await using scene = await startScene();
  for (const params of [{}, { status: 429, retryAfter: "30" }] as const) {
    scene.stage.addFault({ at: { nth: 1 }, phase: "before", kind: "rate-limit-secondary", params });
    const answer = await read(scene);
    expect(answer.status).toBe("status" in params ? 429 : 403);
    expect(answer.headers.get("retry-after")).toBe("status" in params ? "30" : null);
    expect(await answer.json()).toMatchObject({
      message: expect.stringContaining("exceeded a secondary rate limit"),
    });
  }
});

test("redirect: to wherever the test says", async () => {
  const location = "http://169.254.169.254/latest";
  await using scene = await startScene({
    faults: [{ at: { nth: 1 }, phase: "before", kind: "redirect", params: { location } }],
  });
  const answer = await read(scene);
  expect([answer.status, answer.headers.get("location")]).toEqual([302, location]);
});

test("huge: valid JSON of as many bytes as asked for, and a client may stop reading it", async () => {
  await using scene = await startScene();
  const plan = (bytes: number): void => {
    scene.stage.addFault({ at: { nth: 1 }, phase: "before", kind: "huge", params: { bytes } });
  };
  plan(3_000_000);
  const text = await (await read(scene)).text();
  expect(text).toHaveLength(3_000_000);
  expect(JSON.parse(text)).toHaveProperty("filler");
  plan(10 ** 12);
  const endless = await read(scene);
  await endless.body?.cancel();
});

test("stale: reads refs as they were before the last changes", async () => {
  await using scene = await startScene();
  const { octokit, stage, repo, first, head } = scene;
  await create(scene);
  await repo.moveBranch("main", first);
  const stale = (mutations?: number): void => {
    const params = mutations === undefined ? {} : { mutations };
    stage.addFault({ at: { nth: 1 }, phase: "before", kind: "stale", params });
  };
  const headOf = async (ref: string): Promise<string | number> =>
    octokit.rest.git.getRef({ ...AT, ref }).then(
      ({ data }) => data.object.sha,
      (error: unknown) => (error instanceof Error ? Number(Reflect.get(error, "status")) : 0),
    );
  stale();
  expect(await headOf("heads/main")).toBe(head);
  stale();
  expect(await headOf("heads/x")).toBe(head);
  stale(2);
  expect(await headOf("heads/x")).toBe(404);
  stale(2);
  const { data } = await octokit.rest.git.listMatchingRefs({ ...AT, ref: "heads/" });
  expect(data.map(({ ref, object }) => [ref, object.sha])).toEqual([["refs/heads/main", head]]);
  expect(await headOf("heads/main")).toBe(first);
});

test("hook: something else happens between two requests", async () => {
  await using scene = await startScene();
  const { stage, repo, first } = scene;
  stage.addFault({
    at: { nth: 1, operation: CREATE_REF },
    phase: "before",
    kind: "hook",
    params: {
      run: async ({ phase, operation, who }) => {
        expect([phase, operation, who]).toEqual(["before", CREATE_REF, "installation-1"]);
        await repo.createBranch("x", first, { as: "mallory" });
      },
    },
  });
  expect((await create(scene)).status).toBe(422);
  expect(stage.history.at(-1)).toMatchObject({ who: "mallory", after: first });
  expect(stage.exchanges[0]).toMatchObject({ status: 422, fault: "hook" });
});

test("hook: may end the exchange, with the effect or without, beside another fault", async () => {
  for (const phase of ["before", "after"] as const) {
    await using scene = await startScene();
    scene.stage.addFault({
      at: { nth: 1 },
      phase,
      kind: "hook",
      params: { run: () => "drop" },
    });
    expect(await create(scene).then(() => "complete", causeOf)).toBe("ECONNRESET");
    const applied = (await scene.repo.ref("refs/heads/x")) !== undefined;
    expect(applied).toBe(phase === "after");
  }
});
