/**
 * Which operation a request is for. Known are the paths of production and, for the client's
 * `STORAGE_EMULATOR_HOST`, those without `/storage/v1`.
 */

/** The operations the bucket plays. Where one path does several things, the query is part of it. */
export type StorageOperation =
  | "GET /b/{bucket}"
  | "PATCH /b/{bucket}"
  | "POST /b/{bucket}/lockRetentionPolicy"
  | "GET /b/{bucket}/o"
  | "GET /b/{bucket}/o/{object}"
  | "GET /b/{bucket}/o/{object}?alt=media"
  | "PATCH /b/{bucket}/o/{object}"
  | "DELETE /b/{bucket}/o/{object}"
  | "POST /b/{bucket}/o/{object}/restore"
  | "POST /b/{bucket}/o/{object}/rewriteTo/b/{destinationBucket}/o/{destinationObject}"
  | "POST /upload/b/{bucket}/o?uploadType=media"
  | "POST /upload/b/{bucket}/o?uploadType=multipart"
  | "POST /upload/b/{bucket}/o?uploadType=resumable"
  | "PUT /upload/b/{bucket}/o?uploadType=resumable"
  | "DELETE /upload/b/{bucket}/o?uploadType=resumable";

interface Endpoint {
  /** Google's name of the method. */
  readonly id: string;
  /** Query parameters it understands, beside those that every method does. */
  readonly parameters: readonly string[];
}

/** Of every method ("Query parameters"); none changes what is done. */
const STANDARD_PARAMETERS = ["alt", "prettyPrint", "projection", "quotaUser", "userProject"];

const GENERATIONS = ["ifGenerationMatch", "ifGenerationNotMatch"];
const METAGENERATIONS = ["ifMetagenerationMatch", "ifMetagenerationNotMatch"];
const CONDITIONS = [...GENERATIONS, ...METAGENERATIONS];
const UPLOAD = ["uploadType", "name", ...CONDITIONS];
const SESSION = [...UPLOAD, "upload_id"];

export const ENDPOINTS: Readonly<Record<StorageOperation, Endpoint>> = {
  "GET /b/{bucket}": { id: "storage.buckets.get", parameters: METAGENERATIONS },
  "PATCH /b/{bucket}": { id: "storage.buckets.patch", parameters: METAGENERATIONS },
  "POST /b/{bucket}/lockRetentionPolicy": {
    id: "storage.buckets.lockRetentionPolicy",
    parameters: ["ifMetagenerationMatch"],
  },
  "GET /b/{bucket}/o": {
    id: "storage.objects.list",
    parameters: [
      "delimiter",
      "endOffset",
      "maxResults",
      "pageToken",
      "prefix",
      "softDeleted",
      "startOffset",
      "versions",
    ],
  },
  "GET /b/{bucket}/o/{object}": {
    id: "storage.objects.get",
    parameters: ["generation", "softDeleted", ...CONDITIONS],
  },
  "GET /b/{bucket}/o/{object}?alt=media": {
    id: "storage.objects.get",
    parameters: ["generation", ...CONDITIONS],
  },
  "PATCH /b/{bucket}/o/{object}": {
    id: "storage.objects.patch",
    parameters: ["generation", "overrideUnlockedRetention", ...CONDITIONS],
  },
  "DELETE /b/{bucket}/o/{object}": {
    id: "storage.objects.delete",
    parameters: ["generation", ...CONDITIONS],
  },
  "POST /b/{bucket}/o/{object}/restore": {
    id: "storage.objects.restore",
    parameters: ["generation", ...CONDITIONS],
  },
  "POST /b/{bucket}/o/{object}/rewriteTo/b/{destinationBucket}/o/{destinationObject}": {
    id: "storage.objects.rewrite",
    parameters: [
      "sourceGeneration",
      ...CONDITIONS,
      ...CONDITIONS.map((name) => name.replace("if", "ifSource")),
    ],
  },
  "POST /upload/b/{bucket}/o?uploadType=media": {
    id: "storage.objects.insert",
    parameters: [...UPLOAD, "contentEncoding"],
  },
  "POST /upload/b/{bucket}/o?uploadType=multipart": {
    id: "storage.objects.insert",
    parameters: UPLOAD,
  },
  "POST /upload/b/{bucket}/o?uploadType=resumable": {
    id: "storage.objects.insert",
    parameters: UPLOAD,
  },
  "PUT /upload/b/{bucket}/o?uploadType=resumable": {
    id: "storage.objects.insert",
    parameters: SESSION,
  },
  "DELETE /upload/b/{bucket}/o?uploadType=resumable": {
    id: "storage.objects.insert",
    parameters: SESSION,
  },
};

