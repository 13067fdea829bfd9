/** Each describe cites the page of GitHub's documentation whose rule its tests check. */
import { Lexer } from "@actions/expressions";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  coerceToString,
  evaluateCondition,
  evaluateExpression,
  evaluateFlag,
  evaluateMapping,
  evaluateNumber,
  evaluateTemplate,
  evaluateText,
  ExpressionError,
  formatNumber,
  type Json,
  loadWorkflow,
  splitTemplate,
  stepStatus,
  type Template,
} from "../src/workflow/index.ts";

const PAGE = "Evaluate expressions in workflows and actions";
const LITERALS = `${PAGE}: Literals`;
const OPERATORS = `${PAGE}: Operators`;
const FUNCTIONS = `${PAGE}: Functions`;
const STATUS = `${PAGE}: Status check functions`;
const FILTERS = `${PAGE}: Object filters`;
const ABOUT = `${PAGE}: About expressions`;
const CONTEXTS = "Contexts reference: About contexts";

function value(expression: string, contexts: Record<string, Json> = {}): Json {
  return evaluateExpression(expression, { contexts });
}

function template(written: Json, key = "env"): Template {
  return { value: written, key, place: { file: "w.yml", line: 3, column: 5 } };
}

function text(written: string, contexts: Record<string, Json> = {}): string {
  return evaluateText(template(written), { contexts });
}

describe(`docs: ${LITERALS}`, () => {
  test.each([
    ["null", null],
    ["true", true],
    ["711", 711],
    ["-9.2", -9.2],
    ["0xff", 255],
    ["-2.99e-2", -0.0299],
    ["'Mona the Octocat'", "Mona the Octocat"],
    ["'It''s open source!'", "It's open source!"],
  ])("the literal %s is read as its type", (expression, expected) => {
    expect(value(expression)).toBe(expected);
  });

  test("a text in double quotes is no expression", () => {
    expect(() => value('"x"')).toThrow(ExpressionError);
  });

  test.each([["false"], ["0"], ["-0"], ["''"], ["null"], ["inputs.nan"]])(
    "%s is falsy",
    (expression) => {
      expect(value(`!(${expression})`, { inputs: { nan: Number.NaN } })).toBe(true);
    },
  );

  test("empty objects and lists are truthy", () => {
    expect(value("!fromJSON('{}') || !fromJSON('[]')")).toBe(false);
  });
});

describe(`docs: ${OPERATORS}`, () => {
  test("and, or and not give the operand that decides, not a boolean", () => {
    expect(value("'' || 'b'")).toBe("b");
    expect(value("'a' && 'b'")).toBe("b");
    expect(value("github.ref == 'refs/heads/main' && 'yes' || 'no'", { github: {} })).toBe("no");
  });

  test("texts are compared without case", () => {
    expect(value("'Ubuntu' == 'ubuntu'")).toBe(true);
    expect(value("'B' > 'a'")).toBe(true);
  });

  test.each([
    ["null == 0", true],
    ["null == ''", true],
    ["false == 0", true],
    ["true == 1", true],
    ["'1' == 1", true],
    ["'0xf' == 15", true],
    ["'abc' == 0", false],
    ["'' == false", true],
    ["'true' == true", false],
  ])("operands of two types meet as numbers: %s is %s", (expression, expected) => {
    expect(value(expression)).toBe(expected);
  });

  test("NaN is neither equal to nor ordered with anything", () => {
    expect(value("fromJSON('[]')[0] < 'x'")).toBe(false);
    expect(value("'x' < 1 || 'x' > 1 || 'x' == 1")).toBe(false);
    expect(value("'x' != 1")).toBe(true);
  });

  test("objects and lists are equal only to themselves", () => {
    expect(value("github.event == github.event", { github: { event: { a: 1 } } })).toBe(true);
    expect(value("fromJSON('[]') == fromJSON('[]')")).toBe(false);
  });

  test("grouping, and before or, and comparison before both", () => {
    expect(value("1 < 2 && 2 < 1 || true")).toBe(true);
    expect(value("1 == 1 && (false || 'x')")).toBe("x");
  });
});

