/**
 * A bare git repository, driven by git's plumbing in an environment of its own. Knows nothing of
 * GitHub; the stage's GitHub and whatever else serves the repository read and write through it.
 */
import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";

const ZERO_SHA = "0".repeat(40);

/** git knows the empty tree without storing it. */
const EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

const SHA = /^[0-9a-f]{40}$/;

export interface Signature {
  readonly name: string;
  readonly email: string;
  /** Seconds since the epoch; written as UTC. */
  readonly seconds: number;
}

export interface CommitData {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Signature;
  readonly committer: Signature;
  readonly message: string;
}

export interface TagData {
  readonly sha: string;
  readonly object: string;
  readonly type: string;
  readonly tag: string;
  readonly tagger: Signature | undefined;
  readonly message: string;
}

export interface NewCommit {
  readonly message: string;
  /** Files written over those of the parent, by path; null removes one. */
  readonly files: Readonly<Record<string, string | null>>;
  readonly author: Signature;
}

export interface ChangedFile {
  readonly path: string;
  readonly previousPath: string | undefined;
  readonly status: "added" | "removed" | "modified" | "renamed" | "changed";
  /** Of the new content, or of the old one when the file was removed. */
  readonly sha: string;
  readonly additions: number;
  readonly deletions: number;
}

export interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Nothing of the laptop's settings (signing, hooks, identities, credentials) gets in. */
function environmentOf(home: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env["PATH"],
    HOME: home,
    LC_ALL: "C",
    TZ: "UTC",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
    // Nothing here outlives the process, so nothing is worth waiting for the disk.
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "core.fsync",
    GIT_CONFIG_VALUE_0: "none",
  };
}

function runGit(
  directory: string,
  home: string,
  args: readonly string[],
  input: string | Buffer = "",
): Promise<GitResult> {
  return new Promise((resolve, reject) => {
    const git = spawn("git", args, { cwd: directory, env: environmentOf(home), stdio: "pipe" });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    git.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    git.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    git.on("error", reject);
    git.on("close", (code) => {
      resolve({
        code: code ?? -1,
        stdout: Buffer.concat(stdout),
        stderr: Buffer.concat(stderr).toString("utf8"),
      });
    });
    // A git that fails early closes its input; its exit code tells more than the broken pipe.
    git.stdin.on("error", () => undefined);
    git.stdin.end(input);
  });
}

function parseSignature(line: string): Signature {
  const match = /^(?<name>.*) <(?<email>.*)> (?<seconds>\d+) [+-]\d{4}$/.exec(line);
  const { name = "", email = "", seconds = "0" } = match?.groups ?? {};
  return { name, email, seconds: Number(seconds) };
}

function formatSignature({ name, email, seconds }: Signature): string {
  return `${name} <${email}> ${seconds} +0000`;
}

/** A commit or tag object: header lines up to the first blank one, then the message. */
function parseObject(content: string): { headers: readonly [string, string][]; message: string } {
  const end = content.indexOf("\n\n");
  const headers = content
    .slice(0, end)
    // A line that starts with a blank continues the header before it (a signature, say).
    .split(/\n(?! )/)
    .map((line): [string, string] => {
      const blank = line.indexOf(" ");
      return [line.slice(0, blank), line.slice(blank + 1)];
    });
  return { headers, message: content.slice(end + 2) };
}

const FILE_STATUS = new Map<string, ChangedFile["status"]>([
  ["A", "added"],
  ["D", "removed"],
  ["M", "modified"],
  ["R", "renamed"],
  ["T", "changed"],
]);

/** Reads `git diff-tree --raw --numstat -z`: all raw records, then all counts, in one order. */
function parseDiff(output: string): readonly ChangedFile[] {
  const fields = output.split("\0").slice(0, -1);
  let at = 0;
  const next = (): string => fields[at++] ?? "";
  const files: Omit<ChangedFile, "additions" | "deletions">[] = [];
  while (fields[at]?.startsWith(":") === true) {
    const [, , before = "", after = "", letter = ""] = next().split(" ");
    const path = next();
    const status = FILE_STATUS.get(letter.charAt(0));
    if (status === undefined) throw new Error(`git reported a change of kind "${letter}"`);
    const renamedTo = status === "renamed" ? next() : undefined;
    files.push({
      path: renamedTo ?? path,
      previousPath: renamedTo === undefined ? undefined : path,
      status,
      sha: status === "removed" ? before : after,
    });
  }
  return files.map((file) => {
    const [additions = "0", deletions = "0"] = next().split("\t");
    if (file.previousPath !== undefined) at += 2;
    // A binary file counts as "-".
    return { ...file, additions: Number(additions) || 0, deletions: Number(deletions) || 0 };
  });
}

