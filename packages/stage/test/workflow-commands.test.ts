import { expect, test } from "vitest";
import { maskSecrets, readLog } from "../src/index.ts";

test("reads annotations with their properties, unescaped", () => {
  const log = [
    "::error title=A%3A b%2C c,file=x.ts,line=3::one%0Atwo %25 three",
    "  ::warning::careful",
    "::notice file=::note",
    "no ::error::command",
    "::unknown::text",
    "",
  ].join("\n");
  const { annotations, shown } = readLog(log, []);
  expect(annotations).toEqual([
    {
      level: "error",
      message: "one\ntwo % three",
      properties: { title: "A: b, c", file: "x.ts", line: "3" },
    },
    { level: "warning", message: "careful", properties: {} },
    { level: "notice", message: "note", properties: {} },
  ]);
  expect(shown).toBe(
    "##[error]one\ntwo % three\n##[warning]careful\n##[notice]note\nno ::error::command\n::unknown::text\n",
  );
});

test("masks from the line on that asks for it, and given secrets from the start", () => {
  const log = "tok s3cret\n::add-mask::s3cret\nagain s3cret\n::error::s3cret tok\n";
  const { shown, masks, annotations } = readLog(log, ["tok"]);
  expect(shown).toBe("*** s3cret\nagain ***\n##[error]*** ***\n");
  expect(masks).toEqual(["s3cret"]);
  expect(annotations[0]?.message).toBe("*** ***");
});

test("masks every line of a secret, and warns of an empty one", () => {
  const { shown, annotations } = readLog("::add-mask::one%0Atwo\none and two\n::add-mask:: \n", []);
  expect(shown).toContain("*** and ***\n");
  expect(annotations[0]?.level).toBe("warning");
});

test("masks a secret also as JSON, in an address, and as base64", () => {
  const secret = 'pa"ss wörd';
  const hidden = [
    secret,
    JSON.stringify({ secret }),
    `https://host.invalid/?x=${encodeURIComponent(secret)}`,
    Buffer.from(secret).toString("base64"),
  ];
  for (const text of hidden) expect(maskSecrets(text, [secret])).toContain("***");
  expect(maskSecrets("abcabcd", ["abc", "cab"])).toBe("***d");
  expect(maskSecrets("ab", ["a", "b"])).toBe("***");
  expect(maskSecrets("a-b", ["a", "b", ""])).toBe("***-***");
});

test("shows groups, hides debugging, and refuses what files have replaced", () => {
  const { shown, annotations } = readLog(
    "::group::Details\ninside\n::endgroup::\n::debug::x\n::set-output name=a::1\n",
    [],
  );
  expect(shown.split("\n").slice(0, 3)).toEqual(["##[group]Details", "inside", "##[endgroup]"]);
  expect(shown).not.toContain("x\n");
  expect(annotations).toMatchObject([{ level: "error" }]);
});

test("takes commands for text between stop-commands and its token", () => {
  const { shown, annotations } = readLog(
    "::stop-commands::Pause\n::error::text\n::pause::\n::error::command\n",
    [],
  );
  expect(annotations.map(({ message }) => message)).toEqual(["command"]);
  expect(shown).toBe("::stop-commands::Pause\n::error::text\n::pause::\n##[error]command\n");
});
