import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "@auditable-release/model";

/** Real time, every wait multiplied by `waitScale` (0 to 1). */
export function systemClock(waitScale: number): Clock {
  return {
    wait: async (milliseconds) => {
      await sleep(milliseconds * waitScale);
    },
  };
}
