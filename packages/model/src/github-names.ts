import { type Branded, ParseError } from "./parse.ts";

/** `owner/name` of a repository on a GitHub host. */
export type RepoSlug = Branded<"RepoSlug">;

/** A delivery channel: `dev`, `experimental`, `fast`, `regular`, or what a policy names. */
export type Channel = Branded<"Channel">;

/** GitHub's limits: 39 characters for an owner, 100 for a repository. `_` is for managed users. */
const SLUG = /^(?<owner>[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38}))\/(?<name>[A-Za-z0-9._-]{1,100})$/;

/** @throws ParseError unless the text is `owner/name` as GitHub allows it. */
export function parseRepoSlug(text: string): RepoSlug {
  const match = SLUG.exec(text);
  const name = match?.groups?.["name"];
  if (name === undefined || name === "." || name === ".." || name.endsWith(".git")) {
    throw new ParseError("a repository like owner/name", text);
  }
  return text as RepoSlug;
}

export function splitRepoSlug(slug: RepoSlug): { readonly owner: string; readonly name: string } {
  const slash = slug.indexOf("/");
  return { owner: slug.slice(0, slash), name: slug.slice(slash + 1) };
}

/** @throws ParseError unless the text is a lower-case name of at most 63 characters. */
export function parseChannel(text: string): Channel {
  if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(text)) {
    throw new ParseError("the name of a channel like fast, in lower case", text);
  }
  return text as Channel;
}
