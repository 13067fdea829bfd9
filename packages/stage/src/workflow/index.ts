/**
 * What workflow files mean, as pure functions: nothing here starts a process or opens a socket. The
 * runner next door executes what this module decides. README.md tells how they fit together.
 */
export * from "./model.ts";
export {
  callInputs,
  callOutputs,
  callSecrets,
  dispatchInputs,
  type DispatchInputs,
  DispatchInputsError,
  nestedName,
} from "./calls.ts";
export {
  coerceToString,
  evaluateExpression,
  ExpressionError,
  formatNumber,
  isTruthy,
  type Scope,
  type StatusFunctions,
  stepStatus,
} from "./expression.ts";
export {
  advanceGraph,
  cancelGraph,
  type CancelReason,
  type Command,
  completeLeg,
  graphResult,
  type GraphState,
  jobsContext,
  type JobState,
  type LegState,
  needsContext,
  startGraph,
} from "./graph.ts";
export { loadAction } from "./load-action.ts";
export { loadWorkflow } from "./load-workflow.ts";
export { evaluateStrategy, expandMatrix, type JobLeg, type Strategy } from "./matrix.ts";
export { parseActionReference } from "./model-reader.ts";
export {
  declaredPermissions,
  defaultPermissions,
  jobPermissions,
  PERMISSION_SCOPES,
  permissionSet,
} from "./permissions.ts";
export {
  type PlannedWorkflow,
  type PlanOptions,
  planRun,
  planWarnings,
  type RunPlan,
  type WorkflowResolver,
  type WorkflowSource,
} from "./plan.ts";
export {
  type Concurrency,
  EMPTY_GROUP,
  enterGroup,
  evaluateConcurrency,
  evaluateEnvironment,
  evaluateRunsOn,
  groupKey,
  type GroupQueue,
  type JobEnvironment,
  jobEnvironmentVariables,
  leaveGroup,
  runDefaults,
  runName,
  type StepDefaults,
  workflowName,
} from "./settings.ts";
export {
  evaluateCondition,
  evaluateFlag,
  evaluateMapping,
  evaluateNumber,
  evaluateTemplate,
  evaluateText,
  splitTemplate,
} from "./template.ts";