describe(`docs: ${CONTEXTS}`, () => {
  test("properties are found without case, by dot and by index", () => {
    const contexts = { github: { Event: { "pull-request": { Number: 7 } } } };
    expect(value("GITHUB.event['Pull-Request'].number", contexts)).toBe(7);
  });

  test("a property of nothing is null, however deep", () => {
    expect(value("github.event.a.b[3].c", { github: {} })).toBe(null);
    expect(text("[${{ env.NOTHING }}]", { env: {} })).toBe("[]");
  });

  test("a context that exists and is not given is null", () => {
    expect(value("needs.a.result")).toBe(null);
  });

  test("a name that is no context is refused", () => {
    expect(() => value("gthub.ref")).toThrow("Unrecognized named-value: 'gthub'");
  });

  test("lists are indexed by numbers, and beyond their end is null", () => {
    expect(value("github.l[1]", { github: { l: ["a", "b"] } })).toBe("b");
    expect(value("github.l[2]", { github: { l: ["a", "b"] } })).toBe(null);
  });
});

describe(`docs: ${FILTERS}`, () => {
  const contexts = {
    github: { fruits: [{ name: "apple", quantity: 1 }, { name: "orange" }, { quantity: 1 }] },
    matrix: { dishes: { scallops: { cost: 9.99 }, snails: { cost: 3.5 } } },
  };

  test("a star collects a property of every item of a list", () => {
    expect(value("github.fruits.*.name", contexts)).toEqual(["apple", "orange"]);
  });

  test("a star collects a property of every value of an object", () => {
    expect(value("matrix.dishes.*.cost", contexts)).toEqual([9.99, 3.5]);
  });

  test("a filter's result is a list that functions take", () => {
    expect(value("contains(github.fruits.*.name, 'ORANGE')", contexts)).toBe(true);
    expect(value("join(github.fruits.*.name, '+')", contexts)).toBe("apple+orange");
  });

  test("a star on anything else gives an empty list", () => {
    expect(value("toJSON(github.nothing.*.x)", contexts)).toBe("[]");
  });
});

describe(`docs: ${FUNCTIONS}`, () => {
  test.each([
    ["contains('Hello world', 'llo')", true],
    ["contains('Hello world', 'HELLO')", true],
    ["contains(fromJSON('[\"push\", 2]'), 'Push')", true],
    ["contains(fromJSON('[\"1\"]'), 1)", true],
    ["contains(fromJSON('[]'), '')", false],
    ["contains(fromJSON('{}'), 'x')", false],
    ["startsWith('Hello world', 'hE')", true],
    ["endsWith('Hello world', 'LD')", true],
    ["startsWith(fromJSON('[]'), '')", false],
    ["join(fromJSON('[1, true, null, \"x\"]'))", "1,true,,x"],
    ["join('alone', '-')", "alone"],
    ["format('Hello {0} {1} {0}', 'Mona', 2)", "Hello Mona 2 Mona"],
    ["format('{{Hello {0}!}}', 'Mona')", "{Hello Mona!}"],
    ["format('it''s {0}', true)", "it's true"],
    ["format('{0}', fromJSON('[1]'))", "Array"],
    ["case(1 == 2, 'a', true, 'b', 'c')", "b"],
    ["case(false, 'a', 'otherwise')", "otherwise"],
    ['fromJSON(\'{"a": [1, {"b": null}]}\').a[0]', 1],
    ["fromJSON('true')", true],
    ["fromJSON('\"x\"')", "x"],
  ])("%s is %j", (expression, expected) => {
    expect(value(expression)).toEqual(expected);
  });

  test("toJSON writes two spaces, and closes what is empty at once", () => {
    const contexts = { github: { a: [], b: {}, c: [1, "x"], d: { e: null } } };
    expect(value("toJSON(github)", contexts)).toBe(
      '{\n  "a": [],\n  "b": {},\n  "c": [\n    1,\n    "x"\n  ],\n  "d": {\n    "e": null\n  }\n}',
    );
  });

  test("hashFiles is what the runner gives, and takes several patterns", () => {
    const hashFiles = (patterns: readonly string[]): string => patterns.join("|");
    expect(evaluateExpression("hashFiles('a', '**/b')", { contexts: {}, hashFiles })).toBe(
      "a|**/b",
    );
    expect(() => value("hashFiles('a')")).toThrow("Unrecognized function: 'hashFiles'");
  });

  test.each([
    ["nope()", "Unrecognized function: 'nope'"],
    ["contains('a')", "Too few parameters supplied: 'contains'"],
    ["toJSON(1, 2)", "Too many parameters supplied: 'toJSON'"],
    ["fromJSON('{')", "fromJSON was given no JSON"],
    ["fromJSON('')", "fromJSON was given an empty text"],
    ["format('{1}', 'a')", "references more arguments than were supplied"],
    ["format('{', 'a')", "format string is invalid"],
    ["case(1, 'a', 'b')", "case predicate must evaluate to a boolean value"],
    ["(1", "Unexpected end of expression"],
    ["'x", "Unexpected symbol"],
  ])("%s is refused, and the message says why", (expression, message) => {
    expect(() => value(expression)).toThrow(message);
  });

  test("fromJSON undoes toJSON for every JSON value", () => {
    const json = fc.jsonValue({ maxDepth: 3 });
    fc.assert(
      fc.property(json, (given) => {
        // Names that differ only in case are one to GitHub; and so are 15 digits.
        fc.pre(!/[A-Z]/.test(JSON.stringify(given)) && !/\d{6}/.test(JSON.stringify(given)));
        const contexts = { github: { v: JSON.parse(JSON.stringify(given)) as Json } };
        expect(value("fromJSON(toJSON(github.v))", contexts)).toEqual(contexts.github.v);
      }),
    );
  });
});

