/** The paths of distribution-spec 1.1 ("Endpoints"), and what each asks of its caller. */
import { isRepositoryName } from "./names.ts";

type Kind = "base" | "token" | "blob" | "uploads" | "upload" | "manifest" | "tags" | "referrers";

export interface Route {
  readonly kind: Kind;
  /** `<METHOD> <path template>`; what faults are aimed at. */
  readonly operation: string;
  /** The specification's number. */
  readonly id: string | undefined;
  /** Undefined for `/v2/` and the token's address. */
  readonly name: string;
  /** A digest, a tag, or an upload's id. */
  readonly reference: string;
}

interface Endpoint {
  readonly template: string;
  readonly tail: RegExp;
  readonly ids: Readonly<Record<string, string>>;
}

const ENDPOINTS: Readonly<Record<Exclude<Kind, "base" | "token">, Endpoint>> = {
  uploads: {
    template: "blobs/uploads/",
    tail: /^(?<name>.+)\/blobs\/uploads\/?$/,
    ids: { POST: "end-4" },
  },
  upload: {
    template: "blobs/uploads/{reference}",
    tail: /^(?<name>.+)\/blobs\/uploads\/(?<reference>[^/]+)$/,
    ids: { GET: "end-13", PATCH: "end-5", PUT: "end-6", DELETE: "end-14" },
  },
  blob: {
    template: "blobs/{digest}",
    tail: /^(?<name>.+)\/blobs\/(?<reference>[^/]+)$/,
    ids: { HEAD: "end-2", GET: "end-2", DELETE: "end-10" },
  },
  manifest: {
    template: "manifests/{reference}",
    tail: /^(?<name>.+)\/manifests\/(?<reference>[^/]+)$/,
    ids: { HEAD: "end-3", GET: "end-3", PUT: "end-7", DELETE: "end-9" },
  },
  tags: {
    template: "tags/list",
    tail: /^(?<name>.+)\/tags\/list$/,
    ids: { GET: "end-8" },
  },
  referrers: {
    template: "referrers/{digest}",
    tail: /^(?<name>.+)\/referrers\/(?<reference>[^/]+)$/,
    ids: { GET: "end-12" },
  },
};

function isEndpointKind(text: string): text is keyof typeof ENDPOINTS {
  return Object.hasOwn(ENDPOINTS, text);
}

/** Decoded where it is percent-encoded UTF-8; some clients encode the colon of a digest. */
export function decodePath(rawPath: string): string {
  try {
    return decodeURIComponent(rawPath);
  } catch {
    return rawPath;
  }
}

/** Undefined for a path or a method the specification does not have. */
export function findRoute(method: string, path: string): Route | undefined {
  const none = { id: undefined, name: "", reference: "" };
  if (path === "/token" && (method === "GET" || method === "POST")) {
    return { kind: "token", operation: `${method} /token`, ...none };
  }
  if (path === "/v2/" || path === "/v2") {
    if (method !== "GET" && method !== "HEAD") return undefined;
    return { kind: "base", operation: `${method} /v2/`, ...none, id: "end-1" };
  }
  if (!path.startsWith("/v2/")) return undefined;
  for (const [kind, { template, tail, ids }] of Object.entries(ENDPOINTS)) {
    const { name, reference = "" } = tail.exec(path.slice("/v2/".length))?.groups ?? {};
    if (name === undefined || !isEndpointKind(kind)) continue;
    const id = ids[method];
    if (id === undefined) return undefined;
    return { kind, operation: `${method} /v2/{name}/${template}`, id, name, reference };
  }
  return undefined;
}

export function hasGoodName({ kind, name }: Route): boolean {
  return kind === "base" || kind === "token" || isRepositoryName(name);
}
