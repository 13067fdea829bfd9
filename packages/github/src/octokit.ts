import { retry } from "@octokit/plugin-retry";
import { throttling } from "@octokit/plugin-throttling";
import { Octokit } from "@octokit/rest";
import Bottleneck from "bottleneck/light.js";
import * as z from "zod/mini";
import {
  ActionError,
  type BranchName,
  type CommitSha,
  ParseError,
  parseBranchName,
  parseCommitSha,
  type RepoSlug,
  splitRepoSlug,
} from "@auditable-release/model";
import { guardedFetch } from "./guarded-fetch.ts";
import {
  hasStatus,
  isRefusal,
  mayHaveTakenEffect,
  toActionError,
  unreadable,
} from "./octokit-errors.ts";
import type { Commits, GithubRepository, RefEntry, Refs, Relation, Repositories } from "./ports.ts";

export interface GithubOptions {
  /** Base of the REST API: github.com's, a GHES's `https://host/api/v3`, or the stage's. */
  readonly apiUrl: string;
  readonly token: string;
  readonly repository: RepoSlug;
  /** Every wait is multiplied by this, 0 to 1. */
  readonly waitScale: number;
  readonly requestTimeoutMs: number;
  readonly debug: (line: string) => void;
}

/** A repository with 50,000 refs answers with about 20 MB. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** Reads are tried this often again after a server error or a lost connection: 1, 4, 9 seconds. */
const READ_RETRIES = 3;

/** A rate limit is waited out this often, if it ends within MAX_LIMIT_WAIT_S. */
const LIMIT_RETRIES = 2;
const MAX_LIMIT_WAIT_S = 300;

/** Pages followed at most; GitHub puts at least 30 refs on one. */
const MAX_PAGES = 2000;

/** A tag may point at a tag; nobody does so this often. */
const MAX_TAG_DEPTH = 8;

const ThrottledOctokit = Octokit.plugin(retry, throttling);

/** Connects to one repository. No request is made before the first call. */
export function connectGithub(options: GithubOptions): GithubRepository {
  const { owner, name } = splitRepoSlug(options.repository);
  const target = { owner, repo: name };
  const octokit = connect(options);
  return {
    repositories: repositories(octokit, target, options.repository),
    refs: refs(octokit, target, options),
    commits: commits(octokit, target, options.repository),
  };
}

// An alias, because Octokit's parameters want an index signature and interfaces have none.
type Target = { readonly owner: string; readonly repo: string };

function connect(options: GithubOptions): Octokit {
  const waitable = (retryAfter: number, retryCount: number): boolean =>
    retryAfter <= MAX_LIMIT_WAIT_S && retryCount < LIMIT_RETRIES;
  const limits = { requestTimeoutMs: options.requestTimeoutMs, maxBytes: MAX_ANSWER_BYTES };
  return new ThrottledOctokit({
    baseUrl: options.apiUrl,
    auth: options.token,
    userAgent: "auditable-release",
    request: { fetch: guardedFetch(limits, options.debug) },
    retry: {
      // Every 4xx says no; the throttling plugin alone knows which of them means "later".
      doNotRetry: [400, 401, 403, 404, 409, 410, 422, 429, 451],
      retries: READ_RETRIES,
      retryAfterBaseValue: 1000 * options.waitScale,
    },
    throttle: {
      ...pacing(options.waitScale),
      retryAfterBaseValue: 1000 * options.waitScale,
      onRateLimit: (retryAfter, _, __, retryCount) => waitable(retryAfter, retryCount),
      onSecondaryRateLimit: (retryAfter, _, __, retryCount) => waitable(retryAfter, retryCount),
    },
    // Octokit's own debug lines hold whole requests, and guardedFetch has one line for each.
    log: {
      debug: () => undefined,
      info: () => undefined,
      warn: options.debug,
      error: () => undefined,
    },
  });
}

