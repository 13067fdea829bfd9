/** Reviews of pull requests, who is asked for them, and what users may do in the repository. */
import { ACTIONS_APP, associationOf, renderUser } from "./accounts.ts";
import { textIn, textsIn } from "./body.ts";
import { ApiError, notFound, unprocessable } from "./errors.ts";
import { formatMoment } from "./issue-operations.ts";
import { type Call, nodeId, type OperationTable, paged, type Reply } from "./operation.ts";
import { pullOf, renderSimplePull } from "./pull-operations.ts";
import type { Review, ReviewState } from "./pulls.ts";
import { apiUrlOf, htmlUrlOf } from "./repositories.ts";

function renderReview(call: Call, number: number, review: Review): object {
  const html = htmlUrlOf(call, `/pull/${number}#pullrequestreview-${review.id}`);
  const pullUrl = apiUrlOf(call, `/pulls/${number}`);
  return {
    id: review.id,
    node_id: nodeId("PullRequestReview", review.id),
    user: renderUser(call.addresses, review.author),
    body: review.body,
    state: review.state,
    html_url: html,
    pull_request_url: pullUrl,
    author_association: associationOf(review.author),
    _links: { html: { href: html }, pull_request: { href: pullUrl } },
    // A review that was not submitted yet has no date.
    ...(review.state === "PENDING" ? {} : { submitted_at: formatMoment(review.submittedAt) }),
    commit_id: review.commit,
  };
}

async function listReviews(call: Call): Promise<Reply> {
  const { pull } = pullOf(call);
  const { account } = call.repository.accounts.actorOf(call.caller);
  // Nobody sees what another has not submitted.
  const listed = pull.reviews.filter(
    ({ state, author }) => state !== "PENDING" || author.login === account.login,
  );
  const url = apiUrlOf(call, `/pulls/${pull.number}/reviews`);
  const { shown, headers } = paged(call, url, listed);
  const body = shown.map((review) => renderReview(call, pull.number, review));
  return { status: 200, body, headers };
}

function refused(...errors: readonly string[]): ApiError {
  return new ApiError(422, "Unprocessable Entity", { errors });
}

const STATES: Readonly<Record<string, ReviewState>> = {
  APPROVE: "APPROVED",
  REQUEST_CHANGES: "CHANGES_REQUESTED",
  COMMENT: "COMMENTED",
};

async function createReview(call: Call): Promise<Reply> {
  const { repository, body } = call;
  const { pull, issue } = pullOf(call);
  const actor = repository.accounts.actorOf(call.caller);
  const event = textIn(body, "event");
  const text = textIn(body, "body") ?? "";
  const isOwn = issue.author.account.login === actor.account.login;
  if (event === "APPROVE" && isOwn) throw refused("Can not approve your own pull request");
  if (event === "REQUEST_CHANGES" && isOwn) {
    throw refused("Can not request changes on your own pull request");
  }
  const isActions = actor.app?.slug === ACTIONS_APP;
  if (event === "APPROVE" && isActions && !repository.actionsMayOpenPulls) {
    throw refused("GitHub Actions is not permitted to approve pull requests.");
  }
  if ((event === "REQUEST_CHANGES" || event === "COMMENT") && text === "") {
    throw refused("Body is required for this review event");
  }
  const review = repository.pulls.addReview(pull.number, {
    author: actor.account,
    state: event === undefined ? "PENDING" : (STATES[event] ?? "PENDING"),
    body: text,
    commit: textIn(body, "commit_id") ?? pull.headSha,
  });
  call.record({ what: "review pull request", before: `#${pull.number}`, after: review.state });
  return { status: 200, body: renderReview(call, pull.number, review) };
}

async function dismissReview(call: Call): Promise<Reply> {
  const { pull } = pullOf(call);
  const id = Number(call.params["review_id"]);
  const review = pull.reviews.find((candidate) => candidate.id === id);
  if (review === undefined) throw notFound();
  if (review.state !== "APPROVED" && review.state !== "CHANGES_REQUESTED") {
    throw refused(`Can not dismiss a ${review.state.toLowerCase()} pull request review`);
  }
  call.repository.pulls.updateReview(pull.number, id, { state: "DISMISSED" });
  call.record({ what: "dismiss review", before: review.state, after: "DISMISSED" });
  const body = renderReview(call, pull.number, { ...review, state: "DISMISSED" });
  return { status: 200, body };
}

async function requestReviewers(call: Call): Promise<Reply> {
  const { repository } = call;
  const { pull, issue } = pullOf(call);
  const logins = textsIn(call.body, "reviewers");
  if (logins.some((login) => login === issue.author.account.login)) {
    throw unprocessable("Review cannot be requested from pull request author.");
  }
  const wanted = logins.map((login) => {
    const account = repository.accounts.user(login);
    if (account === undefined || account.role === "none") {
      throw unprocessable(
        "Reviews may only be requested from collaborators. One or more of the users or teams you " +
          `specified is not a collaborator of the ${repository.slug} repository.`,
      );
    }
    return account;
  });
  const others = pull.requestedReviewers.filter(
    ({ login }) => !wanted.some((account) => account.login === login),
  );
  repository.pulls.update(pull.number, { requestedReviewers: [...others, ...wanted] });
  call.record({ what: "request reviews", before: `#${pull.number}`, after: logins.join(",") });
  return { status: 201, body: renderSimplePull(call, pullOf(call)) };
}

/** The old four words; `role_name` has the finer ones (docs.github.com). */
const PERMISSIONS = {
  admin: "admin",
  maintain: "write",
  write: "write",
  triage: "read",
  read: "read",
  none: "none",
};

async function getPermission(call: Call): Promise<Reply> {
  const account = call.repository.accounts.user(call.params["username"] ?? "");
  if (account === undefined) throw notFound();
  const { role } = account;
  const can = (roles: readonly string[]): boolean => roles.includes(role);
  return {
    status: 200,
    body: {
      permission: PERMISSIONS[role],
      role_name: role,
      user: {
        ...renderUser(call.addresses, account),
        role_name: role,
        permissions: {
          admin: role === "admin",
          maintain: can(["admin", "maintain"]),
          push: can(["admin", "maintain", "write"]),
          triage: can(["admin", "maintain", "write", "triage"]),
          pull: role !== "none",
        },
      },
    },
  };
}

const READ = { permission: "pull_requests", level: "read" } as const;
const WRITE = { permission: "pull_requests", level: "write" } as const;

export const reviewOperations = {
  "GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews": { ...READ, handle: listReviews },
  "POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews": { ...WRITE, handle: createReview },
  "PUT /repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}/dismissals": {
    ...WRITE,
    handle: dismissReview,
  },
  "POST /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers": {
    ...WRITE,
    handle: requestReviewers,
  },
  "GET /repos/{owner}/{repo}/collaborators/{username}/permission": {
    permission: "metadata",
    level: "read",
    handle: getPermission,
  },
} satisfies OperationTable;