describe(`docs: ${STATUS}`, () => {
  test.each([
    ["success", [true, false, false, true]],
    ["failure", [false, true, false, true]],
    ["cancelled", [false, false, true, true]],
  ] as const)(
    "in a job of result %s the functions are success, failure, cancelled, always",
    (job, expected) => {
      const scope = { contexts: {}, status: stepStatus(job) };
      const seen = ["success()", "failure()", "cancelled()", "always()"].map((call) =>
        evaluateExpression(call, scope),
      );
      expect(seen).toEqual(expected);
    },
  );

  test("they exist only where an if is evaluated", () => {
    expect(() => text("${{ success() }}")).toThrow("Unrecognized function: 'success'");
  });

  test("a condition's value counts by its truth", () => {
    const place = { file: "w.yml", line: 1, column: 1 };
    const holds = (expression: string): boolean =>
      evaluateCondition({ expression, key: "if", place }, { contexts: {} });
    expect([holds("'false'"), holds("0"), holds("fromJSON('{}')")]).toEqual([true, false, true]);
  });
});

describe(`docs: ${ABOUT}`, () => {
  test("an expression that is the whole text keeps its type", () => {
    const scope = { contexts: { inputs: { n: 5, l: [1], b: false } } };
    expect(evaluateTemplate(template("${{ inputs.n }}"), scope)).toBe(5);
    expect(evaluateTemplate(template("${{inputs.l}}"), scope)).toEqual([1]);
    expect(evaluateTemplate(template({ a: ["${{ inputs.b }}"] }), scope)).toEqual({ a: [false] });
  });

  test("beside other text every value becomes text", () => {
    const contexts = { inputs: { n: 1.5, o: {}, l: [], b: true, z: null } };
    expect(
      text(
        "${{ inputs.n }},${{ inputs.o }},${{ inputs.l }},${{ inputs.b }},${{ inputs.z }}",
        contexts,
      ),
    ).toBe("1.5,Object,Array,true,");
  });

  test("two braces inside a text do not end the expression", () => {
    expect(text("a ${{ '}} it''s' }} b ${{ format('{{{0}}}', 1) }}")).toBe("a }} it's b {1}");
    expect(splitTemplate("x${{ 'a }} b' }}")).toEqual([
      { kind: "text", text: "x" },
      { kind: "expression", expression: "'a }} b'" },
    ]);
  });

  test("an expression that is not closed, or empty, is refused", () => {
    expect(() => text("${{ 'a }}")).toThrow("not closed by }}");
    expect(() => text("${{ }}")).toThrow("An expression was expected");
  });

  test("a failing expression is told with file, line, column and key", () => {
    expect(() => text("${{ fromJSON('x') }}")).toThrow(
      "w.yml:3:5: env: fromJSON was given no JSON",
    );
  });

  test("what an expression gives is not evaluated again", () => {
    expect(text("${{ inputs.evil }}", { inputs: { evil: "${{ secrets.X }}" } })).toBe(
      "${{ secrets.X }}",
    );
  });

  test("a text is no boolean and no number where one is needed", () => {
    const scope = { contexts: { inputs: { t: "true", n: "5" } } };
    expect(() => evaluateFlag(template("${{ inputs.t }}"), scope, false)).toThrow(
      "Unexpected value 'true'; allowed is true or false",
    );
    expect(() => evaluateNumber(template("${{ inputs.n }}"), scope, 1)).toThrow("fromJSON");
    expect(evaluateNumber(template("${{ fromJSON(inputs.n) }}"), scope, 1)).toBe(5);
    expect(evaluateNumber(undefined, scope, 360)).toBe(360);
  });

  test("a mapping may come from one expression, its values are texts", () => {
    const scope = { contexts: { inputs: { env: { A: 1, B: true, C: null } } } };
    expect(evaluateMapping(template("${{ inputs.env }}"), scope)).toEqual({
      A: "1",
      B: "true",
      C: "",
    });
    expect(() => evaluateMapping(template({ A: "${{ inputs.env }}" }), scope)).toThrow(
      "allowed is a text",
    );
  });

  test("text without expressions stays as it is", () => {
    fc.assert(
      fc.property(fc.string(), (given) => {
        fc.pre(!given.includes("${{"));
        expect(text(given)).toBe(given);
      }),
    );
  });

  test("any text comes out of a quoted literal unchanged, and out of its place in others", () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string({ unit: fc.constantFrom("'", "}", "{", "$", " ", "a") }),
        (a, b) => {
          fc.pre(!a.includes("${{"));
          const quoted = `'${b.replaceAll("'", "''")}'`;
          expect(text(`${a}\${{ ${quoted} }}${a}`)).toBe(`${a}${b}${a}`);
        },
      ),
    );
  });
});