export class GitRepository {
  readonly #directory: string;
  readonly #home: string;
  /** Types of objects seen so far. An object never changes, so neither does its type. */
  readonly #types = new Map<string, string>();

  private constructor(directory: string, home: string) {
    this.#directory = directory;
    this.#home = home;
  }

  /** Makes an empty one at `directory`, which must not exist. `home` stays empty. */
  static async create(
    directory: string,
    home: string,
    defaultBranch: string,
  ): Promise<GitRepository> {
    await mkdir(directory, { recursive: true });
    await mkdir(home, { recursive: true });
    const repository = new GitRepository(directory, home);
    await repository.#git([
      "init",
      "--quiet",
      "--bare",
      "--template=",
      `--initial-branch=${defaultBranch}`,
      directory,
    ]);
    return repository;
  }

  get directory(): string {
    return this.#directory;
  }

  /** The environment every git of this repository runs in. */
  get environment(): NodeJS.ProcessEnv {
    return environmentOf(this.#home);
  }

  /** Runs one of git's commands here, whatever its exit code means. */
  async run(args: readonly string[], input?: string | Buffer): Promise<GitResult> {
    return runGit(this.#directory, this.#home, args, input);
  }

  /** @throws Error when git refuses */
  async #git(args: readonly string[], input?: string | Buffer): Promise<string> {
    const result = await runGit(this.#directory, this.#home, args, input);
    if (result.code !== 0) throw new Error(`git ${args.join(" ")}: ${result.stderr.trim()}`);
    return result.stdout.toString("utf8");
  }

  /** The output, or undefined when git answers no. */
  async #tryGit(args: readonly string[]): Promise<string | undefined> {
    const result = await runGit(this.#directory, this.#home, args);
    return result.code === 0 ? result.stdout.toString("utf8") : undefined;
  }

  /** All refs by full name, in git's order. */
  async refs(): Promise<ReadonlyMap<string, string>> {
    const format = "--format=%(objectname) %(objecttype) %(refname)";
    const lines = (await this.#git(["for-each-ref", format])).split("\n").slice(0, -1);
    return new Map(
      lines.map((line): [string, string] => {
        const [sha = "", type = "", ref = ""] = line.split(" ");
        this.#types.set(sha, type);
        return [ref, sha];
      }),
    );
  }

  async isRefName(name: string): Promise<boolean> {
    return (await this.#tryGit(["check-ref-format", name])) !== undefined;
  }

  /**
   * Sets the ref if it is still at `before` (undefined: does not exist), deletes it when `after` is
   * undefined. False when it is elsewhere, or another ref's name is in the way.
   */
  async moveRef(
    name: string,
    before: string | undefined,
    after: string | undefined,
  ): Promise<boolean> {
    // git judges the rest of the name; without the prefix it could be an option.
    if (!name.startsWith("refs/")) throw new Error(`${JSON.stringify(name)} is no full ref name`);
    const args =
      after === undefined
        ? ["update-ref", "-d", name, before ?? ZERO_SHA]
        : ["update-ref", name, after, before ?? ZERO_SHA];
    return (await this.#tryGit(args)) !== undefined;
  }

  /** `commit`, `tag`, `tree` or `blob`; undefined for what is no object of the store. */
  async typeOf(sha: string): Promise<string | undefined> {
    if (!SHA.test(sha)) return undefined;
    const known = this.#types.get(sha);
    if (known !== undefined) return known;
    const type = (await this.#tryGit(["cat-file", "-t", sha]))?.trim();
    if (type !== undefined) this.#types.set(sha, type);
    return type;
  }

  /** The commit that a full or abbreviated id names, through annotated tags. */
  async peelToCommit(id: string): Promise<string | undefined> {
    if (this.#types.get(id) === "commit") return id;
    if (!/^[0-9a-f]{4,40}$/.test(id)) return undefined;
    const sha = await this.#tryGit(["rev-parse", "--quiet", "--verify", `${id}^{commit}`]);
    return sha?.trim();
  }

  /** The contents of objects of one type; undefined where there is no such object. */
  async #contents(type: string, shas: readonly string[]): Promise<readonly (string | undefined)[]> {
    if (shas.some((sha) => !SHA.test(sha))) throw new Error("not an object id");
    const input = shas.map((sha) => `${sha}\n`).join("");
    const { stdout } = await runGit(
      this.#directory,
      this.#home,
      ["cat-file", "--batch=%(objecttype) %(objectsize)"],
      input,
    );
    let at = 0;
    return shas.map(() => {
      const end = stdout.indexOf(0x0a, at);
      const [found, size] = stdout.toString("utf8", at, end).split(" ");
      at = end + 1;
      if (size === undefined || size === "missing") return undefined;
      const content = stdout.toString("utf8", at, at + Number(size));
      at += Number(size) + 1;
      return found === type ? content : undefined;
    });
  }

  /** In the order asked for. @throws Error when one is not there */
  async commits(shas: readonly string[]): Promise<readonly CommitData[]> {
    if (shas.length === 0) return [];
    const contents = await this.#contents("commit", shas);
    return shas.map((sha, index) => {
      const content = contents[index];
      if (content === undefined) throw new Error(`there is no commit ${sha}`);
      const { headers, message } = parseObject(content);
      const valuesOf = (name: string): readonly string[] =>
        headers.filter(([header]) => header === name).map(([, value]) => value);
      return {
        sha,
        tree: valuesOf("tree")[0] ?? "",
        parents: valuesOf("parent"),
        author: parseSignature(valuesOf("author")[0] ?? ""),
        committer: parseSignature(valuesOf("committer")[0] ?? ""),
        message,
      };
    });
  }

  async tag(sha: string): Promise<TagData | undefined> {
    const [content] = await this.#contents("tag", [sha]);
    if (content === undefined) return undefined;
    const { headers, message } = parseObject(content);
    const fields = new Map(headers);
    const tagger = fields.get("tagger");
    return {
      sha,
      object: fields.get("object") ?? "",
      type: fields.get("type") ?? "",
      tag: fields.get("tag") ?? "",
      tagger: tagger === undefined ? undefined : parseSignature(tagger),
      message,
    };
  }

  async mergeBase(left: string, right: string): Promise<string | undefined> {
    return (await this.#tryGit(["merge-base", left, right]))?.trim();
  }

  /** How many commits only the one and only the other reaches. */
  async distance(left: string, right: string): Promise<{ left: number; right: number }> {
    const counts = await this.#git(["rev-list", "--left-right", "--count", `${left}...${right}`]);
    const [onlyLeft = "", onlyRight = ""] = counts.trim().split("\t");
    return { left: Number(onlyLeft), right: Number(onlyRight) };
  }

  /** What `to` reaches and `from` does not, parents first. */
  async between(from: string, to: string): Promise<readonly string[]> {
    const lines = await this.#git(["rev-list", "--topo-order", "--reverse", `${from}..${to}`]);
    return lines.split("\n").filter((line) => line !== "");
  }

  /** What changed from one commit to the other; from nothing when `from` is undefined. */
  async changes(from: string | undefined, to: string): Promise<readonly ChangedFile[]> {
    const args = ["diff-tree", "-r", "-M", "--raw", "--numstat", "-z", from ?? EMPTY_TREE, to];
    return parseDiff(await this.#git(args));
  }

  /**
   * Writes commits, each the child of the one before it, the first the child of `parent`. They are
   * in the store afterwards, reachable from no ref.
   */
  async writeCommits(
    parent: string | undefined,
    commits: readonly NewCommit[],
  ): Promise<readonly string[]> {
    // One process for any number of commits. The name is never seen: fast-import wants one.
    const workRef = "refs/stage/work";
    const data = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`;
    const stream = commits.map((commit, index) => {
      const from = index === 0 ? parent : `:${index}`;
      return [
        `commit ${workRef}\nmark :${index + 1}\n`,
        `author ${formatSignature(commit.author)}\ncommitter ${formatSignature(commit.author)}\n`,
        data(commit.message),
        from === undefined ? "" : `from ${from}\n`,
        ...Object.entries(commit.files).map(([path, content]) =>
          content === null
            ? `D ${JSON.stringify(path)}\n`
            : `M 100644 inline ${JSON.stringify(path)}\n${data(content)}`,
        ),
        `\nget-mark :${index + 1}\n`,
      ].join("");
    });
    const marks = await this.#git(
      ["fast-import", "--quiet", "--force", "--done"],
      [`reset ${workRef}\n`, ...stream, `reset ${workRef}\nfrom ${ZERO_SHA}\n`, "done\n"].join(""),
    );
    return marks.split("\n").filter((line) => line !== "");
  }

  /** Writes an annotated tag object; its ref is another matter. */
  async writeTag(tag: Omit<TagData, "sha" | "tagger"> & { tagger: Signature }): Promise<string> {
    const content = [
      `object ${tag.object}`,
      `type ${tag.type}`,
      `tag ${tag.tag}`,
      `tagger ${formatSignature(tag.tagger)}`,
      "",
      `${tag.message}\n`,
    ];
    return (await this.#git(["mktag"], content.join("\n"))).trim();
  }
}
