import { posix } from "node:path";
import { fileOf, type Rule } from "./rule.ts";

const DRAWERS = ["utils", "util", "helpers", "helper", "common", "misc", "shared"];

/** Files are kebab-case and named after what they own; a drawer for everything owns nothing. */
export const fileNames: Rule = {
  create(context) {
    return {
      Program: (node) => {
        const name = posix.basename(fileOf(context)).split(".")[0] ?? "";
        if (DRAWERS.includes(name)) {
          context.report({
            message: `"${name}" says nothing; name the file after what it owns`,
            node,
          });
        } else if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name)) {
          context.report({ message: `"${name}" is not kebab-case`, node });
        }
      },
    };
  },
};
