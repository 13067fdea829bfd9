/**
 * The registry judged by others: clients that people use, and a real registry that is asked the
 * same. They are looked for in `.referees/bin`, or in the folder that REFEREES_BIN names; what is
 * not there is skipped, and the first test says so.
 */
import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { type Registry, startStage } from "../src/index.ts";
import { ask, type Asked, digestOf, OCI_INDEX, OCI_MANIFEST, REPO } from "./registry-scene.ts";

const FOLDER = path.resolve(process.env["REFEREES_BIN"] ?? ".referees/bin");
const REFEREES = ["skopeo", "oras", "crane", "docker-registry"] as const;

/** Every byte as it is, over plain HTTP. */
const OPEN = ["--all", "--preserve-digests", "--src-tls-verify=false", "--dest-tls-verify=false"];

function isHere(name: (typeof REFEREES)[number]): boolean {
  return existsSync(path.join(FOLDER, name));
}

async function run(
  name: (typeof REFEREES)[number],
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { stdout } = await promisify(execFile)(path.join(FOLDER, name), args, {
    env: { PATH: process.env["PATH"], ...env },
  });
  return stdout;
}

async function temporaryFolder() {
  const folder = await mkdtemp(path.join(tmpdir(), "referees-"));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** Two registries: the standard one, and one that keeps its blobs on another origin. */
async function startTwo() {
  const stage = await startStage();
  const [one, other] = [
    stage.registry,
    await stage.addRegistry({ personality: { redirectBlobs: true, referrers: "none" } }),
  ];
  const { name, password } = one.addAccount({ name: "octo" });
  other.addAccount({ name, password });
  const credentials = { username: name, password };
  return {
    stage,
    one,
    other,
    name,
    password,
    login: `${name}:${password}`,
    auths: JSON.stringify({ auths: { [one.host]: credentials, [other.host]: credentials } }),
    [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
  };
}

async function bytesOf(registry: Registry, repository: string, tag: string): Promise<string> {
  return String((await registry.manifest(repository, tag))?.bytes);
}

test("says which referees judge", () => {
  const judging = REFEREES.filter(isHere);
  const missing = REFEREES.filter((name) => !isHere(name));
  process.stdout.write(
    `registry judged by: ${judging.join(", ") || "nobody"}; not here: ${missing.join(", ") || "nobody"}\n`,
  );
  expect([...judging, ...missing].toSorted()).toEqual([...REFEREES].toSorted());
});

test.runIf(isHere("skopeo"))(
  "skopeo copies an index from registry to registry, to a folder and back, digests unchanged",
  { timeout: 20_000 },
  async () => {
    await using two = await startTwo();
    await using temporary = await temporaryFolder();
    const { one, other, login } = two;
    await one.putImage("octo/app", { tag: "v1", platforms: ["linux/amd64", "linux/arm64"] });
    const copy = async (from: string, to: string) =>
      run("skopeo", ["copy", ...OPEN, `--src-creds=${login}`, `--dest-creds=${login}`, from, to]);
    const middle = `docker://${other.host}/octo/copy:v1`;
    await copy(`docker://${one.host}/octo/app:v1`, middle);
    await copy(middle, `dir:${temporary.folder}`);
    await copy(`dir:${temporary.folder}`, `docker://${one.host}/octo/back:v1`);
    const original = await bytesOf(one, "octo/app", "v1");
    expect(await bytesOf(other, "octo/copy", "v1")).toBe(original);
    expect(await bytesOf(one, "octo/back", "v1")).toBe(original);
    const target = ["--tls-verify=false", `--creds=${login}`, `docker://${one.host}/octo/back`];
    expect(JSON.parse(await run("skopeo", ["list-tags", ...target]))).toMatchObject({
      Tags: ["v1"],
    });
    expect(two.stage.violations).toEqual([]);
  },
);

test.runIf(isHere("oras"))(
  "oras attaches by the referrers API, and by the fallback tag where there is none",
  { timeout: 20_000 },
  async () => {
    await using two = await startTwo();
    await using temporary = await temporaryFolder();
    const { one, other, auths } = two;
    const config = path.join(temporary.folder, "config.json");
    await writeFile(config, auths);
    await writeFile(path.join(temporary.folder, "sbom.json"), "{}");
    for (const registry of [one, other]) {
      const { digest } = await registry.putImage("octo/app", { tag: "v1" });
      const target = `${registry.host}/octo/app:v1`;
      const common = ["--plain-http", "--registry-config", config];
      const attach = ["attach", ...common, "--artifact-type", "text/x", target];
      const file = path.join(temporary.folder, "sbom.json");
      await run("oras", [...attach, "--disable-path-validation", file], { HOME: temporary.folder });
      expect(registry.referrers("octo/app", digest)).toHaveLength(1);
      const found = await run("oras", ["discover", ...common, "--format", "json", target], {
        HOME: temporary.folder,
      });
      expect(found).toContain(registry.referrers("octo/app", digest)[0]?.digest);
      const tags = Object.keys(registry.tags("octo/app"));
      const fallback = digest.replace(":", "-");
      expect(tags).toEqual(registry === one ? ["v1"] : ["v1", fallback]);
    }
    expect(two.stage.violations).toEqual([]);
  },
);

test.runIf(isHere("crane"))(
  "crane copies within a registry by mounting, and no blob is sent",
  { timeout: 20_000 },
  async () => {
    await using two = await startTwo();
    await using temporary = await temporaryFolder();
    const { one, auths } = two;
    await writeFile(path.join(temporary.folder, "config.json"), auths);
    const env = { DOCKER_CONFIG: temporary.folder, HOME: temporary.folder };
    const { digest } = await one.putImage("octo/app", { tag: "v1" });
    const target = `${one.host}/octo/promoted:v1`;
    await run("crane", ["copy", "--insecure", `${one.host}/octo/app:v1`, target], env);
    const printed = await run("crane", ["digest", "--insecure", target], env);
    expect(printed.trim()).toBe(digest);
    const told = two.stage.history.filter(({ repository }) => repository === "octo/promoted");
    expect(told.map(({ what }) => what)).toEqual([
      "mount blob",
      "mount blob",
      "store manifest",
      "create tag",
    ]);
    await run("crane", ["delete", "--insecure", target], env);
    expect(one.tags("octo/promoted")).toEqual({});
  },
);

/** Debian's registry on a port of its own, for as long as the test runs. */
async function startDockerRegistry() {
  const temporary = await temporaryFolder();
  const config = path.join(temporary.folder, "config.json");
  const storage = {
    filesystem: { rootdirectory: temporary.folder },
    delete: { enabled: true },
  };
  // Its YAML is JSON as well.
  const settings = { version: 0.1, storage, http: { addr: "127.0.0.1:0" } };
  await writeFile(config, JSON.stringify(settings));
  const child = spawn(path.join(FOLDER, "docker-registry"), ["serve", config], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let log = "";
  // It is read to the end: a log that nobody reads would stop the registry.
  child.stderr.on("data", (chunk: Buffer) => {
    log += chunk.toString("utf8");
    const address = /listening on (?<address>127\.0\.0\.1:\d+)/.exec(log)?.groups?.["address"];
    if (address !== undefined) resolve(`http://${address}`);
  });
  child.once("close", () => {
    reject(new Error(`docker-registry ended: ${log}`));
  });
  const origin = await promise;
  return {
    origin,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await temporary[Symbol.asyncDispose]();
    },
  };
}

function descriptor(content: string, mediaType: string) {
  return { mediaType, digest: digestOf(content), size: content.length };
}

function manifest(extra: object = {}): string {
  const config = descriptor("{}", "application/vnd.oci.image.config.v1+json");
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config,
    layers: [],
    ...extra,
  });
}

