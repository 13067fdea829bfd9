/**
 * Fulcio v2: a certificate for whoever holds an ID token of a trusted issuer and a key. Checks both
 * before the certificate authority issues. Statuses and sentences of github.com/sigstore/fulcio 1.6
 * (`pkg/server`).
 */
import { createPublicKey, type KeyObject, verify, X509Certificate } from "node:crypto";
import type { TokenVerifier } from "../oidc/issuer.ts";
import type { Claims } from "../oidc/jwt.ts";
import type { Service, World } from "../serve.ts";
import { type CertificateIdentity, identityOfClaims } from "./certificate-extensions.ts";
import type { Clock } from "./clock.ts";
import { type Call, type Reply, RoutedService } from "./routed-service.ts";
import { InvalidInput, parseJson, readBase64, readRecord, readText } from "./untrusted.ts";

/** Whom a token must be for. */
const AUDIENCE = "sigstore";

/** What issues, once all is checked. Certificates are in DER. */
export interface CertificateAuthority {
  readonly root: Buffer;
  issue(publicKey: KeyObject, identity: CertificateIdentity): Promise<Buffer>;
}

export interface FulcioSettings {
  readonly name: string;
  readonly world: World;
  readonly clock: Clock;
  readonly issuers: readonly TokenVerifier[];
  readonly authority: () => Promise<CertificateAuthority>;
}

/** The forms of `google.rpc.Status`; Fulcio refuses whatever a client sends with code 3. */
function refuse(message: string): Reply {
  return { status: 400, body: { code: 3, message, details: [] } };
}

function pemOf(der: Buffer): string {
  return new X509Certificate(der).toString();
}

/** @throws InvalidInput in Fulcio's words */
function readPublicKey(pem: unknown): KeyObject {
  let key: KeyObject;
  try {
    key = createPublicKey(readText(pem, "public key"));
  } catch {
    throw new InvalidInput("The public key supplied in the request could not be parsed");
  }
  // The certificate authority of @sigstore/mock reads keys of this curve and of no other.
  if (key.asymmetricKeyDetails?.namedCurve !== "prime256v1") {
    throw new InvalidInput("The public key supplied in the request is insecure");
  }
  return key;
}

/** Proof that the client has the private key: the token's subject, signed. */
function assertPossession(key: KeyObject, proof: unknown, subject: string): void {
  let isGood = false;
  try {
    const signature = readBase64(proof, "proof of possession");
    isGood = verify("sha256", Buffer.from(subject), key, signature);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
  }
  if (!isGood) {
    throw new InvalidInput("The signature supplied in the request could not be verified");
  }
}

/** For the log of exchanges: the request without the token. */
function withoutToken(body: unknown): unknown {
  if (typeof body !== "object" || body === null || !("credentials" in body)) return body;
  return { ...body, credentials: "***" };
}

export function fulcio({ name, world, clock, issuers, authority }: FulcioSettings): Service {
  /** The claims of a token of a known issuer that is good here and now. */
  async function authenticate(token: unknown): Promise<Claims> {
    if (typeof token === "string") {
      for (const issuer of issuers) {
        const claims = await issuer.verify(token, AUDIENCE, clock.now());
        if (claims !== undefined) return claims;
      }
    }
    throw new InvalidInput("There was an error processing the identity token");
  }

  function identify(claims: Claims): CertificateIdentity {
    try {
      return identityOfClaims(claims);
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      // Fulcio keeps to itself which claim is missing.
      throw new InvalidInput("There was an error processing the identity token");
    }
  }

  async function signingCert({ body, headers }: Call): Promise<Reply> {
    const request = readRecord(parseJson(body), "request");
    const credentials = readRecord(request["credentials"] ?? {}, "credentials");
    // Clients in JavaScript send the token in the body, those in Go in the header.
    const bearer = /^bearer +(?<token>\S+)$/i.exec(headers.authorization ?? "");
    const token = credentials["oidcIdentityToken"] ?? bearer?.groups?.["token"];
    const claims = await authenticate(token);
    const identity = identify(claims);
    const subject = readText(claims["sub"], "sub claim");
    if (request["certificateSigningRequest"] !== undefined) {
      return refuse("The certificate signing request could not be parsed");
    }
    const keyRequest = readRecord(request["publicKeyRequest"] ?? {}, "publicKeyRequest");
    const publicKey = readPublicKey(readRecord(keyRequest["publicKey"] ?? {}, "key")["content"]);
    assertPossession(publicKey, keyRequest["proofOfPossession"], subject);
    const issuer = await authority();
    const leaf = await issuer.issue(publicKey, identity);
    const certificate = new X509Certificate(leaf);
    world.history.record({
      service: name,
      who: subject,
      what: "issue certificate",
      repository: readText(claims["repository"], "repository claim"),
      before: undefined,
      after: certificate.fingerprint256.replaceAll(":", "").toLowerCase(),
    });
    const certificates = [certificate.toString(), pemOf(issuer.root)];
    // Not 201, as @sigstore/mock has it: sigstore-go takes 200 and nothing else.
    return { status: 200, body: { signedCertificateEmbeddedSct: { chain: { certificates } } } };
  }

  return new RoutedService({
    name,
    // Whose token it is is known when it has been checked, which is part of the answer.
    identify: () => "anonymous",
    redact: withoutToken,
    refuse,
    routes: {
      "POST /api/v2/signingCert": signingCert,
      "GET /api/v2/trustBundle": async () => {
        const { root } = await authority();
        return { status: 200, body: { chains: [{ certificates: [pemOf(root)] }] } };
      },
      "GET /api/v2/configuration": () => ({
        status: 200,
        body: {
          issuers: issuers.map(({ issuer }) => ({
            issuerUrl: issuer,
            audience: AUDIENCE,
            challengeClaim: "sub",
            spiffeTrustDomain: "",
            issuerType: "github-workflow",
            subjectDomain: "",
          })),
        },
      }),
    },
  });
}
