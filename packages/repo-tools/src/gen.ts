/**
 * Writes everything that follows from the contracts: each action's `action.yml` and the tables in
 * its README, the table of actions in the root README, and `docs/errors.md`.
 *
 *   pnpm gen           writes
 *   pnpm gen --check   writes nothing, names what would change, and fails if anything would
 *   --root <folder>    works on the generated files of another copy of the repository
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { Document } from "yaml";
import {
  COMMON_ERRORS,
  COMMON_OUTPUTS,
  type Contract,
  type InputDeclaration,
  permissionsBlock,
} from "@auditable-release/action-kit";
import { ERROR_CODES, type ErrorCode } from "@auditable-release/model";

/** Runtime of every action (DESIGN 6). */
const RUNS_USING = "node24";

const GENERATED_YAML = " Generated from src/contract.ts by `pnpm gen`. Do not edit.";

export interface GeneratedFile {
  /** Relative to the repository. */
  readonly file: string;
  readonly content: string;
}

/** The `action.yml` of a contract (docs.github.com, "Metadata syntax for GitHub Actions"). */
export function actionYaml(contract: Contract): string {
  const document = new Document({
    name: contract.title,
    description: contract.description,
    author: "auditable-release",
    inputs: Object.fromEntries(
      Object.entries(contract.inputs).map(([name, input]) => [
        name,
        {
          description: input.description,
          required: input.presence === "required",
          ...(input.default === undefined ? {} : { default: input.default }),
        },
      ]),
    ),
    outputs: { ...COMMON_OUTPUTS, ...contract.outputs },
    runs: { using: RUNS_USING, main: "dist/index.js" },
  });
  document.commentBefore = GENERATED_YAML;
  return document.toString({ lineWidth: 0 });
}

/** The tables of an action's README. */
export function apiTables(contract: Contract): string {
  const inputs = table(
    ["Input", "Type", "Default", "What it is"],
    Object.entries(contract.inputs).map(([name, input]) => [
      `\`${name}\``,
      input.codec.type,
      defaultCell(input),
      input.description,
    ]),
  );
  const groups = contract.atLeastOneOf.map(
    (group) => `At least one of ${group.map((name) => `\`${name}\``).join(", ")} is needed.\n`,
  );
  const outputs = table(
    ["Output", "What it is"],
    Object.entries({ ...COMMON_OUTPUTS, ...contract.outputs }).map(([name, output]) => [
      `\`${name}\``,
      output.description,
    ]),
  );
  return [
    "### Inputs\n",
    inputs,
    ...groups,
    "### Outputs\n",
    outputs,
    "### Permissions\n",
    `\`\`\`yaml\n${permissionsBlock(contract.permissions)}\n\`\`\`\n`,
    "### Error codes\n",
    errorTable([...COMMON_ERRORS, ...contract.errors]),
  ].join("\n");
}

function defaultCell(input: InputDeclaration): string {
  if (input.default !== undefined) return `\`${input.default}\``;
  return input.presence === "required" ? "(required)" : "";
}

/** The table of actions in the root README. */
export function actionsTable(contracts: readonly Contract[]): string {
  return table(
    ["Action", "What it does", "Job permissions"],
    contracts.map((contract) => [
      `[${contract.name}](actions/${contract.name}/README.md)`,
      `${contract.description}.`,
      Object.entries(contract.permissions)
        .map(([name, { access }]) => `\`${name}: ${access}\``)
        .join(", "),
    ]),
  );
}

/** `docs/errors.md`: every code with its outcome, meaning and remedy. */
export function errorsPage(contracts: readonly Contract[]): string {
  const codes = Object.entries(ERROR_CODES).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const common: readonly string[] = COMMON_ERRORS;
  const sections = codes.map(([code, { outcome, means, remedy }]) => {
    const users = common.includes(code)
      ? ["every action"]
      : contracts
          .filter(({ errors }) => errors.some((each) => each === code))
          .map(({ name }) => name);
    return [
      `## ${code}\n`,
      `${means}.\n`,
      `- Outcome: \`${outcome}\``,
      `- What to do: ${remedy}`,
      `- Ended in by: ${users.join(", ")}\n`,
    ].join("\n");
  });
  return [
    "<!-- Generated from packages/model/src/error-codes.ts by `pnpm gen`. Do not edit. -->\n",
    "# Error codes\n",
    "A failing step has the output `error-code` and one annotation titled with it. The codes are an",
    "interface: their names and outcomes change only with a major version.\n",
    ...sections,
  ].join("\n");
}

