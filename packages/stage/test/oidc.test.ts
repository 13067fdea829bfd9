import { createPublicKey, verify } from "node:crypto";
import { expect, test } from "vitest";
import { type OidcGrant, type RunFacts, type Stage, startStage } from "../src/index.ts";
import { RUN } from "./sigstore-scene.ts";

interface Asking {
  readonly audience?: string;
  readonly token?: string;
}

async function ask(
  { requestUrl, requestToken }: OidcGrant,
  { audience, token = requestToken }: Asking = {},
): Promise<Response> {
  const url = new URL(requestUrl);
  if (audience !== undefined) url.searchParams.append("audience", audience);
  return fetch(url, { headers: { authorization: `Bearer ${token}` } });
}

interface Token {
  readonly head: Record<string, unknown>;
  readonly claims: Record<string, unknown>;
  readonly text: string;
}

async function tokenOf(response: Response): Promise<Token> {
  const body: unknown = await response.json();
  if (typeof body !== "object" || body === null || !("value" in body)) throw new Error("no token");
  const text = String(body.value);
  expect(body).toEqual({ count: text.length, value: text });
  const [head = {}, claims = {}] = text
    .split(".")
    .slice(0, 2)
    .map((part): Record<string, unknown> => {
      const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString());
      return typeof value === "object" && value !== null ? { ...value } : {};
    });
  return { head, claims, text };
}

async function claimsOf(stage: Stage, facts: RunFacts): Promise<Record<string, unknown>> {
  return (await tokenOf(await ask(stage.oidc.grant(facts), { audience: "x" }))).claims;
}

async function json(url: string): Promise<Record<string, unknown>> {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  const value: unknown = await response.json();
  return typeof value === "object" && value !== null ? { ...value } : {};
}

test("a token claims what a run of GitHub claims, all as texts", async () => {
  await using stage = await startStage();
  const { claims } = await tokenOf(await ask(stage.oidc.grant(RUN), { audience: "sigstore" }));
  const { jti, iat, nbf, exp, ...rest } = claims;
  expect(rest).toEqual({
    sub: "repo:octo/telemetry:environment:release",
    aud: "sigstore",
    iss: "https://token.actions.githubusercontent.com",
    ref: "refs/heads/main",
    ref_type: "branch",
    ref_protected: "true",
    sha: RUN.sha,
    repository: "octo/telemetry",
    repository_id: "4711",
    repository_owner: "octo",
    repository_owner_id: "42",
    repository_visibility: "public",
    run_id: "123456789",
    run_attempt: "2",
    run_number: "17",
    actor: "monalisa",
    actor_id: "9",
    workflow: "Release it",
    workflow_ref: RUN.workflowRef,
    workflow_sha: RUN.workflowSha,
    job_workflow_ref: RUN.jobWorkflowRef,
    job_workflow_sha: RUN.jobWorkflowSha,
    event_name: "workflow_dispatch",
    head_ref: "",
    base_ref: "",
    runner_environment: "github-hosted",
    environment: "release",
  });
  expect(jti).toMatch(/^[0-9a-f-]{36}$/);
  expect(Number(exp) - Number(iat)).toBe(300);
  expect(Number(nbf)).toBeLessThan(Number(iat));
});

test("the subject has the form of the run: environment, pull request, ref, or as set", async () => {
  await using stage = await startStage();
  const { environment: _none, ...plain } = RUN;
  const tag = { ...plain, ref: "refs/tags/v1" };
  const subjects: readonly (readonly [facts: RunFacts, subject: string])[] = [
    [RUN, "repo:octo/telemetry:environment:release"],
    [{ ...RUN, environment: "eu:prod" }, "repo:octo/telemetry:environment:eu%3Aprod"],
    [{ ...plain, eventName: "pull_request" }, "repo:octo/telemetry:pull_request"],
    [plain, "repo:octo/telemetry:ref:refs/heads/main"],
    [tag, "repo:octo/telemetry:ref:refs/tags/v1"],
    [
      { ...RUN, subjectKeys: ["repo", "context", "repository_id", "job_workflow_ref"] },
      "repo:octo/telemetry:environment:release:repository_id:4711:job_workflow_ref:" +
        "octo/pipelines/.github/workflows/release.yml@refs/tags/v3",
    ],
  ];
  for (const [facts, subject] of subjects) {
    expect((await claimsOf(stage, facts))["sub"]).toBe(subject);
  }
  expect((await claimsOf(stage, tag))["ref_type"]).toBe("tag");
  expect(() => stage.oidc.grant({ ...RUN, subjectKeys: ["enterprise"] })).toThrow(
    'a run has no claim "enterprise" for its subject',
  );
});

