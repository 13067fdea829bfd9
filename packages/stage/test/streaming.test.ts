import { createHash } from "node:crypto";
import { once } from "node:events";
import { type ClientRequest, request as openRequest } from "node:http";
import { expect, test } from "vitest";
import { changeBytes, type ByteStream, readAll, streamOf } from "../src/body-streams.ts";
import { parseByteRange } from "../src/byte-ranges.ts";
import { ExchangeLog } from "../src/exchanges.ts";
import { FaultPlan } from "../src/faults.ts";
import { History } from "../src/history.ts";
import type { Answer, ReceivedRequest, StreamedAnswer } from "../src/http-server.ts";
import type { Fault } from "../src/index.ts";
import { type Service, startService, type World } from "../src/serve.ts";
import { Violations } from "../src/violations.ts";
import { liveBytes } from "./live-bytes.ts";
import { ask as askGithub, SLUG, startScene } from "./scene.ts";

const MIB = 1024 * 1024;
const LARGE = 160 * MIB;
const BLOCK = Buffer.alloc(64 * 1024, "stage");

function sha256(bytes: Buffer | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

async function* filler(bytes: number): AsyncGenerator<Buffer> {
  for (let left = bytes; left > 0; left -= BLOCK.length) yield BLOCK.subarray(0, left);
}

/** Counts what comes; gives `?bytes=` of filler, or `?text=`, with or without saying how long. */
class Depot implements Service {
  readonly name = "depot";
  readonly gotten: string[] = [];
  /** How many downloads ended, well or not. */
  closed = 0;

  streamsBody(): boolean {
    return true;
  }

  understand({ method, rawPath }: ReceivedRequest): ReturnType<Service["understand"]> {
    const operation = `${method} /{thing}`;
    return {
      path: rawPath,
      operation,
      operationId: undefined,
      who: "tester",
      body: undefined,
      violations: [],
    };
  }

  async answer(_n: number, request: ReceivedRequest): Promise<Answer | StreamedAnswer> {
    const headers = { "content-type": "application/octet-stream" };
    if (request.method === "GET") {
      const text = request.query.get("text");
      const length = text === null ? Number(request.query.get("bytes")) : text.length;
      const stream = this.#opened(text === null ? filler(length) : streamOf(Buffer.from(text)));
      const isLengthKnown = !request.query.has("unknown");
      return { status: 200, headers, body: isLengthKnown ? { stream, length } : { stream } };
    }
    if (request.rawPath === "/refused") return { status: 401, headers, body: Buffer.from("no") };
    const at = this.gotten.push("") - 1;
    let bytes = 0;
    for await (const piece of request.stream) {
      bytes += piece.length;
      this.gotten[at] = `${bytes} bytes`;
    }
    this.gotten[at] += ", complete";
    return { status: 201, headers, body: Buffer.from("kept") };
  }

  async *#opened(stream: ByteStream): AsyncGenerator<Buffer> {
    try {
      yield* stream;
    } finally {
      this.closed += 1;
    }
  }

  violationsOf(): readonly string[] {
    return [];
  }

  requestId(n: number): string {
    return String(n);
  }
}

