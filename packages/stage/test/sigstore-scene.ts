/** A job that signs: a stage, its ID token grant, and the official clients turned to it. */
import { createRequire } from "node:module";
import type { Bundle } from "@sigstore/bundle";
import {
  type BundleBuilderOptions,
  CIContextProvider,
  DSSEBundleBuilder,
  FulcioSigner,
  type IdentityProvider,
  MessageSignatureBundleBuilder,
  RekorWitness,
  TSAWitness,
  type Witness,
} from "@sigstore/sign";
import { type Signer, toSignedEntity, toTrustMaterial, Verifier } from "@sigstore/verify";
import { vi } from "vitest";
import type { RunFacts, Stage, TrustDomain, TrustedRootJson } from "../src/index.ts";

export const SIGNER =
  "https://github.com/octo/pipelines/.github/workflows/release.yml@refs/tags/v3";

/** A run whose claims all differ, so that none can pass for another. */
export const RUN: RunFacts = {
  repository: "octo/telemetry",
  repositoryId: 4711,
  repositoryOwnerId: 42,
  repositoryVisibility: "public",
  workflow: "Release it",
  workflowRef: "octo/telemetry/.github/workflows/start.yml@refs/heads/main",
  workflowSha: "1".repeat(40),
  jobWorkflowRef: "octo/pipelines/.github/workflows/release.yml@refs/tags/v3",
  jobWorkflowSha: "2".repeat(40),
  runId: 123_456_789,
  runAttempt: 2,
  runNumber: 17,
  eventName: "workflow_dispatch",
  ref: "refs/heads/main",
  refProtected: true,
  sha: "3".repeat(40),
  actor: "monalisa",
  actorId: 9,
  environment: "release",
};

export const STATEMENT = Buffer.from(
  JSON.stringify({
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: "a.txt", digest: { sha256: "ab".repeat(32) } }],
    predicateType: "https://slsa.dev/provenance/v1",
    predicate: {},
  }),
);

export const STATEMENT_TYPE = "application/vnd.in-toto+json";

/** Asks for the job's token as the official client does: by the runner's two variables. */
function identityProvider(stage: Stage, facts: RunFacts): IdentityProvider {
  const { requestUrl, requestToken } = stage.oidc.grant(facts);
  return {
    getToken: async () => {
      vi.stubEnv("ACTIONS_ID_TOKEN_REQUEST_URL", requestUrl);
      vi.stubEnv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", requestToken);
      try {
        return await new CIContextProvider("sigstore").getToken();
      } finally {
        vi.unstubAllEnvs();
      }
    },
  };
}

export type WitnessKind = "v1" | "v1 intoto" | "v2" | "tsa";

function witnessOf(domain: TrustDomain, kind: WitnessKind, retries: number): Witness {
  const retry = { retries, minTimeout: 1 };
  const v1 = { rekorBaseURL: domain.rekorUrl, retry };
  switch (kind) {
    case "v1":
      return new RekorWitness({ ...v1, entryType: "dsse" });
    case "v1 intoto":
      return new RekorWitness({ ...v1, entryType: "intoto" });
    case "v2":
      return new RekorWitness({ rekorBaseURL: domain.rekorV2Url, majorApiVersion: 2, retry });
    case "tsa":
      return new TSAWitness({ tsaBaseURL: domain.timestampUrl, retry });
  }
}

export interface Signing {
  readonly domain?: TrustDomain;
  readonly facts?: RunFacts;
  readonly witnesses: readonly WitnessKind[];
  /** How often a client asks again; not at all unless told. */
  readonly retries?: number;
}

function partsOf(
  stage: Stage,
  { domain = stage.sigstore, facts = RUN, witnesses, retries = 0 }: Signing,
): BundleBuilderOptions {
  return {
    signer: new FulcioSigner({
      fulcioBaseURL: domain.fulcioUrl,
      identityProvider: identityProvider(stage, facts),
    }),
    witnesses: witnesses.map((kind) => witnessOf(domain, kind, retries)),
  };
}

export async function attest(stage: Stage, signing: Signing): Promise<Bundle> {
  const builder = new DSSEBundleBuilder(partsOf(stage, signing));
  return builder.create({ data: STATEMENT, type: STATEMENT_TYPE });
}

export async function signMessage(stage: Stage, data: Buffer, signing: Signing): Promise<Bundle> {
  return new MessageSignatureBundleBuilder(partsOf(stage, signing)).create({ data });
}

export interface Expectation {
  readonly root: TrustedRootJson;
  readonly data?: Buffer;
  readonly san?: string;
  readonly issuer?: string;
  readonly tlogThreshold?: number;
  readonly ctlogThreshold?: number;
}

type TrustedRoot = Parameters<typeof toTrustMaterial>[0];

/** The reader of the very package `@sigstore/verify` has its trusted roots from. */
interface TrustedRootReader {
  readonly TrustedRoot: { fromJSON(this: void, json: unknown): TrustedRoot };
}

function hasTrustedRootReader(loaded: unknown): loaded is TrustedRootReader {
  return typeof loaded === "object" && loaded !== null && "TrustedRoot" in loaded;
}

function readTrustedRoot(json: TrustedRootJson): TrustedRoot {
  const verifyPackage = createRequire(import.meta.resolve("@sigstore/verify"));
  const loaded: unknown = verifyPackage("@sigstore/protobuf-specs");
  if (!hasTrustedRootReader(loaded)) throw new Error("the reader of trusted roots has moved");
  return loaded.TrustedRoot.fromJSON(json);
}

/** @throws VerificationError or PolicyError of `@sigstore/verify` */
export function check(bundle: Bundle, expectation: Expectation): Signer {
  const { root, data, tlogThreshold = 1, ctlogThreshold = 1 } = expectation;
  const { san = SIGNER, issuer = "https://token.actions.githubusercontent.com" } = expectation;
  const verifier = new Verifier(toTrustMaterial(readTrustedRoot(root)), {
    tlogThreshold,
    ctlogThreshold,
  });
  return verifier.verify(toSignedEntity(bundle, data), {
    subjectAlternativeName: `^${san.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}$`,
    extensions: { issuer },
  });
}
