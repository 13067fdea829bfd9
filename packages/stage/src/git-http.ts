/**
 * git's smart HTTP over a bare repository: git itself speaks the protocol (`--stateless-rpc`), this
 * module carries the streams and asks the caller about every ref a push wants to change
 * (gitprotocol-http(5); githooks(5), "proc-receive"). Knows nothing of GitHub and of who asks.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough, Readable, Transform, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import type { GitRepository } from "./git-repository.ts";

const ZERO_SHA = "0".repeat(40);

/** GitHub takes pushes up to 2 GB (docs.github.com, "Repository limits"). */
const MAX_PUSH_BYTES = 2 * 1024 ** 3;

/** What a fetch asks for is a list of ids; the largest repositories ask with a few megabytes. */
const MAX_FETCH_REQUEST_BYTES = 64 * 1024 ** 2;

export type GitService = "git-upload-pack" | "git-receive-pack";

export interface GitHttpRequest {
  readonly service: GitService;
  /** `info/refs`: what there is. Otherwise the service's own request, in `body`. */
  readonly advertise: boolean;
  /** The `Git-Protocol` header. */
  readonly protocol: string | undefined;
  /** The `Content-Encoding` header. */
  readonly encoding: string | undefined;
  readonly body: Readable;
}

export interface GitHttpAnswer {
  readonly headers: Readonly<Record<string, string>>;
  /** Destroying it ends git. */
  readonly body: Readable;
}

export interface PushedRef {
  readonly ref: string;
  /** Undefined: the client takes it for absent. */
  readonly before: string | undefined;
  /** Undefined: to be deleted. */
  readonly after: string | undefined;
}

export interface PushResult {
  /** Why a ref was refused, by its name; absent when it was changed. */
  readonly refusals: ReadonlyMap<string, string>;
  /** Shown to the client behind `remote: `. */
  readonly messages: readonly string[];
}

/** Changes the refs. The objects are in the store, connected; `atomic`: all of them or none. */
export type PushHandler = (updates: readonly PushedRef[], atomic: boolean) => Promise<PushResult>;

/**
 * The hook carries both directions of its conversation with git, and its messages, to this process
 * over descriptors that git hands down.
 */
const PROC_RECEIVE_HOOK = `#!/bin/sh
exec 6<&0
cat <&6 >&3 3>&- 4<&- 5<&- &
cat <&5 >&2 3>&- 4<&- &
messages=$!
cat <&4 3>&- 5<&-
wait $messages
`;

/** The request's body cannot be what it says it is: no gzip, or too much of it. */
export class GitRequestError extends Error {
  override readonly name = "GitRequestError";
}

const hooksOf = new WeakMap<GitRepository, Promise<string>>();

/** Where the repository's hooks are; written once. */
async function installHooks(git: GitRepository): Promise<string> {
  const folder = join(git.directory, "stage-hooks");
  await mkdir(folder, { recursive: true });
  const hook = join(folder, "proc-receive");
  await writeFile(hook, PROC_RECEIVE_HOOK);
  await chmod(hook, 0o755);
  return folder;
}

function packetLine(text: string): string {
  return `${(Buffer.byteLength(text) + 4).toString(16).padStart(4, "0")}${text}`;
}

const FLUSH = "0000";

/** Lines between flushes; a flush is undefined. @throws Error for what is no packet line */
async function* packetLines(stream: Readable): AsyncGenerator<string | undefined> {
  let rest = Buffer.alloc(0);
  for await (const chunk of stream) {
    if (!Buffer.isBuffer(chunk)) throw new Error("a stream of bytes was expected");
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 4) {
      const size = Number.parseInt(rest.toString("latin1", 0, 4), 16);
      if (size === 0) {
        rest = rest.subarray(4);
        yield undefined;
        continue;
      }
      if (Number.isNaN(size) || size < 4) throw new Error("no packet line");
      if (rest.length < size) break;
      yield rest.toString("utf8", 4, size);
      rest = rest.subarray(size);
    }
  }
}

/** One conversation of the proc-receive hook: version, commands, results. */
async function converse(
  fromHook: Readable,
  toHook: Writable,
  messagesTo: Writable,
  push: PushHandler,
): Promise<void> {
  const lines = packetLines(fromHook);
  const section = async (): Promise<readonly string[] | undefined> => {
    const read: string[] = [];
    for (;;) {
      const next = await lines.next();
      if (next.done === true) return undefined;
      if (next.value === undefined) return read;
      read.push(next.value.replace(/\n$/, ""));
    }
  };
  const version = await section();
  // A push that changes nothing, or was refused before, never starts the hook.
  if (version === undefined) return;
  const atomic = version.some(
    (line) => line.split("\0")[1]?.split(" ").includes("atomic") === true,
  );
  toHook.write(packetLine("version=1\n") + FLUSH);
  const commands = await section();
  if (commands === undefined) return;
  const updates = commands.map((line): PushedRef => {
    const [before = "", after = "", ref = ""] = line.split(" ");
    return {
      ref,
      before: before === ZERO_SHA ? undefined : before,
      after: after === ZERO_SHA ? undefined : after,
    };
  });
  const { refusals, messages } = await push(updates, atomic);
  if (messages.length > 0) messagesTo.write(`${messages.join("\n")}\n`);
  const results = updates.map(({ ref }) => {
    const reason = refusals.get(ref);
    return packetLine(reason === undefined ? `ok ${ref}\n` : `ng ${ref} ${reason}\n`);
  });
  toHook.write(results.join("") + FLUSH);
}

