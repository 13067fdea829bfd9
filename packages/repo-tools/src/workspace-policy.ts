/**
 * What `pnpm-workspace.yaml` and the package.json files must say so that what is installed is what
 * was reviewed. Pure: texts in, faults out.
 */
import { isMap, isScalar, isSeq, parseDocument } from "yaml";

/** Exactly one version, or a reference to where exactly one is named. */
const EXACT = /^(?:\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?|catalog:|workspace:\*)$/;
const DEPENDENCY_KEYS = [
  "dependencies",
  "devDependencies",
  "optionalDependencies",
  "peerDependencies",
];

/** Without any of these an installation can bring what nobody has seen. */
const SETTINGS: Readonly<Record<string, string | number | boolean>> = {
  blockExoticSubdeps: true,
  engineStrict: true,
  minimumReleaseAge: 10_080,
  minimumReleaseAgeStrict: true,
  savePrefix: "",
  strictDepBuilds: true,
  trustPolicy: "no-downgrade",
  verifyDepsBeforeRun: "install",
};

/** Lists of packages that a rule does not apply to; each entry is one version, a reason and an end. */
const EXCEPTION_KEYS = ["minimumReleaseAgeExclude", "trustPolicyExclude"];
const EXCEPTION = /^(?:@[\w.-]+\/)?[\w.-]+@\d+\.\d+\.\d+(?:-[\w.-]+)?$/;
const REASON = /^\s*\S.*, until (?<until>\d{4}-\d{2}-\d{2})$/;

/** @param today as YYYY-MM-DD. */
export function workspaceFaults(text: string, today: string): readonly string[] {
  const document = parseDocument(text);
  const root: unknown = document.contents;
  if (!isMap(root)) return ["is no map"];
  const faults: string[] = [];
  for (const [key, wanted] of Object.entries(SETTINGS)) {
    if (root.get(key) !== wanted) faults.push(`sets ${key}: ${JSON.stringify(wanted)}`);
  }
  for (const { key, value } of itemsOf(root.get("catalog"))) {
    if (!EXACT.test(value))
      faults.push(`names one version of ${key} in the catalog, not "${value}"`);
  }
  for (const { key, value, comment } of itemsOf(root.get("allowBuilds"))) {
    if (value === "true" && comment.trim() === "") faults.push(`says why ${key} may run scripts`);
  }
  for (const list of EXCEPTION_KEYS) {
    const entries = root.get(list);
    if (entries === undefined) continue;
    if (!isSeq(entries)) {
      faults.push(`lists ${list} one by one`);
      continue;
    }
    for (const item of entries.items) {
      const entry = isScalar(item) ? String(item.value) : String(item);
      const until = REASON.exec((isScalar(item) ? item.comment : "") ?? "")?.groups?.["until"];
      if (!EXCEPTION.test(entry)) faults.push(`excepts one version in ${list}, not "${entry}"`);
      if (until === undefined) {
        faults.push(`says behind "${entry}" in ${list} why, and "until YYYY-MM-DD"`);
      } else if (until < today) {
        faults.push(`no longer excepts "${entry}" in ${list}: that was until ${until}`);
      }
    }
  }
  return faults;
}

function itemsOf(
  map: unknown,
): readonly { readonly key: string; readonly value: string; readonly comment: string }[] {
  if (!isMap(map)) return [];
  return map.items.map(({ key, value }) => ({
    key: String(isScalar(key) ? key.value : key),
    value: String(isScalar(value) ? value.value : value),
    comment: (isScalar(value) ? value.comment : undefined) ?? "",
  }));
}

/** Dependencies of a package.json that are not one version. */
export function dependencyFaults(manifest: Readonly<Record<string, unknown>>): readonly string[] {
  return DEPENDENCY_KEYS.flatMap((key) => {
    const section = manifest[key];
    if (typeof section !== "object" || section === null) return [];
    return Object.entries(section)
      .filter(([, version]) => typeof version !== "string" || !EXACT.test(version))
      .map(([name, version]) => `names one version of ${name}, not "${String(version)}"`);
  });
}

/** Every version of pnpm that a text tells its reader or a shell to use. */
export function pnpmVersionsIn(text: string): readonly string[] {
  return [...text.matchAll(/\bpnpm@(?<version>[^\s`"')]+)/g)].map(
    (found) => found.groups?.["version"] ?? "",
  );
}
