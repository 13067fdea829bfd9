import { Findings, outputsOf, runsCondition, stepsOf, templateOf, textOf } from "./model-reader.ts";
/** Reads an `action.yml` into the model; see "Metadata syntax reference". */
import { type ActionFile, type CompositeRuns, type JavaScriptRuns } from "./model.ts";
import { checkAction } from "./official-parser.ts";
import { entriesOf, keyText, readSourceTree, type SourceNode, valueAt } from "./source-tree.ts";

/**
 * @throws {WorkflowError} with every problem; actions that run in a container, or on a version of
 *   Node that GitHub no longer has, are refused by name
 */
export async function loadAction(file: string, text: string): Promise<ActionFile> {
  const root = readSourceTree(file, text);
  await checkAction(file, text, root);
  const findings = new Findings();
  const runs = runsOf(valueAt(root, "runs") ?? root, findings);
  findings.throwIfAny();
  return {
    file,
    name: textOf(valueAt(root, "name")) ?? "",
    description: textOf(valueAt(root, "description")),
    inputs: entriesOf(valueAt(root, "inputs")).map(({ key, value }) => {
      const required = valueAt(value, "required");
      return {
        name: keyText(key),
        description: textOf(valueAt(value, "description")),
        required: textOf(required) === "true",
        default: templateOf(valueAt(value, "default"), "inputs.<input_id>.default"),
        deprecationMessage: textOf(valueAt(value, "deprecationMessage")),
      };
    }),
    outputs: outputsOf(valueAt(root, "outputs"), "outputs.<output_id>.value"),
    outputNames: entriesOf(valueAt(root, "outputs")).map(({ key }) => keyText(key)),
    runs,
  };
}

function runsOf(node: SourceNode, findings: Findings): JavaScriptRuns | CompositeRuns {
  const using = textOf(valueAt(node, "using")) ?? "";
  if (using === "composite") {
    const steps = stepsOf(valueAt(node, "steps"), "runs.steps", findings);
    for (const step of steps) {
      if (step.kind === "run" && step.shell === undefined) {
        findings.add(step.place, "Required property is missing: shell");
      }
    }
    return { kind: "composite", steps };
  }
  if (using !== "node20" && using !== "node24") {
    const place = valueAt(node, "using")?.start ?? node.start;
    findings.add(
      place,
      using === "docker"
        ? "the stage does not run containers: 'docker'"
        : `'using: ${using}' is not supported; allowed are composite, node20 and node24`,
    );
  }
  return {
    kind: "javascript",
    using: using === "node20" ? "node20" : "node24",
    main: textOf(valueAt(node, "main")) ?? "",
    pre: textOf(valueAt(node, "pre")),
    preIf: runsCondition(valueAt(node, "pre-if"), "runs.pre-if", node.start, findings),
    post: textOf(valueAt(node, "post")),
    postIf: runsCondition(valueAt(node, "post-if"), "runs.post-if", node.start, findings),
  };
}
