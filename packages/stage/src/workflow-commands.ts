/**
 * What a runner makes of the lines an action prints: commands are carried out, masked values are
 * starred (actions/runner, ActionCommand.cs and ActionCommandManager.cs). Knows `::command::`, not
 * the older `##[command]`.
 */

import { Masks } from "./runner/masks.ts";

export type AnnotationLevel = "error" | "warning" | "notice";

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

/** Stars every occurrence of the secrets; overlapping ones become one. */
export function maskSecrets(text: string, secrets: Iterable<string>): string {
  return new Masks(secrets).mask(text);
}

/** What commands of a step do beyond its log; what is absent is refused as replaced by files. */
export interface CommandEffects {
  readonly setOutput?: (name: string, value: string) => void;
  readonly saveState?: (name: string, value: string) => void;
}

export interface LogSink {
  /** A line as people see it: commands carried out, secrets starred. May hold line feeds. */
  line(shown: string): void;
  annotation(annotation: Annotation): void;
}

export interface LogReaderOptions {
  /** Read for every line, and added to by `::add-mask::`. */
  readonly masks: Masks;
  /** Whether `::debug::` is shown, as with ACTIONS_STEP_DEBUG. */
  readonly debug?: boolean;
  readonly effects?: CommandEffects;
}

/** docs.github.com, "Workflow commands for GitHub Actions"; the words are the runner's. */
const BAD_STOP_TOKEN =
  "You cannot use a endToken that is an empty string, the string 'pause-logging', or another workflow command.";

/** Reads the log of one step line by line, while it is written. */
export class LogReader {
  readonly #masks: Masks;
  readonly #debug: boolean;
  readonly #effects: CommandEffects;
  readonly #sink: LogSink;
  readonly #known = new Set(COMMANDS);
  readonly #declared: string[] = [];
  #stopToken: string | undefined;
  #hasFailed = false;

  constructor(options: LogReaderOptions, sink: LogSink) {
    this.#masks = options.masks;
    this.#debug = options.debug ?? false;
    this.#effects = options.effects ?? {};
    this.#sink = sink;
  }

  /** Values given to `::add-mask::`, in order. */
  get declaredMasks(): readonly string[] {
    return this.#declared;
  }

  /** Whether a command could not be carried out, which fails the step. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** One line of output, without its line feed. */
  read(line: string): void {
    const command = parseCommand(line, this.#known);
    if (command === undefined) this.#show(line);
    else if (this.#stopToken === undefined) this.#carryOut(command, line);
    else {
      this.#show(line);
      if (command.name === this.#stopToken) {
        this.#known.delete(this.#stopToken);
        this.#stopToken = undefined;
      }
    }
  }

  /** What the runner itself has to say about the step. */
  annotate(
    level: AnnotationLevel,
    message: string,
    properties: Annotation["properties"] = {},
  ): void {
    const safe = this.#masks.mask(message);
    const safeProperties = Object.fromEntries(
      Object.entries(properties).map(([name, value]) => [name, this.#masks.mask(value)]),
    );
    this.#sink.annotation({ level, message: safe, properties: safeProperties });
    this.#sink.line(`##[${level}]${safe}`);
  }

  #show(line: string): void {
    this.#sink.line(this.#masks.mask(line));
  }

  #fail(line: string, reason: string): void {
    this.#hasFailed = true;
    this.annotate("error", `Unable to process command '${line}' successfully.`);
    this.annotate("error", reason);
  }

  #carryOut({ name, properties, data }: Command, line: string): void {
    const level = LEVELS.get(name);
    if (level !== undefined) this.annotate(level, data, properties);
    else if (name === "debug") {
      if (this.#debug) this.#show(`##[debug]${data}`);
    } else if (name === "add-mask") this.#mask(data);
    else if (name === "group") this.#show(`##[group]${data}`);
    else if (name === "endgroup") this.#show("##[endgroup]");
    else if (name === "stop-commands") this.#stop(data.toLowerCase(), line);
    else if (REPLACED.has(name)) this.#replaced(name, properties["name"] ?? "", data, line);
  }

  #mask(data: string): void {
    if (data.trim() === "") {
      this.annotate("warning", "Can't add secret mask for empty string in ##[add-mask] command.");
      return;
    }
    this.#declared.push(data);
    this.#masks.addLines(data);
  }

  #stop(token: string, line: string): void {
    if (token === "" || token === "pause-logging" || COMMANDS.has(token)) {
      this.#fail(line, BAD_STOP_TOKEN);
      return;
    }
    this.#stopToken = token;
    this.#known.add(token);
    this.#show(line);
  }

  #replaced(name: string, property: string, data: string, line: string): void {
    const { setOutput, saveState } = this.#effects;
    const effect =
      name === "set-output" ? setOutput : name === "save-state" ? saveState : undefined;
    if (effect === undefined) {
      const said = `The stage does not carry out ::${name}::, write to the runner's file`;
      this.annotate("error", said);
      this.#hasFailed = true;
    } else if (property === "") {
      this.#fail(line, `Required field 'name' is missing in ##[${name}] command.`);
    } else {
      effect(property, data);
      this.annotate("warning", `The \`${name}\` command is deprecated and will be disabled soon.`);
    }
  }
}

/** Reads a log from its first line; `secrets` are masked from the start, as the job's token is. */
export function readLog(log: string, secrets: readonly string[]): LogReading {
  const lines = log.split(/\r\n|\n|\r/);
  if (lines.at(-1) === "") lines.pop();
  const shown: string[] = [];
  const annotations: Annotation[] = [];
  const reader = new LogReader(
    { masks: new Masks(secrets) },
    {
      line: (line) => {
        shown.push(`${line}\n`);
      },
      annotation: (annotation) => {
        annotations.push(annotation);
      },
    },
  );
  for (const line of lines) reader.read(line);
  return { shown: shown.join(""), annotations, masks: reader.declaredMasks };
}
