/**
 * One Sigstore: Fulcio with its certificate transparency log, Rekor v1 and v2 with a log each, and
 * a timestamp authority, all with keys of their own and described by one trusted root.
 */
import { generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import type { HttpServer } from "../http-server.ts";
import type { TokenVerifier } from "../oidc/issuer.ts";
import { type Service, startService, type World } from "../serve.ts";
import { ecdsaLogKey, ed25519LogKey } from "./checkpoint.ts";
import type { Clock } from "./clock.ts";
import { fulcio } from "./fulcio.ts";
import { createMockAuthorities, type MockAuthorities } from "./mock-authorities.ts";
import { rekorV1 } from "./rekor-v1.ts";
import type { EnvelopeTreatment } from "./rekor-v2-entries.ts";
import { rekorV2 } from "./rekor-v2.ts";
import { timestampAuthority } from "./timestamp-authority.ts";
import { type LogAudit, TransparencyLog } from "./transparency-log.ts";
import {
  certificateAuthority,
  ctLogInstance,
  logInstance,
  signingConfigOf,
  type SigningConfigJson,
  type TrustedRootJson,
} from "./trusted-root.ts";

/**
 * Where all logs are. A verifier looks for a checkpoint's name in the log's address, and those
 * written in Go compare it with the host without its port.
 */
const HOST = "127.0.0.1";

export interface TrustDomainOptions {
  /** Its services' names in faults and history begin with it and a dash. */
  readonly name: string;
  /**
   * `false`: like GitHub's own Sigstore for private repositories. Certificates are not logged, and
   * the trusted root names no log, whatever Rekor says. `true` unless told.
   */
  readonly isTransparent?: boolean;
  /** Whether Rekor v2 takes envelopes that are not made into a hashedrekord; `logged` unless told. */
  readonly envelopesInRekorV2?: EnvelopeTreatment;
}

interface TrustDomainSettings extends Omit<TrustDomainOptions, "name"> {
  /** `fulcio` of the stage's own domain is called just that. */
  readonly prefix: string;
  readonly world: World;
  readonly clock: Clock;
  readonly issuers: readonly TokenVerifier[];
}

interface Origins {
  readonly fulcio: string;
  readonly rekor: string;
  readonly rekorV2: string;
  readonly timestamps: string;
}

interface TrustDomainParts {
  readonly clock: Clock;
  readonly log: TransparencyLog;
  readonly logV2: TransparencyLog;
  readonly origins: Origins;
  readonly since: Date;
  readonly isTransparent: boolean;
  readonly authorities: () => Promise<MockAuthorities>;
}

export class TrustDomain {
  /** The time of all its services. Moved, it makes certificates expire. */
  readonly clock: Clock;
  /** The log behind Rekor v1. */
  readonly log: TransparencyLog;
  /** The log behind Rekor v2. */
  readonly logV2: TransparencyLog;
  readonly #origins: Origins;
  readonly #since: Date;
  readonly #isTransparent: boolean;
  readonly #authorities: () => Promise<MockAuthorities>;

  private constructor(parts: TrustDomainParts) {
    this.clock = parts.clock;
    this.log = parts.log;
    this.logV2 = parts.logV2;
    this.#origins = parts.origins;
    this.#since = parts.since;
    this.#isTransparent = parts.isTransparent;
    this.#authorities = parts.authorities;
  }

  /** The domain, and its servers for the caller to dispose of. */
  static async open(
    settings: TrustDomainSettings,
  ): Promise<{ domain: TrustDomain; servers: readonly HttpServer[] }> {
    const {
      prefix,
      world,
      clock,
      issuers,
      envelopesInRekorV2: envelopes = "logged",
      isTransparent = true,
    } = settings;
    // Certificates and timestamps count whole seconds.
    const since = new Date(Math.floor(clock.now().getTime() / 1000) * 1000);
    let made: Promise<MockAuthorities> | undefined;
    async function authorities(): Promise<MockAuthorities> {
      return (made ??= createMockAuthorities(clock, { logsCertificates: isTransparent }));
    }

    const v1Key = ecdsaLogKey(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey);
    const v2Key = ed25519LogKey(generateKeyPairSync("ed25519").privateKey, HOST);
    const treeId = String(v1Key.logId.readBigUInt64BE(8) >> 1n);
    const v1 = new TransparencyLog({
      name: `${prefix}rekor`,
      key: v1Key,
      names: { origin: `${HOST} - ${treeId}`, signer: HOST },
      clock,
    });
    const v2 = new TransparencyLog({
      name: `${prefix}rekor-v2`,
      key: v2Key,
      names: { origin: HOST, signer: HOST },
      clock,
    });
    const services: Record<keyof Origins, Service> = {
      fulcio: fulcio({
        name: `${prefix}fulcio`,
        world,
        clock,
        issuers,
        authority: async () => (await authorities()).certificates,
      }),
      rekor: rekorV1({ log: v1, treeId, world }),
      rekorV2: rekorV2({ log: v2, world, envelopes }),
      timestamps: timestampAuthority({
        name: `${prefix}tsa`,
        world,
        signer: async () => (await authorities()).timestamps,
      }),
    };
    async function serve(service: Service): Promise<HttpServer> {
      return startService(world, service);
    }
    const [fulcioServer, rekorServer, rekorV2Server, timestampServer] = await Promise.all([
      serve(services.fulcio),
      serve(services.rekor),
      serve(services.rekorV2),
      serve(services.timestamps),
    ]);
    const origins = {
      fulcio: fulcioServer.origin,
      rekor: rekorServer.origin,
      rekorV2: rekorV2Server.origin,
      timestamps: timestampServer.origin,
    };
    return {
      domain: new TrustDomain({
        clock,
        log: v1,
        logV2: v2,
        origins,
        since,
        isTransparent,
        authorities,
      }),
      servers: [fulcioServer, rekorServer, rekorV2Server, timestampServer],
    };
  }

  get fulcioUrl(): string {
    return this.#origins.fulcio;
  }

  /** Rekor v1. */
  get rekorUrl(): string {
    return this.#origins.rekor;
  }

  get rekorV2Url(): string {
    return this.#origins.rekorV2;
  }

  /** Without a path: `@sigstore/sign` adds the usual one, and takes a URL with one as it is. */
  get timestampUrl(): string {
    return this.#origins.timestamps;
  }

  /** What a verifier needs to know of the domain, as `trusted_root.json` has it. */
  async trustedRoot(): Promise<TrustedRootJson> {
    const { certificates, timestamps, ctLogKey } = await this.#authorities();
    const at = (url: string): { url: string; since: Date } => ({ url, since: this.#since });
    const { fulcio: fulcioUrl, rekor, rekorV2: v2Url, timestamps: timestampUrl } = this.#origins;
    return {
      mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
      tlogs: this.#isTransparent
        ? [logInstance(this.log.key, at(rekor)), logInstance(this.logV2.key, at(v2Url))]
        : [],
      certificateAuthorities: [
        certificateAuthority("sigstore", [certificates.root], at(fulcioUrl)),
      ],
      // The log is Fulcio's own business: nobody else writes to it, and it is not served.
      ctlogs: this.#isTransparent ? [ctLogInstance(ctLogKey, at(fulcioUrl))] : [],
      timestampAuthorities: [
        certificateAuthority("tsa", [timestamps.leaf, timestamps.root], at(timestampUrl)),
      ],
    };
  }

  /** Writes `trusted_root.json` to that path. */
  async writeTrustedRoot(path: string): Promise<void> {
    await writeFile(path, `${JSON.stringify(await this.trustedRoot(), null, 2)}\n`);
  }

  /** Where to sign, for clients that read a signing config: cosign and sigstore-go. */
  signingConfig(rekorVersion: 1 | 2): SigningConfigJson {
    const url = rekorVersion === 1 ? this.#origins.rekor : this.#origins.rekorV2;
    return signingConfigOf({
      fulcio: this.#origins.fulcio,
      rekor: { url, majorApiVersion: rekorVersion },
      timestamps: `${this.#origins.timestamps}/api/v1/timestamp`,
      since: this.#since,
    });
  }

  /** Audits both logs. @throws Error naming what does not agree */
  verifyLogs(): { readonly v1: LogAudit; readonly v2: LogAudit } {
    return { v1: this.log.verify(), v2: this.logV2.verify() };
  }
}
