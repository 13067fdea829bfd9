/**
 * Fetches the independent tools that our results are checked with, into `.referees/bin`.
 *
 *   pnpm referees                          what is missing
 *   pnpm referees --only <name,...>        these only
 *   pnpm referees --require <name,...>     fails where one of these cannot be had
 *
 * Tools are had one by one: one that cannot be had is named with the reason and stops no other.
 */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { formatColumns } from "./columns.ts";
import { installReferee, NotToBeHad } from "./referee-installers.ts";
import {
  isInstalled,
  receiptPath,
  REFEREE_TOOLS,
  refereePath,
  type RefereeTool,
} from "./referee-tools.ts";

const { values: options } = parseArgs({
  options: { only: { type: "string" }, require: { type: "string", default: "" } },
});

const root = process.cwd();
const required = namesIn(options.require);
const wanted = REFEREE_TOOLS.filter(
  ({ name }) => options.only === undefined || namesIn(options.only).includes(name),
);

const rows: (readonly string[])[] = [];
const missing: string[] = [];
for (const tool of wanted) {
  const startedAt = performance.now();
  const { how, reason } = await have(tool);
  const seconds = `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
  if (reason !== undefined) missing.push(tool.name);
  rows.push([tool.name, tool.version, how, seconds, reason ?? `.referees/bin/${tool.name}`]);
}
process.stdout.write(formatColumns(["tool", "version", "how", "took", "path, or why not"], rows));

const lacking = required.filter((name) => missing.includes(name) || !isHere(name));
if (lacking.length > 0) {
  process.stdout.write(`\nrequired and not to be had: ${lacking.join(", ")}\n`);
  process.exitCode = 1;
}

async function have(
  tool: RefereeTool,
): Promise<{ readonly how: string; readonly reason?: string }> {
  if (isInstalled(root, tool)) return { how: "was there" };
  const how = `from ${tool.origin.kind}`;
  await rm(receiptPath(root, tool.name), { force: true });
  await rm(refereePath(root, tool.name), { force: true });
  try {
    await installReferee(root, tool);
  } catch (error) {
    if (error instanceof NotToBeHad) return { how, reason: error.message };
    throw error;
  }
  await mkdir(dirname(receiptPath(root, tool.name)), { recursive: true });
  await writeFile(receiptPath(root, tool.name), tool.version);
  return { how };
}

function isHere(name: string): boolean {
  return REFEREE_TOOLS.some((tool) => tool.name === name && isInstalled(root, tool));
}

/** @throws where a name is no referee's. */
function namesIn(list: string): readonly string[] {
  const names = list.split(",").filter((name) => name !== "");
  const unknown = names.filter((name) => REFEREE_TOOLS.every((tool) => tool.name !== name));
  if (unknown.length > 0) throw new Error(`no referee is called ${unknown.join(", ")}`);
  return names;
}