export interface StorageRoute {
  readonly operation: StorageOperation;
  /** As in the path of the operation, decoded. */
  readonly bucket: string;
  readonly object: string;
  readonly destinationBucket: string;
  readonly destinationObject: string;
}

/** Everything but the query that stands in an operation. */
const PATHS: readonly (readonly [RegExp, (method: string, query: URLSearchParams) => string])[] = [
  [/^\/upload(?:\/storage\/v1)?\/b\/(?<bucket>[^/]+)\/o$/, uploadOperation],
  [
    /^(?:\/download)?(?:\/storage\/v1)?\/b\/(?<bucket>[^/]+)\/o\/(?<object>[^/]+)$/,
    (method, query) =>
      method === "GET" && query.get("alt") === "media"
        ? "GET /b/{bucket}/o/{object}?alt=media"
        : `${method} /b/{bucket}/o/{object}`,
  ],
  [/^(?:\/storage\/v1)?\/b\/(?<bucket>[^/]+)$/, (method) => `${method} /b/{bucket}`],
  [/^(?:\/storage\/v1)?\/b\/(?<bucket>[^/]+)\/o$/, (method) => `${method} /b/{bucket}/o`],
  [
    /^(?:\/storage\/v1)?\/b\/(?<bucket>[^/]+)\/lockRetentionPolicy$/,
    (method) => `${method} /b/{bucket}/lockRetentionPolicy`,
  ],
  [
    /^(?:\/storage\/v1)?\/b\/(?<bucket>[^/]+)\/o\/(?<object>[^/]+)\/restore$/,
    (method) => `${method} /b/{bucket}/o/{object}/restore`,
  ],
  [
    /^(?:\/storage\/v1)?\/b\/(?<bucket>[^/]+)\/o\/(?<object>[^/]+)\/rewriteTo\/b\/(?<destinationBucket>[^/]+)\/o\/(?<destinationObject>[^/]+)$/,
    (method) =>
      `${method} /b/{bucket}/o/{object}/rewriteTo/b/{destinationBucket}/o/{destinationObject}`,
  ],
];

function uploadOperation(method: string, query: URLSearchParams): string {
  const type = query.has("upload_id") ? "resumable" : (query.get("uploadType") ?? "");
  return `${method} /upload/b/{bucket}/o?uploadType=${type}`;
}

function isOperation(text: string): text is StorageOperation {
  return Object.hasOwn(ENDPOINTS, text);
}

/** `rawPath` is as sent. Undefined for what the bucket does not play. */
export function findRoute(
  method: string,
  rawPath: string,
  query: URLSearchParams,
): StorageRoute | undefined {
  for (const [path, operationOf] of PATHS) {
    const groups = path.exec(rawPath)?.groups;
    if (groups === undefined) continue;
    const operation = operationOf(method, query);
    const names = Object.fromEntries(
      Object.entries(groups).map(([name, text]) => [name, tryDecode(text)]),
    );
    if (!isOperation(operation) || Object.values(names).includes(undefined)) return undefined;
    const { bucket = "", object = "", destinationBucket = "", destinationObject = "" } = names;
    return { operation, bucket, object, destinationBucket, destinationObject };
  }
  return undefined;
}

/** Undefined for what is not percent-encoded UTF-8: it names nothing. */
function tryDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** The query parameters that this operation would drop without a word. */
export function unplayedParameters(
  operation: StorageOperation,
  query: URLSearchParams,
): readonly string[] {
  const known = new Set([...STANDARD_PARAMETERS, ...ENDPOINTS[operation].parameters]);
  return [...new Set(query.keys())].filter((name) => !known.has(name));
}
