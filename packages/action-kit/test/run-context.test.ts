import { describe, expect, it } from "vitest";
import { ActionError } from "@auditable-release/model";
import { readRunContext } from "../src/index.ts";

describe("the run's context", () => {
  it("is github.com's when the runner says nothing", () => {
    expect(readRunContext({})).toEqual({
      apiUrl: "https://api.github.com",
      serverUrl: "https://github.com",
      patience: { waitScale: 1, requestTimeoutMs: 30_000 },
    });
  });

  it("is whatever host the runner names, without a trailing slash", () => {
    const context = readRunContext({
      GITHUB_API_URL: "https://github.example/api/v3/",
      GITHUB_SERVER_URL: "https://github.example/",
    });

    expect([context.apiUrl, context.serverUrl]).toEqual([
      "https://github.example/api/v3",
      "https://github.example",
    ]);
  });

  it.each(["http://127.0.0.1:8080", "http://[::1]:1", "http://localhost:3000/api"])(
    "may be plain HTTP on loopback: %s",
    (url) => {
      expect(readRunContext({ GITHUB_API_URL: url }).apiUrl).toBe(url);
    },
  );

  it.each([
    "http://github.example",
    "http://127.0.0.1.example.com",
    "http://localhost.example",
    "ftp://127.0.0.1",
    "https://user:pass@github.example",
    "https://github.example/?x=y",
    "https://github.example/#x",
    "github.example",
    "x",
  ])("refuses the API address %s", (url) => {
    expect(() => readRunContext({ GITHUB_API_URL: url })).toThrow(ActionError);
  });

  it.each([
    ["AUDITABLE_RELEASE_WAIT_SCALE", "-1"],
    ["AUDITABLE_RELEASE_WAIT_SCALE", "1.1"],
    ["AUDITABLE_RELEASE_WAIT_SCALE", "abc"],
    ["AUDITABLE_RELEASE_WAIT_SCALE", "Infinity"],
    ["AUDITABLE_RELEASE_REQUEST_TIMEOUT_MS", "0"],
    ["AUDITABLE_RELEASE_REQUEST_TIMEOUT_MS", "1e9"],
  ])("refuses %s=%s", (name, value) => {
    expect(() => readRunContext({ [name]: value })).toThrow(`"${name}" should be a number from`);
  });
});