/**
 * GitHub asks for a second between writes and three between those that notify people ("Best
 * practices for using the REST API"). These are the plugin's own figures; they are given here so
 * that `waitScale` holds for them too, and so that connections do not share one queue.
 */
function pacing(waitScale: number) {
  const group = (minTimeMs: number): Bottleneck.Group =>
    new Bottleneck.Group({ maxConcurrent: 1, minTime: minTimeMs * waitScale });
  return { write: group(1000), search: group(2000), notifications: group(3000) };
}

/** Parses the part of an answer that is needed; everything else is not looked at. */
function read<T>(schema: z.ZodMiniType<T>, data: unknown, doing: string): T {
  const result = z.safeParse(schema, data);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? "it" : `"${issue.path.join(".")}"`;
  const problem =
    typeof data === "object" && data !== null
      ? `the answer is not what GitHub documents: ${where} is missing or of another type`
      : "the answer is no JSON";
  throw unreadable(doing, problem);
}

/** A codec of our model inside a schema. */
function parsed<T>(parse: (text: string) => T): z.ZodMiniType<T> {
  return z.pipe(
    z.string(),
    z.transform((text, context) => {
      try {
        return parse(text);
      } catch (error) {
        if (!(error instanceof ParseError)) throw error;
        context.issues.push({ code: "custom", message: error.message, input: text });
        return z.NEVER;
      }
    }),
  );
}

interface Answer {
  readonly status: number;
  readonly data: unknown;
  readonly headers: { readonly link?: string | undefined };
}

/** Sends a request; throws what Octokit throws, for those who know some of its refusals. */
async function send(doing: string, request: () => Promise<Answer>): Promise<Answer> {
  const answer = await request();
  if (answer.status >= 300) {
    throw new ActionError(
      "GITHUB_REJECTED",
      `Could not ${doing}: GitHub redirects to another address (${answer.status})`,
      { hint: "The repository was probably renamed or moved; use its present name." },
    );
  }
  return answer;
}

/** Sends a request of which every refusal is an error. */
async function call(doing: string, request: () => Promise<Answer>): Promise<Answer> {
  try {
    return await send(doing, request);
  } catch (error) {
    throw toActionError(error, doing);
  }
}

const Sha = parsed(parseCommitSha);
const RepositoryAnswer = z.object({ default_branch: parsed(parseBranchName) });
const RefAnswer = z.object({
  ref: z.string(),
  object: z.object({ type: z.string(), sha: Sha }),
});
const RefListAnswer = z.array(RefAnswer);
const TagAnswer = z.object({ object: z.object({ type: z.string(), sha: Sha }) });
const ComparisonAnswer = z.object({
  status: z.enum(["identical", "ahead", "behind", "diverged"]),
});

function repositories(octokit: Octokit, target: Target, slug: RepoSlug): Repositories {
  return {
    defaultBranch: async () => {
      const doing = `read the repository ${slug}`;
      const { data } = await call(doing, () => octokit.rest.repos.get(target));
      return read(RepositoryAnswer, data, doing).default_branch;
    },
  };
}

function refs(octokit: Octokit, target: Target, options: GithubOptions): Refs {
  const slug = options.repository;
  return {
    branches: () => listRefs(octokit, target, options, "heads/", `read the branches of ${slug}`),
    tags: () => listRefs(octokit, target, options, "tags/", `read the tags of ${slug}`),
    findBranch: async (name) => {
      const doing = `read the branch ${name} of ${slug}`;
      try {
        const { data } = await send(doing, () =>
          octokit.rest.git.getRef({ ...target, ref: `heads/${name}` }),
        );
        const answer = read(RefAnswer, data, doing);
        if (answer.ref !== `refs/heads/${name}`) {
          throw unreadable(doing, `the answer is about another ref`);
        }
        return answer.object.sha;
      } catch (error) {
        // Callers have listed this repository's branches before: a 404 is about the branch.
        if (hasStatus(error, 404)) return undefined;
        throw toActionError(error, doing);
      }
    },
    createBranch: (name, at) => createBranch(octokit, target, slug, name, at),
    peel: async (tag) => {
      const doing = `read the tag ${tag.name} of ${slug}`;
      let current = { type: tag.isAnnotatedTag ? "tag" : "commit", sha: tag.sha };
      for (let depth = 0; current.type === "tag" && depth < MAX_TAG_DEPTH; depth += 1) {
        const { data } = await call(doing, () =>
          octokit.rest.git.getTag({ ...target, tag_sha: current.sha }),
        );
        current = read(TagAnswer, data, doing).object;
      }
      if (current.type !== "commit") {
        throw unreadable(doing, `it leads to a ${current.type}, not to a commit`);
      }
      return current.sha;
    },
  };
}

