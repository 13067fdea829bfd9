export type { Exchange } from "./exchanges.ts";
export { mutatingExchanges } from "./exchanges.ts";
export type { Fault, FaultAt, HookMoment, HookVerdict, PlannedFault } from "./faults.ts";
export type { Effect } from "./history.ts";
export { type GithubHost, type GithubHostOptions, PLAYED_OPERATIONS } from "./github/host.ts";
export type {
  BranchCommitOptions,
  CommitOptions,
  CreationRule,
  Repository,
  RepositoryOptions,
  TagOptions,
} from "./github/repository.ts";
export type { Permissions, TokenKind, TokenOptions } from "./github/tokens.ts";
export type { OidcGrant, OidcIssuer } from "./oidc/issuer.ts";
export type { RunFacts } from "./oidc/run-claims.ts";
export type { LogAudit, TransparencyLog } from "./sigstore/transparency-log.ts";
export type { TrustDomain, TrustDomainOptions } from "./sigstore/trust-domain.ts";
export type { SigningConfigJson, TrustedRootJson } from "./sigstore/trusted-root.ts";
export { type Stage, type StageOptions, startStage } from "./stage.ts";
export {
  type ActionResult,
  type ActionRun,
  inputVariable,
  runAction,
  type RunContext,
} from "./run-action.ts";
export { type FileReading, readKeyValueFile } from "./runner-files.ts";
export { formatTranscript, type Replacements } from "./transcript.ts";
export { type Annotation, maskSecrets, readLog } from "./workflow-commands.ts";
