/**
 * What Rekor v1 takes and what it makes of it: the proposed entry is checked (above all, that the
 * signature is good) and turned into the body that is logged. After the types of
 * github.com/sigstore/rekor 1.5: hashedrekord 0.0.1, dsse 0.0.1, intoto 0.0.2.
 */
import { canonicalJson, type Json } from "./canonical-json.ts";
import {
  InvalidInput,
  parseJson,
  readBase64,
  readHex,
  readList,
  readRecord,
  readText,
} from "./untrusted.ts";
import {
  assertSignedDigest,
  canonicalPem,
  DIGEST_BYTES,
  type DigestAlgorithm,
  isEnvelopeSignature,
  preAuthEncoding,
  readPemVerifier,
  sha256,
  type Verifier,
} from "./verifier.ts";

/** An entry that passed, ready for the log. */
export interface AcceptedEntry {
  readonly body: Buffer;
  /** What it is found by: digests, `publickey:<sha256>` and the certificate's subjects. */
  readonly terms: readonly string[];
  readonly verifiers: readonly Verifier[];
}

type Fields = Readonly<Record<string, unknown>>;

function toBody(kind: string, apiVersion: string, spec: Json): Buffer {
  return Buffer.from(canonicalJson({ apiVersion, kind, spec }));
}

function pemBase64(verifier: Verifier): string {
  return Buffer.from(canonicalPem(verifier)).toString("base64");
}

function termsOf(digests: readonly string[], verifiers: readonly Verifier[]): readonly string[] {
  const keys = verifiers.map((key) => `publickey:${sha256(canonicalPem(key)).toString("hex")}`);
  return [...digests, ...keys];
}

function isDigestAlgorithm(value: unknown): value is DigestAlgorithm {
  return value === "sha256" || value === "sha384" || value === "sha512";
}

function readHashedRekord(spec: Fields): AcceptedEntry {
  const signature = readRecord(spec["signature"], "signature");
  const content = readBase64(signature["content"], "signature");
  const key = readRecord(signature["publicKey"], "public key");
  const verifier = readPemVerifier(readBase64(key["content"], "public key"));
  const hash = readRecord(readRecord(spec["data"], "data")["hash"], "hash");
  const algorithm = hash["algorithm"];
  if (!isDigestAlgorithm(algorithm)) throw new InvalidInput("the hash's algorithm is unknown");
  const digest = readHex(hash["value"], "hash", DIGEST_BYTES[algorithm]);
  assertSignedDigest(verifier, algorithm, digest, content);
  const value = readText(hash["value"], "hash");
  return {
    body: toBody("hashedrekord", "0.0.1", {
      data: { hash: { algorithm, value } },
      signature: {
        content: content.toString("base64"),
        publicKey: { content: pemBase64(verifier) },
      },
    }),
    terms: termsOf([`${algorithm}:${value.toLowerCase()}`], [verifier]),
    verifiers: [verifier],
  };
}

/** Every signature is tried with every key; no envelope in use has more than a few. */
const MAX_SIGNATURES = 16;

function readSignatures(value: unknown, what: string): readonly unknown[] {
  const list = readList(value, what);
  if (list.length === 0) throw new InvalidInput(`missing ${what}`);
  if (list.length > MAX_SIGNATURES) throw new InvalidInput(`more than ${MAX_SIGNATURES} ${what}`);
  return list;
}

/** Each signature must be of one of the keys. @throws InvalidInput for one that is of none */
function matchSignatures(
  encoding: Buffer,
  signatures: readonly Buffer[],
  verifiers: readonly Verifier[],
): readonly { signature: Buffer; verifier: Verifier }[] {
  return signatures.map((signature) => {
    const verifier = verifiers.find((key) => isEnvelopeSignature(key, encoding, signature));
    if (verifier === undefined) {
      throw new InvalidInput(
        "could not verify envelope: accepted signatures do not match threshold",
      );
    }
    return { signature, verifier };
  });
}

/** The digests of an in-toto statement's subjects; of another payload none. */
function subjectTerms(payloadType: string, payload: Buffer): readonly string[] {
  if (payloadType !== "application/vnd.in-toto+json") return [];
  try {
    const subjects = readList(readRecord(parseJson(payload), "statement")["subject"], "subject");
    return subjects.flatMap((subject) =>
      Object.entries(readRecord(readRecord(subject, "subject")["digest"], "digest")).map(
        ([algorithm, value]) => `${algorithm}:${readText(value, "digest")}`.toLowerCase(),
      ),
    );
  } catch (error) {
    if (error instanceof InvalidInput) return [];
    throw error;
  }
}

