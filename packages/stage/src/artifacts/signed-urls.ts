/**
 * Addresses that carry their own permission and end by themselves, in the manner of Azure's shared
 * access signatures: `sp` what is allowed, `se` until when, `rsct` and `rscd` the headers of the
 * answer, `sig` over all of it. GitHub hands out logs, artifacts and assets by such addresses.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "../clock.ts";

export type SignedPermission = "r" | "cw";

export interface Signing {
  readonly permission: SignedPermission;
  readonly lifeMs: number;
  readonly contentType?: string;
  readonly fileName?: string;
}

export type SignatureVerdict = "good" | "expired" | "bad";

const SIGNED_PARAMETERS = ["sp", "se", "rsct", "rscd"];

export class SignedUrls {
  readonly #secret = randomBytes(32);
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  #signature(path: string, query: URLSearchParams): Buffer {
    const signed = [path, ...SIGNED_PARAMETERS.map((name) => query.get(name) ?? "")];
    return createHmac("sha256", this.#secret).update(JSON.stringify(signed)).digest();
  }

  /** The address of `path` below `origin`, good for so long. */
  sign(origin: string, path: string, signing: Signing): string {
    const until = new Date(this.#clock.now().getTime() + signing.lifeMs);
    const query = new URLSearchParams({ sp: signing.permission, se: until.toISOString() });
    if (signing.contentType !== undefined) query.set("rsct", signing.contentType);
    if (signing.fileName !== undefined) {
      const name = encodeURIComponent(signing.fileName);
      query.set("rscd", `attachment; filename="${name}"; filename*=UTF-8''${name}`);
    }
    query.set("sig", this.#signature(path, query).toString("base64"));
    return `${origin}${path}?${query.toString()}`;
  }

  verify(path: string, query: URLSearchParams, permission: SignedPermission): SignatureVerdict {
    const given = Buffer.from(query.get("sig") ?? "", "base64");
    const wanted = this.#signature(path, query);
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return "bad";
    if (query.get("sp") !== permission) return "bad";
    return Date.parse(query.get("se") ?? "") > this.#clock.now().getTime() ? "good" : "expired";
  }
}
