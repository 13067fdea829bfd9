export const id = 716;
export const ids = [716];
export const modules = {

/***/ 716:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  connectGithub: () => (/* binding */ connectGithub)
});

// UNUSED EXPORTS: nextPage

// EXTERNAL MODULE: ./node_modules/.pnpm/@octokit+plugin-retry@8.1.1_@octokit+core@7.0.8/node_modules/@octokit/plugin-retry/dist-bundle/index.js
var dist_bundle = __webpack_require__(517);
// EXTERNAL MODULE: ./node_modules/.pnpm/@octokit+plugin-throttling@11.0.5_@octokit+core@7.0.8/node_modules/@octokit/plugin-throttling/dist-bundle/index.js
var plugin_throttling_dist_bundle = __webpack_require__(864);
// EXTERNAL MODULE: ./node_modules/.pnpm/@octokit+rest@22.0.1/node_modules/@octokit/rest/dist-src/index.js + 21 modules
var dist_src = __webpack_require__(231);
// EXTERNAL MODULE: ./node_modules/.pnpm/bottleneck@2.19.5/node_modules/bottleneck/light.js
var light = __webpack_require__(384);
// EXTERNAL MODULE: ./node_modules/.pnpm/zod@4.6.7/node_modules/zod/v4/core/parse.js + 1 modules
var parse = __webpack_require__(750);
// EXTERNAL MODULE: ./node_modules/.pnpm/zod@4.6.7/node_modules/zod/v4/mini/schemas.js + 6 modules
var schemas = __webpack_require__(970);
// EXTERNAL MODULE: ./node_modules/.pnpm/zod@4.6.7/node_modules/zod/v4/core/core.js
var core = __webpack_require__(473);
// EXTERNAL MODULE: ./packages/model/lib/index.js + 8 modules
var lib = __webpack_require__(461);
;// CONCATENATED MODULE: ./packages/github/lib/guarded-fetch.js
/**
 * The one way to GitHub's API: bounds what an answer may cost in time and bytes, and translates the
 * dialects of rate limiting into the one that Octokit's throttling plugin understands. Knows nothing
 * of what is asked.
 */
/** An answer larger than the limit. By its name Octokit knows that we gave up, and does not retry. */
class AnswerTooLarge extends Error {
    name = "AbortError";
}
/**
 * Wraps a fetch. Redirects are not followed: GitHub redirects API calls of a renamed repository, and
 * a release must name the repository it is made in.
 */
function guardedFetch(limits, debug) {
    return async (input, init) => {
        const { pathname, search } = new URL(input instanceof Request ? input.url : input);
        const startedMs = Date.now();
        const tell = (ending) => {
            debug(`${init?.method ?? "GET"} ${pathname}${search}: ${ending} in ${Date.now() - startedMs} ms`);
        };
        const timeout = AbortSignal.timeout(limits.requestTimeoutMs);
        const signal = init?.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
        let response;
        let body;
        try {
            response = await fetch(input, { ...init, signal, redirect: "manual" });
            body = await readBounded(response, limits.maxBytes);
        }
        catch (error) {
            tell(error instanceof Error ? error.message : "failed");
            throw error;
        }
        const headers = new Headers(response.headers);
        tell(`${response.status}, request ${headers.get("x-github-request-id") ?? "unnamed"}`);
        translateRateLimit(response.status, headers, body, Date.now());
        return new Response(body.byteLength === 0 ? null : body, {
            status: response.status,
            statusText: response.statusText,
            headers,
        });
    };
}
async function readBounded(response, maxBytes) {
    if (response.body === null)
        return new Uint8Array();
    const chunks = [];
    let size = 0;
    const stream = response.body;
    for await (const chunk of stream) {
        size += chunk.byteLength;
        if (size > maxBytes)
            throw new AnswerTooLarge(`the answer is larger than ${maxBytes} bytes`);
        chunks.push(chunk);
    }
    const whole = new Uint8Array(size);
    let offset = 0;
    for (const chunk of chunks) {
        whole.set(chunk, offset);
        offset += chunk.byteLength;
    }
    return whole;
}
/** GitHub's advice where a limit comes without a time ("Best practices for using the REST API"). */
const DEFAULT_LIMIT_WAIT_S = 60;
/** How much of a refusal's body is looked at for the words of a limit. */
const MAX_MESSAGE_BYTES = 4096;
function translateRateLimit(status, headers, body, nowMs) {
    const message = new TextDecoder().decode(body.subarray(0, MAX_MESSAGE_BYTES));
    const waitS = rateLimitWaitSeconds(status, headers, message, nowMs);
    if (waitS === undefined)
        return;
    headers.set("retry-after", String(waitS));
    headers.set("x-ratelimit-remaining", "0");
    headers.set("x-ratelimit-reset", String(Math.ceil(nowMs / 1000) + waitS));
}
/**
 * Seconds to wait when the answer means "too much, later", undefined when it means anything else.
 * A 403 is a limit only if a header or GitHub's own words say so; otherwise it is about permissions
 * and must not be retried (docs.github.com, "Rate limits for the REST API").
 */
