/** The `Range` of a request for a part of something (RFC 9110, 14.2). */

/** First and last byte, both included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * The range asked for of `size` bytes. Undefined for none, for several and for what is no range of
 * bytes: a server ignores those and answers with the whole.
 */
export function parseByteRange(
  header: string | undefined,
  size: number,
): ByteRange | "unsatisfiable" | undefined {
  const groups = /^bytes=(?<first>\d{0,15})-(?<last>\d{0,15})$/.exec(header ?? "")?.groups;
  if (groups === undefined) return undefined;
  const { first = "", last = "" } = groups;
  if (first === "" && last === "") return undefined;
  if (first === "") {
    const length = Math.min(Number(last), size);
    return length === 0 ? "unsatisfiable" : { first: size - length, last: size - 1 };
  }
  const range = {
    first: Number(first),
    last: last === "" ? size - 1 : Math.min(Number(last), size - 1),
  };
  if (last !== "" && Number(last) < range.first) return undefined;
  return range.first >= size ? "unsatisfiable" : range;
}
