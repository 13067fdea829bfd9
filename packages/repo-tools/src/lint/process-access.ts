import { processFault } from "./boundaries.ts";
import { type Expression, fileOf, memberName, type Rule } from "./rule.ts";

/**
 * Keeps `process.env`, `process.exit` and `process.exitCode` to the files that are there for it,
 * however they are reached: as a member, by destructuring, or imported from `node:process`.
 */
export const processAccess: Rule = {
  create(context) {
    const file = fileOf(context);

    function check(
      member: string | undefined,
      node: Expression | { range: [number, number] },
    ): void {
      const fault = member === undefined ? undefined : processFault(file, member);
      if (fault !== undefined) context.report({ message: fault, node });
    }

    return {
      MemberExpression: (node) => {
        if (isProcess(node.object)) check(memberName(node), node);
      },
      VariableDeclarator: ({ id, init }) => {
        if (id.type !== "ObjectPattern" || init === null || !isProcess(init)) return;
        for (const property of id.properties) {
          if (property.type === "Property" && property.key.type === "Identifier") {
            check(property.key.name, property);
          }
        }
      },
      ImportDeclaration: ({ source, specifiers }) => {
        if (source.value !== "node:process" && source.value !== "process") return;
        for (const specifier of specifiers) {
          if (specifier.type === "ImportSpecifier" && specifier.imported.type === "Identifier") {
            check(specifier.imported.name, specifier);
          }
        }
      },
    };
  },
};

function isProcess(node: Expression): boolean {
  if (node.type === "Identifier") return node.name === "process";
  return (
    node.type === "MemberExpression" &&
    node.object.type === "Identifier" &&
    node.object.name === "globalThis" &&
    memberName(node) === "process"
  );
}
