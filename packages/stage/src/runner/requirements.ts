/**
 * What a run would need that the stage does not have, found before anything runs. Whatever is not
 * found here and cannot be done honestly still fails by name in its step.
 */
import type { GithubHost } from "../github/host.ts";
import { isList } from "../workflow/expression.ts";
import { loadAction } from "../workflow/load-action.ts";
import {
  type Problem,
  type Step,
  type StepsJob,
  type Template,
  type UsesStep,
  WorkflowError,
} from "../workflow/model.ts";
import type { PlannedWorkflow } from "../workflow/plan.ts";
import { parseShell, ShellError } from "./shells.ts";
import { refusedInputs, standInFor } from "./stand-ins.ts";
import {
  pathInRepository,
  readStoredAction,
  resolveCommit,
  type StoredCommit,
} from "./stored-actions.ts";

/** The run was refused: nothing of it has been started. */
export class RefusedRunError extends Error {
  override readonly name = "RefusedRunError";
  readonly needed: readonly Problem[];

  constructor(needed: readonly Problem[]) {
    const lines = needed.map((it) => `  ${it.file}:${it.line}:${it.column}: ${it.message}`);
    super(["the stage cannot run this honestly; it would need:", ...lines].join("\n"));
    this.needed = needed;
  }
}

export interface Offer {
  readonly host: GithubHost;
  readonly hasArtifacts: boolean;
}

/** Labels of runners that are another system than this one. */
const OTHER_SYSTEMS = /^(?:windows|macos)-/i;

/** @throws {RefusedRunError} naming everything at once */
export async function assertRunnable(offer: Offer, root: PlannedWorkflow): Promise<void> {
  const search = new Search(offer);
  await search.workflow(root);
  if (search.needed.length > 0) throw new RefusedRunError(search.needed);
}

class Search {
  readonly #offer: Offer;
  readonly #found = new Map<string, Problem>();
  readonly #seen = new Set<string>();

  constructor(offer: Offer) {
    this.#offer = offer;
  }

  get needed(): readonly Problem[] {
    return [...this.#found.values()];
  }

  async workflow({ workflow, source, calls }: PlannedWorkflow): Promise<void> {
    const repository = this.#offer.host.repository(source.repository);
    if (repository === undefined) throw new Error(`the stage has no ${source.repository}`);
    for (const job of workflow.jobs) {
      const callee = calls.get(job.id);
      if (callee !== undefined) await this.workflow(callee);
      if (job.kind !== "steps") continue;
      this.#checkRunner(job);
      for (const shell of [workflow.defaults.shell, job.defaults.shell]) this.#checkShell(shell);
      await this.#steps(job.steps, { repository, sha: source.sha });
    }
  }

  #need(at: Problem): void {
    this.#found.set(`${at.file}:${at.line}:${at.column}:${at.message}`, at);
  }

  #checkRunner(job: StepsJob): void {
    const { value, place } = job.runsOn;
    const labels = isList(value) ? value : [value];
    const other = labels.find((it) => typeof it === "string" && OTHER_SYSTEMS.test(it));
    if (other === undefined) return;
    this.#need({
      ...place,
      message: `runs-on: ${JSON.stringify(other)}: the stage runs jobs on this machine only`,
    });
  }

  #checkShell(shell: Template | undefined): void {
    if (typeof shell?.value !== "string" || shell.value.includes("${{")) return;
    try {
      parseShell(shell.value);
    } catch (error) {
      if (!(error instanceof ShellError)) throw error;
      this.#need({ ...shell.place, message: `shell: ${shell.value}: ${error.message}` });
    }
  }

  async #steps(steps: readonly Step[], origin: StoredCommit): Promise<void> {
    for (const step of steps) {
      if (step.kind === "run") this.#checkShell(step.shell);
      else await this.#uses(step, origin);
    }
  }

  async #uses(step: UsesStep, origin: StoredCommit): Promise<void> {
    const { reference } = step;
    if (reference.kind !== "repository") {
      // A local action may be made while the job runs; whether it is there shows then.
      const isOptional = reference.kind === "workspace";
      await this.#action(step, origin, reference.path, isOptional);
      return;
    }
    const { repository, ref, path } = reference;
    const { host } = this.#offer;
    if (host.repository(repository) === undefined) {
      this.#standIn(step, repository, path);
      return;
    }
    const commit = await resolveCommit(host, repository, ref);
    if (commit === undefined) {
      this.#need({ ...step.place, message: `${step.uses}: ${repository} has no ref '${ref}'` });
    } else await this.#action(step, commit, path, false);
  }

  #standIn(step: UsesStep, repository: string, path: string): void {
    const standIn = standInFor(repository, path);
    if (standIn === undefined) {
      const message = `${step.uses}: a repository ${repository} on the stage`;
      this.#need({ ...step.place, message });
      return;
    }
    if (standIn.needsArtifacts === true && !this.#offer.hasArtifacts) {
      this.#need({ ...step.place, message: `${step.uses}: an artifact store` });
    }
    const given = step.with?.value;
    const texts = Object.entries(typeof given === "object" && given !== null ? given : {}).flatMap(
      ([name, value]: [string, unknown]): [string, string][] => {
        const isPlain = typeof value === "string" || typeof value === "boolean";
        return isPlain && !String(value).includes("${{") ? [[name, String(value)]] : [];
      },
    );
    for (const refusal of refusedInputs(standIn, Object.fromEntries(texts))) {
      this.#need({ ...step.place, message: `${step.uses}: ${refusal}` });
    }
  }

  async #action(
    step: UsesStep,
    commit: StoredCommit,
    path: string,
    isOptional: boolean,
  ): Promise<void> {
    const { slug } = commit.repository;
    const folder = pathInRepository(path);
    const label = `${slug}/${folder ?? path}@${commit.sha}`;
    if (this.#seen.has(label)) return;
    this.#seen.add(label);
    const stored = folder === undefined ? undefined : await readStoredAction(commit, folder);
    if (stored === undefined) {
      if (isOptional) return;
      const message = `${step.uses}: an action.yml in '${path}' of ${slug}@${commit.sha}`;
      this.#need({ ...step.place, message });
      return;
    }
    try {
      const { runs } = await loadAction(`${slug}/${stored.path}`, stored.text);
      if (runs.kind === "composite") await this.#steps(runs.steps, commit);
    } catch (error) {
      if (!(error instanceof WorkflowError)) throw error;
      for (const problem of error.problems) {
        this.#need({ ...problem, message: `${step.uses}: ${problem.message}` });
      }
    }
  }
}
