/**
 * Who may import what, and who may touch the process: the arrows of the house as one table and two
 * pure functions. Knows paths and specifiers only; lint rules of the same folder ask it.
 */
import { posix } from "node:path";

const SCOPE = "@auditable-release/";

/** The packages of ours that a package's `src/` may import, when not just the model. */
const ALLOWED_OF_OURS: Readonly<Record<string, readonly string[] | "anything">> = {
  model: [],
  cli: "anything",
  "repo-tools": "anything",
};

/** Pure packages: an action's use case may import their root. */
const PURE_PACKAGES = ["model", "action-kit", "edit", "policy", "evidence"];

/** Only tests, the command line and the repository's tools may import these. */
const WORKSHOP_PACKAGES = ["stage", "repo-tools", "cli"];

/**
 * Files of an action that decide and describe, and therefore import nothing that could act. A port
 * may be imported: it is the vocabulary of what was observed, and is held to be pure itself.
 */
const PURE_FILES = ["contract.ts", "plan.ts", "summary.ts"];

/**
 * The one home of each vendor's client in `src/`. A client that is imported in a second place is a
 * second place to update, to patch and to doubt.
 */
const VENDOR_HOMES: readonly { readonly vendor: RegExp; readonly home: RegExp }[] = [
  { vendor: /^@actions\/core$/, home: /^packages\/action-kit\/src\/runner-core\.ts$/ },
  {
    vendor: /^@actions\/(?:workflow-parser|expressions)$/,
    home: /^packages\/(?:stage|repo-tools|cli)\//,
  },
  { vendor: /^@actions\/exec$/, home: /^packages\/git\/src\/cli(?:[-/].*)?\.ts$/ },
  { vendor: /^@actions\//, home: /^actions\/[^/]+\/src\/main\.ts$/ },
  { vendor: /^@octokit\//, home: /^packages\/github\/src\/octokit(?:[-.][^/]*|\/.*)?\.ts$/ },
  { vendor: /^@google-cloud\//, home: /^packages\/archive\/src\/gcs(?:[-.][^/]*|\/.*)?\.ts$/ },
  {
    vendor: /^node:child_process$/,
    home: /^(?:actions\/[^/]+\/src\/main\.ts$|packages\/(?:git|stage|cli|repo-tools)\/)/,
  },
];

type Place =
  | { readonly kind: "action"; readonly name: string; readonly inside: string }
  | { readonly kind: "package"; readonly name: string; readonly inside: string };

/** The workspace member a file of the repository belongs to, and its path inside that. */
function placeOf(file: string): Place | undefined {
  const found = /^(?<group>actions|packages)\/(?<name>[^/]+)\/(?<inside>.+)$/.exec(file)?.groups;
  if (found === undefined) return undefined;
  const { group, name = "", inside = "" } = found;
  return { kind: group === "actions" ? "action" : "package", name, inside };
}

/**
 * Why this file may not import this module, or undefined when it may. `file` is relative to the
 * repository's root, with forward slashes.
 */
export function importFault(file: string, specifier: string): string | undefined {
  const place = placeOf(file);
  if (place === undefined) return undefined;
  if (specifier.startsWith(".")) return relativeImportFault(file, specifier, place);
  if (!place.inside.startsWith("src/")) return undefined;
  return (
    vendorFault(file, specifier) ??
    (place.kind === "action"
      ? actionImportFault(place.inside, specifier)
      : packageImportFault(place, specifier))
  );
}

function relativeImportFault(file: string, specifier: string, place: Place): string | undefined {
  const target = posix.normalize(posix.join(posix.dirname(file), specifier));
  const targetPlace = placeOf(target);
  if (targetPlace?.kind !== place.kind || targetPlace.name !== place.name) {
    return "a relative import stays inside its own package; import another one by its name";
  }
  if (place.kind !== "action") return undefined;
  if (targetPlace.inside === "src/main.ts") {
    return "main.ts is wiring and runs at once; nothing imports it";
  }
  if (isPureFile(place.inside) && !isPureFile(targetPlace.inside)) {
    return `this file is pure; of its own action it may import only ${PURE_FILES.join(", ")}`;
  }
  return undefined;
}

function isPureFile(inside: string): boolean {
  return PURE_FILES.some((name) => inside === `src/${name}`);
}

function vendorFault(file: string, specifier: string): string | undefined {
  const rule = VENDOR_HOMES.find(({ vendor }) => vendor.test(packageOf(specifier)));
  if (rule === undefined || rule.home.test(file)) return undefined;
  return `"${packageOf(specifier)}" is imported only where it is at home (${rule.home.source.replaceAll("\\", "")})`;
}

function actionImportFault(inside: string, specifier: string): string | undefined {
  if (specifier.startsWith("node:")) {
    return isPureFile(inside) ? "this file is pure; it imports nothing of Node" : undefined;
  }
  const ours = oursOf(specifier);
  if (ours?.name.startsWith("action-") === true && ours.name !== "action-kit") {
    return "an action imports no action; what two need belongs into a package";
  }
  if (ours !== undefined && WORKSHOP_PACKAGES.includes(ours.name)) {
    return `"${ours.name}" is for tests and tools; nothing that is released imports it`;
  }
  if (inside === "src/main.ts") return undefined;
  if (ours === undefined) {
    return "a use case imports no library; what it needs comes through a port or a pure package";
  }
  if (ours.entry === "ports" || (ours.entry === "" && PURE_PACKAGES.includes(ours.name))) {
    return undefined;
  }
  return "a use case knows ports only; adapters are chosen in main.ts";
}

function packageImportFault({ name, inside }: Place, specifier: string): string | undefined {
  const ours = oursOf(specifier);
  if (inside === "src/ports.ts" && ours?.name !== "model") {
    return "a port is types and constants; it imports only the model";
  }
  const allowed = ALLOWED_OF_OURS[name] ?? ["model"];
  if (ours === undefined || allowed === "anything" || allowed.includes(ours.name)) return undefined;
  if (allowed.length === 0) return `"${name}" is the leaf; it imports nothing of ours`;
  return `"${name}" may import only ${allowed.join(", ")} of ours`;
}

/** `name` and `entry` of a workspace package, entry being "" for its root. */
function oursOf(specifier: string): { readonly name: string; readonly entry: string } | undefined {
  if (!specifier.startsWith(SCOPE)) return undefined;
  const [name = "", ...entry] = specifier.slice(SCOPE.length).split("/");
  return { name, entry: entry.join("/") };
}

function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

/** What of `process` is kept to few files, and why. */
const PROCESS_HOMES: Readonly<Record<string, { readonly home: RegExp; readonly why: string }>> = {
  env: {
    home: new RegExp(
      [
        /^actions\/[^/]+\/src\/main\.ts$/,
        /^packages\/action-kit\/src\/runner-core\.ts$/,
        /^packages\/cli\/src\/main\.ts$/,
        /^packages\/repo-tools\//,
        /^packages\/stage\/src\//,
        /^(?:actions|packages)\/[^/]+\/test\//,
        /^vitest\.config\.ts$/,
      ]
        .map((pattern) => pattern.source)
        .join("|"),
    ),
    why: "the environment is read in main.ts and handed on, so that a test can hand on another one",
  },
  exit: {
    home: /^packages\/repo-tools\/bin\/require-node24\.mjs$/,
    why: "it cuts off output and cleanup that are still under way; set process.exitCode and return",
  },
  exitCode: {
    home: /^(?:packages\/action-kit\/src\/runner-core\.ts|packages\/cli\/src\/main\.ts|packages\/[^/]+\/bin\/.*|packages\/repo-tools\/src\/.*)$/,
    why: "how the process ends is decided in one place, by the outcome",
  },
};

/** Why this file may not use `process.<member>`, or undefined when it may. */
export function processFault(file: string, member: string): string | undefined {
  const rule = Object.hasOwn(PROCESS_HOMES, member) ? PROCESS_HOMES[member] : undefined;
  return rule === undefined || rule.home.test(file)
    ? undefined
    : `process.${member} is not for this file: ${rule.why}`;
}
