import { describe, expect, it } from "vitest";
import { ActionError, InputError, PermissionError } from "@auditable-release/model";
import {
  type ActionCall,
  type ActionResult,
  boolean,
  credential,
  defaulted,
  defineContract,
  optional,
  required,
  runAction,
  text,
  version,
} from "../src/index.ts";
import { recordingRunner } from "./recording-runner.ts";

const contract = defineContract({
  name: "try-it",
  title: "Try it",
  description: "A contract for tests",
  inputs: {
    version: required(version, "A version."),
    "dry-run": defaulted(boolean, "false", "Change nothing."),
    note: optional(text, "A note."),
    "github-token": defaulted(credential, "${{ github.token }}", "A token.", { secret: true }),
  },
  atLeastOneOf: [],
  outputs: { "made-thing": { description: "What was made." } },
  permissions: {
    packages: { access: "read", reason: "read the image" },
    contents: { access: "write", reason: "write the thing" },
  },
  errors: ["GITHUB_FORBIDDEN"],
});

const TOKEN = "ghs_0123456789abcdef";
const GOOD = { version: "1.2.3", "github-token": TOKEN };

type Call = ActionCall<typeof contract>;
type Result = ActionResult<typeof contract>;

function made(thing = "a thing"): Result {
  return { outcome: "done", headline: `Made ${thing}`, outputs: { madeThing: thing }, summary: [] };
}

async function run(
  inputs: Readonly<Record<string, string>>,
  handler: (call: Call) => Promise<Result> = async () => made(),
  environment = {},
) {
  const recording = recordingRunner(inputs, environment);
  await runAction(contract, recording.runner, handler);
  return recording;
}

describe("a call that succeeds", () => {
  it("hands the use case parsed inputs under camelCase names, defaults filled in", async () => {
    let seen: unknown;

    await run({ ...GOOD, note: "  hello " }, async ({ inputs }) => {
      seen = inputs;
      return made();
    });

    expect(seen).toEqual({
      version: "1.2.3",
      dryRun: false,
      note: "hello",
      githubToken: TOKEN,
    });
  });

  it("writes outputs, outcome, summary and exit code 0", async () => {
    const recording = await run(GOOD);

    expect(Object.fromEntries(recording.outputs)).toEqual({
      "made-thing": "a thing",
      outcome: "done",
      "error-code": "",
    });
    expect(recording.exitCode).toBe(0);
    expect(recording.log.at(-1)).toBe("Try it: done. Made a thing.");
    expect(recording.summary).toBe("### Try it: done\n\nMade a thing.\n\n");
    expect(recording.annotations).toEqual([]);
  });

  it.each(["already-done", "waiting"] as const)("passes the step when %s", async (outcome) => {
    const recording = await run(GOOD, async () => ({ ...made(), outcome }));

    expect(recording.outputs.get("outcome")).toBe(outcome);
    expect(recording.exitCode).toBe(0);
  });
});

describe("a call with bad inputs", () => {
  it("never reaches the use case, and names every fault in one annotation", async () => {
    let reached = false;

    const recording = await run(
      { version: "1.2", "dry-run": "yes", "github-token": "two words" },
      async () => {
        reached = true;
        return made();
      },
    );

    expect(reached).toBe(false);
    expect(recording.annotations).toEqual([
      {
        title: "Try it: refused (INPUT_INVALID)",
        message: [
          "3 inputs are wrong:",
          '- "version": expected a version like 1.2.3 or 1.2.3-rc.1 with all three numbers, got "1.2"',
          '- "dry-run": expected true or false, got "yes"',
          '- "github-token": expected a credential without blanks or control characters, got something else (not shown)',
        ].join("\n"),
      },
    ]);
    expect(Object.fromEntries(recording.outputs)).toEqual({
      outcome: "refused",
      "error-code": "INPUT_INVALID",
    });
    expect(recording.exitCode).toBe(2);
  });

  it("names what is missing", async () => {
    const recording = await run({});

    expect(recording.annotations[0]?.message).toBe(
      [
        "2 inputs are wrong:",
        '- "version": expected a value (version), got nothing',
        '- "github-token": expected a value (secret), got nothing',
      ].join("\n"),
    );
  });

  it.each(["dry_run", "DRYRUN", "dry-rnu", "dry-runs", "dr-run"])(
    'refuses the misspelt name "%s" instead of releasing for real',
    async (name) => {
      const recording = await run({ ...GOOD, [name]: "true" });

      expect(recording.annotations[0]?.message).toContain('expected the input "dry-run"');
    },
  );

  it("leaves alone a name that resembles nothing", async () => {
    const recording = await run({ ...GOOD, unrelated: "x" });

    expect(recording.exitCode).toBe(0);
  });

  it("refuses an input of more than 64 KiB by its size", async () => {
    const recording = await run({ ...GOOD, note: "x".repeat(64 * 1024 + 1) });

    expect(recording.annotations[0]?.message).toContain("at most 65536 bytes, got 65537 bytes");
  });

  it("does not trim an exotic blank that would make two values look alike", async () => {
    const recording = await run({ ...GOOD, version: "1.2.3\u00a0" });

    expect(recording.annotations[0]?.message).toContain('got "1.2.3\u00a0"');
  });
});

