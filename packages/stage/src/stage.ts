/**
 * The local world in one process: its services on loopback, what they share, and how a test learns
 * that something was not as it should be.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BucketHost } from "./bucket/host.ts";
import { type Exchange, ExchangeLog, mutatingExchanges } from "./exchanges.ts";
import { type Fault, FaultPlan, type PlannedFault } from "./faults.ts";
import { GithubHost, type GithubHostOptions } from "./github/host.ts";
import type { Repository } from "./github/repository.ts";
import { type Effect, History } from "./history.ts";
import type { HttpServer } from "./http-server.ts";
import { OidcIssuer } from "./oidc/issuer.ts";
import { Registry, type RegistryOptions } from "./registry/registry.ts";
import { startService, type World } from "./serve.ts";
import { Clock } from "./sigstore/clock.ts";
import { TrustDomain, type TrustDomainOptions } from "./sigstore/trust-domain.ts";
import { Violations } from "./violations.ts";
import { type EngineOptions, WorkflowEngine } from "./workflow-engine.ts";

export interface StageOptions {
  readonly faults?: readonly Fault[];
}

/** What every stage has one of; the first of each is the one that defaults point at. */
interface Services {
  readonly github: GithubHost;
  readonly registry: Registry;
  readonly storage: BucketHost;
  readonly oidc: OidcIssuer;
  readonly sigstore: TrustDomain;
}

export class Stage implements AsyncDisposable {
  /** The default host, github.com to the code under test. */
  readonly github: GithubHost;
  /** The default registry: distribution-spec 1.1 with everything on. */
  readonly registry: Registry;
  /** Google Cloud Storage. */
  readonly storage: BucketHost;
  /** Issues the ID tokens of jobs. */
  readonly oidc: OidcIssuer;
  /** The default trust domain, the public good instance to the code under test. */
  readonly sigstore: TrustDomain;
  readonly #world: World;
  readonly #directory: string;
  readonly #servers: HttpServer[];
  readonly #engines: WorkflowEngine[] = [];
  #hosts = 1;
  #registries = 1;
  #bucketHosts = 1;
  #isStopped = false;

  private constructor(
    world: World,
    directory: string,
    services: Services,
    servers: readonly HttpServer[],
  ) {
    this.#world = world;
    this.#directory = directory;
    this.github = services.github;
    this.registry = services.registry;
    this.storage = services.storage;
    this.oidc = services.oidc;
    this.sigstore = services.sigstore;
    this.#servers = [...servers];
  }

  static async start(options: StageOptions): Promise<Stage> {
    const world = {
      history: new History(),
      exchanges: new ExchangeLog(),
      faults: new FaultPlan(),
      violations: new Violations(),
    };
    for (const fault of options.faults ?? []) world.faults.add(fault);
    const directory = await mkdtemp(join(tmpdir(), "stage-"));
    const clock = new Clock();
    const [
      [github, githubServers],
      [registry, registryServers],
      [storage, storageServer],
      [oidc, oidcServer],
    ] = await Promise.all([
      openHost(world, directory, "github", {}),
      openRegistry(world, directory, "registry", {}),
      openBucketHost(world, directory, "storage"),
      openOidcIssuer(world, clock),
    ]);
    const { domain, servers } = await TrustDomain.open({
      prefix: "",
      world,
      clock,
      issuers: [oidc],
    });
    return new Stage(world, directory, { github, registry, storage, oidc, sigstore: domain }, [
      ...githubServers,
      ...registryServers,
      storageServer,
      oidcServer,
      ...servers,
    ]);
  }

