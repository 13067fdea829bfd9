/** Small pieces that every report of the command line is written with. */
import { stripVTControlCharacters } from "node:util";
import type { Effect } from "@auditable-release/stage";

const SHOWN_SHA_LENGTH = 10;

/** Commit ids cut to what an eye can compare, and nothing that moves the cursor. */
export function shorten(text: string): string {
  return stripVTControlCharacters(text).replace(/\b[0-9a-f]{40}\b/g, (sha) =>
    sha.slice(0, SHOWN_SHA_LENGTH),
  );
}

export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** One change of the world, in a line. */
export function describeEffect({ what, ref, before, after, who }: Effect): string {
  const place = ref === undefined ? "" : ` ${ref}`;
  const from = before === undefined ? "" : ` from ${shorten(before)}`;
  const to = after === undefined ? "" : ` to ${shorten(after)}`;
  return `${what}${place}${from}${to}, by "${who}"`;
}
