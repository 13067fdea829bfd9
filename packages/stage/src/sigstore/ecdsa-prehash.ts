/**
 * Verifies an ECDSA signature where only the digest of the message is known. A transparency log
 * needs this for `hashedrekord`, and `node:crypto` always hashes what it is given. Public values
 * only, so nothing here needs to take constant time.
 */
import type { KeyObject } from "node:crypto";

/** Short Weierstrass with a = -3, after FIPS 186-5 and SP 800-186, 3.2.1. */
interface Curve {
  readonly bytes: number;
  readonly p: bigint;
  readonly n: bigint;
  readonly gx: bigint;
  readonly gy: bigint;
}

const CURVES: Readonly<Record<string, Curve>> = {
  "P-256": {
    bytes: 32,
    p: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
    n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
    gx: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
    gy: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
  },
  "P-384": {
    bytes: 48,
    p: 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffffn,
    n: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
    gx: 0xaa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7n,
    gy: 0x3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5fn,
  },
};

/** The name of the curve when this file can verify with the key. */
export function curveOf(key: KeyObject): string | undefined {
  if (key.asymmetricKeyType !== "ec") return undefined;
  const { crv } = key.export({ format: "jwk" });
  return crv !== undefined && crv in CURVES ? crv : undefined;
}

function modulo(value: bigint, modulus: bigint): bigint {
  const rest = value % modulus;
  return rest < 0n ? rest + modulus : rest;
}

/** By the extended Euclidean algorithm; the modulus is prime and the value not its multiple. */
function invert(value: bigint, modulus: bigint): bigint {
  let [low, high] = [modulo(value, modulus), modulus];
  let [x, y] = [1n, 0n];
  while (low !== 0n) {
    const quotient = high / low;
    [low, high] = [high - low * quotient, low];
    [x, y] = [y - x * quotient, x];
  }
  return modulo(y, modulus);
}

/** Jacobian coordinates; z = 0 is the point at infinity. */
interface Point {
  readonly x: bigint;
  readonly y: bigint;
  readonly z: bigint;
}

const INFINITY: Point = { x: 1n, y: 1n, z: 0n };

/** "dbl-2001-b" of the Explicit-Formulas Database, for a = -3. */
function double({ p }: Curve, point: Point): Point {
  if (point.z === 0n) return point;
  const delta = (point.z * point.z) % p;
  const gamma = (point.y * point.y) % p;
  const beta = (point.x * gamma) % p;
  const alpha = modulo(3n * (point.x - delta) * (point.x + delta), p);
  const x = modulo(alpha * alpha - 8n * beta, p);
  const sum = point.y + point.z;
  return {
    x,
    y: modulo(alpha * (4n * beta - x) - 8n * gamma * gamma, p),
    z: modulo(sum * sum - gamma - delta, p),
  };
}

/** "add-1998-cmo-2" of the Explicit-Formulas Database. */
function add(curve: Curve, a: Point, b: Point): Point {
  if (a.z === 0n) return b;
  if (b.z === 0n) return a;
  const { p } = curve;
  const [aa, bb] = [(a.z * a.z) % p, (b.z * b.z) % p];
  const u = modulo(a.x * bb, p);
  const s = modulo(a.y * b.z * bb, p);
  const h = modulo(b.x * aa - u, p);
  const r = modulo(b.y * a.z * aa - s, p);
  if (h === 0n) return r === 0n ? double(curve, a) : INFINITY;
  const hh = (h * h) % p;
  const hhh = (h * hh) % p;
  const v = (u * hh) % p;
  const x = modulo(r * r - hhh - 2n * v, p);
  return { x, y: modulo(r * (v - x) - s * hhh, p), z: modulo(a.z * b.z * h, p) };
}

/** `u * a + v * b`, both at once, from the highest bit down. */
function combine(curve: Curve, u: bigint, a: Point, v: bigint, b: Point): Point {
  const both = add(curve, a, b);
  let sum = INFINITY;
  for (let bit = BigInt(curve.bytes * 8) - 1n; bit >= 0n; bit -= 1n) {
    sum = double(curve, sum);
    const [inU, inV] = [(u >> bit) & 1n, (v >> bit) & 1n];
    if (inU === 1n) sum = add(curve, sum, inV === 1n ? both : a);
    else if (inV === 1n) sum = add(curve, sum, b);
  }
  return sum;
}

function toInteger(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
}

/** One DER INTEGER that is not negative and not longer than it must be. */
function readInteger(der: Buffer, at: number): { value: bigint; end: number } | undefined {
  const length = der[at + 1] ?? 0;
  const bytes = der.subarray(at + 2, at + 2 + length);
  const [first = 0x80, second = 0x80] = bytes;
  if (der[at] !== 0x02 || length === 0 || length > 0x7f || bytes.length !== length)
    return undefined;
  if (first >= 0x80 || (first === 0 && length > 1 && second < 0x80)) return undefined;
  return { value: toInteger(bytes), end: at + 2 + length };
}

/** `SEQUENCE { r INTEGER, s INTEGER }` (RFC 3279, 2.2.3), of curves up to 384 bits. */
function readSignature(der: Buffer): { r: bigint; s: bigint } | undefined {
  // Two integers of 49 bytes each stay below 128, where a length is one byte.
  if (der[0] !== 0x30 || der[1] !== der.length - 2 || der.length > 0x81) return undefined;
  const r = readInteger(der, 2);
  const s = r === undefined ? undefined : readInteger(der, r.end);
  if (r === undefined || s === undefined || s.end !== der.length) return undefined;
  return { r: r.value, s: s.value };
}

/**
 * FIPS 186-5, 6.4.2. False for a signature that is malformed.
 * @throws Error for a key that {@link curveOf} does not know
 */
export function verifyEcdsaDigest(key: KeyObject, digest: Uint8Array, signature: Buffer): boolean {
  const curve = CURVES[curveOf(key) ?? ""];
  if (curve === undefined) throw new Error("this curve is not known here");
  const { x = "", y = "" } = key.export({ format: "jwk" });
  const pair = readSignature(signature);
  if (pair === undefined) return false;
  const { r, s } = pair;
  if (r === 0n || r >= curve.n || s === 0n || s >= curve.n) return false;
  const e = toInteger(digest.subarray(0, curve.bytes));
  const w = invert(s, curve.n);
  const sum = combine(
    curve,
    (e * w) % curve.n,
    { x: curve.gx, y: curve.gy, z: 1n },
    (r * w) % curve.n,
    {
      x: toInteger(Buffer.from(x, "base64url")),
      y: toInteger(Buffer.from(y, "base64url")),
      z: 1n,
    },
  );
  if (sum.z === 0n) return false;
  const inverse = invert(sum.z, curve.p);
  return modulo(sum.x * inverse * inverse, curve.p) % curve.n === r;
}
