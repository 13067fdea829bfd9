/**
 * The local world in one process: its services on loopback, what they share, and how a test learns
 * that something was not as it should be.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Exchange, ExchangeLog, mutatingExchanges } from "./exchanges.ts";
import { type Fault, FaultPlan, type PlannedFault } from "./faults.ts";
import { GithubHost, type GithubHostOptions } from "./github/host.ts";
import { type Effect, History } from "./history.ts";
import { type HttpServer, startHttpServer } from "./http-server.ts";
import { type Service, serveExchange, type World } from "./serve.ts";
import { Violations } from "./violations.ts";

export interface StageOptions {
  readonly faults?: readonly Fault[];
}

export class Stage implements AsyncDisposable {
  /** The default host, github.com to the code under test. */
  readonly github: GithubHost;
  readonly #world: World;
  readonly #directory: string;
  readonly #servers: HttpServer[];
  #hosts = 1;
  #isStopped = false;

  private constructor(
    world: World,
    directory: string,
    github: GithubHost,
    servers: readonly HttpServer[],
  ) {
    this.#world = world;
    this.#directory = directory;
    this.github = github;
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
    const [github, servers] = await openHost(world, directory, "github", {});
    return new Stage(world, directory, github, servers);
  }

  /** A further GitHub, with tokens and repositories of its own. */
  async addGithubHost(options: GithubHostOptions = {}): Promise<GithubHost> {
    this.#hosts += 1;
    const name = `${options.ghes === true ? "ghes" : "github"}-${this.#hosts}`;
    const [host, servers] = await openHost(this.#world, this.#directory, name, options);
    this.#servers.push(...servers);
    return host;
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

/** Assets and artifacts are held in memory while they arrive. */
const MAX_CONTENT_BYTES = 512 * 1024 * 1024;

async function openHost(
  world: World,
  directory: string,
  name: string,
  options: GithubHostOptions,
): Promise<[GithubHost, readonly HttpServer[]]> {
  const host = new GithubHost({ ...options, name, world, directory: join(directory, name) });
  const serve = async (service: Service, maxBodyBytes?: number): Promise<HttpServer> =>
    startHttpServer(
      (request) => serveExchange(world, service, request),
      maxBodyBytes === undefined ? {} : { maxBodyBytes },
    );
  const server = await serve(host);
  const uploads = await serve(host.uploads, MAX_CONTENT_BYTES);
  const results = await serve(host.results, MAX_CONTENT_BYTES);
  host.openAt(server.origin, uploads.origin);
  host.results.openAt(results.origin);
  return [host, [server, uploads, results]];
}

/** Starts a stage with one GitHub host. Dispose of it with `await using`. */
export async function startStage(options: StageOptions = {}): Promise<Stage> {
  return Stage.start(options);
}
