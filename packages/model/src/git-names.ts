import { type Branded, ParseError } from "./parse.ts";

/** The short name of a branch: what stands behind `refs/heads/`. */
export type BranchName = Branded<"BranchName">;

/** The short name of a tag: what stands behind `refs/tags/`. */
export type Tag = Branded<"Tag">;

/** A git commit id: 40 lower-case hexadecimal digits (SHA-1), or 64 (SHA-256 repositories). */
export type CommitSha = Branded<"CommitSha">;

/** A ref is a file on a server: 255 bytes hold `refs/heads/` and the name with room for `.lock`. */
const MAX_NAME_BYTES = 239;

/**
 * Why the text is no ref name, or undefined when it is one. The rules of git-check-ref-format(1),
 * and stricter: printable characters only, no leading "-", and no name that reads as another kind of
 * revision (`HEAD`, `refs/…`, a commit id), because such a name is ambiguous wherever a revision is.
 */
function refNameFault(text: string): string | undefined {
  if (text === "") return "that is not empty";
  if (Buffer.byteLength(text) > MAX_NAME_BYTES) return `of at most ${MAX_NAME_BYTES} bytes`;
  if (!text.isWellFormed() || /[\p{C}\p{Z}]/u.test(text)) {
    return "without blanks, control or invisible characters";
  }
  if (/[~^:?*[\]\\]/.test(text)) return String.raw`without any of ~ ^ : ? * [ ] \ `.trimEnd();
  if (text.includes("..") || text.includes("@{")) return 'without ".." or "@{"';
  if (text.startsWith("-")) return 'that does not start with "-"';
  for (const component of text.split("/")) {
    if (component === "") return "without empty components";
    if (component.startsWith(".") || component.endsWith(".lock")) {
      return 'whose components do not start with "." or end in ".lock"';
    }
  }
  if (text.endsWith(".")) return 'that does not end in "."';
  if (text === "@" || text === "HEAD" || text.startsWith("refs/") || /^[0-9a-f]{40}$/.test(text)) {
    return "that cannot be read as another revision (HEAD, refs/…, a commit id)";
  }
  return undefined;
}

/** @throws ParseError unless the text is a branch's short name. */
export function parseBranchName(text: string): BranchName {
  const fault = refNameFault(text);
  if (fault !== undefined) throw new ParseError(`the name of a branch, ${fault}`, text);
  return text as BranchName;
}

/** @throws ParseError unless the text is a tag's short name. */
export function parseTag(text: string): Tag {
  const fault = refNameFault(text);
  if (fault !== undefined) throw new ParseError(`the name of a tag, ${fault}`, text);
  return text as Tag;
}

/** @throws ParseError unless the text is a full commit id; abbreviations are not accepted. */
export function parseCommitSha(text: string): CommitSha {
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text)) {
    throw new ParseError("a full commit id of 40 lower-case hexadecimal digits", text);
  }
  return text as CommitSha;
}

/** Cyrillic and Greek letters that are drawn like a Latin one, after lower-casing (from UTS #39). */
const LOOK_ALIKES: Readonly<Record<string, string>> = {
  а: "a",
  в: "b",
  с: "c",
  ԁ: "d",
  е: "e",
  һ: "h",
  і: "i",
  ј: "j",
  к: "k",
  ӏ: "l",
  м: "m",
  о: "o",
  р: "p",
  ԛ: "q",
  г: "r",
  ѕ: "s",
  т: "t",
  ѵ: "v",
  ԝ: "w",
  х: "x",
  у: "y",
  α: "a",
  β: "b",
  ε: "e",
  η: "n",
  ι: "i",
  κ: "k",
  ν: "v",
  ο: "o",
  ρ: "p",
  τ: "t",
  υ: "u",
  χ: "x",
};

/**
 * Two names with the same key can be mistaken for each other, by a person or by a file system that
 * ignores case: same letters in another case or Unicode form, with marks or invisible characters
 * added, or with letters that look alike. Never a name to be used; only to be compared.
 */
export function confusableKey(name: string): string {
  return name
    .normalize("NFKD")
    .replace(/[\p{M}\p{C}]/gu, "")
    .toLowerCase()
    .replace(/[а-яѐ-ӿԀ-ԯα-ω]/gu, (letter) => LOOK_ALIKES[letter] ?? letter);
}