async function startDepot(...faults: readonly Fault[]) {
  const world: World = {
    history: new History(),
    exchanges: new ExchangeLog(),
    faults: new FaultPlan(),
    violations: new Violations(),
  };
  for (const fault of faults) world.faults.add(fault);
  const depot = new Depot();
  const server = await startService(world, depot);
  return {
    ...world,
    depot,
    origin: server.origin,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function open(url: string, method: string): ClientRequest {
  return openRequest(url, { method, agent: false });
}

/** Told how many bytes had passed before a piece and have with it. */
type Watch = (before: number, after: number) => Promise<void>;

/** Sends so many bytes; the status of the answer, or why there is none. */
async function upload(
  url: string,
  bytes: number,
  watch: Watch = async () => undefined,
): Promise<number | string | undefined> {
  const request = open(url, "PUT");
  const answered = new Promise<number | string | undefined>((resolve) => {
    request.on("response", (response) => resolve(response.resume().statusCode));
    request.on("error", (error) => resolve(String(Reflect.get(error, "code"))));
  });
  let sent = 0;
  for await (const piece of filler(bytes)) {
    if (request.destroyed) break;
    await watch(sent, (sent += piece.length));
    if (!request.write(piece)) {
      await Promise.race([once(request, "drain").catch(() => {}), answered]);
    }
  }
  request.end();
  return answered;
}

/** How many bytes of the answer came, and whether it ended well. */
async function download(url: string, watch: Watch = async () => undefined): Promise<string> {
  let bytes = 0;
  try {
    const response = await fetch(url);
    for await (const piece of response.body ?? []) await watch(bytes, (bytes += piece.length));
    return `${bytes} bytes`;
  } catch {
    return `${bytes} bytes, broken`;
  }
}

test("160 MiB go up and down, counted and digested, and memory does not grow with them", async () => {
  await using depot = await startDepot();
  const alive = await liveBytes();
  const grown: number[] = [];
  const watch: Watch = async (before, after) => {
    const isDue = Math.floor(before / (16 * MIB)) < Math.floor(after / (16 * MIB));
    if (isDue) grown.push((await liveBytes()) - alive);
  };
  expect(await upload(`${depot.origin}/up`, LARGE, watch)).toBe(201);
  expect(await download(`${depot.origin}/down?bytes=${LARGE}`, watch)).toBe(`${LARGE} bytes`);
  // Looked at on the way, because a kept body is let go at the end: it would come to 160 MiB.
  expect(grown).toHaveLength(20);
  expect(Math.max(...grown)).toBeLessThan(32 * MIB);
  const digest = createHash("sha256");
  for await (const piece of filler(LARGE)) digest.update(piece);
  const sha = digest.digest("hex");
  expect(depot.exchanges.all).toMatchObject([
    { requestBytes: LARGE, requestSha256: sha, responseBytes: 4, status: 201 },
    { requestBytes: 0, responseBytes: LARGE, responseSha256: sha, status: 200 },
  ]);
});

test("an answer of unknown length is sent in chunks, one of a known length says it", async () => {
  await using depot = await startDepot();
  const known = await fetch(`${depot.origin}/x?text=abc`);
  const unknown = await fetch(`${depot.origin}/x?text=abc&unknown`);
  expect([known.headers.get("content-length"), await known.text()]).toEqual(["3", "abc"]);
  expect([unknown.headers.get("transfer-encoding"), await unknown.text()]).toEqual([
    "chunked",
    "abc",
  ]);
});

test("an upload that is refused unread is taken off the line, and the refusal is read", async () => {
  await using depot = await startDepot();
  expect(await upload(`${depot.origin}/refused`, 4 * MIB)).toBe(401);
  expect(depot.exchanges.all[0]).toMatchObject({ status: 401, requestBytes: 0 });
});

test("reset during an upload: the service gets exactly so many bytes, and no end", async () => {
  for (const receivedBytes of [0, 1, 100_000, MIB]) {
    await using depot = await startDepot({
      at: { nth: 1, method: "PUT" },
      phase: "during",
      kind: "reset",
      params: { receivedBytes },
    });
    expect(await upload(`${depot.origin}/up`, MIB)).toMatch(/ECONNRESET|EPIPE/);
    expect(depot.depot.gotten).toEqual([receivedBytes === 0 ? "" : `${receivedBytes} bytes`]);
    expect(depot.exchanges.all[0]).toMatchObject({
      requestBytes: receivedBytes,
      status: undefined,
      fault: "reset",
    });
    expect(depot.violations.found).toEqual([]);
  }
});

test("a service whose bodies are read before it is asked does not see an upload that is cut", async () => {
  const fault = { at: { nth: 1, method: "POST" }, phase: "during", kind: "reset" } as const;
  await using scene = await startScene({ faults: [{ ...fault, params: { receivedBytes: 5 } }] });
  const { host, repo, token, head } = scene;
  const body = { ref: "refs/heads/x", sha: head };
  const asked = askGithub(host, `/repos/${SLUG}/git/refs`, { token, method: "POST", body });
  await expect(asked).rejects.toThrow("fetch failed");
  expect(await repo.ref("refs/heads/x")).toBeUndefined();
  expect(scene.stage.exchanges[0]).toMatchObject({ status: undefined, fault: "reset" });
});

test("a client that goes away during a download leaves what was sent, and its source closed", async () => {
  await using depot = await startDepot();
  const request = open(`${depot.origin}/x?bytes=${LARGE}`, "GET").on("error", () => {});
  request.on("response", () => request.destroy());
  request.end();
  while (depot.exchanges.all[0]?.responseBytes === undefined) await new Promise(setImmediate);
  expect(depot.exchanges.all[0].responseBytes).toBeLessThan(LARGE);
  expect(depot.depot.closed).toBe(1);
});

test("stall during an upload: nothing comes back until the client gives up", async () => {
  await using depot = await startDepot({
    at: { nth: 1 },
    phase: "during",
    kind: "stall",
    params: { receivedBytes: 10 },
  });
  const request = open(`${depot.origin}/up`, "PUT");
  const failed = once(request, "response").then(() => "answered", String);
  request.write(Buffer.alloc(20));
  while (depot.exchanges.all[0]?.fault === undefined) await new Promise(setImmediate);
  request.destroy(new Error("gave up"));
  expect(await failed).toBe("Error: gave up");
  expect(depot.depot.gotten).toEqual(["10 bytes"]);
});

test("a cut that lies beyond the upload is void, and says so", async () => {
  await using depot = await startDepot({
    at: { nth: 1 },
    phase: "during",
    kind: "reset",
    params: { receivedBytes: 11 },
  });
  expect(await upload(`${depot.origin}/up`, 10)).toBe(500);
  expect(depot.violations.found.join()).toContain("was to be cut after 11 bytes and had 10");
});

test("a client that dies in the middle of its upload leaves an exchange without answer", async () => {
  await using depot = await startDepot();
  const request = open(`${depot.origin}/up`, "PUT").on("error", () => {});
  request.write(Buffer.alloc(7));
  while (depot.depot.gotten[0] !== "7 bytes") await new Promise(setImmediate);
  request.destroy();
  while (depot.exchanges.all[0]?.requestBytes === undefined) await new Promise(setImmediate);
  expect(depot.exchanges.all[0]).toMatchObject({ requestBytes: 7, status: undefined });
  expect(depot.violations.found).toEqual([]);
});

test("before and after: the streamed answer is replaced, and its source is never opened", async () => {
  for (const phase of ["before", "after"] as const) {
    await using depot = await startDepot({
      at: { nth: 1 },
      phase,
      kind: "status",
      params: { status: 503 },
    });
    expect(await upload(`${depot.origin}/up`, MIB)).toBe(503);
    expect(depot.depot.gotten).toEqual(phase === "before" ? [] : [`${MIB} bytes, complete`]);
  }
});

test("reset, stall and truncate cut a streamed answer where they are told to", async () => {
  for (const kind of ["reset", "truncate"] as const) {
    for (const bytes of [0, 1, 100_000, undefined]) {
      const params = bytes === undefined ? {} : { bytes };
      const fault = { at: { nth: 1 }, phase: "during", kind, params } as const;
      await using depot = await startDepot(fault);
      expect(await download(`${depot.origin}/x?bytes=${MIB}`)).toMatch(/bytes, broken$/);
      const sent = bytes ?? MIB / 2;
      expect(depot.exchanges.all[0]).toMatchObject({ responseBytes: sent, status: 200 });
    }
  }
  const params = { bytes: 3 };
  const stall = { at: { nth: 1 }, phase: "during", kind: "stall", params } as const;
  await using depot = await startDepot(stall);
  const response = await fetch(`${depot.origin}/x?text=abcdef`);
  const reader = response.body?.getReader();
  expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe("abc");
  await reader?.cancel();
});

test("reset in the head: the request was applied, and no header of the answer is whole", async () => {
  await using depot = await startDepot({
    at: { nth: 1 },
    phase: "during",
    kind: "reset",
    params: { inHead: true },
  });
  expect(await upload(`${depot.origin}/up`, 10)).toBe("ECONNRESET");
  expect(depot.depot.gotten).toEqual(["10 bytes, complete"]);
  expect(depot.exchanges.all[0]).toMatchObject({ status: undefined, fault: "reset" });
});

test("corrupt: one bit, two blocks, or a content coding that is none", async () => {
  const corrupt = (params: object): Fault => ({
    at: { nth: 1 },
    phase: "during",
    kind: "corrupt",
    params,
  });
  const get = async (params: object, query: Readonly<Record<string, string>>) => {
    await using depot = await startDepot(corrupt(params));
    const url = new URL("/x", depot.origin);
    url.search = new URLSearchParams(query).toString();
    const response = await fetch(url);
    return [response.status, await response.text().catch(() => "unreadable")];
  };
  expect(await get({}, { text: "abcde" })).toEqual([200, "abbde"]);
  expect(await get({ offset: 0 }, { text: "abcde", unknown: "" })).toEqual([
    500,
    expect.any(String),
  ]);
  const [low, high] = ["a".repeat(512), "b".repeat(512)];
  expect(await get({ how: "swap-blocks", offset: 1 }, { text: `x${low}${high}y` })).toEqual([
    200,
    `x${high}${low}y`,
  ]);
  expect(await get({ how: "false-gzip" }, { text: "abcde" })).toEqual([200, "unreadable"]);
  expect(await get({ offset: 5 }, { text: "abcde" })).toEqual([500, expect.any(String)]);
});

test("trickle: the answer comes whole, piece by piece", async () => {
  await using depot = await startDepot({
    at: { nth: 1 },
    phase: "during",
    kind: "trickle",
    params: { bytes: 2, everyMs: 1 },
  });
  const response = await fetch(`${depot.origin}/x?text=abcde`);
  expect(await response.text()).toBe("abcde");
  expect(depot.exchanges.all[0]).toMatchObject({
    responseBytes: 5,
    responseSha256: sha256("abcde"),
  });
});

test("changes the bytes of a place whole, however the stream is cut into pieces", async () => {
  const text = "0123456789";
  for (let size = 1; size <= text.length; size += 1) {
    async function* pieces(): AsyncGenerator<Buffer> {
      for (let at = 0; at < text.length; at += size) yield Buffer.from(text.slice(at, at + size));
    }
    const changed = changeBytes(pieces(), 3, 7, (bytes) => Buffer.from(`<${bytes.toString()}>`));
    expect(String(await readAll(changed, 100))).toBe("012<3456>789");
  }
  expect(await readAll(streamOf(Buffer.from(text)), 9)).toBeUndefined();
});

test("a range of bytes is clamped, counted from the end, refused, or ignored", () => {
  expect(parseByteRange("bytes=0-3", 10)).toEqual({ first: 0, last: 3 });
  expect(parseByteRange("bytes=4-", 10)).toEqual({ first: 4, last: 9 });
  expect(parseByteRange("bytes=8-99", 10)).toEqual({ first: 8, last: 9 });
  expect(parseByteRange("bytes=-4", 10)).toEqual({ first: 6, last: 9 });
  expect(parseByteRange("bytes=-99", 10)).toEqual({ first: 0, last: 9 });
  expect(parseByteRange("bytes=10-", 10)).toBe("unsatisfiable");
  expect(parseByteRange("bytes=-0", 10)).toBe("unsatisfiable");
  expect(parseByteRange("bytes=0-", 0)).toBe("unsatisfiable");
  for (const ignored of [undefined, "bytes=-", "bytes=3-1", "bytes=0-1,3-4", "lines=0-1", "x"]) {
    expect(parseByteRange(ignored, 10)).toBeUndefined();
  }
});
