import { expect, test } from "vitest";
import { ask, AT, SLUG, startScene } from "./scene.ts";

const DOCS = "https://docs.github.com/rest/git/refs";

async function createRef(
  scene: Awaited<ReturnType<typeof startScene>>,
  ref: string,
  sha: string,
): Promise<{ status: number; body: unknown }> {
  const { host, token } = scene;
  const request = { token, method: "POST", body: { ref, sha } };
  const response = await ask(host, `/repos/${SLUG}/git/refs`, request);
  return { status: response.status, body: await response.json() };
}

function refusal(status: number, message: string): { status: number; body: unknown } {
  const documentation_url = `${DOCS}#create-a-reference`;
  return { status, body: { message, documentation_url, status: String(status) } };
}

test("creates a branch, shows it at once, and writes the change into the history", async () => {
  await using scene = await startScene();
  const { octokit, repo, first, stage } = scene;
  const created = await octokit.rest.git.createRef({
    ...AT,
    ref: "refs/heads/release-1.0",
    sha: first,
  });
  expect(created.status).toBe(201);
  expect(created.data).toMatchObject({
    ref: "refs/heads/release-1.0",
    object: { type: "commit", sha: first },
  });
  expect(created.headers.location).toBe(created.data.url);
  expect(await repo.ref("refs/heads/release-1.0")).toBe(first);
  const shown = await octokit.rest.git.getRef({ ...AT, ref: "heads/release-1.0" });
  expect(shown.data).toEqual(created.data);
  expect(stage.history.at(-1)).toEqual({
    n: 2,
    service: "github",
    who: "installation-1",
    what: "create ref",
    repository: SLUG,
    ref: "refs/heads/release-1.0",
    before: undefined,
    after: first,
  });
});

test("refuses a ref that exists, whatever it points at", async () => {
  await using scene = await startScene();
  const { head, first, repo } = scene;
  for (const sha of [head, first]) {
    expect(await createRef(scene, "refs/heads/main", sha)).toEqual(
      refusal(422, "Reference already exists"),
    );
  }
  expect(await repo.ref("refs/heads/main")).toBe(head);
});

test("lets exactly one of two concurrent requests create a ref", async () => {
  await using scene = await startScene();
  const { first, head, repo, stage } = scene;
  const answers = await Promise.all(
    [first, head, first, head].map((sha) => createRef(scene, "refs/heads/release-1.0", sha)),
  );
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
    201, 422, 422, 422,
  ]);
  expect(answers.find(({ status }) => status === 422)).toEqual(
    refusal(422, "Reference already exists"),
  );
  const created = stage.history.filter((effect) => effect.who !== "scene");
  expect(created).toHaveLength(1);
  expect(created[0]?.after).toBe(await repo.ref("refs/heads/release-1.0"));
});

test.each([
  ["heads/x", "Reference name must start with 'refs/'."],
  ["refs/x", "Reference name must contain at least three slash-separated components."],
  ["refs/heads/a..b", "refs/heads/a..b is not a valid ref name."],
  ["refs/heads/", "refs/heads/ is not a valid ref name."],
  ["refs/heads/a b", "refs/heads/a b is not a valid ref name."],
])("refuses the name %s in GitHub's words", async (ref, message) => {
  await using scene = await startScene();
  expect(await createRef(scene, ref, scene.head)).toEqual(refusal(422, message));
});

test("refuses an object that is not in the store, and a text that is no object id", async () => {
  await using scene = await startScene();
  expect(await createRef(scene, "refs/heads/x", "a".repeat(40))).toEqual(
    refusal(422, "Object does not exist"),
  );
  expect(await createRef(scene, "refs/heads/x", scene.head.slice(0, 12))).toEqual(
    refusal(422, "The sha parameter must be exactly 40 characters and contain only [0-9a-f]."),
  );
});

test("refuses a branch whose name is a folder of another, and the reverse", async () => {
  await using scene = await startScene();
  const { repo, head } = scene;
  await repo.createBranch("release/1.0", head);
  const failed = refusal(422, "Reference update failed");
  expect(await createRef(scene, "refs/heads/release", head)).toEqual(failed);
  expect(await createRef(scene, "refs/heads/main/next", head)).toEqual(failed);
});

test("refuses a branch that points at something else than a commit", async () => {
  await using scene = await startScene();
  const tag = await scene.repo.createTag("1.0.0", scene.head, { annotated: true });
  expect(await createRef(scene, "refs/heads/x", tag)).toEqual(
    refusal(422, "Reference update failed"),
  );
  expect((await createRef(scene, "refs/tags/other", tag)).status).toBe(201);
});

