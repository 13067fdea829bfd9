import process from "node:process";
import { describe, expect, it } from "vitest";
import { type CheckStep, runChecks } from "../src/check-steps.ts";

function step(name: string, source: string): CheckStep {
  return { name, file: process.execPath, args: ["--eval", source] };
}

async function check(
  steps: readonly CheckStep[],
): Promise<{ failed: readonly string[]; said: string }> {
  const said: string[] = [];
  const failed = await runChecks(steps, {
    cwd: process.cwd(),
    env: process.env,
    timeoutMs: 10_000,
    print: (text) => said.push(text),
  });
  return { failed, said: said.join("").replaceAll(/\d+\.\d s/g, "0.0 s") };
}

describe("runChecks", () => {
  it("says one line per check, and shows the output of those that fail", async () => {
    const { failed, said } = await check([
      step("format", `console.log("fine")`),
      step(
        "lint",
        `console.log("a fault\\n\\n  in detail"); console.error("and why"); process.exit(1)`,
      ),
      step("types", ""),
    ]);

    expect(failed).toEqual(["lint"]);
    expect(said).toBe(
      [
        "format  passed    0.0 s",
        "lint    FAILED    0.0 s",
        "    a fault",
        "",
        "      in detail",
        "    and why",
        "types   passed    0.0 s",
        "",
        "checks: 2 passed, 1 failed",
        "failed: lint",
        "",
      ].join("\n"),
    );
  });

  it("repeats what a passing check wants to be known", async () => {
    const workflows = step("workflows", `console.log("zizmor: not asked\\nother")`);

    const { said } = await check([{ ...workflows, remark: /not asked/ }]);

    expect(said.split("\n").slice(1, 3)).toEqual(["    zizmor: not asked", ""]);
  });

  it("counts a check that cannot be started as failed, and says why", async () => {
    const { failed, said } = await check([{ name: "knip", file: "/no/such/program", args: [] }]);

    expect(failed).toEqual(["knip"]);
    expect(said).toContain("/no/such/program could not be started");
  });

  it("stops a check that takes too long", async () => {
    const said: string[] = [];
    const forever = step("tests", `setInterval(() => {}, 1000)`);

    const failed = await runChecks([forever], {
      cwd: process.cwd(),
      env: process.env,
      timeoutMs: 50,
      print: (text) => said.push(text),
    });

    expect(failed).toEqual(["tests"]);
    expect(said.join("")).toContain("was stopped by SIGKILL (limit 0.05 s)");
  });
});
