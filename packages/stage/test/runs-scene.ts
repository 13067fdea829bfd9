/** What tests of runs and releases start from: the scene, and tokens of three kinds of people. */
import type { Octokit } from "@octokit/rest";
import type { Permissions } from "../src/index.ts";
import { octokitFor, type Scene, SLUG } from "./scene.ts";

const EVERYTHING: Permissions = {
  actions: "write",
  administration: "write",
  attestations: "write",
  contents: "write",
  deployments: "write",
};

/** The client of a person with every permission. */
export function clientOf(scene: Scene, login: string, permissions = EVERYTHING): Octokit {
  const token = scene.host.issueToken({
    permissions,
    repositories: [SLUG],
    kind: "user",
    identity: login,
  });
  return octokitFor(scene.host, token);
}

/** The client of a workflow's own token. */
export function jobClientOf(scene: Scene, permissions = EVERYTHING): Octokit {
  const token = scene.host.issueToken({ permissions, repositories: [SLUG], kind: "job" });
  return octokitFor(scene.host, token);
}

/** Status, sentence and reasons of a refusal. */
export async function refusalOf(asked: Promise<unknown>): Promise<readonly unknown[]> {
  try {
    await asked;
  } catch (error) {
    const response: unknown = Reflect.get(Object(error), "response");
    const data: unknown = Reflect.get(Object(response), "data");
    const errors: unknown = Reflect.get(Object(data), "errors");
    return [
      Reflect.get(Object(error), "status"),
      Reflect.get(Object(data), "message"),
      ...(errors === undefined ? [] : [errors]),
    ];
  }
  return ["nothing was refused"];
}