function errorTable(codes: readonly ErrorCode[]): string {
  return table(
    ["Code", "Outcome", "Means"],
    codes
      .toSorted()
      .map((code) => [
        `\`${code}\``,
        `\`${ERROR_CODES[code].outcome}\``,
        `${ERROR_CODES[code].means}.`,
      ]),
  );
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return `${[line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n")}\n`;
}

/** Replaces what stands between the markers; the rest of the file is people's. */
export function between(text: string, marker: string, generated: string): string {
  const start = `<!-- ${marker}: generated by \`pnpm gen\` from the contracts, do not edit -->`;
  const end = `<!-- /${marker} -->`;
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from === -1 || to < from) throw new Error(`the markers "${start}" and "${end}" are missing`);
  return `${text.slice(0, from)}${start}\n\n${generated}\n${text.slice(to)}`;
}

/** Contracts of all actions, in the order of their names. */
export async function loadContracts(root: string): Promise<readonly Contract[]> {
  const entries = await readdir(path.join(root, "actions"), { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.toSorted().map(async (name) => {
      const file = path.join(root, "actions", name, "src", "contract.ts");
      const module: unknown = await import(pathToFileURL(file).href);
      if (!exportsContract(module) || module.contract.name !== name) {
        throw new Error(`actions/${name}/src/contract.ts must export a contract named "${name}"`);
      }
      return module.contract;
    }),
  );
}

/** The compiler has checked each contract.ts against Contract; what it cannot see is the import. */
function exportsContract(module: unknown): module is { readonly contract: Contract } {
  return typeof module === "object" && module !== null && "contract" in module;
}

/** Every generated file with what it should hold. */
export function generate(root: string, contracts: readonly Contract[]): readonly GeneratedFile[] {
  const readmeOf = (file: string, marker: string, generated: string): GeneratedFile => ({
    file,
    content: between(readFileSync(path.join(root, file), "utf8"), marker, generated),
  });
  return [
    ...contracts.flatMap((contract) => [
      { file: `actions/${contract.name}/action.yml`, content: actionYaml(contract) },
      readmeOf(`actions/${contract.name}/README.md`, "api", apiTables(contract)),
    ]),
    readmeOf("README.md", "actions", actionsTable(contracts)),
    { file: "docs/errors.md", content: errorsPage(contracts) },
  ];
}

/** The files that differ from what they should hold. */
export function drift(root: string, files: readonly GeneratedFile[]): readonly GeneratedFile[] {
  return files.filter(({ file, content }) => {
    const full = path.join(root, file);
    return !existsSync(full) || readFileSync(full, "utf8") !== content;
  });
}

async function main(arguments_: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...arguments_],
    options: { check: { type: "boolean", default: false }, root: { type: "string" } },
  });
  const repository = path.resolve(import.meta.dirname, "../../..");
  const root = values.root ?? repository;
  const isCheck = values.check;
  const drifted = drift(root, generate(root, await loadContracts(repository)));
  for (const { file, content } of drifted) {
    if (isCheck) process.stderr.write(`${file} differs from the contracts\n`);
    else {
      writeFileSync(path.join(root, file), content);
      process.stdout.write(`wrote ${file}\n`);
    }
  }
  if (drifted.length === 0) process.stdout.write("generated files are up to date\n");
  else if (isCheck) {
    process.stderr.write("Run `pnpm gen` and commit what it writes.\n");
    process.exitCode = 1;
  }
}

if (import.meta.main) await main(process.argv.slice(2));
