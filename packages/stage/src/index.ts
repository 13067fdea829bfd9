export type { Exchange } from "./exchanges.ts";
export { mutatingExchanges } from "./exchanges.ts";
export type { Fault, FaultAt, HookMoment, HookVerdict, PlannedFault } from "./faults.ts";
export type { Effect } from "./history.ts";
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
  TagOptions,
} from "./github/repository.ts";
export type { Permissions, TokenKind, TokenOptions } from "./github/tokens.ts";
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
