/** The life of one exchange, the same for every service: log, check, hit by faults, apply, check. */
import type { ExchangeLog } from "./exchanges.ts";
import { deliverFault } from "./fault-answers.ts";
import type { AnswerFault, DueFaults, FaultPlan, HookMoment } from "./faults.ts";
import type { History } from "./history.ts";
import type { Answer, Delivery, ReceivedRequest } from "./http-server.ts";
import type { Violations } from "./violations.ts";

/** What all services of one stage share. */
export interface World {
  readonly history: History;
  readonly exchanges: ExchangeLog;
  readonly faults: FaultPlan;
  readonly violations: Violations;
}

/** A request a service has understood, so far as it can be. */
export interface UnderstoodRequest {
  readonly path: string;
  readonly operation: string | undefined;
  readonly operationId: string | undefined;
  readonly who: string;
  readonly body: unknown;
  /** Where the request leaves the service's description. */
  readonly violations: readonly string[];
}

export interface Service {
  readonly name: string;
  understand(request: ReceivedRequest): UnderstoodRequest;
  /** Applies the request. `staleBy`: read the refs as they were so many changes ago. */
  answer(n: number, request: ReceivedRequest, staleBy: number): Promise<Answer>;
  /** Where an answer leaves the service's description. */
  violationsOf(request: UnderstoodRequest, answer: Answer): readonly string[];
  requestId(n: number): string;
}

async function runHooks(due: DueFaults, moment: HookMoment): Promise<"drop" | undefined> {
  for (const hook of due.hooks.filter((candidate) => candidate.phase === moment.phase)) {
    if ((await hook.params.run(moment)) === "drop") return "drop";
  }
  return undefined;
}

/** A `stale` fault has its true answer, only of an earlier world. */
function isKeptFromApplying(fault: AnswerFault | undefined): boolean {
  return fault?.phase === "before" && fault.kind !== "stale";
}

function sentAnswer(delivery: Delivery): { status?: number; body?: Buffer } {
  switch (delivery.how) {
    case "whole":
      return { status: delivery.answer.status, body: delivery.answer.body };
    case "cut":
      return {
        status: delivery.answer.status,
        body: delivery.answer.body.subarray(0, delivery.bytes),
      };
    case "huge":
      return { status: 200 };
    case "reset":
    case "stall":
      return {};
  }
}

async function decide(
  world: World,
  service: Service,
  request: ReceivedRequest,
  understood: UnderstoodRequest,
  due: DueFaults,
  n: number,
): Promise<Delivery> {
  const { operation, who } = understood;
  if ((await runHooks(due, { n, phase: "before", operation, who })) === "drop") {
    return { how: "reset" };
  }
  let answer: Answer | undefined;
  if (!isKeptFromApplying(due.answer)) {
    const staleBy = due.answer?.kind === "stale" ? (due.answer.params?.mutations ?? 1) : 0;
    answer = await service.answer(n, request, staleBy);
    for (const violation of service.violationsOf(understood, answer)) {
      world.violations.add(violation);
    }
  }
  if ((await runHooks(due, { n, phase: "after", operation, who })) === "drop") {
    return { how: "reset" };
  }
  if (due.answer !== undefined) {
    return deliverFault(due.answer, answer, { who, requestId: service.requestId(n) });
  }
  if (answer === undefined) throw new Error("no answer was made and no fault took its place");
  return { how: "whole", answer };
}

async function exchange(
  world: World,
  service: Service,
  request: ReceivedRequest,
): Promise<Delivery> {
  const understood = service.understand(request);
  const { path, operation } = understood;
  const n = world.exchanges.open({
    service: service.name,
    method: request.method,
    path,
    // The signature of an address is as good as a token, and those are kept nowhere.
    query: Object.fromEntries([...request.query].filter(([name]) => name !== "sig")),
    operation,
    operationId: understood.operationId,
    who: understood.who,
    requestBody: understood.body,
  });
  for (const violation of understood.violations) world.violations.add(violation);
  const due = world.faults.take({ service: service.name, method: request.method, path, operation });
  const delivery = await decide(world, service, request, understood, due, n);
  const fault = due.answer?.kind ?? (due.hooks.length > 0 ? "hook" : undefined);
  world.exchanges.close(n, { ...sentAnswer(delivery), fault });
  return delivery;
}

/** Takes one request through. A defect of the stage, or of a hook, shows as 500 and a violation. */
export async function serveExchange(
  world: World,
  service: Service,
  request: ReceivedRequest,
): Promise<Delivery> {
  try {
    return await exchange(world, service, request);
  } catch (error) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    world.violations.add(`${request.method} ${request.rawPath}: the stage failed: ${reason}`);
    const body = Buffer.from(JSON.stringify({ message: "Server Error", status: "500" }));
    return { how: "whole", answer: { status: 500, headers: {}, body } };
  }
}
