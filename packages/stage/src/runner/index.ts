/** Runs workflow files of the stage's repositories. README.md tells what it does and does not do. */
export type { ArtifactFile, ArtifactStore, ArtifactUpload, StoredArtifact } from "./artifacts.ts";
export { ConcurrencyGroups } from "./concurrency-groups.ts";
export { gitFromFiles, gitOverHttp, type GitSettings } from "./egress.ts";
export {
  type Conclusion,
  formatLogLine,
  type JobInfo,
  type RunEvent,
  type RunInfo,
  type RunObserver,
  type StepInfo,
  type WaitReason,
} from "./observer.ts";
export { type Patience, REHEARSAL_PATIENCE, RUNNER_PATIENCE } from "./processes.ts";
export { RefusedRunError } from "./requirements.ts";
export {
  type JobReport,
  type RunHandle,
  type RunRequest,
  type RunResult,
  startRun,
} from "./run-workflow.ts";
export type { GateRequest, GateVerdict, RunServices } from "./services.ts";
export { STAND_IN_LIST } from "./stand-ins.ts";
