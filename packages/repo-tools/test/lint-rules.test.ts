import { resolve } from "node:path";
import { RuleTester } from "oxlint/plugins-dev";
import { describe, it } from "vitest";
import { disableNeedsReason } from "../src/lint/disable-needs-reason.ts";
import { encodedUrls } from "../src/lint/encoded-urls.ts";
import { fileNames } from "../src/lint/file-names.ts";
import { noModuleMocks } from "../src/lint/no-module-mocks.ts";
import { noShell } from "../src/lint/no-shell.ts";
import { processAccess } from "../src/lint/process-access.ts";
import type { Rule } from "../src/lint/rule.ts";

const ROOT = resolve(import.meta.dirname, "../../..");

// Each case becomes a test of its own, named after its code.
RuleTester.describe = describe;
RuleTester.it = it;

interface Case {
  readonly code: string;
  readonly in?: string;
}

/** Runs a rule over snippets as if they stood in the given file of the repository. */
function judge(
  name: string,
  rule: Rule,
  accepted: readonly Case[],
  refused: readonly Case[],
): void {
  const place = ({ code, in: file = "packages/stage/src/x.ts" }: Case) => ({
    name: `${file}: ${code}`,
    code,
    filename: resolve(ROOT, file),
  });
  new RuleTester({ languageOptions: { sourceType: "module" } }).run(name, rule, {
    valid: accepted.map(place),
    invalid: refused.map((each) => ({ ...place(each), errors: 1 })),
  });
}

judge(
  "no-shell",
  noShell,
  [
    { code: `import { execFile, spawn } from "node:child_process";` },
    { code: `spawn("git", ["push"], { cwd, shell: false });` },
    { code: `const step = { run: "make", shell: "bash" };` },
    { code: `database.exec("select 1");` },
  ],
  [
    { code: `import { exec } from "node:child_process";` },
    { code: `import { execSync as run } from "child_process";` },
    { code: `import * as processes from "node:child_process";` },
    { code: `spawn("git push", { shell: true });` },
    { code: `spawn("git", [], { "shell": "/bin/bash" });` },
    { code: `processes.execFile("git", [], { shell });` },
    { code: `const options = { shell: true };` },
  ],
);

judge(
  "no-module-mocks",
  noModuleMocks,
  [{ code: `vi.fn();` }, { code: `server.mock("/path");` }],
  [
    { code: `vi.mock("./clock.ts");` },
    { code: `vi["doMock"]("./clock.ts");` },
    { code: `vitest.hoisted(() => 1);` },
  ],
);

judge(
  "disable-needs-reason",
  disableNeedsReason,
  [
    {
      code: `// oxlint-disable-next-line no-eval -- the sandbox is what is under test\neval("1");`,
    },
    { code: `// a comment about oxlint-disable` },
  ],
  [
    { code: `// oxlint-disable-next-line no-eval\neval("1");` },
    { code: `// eslint-disable-line no-eval --` },
    { code: `/* oxlint-disable no-eval -- */` },
    { code: `/* oxlint-disable -- for now */` },
  ],
);

judge(
  "encoded-urls",
  encodedUrls,
  [
    { code: "new URL(`${base}/repos/${encodeURIComponent(name)}`);" },
    { code: "fetch(`http://localhost/`);" },
    { code: `new URL(path, base);` },
    { code: "log(`${a}/${b}`);" },
  ],
  [
    { code: "new URL(`${base}/repos/${name}`);" },
    { code: "new URL(`/repos/${name}`, base);" },
    { code: "globalThis.fetch(`https://${host}/`);" },
  ],
);

judge(
  "file-names",
  fileNames,
  [
    { code: "", in: "packages/model/src/git-names.ts" },
    { code: "", in: "packages/x/test/a.live.test.ts" },
  ],
  [
    { code: "", in: "packages/model/src/utils.ts" },
    { code: "", in: "actions/branch-cut/test/helpers.ts" },
    { code: "", in: "packages/model/src/gitNames.ts" },
  ],
);

judge(
  "process-access",
  processAccess,
  [
    { code: `process.env["HOME"];`, in: "actions/branch-cut/src/main.ts" },
    { code: `process.env;`, in: "packages/action-kit/src/runner-core.ts" },
    { code: `process.env;`, in: "packages/cli/src/main.ts" },
    { code: `process.exitCode = 1;`, in: "packages/cli/src/main.ts" },
    { code: `process.exit(1);`, in: "packages/repo-tools/bin/require-node24.mjs" },
    { code: `process.cwd();`, in: "packages/github/src/octokit.ts" },
    { code: `entry.process.env;`, in: "packages/github/src/octokit.ts" },
  ],
  [
    { code: `process.env["HOME"];`, in: "actions/branch-cut/src/cut.ts" },
    { code: `process["env"];`, in: "packages/github/src/octokit.ts" },
    { code: `globalThis.process.env;`, in: "packages/model/src/version.ts" },
    { code: `const { env } = process;`, in: "packages/model/src/version.ts" },
    { code: `import { env } from "node:process";`, in: "packages/model/src/version.ts" },
    { code: `process.exit(1);`, in: "actions/branch-cut/src/main.ts" },
    { code: `process.exit();`, in: "packages/cli/src/main.ts" },
    { code: `process.exitCode = 1;`, in: "packages/action-kit/src/run-action.ts" },
  ],
);
