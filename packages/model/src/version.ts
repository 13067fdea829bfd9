import compareSemver from "semver/functions/compare.js";
import parseSemver from "semver/functions/parse.js";
import { type Branded, ParseError } from "./parse.ts";

/**
 * A release version: Semantic Versioning 2.0.0 without build metadata and without a leading `v`.
 * Build metadata is out because an image tag cannot hold a `+` (OCI distribution-spec, tag grammar).
 */
export type Version = Branded<"Version">;

/** An image tag holds at most 128 characters (OCI distribution-spec), and a version becomes one. */
const MAX_VERSION_LENGTH = 128;

const EXPECTED = "a version like 1.2.3 or 1.2.3-rc.1";

interface VersionParts {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  readonly prerelease: readonly (string | number)[];
}

function partsOf(text: string): VersionParts | undefined {
  const parsed = text.length <= MAX_VERSION_LENGTH ? parseSemver(text) : null;
  // semver tolerates blanks around and a leading "v" or "="; what it prints back tells.
  return parsed !== null &&
    parsed.raw === text &&
    parsed.build.length === 0 &&
    parsed.version === text
    ? parsed
    : undefined;
}

/** @throws ParseError unless the text is exactly such a version. */
export function parseVersion(text: string): Version {
  if (partsOf(text) === undefined) {
    throw new ParseError(EXPECTED + explain(text), text);
  }
  return text as Version;
}

/** Like parseVersion, where "no" is an answer. */
export function tryVersion(text: string): Version | undefined {
  return partsOf(text) === undefined ? undefined : (text as Version);
}

function explain(text: string): string {
  if (text.length > MAX_VERSION_LENGTH) return ` of at most ${MAX_VERSION_LENGTH} characters`;
  if (/^[vV=]/.test(text)) return ` without a prefix`;
  if (/^\d+(\.\d+)?$/.test(text)) return ` with all three numbers`;
  if (/^[\w.-]+\+/.test(text)) return ` without build metadata (an image tag cannot hold "+")`;
  if (/(^|\.)0\d/.test(text)) return ` without leading zeros`;
  return "";
}

function parts(version: Version): VersionParts {
  const parsed = partsOf(version);
  if (parsed === undefined) throw new Error(`not made by parseVersion: ${version}`);
  return parsed;
}

/** Negative, zero or positive, by SemVer precedence (section 11). */
export function compareVersions(a: Version, b: Version): number {
  return compareSemver(a, b);
}

/** `major.minor`: the line that patches of this release belong to. */
export function lineOf(version: Version): string {
  const { major, minor } = parts(version);
  return `${major}.${minor}`;
}

/** Whether the version is a patch of an existing line, and so needs the line's branch to exist. */
export function isPatch(version: Version): boolean {
  return parts(version).patch > 0;
}

/** Whether the version carries a pre-release part. */
export function isPrerelease(version: Version): boolean {
  return parts(version).prerelease.length > 0;
}