async function createBranch(
  octokit: Octokit,
  target: Target,
  slug: RepoSlug,
  name: BranchName,
  at: CommitSha,
): ReturnType<Refs["createBranch"]> {
  const doing = `create the branch ${name} in ${slug}`;
  const ref = `refs/heads/${name}`;
  try {
    await send(doing, () =>
      octokit.rest.git.createRef({ ...target, ref, sha: at, request: { retries: 0 } }),
    );
    // What GitHub answers is not looked at: the caller reads the branch back.
    return { kind: "created" };
  } catch (error) {
    if (isRefusal(error, 422, /^Reference already exists/i)) return { kind: "exists" };
    if (mayHaveTakenEffect(error)) {
      const cause = toActionError(error, doing);
      return { kind: "unclear", cause: cause instanceof Error ? cause : error };
    }
    throw toActionError(error, doing);
  }
}

/**
 * All refs below a prefix. The endpoint takes no page size; where GitHub pages it nevertheless, its
 * Link header is followed, as long as it stays on the same endpoint of the same API.
 */
async function listRefs(
  octokit: Octokit,
  target: Target,
  options: GithubOptions,
  prefix: "heads/" | "tags/",
  doing: string,
): Promise<readonly RefEntry[]> {
  const entries: RefEntry[] = [];
  let response = await call(doing, () =>
    octokit.rest.git.listMatchingRefs({ ...target, ref: prefix }),
  );
  for (let page = 1; ; page += 1) {
    for (const entry of read(RefListAnswer, response.data, doing)) {
      if (!entry.ref.startsWith(`refs/${prefix}`)) {
        throw unreadable(doing, "the answer holds refs that were not asked for");
      }
      entries.push({
        name: entry.ref.slice(`refs/${prefix}`.length),
        sha: entry.object.sha,
        isAnnotatedTag: entry.object.type === "tag",
      });
    }
    const next = nextPage(response.headers.link, options.apiUrl);
    if (next === undefined) return entries;
    if (page >= MAX_PAGES) throw unreadable(doing, `the list has more than ${MAX_PAGES} pages`);
    response = await call(doing, () => octokit.request(`GET ${next}`));
  }
}

/** The `rel="next"` of a Link header (RFC 8288), as a path of the same API; others are not followed. */
export function nextPage(link: string | undefined, apiUrl: string): string | undefined {
  const target = /<(?<url>[^<>]{1,2048})>\s*;[^,]*\brel="next"/.exec(link ?? "")?.groups?.["url"];
  if (target === undefined || !target.startsWith(`${apiUrl}/`)) return undefined;
  return target.slice(apiUrl.length);
}

function commits(octokit: Octokit, target: Target, slug: RepoSlug): Commits {
  return {
    relation: async (base, head): Promise<Relation | "unknown"> => {
      const doing = `compare ${base} with ${head} in ${slug}`;
      try {
        const { data } = await send(doing, () =>
          octokit.rest.repos.compareCommitsWithBasehead({
            ...target,
            basehead: `${base}...${head}`,
            per_page: 1,
          }),
        );
        return read(ComparisonAnswer, data, doing).status;
      } catch (error) {
        if (hasStatus(error, 404)) return "unknown";
        throw toActionError(error, doing);
      }
    },
  };
}
