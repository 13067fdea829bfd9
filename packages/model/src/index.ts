export * from "./error-codes.ts";
export * from "./errors.ts";
export * from "./git-names.ts";
export * from "./github-names.ts";
export * from "./oci-names.ts";
export * from "./outcome.ts";
export * from "./parse.ts";
export * from "./version.ts";
