/** What an endpoint is made of: the table's entry, what it is given, and what it answers. */
import type { BlobStore, Chunks } from "../artifacts/blob-store.ts";
import type { Signing } from "../artifacts/signed-urls.ts";
import type { Clock } from "../clock.ts";
import type { Change } from "../history.ts";
import type { Repository } from "./repository.ts";
import type { Caller, Level } from "./tokens.ts";

/** The addresses a host writes into its answers. */
export interface HostAddresses {
  readonly apiUrl: string;
  readonly serverUrl: string;
  /** Where release assets are sent to. */
  readonly uploadsUrl: string;
}

/** What all operations of one host share beside its repositories. */
export interface HostParts {
  readonly clock: Clock;
  readonly blobs: BlobStore;
  /** A short-lived address of a blob, which needs no token. */
  addressOf(blob: string, signing: Omit<Signing, "permission">): string;
}

export interface Call {
  readonly addresses: HostAddresses;
  readonly host: HostParts;
  readonly repository: Repository;
  readonly caller: Caller;
  /** The path's parameters, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly accept: string;
  /** Already checked against the published schema. */
  readonly body: Readonly<Record<string, unknown>>;
  /** To be read once, for operations whose body is no JSON. */
  readonly content: Chunks;
  readonly contentType: string;
  /** The refs as this request found them; under a `stale` fault those of an earlier state. */
  refs(): Promise<ReadonlyMap<string, string>>;
  /**
   * How many things that came with this kind of change lists do not show yet: those among the
   * changes a `stale` fault hides. Lists lag behind, single reads do not.
   */
  unseen(what: string): number;
  /** Notes a change in the caller's name. */
  record(change: Change): void;
}

export interface Reply {
  readonly status: number;
  /** Sent as JSON, or as it is when it is a text or bytes; undefined for none. */
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Not counted against the rate limit. */
  readonly isFree?: true;
}

export interface EndpointSpec {
  /** The permission a token needs, as GitHub documents it for the operation. */
  readonly permission: string;
  /** A second permission that will do as well: issues and pull requests share their endpoints. */
  readonly alternative?: string;
  readonly level: Level;
  /** Only served on the host's upload origin. */
  readonly isUpload?: true;
  handle(call: Call): Promise<Reply>;
}

/** A call that is about no repository. */
export interface HostCall extends Pick<Call, "addresses" | "host" | "caller" | "params" | "query"> {
  readonly rateLimit: { readonly limit: number; readonly used: number; readonly reset: number };
  repositoriesOf(owner: string): readonly Repository[];
  /** From now on the caller's token is refused. */
  expireToken(): void;
}

/** Needs a good token or none, as `isAnonymous` says. */
export interface HostEndpointSpec {
  readonly isAnonymous: boolean;
  handle(call: HostCall): Promise<Reply>;
}

export type HostOperationTable = Readonly<Record<`${string} /${string}`, HostEndpointSpec>>;

/** `<METHOD> <path template>`, spelt as in GitHub's description. */
export type OperationTable = Readonly<Record<`${string} /${string}`, EndpointSpec>>;

/** GitHub's opaque ids are base64 of what they are about; so are these. */
export function nodeId(kind: string, ...parts: readonly (string | number)[]): string {
  return Buffer.from([kind, ...parts].join(":")).toString("base64url");
}

/** Page and size as asked for, or undefined when the client did not ask for pages. */
export function pageOf(query: URLSearchParams): { page: number; size: number } | undefined {
  if (!query.has("page") && !query.has("per_page")) return undefined;
  const numberOf = (name: string, otherwise: number): number => {
    const value = Number(query.get(name) ?? otherwise);
    return Number.isInteger(value) && value > 0 ? value : otherwise;
  };
  // 30 a page unless told, 100 at most (docs.github.com, "Using pagination in the REST API").
  return { page: numberOf("page", 1), size: Math.min(numberOf("per_page", 30), 100) };
}

/** The list without its youngest items that a `stale` fault hides. `all` is oldest first. */
export function seen<T>(call: Call, what: string, all: readonly T[]): readonly T[] {
  return all.slice(0, Math.max(0, all.length - call.unseen(what)));
}

/** One page of a list that GitHub always pages, 30 a page unless told, and its `link` header. */
export function paged<T>(
  call: Call,
  url: string,
  all: readonly T[],
): { readonly shown: readonly T[]; readonly headers: Readonly<Record<string, string>> } {
  const page = pageOf(call.query) ?? { page: 1, size: 30 };
  return {
    shown: all.slice((page.page - 1) * page.size, page.page * page.size),
    headers: linkHeader(url, call.query, page, all.length),
  };
}

/** The `link` header for one page out of `total` items; none where there is only one page. */
export function linkHeader(
  url: string,
  query: URLSearchParams,
  { page, size }: { page: number; size: number },
  total: number,
): Readonly<Record<string, string>> {
  const last = Math.max(1, Math.ceil(total / size));
  const to = (target: number, rel: string): string => {
    const search = new URLSearchParams(query);
    search.set("page", String(target));
    return `<${url}?${search.toString()}>; rel="${rel}"`;
  };
  const links = [
    ...(page > 1 ? [to(page - 1, "prev")] : []),
    ...(page < last ? [to(page + 1, "next"), to(last, "last")] : []),
    ...(page > 1 ? [to(1, "first")] : []),
  ];
  return links.length === 0 ? {} : { link: links.join(", ") };
}
