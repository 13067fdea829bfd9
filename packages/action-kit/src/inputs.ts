import { InputError, type InputFault, ParseError, quote } from "@auditable-release/model";
import {
  camelCase,
  type Contract,
  type InputDeclaration,
  type InputDeclarations,
  type InputsOf,
  isExpression,
} from "./contract.ts";

/** Inputs as the runner hands them over: exact text by declared name, and the names it set. */
export interface RawInputs {
  readonly get: (name: string) => string;
  /** Every input the runner set, as it spells them: upper case, blanks as underscores. */
  readonly names: readonly string[];
}

/** No input has a use for more; a larger one is a mistake or an attack. */
const MAX_INPUT_BYTES = 64 * 1024;

/**
 * Reads all inputs of a call.
 *
 * @throws InputError with every fault at once: missing, malformed, or misspelt inputs.
 */
export function parseInputs<C extends Contract>(contract: C, raw: RawInputs): InputsOf<C> {
  const faults: InputFault[] = misspelt(contract.inputs, raw.names);
  const values: Record<string, unknown> = {};
  for (const [name, declaration] of Object.entries(contract.inputs)) {
    const given = trimAscii(raw.get(name));
    const effective = given === "" ? (defaultOf(declaration) ?? "") : given;
    if (effective === "") {
      if (declaration.presence !== "optional") {
        faults.push({
          input: name,
          expected: `a value (${declaration.codec.type})`,
          received: "nothing",
        });
      }
      values[camelCase(name)] = undefined;
      continue;
    }
    if (Buffer.byteLength(effective) > MAX_INPUT_BYTES) {
      faults.push({
        input: name,
        expected: `at most ${MAX_INPUT_BYTES} bytes`,
        received: `${Buffer.byteLength(effective)} bytes`,
      });
      continue;
    }
    try {
      values[camelCase(name)] = declaration.codec.parse(effective);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      faults.push({
        input: name,
        expected: error.expected,
        received: declaration.secret ? "something else (not shown)" : quote(error.received),
      });
    }
  }
  for (const group of contract.atLeastOneOf) {
    if (group.every((name) => trimAscii(raw.get(name)) === "")) {
      faults.push({
        input: group.join('" or "'),
        expected: "at least one of them",
        received: "none",
      });
    }
  }
  if (faults.length > 0) throw new InputError(faults);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every declared name was parsed above by its own codec, which is what InputsOf spells out
  return values as InputsOf<C>;
}

function defaultOf(declaration: InputDeclaration): string | undefined {
  return declaration.default === undefined || isExpression(declaration.default)
    ? undefined
    : declaration.default;
}

/**
 * Blanks around a value are noise of YAML. Only ASCII ones: an exotic space inside a ref or a digest
 * is somebody's attempt to have two values look alike, and must reach the parser.
 */
function trimAscii(value: string): string {
  return value.replace(/^[ \t\r\n]+/, "").replace(/[ \t\r\n]+$/, "");
}

/**
 * The runner only warns about an input that action.yml does not know, and runs on: `dry_run: true`
 * would release for real. Names that are clearly meant for one of ours are faults; names that
 * resemble nothing are left alone, because a job may set INPUT_* variables for its own purposes.
 */
function misspelt(inputs: InputDeclarations, names: readonly string[]): InputFault[] {
  const declared = Object.keys(inputs);
  const known = new Set(declared.map(runnerName));
  return names
    .filter((name) => !known.has(name))
    .flatMap((name) => {
      const meant = declared.find((candidate) => isNear(bare(candidate), bare(name)));
      return meant === undefined
        ? []
        : [{ input: name.toLowerCase(), expected: `the input "${meant}"`, received: "this name" }];
    });
}

/** How the runner names the variable of an input (without the prefix INPUT_). */
export function runnerName(input: string): string {
  return input.replaceAll(" ", "_").toUpperCase();
}

function bare(name: string): string {
  return name.toLowerCase().replace(/[-_. ]/g, "");
}

/** Same letters, or one letter added, dropped, changed or swapped with its neighbour. */
function isNear(a: string, b: string): boolean {
  if (a === b) return true;
  if (Math.abs(a.length - b.length) > 1 || Math.min(a.length, b.length) < 4) return false;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start += 1;
  const restA = a.slice(start);
  const restB = b.slice(start);
  return (
    restA.slice(1) === restB ||
    restA === restB.slice(1) ||
    restA.slice(1) === restB.slice(1) ||
    (restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2))
  );
}