function index(child: string): string {
  const manifests = [descriptor(child, OCI_MANIFEST)];
  return JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });
}

/** What a registry does, as lines: a label, the status, the code, and headers that matter. */
async function observe(origin: string): Promise<readonly string[]> {
  const lines: string[] = [];
  const repo = `/v2/${REPO}`;
  const hello = digestOf("hello");

  async function see(label: string, target: string, asked: Asked = {}, header?: string) {
    const got = await ask(origin, target, asked);
    const shown = (header === undefined ? "" : (got.headers.get(header) ?? "none"))
      .replace(origin, "")
      .replace(/uploads\/[0-9a-f-]{36}/, "uploads/<id>")
      .replace(/_state=[\w%=-]+/, "_state=<state>");
    lines.push(`${label}: ${got.status} ${got.json.errors?.[0]?.code ?? ""} ${shown}`.trimEnd());
    return got.headers.get("location") ?? "";
  }
  async function start(): Promise<string> {
    const { headers } = await ask(origin, `${repo}/blobs/uploads/`, { method: "POST" });
    return headers.get("location") ?? "";
  }
  function put(body: string, type: string = OCI_MANIFEST, more: object = {}): Asked {
    return { method: "PUT", body, headers: { "content-type": type, ...more } };
  }
  function closing(location: string, digest: string): string {
    return `${location}&digest=${encodeURIComponent(digest)}`;
  }

  await see("ping", "/v2/", {}, "docker-distribution-api-version");
  await see("tags of nothing", `${repo}/tags/list`);
  await see("blob that is not there", `${repo}/blobs/${hello}`);
  await see("blob of a bad digest", `${repo}/blobs/sha256:abc`);
  await see("manifest that is not there", `${repo}/manifests/v1`);
  const post = { method: "POST" };
  await see("monolithic", `${repo}/blobs/uploads/?digest=${hello}`, { ...post, body: "hello" });
  await see("start", `${repo}/blobs/uploads/`, post, "location");
  const first = await start();
  await see("status of nothing", first, {}, "range");
  const chunk = { "content-range": "0-1", "content-type": "application/octet-stream" };
  const second = await see(
    "chunk",
    first,
    { method: "PATCH", body: "he", headers: chunk },
    "range",
  );
  const [bare = ""] = second.split("?");
  await see("chunk to a rebuilt address", bare, { method: "PATCH", body: "l" });
  await see("status", second, {}, "range");
  const bad = closing(await start(), "sha256:abc");
  await see("close with a bad digest", bad, { method: "PUT", body: "llo" });
  const lie = closing(await start(), hello);
  await see("close with another digest", lie, { method: "PUT", body: "hullo" });
  await see("close without a digest", await start(), { method: "PUT", body: "hello" });
  const whole = { method: "PUT", body: "hello" };
  await see("close", closing(await start(), hello), whole, "location");
  await see("blob", `${repo}/blobs/${hello}`, {}, "docker-content-digest");
  await see("blob's cache", `${repo}/blobs/${hello}`, {}, "cache-control");
  await see("blob's head", `${repo}/blobs/${hello}`, { method: "HEAD" }, "content-length");
  const range = { headers: { range: "bytes=1-2" } };
  await see("range", `${repo}/blobs/${hello}`, range, "content-range");
  const mounts = "/v2/octo/other/blobs/uploads/?mount=";
  await see("mount", `${mounts}${hello}&from=${REPO}`, post, "location");
  await see("mount of nothing", `${mounts}${digestOf("nothing")}&from=${REPO}`, post);
  await see("mount from a bad name", `${mounts}${hello}&from=NO`, post);
  await see("cancel", await start(), { method: "DELETE" });
  await see("manifest without its config", `${repo}/manifests/v1`, put(manifest()));
  await ask(origin, closing(await start(), digestOf("{}")), { method: "PUT", body: "{}" });
  await see("manifest pushed", `${repo}/manifests/v1`, put(manifest()), "location");
  const subject = descriptor("x", OCI_MANIFEST);
  await see("subject", `${repo}/manifests/s`, put(manifest({ subject })), "oci-subject");
  await see("index without its child", `${repo}/manifests/i`, put(index("nothing"), OCI_INDEX));
  await see("index pushed", `${repo}/manifests/i`, put(index(manifest()), OCI_INDEX));
  await see("no JSON", `${repo}/manifests/v1`, put("no"));
  await see("another type", `${repo}/manifests/v1`, put(manifest(), OCI_INDEX));
  await see("no type of a manifest", `${repo}/manifests/v1`, put(manifest(), "application/json"));
  await see("another digest", `${repo}/manifests/${digestOf("x")}`, put(manifest()));
  const sha512 = digestOf(manifest(), "sha512");
  await see("by its sha512", `${repo}/manifests/${sha512}`, put(manifest()));
  for (const accept of ["text/plain", "*/*", OCI_MANIFEST, OCI_INDEX]) {
    for (const tag of ["v1", "i"]) {
      const asked = { headers: { accept } };
      await see(`${tag} as ${accept}`, `${repo}/manifests/${tag}`, asked, "content-type");
    }
  }
  const accept = `${OCI_MANIFEST}, ${OCI_INDEX}`;
  await see("etag", `${repo}/manifests/v1`, { headers: { accept } }, "etag");
  const known = { accept, "if-none-match": `"${digestOf(manifest())}"` };
  await see("known already", `${repo}/manifests/v1`, { headers: known });
  const other = manifest({ annotations: { a: "b" } });
  const isNew = put(other, OCI_MANIFEST, { "if-none-match": "*" });
  await see("conditional push", `${repo}/manifests/v1`, isNew);
  await see("pages of tags", `${repo}/tags/list?n=1`, {}, "link");
  await see("delete a tag", `${repo}/manifests/v1`, { method: "DELETE" });
  await see("delete nothing", `${repo}/manifests/${digestOf("x")}`, { method: "DELETE" });
  await see("delete a manifest", `${repo}/manifests/${digestOf(other)}`, { method: "DELETE" });
  const { json } = await ask(origin, `${repo}/tags/list`);
  lines.push(`tags left: ${json.tags.join(" ")}`);
  await see("delete a blob", `${repo}/blobs/${hello}`, { method: "DELETE" });
  await see("blob after", `${repo}/blobs/${hello}`);
  await see("delete it again", `${repo}/blobs/${hello}`, { method: "DELETE" });
  return lines;
}

test.runIf(isHere("docker-registry"))(
  'Debian\'s docker-registry does what the personality "docker-registry-2.8" does, line by line',
  { timeout: 20_000 },
  async () => {
    await using real = await startDockerRegistry();
    await using stage = await startStage();
    const ours = await stage.addRegistry({ personality: "docker-registry-2.8" });
    expect(await observe(ours.origin)).toEqual(await observe(real.origin));
  },
);
