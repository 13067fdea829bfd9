import process from "node:process";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What is alive: RSS says how lazily garbage is collected, too. */
export async function liveBytes(): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect !== "function") throw new Error("this node does not collect on demand");
  Reflect.apply(collect, undefined, []);
  // Buffers that the first one found dead are given back beside the program, until the second.
  await setImmediate();
  Reflect.apply(collect, undefined, []);
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
