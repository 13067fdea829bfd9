/** The bucket's pure parts: the checksum, names, ranges of uploads, and the multipart format. */
import { CRC32C } from "@google-cloud/storage";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type ByteStream, readAll } from "../src/body-streams.ts";
import { Crc32c } from "../src/bucket/crc32c.ts";
import { StorageError } from "../src/bucket/errors.ts";
import { readMultipart } from "../src/bucket/multipart-body.ts";
import { assertObjectName, compareNames } from "../src/bucket/object-names.ts";
import { parseContentRange } from "../src/bucket/upload-session.ts";

/** The text in pieces of that size. */
async function* inPieces(text: string | Buffer, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

test("CRC-32C of the vectors of RFC 3720, B.4, and of the usual check text", () => {
  const vectors: readonly (readonly [Uint8Array, number])[] = [
    [new Uint8Array(32), 0x8a9136aa],
    [new Uint8Array(32).fill(0xff), 0x62a8ab43],
    [Uint8Array.from({ length: 32 }, (_, n) => n), 0x46dd794e],
    [Uint8Array.from({ length: 32 }, (_, n) => 31 - n), 0x113fdb5c],
    [Buffer.from("123456789"), 0xe3069283],
    [new Uint8Array(0), 0],
  ];
  for (const [bytes, crc] of vectors) expect(new Crc32c().update(bytes).value).toBe(crc);
});

test("CRC-32C is what the client computes, in whatever pieces the bytes come", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 70 }), { maxLength: 6 }), (pieces) => {
      const crc = new Crc32c();
      for (const piece of pieces) crc.update(piece);
      const client = new CRC32C();
      client.update(Buffer.concat(pieces));
      expect(crc.toBase64()).toBe(client.toString());
    }),
  );
});

test("object names: what the requirements forbid is refused, and nothing else is", () => {
  // "About Cloud Storage objects", object name requirements.
  const refused = ["", ".", "..", "a\rb", "a\nb", ".well-known/acme-challenge/x", "x".repeat(1025)];
  for (const name of [...refused, "é".repeat(513), "\ud800"]) {
    expect(() => {
      assertObjectName(name);
    }, name).toThrow(StorageError);
  }
  for (const name of ["a/../b", "a//b", "/", "x".repeat(1024), "é".repeat(512), "#[]*?", " "]) {
    assertObjectName(name);
  }
});

test("names are in the order of their bytes, not of their characters in UTF-16", () => {
  expect(["\u{1f600}", "\uffee", "b", "a/", "a"].toSorted(compareNames)).toEqual([
    "a",
    "a/",
    "b",
    "\uffee",
    "\u{1f600}",
  ]);
});

test("reads every form of Content-Range that uploads know, and no other", () => {
  const forms: readonly (readonly [string | undefined, object])[] = [
    [undefined, { first: 0, last: undefined, total: undefined }],
    ["bytes 0-*/*", { first: 0, last: undefined, total: undefined }],
    ["bytes 5-*/9", { first: 5, last: undefined, total: 9 }],
    ["bytes 0-262143/*", { first: 0, last: 262_143, total: undefined }],
    ["bytes 0-8/9", { first: 0, last: 8, total: 9 }],
    ["bytes */*", { first: undefined, last: undefined, total: undefined }],
    ["bytes */9", { first: undefined, last: undefined, total: 9 }],
    ["bytes */0", { first: undefined, last: undefined, total: 0 }],
  ];
  for (const [header, range] of forms) expect(parseContentRange(header)).toEqual(range);
  const bad = [
    "",
    "bytes",
    "bytes=0-1/2",
    "bytes 2-1/9",
    "bytes 0-9/9",
    "bytes *-1/2",
    "bytes -1/2",
  ];
  for (const header of [...bad, "bytes 0-1", "bytes 1/2", `bytes 0-1/${"9".repeat(16)}`]) {
    expect(() => parseContentRange(header), header).toThrow(/Failed to parse Content-Range/);
  }
});

const TYPE = 'multipart/related; boundary="b--1"';

function multipart(metadata: string, media: string | Buffer): Buffer {
  const head =
    `--b--1\r\nContent-Type: application/json\r\n\r\n${metadata}\r\n` +
    "--b--1\r\ncontent-type: text/plain \r\n\r\n";
  return Buffer.concat([Buffer.from(head), Buffer.from(media), Buffer.from("\r\n--b--1--\r\n")]);
}

async function parsed(body: ByteStream, type = TYPE): Promise<readonly (string | undefined)[]> {
  const { metadata, contentType, media } = await readMultipart(type, body);
  return [metadata.toString(), contentType, (await readAll(media, 10_000))?.toString("latin1")];
}

test("takes a multipart body apart, wherever its pieces end and whatever the bytes look like", async () => {
  const tricky = "\r\n--b--\r\n\r\n--b--\r\r\n--b-";
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 200 }),
      fc.constantFrom("", "x", tricky, "\r\n", "y".repeat(500)),
      async (size, media) => {
        const body = inPieces(multipart('{"a":1}', media), size);
        expect(await parsed(body)).toEqual(['{"a":1}', "text/plain", media]);
      },
    ),
  );
});

test("refuses a multipart body that is none, or ends before its closing boundary", async () => {
  const whole = multipart("{}", "bytes").toString();
  const end = whole.indexOf("\r\n--b--1--");
  for (const cut of [0, 3, 40, 60, end, end + 8, end + 9]) {
    await expect(parsed(inPieces(whole.slice(0, cut), 7))).rejects.toThrow("Malformed multipart");
  }
  for (const type of ["multipart/mixed; boundary=b--1", "multipart/related", "text/plain"]) {
    await expect(parsed(inPieces(whole, 9), type)).rejects.toThrow("Malformed multipart");
  }
  // Metadata without an end is not collected for ever.
  const endless = `--b--1\r\n\r\n${"x".repeat(2 * 1024 * 1024)}`;
  await expect(parsed(inPieces(endless, 65_536))).rejects.toThrow("Malformed multipart");
});
