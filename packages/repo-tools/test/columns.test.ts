import { expect, it } from "vitest";
import { formatColumns } from "../src/columns.ts";

it("formatColumns aligns columns and leaves no blanks at the ends of lines", () => {
  const text = formatColumns(
    ["tool", "why"],
    [
      ["a", ""],
      ["cosign", "x"],
    ],
  );

  expect(text).toBe("tool    why\na\ncosign  x\n");
});
