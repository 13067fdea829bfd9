/** What a run is given from outside: the services around it, each replaceable in a test. */
import type { GithubHost } from "../github/host.ts";
import type { ArtifactStore } from "./artifacts.ts";
import type { ConcurrencyGroups } from "./concurrency-groups.ts";
import type { GitSettings } from "./egress.ts";
import type { JobInfo, RunInfo, RunObserver } from "./observer.ts";
import type { Patience } from "./processes.ts";

/** What a protected environment makes of a job that wants in. */
export type GateVerdict = "approved" | "rejected";

export interface GateRequest {
  readonly run: RunInfo;
  readonly job: JobInfo;
  readonly environment: string;
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal;
}

export interface RunServices {
  readonly observer?: RunObserver;
  /** Without one, a workflow that uploads or downloads artifacts is refused. */
  readonly artifacts?: ArtifactStore;
  /** How git reaches the stage; straight from the bare repositories, for reading only, unless told. */
  readonly git?: (host: GithubHost) => GitSettings;
  /** The job's OIDC endpoint. Asked only for jobs with `id-token: write`. */
  readonly grantIdToken?: (
    job: JobInfo,
    run: RunInfo,
  ) => { readonly url: string; readonly token: string };
  /** What `@actions/artifact` and its like talk to. */
  readonly grantRuntime?: (
    job: JobInfo,
    run: RunInfo,
  ) => { readonly resultsUrl: string; readonly token: string };
  /** Asked for every job with an environment; all are let in unless told. */
  readonly gate?: (request: GateRequest) => Promise<GateVerdict>;
  /** The check run of a job; a number that counts up unless told. */
  readonly checkRunId?: (run: RunInfo, key: string, name: string) => number;
  /** Shared by all runs that may meet; the run's own unless told. */
  readonly groups?: ConcurrencyGroups;
  /** Where the run makes the folder that it removes at its end; the system's own unless told. */
  readonly temporaryFolder?: string;
  /** Jobs at once; the number of cores unless told. */
  readonly maxJobs?: number;
  readonly patience?: Patience;
  /** How long "a minute" of a timeout is, for tests of timeouts. */
  readonly minuteMs?: number;
  /** The Node 24 that runs actions; the one running this unless told. */
  readonly node?: string;
}
