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
export { type Stage, type StageOptions, startStage } from "./stage.ts";
export { type ActionResult, type ActionRun, runAction, type RunContext } from "./run-action.ts";
export { inputVariable } from "./runner/github-context.ts";
export { type FileReading, readKeyValueFile } from "./runner-files.ts";
export { formatTranscript, type Replacements } from "./transcript.ts";
export { type Annotation, maskSecrets, readLog } from "./workflow-commands.ts";
export * from "./runner/index.ts";
