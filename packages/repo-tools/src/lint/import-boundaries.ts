import { importFault } from "./boundaries.ts";
import { type Expression, fileOf, literalText, type Rule } from "./rule.ts";

/**
 * The arrows between packages, actions and vendors' clients (DESIGN 6). Types count as imports: a
 * port that speaks a vendor's type is no port. A computed `import()` cannot be judged and is left to
 * review.
 */
export const importBoundaries: Rule = {
  create(context) {
    const file = fileOf(context);

    function check(source: Expression): void {
      const specifier = literalText(source);
      const fault = specifier === undefined ? undefined : importFault(file, specifier);
      if (fault === undefined) return;
      context.report({
        message: `"${specifier}" may not be imported here: ${fault}`,
        node: source,
      });
    }

    return {
      ImportDeclaration: ({ source }) => check(source),
      ExportAllDeclaration: ({ source }) => check(source),
      ExportNamedDeclaration: ({ source }) => {
        if (source !== null) check(source);
      },
      ImportExpression: ({ source }) => check(source),
      TSImportType: ({ source }) => check(source),
    };
  },
};
