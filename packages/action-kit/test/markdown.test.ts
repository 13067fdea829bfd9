import fc from "fast-check";
import MarkdownIt from "markdown-it";
import { describe, expect, it } from "vitest";
import { type Inline, renderMarkdown } from "../src/index.ts";

const markdown = new MarkdownIt({ html: true, linkify: true });

/** The text a reader sees, from rendered HTML. */
function visible(html: string): string {
  return html
    .replace(/<[^>]*>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
}

const nasty = fc.oneof(
  fc.string(),
  fc
    .array(
      fc.constantFrom(
        ..."*_`~[]()<>#!|\\&$@-+=.:/\"' \n\r\t1x",
        "](",
        "www.",
        "http://",
        "<b>",
        "&lt;",
        "```",
        "- ",
        "1. ",
        "\u2028",
      ),
      { maxLength: 30 },
    )
    .map((parts) => parts.join("")),
);

function paragraph(...content: Inline[]): string {
  return markdown.render(renderMarkdown([{ kind: "paragraph", content }]));
}

/** Markdown folds blanks and drops those at the ends; nothing else may change. */
function folded(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp} ]+/gu, " ").trim();
}

describe("text in Markdown", () => {
  it("is shown as exactly that text, whatever it is", () => {
    fc.assert(
      fc.property(nasty, (text) => {
        expect(folded(visible(paragraph(text)))).toBe(folded(text));
        expect(folded(visible(paragraph({ code: text })))).toBe(folded(text));
      }),
      { numRuns: 2000 },
    );
  });

  it("makes no element of its own", () => {
    fc.assert(
      fc.property(nasty, (text) => {
        expect(paragraph(`${text}x`).trim()).toMatch(/^<p>[^<]*<\/p>$/);
      }),
      { numRuns: 2000 },
    );
  });

  it("stays in its cell", () => {
    fc.assert(
      fc.property(nasty, nasty, (a, b) => {
        const html = markdown.render(
          renderMarkdown([{ kind: "table", header: ["A", "B"], rows: [[[a], [{ code: b }]]] }]),
        );
        expect(html.match(/<td>/g)).toHaveLength(2);
        expect(html.match(/<tr>/g)).toHaveLength(2);
      }),
    );
  });

  it("cannot end a code block", () => {
    const html = markdown.render(renderMarkdown([{ kind: "code", text: "a\n```\n<b>\n````\n" }]));

    expect(html).toContain("<code>a\n```\n&lt;b&gt;\n````");
  });

  it("links only to web addresses", () => {
    const render = (href: string): string => paragraph({ link: "here", href });

    expect(render("https://example.com/a?b=c#d")).toContain('href="https://example.com/a?b=c#d"');
    for (const href of ["javascript:alert(1)", "data:text/html,x", "//x", "x", "https://e/>)<b>"]) {
      expect(render(href)).not.toMatch(/href="(?!https:)|<b>/);
    }
  });
});

describe("a document too large", () => {
  it("is cut between its pieces, within the bytes, and says so", () => {
    const rows = Array.from({ length: 1000 }, (_, index) => [[`row ${index} ä`]]);

    const text = renderMarkdown([{ kind: "table", header: ["A"], rows }], 2000);

    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(2000);
    expect(text).toMatch(/Left out here: \d+ parts beyond 2000 bytes/);
    expect(text).toContain("| row 0 ä |\n");
  });

  it("is whole when it fits", () => {
    expect(renderMarkdown([{ kind: "heading", text: "A" }])).toBe("### A\n\n");
  });
});
