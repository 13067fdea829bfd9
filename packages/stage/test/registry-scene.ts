/** A registry, somebody who may do everything in it, and requests as they are. */
import { createHash } from "node:crypto";
import type {
  RegistryAccount,
  Descriptor,
  Fault,
  PersonalityChoice,
  Registry,
  Stage,
} from "../src/index.ts";
import { startStage } from "../src/index.ts";

export const REPO = "octo/telemetry";
export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";

export interface RegistryScene extends AsyncDisposable {
  readonly stage: Stage;
  readonly registry: Registry;
  readonly account: RegistryAccount;
  readonly client: Client;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** What a test looks at of an answer. */
export interface Got {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  /** Undefined fields and all, where the answer was something else. */
  readonly json: Document;
}

interface Listed extends Descriptor {
  readonly platform: { readonly architecture: string };
}

/** Everything a registry says in JSON, in one. */
interface Document {
  readonly errors?: readonly { readonly code: string; readonly message: string }[];
  readonly name: string;
  readonly tags: readonly string[];
  readonly manifests: readonly Listed[];
  readonly layers: readonly Descriptor[];
  readonly token: string;
  readonly access_token: string;
}

export function digestOf(bytes: Buffer | string, algorithm = "sha256"): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;
}

export function basic({ name, password }: Pick<RegistryAccount, "name" | "password">): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
}

/** The first error's code. */
export function codeOf({ json }: Got): string | undefined {
  return json.errors?.[0]?.code;
}

/** A plain request; redirects are not followed, and nothing is tried again. */
export async function ask(origin: string, target: string, asked: Asked = {}): Promise<Got> {
  const { method = "GET", headers = {}, body } = asked;
  const response = await fetch(new URL(target, origin), {
    method,
    redirect: "manual",
    headers,
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : new Uint8Array(body) }),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  const isJson = (response.headers.get("content-type") ?? "").includes("json");
  const json = JSON.parse(isJson && bytes.length > 0 ? bytes.toString("utf8") : "{}") as Document;
  return { status: response.status, headers: response.headers, bytes, json };
}

/** Asks with what the registry wants to see of the account, and uploads as the specification says. */
export class Client {
  readonly #registry: Registry;
  readonly #authorization: Readonly<Record<string, string>>;

  constructor(registry: Registry, authorization?: string) {
    this.#registry = registry;
    this.#authorization = authorization === undefined ? {} : { authorization };
  }

  async ask(target: string, asked: Asked = {}): Promise<Got> {
    const headers = { ...this.#authorization, ...asked.headers };
    return ask(this.#registry.origin, target, { ...asked, headers });
  }

  async upload(bytes: Buffer | string, repo = REPO): Promise<Got> {
    const digest = encodeURIComponent(digestOf(bytes));
    return this.ask(`/v2/${encodeURI(repo)}/blobs/uploads/?digest=${digest}`, {
      method: "POST",
      body: bytes,
    });
  }

  /** Starts an upload and gives its Location. */
  async start(repo = REPO): Promise<string> {
    const { headers } = await this.ask(`/v2/${encodeURI(repo)}/blobs/uploads/`, { method: "POST" });
    return headers.get("location") ?? "";
  }

  async patch(location: string, body: string, range?: string): Promise<Got> {
    const headers = range === undefined ? {} : { "content-range": range };
    return this.ask(location, { method: "PATCH", body, headers });
  }

  async close(location: string, digest: string, body?: string): Promise<Got> {
    const url = new URL(location, this.#registry.origin);
    url.searchParams.set("digest", digest);
    return this.ask(url.href, { method: "PUT", ...(body === undefined ? {} : { body }) });
  }

  async push(
    reference: string,
    manifest: object | string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Got> {
    const body = typeof manifest === "string" ? manifest : JSON.stringify(manifest);
    const mediaType = String(Reflect.get(Object(JSON.parse(body)), "mediaType") ?? OCI_MANIFEST);
    return this.ask(`/v2/${REPO}/manifests/${encodeURI(reference)}`, {
      method: "PUT",
      body,
      headers: { "content-type": mediaType, ...headers },
    });
  }

  async manifest(reference: string, asked: Asked = {}): Promise<Got> {
    return this.ask(`/v2/${REPO}/manifests/${encodeURI(reference)}`, asked);
  }
}

/** A bearer token of the account for the scopes, as a client gets one; anonymous without. */
export async function tokenFor(
  registry: Registry,
  scopes: readonly string[],
  account?: Pick<RegistryAccount, "name" | "password">,
): Promise<string> {
  const query = new URLSearchParams({ service: registry.host });
  for (const scope of scopes) query.append("scope", scope);
  const headers = account === undefined ? {} : { authorization: basic(account) };
  const { json } = await ask(registry.origin, `/token?${query.toString()}`, { headers });
  return `Bearer ${json.token}`;
}

/** Without authentication unless the personality says so: most tests are about something else. */
export async function startRegistry(
  personality: Exclude<PersonalityChoice, string> = {},
  ...faults: readonly Fault[]
): Promise<RegistryScene> {
  const stage = await startStage();
  const registry = await stage.addRegistry({ personality: { auth: "none", ...personality } });
  for (const fault of faults) stage.addFault(fault);
  const account = registry.addAccount({ name: "octo" });
  return {
    stage,
    registry,
    account,
    client: new Client(
      registry,
      registry.personality.auth === "basic" ? basic(account) : undefined,
    ),
    [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
  };
}
