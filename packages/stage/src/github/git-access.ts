/** git over HTTP on a host: its addresses, who may do what, and GitHub's words for the rest. */
import { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { GitRequestError, type GitService, serveGit } from "../git-http.ts";
import type { Answer, ReceivedRequest } from "../http-server.ts";
import type { HostAddresses } from "./operation.ts";
import { applyPush } from "./ref-updates.ts";
import type { Repository } from "./repository.ts";
import { type Caller, grants } from "./tokens.ts";

export interface GitRoute {
  readonly slug: string;
  /** Undefined: asked without one, as git did before 1.6.6. */
  readonly service: GitService | undefined;
  readonly advertise: boolean;
  /** As faults and the log name it. */
  readonly operation: string;
}

const ADVERTISE = "GET /{owner}/{repo}.git/info/refs";
const RUN = {
  "git-upload-pack": "POST /{owner}/{repo}.git/git-upload-pack",
  "git-receive-pack": "POST /{owner}/{repo}.git/git-receive-pack",
} as const;

export const GIT_OPERATIONS: ReadonlySet<string> = new Set([ADVERTISE, ...Object.values(RUN)]);

function asService(name: string | null | undefined): GitService | undefined {
  return name === "git-upload-pack" || name === "git-receive-pack" ? name : undefined;
}

/** Undefined for what is no request of git's protocol. */
export function gitRouteOf(
  request: Pick<ReceivedRequest, "method" | "rawPath" | "query">,
): GitRoute | undefined {
  const match =
    /^\/(?<slug>[\w.-]+\/[\w.-]+?)(?:\.git)?\/(?<rest>info\/refs|git-upload-pack|git-receive-pack)$/.exec(
      request.rawPath,
    );
  const { slug = "", rest = "" } = match?.groups ?? {};
  if (request.method === "GET" && rest === "info/refs") {
    const service = asService(request.query.get("service"));
    return { slug, service, advertise: true, operation: ADVERTISE };
  }
  const service = asService(rest);
  if (request.method !== "POST" || service === undefined) return undefined;
  return { slug, service, advertise: false, operation: RUN[service] };
}

function refusal(status: number, message: string): Answer {
  return {
    status,
    headers: {
      // git shows a plain text behind "remote: ".
      "content-type": "text/plain; charset=utf-8",
      ...(status === 401 ? { "www-authenticate": 'Basic realm="GitHub"' } : {}),
    },
    body: Buffer.from(`${message}\n`),
  };
}

/** Why the caller may not use the service; undefined when they may. */
function refusalFor(
  service: GitService,
  slug: string,
  repository: Repository | undefined,
  caller: Caller,
): Answer | undefined {
  if (caller.is === "unknown") {
    return refusal(
      401,
      "Invalid username or token. Password authentication is not supported for Git operations.",
    );
  }
  const isReadable =
    repository !== undefined && (!repository.isPrivate || grants(caller, slug, "contents", "read"));
  if (!isReadable) {
    return refusal(caller.is === "anonymous" ? 401 : 404, "Repository not found.");
  }
  if (service === "git-upload-pack") return undefined;
  if (caller.is === "anonymous") return refusal(401, "No anonymous write access.");
  return grants(caller, slug, "contents", "write")
    ? undefined
    : refusal(403, `Permission to ${repository.slug}.git denied to ${caller.grant.login}.`);
}

async function collect(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  await finished(stream);
  return Buffer.concat(chunks);
}

export async function answerGit(
  route: GitRoute,
  request: ReceivedRequest,
  place: {
    readonly repository: Repository | undefined;
    readonly caller: Caller;
    readonly addresses: HostAddresses;
  },
): Promise<Answer> {
  const { repository, caller, addresses } = place;
  const { service, slug, advertise } = route;
  if (service === undefined) {
    return refusal(
      403,
      "Please upgrade your git client.\nGitHub.com no longer supports git over dumb-http.",
    );
  }
  const refused = refusalFor(service, slug, repository, caller);
  if (refused !== undefined) return refused;
  if (repository === undefined) return refusal(404, "Repository not found.");
  const { headers, body } = await serveGit(
    repository.git,
    {
      service,
      advertise,
      protocol: headerOf(request, "git-protocol"),
      encoding: headerOf(request, "content-encoding"),
      body: Readable.from(request.stream),
    },
    (updates, atomic) => applyPush(repository, caller, addresses.serverUrl, updates, atomic),
  );
  try {
    return { status: 200, headers, body: await collect(body) };
  } catch (error) {
    if (error instanceof GitRequestError) return refusal(400, "Bad Request");
    throw error;
  }
}

function headerOf(request: ReceivedRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "string" ? value : undefined;
}
