/** Runs a workflow that never ends, and aborts it on SIGINT; for the test of that. */
import { startRun } from "../src/runner/index.ts";
import { APP, oneJob, startRunnerScene, WORKFLOW } from "./runner-scene.ts";

const controller = new AbortController();
process.once("SIGINT", () => {
  controller.abort();
});

await using scene = await startRunnerScene();
await scene.commit({
  [WORKFLOW]: oneJob(`
      - run: |
          trap '' INT TERM
          setsid sleep 300 > /dev/null 2>&1 &
          echo "= $! $$"
          while true; do sleep 300; done
`),
});
const handle = await startRun(
  { host: scene.host, repository: APP, workflow: WORKFLOW, signal: controller.signal },
  {
    observer: (event) => {
      if (event.kind === "log") console.log(event.line);
    },
  },
);
const { conclusion } = await handle.finished;
console.log(`conclusion: ${conclusion}`);
