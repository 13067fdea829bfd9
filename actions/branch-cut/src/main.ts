import { runAction, systemClock } from "@auditable-release/action-kit";
import { coreRunner } from "@auditable-release/action-kit/runner-core";
import { contract } from "./contract.ts";
import { cutBranch } from "./cut.ts";

await runAction(contract, coreRunner(), async ({ inputs, run, log }) => {
  // Loaded once the inputs are known to be good: most of the bundle is GitHub's client.
  const { connectGithub } = await import("@auditable-release/github/octokit");
  const github = connectGithub({
    apiUrl: run.apiUrl,
    token: inputs.githubToken,
    repository: inputs.repository,
    waitScale: run.patience.waitScale,
    requestTimeoutMs: run.patience.requestTimeoutMs,
    debug: log.debug,
  });
  return cutBranch(inputs, { github, clock: systemClock(run.patience.waitScale), log });
});
