import path from "node:path";

/** The repository this command is part of. */
export const ROOT = path.resolve(import.meta.dirname, "../../..");

/** What is rehearsed unless told. */
export const EXAMPLE = path.join(ROOT, "examples/telemetry");

/** Where workflows find our actions, on GitHub and on the stage. */
export const OWN_SLUG = "auditable-release/auditable-release";
