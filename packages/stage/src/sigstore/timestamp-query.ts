/** Reads a request for a timestamp: the DER of RFC 3161, 2.4.1, and the JSON of Sigstore's own. */
import { InvalidInput, parseJson, readBase64, readRecord } from "./untrusted.ts";
import { DIGEST_BYTES, type DigestAlgorithm } from "./verifier.ts";

export interface TimestampQuery {
  readonly algorithm: DigestAlgorithm;
  readonly digest: Buffer;
  readonly nonce: number | undefined;
  /** Whether the answer is to carry the certificate it is signed with. */
  readonly certificates: boolean;
}

/** The policy Sigstore's timestamp authorities name, and the only one here. */
export const TIMESTAMP_POLICY = "1.3.6.1.4.1.57264.2";
const TIMESTAMP_POLICY_DER = "2b0601040183bf3002";

function assertPolicy(policy: unknown, known: string): void {
  if (policy !== undefined && policy !== known) {
    throw new InvalidInput("the stage has one policy and takes no request for another");
  }
}

/** The DER of the algorithms' object identifiers. */
const OIDS: ReadonlyMap<string, DigestAlgorithm> = new Map([
  ["608648016503040201", "sha256"],
  ["608648016503040202", "sha384"],
  ["608648016503040203", "sha512"],
]);

interface Element {
  readonly tag: number;
  readonly content: Buffer;
}

/** The elements in a row of DER, lengths below 64 KiB. @throws InvalidInput */
function readElements(der: Buffer): readonly Element[] {
  const elements: Element[] = [];
  for (let at = 0; at < der.length;) {
    const tag = der[at] ?? 0;
    let length = der[at + 1] ?? 0xff;
    let start = at + 2;
    if (length === 0x81 || length === 0x82) {
      const octets = length - 0x80;
      if (start + octets > der.length) throw new InvalidInput("the query is no DER");
      length = der.readUIntBE(start, octets);
      start += octets;
    } else if (length > 0x7f) {
      throw new InvalidInput("the query is no DER");
    }
    if (start + length > der.length) throw new InvalidInput("the query is no DER");
    elements.push({ tag, content: der.subarray(start, start + length) });
    at = start + length;
  }
  return elements;
}

function within(element: Element | undefined, tag: number): readonly Element[] {
  return readElements(contentOf(element, tag));
}

function contentOf(element: Element | undefined, tag: number): Buffer {
  if (element?.tag !== tag) throw new InvalidInput("the query is none of RFC 3161");
  return element.content;
}

/** The certificate authority of @sigstore/mock takes a nonce as a JavaScript number. */
function readNonce(content: Buffer): number {
  if (content.length === 0 || content.length > 6) {
    throw new InvalidInput("the stage answers nonces of up to 48 bits");
  }
  return content.readUIntBE(0, content.length);
}

const TAG = { boolean: 0x01, integer: 0x02, octets: 0x04, oid: 0x06, sequence: 0x30 };

export function readDerQuery(der: Buffer): TimestampQuery {
  const [query, ...rest] = readElements(der);
  if (rest.length > 0) throw new InvalidInput("the query is followed by something");
  const [version, imprint, ...options] = within(query, TAG.sequence);
  if (contentOf(version, TAG.integer).toString("hex") !== "01") {
    throw new InvalidInput("the query is of another version");
  }
  const [algorithmId, hashed] = within(imprint, TAG.sequence);
  const [oid] = within(algorithmId, TAG.sequence);
  const algorithm = OIDS.get(contentOf(oid, TAG.oid).toString("hex"));
  if (algorithm === undefined) throw new InvalidInput("unsupported hash algorithm");
  const nonce = options.find(({ tag }) => tag === TAG.integer);
  const policy = options.find(({ tag }) => tag === TAG.oid);
  assertPolicy(policy?.content.toString("hex"), TIMESTAMP_POLICY_DER);
  return checked({
    algorithm,
    digest: contentOf(hashed, TAG.octets),
    nonce: nonce === undefined ? undefined : readNonce(nonce.content),
    certificates: options.some(({ tag, content }) => tag === TAG.boolean && content[0] === 0xff),
  });
}

function checked(query: TimestampQuery): TimestampQuery {
  if (query.digest.length !== DIGEST_BYTES[query.algorithm]) {
    throw new InvalidInput("digest length does not match the hash algorithm");
  }
  return query;
}

export function readJsonQuery(body: Buffer): TimestampQuery {
  const request = readRecord(parseJson(body), "request");
  const { hashAlgorithm: algorithm, nonce, tsaPolicyOID: policy } = request;
  if (algorithm !== "sha256" && algorithm !== "sha384" && algorithm !== "sha512") {
    throw new InvalidInput("unsupported hash algorithm");
  }
  if (nonce !== undefined && (!Number.isSafeInteger(nonce) || typeof nonce !== "number")) {
    throw new InvalidInput("the nonce is no number the stage can answer");
  }
  assertPolicy(policy, TIMESTAMP_POLICY);
  return checked({
    algorithm,
    digest: readBase64(request["artifactHash"], "artifactHash"),
    nonce,
    certificates: request["certificates"] === true,
  });
}
