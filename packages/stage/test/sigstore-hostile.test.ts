import { generateKeyPairSync, sign } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { acceptEntry } from "../src/sigstore/rekor-v1-entries.ts";
import { acceptRequest } from "../src/sigstore/rekor-v2-entries.ts";
import { InvalidInput } from "../src/sigstore/untrusted.ts";

const KEY = generateKeyPairSync("ec", { namedCurve: "P-256" });
const PEM = KEY.publicKey.export({ format: "pem", type: "spki" }).toString();
const PEM64 = Buffer.from(PEM).toString("base64");
const DER64 = KEY.publicKey.export({ format: "der", type: "spki" }).toString("base64");
const TYPE = "text/plain";
const PAYLOAD = Buffer.from("hello");
const ENCODING = Buffer.from(`DSSEv1 ${TYPE.length} ${TYPE} 5 hello`);
const SIGNATURE = sign("sha256", ENCODING, KEY.privateKey);

function base64(data: Buffer | string): string {
  return Buffer.from(data).toString("base64");
}

const ENVELOPE = {
  payloadType: TYPE,
  payload: base64(PAYLOAD),
  signatures: [{ sig: base64(SIGNATURE), keyid: "" }],
};

const DIGEST = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
const PAYLOAD_SIGNATURE = sign("sha256", PAYLOAD, KEY.privateKey);

const GOOD_V1: readonly unknown[] = [
  {
    apiVersion: "0.0.1",
    kind: "hashedrekord",
    spec: {
      data: { hash: { algorithm: "sha256", value: DIGEST } },
      signature: { content: base64(PAYLOAD_SIGNATURE), publicKey: { content: PEM64 } },
    },
  },
  {
    apiVersion: "0.0.1",
    kind: "dsse",
    spec: { proposedContent: { envelope: JSON.stringify(ENVELOPE), verifiers: [PEM64] } },
  },
  {
    apiVersion: "0.0.2",
    kind: "intoto",
    spec: {
      content: {
        envelope: {
          payloadType: TYPE,
          payload: base64(base64(PAYLOAD)),
          signatures: [{ sig: base64(base64(SIGNATURE)), publicKey: PEM64 }],
        },
        hash: { algorithm: "sha256", value: DIGEST },
      },
    },
  },
];

const VERIFIER = { keyDetails: "PKIX_ECDSA_P256_SHA_256", publicKey: { rawBytes: DER64 } };

const GOOD_V2: readonly unknown[] = [
  {
    hashedRekordRequestV002: {
      digest: base64(Buffer.from(DIGEST, "hex")),
      signature: { content: base64(PAYLOAD_SIGNATURE), verifier: VERIFIER },
    },
  },
  { dsseRequestV002: { envelope: ENVELOPE, verifiers: [VERIFIER] } },
];

/** Every place of a JSON value, with a function that makes the value with another one there. */
function placesOf(value: unknown): readonly ((put: unknown) => unknown)[] {
  const itself = (put: unknown): unknown => put;
  if (typeof value !== "object" || value === null) return [itself];
  const within = Object.entries(value).flatMap(([key, member]) =>
    placesOf(member).map((change) => (put: unknown): unknown => {
      if (!Array.isArray(value)) return { ...value, [key]: change(put) };
      const list: readonly unknown[] = value;
      return list.map((item, index) => (String(index) === key ? change(put) : item));
    }),
  );
  return [itself, ...within];
}

const KINDS = [
  { name: "Rekor v1", good: GOOD_V1, accept: acceptEntry },
  { name: "Rekor v2", good: GOOD_V2, accept: (v: unknown) => acceptRequest(v, "logged") },
];

for (const { name, good, accept } of KINDS) {
  test(`${name} makes the same body of the same entry`, () => {
    for (const entry of good) {
      expect(accept(entry).body).toEqual(accept(structuredClone(entry)).body);
    }
  });

  test(`${name} takes no entry with another value anywhere, unless it logs the same`, () => {
    for (const entry of good) {
      const { body } = accept(entry);
      const places = placesOf(entry);
      const put = fc.oneof(
        fc.jsonValue({ maxDepth: 2 }),
        fc.base64String(),
        fc.constant(undefined),
      );
      fc.assert(
        fc.property(fc.nat(places.length - 1), put, (at, other) => {
          let logged: Buffer;
          try {
            logged = accept(places[at]?.(other)).body;
          } catch (error) {
            expect(error).toBeInstanceOf(InvalidInput);
            return;
          }
          // A key id and an intoto entry's own hash are the client's word, and signed by nobody.
          const signed = [logged, body].map((text) =>
            text.toString().replaceAll(/"keyid":"[^"]*",|"hash":\{[^}]*\}/g, ""),
          );
          expect(signed[0]).toBe(signed[1]);
        }),
        { numRuns: 200 },
      );
    }
  });
}
