import type { RefEntry, Relation } from "@auditable-release/github/ports";
import { type CommitSha, parseBranchName, parseCommitSha } from "@auditable-release/model";
import { decide, type Decision, type Observed, relationKey, type Wish } from "../src/plan.ts";

/** Ids that are easy to tell apart in a failing test: the letter, repeated. */
export function sha(letter: string): CommitSha {
  return parseCommitSha(letter.repeat(40));
}

/**
 * A history to decide over:
 *
 *     a ── b ── c ── d      main is at d
 *           ╲
 *            e ── f         f is what a release branch may have advanced to
 *
 * `9` is known to the repository but shares no history with it, as a commit of a fork may;
 * `0` is a commit it has never heard of.
 */
const PARENTS: Readonly<Record<string, string | undefined>> = {
  a: undefined,
  b: "a",
  c: "b",
  d: "c",
  e: "b",
  f: "e",
  "9": undefined,
};

export const COMMITS = ["a", "b", "c", "d", "e", "f"] as const;

function ancestry(letter: string): readonly string[] {
  const parent = PARENTS[letter];
  return parent === undefined ? [letter] : [letter, ...ancestry(parent)];
}

/** Whether `head` has `base` among its ancestors or is it. */
export function holds(head: string, base: string): boolean {
  return head in PARENTS && ancestry(head).includes(base);
}

export function relation(base: string, head: string): Relation | "unknown" {
  if (base === head && base in PARENTS) return "identical";
  if (holds(head, base)) return "ahead";
  if (holds(base, head)) return "behind";
  const known = base in PARENTS && head in PARENTS;
  return known && ancestry(base).at(-1) === ancestry(head).at(-1) ? "diverged" : "unknown";
}

export interface World {
  readonly branches: Readonly<Record<string, string>>;
  /** Name of the tag to the letter of its commit; `*` behind it makes the tag annotated. */
  readonly tags?: Readonly<Record<string, string>>;
}

export interface Answered {
  readonly decision: Exclude<Decision, { kind: "ask" }>;
  readonly questions: readonly string[];
}

/** Decides over a world, answering each question from it; what was asked is part of the answer. */
export function decideIn(wish: Wish, world: World): Answered {
  const relations = new Map<string, Relation | "unknown">();
  const peeled = new Map<string, CommitSha>();
  const questions: string[] = [];
  let defaultBranch: Observed["defaultBranch"];
  for (;;) {
    const decision = decide(wish, {
      branches: entries(world.branches),
      tags: entries(world.tags ?? {}),
      defaultBranch,
      relations,
      peeled,
    });
    if (decision.kind !== "ask") return { decision, questions };
    const { question } = decision;
    switch (question.about) {
      case "default-branch":
        questions.push("default branch");
        defaultBranch = parseBranchName("main");
        break;
      case "tag":
        questions.push(`tag ${question.tag.name}`);
        peeled.set(question.tag.name, sha(letterOf(question.tag.sha, world)));
        break;
      case "relation": {
        const { base, head } = question;
        questions.push(`${base.slice(0, 1)}...${head.slice(0, 1)}`);
        relations.set(relationKey(base, head), relation(base.slice(0, 1), head.slice(0, 1)));
        break;
      }
    }
    if (questions.length > 20) throw new Error(`asked in circles: ${questions.join(", ")}`);
  }
}

/** An annotated tag's own id: the letter of its commit behind a 7. */
function tagObject(letter: string): CommitSha {
  return parseCommitSha(`7${letter}`.padEnd(40, "7"));
}

function letterOf(object: CommitSha, world: World): string {
  const target = Object.values(world.tags ?? {}).find(
    (value) => value.endsWith("*") && tagObject(value.slice(0, 1)) === object,
  );
  if (target === undefined) throw new Error(`no annotated tag has the id ${object}`);
  return target.slice(0, 1);
}

function entries(refs: Readonly<Record<string, string>>): readonly RefEntry[] {
  return Object.entries(refs).map(([name, target]) => {
    const isAnnotatedTag = target.endsWith("*");
    const letter = target.slice(0, 1);
    return { name, isAnnotatedTag, sha: isAnnotatedTag ? tagObject(letter) : sha(letter) };
  });
}
