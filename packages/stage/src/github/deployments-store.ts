/** Deployments of one repository and what was said of them. */
import type { Clock } from "../clock.ts";
import type { Actor } from "./actors.ts";

export interface NewDeployment {
  readonly ref: string;
  readonly sha: string;
  readonly environment: string;
  readonly creator: Actor;
  readonly task?: string;
  readonly description?: string | null;
}

export interface Deployment extends Required<NewDeployment> {
  readonly id: number;
  readonly createdAt: Date;
}

export interface DeploymentStatus {
  readonly id: number;
  readonly deploymentId: number;
  readonly state: string;
  readonly creator: Actor;
  readonly description: string;
  readonly logUrl: string;
  readonly createdAt: Date;
}

export class DeploymentsStore {
  readonly #firstId: number;
  readonly #clock: Clock;
  readonly #deployments: Deployment[] = [];
  readonly #statuses: DeploymentStatus[] = [];

  constructor(repositoryId: number, clock: Clock) {
    this.#firstId = repositoryId * 1_000_000;
    this.#clock = clock;
  }

  /** Newest first. */
  get all(): readonly Deployment[] {
    return this.#deployments.toReversed();
  }

  deployment(id: number): Deployment | undefined {
    return this.#deployments.find((deployment) => deployment.id === id);
  }

  create(options: NewDeployment): Deployment {
    const deployment = {
      id: this.#firstId + this.#deployments.length + 1,
      task: "deploy",
      description: null,
      ...options,
      createdAt: this.#clock.now(),
    };
    this.#deployments.push(deployment);
    return deployment;
  }

  /** Newest first. */
  statusesOf(deploymentId: number): readonly DeploymentStatus[] {
    return this.#statuses.filter((s) => s.deploymentId === deploymentId).toReversed();
  }

  addStatus(status: Omit<DeploymentStatus, "createdAt" | "id">): DeploymentStatus {
    const id = this.#firstId + this.#statuses.length + 1;
    const added = { id, ...status, createdAt: this.#clock.now() };
    this.#statuses.push(added);
    return added;
  }
}
