import {
  type BranchName,
  type CommitSha,
  ParseError,
  type RepoSlug,
  type Version,
  parseBranchName,
  parseCommitSha,
  parseRepoSlug,
  parseTag,
  parseVersion,
} from "@auditable-release/model";

/**
 * How the text of an input becomes a value. Codecs are data plus a pure function; whether an input
 * is required, secret or defaulted is said where it is declared, not here.
 */
export interface Codec<T> {
  /** The type as documentation names it. */
  readonly type: string;
  /**
   * Reads text that is not empty.
   * @throws ParseError saying what was expected.
   */
  readonly parse: (text: string) => T;
}

function codec<T>(type: string, parse: (text: string) => T): Codec<T> {
  return { type, parse };
}

/** One line of text. */
export const text: Codec<string> = codec("text", (raw) => {
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(raw)) {
    throw new ParseError("one line of text without control characters", raw);
  }
  return raw;
});

/** A credential: opaque, visible ASCII. Always declared as secret. */
export const credential: Codec<string> = codec("secret", (raw) => {
  if (!/^[\x21-\x7e]+$/.test(raw)) {
    throw new ParseError("a credential without blanks or control characters", raw);
  }
  return raw;
});

/**
 * Exactly the words that YAML 1.2's core schema reads as booleans (section 10.3.2). `yes`, `on` and
 * `1` are errors: read as false they would silently switch a safety off.
 */
export const boolean: Codec<boolean> = codec("boolean", (raw) => {
  switch (raw) {
    case "true":
    case "True":
    case "TRUE":
      return true;
    case "false":
    case "False":
    case "FALSE":
      return false;
    default:
      throw new ParseError("true or false", raw);
  }
});

export const version: Codec<Version> = codec("version", parseVersion);
export const branchName: Codec<BranchName> = codec("branch name", parseBranchName);
export const commitSha: Codec<CommitSha> = codec("commit id", parseCommitSha);
export const repoSlug: Codec<RepoSlug> = codec("owner/name", parseRepoSlug);

/** How a repository names its release tags around the version. */
export interface TagFormat {
  readonly prefix: string;
  readonly suffix: string;
}

/** A tag's name with `{version}` in it, once: `{version}`, `v{version}`, `operator/v{version}`. */
export const tagFormat: Codec<TagFormat> = codec("tag format", (raw) => {
  const [prefix, suffix, ...more] = raw.split("{version}");
  const expected = 'the name of a tag with "{version}" in it once, like v{version}';
  if (prefix === undefined || suffix === undefined || more.length > 0) {
    throw new ParseError(expected, raw);
  }
  try {
    parseTag(`${prefix}1.2.3${suffix}`);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw new ParseError(expected, raw);
  }
  return { prefix, suffix };
});
