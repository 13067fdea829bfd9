/**
 * Where GitHub's published description is not what GitHub does. Each correction names its source;
 * without them a true answer would count as a violation.
 */

type Json = Readonly<Record<string, unknown>>;

interface Correction {
  /** Where in the extracted document; nothing happens to a document that has no such place. */
  readonly at: readonly string[];
  readonly value: unknown;
}

const ERROR = { $ref: "#/schemas/basic-error" };

const CORRECTIONS: readonly Correction[] = [
  // An upload that was cut leaves an asset in this state (specs.md 2.13; gh's own asset clean-up).
  {
    at: ["schemas", "release-asset", "properties", "state", "enum"],
    value: ["uploaded", "open", "starter"],
  },
  // A search range such as `>=2026-01-01`, which the same page documents, is no date-time.
  ...[
    "GET /repos/{owner}/{repo}/actions/runs",
    "GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs",
  ].map((name) => ({ at: ["operations", name, "parameters", "created"], value: {} })),
  // Logs that are no longer kept (specs.md 2.16).
  ...[
    "GET /repos/{owner}/{repo}/actions/runs/{run_id}/logs",
    "GET /repos/{owner}/{repo}/actions/runs/{run_id}/attempts/{attempt_number}/logs",
    "GET /repos/{owner}/{repo}/actions/jobs/{job_id}/logs",
  ].map((name) => ({ at: ["operations", name, "responses", "410"], value: ERROR })),
];

function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null;
}

function isNamed(value: unknown, name: string): boolean {
  return isRecord(value) && value["name"] === name;
}

function corrected(value: unknown, at: readonly string[], to: unknown): unknown {
  const [step, ...rest] = at;
  if (step === undefined) return to;
  // A list of parameters: by the parameter's name, and it is the schema that is corrected.
  if (Array.isArray(value)) {
    return value.map((item: unknown) =>
      isRecord(item) && isNamed(item, step) ? { ...item, schema: to } : item,
    );
  }
  if (!isRecord(value)) return value;
  if (rest.length > 0 && !(step in value)) return value;
  return { ...value, [step]: corrected(value[step], rest, to) };
}

/** The document as it should be. */
export function correctDescription(document: unknown): unknown {
  let result = document;
  for (const { at, value } of CORRECTIONS) result = corrected(result, at, value);
  return result;
}
