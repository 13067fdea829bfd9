import {
  calleeName,
  type Expression,
  type ObjectExpression,
  propertyName,
  type Rule,
} from "./rule.ts";

const STARTERS = ["spawn", "spawnSync", "execFile", "execFileSync", "fork"];
const SHELL_STARTERS = ["exec", "execSync"];
const MESSAGE = "no program is started through a shell; hand it an array of arguments";

/**
 * No command line is built from text (law 9): a name with a blank or a `;` in it would become
 * another command. Programs are started with an array of arguments, and without a shell.
 *
 * `shell: "…"` is refused only in a call that starts a program, because workflow files have a key of
 * that name and we read those as data; `shell: true` means one thing and is refused everywhere.
 */
export const noShell: Rule = {
  create(context) {
    return {
      ImportDeclaration: ({ source, specifiers }) => {
        if (source.value !== "node:child_process" && source.value !== "child_process") return;
        for (const specifier of specifiers) {
          if (specifier.type !== "ImportSpecifier") {
            const message = "import what you start programs with by name, so that it can be seen";
            context.report({ message, node: specifier });
          } else if (
            specifier.imported.type === "Identifier" &&
            SHELL_STARTERS.includes(specifier.imported.name)
          ) {
            const message = `${specifier.imported.name} runs a shell; use execFile or spawn with an array`;
            context.report({ message, node: specifier });
          }
        }
      },
      ObjectExpression: (node) => {
        for (const property of node.properties) {
          if (shellOf(property) === true) context.report({ message: MESSAGE, node: property });
        }
      },
      CallExpression: ({ callee, arguments: args }) => {
        if (!STARTERS.includes(calleeName(callee) ?? "")) return;
        for (const argument of args) {
          if (argument.type !== "ObjectExpression") continue;
          for (const property of argument.properties) {
            if (typeof shellOf(property) !== "object") continue;
            context.report({ message: MESSAGE, node: property });
          }
        }
      },
    };
  },
};

/** What `shell` is set to: a literal boolean, or the expression; undefined for other properties. */
function shellOf(
  property: ObjectExpression["properties"][number],
): boolean | Expression | undefined {
  if (property.type !== "Property" || propertyName(property) !== "shell") return undefined;
  const { value } = property;
  return value.type === "Literal" && typeof value.value === "boolean" ? value.value : value;
}
