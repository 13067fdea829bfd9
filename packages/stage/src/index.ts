export type { Bucket } from "./bucket/bucket.ts";
export type { BucketHost } from "./bucket/host.ts";
export type { BucketOptions } from "./bucket/settings.ts";
export type { StoragePermission, StorageTokenOptions } from "./bucket/tokens.ts";
export type { ObjectResource } from "./bucket/versions.ts";
export type { Exchange } from "./exchanges.ts";
export { mutatingExchanges } from "./exchanges.ts";
export type { Fault, FaultAt, HookMoment, HookVerdict, PlannedFault } from "./faults.ts";
export type { Effect } from "./history.ts";
export type { Account, App, AppOptions, Role, UserOptions } from "./github/accounts.ts";
export type { CheckRun, CommitStatus } from "./github/checks.ts";
export type { Artifact, NewArtifact } from "./github/artifacts-store.ts";
export type { Actor } from "./github/actors.ts";
export { startsWorkflows } from "./github/event-rules.ts";
export type { BranchPolicy, EnvironmentOptions } from "./github/environments-store.ts";
export type { MergedPull } from "./github/release-notes.ts";
export type { Asset, Attester, Release } from "./github/releases-store.ts";
export type {
  Attempt,
  Conclusion,
  Job,
  NewJob,
  NewRun,
  PendingDeployment,
  ReferencedWorkflow,
  Rerun,
  Review,
  Run,
  RunEngine,
  RunStatus,
  Step,
} from "./github/runs-store.ts";
export { type GithubHost, type GithubHostOptions, PLAYED_OPERATIONS } from "./github/host.ts";
export type {
  BranchCommitOptions,
  CommitOptions,
  CreationRule,
  Repository,
  RepositoryOptions,
  SceneCheckRun,
  TagOptions,
} from "./github/repository.ts";
export type {
  BypassActor,
  ProtectionOptions,
  Rule,
  Ruleset,
  RulesetOptions,
} from "./github/rules.ts";
export type { Permissions, TokenKind, TokenOptions } from "./github/tokens.ts";
export type { OidcGrant, OidcIssuer } from "./oidc/issuer.ts";
export type { RunFacts } from "./oidc/run-claims.ts";
export type { LogAudit, TransparencyLog } from "./sigstore/transparency-log.ts";
export type { TrustDomain, TrustDomainOptions } from "./sigstore/trust-domain.ts";
export type { SigningConfigJson, TrustedRootJson } from "./sigstore/trusted-root.ts";
export type {
  AccessRule,
  Account as RegistryAccount,
  AccountOptions as RegistryAccountOptions,
} from "./registry/access.ts";
export type { Descriptor } from "./registry/manifests.ts";
export { PERSONALITIES, type Personality, type PersonalityChoice } from "./registry/personality.ts";
export type { Registry, RegistryOptions } from "./registry/registry.ts";
export { type Stage, type StageOptions, startStage } from "./stage.ts";
export { type ActionResult, type ActionRun, runAction, type RunContext } from "./run-action.ts";
export { inputVariable } from "./runner/github-context.ts";
export { type FileReading, readKeyValueFile } from "./runner-files.ts";
export { formatTranscript, type Replacements } from "./transcript.ts";
export { type Annotation, maskSecrets, readLog } from "./workflow-commands.ts";
export * from "./runner/index.ts";
export type { EngineOptions, EngineRun, WorkflowEngine } from "./workflow-engine.ts";
export { readWorkflowFiles, type WorkflowFile } from "./github/workflow-files.ts";
export { WorkflowError } from "./workflow/model.ts";
export { DispatchInputsError } from "./workflow/calls.ts";
