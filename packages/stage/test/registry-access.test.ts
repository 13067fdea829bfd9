import { expect, test } from "vitest";
import { startStage } from "../src/index.ts";
import {
  ask,
  basic,
  Client,
  codeOf,
  digestOf,
  REPO,
  startRegistry,
  tokenFor,
} from "./registry-scene.ts";

const PULL = `repository:${REPO}:pull`;
const PUSH = `repository:${REPO}:pull,push`;

async function startSecured(personality: Parameters<typeof startRegistry>[0] = {}) {
  const scene = await startRegistry({ auth: "bearer", anonymousPull: false, ...personality });
  await scene.registry.putImage(REPO, { tag: "v1" });
  const reader = scene.registry.addAccount({
    name: "reader",
    access: [{ repository: "octo/*", actions: ["pull"] }],
  });
  return {
    ...scene,
    reader,
    as: (authorization?: string) => new Client(scene.registry, authorization),
  };
}

test("who shows nothing is told where a token is had, and for what", async () => {
  await using scene = await startSecured();
  const { registry } = scene;
  const realm = `Bearer realm="${registry.origin}/token",service="${registry.host}"`;
  const ping = await scene.as().ask("/v2/");
  expect([ping.status, ping.headers.get("www-authenticate")]).toEqual([401, realm]);
  expect(codeOf(ping)).toBe("UNAUTHORIZED");
  const read = await scene.as().manifest("v1");
  expect(read.headers.get("www-authenticate")).toBe(`${realm},scope="${PULL}"`);
  const write = await scene.as().upload("x");
  expect(write.headers.get("www-authenticate")).toBe(`${realm},scope="${PUSH}"`);
  const bad = await scene.as("Bearer x").manifest("v1");
  expect(bad.headers.get("www-authenticate")).toContain('error="invalid_token"');
  expect(scene.stage.exchanges.at(-1)).toMatchObject({ who: "bad credentials", status: 401 });
});

test("a token is had for credentials and does what it was asked for", async () => {
  await using scene = await startSecured();
  const token = await tokenFor(scene.registry, [PUSH], scene.account);
  expect((await scene.as(token).ask("/v2/")).status).toBe(200);
  expect((await scene.as(token).manifest("v1")).status).toBe(200);
  expect((await scene.as(token).upload("x")).status).toBe(201);
  expect(scene.stage.history.at(-1)).toMatchObject({ who: "octo", what: "store blob" });
});

test("wrong credentials get no token", async () => {
  await using scene = await startSecured();
  const { registry, account } = scene;
  for (const authorization of [
    basic({ ...account, password: "wrong" }),
    basic({ name: "nobody", password: "x" }),
    "Basic ???",
    "Digest x",
    undefined,
  ]) {
    const headers = authorization === undefined ? {} : { authorization };
    const answer = await ask(registry.origin, "/token", { headers });
    expect([authorization, answer.status, codeOf(answer)]).toEqual([
      authorization,
      401,
      "UNAUTHORIZED",
    ]);
  }
});

test("a token without the scope is sent for another one, an account without the right is denied", async () => {
  await using scene = await startSecured();
  const narrow = await tokenFor(scene.registry, [PULL], scene.account);
  const another = await scene.as(narrow).upload("x");
  expect(another.status).toBe(401);
  expect(another.headers.get("www-authenticate")).toContain('error="insufficient_scope"');
  // The token endpoint leaves out what the account may not have, and says nothing of it.
  const reading = await tokenFor(scene.registry, [PUSH], scene.reader);
  expect((await scene.as(reading).manifest("v1")).status).toBe(200);
  const denied = await scene.as(reading).upload("x");
  expect([denied.status, codeOf(denied)]).toEqual([403, "DENIED"]);
  const elsewhere = await tokenFor(scene.registry, ["repository:other/x:pull"], scene.reader);
  expect((await scene.as(elsewhere).ask("/v2/other/x/tags/list")).status).toBe(403);
});

test("anybody reads where that is allowed, and must have a token for it, too", async () => {
  await using scene = await startSecured({ anonymousPull: true });
  expect((await scene.as().manifest("v1")).status).toBe(401);
  const token = await tokenFor(scene.registry, [PUSH]);
  expect((await scene.as(token).manifest("v1")).status).toBe(200);
  // Somebody with an account could: the anonymous client is sent for a token again.
  expect((await scene.as(token).upload("x")).status).toBe(401);
});