function rateLimitWaitSeconds(status, headers, message, nowMs) {
    if (status !== 403 && status !== 429)
        return undefined;
    const retryAfter = parseRetryAfter(headers.get("retry-after"), nowMs);
    const isExhausted = headers.get("x-ratelimit-remaining") === "0";
    const saysSo = /rate limit|abuse detection/i.test(message);
    if (status === 403 && retryAfter === undefined && !isExhausted && !saysSo)
        return undefined;
    if (retryAfter !== undefined)
        return retryAfter;
    const reset = headers.get("x-ratelimit-reset") ?? "";
    if (isExhausted && /^\d{1,12}$/.test(reset)) {
        return Math.max(0, Number(reset) - Math.floor(nowMs / 1000));
    }
    return DEFAULT_LIMIT_WAIT_S;
}
/** RFC 9110, 10.2.3: seconds or an HTTP date. Anything else is no answer. */
function parseRetryAfter(value, nowMs) {
    if (value === null)
        return undefined;
    if (/^\d{1,12}$/.test(value))
        return Number(value);
    if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(value)) {
        return undefined;
    }
    const at = Date.parse(value);
    return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - nowMs) / 1000));
}

;// CONCATENATED MODULE: ./packages/github/lib/octokit-errors.js


/**
 * Turns what Octokit throws into an error that says what was tried, on what, and what GitHub said.
 *
 * @param doing what was tried, as in "could not <doing>"
 */
function toActionError(error, doing) {
    if (error instanceof AnswerTooLarge)
        return unreadable(doing, error.message);
    if (error instanceof lib/* ActionError */.lZ || !isFailure(error))
        return error;
    const { response } = error;
    if (response === undefined)
        return unreachable(error, doing);
    const said = messageOf(response.data);
    const id = response.headers["x-github-request-id"];
    const request = id === undefined ? "" : `, request ${(0,lib/* quote */.hD)(String(id))}`;
    const saying = `Could not ${doing}: GitHub answered ${error.status}${said === undefined ? "" : ` ${(0,lib/* quote */.hD)(said)}`}${request}`;
    const options = { cause: new Error(said ?? `HTTP ${error.status}`) };
    if (isLimited(error)) {
        return new lib/* ActionError */.lZ("GITHUB_RATE_LIMITED", `${saying}, wait ${waitOf(error)} seconds`, options);
    }
    if (error.status === 401)
        return new lib/* ActionError */.lZ("GITHUB_UNAUTHORIZED", saying, options);
    if (error.status === 403) {
        const accepted = response.headers["x-accepted-github-permissions"];
        const needed = accepted === undefined ? "" : `; it would accept a token with ${(0,lib/* quote */.hD)(String(accepted))}`;
        return new lib/* PermissionError */.i_("GITHUB_FORBIDDEN", saying + needed, options);
    }
    if (error.status === 404)
        return new lib/* PermissionError */.i_("GITHUB_NOT_FOUND", saying, options);
    if (error.status === 409 && /repository is empty/i.test(said ?? "")) {
        return new lib/* ActionError */.lZ("REPOSITORY_EMPTY", saying, options);
    }
    if (error.status >= 500)
        return new lib/* ActionError */.lZ("GITHUB_UNAVAILABLE", saying, options);
    return new lib/* ActionError */.lZ("GITHUB_REJECTED", saying, options);
}
/** An answer that is not what GitHub's API documents. */
function unreadable(doing, problem) {
    return new lib/* ActionError */.lZ("GITHUB_UNREADABLE", `Could not ${doing}: ${problem}`);
}
/** Whether the request may have taken effect although it failed. */
function mayHaveTakenEffect(error) {
    if (error instanceof AnswerTooLarge)
        return true;
    return isFailure(error) && (error.response === undefined || error.status >= 500);
}
/** Whether GitHub refused with this status and words. */
function isRefusal(error, status, words) {
    return (isFailure(error) && error.status === status && words.test(messageOf(error.response?.data) ?? ""));
}
function hasStatus(error, status) {
    return isFailure(error) && error.response !== undefined && error.status === status;
}
function isFailure(error) {
    return error instanceof Error && error.name === "HttpError" && "status" in error;
}
function isLimited(error) {
    return ((error.status === 403 || error.status === 429) &&
        error.response?.headers["x-ratelimit-remaining"] === "0");
}
function waitOf(error) {
    return String(error.response?.headers["retry-after"] ?? "some");
}
/** The request failed before there was an answer: Octokit calls that a 500 and keeps the reason. */
function unreachable(error, doing) {
    const cause = error.cause;
    const why = cause instanceof Error && cause.name === "TimeoutError"
        ? "GitHub did not answer in time"
        : `the connection failed (${(0,lib/* quote */.hD)(error.message)})`;
    return new lib/* ActionError */.lZ("GITHUB_UNAVAILABLE", `Could not ${doing}: ${why}`, { cause });
}
function messageOf(data) {
    if (typeof data !== "object" || data === null || !("message" in data))
        return undefined;
    return typeof data.message === "string" ? data.message : undefined;
}