  /** A further GitHub, with tokens and repositories of its own. */
  async addGithubHost(options: GithubHostOptions = {}): Promise<GithubHost> {
    this.#hosts += 1;
    const name = `${options.ghes === true ? "ghes" : "github"}-${this.#hosts}`;
    const [host, servers] = await openHost(this.#world, this.#directory, name, options);
    this.#servers.push(...servers);
    return host;
  }

  /**
   * A further, independent Sigstore: it knows the same issuer and has keys, logs and a clock of its
   * own.
   */
  async createTrustDomain({ name, ...options }: TrustDomainOptions): Promise<TrustDomain> {
    const { domain, servers } = await TrustDomain.open({
      ...options,
      prefix: `${name}-`,
      world: this.#world,
      clock: new Clock(),
      issuers: [this.oidc],
    });
    this.#servers.push(...servers);
    return domain;
  }

  /** A further Google Cloud Storage, with buckets and tokens of its own. */
  async addBucketHost(): Promise<BucketHost> {
    this.#bucketHosts += 1;
    const name = `storage-${this.#bucketHosts}`;
    const [host, server] = await openBucketHost(this.#world, this.#directory, name);
    this.#servers.push(server);
    return host;
  }

  /** A further registry, with accounts, content and a personality of its own. */
  async addRegistry(options: RegistryOptions = {}): Promise<Registry> {
    this.#registries += 1;
    const name = `registry-${this.#registries}`;
    const [registry, servers] = await openRegistry(this.#world, this.#directory, name, options);
    this.#servers.push(...servers);
    return registry;
  }

  /**
   * From now on, what is dispatched in the repository is executed. Disposing of the stage ends what
   * still runs.
   */
  runWorkflows(
    host: GithubHost,
    repository: Repository,
    options: EngineOptions = {},
  ): WorkflowEngine {
    const engine = new WorkflowEngine(host, this.oidc, repository, options);
    this.#engines.push(engine);
    return engine;
  }

  /** Every change so far, in order. */
  get history(): readonly Effect[] {
    return this.#world.history.effects;
  }

  /** Every request so far, in order of arrival. */
  get exchanges(): readonly Exchange[] {
    return this.#world.exchanges.all;
  }

  get mutatingExchanges(): readonly Exchange[] {
    return mutatingExchanges(this.exchanges);
  }

  /** Plans a fault; requests that came before are not counted. */
  addFault(fault: Fault): PlannedFault {
    return this.#world.faults.add(fault);
  }

  /** @throws Error naming every planned fault that no request met */
  assertFaultsMet(): void {
    failWith("faults were planned and not met", this.#world.faults.complaints());
  }

  get violations(): readonly string[] {
    return this.#world.violations.found;
  }

  /** Declares a violation as intended: the text must contain, or match, the pattern. */
  allowViolation(pattern: string | RegExp): void {
    this.#world.violations.allow(pattern);
  }

  /** @throws Error naming every violation of GitHub's description that was not declared */
  assertNoViolations(): void {
    failWith("GitHub's description was violated", this.#world.violations.complaints());
  }

  /**
   * Stops everything, then throws for unmet faults and violations. Where the test was failing
   * already, JavaScript keeps both errors in one SuppressedError.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    await Promise.all(this.#engines.map((engine) => engine.stop()));
    await Promise.all(this.#servers.map((server) => server[Symbol.asyncDispose]()));
    await rm(this.#directory, { recursive: true, force: true });
    failWith("the stage has complaints", [
      ...this.#world.faults.complaints(),
      ...this.#world.violations.complaints(),
    ]);
  }
}

function failWith(title: string, complaints: readonly string[]): void {
  if (complaints.length > 0) throw new Error([`${title}:`, ...complaints].join("\n  "));
}

async function openHost(
  world: World,
  directory: string,
  name: string,
  options: GithubHostOptions,
): Promise<[GithubHost, readonly HttpServer[]]> {
  const host = new GithubHost({ ...options, name, world, directory: join(directory, name) });
  const [server, uploads, results] = await Promise.all([
    startService(world, host),
    startService(world, host.uploads),
    startService(world, host.results),
  ]);
  host.openAt(server.origin, uploads.origin);
  host.results.openAt(results.origin);
  return [host, [server, uploads, results]];
}

async function openBucketHost(
  world: World,
  directory: string,
  name: string,
): Promise<[BucketHost, HttpServer]> {
  const host = new BucketHost({ name, world, directory: join(directory, name) });
  const server = await startService(world, host);
  host.openAt(server.origin);
  return [host, server];
}

async function openOidcIssuer(world: World, clock: Clock): Promise<[OidcIssuer, HttpServer]> {
  const oidc = new OidcIssuer({ name: "oidc", world, clock });
  const server = await startService(world, oidc.service);
  oidc.openAt(server.origin);
  return [oidc, server];
}

async function openRegistry(
  world: World,
  directory: string,
  name: string,
  options: RegistryOptions,
): Promise<[Registry, readonly HttpServer[]]> {
  const registry = new Registry({ ...options, name, world, directory: join(directory, name) });
  const server = await startService(world, registry);
  registry.openAt(server.origin);
  if (!registry.personality.redirectBlobs) return [registry, [server]];
  const storage = await startService(world, registry.storage);
  registry.storage.openAt(storage.origin);
  return [registry, [server, storage]];
}

/** Starts a stage with one GitHub host. Dispose of it with `await using`. */
export async function startStage(options: StageOptions = {}): Promise<Stage> {
  return Stage.start(options);
}
