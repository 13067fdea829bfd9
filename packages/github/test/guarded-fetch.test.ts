import { describe, expect, it } from "vitest";
import { rateLimitWaitSeconds } from "../src/guarded-fetch.ts";
import { nextPage } from "../src/octokit.ts";

const NOW = Date.parse("2026-11-21T10:00:00Z");
const IN_90_S = String(NOW / 1000 + 90);

describe("an answer 403 or 429", () => {
  it.each([
    // [status, headers, message, seconds to wait; undefined: it is about permissions]
    [403, {}, "Resource not accessible by integration", undefined],
    [403, { "x-ratelimit-remaining": "4999" }, "Must have admin rights", undefined],
    [
      403,
      { "x-ratelimit-remaining": "0", "x-ratelimit-reset": IN_90_S },
      "API rate limit exceeded",
      90,
    ],
    [403, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1" }, "API rate limit exceeded", 0],
    [
      403,
      { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "soon" },
      "API rate limit exceeded",
      60,
    ],
    [403, { "x-ratelimit-remaining": "0" }, "", 60],
    [403, {}, "You have exceeded a secondary rate limit. Please wait", 60],
    [403, { "retry-after": "30" }, "You have exceeded a secondary rate limit", 30],
    [403, { "retry-after": "7" }, "", 7],
    [403, {}, "You have triggered an abuse detection mechanism", 60],
    [429, {}, "", 60],
    [429, { "retry-after": "0" }, "", 0],
    [429, { "retry-after": "1" }, "", 1],
    [429, { "retry-after": "-1" }, "", 60],
    [429, { "retry-after": "1000000000" }, "", 1_000_000_000],
    [429, { "retry-after": "garbage" }, "", 60],
    [429, { "retry-after": "Sat, 21 Nov 2026 10:00:45 GMT" }, "", 45],
    [429, { "retry-after": "Sat, 21 Nov 2026 09:00:00 GMT" }, "", 0],
    [429, { "retry-after": "Sat, 99 Nov 2026 10:00:45 GMT" }, "", 60],
    [404, { "retry-after": "5" }, "secondary rate limit", undefined],
    [500, { "retry-after": "5" }, "", undefined],
    [200, { "x-ratelimit-remaining": "0" }, "", undefined],
  ] as const)("%i with %j saying %j means: wait %s seconds", (status, headers, message, wait) => {
    expect(rateLimitWaitSeconds(status, new Headers(headers), message, NOW)).toBe(wait);
  });
});

describe("the next page", () => {
  const api = "https://github.example/api/v3";

  it.each([
    [
      `<${api}/repos/a/b/git/matching-refs/heads/?page=2>; rel="next"`,
      "/repos/a/b/git/matching-refs/heads/?page=2",
    ],
    [
      `<${api}/x?page=1>; rel="prev", <${api}/x?page=3>; rel="next", <${api}/x?page=9>; rel="last"`,
      "/x?page=3",
    ],
  ])("is followed on the same API: %s", (link, path) => {
    expect(nextPage(link, api)).toBe(path);
  });

  it.each([
    undefined,
    "",
    `<${api}/x?page=9>; rel="last"`,
    `<https://evil.example/x?page=2>; rel="next"`,
    `<https://github.example/api/v3.evil.example/x>; rel="next"`,
    `<http://github.example/api/v3/x>; rel="next"`,
    "garbage",
    `<${"x".repeat(100_000)}`,
  ])("is not followed elsewhere: %s", (link) => {
    expect(nextPage(link, api)).toBeUndefined();
  });
});
