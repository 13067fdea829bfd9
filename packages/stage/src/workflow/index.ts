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
  DispatchInputsError,
  nestedName,
} from "./calls.ts";
export {
  coerceToString,
  evaluateExpression,
  ExpressionError,
  formatNumber,
  stepStatus,
} from "./expression.ts";
export {
  advanceGraph,
  cancelGraph,
  type Command,
  completeLeg,
  graphResult,
  type GraphState,
  jobsContext,
  type JobState,
  startGraph,
} from "./graph.ts";
export { loadAction } from "./load-action.ts";
export { loadWorkflow } from "./load-workflow.ts";
export { evaluateStrategy, expandMatrix, type JobLeg } from "./matrix.ts";
export { parseActionReference } from "./model-reader.ts";
export { defaultPermissions, PERMISSION_SCOPES, permissionSet } from "./permissions.ts";
export { planRun, planWarnings, type RunPlan, type WorkflowSource } from "./plan.ts";
export {
  EMPTY_GROUP,
  enterGroup,
  evaluateConcurrency,
  evaluateEnvironment,
  evaluateRunsOn,
  groupKey,
  type GroupQueue,
  jobEnvironmentVariables,
  leaveGroup,
  runDefaults,
  runName,
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
