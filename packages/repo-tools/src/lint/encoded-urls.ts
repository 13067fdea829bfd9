import { type CallExpression, calleeName, type Rule } from "./rule.ts";

/**
 * Text that becomes part of a URL is encoded where it is put in (law 9): in a template handed to
 * `new URL(…)` or `fetch(…)` every hole is `encodeURIComponent(…)`, except one at the very start,
 * which is the base and ends before the first character of ours.
 */
export const encodedUrls: Rule = {
  create(context) {
    function check(argument: CallExpression["arguments"][number] | undefined): void {
      if (argument?.type !== "TemplateLiteral") return;
      for (const [index, hole] of argument.expressions.entries()) {
        const isBase = index === 0 && argument.quasis[0]?.value.raw === "";
        const isEncoded =
          hole.type === "CallExpression" && calleeName(hole.callee) === "encodeURIComponent";
        if (isBase || isEncoded) continue;
        context.report({
          message: "put encodeURIComponent(…) around what goes into a URL",
          node: hole,
        });
      }
    }

    return {
      NewExpression: ({ callee, arguments: args }) => {
        if (callee.type === "Identifier" && callee.name === "URL") check(args[0]);
      },
      CallExpression: ({ callee, arguments: args }) => {
        if (calleeName(callee) === "fetch") check(args[0]);
      },
    };
  },
};
