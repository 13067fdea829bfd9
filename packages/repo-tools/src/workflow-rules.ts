/**
 * What every workflow of this repository keeps to (DESIGN 2, laws 8 to 10), as a pure function over
 * its text. Knows the form of workflow files; what a step does is not judged here.
 */
import {
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Scalar,
  visit,
  type YAMLMap,
} from "yaml";

export interface WorkflowFault {
  readonly line: number;
  readonly message: string;
}

export interface WorkflowContext {
  /** Whether a folder or file of the repository is there; paths start at the root. */
  readonly exists: (path: string) => boolean;
}

/** The job that stands for all others where a branch requires one check to pass. */
const FAN_IN = "ci-ok";

/** A commit, and behind it which version that was. */
const PINNED = /^(?<action>[\w.-]+\/[\w./-]+)@[0-9a-f]{40}$/;
const VERSION_COMMENT = /^ v\d+\.\d+\.\d+$/;
const PINNED_IMAGE = /^docker:\/\/[^@]+@sha256:[0-9a-f]{64}$/;
const OURS = /^(?:\$|\.)\/(?<path>actions\/[a-z0-9-]+|\.github\/workflows\/[a-z0-9-]+\.ya?ml)$/;

/** All faults of one file, by line. */
export function workflowFaults(text: string, context: WorkflowContext): readonly WorkflowFault[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const faults: WorkflowFault[] = [];

  function report(at: number | undefined, message: string): void {
    faults.push({ line: lines.linePos(at ?? 0).line, message });
  }

  for (const error of document.errors) report(error.pos[0], `is no YAML: ${error.message}`);
  const root: unknown = document.contents;
  if (document.errors.length > 0 || !isMap(root)) return faults;

  const permissions = root.get("permissions", true);
  if (!isMap(permissions) || permissions.items.length > 0) {
    report(permissions?.range?.[0], "starts from `permissions: {}` at the top, and grants by job");
  }
  visit(root, {
    Pair: (_, { key, value }) => {
      if (!isScalar(key) || !isScalar(value)) return;
      if (key.value === "uses") checkUses(value);
      if (key.value === "run" && String(value.value).includes("${{")) {
        report(
          value.range?.[0],
          "hands text to a script through `env:`, not by an expression in `run:`",
        );
      }
      if (key.value === "secrets" && value.value === "inherit") {
        report(value.range?.[0], "names the secrets it hands on, one by one");
      }
    },
    Map: (_, map) => {
      checkCheckout(map);
    },
  });
  checkJobs(root.get("jobs"));
  return faults.toSorted((a, b) => a.line - b.line);

  function checkUses(value: Scalar): void {
    const uses = String(value.value);
    const at = value.range?.[0];
    const ours = OURS.exec(uses)?.groups?.["path"];
    if (ours !== undefined) {
      if (!context.exists(ours)) report(at, `calls "${uses}", which is not here`);
    } else if (uses.startsWith("docker://")) {
      if (!PINNED_IMAGE.test(uses)) report(at, `pins "${uses}" by digest`);
    } else if (uses.startsWith("$/") || uses.startsWith("./")) {
      report(
        at,
        `calls what is ours as $/actions/<name> or $/.github/workflows/<name>.yml, not "${uses}"`,
      );
    } else if (!PINNED.test(uses)) {
      report(at, `pins "${uses}" by the full commit id`);
    } else if (!VERSION_COMMENT.test(value.comment ?? "")) {
      report(at, `says behind "${uses}" which version that is, like "# v1.2.3"`);
    }
  }

  function checkCheckout(step: YAMLMap): void {
    const uses = step.get("uses");
    if (typeof uses !== "string" || PINNED.exec(uses)?.groups?.["action"] !== "actions/checkout") {
      return;
    }
    const inputs = step.get("with");
    if (!isMap(inputs) || inputs.get("persist-credentials") !== false) {
      report(step.range?.[0], "checks out with `persist-credentials: false`");
    }
  }

  function checkJobs(jobs: unknown): void {
    if (!isMap(jobs)) return;
    const names = jobs.items.map(({ key }) => String(isScalar(key) ? key.value : key));
    for (const { key, value: job } of jobs.items) {
      // A job that calls another workflow has its limits there, and may not have one here.
      if (!isMap(job) || job.has("uses") || typeof job.get("timeout-minutes") === "number")
        continue;
      report(isScalar(key) ? key.range?.[0] : undefined, "limits each job by `timeout-minutes`");
    }
    const fanIn = jobs.get(FAN_IN);
    if (!isMap(fanIn)) return;
    const needs = fanIn.get("needs");
    const needed = isSeq(needs)
      ? needs.items.map((item) => String(isScalar(item) ? item.value : item))
      : [];
    const forgotten = names.filter((name) => name !== FAN_IN && !needed.includes(name));
    const at = fanIn.range?.[0];
    if (forgotten.length > 0) report(at, `${FAN_IN} needs ${forgotten.join(", ")} too`);
    if (!/\balways\(\)/.test(String(fanIn.get("if")))) {
      report(at, `${FAN_IN} runs \`if: always()\`; a skipped check would count as passed`);
    }
  }
}
