/**
 * A small document model for step summaries and pull request bodies, and the one renderer that
 * turns it into GitHub-flavoured Markdown. Every text in it is data: it cannot end its cell, start a
 * list, become a link or an element (specs.md T29).
 */

export type Inline =
  | string
  | { readonly code: string }
  | { readonly strong: string }
  | { readonly link: string; readonly href: string };

export type Block =
  | { readonly kind: "heading"; readonly text: string }
  | { readonly kind: "paragraph"; readonly content: readonly Inline[] }
  | { readonly kind: "list"; readonly items: readonly (readonly Inline[])[] }
  | {
      readonly kind: "table";
      readonly header: readonly string[];
      readonly rows: readonly (readonly (readonly Inline[])[])[];
    }
  | { readonly kind: "code"; readonly text: string };

export type Document = readonly Block[];

/** The runner refuses a step's summary above 1 MiB (docs.github.com, "Adding a job summary"). */
export const MAX_SUMMARY_BYTES = 1024 * 1024;

/** Room for the sentence that says what was left out. */
const OMISSION_RESERVE_BYTES = 200;

/** Renders the document within `maxBytes`; what does not fit is left out and said so. */
export function renderMarkdown(document: Document, maxBytes = MAX_SUMMARY_BYTES): string {
  const budget = maxBytes - OMISSION_RESERVE_BYTES;
  const parts: string[] = [];
  let used = 0;
  let omitted = 0;
  for (const chunk of document.flatMap(chunksOf)) {
    const size = Buffer.byteLength(chunk);
    if (omitted > 0 || used + size > budget) {
      omitted += 1;
      continue;
    }
    parts.push(chunk);
    used += size;
  }
  if (omitted > 0) {
    parts.push(`\n\n${escapeText(`Left out here: ${omitted} parts beyond ${maxBytes} bytes.`)}\n`);
  }
  return parts.join("");
}

/** The smallest pieces the document may be cut between. */
function chunksOf(block: Block): readonly string[] {
  switch (block.kind) {
    case "heading":
      return [`### ${escapeText(block.text)}\n\n`];
    case "paragraph":
      return [`${lineStart(renderInline(block.content))}\n\n`];
    case "list":
      return [...block.items.map((item) => `- ${lineStart(renderInline(item))}\n`), "\n"];
    case "table":
      return [
        `${row(block.header.map(escapeText))}${row(block.header.map(() => "---"))}`,
        ...block.rows.map((cells) => row(cells.map(renderInline))),
        "\n",
      ];
    case "code": {
      const fence = "`".repeat(Math.max(3, longestRun(block.text, "`") + 1));
      return [`${fence}\n${block.text.replace(/\r\n?/g, "\n")}\n${fence}\n\n`];
    }
  }
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |\n`;
}

function renderInline(content: readonly Inline[]): string {
  return content.map(inline).join("");
}

function inline(part: Inline): string {
  if (typeof part === "string") return escapeText(part);
  if ("code" in part) return `<code>${escapeText(part.code)}</code>`;
  if ("strong" in part) return `<strong>${escapeText(part.strong)}</strong>`;
  return link(part.link, part.href);
}

/** Only https, and loopback for rehearsals; anything else is shown as the text it is. */
function link(text: string, href: string): string {
  const url = URL.parse(href);
  if (url === null || !/^https?:$/.test(url.protocol)) return escapeText(`${text} (${href})`);
  const target = url.href.replace(/[^A-Za-z0-9:/?#@!$&'*+,;=._~%-]/g, encodeURIComponent);
  return `[${escapeText(text)}](<${target}>)`;
}

/**
 * Text as Markdown that renders as exactly that text, on one line. Punctuation that has a meaning
 * inside a line of GFM becomes a character reference, which no rule of Markdown looks into
 * (CommonMark 6.2: references cannot stand for structure); the rest stays readable in the source.
 */
function escapeText(text: string): string {
  return (
    text
      // Runs of blanks, too: four at the start would make a code block, two at the end a line break.
      .replace(/[\p{Cc}\p{Zl}\p{Zp} ]+/gu, " ")
      .replace(/[\\`*[\]<>#|~&$@]/g, reference)
      // Inside a word it has no meaning, and names are full of it.
      .replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, reference)
      .replace(/:(?=\/\/)/g, reference)
      .replace(/\b(www)(\.)/gi, (_, word: string, dot: string) => word + reference(dot))
  );
}

/** What means something at the start of a line only: lists, and the underline of a heading. */
function lineStart(rendered: string): string {
  return rendered
    .replace(/^(\s*)([-+=])/, (_, blanks: string, sign: string) => blanks + reference(sign))
    .replace(/^(\s*\d+)([.)])/, (_, number: string, sign: string) => number + reference(sign));
}

function reference(character: string): string {
  return `&#${character.codePointAt(0) ?? 0};`;
}

function longestRun(text: string, character: string): number {
  let longest = 0;
  let current = 0;
  for (const each of text) {
    current = each === character ? current + 1 : 0;
    longest = Math.max(longest, current);
  }
  return longest;
}