function readDsse(spec: Fields): AcceptedEntry {
  const proposed = readRecord(spec["proposedContent"], "proposedContent");
  const envelopeText = readText(proposed["envelope"], "envelope");
  const verifiers = readSignatures(proposed["verifiers"], "verifiers").map((pem) =>
    readPemVerifier(readBase64(pem, "verifier")),
  );
  const envelope = readRecord(parseJson(Buffer.from(envelopeText)), "envelope");
  const payloadType = readText(envelope["payloadType"], "payloadType");
  const payload = readBase64(envelope["payload"], "payload");
  const signatures = readSignatures(envelope["signatures"], "signatures").map((signature) =>
    readBase64(readRecord(signature, "signature")["sig"], "sig"),
  );
  const matched = matchSignatures(preAuthEncoding(payloadType, payload), signatures, verifiers);
  const envelopeHash = sha256(envelopeText).toString("hex");
  const payloadHash = sha256(payload).toString("hex");
  return {
    body: toBody("dsse", "0.0.1", {
      envelopeHash: { algorithm: "sha256", value: envelopeHash },
      payloadHash: { algorithm: "sha256", value: payloadHash },
      signatures: matched
        .map(({ signature, verifier }) => ({
          signature: signature.toString("base64"),
          verifier: pemBase64(verifier),
        }))
        .toSorted((a, b) => (a.signature < b.signature ? -1 : 1)),
    }),
    terms: termsOf(
      [`sha256:${payloadHash}`, `sha256:${envelopeHash}`, ...subjectTerms(payloadType, payload)],
      matched.map(({ verifier }) => verifier),
    ),
    verifiers: matched.map(({ verifier }) => verifier),
  };
}

/** The payload and the signatures of this kind come encoded twice. */
function readTwice(value: unknown, what: string): Buffer {
  return readBase64(readBase64(value, what).toString("latin1"), what);
}

function readIntoto(spec: Fields): AcceptedEntry {
  const content = readRecord(spec["content"], "content");
  const envelope = readRecord(content["envelope"], "envelope");
  const payloadType = readText(envelope["payloadType"], "payloadType");
  const payload = readTwice(envelope["payload"], "payload");
  const hash = readRecord(content["hash"], "envelope digest");
  if (hash["algorithm"] !== "sha256") throw new InvalidInput("missing envelope digest");
  const hashValue = readHex(hash["value"], "envelope digest", DIGEST_BYTES.sha256).toString("hex");
  const encoding = preAuthEncoding(payloadType, payload);
  const verifiers: Verifier[] = [];
  const signatures = readSignatures(envelope["signatures"], "signatures").map((item) => {
    const fields = readRecord(item, "signature");
    const verifier = readPemVerifier(readBase64(fields["publicKey"], "publicKey"));
    matchSignatures(encoding, [readTwice(fields["sig"], "sig")], [verifier]);
    verifiers.push(verifier);
    return {
      ...(typeof fields["keyid"] === "string" && fields["keyid"] !== ""
        ? { keyid: fields["keyid"] }
        : {}),
      publicKey: readText(fields["publicKey"], "publicKey"),
      sig: readText(fields["sig"], "sig"),
    };
  });
  const payloadHash = sha256(payload).toString("hex");
  return {
    body: toBody("intoto", "0.0.2", {
      content: {
        envelope: { payloadType, signatures },
        hash: { algorithm: "sha256", value: hashValue },
        // Computed here: what the client says it is counts for nothing.
        payloadHash: { algorithm: "sha256", value: payloadHash },
      },
    }),
    terms: termsOf(
      [`sha256:${payloadHash}`, `sha256:${hashValue}`, ...subjectTerms(payloadType, payload)],
      verifiers,
    ),
    verifiers,
  };
}

const READERS: ReadonlyMap<string, (spec: Fields) => AcceptedEntry> = new Map([
  ["hashedrekord 0.0.1", readHashedRekord],
  ["dsse 0.0.1", readDsse],
  ["intoto 0.0.2", readIntoto],
]);

/** @throws InvalidInput for a kind that is not played, and for whatever does not verify */
export function acceptEntry(proposed: unknown): AcceptedEntry {
  const fields = readRecord(proposed, "entry");
  const name = `${readText(fields["kind"], "kind")} ${readText(fields["apiVersion"], "apiVersion")}`;
  const reader = READERS.get(name);
  if (reader === undefined) throw new InvalidInput(`entry kind ${name} is not supported`);
  return reader(readRecord(fields["spec"], "spec"));
}
