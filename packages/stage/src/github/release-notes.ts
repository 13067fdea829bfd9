/**
 * Generated release notes: what was merged since the release before, in the categories that
 * `.github/release.yml` defines (docs.github.com, "Automatically generated release notes").
 */
import { parseDocument } from "yaml";
import { resolveCommit } from "./commits.ts";
import { readCommitted } from "./committed-files.ts";
import { notFound } from "./errors.ts";
import type { Call } from "./operation.ts";
import { htmlUrlOf } from "./repositories.ts";

export interface NotesOptions {
  readonly tagName: string;
  readonly targetCommitish: string;
  readonly previousTagName?: string;
  /** The configuration's path. */
  readonly configuration?: string;
}

/** A merged pull request, as far as notes tell of it. */
export interface MergedPull {
  readonly number: number;
  readonly title: string;
  readonly author: string;
  readonly labels: readonly string[];
  /** The commit that brought it in. */
  readonly mergeCommit: string;
  readonly isFirstContribution?: boolean;
}

interface Exclusion {
  readonly labels: readonly string[];
  readonly authors: readonly string[];
}

interface Category {
  readonly title: string;
  readonly labels: readonly string[];
  readonly exclude: Exclusion;
}

interface Configuration {
  readonly path: string;
  readonly exclude: Exclusion;
  readonly categories: readonly Category[];
}

const PATHS = [".github/release.yml", ".github/release.yaml"];

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textsAt(value: unknown, name: string): readonly string[] {
  const list = isRecord(value) ? value[name] : undefined;
  return Array.isArray(list) ? list.map(String) : [];
}

function exclusionAt(value: unknown): Exclusion {
  const exclude = isRecord(value) ? value["exclude"] : undefined;
  return { labels: textsAt(exclude, "labels"), authors: textsAt(exclude, "authors") };
}

/** A file that is no YAML configures nothing. */
function parseConfiguration(path: string, text: string): Configuration | undefined {
  const document = parseDocument(text);
  if (document.errors.length > 0) return undefined;
  const content: unknown = document.toJS({ maxAliasCount: 100 });
  const changelog = isRecord(content) ? content["changelog"] : undefined;
  const categories = isRecord(changelog) ? changelog["categories"] : undefined;
  return {
    path,
    exclude: exclusionAt(changelog),
    categories: (Array.isArray(categories) ? categories : []).map((category: unknown) => ({
      title: isRecord(category) ? String(category["title"]) : "",
      labels: textsAt(category, "labels"),
      exclude: exclusionAt(category),
    })),
  };
}

function isExcluded(pull: MergedPull, exclude: Exclusion): boolean {
  return (
    exclude.authors.includes(pull.author) ||
    pull.labels.some((label) => exclude.labels.includes(label) || exclude.labels.includes("*"))
  );
}

function belongsTo(pull: MergedPull, category: Category): boolean {
  const isNamed = pull.labels.some((label) => category.labels.includes(label));
  return (isNamed || category.labels.includes("*")) && !isExcluded(pull, category.exclude);
}

/** A pull stands in the first category that takes it, and otherwise under none. */
function sectionsOf(
  pulls: readonly MergedPull[],
  configuration: Configuration | undefined,
): readonly { readonly title: string | undefined; readonly pulls: readonly MergedPull[] }[] {
  const categories = configuration?.categories ?? [];
  const categoryOf = (pull: MergedPull): Category | undefined =>
    categories.find((category) => belongsTo(pull, category));
  const sections = categories.map((category) => ({
    title: category.title,
    pulls: pulls.filter((pull) => categoryOf(pull) === category),
  }));
  const others = pulls.filter((pull) => categoryOf(pull) === undefined);
  const rest = { title: categories.length === 0 ? undefined : "Other Changes", pulls: others };
  return [...sections, rest].filter((section) => section.pulls.length > 0);
}

async function readConfiguration(
  call: Call,
  commit: string,
  asked: string | undefined,
): Promise<Configuration | undefined> {
  for (const path of asked === undefined ? PATHS : [asked]) {
    if (/\p{Cc}/u.test(path)) continue;
    const text = await readCommitted(call.repository.git, commit, path);
    if (text !== undefined) return parseConfiguration(path, text);
  }
  return undefined;
}

/** Undefined when the previous tag is none. @throws ApiError 404 for a target that is none */
export async function generateNotes(
  call: Call,
  options: NotesOptions,
): Promise<{ readonly name: string; readonly body: string } | undefined> {
  const { repository } = call;
  const { tagName, targetCommitish } = options;
  const head =
    (await resolveCommit(call, `refs/tags/${tagName}`)) ??
    (await resolveCommit(call, targetCommitish));
  if (head === undefined) throw notFound();
  const latest = repository.releases.latest;
  const previous =
    options.previousTagName ?? (latest?.tagName === tagName ? undefined : latest?.tagName);
  const base =
    previous === undefined ? undefined : await resolveCommit(call, `refs/tags/${previous}`);
  if (options.previousTagName !== undefined && base === undefined) return undefined;
  const since = base === undefined ? undefined : await repository.git.between(base, head);
  const configuration = await readConfiguration(call, head, options.configuration);
  const pulls = repository.releases
    .mergedPulls()
    .filter((pull) => since === undefined || since.includes(pull.mergeCommit))
    .filter((pull) => configuration === undefined || !isExcluded(pull, configuration.exclude));
  const linkOf = (pull: MergedPull): string => htmlUrlOf(call, `/pull/${pull.number}`);
  const lines: string[] = [];
  if (configuration !== undefined) {
    const { path } = configuration;
    lines.push(
      `<!-- Release notes generated using configuration in ${path} at ${targetCommitish} -->`,
      "",
    );
  }
  if (pulls.length > 0) lines.push("## What's Changed");
  for (const section of sectionsOf(pulls, configuration)) {
    if (section.title !== undefined) lines.push(`### ${section.title}`);
    lines.push(...section.pulls.map((p) => `* ${p.title} by @${p.author} in ${linkOf(p)}`));
  }
  const first = pulls.filter((pull) => pull.isFirstContribution === true);
  if (first.length > 0) lines.push("", "## New Contributors");
  for (const pull of first) {
    lines.push(`* @${pull.author} made their first contribution in ${linkOf(pull)}`);
  }
  const changes =
    previous === undefined ? `/commits/${tagName}` : `/compare/${previous}...${tagName}`;
  if (pulls.length > 0) lines.push("");
  lines.push(`**Full Changelog**: ${htmlUrlOf(call, changes)}`);
  return { name: tagName, body: lines.join("\n") };
}