;// CONCATENATED MODULE: ./packages/github/lib/octokit.js








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
const ThrottledOctokit = dist_src/* Octokit */.E.plugin(dist_bundle/* retry */.L, plugin_throttling_dist_bundle/* throttling */.A);
/** Connects to one repository. No request is made before the first call. */
function connectGithub(options) {
    const { owner, name } = (0,lib/* splitRepoSlug */.cV)(options.repository);
    const target = { owner, repo: name };
    const octokit = connect(options);
    return {
        repositories: repositories(octokit, target, options.repository),
        refs: refs(octokit, target, options),
        commits: commits(octokit, target, options.repository),
    };
}
function connect(options) {
    const waitable = (retryAfter, retryCount) => retryAfter <= MAX_LIMIT_WAIT_S && retryCount < LIMIT_RETRIES;
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
function pacing(waitScale) {
    const group = (minTimeMs) => new light.Group({ maxConcurrent: 1, minTime: minTimeMs * waitScale });
    return { write: group(1000), search: group(2000), notifications: group(3000) };
}
/** Parses the part of an answer that is needed; everything else is not looked at. */
function read(schema, data, doing) {
    const result = parse/* safeParse */.xL(schema, data);
    if (result.success)
        return result.data;
    const [issue] = result.error.issues;
    const where = issue === undefined || issue.path.length === 0 ? "it" : `"${issue.path.join(".")}"`;
    const problem = typeof data === "object" && data !== null
        ? `the answer is not what GitHub documents: ${where} is missing or of another type`
        : "the answer is no JSON";
    throw unreadable(doing, problem);
}
/** A codec of our model inside a schema. */
function parsed(parse) {
    return schemas/* pipe */.FsL(schemas/* string */.YjP(), schemas/* transform */.pdi((text, context) => {
        try {
            return parse(text);
        }
        catch (error) {
            if (!(error instanceof lib/* ParseError */.mB))
                throw error;
            context.issues.push({ code: "custom", message: error.message, input: text });
            return core/* NEVER */.tm;
        }
    }));
}
/** Sends a request; throws what Octokit throws, for those who know some of its refusals. */
async function send(doing, request) {
    const answer = await request();
    if (answer.status >= 300) {
        throw new lib/* ActionError */.lZ("GITHUB_REJECTED", `Could not ${doing}: GitHub redirects to another address (${answer.status})`, { hint: "The repository was probably renamed or moved; use its present name." });
    }
    return answer;
}
/** Sends a request of which every refusal is an error. */
async function call(doing, request) {
    try {
        return await send(doing, request);
    }
    catch (error) {
        throw toActionError(error, doing);
    }
}
const Sha = parsed(lib/* parseCommitSha */.tu);
const RepositoryAnswer = schemas/* object */.Ikc({ default_branch: parsed(lib/* parseBranchName */.pD) });
const RefAnswer = schemas/* object */.Ikc({
    ref: schemas/* string */.YjP(),
    object: schemas/* object */.Ikc({ type: schemas/* string */.YjP(), sha: Sha }),
});
const RefListAnswer = schemas/* array */.YOg(RefAnswer);
const TagAnswer = schemas/* object */.Ikc({ object: schemas/* object */.Ikc({ type: schemas/* string */.YjP(), sha: Sha }) });
const ComparisonAnswer = schemas/* object */.Ikc({
    status: schemas/* enum */.k5n(["identical", "ahead", "behind", "diverged"]),
});
function repositories(octokit, target, slug) {
    return {
        defaultBranch: async () => {
            const doing = `read the repository ${slug}`;
            const { data } = await call(doing, () => octokit.rest.repos.get(target));
            return read(RepositoryAnswer, data, doing).default_branch;
        },
    };
}
function refs(octokit, target, options) {
    const slug = options.repository;
    return {
        branches: () => listRefs(octokit, target, options, "heads/", `read the branches of ${slug}`),
        tags: () => listRefs(octokit, target, options, "tags/", `read the tags of ${slug}`),
        findBranch: async (name) => {
            const doing = `read the branch ${name} of ${slug}`;
            try {
                const { data } = await send(doing, () => octokit.rest.git.getRef({ ...target, ref: `heads/${name}` }));
                const answer = read(RefAnswer, data, doing);
                if (answer.ref !== `refs/heads/${name}`) {
                    throw unreadable(doing, `the answer is about another ref`);
                }
                return answer.object.sha;
            }
            catch (error) {
                // Callers have listed this repository's branches before: a 404 is about the branch.
                if (hasStatus(error, 404))
                    return undefined;
                throw toActionError(error, doing);
            }
        },
        createBranch: (name, at) => createBranch(octokit, target, slug, name, at),
        peel: async (tag) => {
            const doing = `read the tag ${tag.name} of ${slug}`;
            let current = { type: tag.isAnnotatedTag ? "tag" : "commit", sha: tag.sha };
            for (let depth = 0; current.type === "tag" && depth < MAX_TAG_DEPTH; depth += 1) {
                const { data } = await call(doing, () => octokit.rest.git.getTag({ ...target, tag_sha: current.sha }));
                current = read(TagAnswer, data, doing).object;
            }
            if (current.type !== "commit") {
                throw unreadable(doing, `it leads to a ${current.type}, not to a commit`);
            }
            return current.sha;
        },
    };
}
async function createBranch(octokit, target, slug, name, at) {
    const doing = `create the branch ${name} in ${slug}`;
    const ref = `refs/heads/${name}`;
    try {
        await send(doing, () => octokit.rest.git.createRef({ ...target, ref, sha: at, request: { retries: 0 } }));
        // What GitHub answers is not looked at: the caller reads the branch back.
        return { kind: "created" };
    }
    catch (error) {
        if (isRefusal(error, 422, /^Reference already exists/i))
            return { kind: "exists" };
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
async function listRefs(octokit, target, options, prefix, doing) {
    const entries = [];
    let response = await call(doing, () => octokit.rest.git.listMatchingRefs({ ...target, ref: prefix }));
    for (let page = 1;; page += 1) {
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
        if (next === undefined)
            return entries;
        if (page >= MAX_PAGES)
            throw unreadable(doing, `the list has more than ${MAX_PAGES} pages`);
        response = await call(doing, () => octokit.request(`GET ${next}`));
    }
}
/** The `rel="next"` of a Link header (RFC 8288), as a path of the same API; others are not followed. */
function nextPage(link, apiUrl) {
    const target = /<(?<url>[^<>]{1,2048})>\s*;[^,]*\brel="next"/.exec(link ?? "")?.groups?.["url"];
    if (target === undefined || !target.startsWith(`${apiUrl}/`))
        return undefined;
    return target.slice(apiUrl.length);
}
function commits(octokit, target, slug) {
    return {
        relation: async (base, head) => {
            const doing = `compare ${base} with ${head} in ${slug}`;
            try {
                const { data } = await send(doing, () => octokit.rest.repos.compareCommitsWithBasehead({
                    ...target,
                    basehead: `${base}...${head}`,
                    per_page: 1,
                }));
                return read(ComparisonAnswer, data, doing).status;
            }
            catch (error) {
                if (hasStatus(error, 404))
                    return "unknown";
                throw toActionError(error, doing);
            }
        },
    };
}


/***/ })

};
