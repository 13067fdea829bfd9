import {
  ActionError,
  causesOf,
  EXIT_CODES,
  InputError,
  isPassing,
  type Outcome,
  type PassingOutcome,
  PermissionError,
} from "@auditable-release/model";
import {
  camelCase,
  type Contract,
  type InputsOf,
  type OutputsOf,
  permissionsBlock,
} from "./contract.ts";
import { parseInputs } from "./inputs.ts";
import { logLine } from "./log-line.ts";
import { type Block, type Document, renderMarkdown } from "./markdown.ts";
import { type Redactor, redactorFor } from "./redaction.ts";
import { readRunContext, type RunContext } from "./run-context.ts";
import type { Log, Runner } from "./runner.ts";

/** What a use case hands back once its effects are confirmed. Failures are thrown. */
export interface ActionResult<C extends Contract> {
  readonly outcome: PassingOutcome;
  /** One sentence: what is true now. First line of the log's end and of the summary. */
  readonly headline: string;
  readonly outputs: OutputsOf<C>;
  readonly summary: Document;
}

export interface ActionCall<C extends Contract> {
  readonly inputs: InputsOf<C>;
  readonly run: RunContext;
  readonly log: Log;
}

/** A single output larger than this breaks the runner's limits for all of them (1 MiB a job). */
const MAX_OUTPUT_BYTES = 256 * 1024;

/**
 * Runs one action from inputs to exit code. Masks secrets before anything else, parses the inputs,
 * calls the use case, and only when it has returned writes outputs and summary. An error becomes
 * one annotation with its code, what to do, and its causes folded below; the outputs of a failing
 * step are `outcome` and `error-code` alone. Throws only where the runner's own files fail, with the
 * exit code already set.
 */
export async function runAction<C extends Contract>(
  contract: C,
  runner: Runner,
  handler: (call: ActionCall<C>) => Promise<ActionResult<C>>,
): Promise<void> {
  const redactor = redactorFor(secretsOf(contract, runner));
  for (const form of redactor.forms) runner.mask(form);
  const show = (text: string): string => logLine(redactor.redact(text));
  const log: Log = {
    info: (line) => runner.print(show(line)),
    debug: (line) => runner.debug(show(line)),
  };
  runner.onCrash((error) => reportFailure(contract, runner, redactor, error));
  try {
    const inputs = parseInputs(contract, runner.inputs);
    const run = readRunContext(runner.environment);
    const result = await handler({ inputs, run, log });
    const outputs = encodeOutputs(contract, redactor, result);
    for (const [name, value] of outputs) runner.setOutput(name, value);
    runner.setOutput("outcome", result.outcome);
    runner.setOutput("error-code", "");
    runner.setExitCode(exitCodeOf(result.outcome));
    log.info(`${contract.title}: ${result.outcome}. ${result.headline}.`);
    await summarise(runner, redactor, [
      { kind: "heading", text: `${contract.title}: ${result.outcome}` },
      { kind: "paragraph", content: [`${result.headline}.`] },
      ...result.summary,
    ]);
  } catch (error) {
    await reportFailure(contract, runner, redactor, error);
  }
}

function secretsOf(contract: Contract, runner: Runner): string[] {
  return Object.entries(contract.inputs)
    .filter(([, declaration]) => declaration.secret)
    .map(([name]) => runner.inputs.get(name).trim())
    .filter((value) => value !== "");
}

/** A step passes with exit code 0 and fails with any other, so 10 and 11 must become 0 here. */
function exitCodeOf(outcome: Outcome): number {
  return isPassing(outcome) ? EXIT_CODES.done : EXIT_CODES[outcome];
}

/** Says what was done, or would say: a summary that cannot be written is not worth a failed step. */
async function summarise(runner: Runner, redactor: Redactor, document: Document): Promise<void> {
  try {
    await runner.appendSummary(redactor.redact(renderMarkdown(document)));
  } catch (error) {
    runner.debug(logLine(redactor.redact(`No summary was written: ${describe(error)}`)));
  }
}

