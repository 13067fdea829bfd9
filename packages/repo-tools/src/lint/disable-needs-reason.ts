import type { Rule } from "./rule.ts";

const DIRECTIVE = /^\s*(?:ox|es)lint-disable(?:-next-line|-line)?\b(?<rest>[^]*)$/;

/**
 * What is missing in a comment that switches a lint rule off, or undefined when nothing is or the
 * comment is none: it names the rules and says why after ` -- `.
 */
export function directiveFault(comment: string): string | undefined {
  const rest = DIRECTIVE.exec(comment)?.groups?.["rest"];
  if (rest === undefined) return undefined;
  const [rules = "", reason = ""] = rest.split(/\s--\s/, 2);
  if (rules.trim() === "") return "name the rules that are switched off";
  return reason.trim() === "" ? "say why, after ` -- `" : undefined;
}

/**
 * A suppression says why. One that names no rule and covers the whole file would also silence this
 * rule; the test "no file is exempt from lint" reads the sources' text for that case.
 */
export const disableNeedsReason: Rule = {
  create(context) {
    return {
      Program: () => {
        for (const comment of context.sourceCode.getAllComments()) {
          const fault = directiveFault(comment.value);
          if (fault !== undefined) context.report({ message: fault, loc: comment.loc });
        }
      },
    };
  },
};
