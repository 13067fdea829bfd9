/** The scene most tests start from: one repository with two commits on main, and a token for it. */
import { Octokit } from "@octokit/rest";
import type { Fault, GithubHost, Repository, Stage } from "../src/index.ts";
import { startStage } from "../src/index.ts";

export const SLUG = "octo/telemetry";

/** What octokit wants with every call. */
export const AT = { owner: "octo", repo: "telemetry" };

export interface Scene extends AsyncDisposable {
  readonly stage: Stage;
  readonly host: GithubHost;
  readonly repo: Repository;
  /** The first commit and the head of main. */
  readonly first: string;
  readonly head: string;
  readonly token: string;
  readonly octokit: Octokit;
}

export interface SceneOptions {
  readonly visibility?: "public" | "private";
  readonly faults?: readonly Fault[];
}

export async function startScene({ visibility, faults }: SceneOptions = {}): Promise<Scene> {
  const stage = await startStage();
  const host = stage.github;
  const repo = await host.createRepository(SLUG, { visibility: visibility ?? "private" });
  const [first = "", head = ""] = await repo.commits([
    { branch: "main", message: "First", files: { "a.txt": "one\n" } },
    { message: "Second", files: { "a.txt": "two\n", "b.txt": "new\n" } },
  ]);
  const token = host.issueToken({ permissions: { contents: "write" }, repositories: [SLUG] });
  for (const fault of faults ?? []) stage.addFault(fault);
  const octokit = octokitFor(host, token);
  return {
    stage,
    host,
    repo,
    first,
    head,
    token,
    octokit,
    [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
  };
}

/** The official client, without the log that would tell of every intended error. */
export function octokitFor(host: GithubHost, auth?: string): Octokit {
  const log = { debug: drop, info: drop, warn: drop, error: drop };
  return new Octokit({ baseUrl: host.apiUrl, log, ...(auth === undefined ? {} : { auth }) });
}

function drop(): void {}

export interface RawRequest {
  readonly token?: string;
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** A request as it is, for what the client would not send or would hide. */
export async function ask(
  host: GithubHost,
  path: string,
  request: RawRequest = {},
): Promise<Response> {
  const { token, method = "GET", body, headers, signal } = request;
  // The path goes out as the test wrote it, well encoded or not.
  const address = `${host.apiUrl}${path}`;
  return fetch(address, {
    method,
    redirect: "manual",
    ...(signal === undefined ? {} : { signal }),
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    headers: {
      "user-agent": "stage-test",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
  });
}
