/** What `uses` of a step names, found: files of an action in a folder, or a stand-in. */
import { lstat, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { loadAction } from "../workflow/load-action.ts";
import type { ActionFile, ActionReference, UsesStep } from "../workflow/model.ts";
import type { JobSession, Origin } from "./job-session.ts";
import { standInFor, type StandIn } from "./stand-ins.ts";
import { pathInRepository, readStoredAction, resolveCommit } from "./stored-actions.ts";

/** An action's metadata beyond this is none. */
const MAX_METADATA_BYTES = 1024 * 1024;

export interface FoundAction {
  readonly kind: "files";
  readonly file: ActionFile;
  readonly folder: string;
  /** What `$/` means inside of it. */
  readonly origin: Origin;
  /** `github.action_repository` and `github.action_ref`; empty for local actions. */
  readonly repository: string;
  readonly ref: string;
  /** A local action has no pre step: its files are not there when the job starts. */
  readonly hasPre: boolean;
}

export type Action = FoundAction | { readonly kind: "stand-in"; readonly standIn: StandIn };

class ActionError extends Error {
  override readonly name = "ActionError";
}

/** Whether the reference can be followed before the job has checked anything out. */
export function isKnownAhead(reference: ActionReference): boolean {
  return reference.kind !== "workspace";
}

/** @throws {ActionError} when there is no such action; WorkflowError when its file is wrong */
export async function findAction(
  session: JobSession,
  origin: Origin,
  step: UsesStep,
): Promise<Action> {
  const { reference } = step;
  if (reference.kind === "workspace") return findInWorkspace(session, origin, reference.path);
  if (reference.kind === "self") {
    return findStored(session, origin, reference.path, { repository: "", ref: "" });
  }
  const { repository, ref, path } = reference;
  const commit = await resolveCommit(session.settings.host, repository, ref);
  if (commit !== undefined) {
    return findStored(session, { ...commit, ref }, path, { repository, ref });
  }
  const standIn = standInFor(repository, path);
  if (standIn === undefined) {
    throw new ActionError(
      `Unable to resolve action \`${step.uses}\`, unable to find it on the stage`,
    );
  }
  return { kind: "stand-in", standIn };
}

async function findStored(
  session: JobSession,
  origin: Origin,
  path: string,
  named: { readonly repository: string; readonly ref: string },
): Promise<FoundAction> {
  const folder = pathInRepository(path);
  const stored = folder === undefined ? undefined : await readStoredAction(origin, folder);
  if (folder === undefined || stored === undefined) {
    const { slug } = origin.repository;
    throw new ActionError(
      `Can't find 'action.yml' or 'action.yaml' in '${path}' of ${slug}@${origin.sha}`,
    );
  }
  const root = await session.extracted(origin);
  return {
    kind: "files",
    file: await loadAction(`${origin.repository.slug}/${stored.path}`, stored.text),
    folder: join(root, folder),
    origin,
    ...named,
    hasPre: true,
  };
}

async function findInWorkspace(
  session: JobSession,
  origin: Origin,
  path: string,
): Promise<FoundAction> {
  const { root, workspace } = session.settings.folders;
  const folder = join(workspace, path);
  const isInside = !relative(root, folder).startsWith("..");
  for (const name of isInside ? ["action.yml", "action.yaml"] : []) {
    const file = join(folder, name);
    const status = await lstat(file).catch(() => undefined);
    if (status?.isFile() !== true || status.size > MAX_METADATA_BYTES) continue;
    const text = await readFile(file, "utf8");
    return {
      kind: "files",
      file: await loadAction(join(path, name), text),
      folder,
      origin,
      repository: "",
      ref: "",
      hasPre: false,
    };
  }
  throw new ActionError(
    `Can't find 'action.yml', 'action.yaml' or 'Dockerfile' under '${folder}'. ` +
      "Did you forget to run actions/checkout before running your local action?",
  );
}
