/**
 * What a runner makes of the lines an action prints: commands are carried out, masked values are
 * starred (actions/runner, ActionCommand.cs and ActionCommandManager.cs). Knows `::command::`, not
 * the older `##[command]`.
 */

type AnnotationLevel = "error" | "warning" | "notice";

export interface Annotation {
  readonly level: AnnotationLevel;
  readonly message: string;
  /** `title`, `file`, `line`, `endLine`, `col`, `endColumn`, as they were given. */
  readonly properties: Readonly<Record<string, string>>;
}

export interface LogReading {
  /** The log as people see it. */
  readonly shown: string;
  readonly annotations: readonly Annotation[];
  /** Values given to `::add-mask::`, in order. */
  readonly masks: readonly string[];
}

interface Command {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
}

const LEVELS = new Map<string, AnnotationLevel>([
  ["error", "error"],
  ["warning", "warning"],
  ["notice", "notice"],
]);

/** Commands that leave no line: carried out silently here, or of no consequence for one step. */
const SILENT = new Set(["add-matcher", "debug", "echo", "remove-matcher"]);

/** Commands the runner has switched off or deprecated; files took their place. */
const REPLACED = new Set(["add-path", "save-state", "set-env", "set-output"]);

const COMMANDS = new Set([
  ...LEVELS.keys(),
  ...SILENT,
  ...REPLACED,
  "add-mask",
  "endgroup",
  "group",
  "stop-commands",
]);

/** The runner's order: `%25` last, so that an escaped `%0A` stays text. */
function unescapeData(text: string): string {
  return text.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%25", "%");
}

function unescapeProperty(text: string): string {
  return text
    .replaceAll("%0D", "\r")
    .replaceAll("%0A", "\n")
    .replaceAll("%3A", ":")
    .replaceAll("%2C", ",")
    .replaceAll("%25", "%");
}

function parseCommand(line: string, known: ReadonlySet<string>): Command | undefined {
  const text = line.trimStart();
  const end = text.startsWith("::") ? text.indexOf("::", 2) : -1;
  if (end < 0) return undefined;
  const head = text.slice(2, end);
  const blank = head.indexOf(" ");
  const name = (blank < 0 ? head : head.slice(0, blank)).toLowerCase();
  if (!known.has(name)) return undefined;
  const properties: Record<string, string> = {};
  for (const pair of blank < 0
    ? []
    : head
        .slice(blank + 1)
        .trim()
        .split(",")) {
    const equals = pair.indexOf("=");
    if (equals <= 0 || equals === pair.length - 1) continue;
    properties[pair.slice(0, equals)] = unescapeProperty(pair.slice(equals + 1));
  }
  return { name, properties, data: unescapeData(text.slice(end + 2)) };
}

/** The spellings in which a runner recognises a secret. */
function spellingsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    // Base64 looks different for each place a text can start within three bytes.
    ...[0, 1, 2].filter((n) => n < bytes.length).map((n) => bytes.subarray(n).toString("base64")),
  ];
}

/** Stars every occurrence of the secrets; overlapping ones become one. */
export function maskSecrets(text: string, secrets: Iterable<string>): string {
  const hidden: [number, number][] = [];
  for (const secret of new Set([...secrets].flatMap(spellingsOf))) {
    if (secret === "") continue;
    for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + 1)) {
      hidden.push([at, at + secret.length]);
    }
  }
  let shown = "";
  let end = -1;
  for (const [from, to] of hidden.toSorted(([left], [right]) => left - right)) {
    if (from > end) shown += `${text.slice(Math.max(end, 0), from)}***`;
    end = Math.max(end, to);
  }
  return shown + text.slice(Math.max(end, 0));
}

/** Reads a log from its first line; `secrets` are masked from the start, as the job's token is. */
export function readLog(log: string, secrets: readonly string[]): LogReading {
  const lines = log.split(/\r\n|\n|\r/);
  if (lines.at(-1) === "") lines.pop();
  const known = new Set(COMMANDS);
  const masked = new Set(secrets);
  const masks: string[] = [];
  const annotations: Annotation[] = [];
  const shown: string[] = [];
  let stopToken: string | undefined;

  const show = (line: string): void => {
    shown.push(maskSecrets(line, masked));
  };

  const annotate = (level: AnnotationLevel, message: string, properties = {}): void => {
    const safe = maskSecrets(message, masked);
    annotations.push({ level, message: safe, properties });
    shown.push(`##[${level}]${safe}`);
  };

  const carryOut = ({ name, properties, data }: Command, line: string): void => {
    const level = LEVELS.get(name);
    if (level !== undefined) annotate(level, data, properties);
    else if (name === "add-mask") {
      if (data.trim() === "") {
        annotate("warning", "Can't add secret mask for empty string in ##[add-mask] command.");
        return;
      }
      masks.push(data);
      masked.add(data);
      for (const part of data.split(/[\r\n]/)) masked.add(part.trim());
    } else if (name === "group") show(`##[group]${data}`);
    else if (name === "endgroup") show("##[endgroup]");
    else if (name === "stop-commands") {
      stopToken = data.toLowerCase();
      known.add(stopToken);
      show(line);
    } else if (REPLACED.has(name)) {
      annotate("error", `The stage does not carry out ::${name}::, write to the runner's file`);
    }
  };

  for (const line of lines) {
    const command = parseCommand(line, known);
    if (command === undefined) show(line);
    else if (stopToken === undefined) carryOut(command, line);
    else {
      show(line);
      if (command.name === stopToken) {
        known.delete(stopToken);
        stopToken = undefined;
      }
    }
  }
  return { shown: shown.map((line) => `${line}\n`).join(""), annotations, masks };
}
