import { expect, test } from "vitest";
import { readKeyValueFile } from "../src/index.ts";
import { readPathFile } from "../src/runner-files.ts";

test("reads lines and blocks, the last value of a name winning", () => {
  const text = "a=1\n\nb=x=y<<z\nc<<EOF\none\n\n two \nEOF\nd<<EOF\nEOF\na=2\n";
  expect(readKeyValueFile(text)).toEqual({
    values: { a: "2", b: "x=y<<z", c: "one\n\n two ", d: "" },
    error: undefined,
  });
});

test("takes a block's delimiter and the last line without a line feed after it", () => {
  expect(readKeyValueFile("a<<E\n1\nE").values).toEqual({ a: "1" });
  expect(readKeyValueFile("a=1").values).toEqual({ a: "1" });
  expect(readKeyValueFile("").values).toEqual({});
});

test("keeps carriage returns, as the runner does on Linux", () => {
  expect(readKeyValueFile("a=1\r\n").values).toEqual({ a: "1\r" });
});

test.each([
  ["ok=1\na<<E\n1\n", "Invalid value. Matching delimiter not found 'E'"],
  ["ok=1\na<<E\n", "Invalid value. Matching delimiter not found 'E'"],
  ["ok=1\na<<E", "Invalid value. Matching delimiter not found 'E'"],
  ["ok=1\na<<E\n1", "Invalid value. EOF marker missing new line."],
  ["ok=1\nnonsense\nb=2\n", "Invalid format 'nonsense'"],
  [
    "ok=1\n<<E\n1\nE\n",
    "Invalid format '<<E'. Name must not be empty and delimiter must not be empty",
  ],
  [
    "ok=1\na<<\n1\n",
    "Invalid format 'a<<'. Name must not be empty and delimiter must not be empty",
  ],
])("fails like the runner for %j, and keeps what stood before", (text, error) => {
  expect(readKeyValueFile(text)).toEqual({ values: { ok: "1" }, error });
});

test("reads GITHUB_PATH line by line", () => {
  expect(readPathFile("/a\n\n/b b\r\n")).toEqual(["/a", "/b b"]);
});