describe("booleans", () => {
  it.each(["true", "True", "TRUE", "false", "False", "FALSE"])("accept YAML's %s", async (word) => {
    let dryRun: boolean | undefined;

    await run({ ...GOOD, "dry-run": word }, async ({ inputs }) => {
      dryRun = inputs.dryRun;
      return made();
    });

    expect(dryRun).toBe(word.toLowerCase() === "true");
  });

  it.each(["yes", "no", "on", "off", "1", "0", "y", "tRUE", "null", "true false"])(
    "refuse %s",
    async (word) => {
      expect((await run({ ...GOOD, "dry-run": word })).exitCode).toBe(2);
    },
  );
});

describe("a call that fails", () => {
  it("shows one annotation with the code, then what to do, then the causes folded", async () => {
    const recording = await run(GOOD, async () => {
      throw new ActionError("BRANCH_DIVERGED", "a is not b", {
        hint: "Look at a.",
        cause: new Error("the outer", { cause: new TypeError("the inner") }),
      });
    });

    expect(recording.annotations).toEqual([
      { title: "Try it: conflict (BRANCH_DIVERGED)", message: "a is not b" },
    ]);
    expect(recording.log).toEqual([
      "What to do: Look at a.",
      "Causes",
      "  Error: the outer",
      "  TypeError: the inner",
    ]);
    expect(recording.exitCode).toBe(3);
    expect(Object.fromEntries(recording.outputs)).toEqual({
      outcome: "conflict",
      "error-code": "BRANCH_DIVERGED",
    });
    expect(recording.summary).toContain("### Try it: conflict");
    expect(recording.summary).toContain("Look at a.");
  });

  it("prints the permissions of the contract, with reasons, when the token may not", async () => {
    const recording = await run(GOOD, async () => {
      throw new PermissionError("GITHUB_FORBIDDEN", "GitHub answered 403");
    });

    expect(recording.log.join("\n")).toContain(
      [
        "The job that runs this action needs:",
        "  permissions:",
        "    contents: write # write the thing",
        "    packages: read # read the image",
      ].join("\n"),
    );
    expect(recording.summary).toContain("contents: write # write the thing");
  });

  it("reports faults the use case finds between inputs like any other bad input", async () => {
    const recording = await run(GOOD, async () => {
      throw new InputError([{ input: "note", expected: "a note", received: "nothing" }]);
    });

    expect(recording.annotations[0]?.message).toBe(
      '1 input is wrong:\n- "note": expected a note, got nothing',
    );
  });

  it.each([
    ["an error nobody planned", new TypeError("x is not a function"), "TypeError: x is not"],
    ["a thrown text", "boom", "a thrown string: boom"],
    ["a thrown nothing", undefined, "a thrown undefined: undefined"],
  ])("calls %s a bug of ours and shows its stack", async (_, thrown, message) => {
    const recording = await run(GOOD, async () => {
      throw thrown;
    });

    expect(recording.annotations[0]?.title).toBe("Try it: bug (UNEXPECTED)");
    expect(recording.annotations[0]?.message).toContain(message);
    expect(recording.log.join("\n")).toContain("Stack, to be reported");
    expect(recording.exitCode).toBe(5);
  });

  it("reports an error that nothing awaited", async () => {
    const recording = await run(GOOD);

    await recording.crash?.(new Error("floating"));

    expect(recording.annotations[0]).toEqual({
      title: "Try it: bug (UNEXPECTED)",
      message: "Error: floating",
    });
    expect(recording.exitCode).toBe(5);
  });

  it("names a malformed variable of the runner", async () => {
    const recording = await run(GOOD, undefined, { GITHUB_API_URL: "http://github.example" });

    expect(recording.annotations[0]).toEqual({
      title: "Try it: refused (RUNNER_ENVIRONMENT)",
      message:
        '"GITHUB_API_URL" should be an https URL without credentials, query or fragment, but it is "http://github.example"',
    });
  });

  it("writes no output of the contract when one is missing, too large or a secret", async () => {
    for (const thing of [TOKEN, "x".repeat(256 * 1024 + 1)]) {
      const recording = await run(GOOD, async () => made(thing));

      expect([...recording.outputs.keys()].toSorted()).toEqual(["error-code", "outcome"]);
      expect(recording.outputs.get("outcome")).toBe("bug");
    }
  });
});

