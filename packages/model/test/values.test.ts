import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compareVersions,
  confusableKey,
  formatImageRef,
  isPatch,
  isPrerelease,
  lineOf,
  ParseError,
  parseBranchName,
  parseChannel,
  parseCommitSha,
  parseDigest,
  parseImageRef,
  parseRepoSlug,
  parseTag,
  parseVersion,
  quote,
  splitRepoSlug,
  tryVersion,
} from "../src/index.ts";

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: length, maxLength: length });
const number = fc.nat({ max: 10_000 });
const identifier = fc.oneof(number.map(String), fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/));
const versionText = fc
  .tuple(number, number, number, fc.array(identifier, { maxLength: 3 }))
  .map(([major, minor, patch, pre]) =>
    pre.length === 0 ? `${major}.${minor}.${patch}` : `${major}.${minor}.${patch}-${pre.join(".")}`,
  );

/** A parser must accept exactly what it would print, and never anything but what it was given. */
function expectFaithful(parse: (text: string) => string): void {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: "grapheme" }), versionText), (text) => {
      let value: string | undefined;
      try {
        value = parse(text);
      } catch (error) {
        expect(error).toBeInstanceOf(ParseError);
      }
      expect(value ?? text).toBe(text);
    }),
  );
}

describe("a parser returns the very text it was given, or refuses it with a ParseError", () => {
  it.each([
    ["version", parseVersion],
    ["branch name", parseBranchName],
    ["tag", parseTag],
    ["commit id", parseCommitSha],
    ["digest", parseDigest],
    ["repository", parseRepoSlug],
    ["channel", parseChannel],
  ] as const)("%s", (_, parse) => {
    expectFaithful(parse);
  });

  it("image reference, through its printer", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("ghcr.io", "localhost:5000", "europe-docker.pkg.dev", "[::1]:5000"),
        fc.constantFrom("app", "team/app", "a/b/c-d__e.f"),
        fc.option(fc.constantFrom("1.2.3", "latest", "_x", "A.b-c"), { nil: undefined }),
        fc.option(hex(64), { nil: undefined }),
        (registry, repository, tag, digest) => {
          fc.pre(tag !== undefined || digest !== undefined);
          const text = `${registry}/${repository}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@sha256:${digest}`}`;
          expect(formatImageRef(parseImageRef(text))).toBe(text);
        },
      ),
    );
  });
});

describe("version", () => {
  it("accepts every semantic version without build metadata", () => {
    fc.assert(
      fc.property(versionText, (text) => {
        expect(parseVersion(text)).toBe(text);
      }),
    );
  });

  it.each([
    ["", "a version like 1.2.3"],
    ["1.2", "with all three numbers"],
    ["1", "with all three numbers"],
    ["v1.2.3", "without a prefix"],
    ["=1.2.3", "without a prefix"],
    ["01.2.3", "without leading zeros"],
    ["1.2.03", "without leading zeros"],
    ["1.2.3+build", "without build metadata"],
    ["1.2.3-rc.1+x", "without build metadata"],
    [" 1.2.3", "a version"],
    ["1.2.3\n", "a version"],
    ["1.2.3-", "a version"],
    ["1.2.3-rc..1", "a version"],
    ["1.2.3-01", "a version"],
    ["١.٢.٣", "a version"],
    ["9007199254740992.0.0", "a version"],
    [`1.2.3-${"a".repeat(130)}`, "at most 128 characters"],
    ["1.2.3;rm -rf /", "a version"],
    ["main", "a version"],
  ])("refuses %j", (text, expected) => {
    expect(() => parseVersion(text)).toThrow(expected);
    expect(tryVersion(text)).toBeUndefined();
  });

  it("orders by SemVer precedence, numbers by value", () => {
    const sorted = ["1.2.10", "1.2.9", "1.2.9-rc.10", "1.2.9-rc.9", "1.10.0", "2.0.0-alpha"]
      .map(parseVersion)
      .toSorted(compareVersions);
    expect(sorted).toEqual([
      "1.2.9-rc.9",
      "1.2.9-rc.10",
      "1.2.9",
      "1.2.10",
      "1.10.0",
      "2.0.0-alpha",
    ]);
  });

  it("is a total order", () => {
    fc.assert(
      fc.property(versionText, versionText, versionText, (a, b, c) => {
        const [x, y, z] = [parseVersion(a), parseVersion(b), parseVersion(c)];
        expect(Math.sign(compareVersions(x, y))).toBe(-Math.sign(compareVersions(y, x)) + 0);
        if (compareVersions(x, y) <= 0 && compareVersions(y, z) <= 0) {
          expect(compareVersions(x, z)).toBeLessThanOrEqual(0);
        }
      }),
    );
  });

  it.each([
    ["1.2.0", "1.2", false, false],
    ["1.10.0", "1.10", false, false],
    ["1.2.3", "1.2", true, false],
    ["1.2.0-rc.1", "1.2", false, true],
    ["1.2.3-rc1", "1.2", true, true],
    ["1.2.3-0.140.0", "1.2", true, true],
  ])("%s belongs to line %s; patch: %s, pre-release: %s", (text, line, patch, prerelease) => {
    const version = parseVersion(text);
    expect([lineOf(version), isPatch(version), isPrerelease(version)]).toEqual([
      line,
      patch,
      prerelease,
    ]);
  });
});

describe("names of branches and tags", () => {
  it.each([
    "main",
    "release-1.2",
    "release/1.2",
    "pre-release-1.2.3",
    "chart/telemetry",
    "feature/äöü",
    "a@b",
    "x{y",
  ])("accepts %j", (name) => {
    expect(parseBranchName(name)).toBe(name);
    expect(parseTag(name)).toBe(name);
  });

  it.each([
    "",
    "a b",
    "a..b",
    "a~1",
    "a^",
    "a:b",
    "a?",
    "a*",
    "a[b",
    "a\\b",
    "a@{1}",
    "@",
    "-a",
    "/a",
    "a/",
    "a//b",
    ".a",
    "a/.b",
    "a.lock",
    "a.lock/b",
    "a.",
    "a\nb",
    "a\u0000",
    "a\u00a0b",
    "a\u202eb",
    "a\u200bb",
    "\ud800",
    "HEAD",
    "refs/heads/main",
    "0123456789012345678901234567890123456789",
    "ä".repeat(200),
  ])("refuses %j", (name) => {
    expect(() => parseBranchName(name)).toThrow(ParseError);
    expect(() => parseTag(name)).toThrow(ParseError);
  });
});

describe("confusable names", () => {
  it.each([
    ["release-1.2", "Release-1.2"],
    ["release-1.2", "RELEASE-1.2"],
    ["release-1.2", "rеlease-1.2"],
    ["release-1.2", "release-1.2\u200b"],
    ["release-1.2", "ｒelease-1.2"],
    ["release-1.2", "réleasé-1.2"],
    ["release-1.2", "releαse-1.2"],
    ["v1.2.0", "V1.2.0"],
  ])("%j and %j have the same key", (a, b) => {
    expect(confusableKey(b)).toBe(confusableKey(a));
  });

  it.each([
    ["release-1.2", "release-1.20"],
    ["release-1.2", "release-12"],
    ["release-1.2", "release/1.2"],
    ["1.2.0", "v1.2.0"],
  ])("%j and %j do not", (a, b) => {
    expect(confusableKey(b)).not.toBe(confusableKey(a));
  });

  it("a key is its own key", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (name) => {
        const key = confusableKey(name);
        expect(confusableKey(key)).toBe(key);
      }),
    );
  });
});

describe("identifiers", () => {
  it.each(["0123456789abcdef0123456789abcdef01234567", "0".repeat(64)])(
    "accepts commit %s",
    (sha) => {
      expect(parseCommitSha(sha)).toBe(sha);
    },
  );

  it.each(["", "HEAD", "0123456", "0123456789ABCDEF0123456789ABCDEF01234567", "0".repeat(41)])(
    "refuses commit %j",
    (sha) => {
      expect(() => parseCommitSha(sha)).toThrow("full commit id");
    },
  );

  it.each([
    "",
    "sha256:",
    `sha256:${"A".repeat(64)}`,
    `sha256:${"a".repeat(63)}`,
    `sha256:${"a".repeat(65)}`,
    `md5:${"a".repeat(32)}`,
    `sha512:${"a".repeat(64)}`,
    "latest",
  ])("refuses digest %j", (text) => {
    expect(() => parseDigest(text)).toThrow("a digest like");
  });

  it.each([
    "",
    "app:1",
    "team/app:1",
    "ghcr.io/app",
    "ghcr.io/App:1",
    "ghcr.io/app:",
    "ghcr.io/app:1:2",
    "ghcr.io/app@sha256:abc",
    "ghcr.io//app:1",
    "ghcr.io/../app:1",
    "https://ghcr.io/app:1",
    "user@ghcr.io/app:1",
    "ghcr.io:0/app:1",
    "ghcr.io/app:-x",
    `ghcr.io/${"a".repeat(300)}:1`,
  ])("refuses image %j", (text) => {
    expect(() => parseImageRef(text)).toThrow(ParseError);
  });

  it("splits a repository into owner and name", () => {
    expect(splitRepoSlug(parseRepoSlug("kyma-project/telemetry-manager"))).toEqual({
      owner: "kyma-project",
      name: "telemetry-manager",
    });
  });

  it.each([
    "",
    "a",
    "a/",
    "/a",
    "a/b/c",
    "a/..",
    "a/.",
    "-a/b",
    "a b/c",
    "a/b.git",
    "a/b\n",
    "ä/b",
  ])("refuses repository %j", (text) => {
    expect(() => parseRepoSlug(text)).toThrow("owner/name");
  });

  it.each(["fast", "dev", "a", "rapid-2"])("accepts channel %s", (text) => {
    expect(parseChannel(text)).toBe(text);
  });

  it.each(["", "Fast", "-a", "a-", "a_b", "a".repeat(64), "a/b"])("refuses channel %j", (text) => {
    expect(() => parseChannel(text)).toThrow("channel");
  });
});

describe("quote", () => {
  it("shows any text on one line of printable characters", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        expect(quote(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
      }),
    );
  });

  it("says that it cut, and how much there was", () => {
    expect(quote("x".repeat(1000))).toBe(`"${"x".repeat(120)}" (cut, 1000 characters)`);
  });
});
