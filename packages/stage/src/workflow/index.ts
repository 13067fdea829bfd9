/**
 * What workflow files mean, as pure functions: nothing here starts a process or opens a socket. The
 * runner next door executes what this module decides. README.md tells how they fit together.
 */
export * from "./model.ts";