describe("a runner whose files fail", () => {
  it("never passes a step whose outputs could not be written", async () => {
    const recording = recordingRunner(GOOD);
    const runner = {
      ...recording.runner,
      setOutput: () => {
        throw new Error("Missing file at path");
      },
    };

    await expect(runAction(contract, runner, async () => made())).rejects.toThrow("Missing file");

    expect(recording.exitCode).toBe(5);
    expect(recording.annotations[0]?.message).toContain("Missing file at path");
  });

  it("does not fail a step whose summary could not be written", async () => {
    const recording = recordingRunner(GOOD);
    const runner = {
      ...recording.runner,
      appendSummary: async () => {
        throw new Error("disk full");
      },
    };

    await runAction(contract, runner, async () => made());

    expect(recording.exitCode).toBe(0);
    expect(recording.outputs.get("outcome")).toBe("done");
    expect(recording.log).toContain("debug No summary was written: Error: disk full");
  });
});

describe("a secret", () => {
  const disguises = [
    TOKEN,
    Buffer.from(TOKEN).toString("base64"),
    Buffer.from(`x-access-token:${TOKEN}`).toString("base64"),
    encodeURIComponent(TOKEN),
  ];

  it("is masked in every disguise before the use case runs", async () => {
    let masked: readonly string[] = [];
    const recording = recordingRunner(GOOD);

    await runAction(contract, recording.runner, async () => {
      masked = [...recording.masks];
      return made();
    });

    expect(masked).toEqual(expect.arrayContaining(disguises));
  });

  it("appears nowhere, whichever way it gets into a message", async () => {
    const leak = disguises.join(" and ");

    const failed = await run(GOOD, async ({ log }) => {
      log.info(leak);
      log.debug(leak);
      throw new Error(leak, { cause: new Error(leak) });
    });
    const succeeded = await run(GOOD, async () => ({
      ...made(),
      headline: leak,
      summary: [{ kind: "paragraph", content: [leak, { code: leak }] }],
    }));

    for (const recording of [failed, succeeded]) {
      const shown = JSON.stringify([
        recording.log,
        recording.annotations,
        recording.summary,
        [...recording.outputs],
      ]);
      for (const disguise of disguises) expect(shown).not.toContain(disguise);
      expect(shown).toContain("***");
    }
  });
});

describe("a line of the log", () => {
  it.each([
    ["::set-output name=x::y", ": :set-output name=x::y"],
    ["  ::error::x", "  : :error::x"],
    ["a ##[command]b", "a ## [command]b"],
    ["two\nlines\r", "two\\u{a}lines\\u{d}"],
    ["a\u2028b\u001b[31m", "a\\u{2028}b\\u{1b}[31m"],
    ["plain: text", "plain: text"],
  ])("%j is shown as %j", async (line, shown) => {
    const recording = await run(GOOD, async ({ log }) => {
      log.info(line);
      return made();
    });

    expect(recording.log[0]).toBe(shown);
  });
});
