/** Who a commit made through the API says it is by, and whether GitHub signs it. */
import { type CommitContent, formatCommit, type Stamp, writeCommit } from "../git-objects.ts";
import type { Account } from "./accounts.ts";
import { textIn } from "./body.ts";
import { unprocessable } from "./errors.ts";
import type { Call } from "./operation.ts";
import { signatureFor } from "./signing.ts";

/** The committer of what GitHub commits itself. */
const WEB_FLOW = { name: "GitHub", email: "noreply@github.com" };

type Json = Readonly<Record<string, unknown>>;

/** Now, in UTC: a client that names no date gets another object every second. */
function now(): Pick<Stamp, "seconds" | "offset"> {
  return { seconds: Math.floor(Date.now() / 1000), offset: "+0000" };
}

/** "We use that exact timestamp" (docs.github.com, "Timezones and the REST API"). */
function momentOf(date: string | undefined): Pick<Stamp, "seconds" | "offset"> {
  if (date === undefined) return now();
  const milliseconds = Date.parse(date);
  if (Number.isNaN(milliseconds)) throw unprocessable(`Invalid date: ${date}`);
  const zone = /(?<sign>[+-])(?<hours>\d\d):?(?<minutes>\d\d)$/.exec(date)?.groups;
  const offset = zone === undefined ? "+0000" : `${zone["sign"]}${zone["hours"]}${zone["minutes"]}`;
  return { seconds: Math.floor(milliseconds / 1000), offset };
}

export function stampOf(account: Account): Stamp {
  return { name: account.name, email: account.email, ...now() };
}

export function webFlowStamp(): Stamp {
  return { ...WEB_FLOW, ...now() };
}

/** A person as the body names one; `otherwise` where it names none or only half of one. */
export function personIn(body: Json | undefined, otherwise: Stamp): Stamp {
  if (body === undefined) return otherwise;
  return {
    name: textIn(body, "name") ?? otherwise.name,
    email: textIn(body, "email") ?? otherwise.email,
    ...momentOf(textIn(body, "date")),
  };
}

export interface Authorship {
  readonly author: Stamp;
  readonly committer: Stamp;
  /** Signed commits of bots: no custom author, committer or signature (docs.github.com). */
  readonly isSigned: boolean;
}

/** Author and committer as `POST git/commits` and `PUT contents` take them. */
export function authorshipOf(
  call: Call,
  author: Json | undefined,
  committer: Json | undefined,
): Authorship {
  const actor = call.repository.accounts.actorOf(call.caller);
  const isSigned = actor.app !== undefined && author === undefined && committer === undefined;
  const own = stampOf(actor.account);
  const authored = personIn(author, own);
  return {
    author: authored,
    // Without a committer the author's data are used, date and all.
    committer:
      committer === undefined ? (isSigned ? webFlowStamp() : authored) : personIn(committer, own),
    isSigned,
  };
}

export async function commitAs(
  call: Call,
  { author, committer, isSigned }: Authorship,
  content: Omit<CommitContent, "author" | "committer">,
): Promise<string> {
  const text = formatCommit({ ...content, author, committer });
  return writeCommit(call.repository.git, text, isSigned ? signatureFor(text) : undefined);
}
