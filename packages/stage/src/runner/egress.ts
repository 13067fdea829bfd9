/**
 * Keeps what a job starts on this machine, and names what tries to leave it. It stops whoever uses a
 * proxy, git, or Node; README.md says whom it does not stop.
 */
import { once } from "node:events";
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { GithubHost } from "../github/host.ts";

/** What reaches this machine and nothing else. */
const LOOPBACK = "127.0.0.1,localhost,::1";

/** How git reaches the repositories of the stage under the name of github.com. */
export type GitSettings = readonly (readonly [key: string, value: string])[];

/** Over HTTP, at an address under which `<owner>/<name>.git` is served. */
export function gitOverHttp(host: GithubHost, base: string): GitSettings {
  return [[`url.${base.replace(/\/*$/, "/")}.insteadOf`, `${host.serverUrl}/`]];
}

/**
 * Straight from the bare repositories, for reading. Nothing is pushed this way: a push that no
 * service sees would be in no history and under nobody's permissions.
 */
export function gitFromFiles(host: GithubHost): GitSettings {
  const server = host.serverUrl;
  return [
    ["url.stage-has-no-git-service:///.pushInsteadOf", `${server}/`],
    ...host.repositories.flatMap(({ git, slug }): GitSettings => {
      const key = `url.${pathToFileURL(git.directory).href}.insteadOf`;
      // The longest match counts, so the spelling with `.git` needs a line of its own.
      return [
        [key, `${server}/${slug}`],
        [key, `${server}/${slug}.git`],
      ];
    }),
  ];
}

/** git's configuration by variables: it is under the repository's own and over nothing else. */
function gitEnvironment(settings: GitSettings): Readonly<Record<string, string>> {
  const all: GitSettings = [["core.fsync", "none"], ["safe.directory", "*"], ...settings];
  return {
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    // Nothing but files and loopback's HTTP: https, ssh and git are refused by git, by their names.
    GIT_ALLOW_PROTOCOL: "file:http",
    GIT_CONFIG_COUNT: String(all.length),
    ...Object.fromEntries(
      all.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, key],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
  };
}

/**
 * Loaded into every Node of the job before its own code. Old syntax, because a step may bring an
 * old Node. Names go to the report file, since what the process prints may be swallowed.
 */
function guardSource(reportPath: string): string {
  return `"use strict";
const net = require("net"), dgram = require("dgram"), dns = require("dns"), fs = require("fs");
const report = ${JSON.stringify(reportPath)};
const append = fs.appendFileSync;
function isLocal(host) {
  const name = String(host).toLowerCase().replace(/^\\[|\\]$/g, "");
  return name === "localhost" || name === "::1" || name === "::" || name === "0.0.0.0"
    || /^(?:::ffff:)?127(?:\\.\\d{1,3}){3}$/.test(name);
}
function refuse(target) {
  try { append(report, target + "\\n"); } catch (error) {}
  const error = new Error("The stage stopped a connection to " + target + ": a rehearsal stays on this machine");
  error.code = "ESTAGEEGRESS";
  return error;
}
const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  const list = Array.isArray(args[0]) ? args[0] : args;
  const first = list[0];
  const isOptions = typeof first === "object" && first !== null;
  const path = isOptions ? first.path : typeof first === "string" && !/^\\d+$/.test(first) ? first : undefined;
  const host = isOptions ? first.host : typeof list[1] === "string" ? list[1] : undefined;
  if (path || host === undefined || host === null || host === "" || isLocal(host)) {
    return connect.apply(this, args);
  }
  const error = refuse(host + ":" + (isOptions ? first.port : first));
  process.nextTick(() => this.destroy(error));
  return this;
};
const lookup = dns.lookup;
dns.lookup = function (name, ...rest) {
  if (!name || isLocal(name) || net.isIP(name)) return lookup.call(this, name, ...rest);
  const error = refuse(String(name));
  process.nextTick(rest[rest.length - 1], error);
};
const lookupPromise = dns.promises.lookup;
dns.promises.lookup = function (name, ...rest) {
  if (!name || isLocal(name) || net.isIP(name)) return lookupPromise.call(this, name, ...rest);
  return Promise.reject(refuse(String(name)));
};
const send = dgram.Socket.prototype.send;
dgram.Socket.prototype.send = function (...args) {
  const host = args.find((value, index) => index > 1 && typeof value === "string");
  if (host === undefined || isLocal(host)) return send.apply(this, args);
  throw refuse("udp " + host);
};
`;
}

export interface Egress extends AsyncDisposable {
  /** What every process of the job gets. */
  readonly environment: Readonly<Record<string, string>>;
  /** What was stopped since the last time, in order, each once. */
  takeStopped(): Promise<readonly string[]>;
}

/** Opens the job's guards: a proxy that refuses and names, and a file for Node's guard. */
export async function openEgress(folder: string, git: GitSettings): Promise<Egress> {
  const reportPath = join(folder, "egress.txt");
  const guardPath = join(folder, "egress-guard.cjs");
  await writeFile(reportPath, "");
  await writeFile(guardPath, guardSource(reportPath));

  const stop = (target: string): string => {
    const line = target.replaceAll(/[^\x21-\x7e]/g, "?").slice(0, 300);
    pending.push(appendFile(reportPath, `${line}\n`));
    return `The stage stopped a request to ${line}: a rehearsal stays on this machine\n`;
  };
  const pending: Promise<void>[] = [];
  const proxy = createServer((request, response) => {
    const said = stop(request.url ?? "somewhere");
    response.writeHead(403, { "content-type": "text/plain", connection: "close" });
    response.end(said);
  });
  proxy.on("connect", (request, socket) => {
    const said = stop(request.url ?? "somewhere");
    socket.on("error", () => undefined);
    const length = Buffer.byteLength(said);
    socket.end(
      `HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nContent-Length: ${length}\r\n` +
        `Connection: close\r\n\r\n${said}`,
    );
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const address = proxy.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
  const url = `http://127.0.0.1:${address.port}`;
  let taken = 0;

  return {
    environment: {
      ...gitEnvironment(git),
      HTTP_PROXY: url,
      HTTPS_PROXY: url,
      ALL_PROXY: url,
      NO_PROXY: LOOPBACK,
      http_proxy: url,
      https_proxy: url,
      all_proxy: url,
      no_proxy: LOOPBACK,
      NODE_OPTIONS: `--require=${JSON.stringify(guardPath)}`,
    },
    async takeStopped() {
      await Promise.all(pending.splice(0));
      const lines = (await readFile(reportPath, "utf8").catch(() => "")).split("\n").slice(0, -1);
      const fresh = lines.slice(taken);
      taken = lines.length;
      return [...new Set(fresh)];
    },
    async [Symbol.asyncDispose]() {
      proxy.closeAllConnections();
      proxy.close();
      await once(proxy, "close");
      await Promise.all(pending);
    },
  };
}