/** All outputs are checked before the first is written, so that none stands alone. */
function encodeOutputs<C extends Contract>(
  contract: C,
  redactor: Redactor,
  result: ActionResult<C>,
): readonly (readonly [string, string])[] {
  const values: Readonly<Record<string, string>> = result.outputs;
  return Object.keys(contract.outputs).map((name) => {
    const value = values[camelCase(name)];
    if (value === undefined) throw new Error(`the output "${name}" was declared but not given`);
    if (redactor.redact(value) !== value) throw new Error(`the output "${name}" holds a secret`);
    if (Buffer.byteLength(value) > MAX_OUTPUT_BYTES) {
      throw new Error(`the output "${name}" is larger than ${MAX_OUTPUT_BYTES} bytes`);
    }
    return [name, value];
  });
}

/** The one place that shows an error. */
async function reportFailure(
  contract: Contract,
  runner: Runner,
  redactor: Redactor,
  thrown: unknown,
): Promise<void> {
  const error =
    thrown instanceof ActionError
      ? thrown
      : new ActionError("UNEXPECTED", describe(thrown), { cause: thrown });
  const show = (text: string): string => logLine(redactor.redact(text));
  // First, because what follows may fail in its turn, and the step must not pass then.
  runner.setExitCode(exitCodeOf(error.outcome));
  runner.annotateError(
    `${contract.title}: ${error.outcome} (${error.code})`,
    redactor.redact(messageOf(error)),
  );
  runner.print(show(`What to do: ${error.hint}`));
  if (error instanceof PermissionError) {
    for (const line of neededPermissions(contract)) runner.print(show(line));
  }
  const causes = causesOf(error).map((cause) => show(describe(cause)));
  if (error.code === "UNEXPECTED") {
    const stack = thrown instanceof Error ? (thrown.stack ?? describe(thrown)) : describe(thrown);
    runner.printFolded(
      `Stack, to be reported with the action's version (${runner.environment["GITHUB_ACTION_REF"] ?? "unknown"})`,
      stack.split("\n").map(show),
    );
  } else if (causes.length > 0) {
    runner.printFolded("Causes", causes);
  }
  await summarise(runner, redactor, failureSummary(contract, error));
  runner.setOutput("outcome", error.outcome);
  runner.setOutput("error-code", error.code);
}

function messageOf(error: ActionError): string {
  if (!(error instanceof InputError)) return error.message;
  const count = error.faults.length;
  return [
    count === 1 ? "1 input is wrong:" : `${count} inputs are wrong:`,
    ...error.faults.map(
      (fault) => `- "${fault.input}": expected ${fault.expected}, got ${fault.received}`,
    ),
  ].join("\n");
}

function neededPermissions(contract: Contract): string[] {
  return [
    "The job that runs this action needs:",
    ...permissionsBlock(contract.permissions)
      .split("\n")
      .map((line) => `  ${line}`),
  ];
}

function failureSummary(contract: Contract, error: ActionError): Document {
  const what: Block =
    error instanceof InputError
      ? {
          kind: "table",
          header: ["Input", "Expected", "Got"],
          rows: error.faults.map((fault) => [
            [{ code: fault.input }],
            [fault.expected],
            [fault.received],
          ]),
        }
      : { kind: "paragraph", content: [`${error.message}.`] };
  const permissions: Block[] =
    error instanceof PermissionError
      ? [{ kind: "code", text: permissionsBlock(contract.permissions) }]
      : [];
  return [
    { kind: "heading", text: `${contract.title}: ${error.outcome}` },
    what,
    { kind: "paragraph", content: [{ strong: "What to do:" }, ` ${error.hint}`] },
    ...permissions,
    { kind: "paragraph", content: ["Error code: ", { code: error.code }] },
  ];
}

function describe(thrown: unknown): string {
  if (thrown instanceof ActionError) return `${thrown.code}: ${thrown.message}`;
  if (thrown instanceof Error) return `${thrown.name}: ${thrown.message}`;
  return `a thrown ${typeof thrown}: ${String(thrown)}`;
}
