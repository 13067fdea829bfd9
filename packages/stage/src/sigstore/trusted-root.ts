/**
 * The documents clients are configured with, in the JSON form of the messages of Sigstore's
 * protobuf specifications (`sigstore_trustroot.proto`): whom to trust, and where to sign.
 */
import type { LogKey } from "./checkpoint.ts";
import { sha256 } from "./verifier.ts";

interface ValidFor {
  readonly start: string;
}

interface PublicKeyJson {
  readonly rawBytes: string;
  readonly keyDetails: string;
  readonly validFor: ValidFor;
}

/** TransparencyLogInstance */
export interface LogInstanceJson {
  readonly baseUrl: string;
  readonly hashAlgorithm: "SHA2_256";
  readonly publicKey: PublicKeyJson;
  readonly logId: { readonly keyId: string };
}

/** CertificateAuthority; the chain begins with what signs and ends with the root. */
export interface CertificateAuthorityJson {
  readonly subject: { readonly organization: string; readonly commonName: string };
  readonly uri: string;
  readonly certChain: { readonly certificates: readonly { readonly rawBytes: string }[] };
  readonly validFor: ValidFor;
}

/** TrustedRoot */
export interface TrustedRootJson {
  readonly mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1";
  readonly tlogs: readonly LogInstanceJson[];
  readonly certificateAuthorities: readonly CertificateAuthorityJson[];
  readonly ctlogs: readonly LogInstanceJson[];
  readonly timestampAuthorities: readonly CertificateAuthorityJson[];
}

export interface TrustedService {
  readonly url: string;
  readonly since: Date;
}

/** Every bound is written: a verifier must not have to guess what a missing one means. */
function validFrom(since: Date): ValidFor {
  return { start: since.toISOString() };
}

export function logInstance(key: LogKey, { url, since }: TrustedService): LogInstanceJson {
  return {
    baseUrl: url,
    hashAlgorithm: "SHA2_256",
    publicKey: {
      rawBytes: key.spki.toString("base64"),
      keyDetails: key.keyDetails,
      validFor: validFrom(since),
    },
    logId: { keyId: key.logId.toString("base64") },
  };
}

/** A certificate transparency log: ECDSA, and its id the digest of its key (RFC 6962, 3.2). */
export function ctLogInstance(spki: Buffer, { url, since }: TrustedService): LogInstanceJson {
  return {
    baseUrl: url,
    hashAlgorithm: "SHA2_256",
    publicKey: {
      rawBytes: spki.toString("base64"),
      keyDetails: "PKIX_ECDSA_P256_SHA_256",
      validFor: validFrom(since),
    },
    logId: { keyId: sha256(spki).toString("base64") },
  };
}

export function certificateAuthority(
  commonName: string,
  chain: readonly Buffer[],
  { url, since }: TrustedService,
): CertificateAuthorityJson {
  return {
    // The names @sigstore/mock gives its authorities.
    subject: { organization: "sigstore.mock", commonName },
    uri: url,
    certChain: {
      certificates: chain.map((certificate) => ({ rawBytes: certificate.toString("base64") })),
    },
    validFor: validFrom(since),
  };
}

/** Service */
interface ServiceJson {
  readonly url: string;
  readonly majorApiVersion: number;
  readonly validFor: ValidFor;
  readonly operator: string;
}

/** SigningConfig */
export interface SigningConfigJson {
  readonly mediaType: "application/vnd.dev.sigstore.signingconfig.v0.2+json";
  readonly caUrls: readonly ServiceJson[];
  readonly oidcUrls: readonly ServiceJson[];
  readonly rekorTlogUrls: readonly ServiceJson[];
  readonly tsaUrls: readonly ServiceJson[];
  readonly rekorTlogConfig: { readonly selector: "ANY" };
  readonly tsaConfig: { readonly selector: "ANY" };
}

export interface SigningServices {
  readonly fulcio: string;
  readonly rekor: { readonly url: string; readonly majorApiVersion: number };
  readonly timestamps: string;
  readonly since: Date;
}

export function signingConfigOf(services: SigningServices): SigningConfigJson {
  const common = { validFor: validFrom(services.since), operator: "auditable-release stage" };
  return {
    mediaType: "application/vnd.dev.sigstore.signingconfig.v0.2+json",
    caUrls: [{ url: services.fulcio, majorApiVersion: 1, ...common }],
    oidcUrls: [],
    rekorTlogUrls: [{ ...services.rekor, ...common }],
    tsaUrls: [{ url: services.timestamps, majorApiVersion: 1, ...common }],
    rekorTlogConfig: { selector: "ANY" },
    tsaConfig: { selector: "ANY" },
  };
}
