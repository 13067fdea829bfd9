/**
 * The certificate authority, its certificate transparency log and the timestamp authority, from
 * `@sigstore/mock`. Its modules are loaded one by one and only when needed: its front door brings
 * an interceptor that replaces this process's HTTP client, and all of it takes a third of a second.
 */
import { generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import type { Clock } from "./clock.ts";
import type { CertificateAuthority } from "./fulcio.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import type { TimestampSigner } from "./timestamp-authority.ts";
import { TIMESTAMP_POLICY } from "./timestamp-query.ts";
import type { DigestAlgorithm } from "./verifier.ts";

const DIGEST_OIDS: Readonly<Record<DigestAlgorithm, string>> = {
  sha256: "2.16.840.1.101.3.4.2.1",
  sha384: "2.16.840.1.101.3.4.2.2",
  sha512: "2.16.840.1.101.3.4.2.3",
};

/** What `@sigstore/mock` puts into an answer whose query has no nonce. */
const DEFAULT_NONCE = 1_234_567_890;

export interface MockAuthorities {
  readonly certificates: CertificateAuthority;
  readonly timestamps: TimestampSigner;
  /** The certificate transparency log's public key, SubjectPublicKeyInfo in DER. */
  readonly ctLogKey: Buffer;
}

interface EcKeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

async function generateEcKeyPair(): Promise<EcKeyPair> {
  return promisify(generateKeyPair)("ec", { namedCurve: "prime256v1" });
}

function toBuffer(view: ArrayBufferView<ArrayBuffer>): Buffer {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength);
}

/**
 * One key pair for each, and one time for all of them, which is whole seconds. Only certificates
 * that are logged carry a signed certificate timestamp.
 */
export async function createMockAuthorities(
  clock: Clock,
  { logsCertificates }: { readonly logsCertificates: boolean },
): Promise<MockAuthorities> {
  const [{ initializeCA }, { initializeCTLog }, { initializeTSA }, caKey, ctKey, tsaKey] =
    await Promise.all([
      import("@sigstore/mock/dist/fulcio/ca.js"),
      import("@sigstore/mock/dist/fulcio/ctlog.js"),
      import("@sigstore/mock/dist/timestamp/tsa.js"),
      generateEcKeyPair(),
      generateEcKeyPair(),
      generateEcKeyPair(),
    ]);
  // The authorities read this one object, so it must not move while one of them is at work. Whole
  // seconds, because a timestamp with a fraction that ends in zero is encoded without that zero,
  // which @sigstore/core does not read: one in ten would fail.
  const shared = new Date(0);
  const queue = oneAtATime();

  async function now<Result>(task: () => Promise<Result>): Promise<Result> {
    return queue(async () => {
      shared.setTime(Math.floor(clock.now().getTime() / 1000) * 1000);
      return task();
    });
  }

  const ctLog = await initializeCTLog(ctKey, shared);
  const ca = await initializeCA(caKey, logsCertificates ? ctLog : undefined, shared);
  const tsa = await initializeTSA(tsaKey, shared);
  return {
    certificates: {
      root: toBuffer(ca.rootCertificate),
      issue: async (publicKey, { subjectAltName, extensions }) => {
        const spki = new Uint8Array(publicKey.export({ format: "der", type: "spki" }));
        return now(async () =>
          toBuffer(
            await ca.issueCertificate({
              publicKey: spki,
              subjectAltName,
              extensions: [...extensions],
            }),
          ),
        );
      },
    },
    timestamps: {
      root: toBuffer(tsa.rootCertificate),
      leaf: toBuffer(tsa.intCertificate),
      timestamp: async (query) =>
        now(async () =>
          toBuffer(
            await tsa.timestamp({
              artifactHash: query.digest,
              hashAlgorithmOID: DIGEST_OIDS[query.algorithm],
              nonce: query.nonce ?? DEFAULT_NONCE,
              policyOID: TIMESTAMP_POLICY,
              certReq: query.certificates,
            }),
          ),
        ),
    },
    ctLogKey: ctLog.publicKey,
  };
}
