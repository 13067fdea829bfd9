import { memberName, type Rule } from "./rule.ts";

const MOCKERS = ["mock", "doMock", "importMock", "unmock", "doUnmock", "hoisted"];

/**
 * No module is replaced in a test (style 5.1, law 8): where that seems needed, a port is missing,
 * and a test that replaces what it should exercise proves nothing.
 */
export const noModuleMocks: Rule = {
  create(context) {
    return {
      CallExpression: ({ callee }) => {
        if (callee.type !== "MemberExpression" || callee.object.type !== "Identifier") return;
        const name = memberName(callee);
        if (!["vi", "vitest"].includes(callee.object.name) || !MOCKERS.includes(name ?? "")) return;
        const message = `vi.${name} replaces a module; hand the code another port instead`;
        context.report({ message, node: callee });
      },
    };
  },
};