describe("guards against the defects of @actions/expressions and @actions/workflow-parser 0.3.61", () => {
  test("defect 1: the lexer un-doubles only the first quote, and we un-double all", () => {
    const [token] = new Lexer("'a''b''c'").lex().tokens;
    // When this fails the package has been put right, and the guard can go.
    expect(token?.value).toBe("a'b''c");
    expect(value("'a''b''c'''")).toBe("a'b'c'");
    expect(value("format('{0}''x''', '''''')")).toBe("'''x'");
  });

  test("defect 2: scalars over several lines are evaluated as YAML reads them", async () => {
    const workflow = await loadWorkflow(
      "w.yml",
      [
        "on: push",
        "jobs:",
        "  a:",
        "    runs-on: ubuntu-latest",
        "    steps:",
        "      - run: |",
        "          python3 - <<'E'",
        "          if True:",
        "            print('${{ github.ref }}', 'it''s')",
        "          E",
        "      - run: >-",
        "          echo",
        "          ${{ github.ref }}",
        "      - run: 'echo ''${{ format(''{0}'',",
        "          github.ref) }}'''",
      ].join("\n"),
    );
    const [job] = workflow.jobs;
    const scripts = (job?.kind === "steps" ? job.steps : []).map((step) =>
      step.kind === "run" ? evaluateText(step.run, { contexts: { github: { ref: "R" } } }) : "",
    );
    expect(scripts).toEqual([
      "python3 - <<'E'\nif True:\n  print('R', 'it''s')\nE\n",
      "echo R",
      "echo 'R'",
    ]);
    // Loaded by now, and so without the hook. When this fails the package has been put right.
    const { NoOperationTraceWriter, parseWorkflow } = await import("@actions/workflow-parser");
    const content = "on: push\nrun-name: >-\n  a\n  ${{ github.ref }}\njobs: {}\n";
    const { value: root } = parseWorkflow({ name: "w.yml", content }, new NoOperationTraceWriter());
    const name = root?.assertMapping("root").find("run-name");
    expect(name?.assertScalar("run-name").toString()).toBe(
      "${{ format('  a\n  {0}\n', github.ref) }}",
    );
  });

  test("names that every JavaScript object has are names like others", () => {
    const contexts = { github: JSON.parse('{"__proto__": 1, "constructor": 2}') as Json };
    expect(value("github.constructor", contexts)).toBe(2);
    expect(value("github['__proto__']", contexts)).toBe(1);
    expect(value("github.tostring", contexts)).toBe(null);
    expect(value("fromJSON('{\"constructor\": 3}').constructor")).toBe(3);
  });

  test.each([
    [1e20, "1E+20"],
    [1234567890123456, "1.23456789012346E+15"],
    [123456789012345, "123456789012345"],
    [0.1 + 0.2, "0.3"],
    [0.00001, "1E-05"],
    [0.0001, "0.0001"],
    [-1.5, "-1.5"],
    [Number.NaN, "NaN"],
    [-Infinity, "-Infinity"],
  ])("the number %d is printed with 15 digits, as .NET does: %s", (number, printed) => {
    expect(formatNumber(number)).toBe(printed);
    expect(coerceToString(number)).toBe(printed);
  });

  test("0b1 is no number", () => {
    expect(() => value("0b1")).toThrow("Unexpected symbol: '0b1'");
    expect(value("'0b1' == 1")).toBe(false);
  });
});
