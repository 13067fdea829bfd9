/**
 * What workflow files mean, as pure functions: nothing here starts a process or opens a socket. The
 * runner next door executes what this module decides. README.md tells how they fit together.
 */
export * from "./model.ts";
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
export { loadAction } from "./load-action.ts";
export { loadWorkflow } from "./load-workflow.ts";
export { parseActionReference } from "./model-reader.ts";
export {
  declaredPermissions,
  defaultPermissions,
  jobPermissions,
  PERMISSION_SCOPES,
  permissionSet,
} from "./permissions.ts";
export {
  evaluateCondition,
  evaluateFlag,
  evaluateMapping,
  evaluateNumber,
  evaluateTemplate,
  evaluateText,
  splitTemplate,
} from "./template.ts";
