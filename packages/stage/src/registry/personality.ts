/**
 * How registries differ: every switch with what it stands for, and known registries as named sets
 * of them. Without a word a registry is what distribution-spec 1.1 describes, with everything on.
 */

export interface Personality {
  /** How the registry wants to know who asks. */
  readonly auth: "none" | "basic" | "bearer";
  /** Whether anybody may pull without an account. */
  readonly anonymousPull: boolean;
  /** How long a bearer token lives; clients must take 60 s for granted where nothing is said. */
  readonly tokenSeconds: number;
  /**
   * `none`: no referrers API (404) and no `OCI-Subject`, so the client keeps a fallback tag.
   * `header-only`: `OCI-Subject` is sent although there is no API, as ECR does.
   */
  readonly referrers: "api" | "none" | "header-only";
  /** Whether `artifactType` filters and `OCI-Filters-Applied` says so; a filter is optional. */
  readonly referrersFilter: boolean;
  readonly referrersPageSize: number;
  readonly tagPageSize: number;
  /** `ignored`: all tags in one answer, whatever `n` and `last` say. */
  readonly tagPages: "served" | "ignored";
  /** Whether a manifest may be pushed by its sha512 (400 DIGEST_INVALID otherwise). */
  readonly sha512Manifests: boolean;
  /**
   * `other-digest`: a tag cannot be moved. `any-push`: it cannot even be pushed again as it is (ECR
   * refuses both). Refused with `immutableTagStatus` and TAG_INVALID.
   */
  readonly immutableTags: "no" | "other-digest" | "any-push";
  readonly immutableTagStatus: 400 | 409 | 412;
  /**
   * `honoured`: an ETag, 304, and 412 for `If-Match` and `If-None-Match` of a push. `reads`: an
   * ETag and 304, and pushes go through whatever they ask. The specification says nothing of them.
   */
  readonly conditionalRequests: "honoured" | "reads" | "ignored";
  /** Whether GET of a blob is sent on to a signed address on another origin (307). */
  readonly redirectBlobs: boolean;
  /** Whether a manifest needs its config and layers, an index its children, in the repository. */
  readonly missingBlobs: "refused" | "accepted";
  readonly missingChildren: "refused" | "accepted";
  /** Whether `Accept` must name an OCI manifest's type (404 otherwise), as Docker's registry has it. */
  readonly acceptHeader: "checked" | "ignored";
  /** `refused`: 202 and an upload session, which is not an error. */
  readonly mounts: "accepted" | "refused";
  /** `refused`: the POST with a digest opens a session (202) and its body is forgotten. */
  readonly monolithicPost: "accepted" | "refused";
  /** How many PATCH requests an upload may have. */
  readonly chunks: "many" | "one" | "none";
  /** Announced as `OCI-Chunk-Min-Length`, and 416 for a smaller chunk that is not the last. */
  readonly minChunkBytes: number;
  /** A `signed` Location has a query that changes with every chunk and must come back as it was. */
  readonly uploadLocation: "relative" | "absolute" | "signed";
  /** 429 with Retry-After for what is more. */
  readonly requestsPerMinute: number;
  /** How many reads still see a tag, or a list of referrers, as it was before a push. */
  readonly staleReads: number;
  readonly deleteManifests: boolean;
  /** A number is the status that refuses a tag: Docker's registry says 400, the specification 405. */
  readonly deleteTags: true | 400 | 405;
  readonly deleteBlobs: boolean;
  /** The text of a `Warning: 299` on every answer. */
  readonly warning: string | undefined;
  readonly maxManifestBytes: number;
  /** `PUT manifests/<digest>?tag=a&tag=b`, which distribution-spec 1.2 brings. */
  readonly tagParameters: boolean;
}

/** The specification wants at least that much accepted. */
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

const STANDARD: Personality = {
  auth: "bearer",
  anonymousPull: true,
  tokenSeconds: 300,
  referrers: "api",
  referrersFilter: true,
  referrersPageSize: 100,
  tagPageSize: 1000,
  tagPages: "served",
  sha512Manifests: true,
  immutableTags: "no",
  immutableTagStatus: 400,
  conditionalRequests: "honoured",
  redirectBlobs: false,
  missingBlobs: "refused",
  missingChildren: "refused",
  acceptHeader: "ignored",
  mounts: "accepted",
  monolithicPost: "accepted",
  chunks: "many",
  minChunkBytes: 0,
  uploadLocation: "relative",
  requestsPerMinute: Infinity,
  staleReads: 0,
  deleteManifests: true,
  deleteTags: true,
  deleteBlobs: true,
  warning: undefined,
  maxManifestBytes: MAX_MANIFEST_BYTES,
  tagParameters: false,
};

export const PERSONALITIES = {
  standard: STANDARD,
  /** Debian's docker-registry 2.8.2, as it was met (feasibility.md 4). */
  "docker-registry-2.8": {
    ...STANDARD,
    auth: "none",
    referrers: "none",
    tagPages: "ignored",
    sha512Manifests: false,
    conditionalRequests: "reads",
    acceptHeader: "checked",
    monolithicPost: "refused",
    uploadLocation: "signed",
    deleteTags: 400,
  },
  /** Amazon ECR with immutable tags, in what its users report. */
  ecr: {
    ...STANDARD,
    auth: "basic",
    anonymousPull: false,
    referrers: "header-only",
    immutableTags: "any-push",
    conditionalRequests: "ignored",
    redirectBlobs: true,
    deleteTags: 405,
    deleteBlobs: false,
  },
  /** GitHub's: no referrers, nothing deleted through this API, blobs elsewhere. */
  ghcr: {
    ...STANDARD,
    referrers: "none",
    conditionalRequests: "ignored",
    redirectBlobs: true,
    acceptHeader: "checked",
    deleteManifests: false,
    deleteTags: 405,
    deleteBlobs: false,
  },
} as const satisfies Readonly<Record<string, Personality>>;

type PersonalityName = keyof typeof PERSONALITIES;

/** A named personality, or switches that differ from the standard, or from the one `like` names. */
export type PersonalityChoice =
  | PersonalityName
  | (Partial<Personality> & { readonly like?: PersonalityName });

export function personalityOf(choice: PersonalityChoice = "standard"): Personality {
  if (typeof choice === "string") return PERSONALITIES[choice];
  const { like = "standard", ...switches } = choice;
  return { ...PERSONALITIES[like], ...switches };
}
