import { chmod } from "node:fs/promises";
import { join, resolve } from "node:path";
import process from "node:process";
import { describe, expect, it } from "vitest";
import { debianWrapper } from "../src/referee-installers.ts";
import { runProgram, type RunResult } from "../src/run-program.ts";
import { type TemporaryTree, temporaryTree } from "./temporary-tree.ts";

const SCRIPT = resolve(import.meta.dirname, "../src/referees.ts");
const TIMEOUT_MS = 20_000;

/** A `go` that "builds" a script, and lists no versions of oras. */
const GO = `#!/bin/sh
echo "$@" >> "$TREE/go-was-called"
case "$1 $2" in
  "install oras.land/"*) echo "go: loading deprecation for oras.land/oras: 403 Forbidden" >&2; exit 1 ;;
  "install github.com/rhysd/"*) printf '#!/bin/sh\\n' > "$GOBIN/actionlint" ;;
  "install github.com/sigstore/"*)
    [ "$GOTOOLCHAIN" = auto ] || { echo "go: cosign requires go >= 1.99 (running go 1.26)" >&2; exit 1; }
    printf '#!/bin/sh\\n' > "$GOBIN/cosign" ;;
  "install "*) echo "go: no such module" >&2; echo "" >&2; exit 1 ;;
  "build -o") printf '#!/bin/sh\\n' > "$3/oras" ;;
esac
`;

async function workshop(): Promise<TemporaryTree> {
  const tree = await temporaryTree({ "path/go": GO.replace("case", 'mkdir -p "$GOBIN"\ncase') });
  await chmod(join(tree.root, "path/go"), 0o755);
  return tree;
}

function referees(tree: TemporaryTree, ...args: readonly string[]): Promise<RunResult> {
  return runProgram(process.execPath, ["--conditions=source", SCRIPT, ...args], {
    cwd: tree.root,
    env: { PATH: `${join(tree.root, "path")}:/usr/bin:/bin`, TREE: tree.root },
    timeoutMs: TIMEOUT_MS,
  });
}

describe("pnpm referees", { timeout: TIMEOUT_MS }, () => {
  it("has what can be had, and names what cannot, with the reason", async () => {
    await using tree = await workshop();

    const { code, output } = await referees(tree, "--only", "actionlint,crane");

    expect(code).toBe(0);
    expect(output).toMatch(
      /^actionlint +1\.7\.12 +from go +[\d.]+ s +\.referees\/bin\/actionlint$/m,
    );
    expect(output).toMatch(/^crane .* go: no such module$/m);
  });

  it("leaves alone what is there in the wanted version", async () => {
    await using tree = await workshop();
    await referees(tree, "--only", "actionlint");

    const { output } = await referees(tree, "--only", "actionlint");

    expect(output).toMatch(/^actionlint +1\.7\.12 +was there/m);
    const calls = await runProgram("cat", [join(tree.root, "go-was-called")], {
      timeoutMs: TIMEOUT_MS,
    });
    expect(calls.stdout.trim().split("\n")).toEqual([
      "install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12",
    ]);
  });

  it("fetches again what is there in another version", async () => {
    await using tree = await workshop();
    await referees(tree, "--only", "actionlint");
    await tree.write({ ".referees/receipts/actionlint": "1.7.11" });

    const { output } = await referees(tree, "--only", "actionlint");

    expect(output).toMatch(/^actionlint +1\.7\.12 +from go/m);
  });

  it("builds as a dependency what the mirror does not list", async () => {
    await using tree = await workshop();

    const { output } = await referees(tree, "--only", "oras");

    expect(output).toMatch(/^oras .* \.referees\/bin\/oras$/m);
  });

  it("lets Go fetch a newer compiler where one is asked for", async () => {
    await using tree = await workshop();

    const { output } = await referees(tree, "--only", "cosign");

    expect(output).toMatch(/^cosign .* \.referees\/bin\/cosign$/m);
  });

  it("fails where a required one is missing", async () => {
    await using tree = await workshop();

    const { code, output } = await referees(
      tree,
      "--only",
      "actionlint,crane",
      "--require",
      "crane,zizmor",
    );

    expect(code).toBe(1);
    expect(output).toContain("required and not to be had: crane, zizmor");
  });

  it("refuses a name that is no referee's", async () => {
    await using tree = await workshop();

    const { code, output } = await referees(tree, "--only", "actionlnt");

    expect(code).toBe(1);
    expect(output).toContain("no referee is called actionlnt");
  });
});

describe("debianWrapper", () => {
  it("starts the unpacked program with its libraries, its settings and the user's arguments", async () => {
    await using tree = await temporaryTree({
      "tools/hi/root/usr/bin/hi": `#!/bin/sh\necho "$LD_LIBRARY_PATH" | tr ':' '\\n' | grep -c usr/lib/x86-linux-gnu\necho "$#: $1, $2"\n`,
      "tools/hi/root/usr/lib/x86-linux-gnu/lib.so": "",
      "bin/hi": debianWrapper(
        {
          kind: "debian",
          package: "hi",
          program: "usr/bin/hi",
          libraries: [],
          prefix: ["--policy={folder}/p"],
        },
        "tools/hi/root",
      ),
    });
    await chmod(join(tree.root, "tools/hi/root/usr/bin/hi"), 0o755);
    await chmod(join(tree.root, "bin/hi"), 0o755);

    const { stdout } = await runProgram(join(tree.root, "bin/hi"), ["a b"], {
      timeoutMs: TIMEOUT_MS,
    });

    expect(stdout).toBe(`1\n2: --policy=${tree.root}/bin/../tools/hi/root/p, a b\n`);
  });
});
