/** Signed tokens in compact form (RFC 7515), RS256 only: what GitHub issues and Fulcio accepts. */
import { type KeyObject, sign, verify } from "node:crypto";

/** Far above any token of GitHub, far below what would be a burden to parse. */
const MAX_TOKEN_LENGTH = 16 * 1024;

export type Claims = Readonly<Record<string, unknown>>;

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

export function signJwt(claims: Claims, key: KeyObject, keyId: string): string {
  const head = encode({ typ: "JWT", alg: "RS256", kid: keyId });
  const signed = `${head}.${encode(claims)}`;
  return `${signed}.${sign("sha256", Buffer.from(signed), key).toString("base64url")}`;
}

function decode(part: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? Object.fromEntries(Object.entries(value)) : undefined;
  } catch {
    return undefined;
  }
}

/** The claims of a token the key signed; undefined for any other text. Times are not looked at. */
export function openJwt(token: string, key: KeyObject, keyId: string): Claims | undefined {
  const parts = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(
    token.length <= MAX_TOKEN_LENGTH ? token : "",
  );
  const [, head = "", payload = "", signature = ""] = parts ?? [];
  const header = decode(head);
  if (header?.["alg"] !== "RS256" || header["kid"] !== keyId) return undefined;
  const signed = Buffer.from(`${head}.${payload}`);
  const isGood = verify("sha256", signed, key, Buffer.from(signature, "base64url"));
  return isGood ? decode(payload) : undefined;
}