function capped(maxBytes: number): Transform {
  let size = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size > maxBytes) done(new Error(`more than ${maxBytes} bytes`));
      else done(null, chunk);
    },
  });
}

function isV2(protocol: string | undefined): boolean {
  return protocol?.split(":").includes("version=2") === true;
}

function asReadable(stream: unknown): Readable {
  if (stream instanceof Readable) return stream;
  throw new Error("git's descriptor cannot be read");
}

function asWritable(stream: unknown): Writable {
  if (stream instanceof Writable) return stream;
  throw new Error("git's descriptor cannot be written");
}

function start(
  git: GitRepository,
  request: GitHttpRequest,
  hooks: string | undefined,
): ChildProcess {
  const { service, advertise, protocol } = request;
  const settings =
    service === "git-upload-pack"
      ? ["uploadpack.allowFilter=true", "uploadpack.allowAnySHA1InWant=true"]
      : [
          "receive.hideRefs=refs/pull",
          "receive.procReceiveRefs=refs",
          "receive.advertiseAtomic=true",
          // Housekeeping would go on in the background, after the stage is gone.
          "receive.autogc=false",
          "gc.auto=0",
          `receive.maxInputSize=${MAX_PUSH_BYTES}`,
          ...(hooks === undefined ? [] : [`core.hooksPath=${hooks}`]),
        ];
  const args = [
    ...settings.flatMap((setting) => ["-c", setting]),
    service.slice("git-".length),
    "--stateless-rpc",
    ...(advertise ? ["--http-backend-info-refs"] : []),
    git.directory,
  ];
  // Only what a version looks like reaches git's environment.
  const version = /^[\w=:.-]{1,100}$/.test(protocol ?? "") ? { GIT_PROTOCOL: protocol } : {};
  return spawn("git", args, {
    cwd: git.directory,
    env: { ...git.environment, ...version },
    stdio: ["pipe", "pipe", "ignore", "pipe", "pipe", "pipe"],
  });
}

/**
 * Serves one request. The answer begins before git has ended; what goes wrong after that cuts it.
 * The process ends with the answer's body, whoever ends that.
 */
export async function serveGit(
  git: GitRepository,
  request: GitHttpRequest,
  push: PushHandler,
): Promise<GitHttpAnswer> {
  const { service, advertise } = request;
  let hooks: string | undefined;
  if (service === "git-receive-pack") {
    const installed = hooksOf.get(git) ?? installHooks(git);
    hooksOf.set(git, installed);
    hooks = await installed;
  }
  const child = start(git, request, hooks);
  const [stdin, stdout] = [asWritable(child.stdin), asReadable(child.stdout)];
  const descriptors: readonly unknown[] = child.stdio;
  const fromHook = asReadable(descriptors[3]);
  const toHook = asWritable(descriptors[4]);
  const messagesTo = asWritable(descriptors[5]);
  const answer = new PassThrough();
  // A git that fails early closes its end; how it ended tells more than the broken pipe.
  for (const stream of [toHook, messagesTo]) stream.on("error", () => undefined);
  const ended = once(child, "exit");

  async function feed(): Promise<void> {
    if (advertise) {
      stdin.end();
      return;
    }
    const isZipped = request.encoding === "gzip" || request.encoding === "x-gzip";
    const cap = capped(
      service === "git-upload-pack" ? MAX_FETCH_REQUEST_BYTES : MAX_PUSH_BYTES + 1024 ** 2,
    );
    await (isZipped
      ? pipeline(request.body, createGunzip(), cap, stdin)
      : pipeline(request.body, cap, stdin));
  }

  async function run(): Promise<void> {
    const fed = feed().catch((error: unknown) => {
      // git has all it wants and closed its input: no fault of the client.
      if (error instanceof Error && "code" in error && error.code === "EPIPE") return;
      throw new GitRequestError("the request's body cannot be read", { cause: error });
    });
    const talked = converse(fromHook, toHook, messagesTo, push).finally(() => {
      toHook.end();
      messagesTo.end();
    });
    try {
      await Promise.all([fed, talked, pipeline(stdout, answer), ended]);
    } catch (error) {
      child.kill("SIGKILL");
      answer.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }

  answer.once("close", () => {
    if (!stdout.readableEnded) child.kill("SIGKILL");
  });
  if (advertise && !(service === "git-upload-pack" && isV2(request.protocol))) {
    answer.write(packetLine(`# service=${service}\n`) + FLUSH);
  }
  void run();
  return {
    headers: {
      "content-type": `application/x-${service}-${advertise ? "advertisement" : "result"}`,
      "cache-control": "no-cache, max-age=0, must-revalidate",
      expires: "Fri, 01 Jan 1980 00:00:00 GMT",
      pragma: "no-cache",
    },
    body: answer,
  };
}