test("a token is signed with the key that the issuer's configuration leads to", async () => {
  await using stage = await startStage();
  const { head, text } = await tokenOf(await ask(stage.oidc.grant(RUN)));
  const configuration = await json(`${stage.oidc.origin}/.well-known/openid-configuration`);
  expect(configuration).toMatchObject({
    issuer: "https://token.actions.githubusercontent.com",
    id_token_signing_alg_values_supported: ["RS256"],
  });
  const { keys } = await json(String(configuration["jwks_uri"]));
  const [jwk]: readonly Record<string, string>[] = Array.isArray(keys) ? keys : [];
  expect(jwk).toMatchObject({ kid: head["kid"], alg: "RS256", use: "sig" });
  expect(jwk).not.toHaveProperty("d");
  const key = createPublicKey({ key: jwk ?? {}, format: "jwk" });
  const [signed, signature] = [
    text.slice(0, text.lastIndexOf(".")),
    text.slice(text.lastIndexOf(".") + 1),
  ];
  const isSigned = verify("sha256", Buffer.from(signed), key, Buffer.from(signature, "base64url"));
  expect(isSigned).toBe(true);
  expect(head["alg"]).toBe("RS256");
});

test("without an audience the token is for the owner's page; two are refused", async () => {
  await using stage = await startStage();
  const grant = stage.oidc.grant(RUN);
  const { claims } = await tokenOf(await ask(grant));
  expect(claims["aud"]).toBe("https://github.com/octo");
  const url = `${grant.requestUrl}&audience=a&audience=b`;
  const headers = { authorization: `bearer ${grant.requestToken}` };
  expect((await fetch(url, { headers })).status).toBe(400);
});

test("a wrong token, none, another job's and a revoked one are refused with 401", async () => {
  await using stage = await startStage();
  const [grant, other] = [stage.oidc.grant(RUN), stage.oidc.grant(RUN)];
  expect((await ask(grant, { token: "wrong" })).status).toBe(401);
  expect((await ask(grant, { token: other.requestToken })).status).toBe(401);
  expect((await fetch(grant.requestUrl)).status).toBe(401);
  expect((await ask(grant)).status).toBe(200);
  grant.revoke();
  expect((await ask(grant)).status).toBe(401);
  expect((await ask(other)).status).toBe(200);
  expect(stage.history.map(({ who, what }) => `${who}: ${what}`)).toEqual([
    "job-1: issue id token",
    "job-2: issue id token",
  ]);
});

test("each token has an id of its own, and the log of exchanges has no token", async () => {
  await using stage = await startStage();
  const grant = stage.oidc.grant(RUN);
  const first = await tokenOf(await ask(grant, { audience: "a" }));
  const second = await tokenOf(await ask(grant, { audience: "a" }));
  expect(first.claims["jti"]).not.toBe(second.claims["jti"]);
  const log = JSON.stringify([stage.exchanges, stage.history]);
  expect(log).not.toContain(grant.requestToken);
  expect(log).not.toContain(first.text.split(".")[2]);
});

test("a fault can keep the token from the job", async () => {
  await using stage = await startStage();
  const grant = stage.oidc.grant(RUN);
  stage.addFault({
    at: { nth: 1, service: "oidc", operation: "GET /idtoken/{job}" },
    phase: "before",
    kind: "status",
    params: { status: 503 },
  });
  expect((await ask(grant)).status).toBe(503);
  expect((await ask(grant)).status).toBe(200);
});