test("tokens run out, and all at once when the test says so", async () => {
  await using short = await startSecured({ tokenSeconds: 0 });
  const expired = await tokenFor(short.registry, [PULL], short.account);
  expect((await short.as(expired).manifest("v1")).status).toBe(401);
  await using scene = await startSecured();
  const token = await tokenFor(scene.registry, [PULL], scene.account);
  scene.registry.expireTokens();
  expect((await scene.as(token).manifest("v1")).status).toBe(401);
  const next = await tokenFor(scene.registry, [PULL], scene.account);
  expect(next).not.toBe(token);
  expect((await scene.as(next).manifest("v1")).status).toBe(200);
});

test("a token is had by OAuth's form as well", async () => {
  await using scene = await startSecured();
  const { name, password } = scene.account;
  const form = { grant_type: "password", username: name, password, scope: PULL };
  const post = async (fields: Readonly<Record<string, string>>) =>
    ask(scene.registry.origin, "/token", {
      method: "POST",
      body: new URLSearchParams(fields).toString(),
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
  const { json } = await post(form);
  expect(json).toMatchObject({ expires_in: 300 });
  expect((await scene.as(`Bearer ${json.access_token}`).manifest("v1")).status).toBe(200);
  expect((await post({ ...form, password: "wrong" })).status).toBe(401);
  expect((await post({ ...form, grant_type: "refresh_token" })).status).toBe(401);
});

test("deleting takes a scope of its own", async () => {
  await using scene = await startSecured();
  const remove = { method: "DELETE" };
  const pushing = await tokenFor(scene.registry, [PUSH], scene.account);
  expect((await scene.as(pushing).manifest("v1", remove)).status).toBe(401);
  const scope = `repository:${REPO}:delete`;
  const deleting = await tokenFor(scene.registry, [scope], scene.account);
  expect((await scene.as(deleting).manifest("v1", remove)).status).toBe(202);
});

test("a mount takes the scope of the source, and is an upload for who may not read that", async () => {
  await using scene = await startSecured();
  const { registry } = scene;
  await registry.putBlob("secret/source", Buffer.from("hello"));
  const query = new URLSearchParams({ mount: digestOf("hello"), from: "secret/source" });
  const target = `/v2/${REPO}/blobs/uploads/?${query.toString()}`;
  const one = await tokenFor(registry, [PUSH], scene.account);
  const asked = await scene.as(one).ask(target, { method: "POST" });
  const source = "repository:secret/source:pull";
  expect(asked.headers.get("www-authenticate")).toContain(`scope="${PUSH} ${source}"`);
  const both = await tokenFor(registry, [`${PUSH} ${source}`], scene.account);
  expect((await scene.as(both).ask(target, { method: "POST" })).status).toBe(201);
  const writer = registry.addAccount({
    name: "writer",
    access: [{ repository: "octo/*", actions: ["pull", "push"] }],
  });
  const token = await tokenFor(registry, [PUSH, source], writer);
  expect((await scene.as(token).ask(target, { method: "POST" })).status).toBe(202);
});

test("basic: the credentials go with every request, and anybody may read where that is allowed", async () => {
  await using scene = await startSecured({ auth: "basic" });
  const refused = await scene.as().manifest("v1");
  expect(refused.headers.get("www-authenticate")).toBe(`Basic realm="${scene.registry.host}"`);
  expect((await scene.as(basic(scene.account)).upload("x")).status).toBe(201);
  expect((await scene.as(basic(scene.reader)).upload("x")).status).toBe(403);
  expect((await scene.as(basic(scene.reader)).manifest("v1")).status).toBe(200);
  expect((await ask(scene.registry.origin, "/token")).status).toBe(405);
  await using open = await startSecured({ auth: "basic", anonymousPull: true });
  expect((await open.as().manifest("v1")).status).toBe(200);
  expect((await open.as().upload("x")).status).toBe(401);
});

test("the stage's own registry wants tokens and lets anybody read", async () => {
  await using stage = await startStage();
  await stage.registry.putImage(REPO, { tag: "v1" });
  const anonymous = new Client(stage.registry, await tokenFor(stage.registry, [PULL]));
  expect((await anonymous.manifest("v1")).status).toBe(200);
  expect(stage.exchanges.map((exchange) => [exchange.service, exchange.who])).toEqual([
    ["registry", "anonymous"],
    ["registry", "anonymous"],
  ]);
});