test("answers 409 for a repository without any ref", async () => {
  await using scene = await startScene();
  const { host, head } = scene;
  await host.createRepository("octo/empty");
  const repositories = ["octo/empty"];
  const token = host.issueToken({ permissions: { contents: "write" }, repositories });
  const body = { ref: "refs/heads/x", sha: head };
  const answers = await Promise.all([
    ask(host, "/repos/octo/empty/git/refs", { token, method: "POST", body }),
    ask(host, "/repos/octo/empty/git/ref/heads/main", { token }),
    ask(host, "/repos/octo/empty/git/matching-refs/heads/", { token }),
    ask(host, "/repos/octo/empty/commits/main", { token }),
  ]);
  for (const answer of answers) {
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({ message: "Git Repository is empty." });
  }
});

test("keeps to creation rules, but not against who may bypass them", async () => {
  await using scene = await startScene();
  const { host, repo, head } = scene;
  repo.addRule({ refs: "refs/heads/release-*", bypass: ["release-bot"] });
  repo.addRule({ refs: "refs/tags/**", answer: "update-failed" });
  expect(await createRef(scene, "refs/heads/release-1.0", head)).toEqual(
    refusal(
      422,
      "Repository rule violations found\n\nCannot create ref due to creations being restricted.\n\n",
    ),
  );
  expect(await createRef(scene, "refs/tags/1.0/rc", head)).toEqual(
    refusal(422, "Reference update failed"),
  );
  expect((await createRef(scene, "refs/heads/release-1.0/x", head)).status).toBe(201);
  const bot = host.issueToken({
    permissions: { contents: "write" },
    repositories: [SLUG],
    identity: "release-bot",
  });
  const allowed = await createRef({ ...scene, token: bot }, "refs/heads/release-2.0", head);
  expect(allowed.status).toBe(201);
});

test("shows a ref only by its whole name", async () => {
  await using scene = await startScene();
  const { host, repo, token, head } = scene;
  await repo.createBranch("release-1.0", head);
  for (const ref of ["heads/release", "heads/release-1.0/", "release-1.0", "heads", head, ""]) {
    const answer = await ask(host, `/repos/${SLUG}/git/ref/${ref}`, { token });
    expect([ref, answer.status]).toEqual([ref, 404]);
    expect(await answer.json()).toEqual({
      message: "Not Found",
      documentation_url: `${DOCS}#get-a-reference`,
      status: "404",
    });
  }
  for (const ref of ["heads/release-1.0", "heads%2Frelease-1.0"]) {
    expect((await ask(host, `/repos/${SLUG}/git/ref/${ref}`, { token })).status).toBe(200);
  }
});

test("lists the refs that start with a text, in order, annotated tags as tag objects", async () => {
  await using scene = await startScene();
  const { host, octokit, repo, head, token } = scene;
  await repo.createBranch("release-1.10", head);
  await repo.createBranch("release-1.1", head);
  const tag = await repo.createTag("1.1.0", head, { annotated: true });
  await repo.createTag("1.1.1", head);
  const names = async (ref: string): Promise<readonly string[]> =>
    (await octokit.rest.git.listMatchingRefs({ ...AT, ref })).data.map((found) => found.ref);
  expect(await names("heads/release-1.1")).toEqual([
    "refs/heads/release-1.1",
    "refs/heads/release-1.10",
  ]);
  expect(await names("heads/")).toHaveLength(3);
  const everything = await ask(host, `/repos/${SLUG}/git/matching-refs/`, { token });
  expect(await everything.json()).toHaveLength(5);
  expect(await names("heads/none")).toEqual([]);
  const tags = await octokit.rest.git.listMatchingRefs({ ...AT, ref: "tags/" });
  expect(tags.data.map(({ object }) => [object.type, object.sha])).toEqual([
    ["tag", tag],
    ["commit", head],
  ]);
});

test("pages the matching refs when asked to, and the official client follows", async () => {
  await using scene = await startScene();
  const { host, octokit, repo, head, token } = scene;
  for (const n of [1, 2, 3, 4]) await repo.createBranch(`release-${n}`, head);
  const matching = `/repos/${SLUG}/git/matching-refs/heads/release-`;
  const page = await ask(host, `${matching}?per_page=2&page=1`, { token });
  expect(page.headers.get("link")).toBe(
    `<${host.apiUrl}${matching}?per_page=2&page=2>; rel="next", ` +
      `<${host.apiUrl}${matching}?per_page=2&page=2>; rel="last"`,
  );
  expect((await ask(host, matching, { token })).headers.get("link")).toBeNull();
  const all = await octokit.paginate<{ ref: string }>(
    "GET /repos/{owner}/{repo}/git/matching-refs/{ref}",
    { ...AT, ref: "heads/release-", per_page: 3 },
  );
  expect(all.map(({ ref }) => ref)).toEqual([1, 2, 3, 4].map((n) => `refs/heads/release-${n}`));
});
