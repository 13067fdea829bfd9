/** The life of one exchange, the same for every service: log, check, hit by faults, apply, check. */
import { ByteCount, type ByteStream, meter, UploadCut } from "./body-streams.ts";
import type { ExchangeLog } from "./exchanges.ts";
import { deliverFault } from "./fault-answers.ts";
import type { AnswerFault, DueFaults, FaultPlan, HookMoment } from "./faults.ts";
import type { History } from "./history.ts";
import {
  type Answer,
  type Delivery,
  type HttpServer,
  type ReceivedRequest,
  type RequestHead,
  startHttpServer,
  type StreamedAnswer,
} from "./http-server.ts";
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
  /** Which bodies `answer` reads itself, as a stream; unless told the stage reads them before. */
  streamsBody?(head: RequestHead): boolean;
  understand(request: ReceivedRequest): UnderstoodRequest;
  /** Applies the request. `staleBy`: read the refs as they were so many changes ago. */
  answer(n: number, request: ReceivedRequest, staleBy: number): Promise<Answer | StreamedAnswer>;
  /** Where an answer leaves the service's description. One that is a stream comes without body. */
  violationsOf(request: UnderstoodRequest, answer: Answer): readonly string[];
  requestId(n: number): string;
}

async function runHooks(due: DueFaults, moment: HookMoment): Promise<"drop" | undefined> {
  for (const hook of due.hooks.filter((candidate) => candidate.phase === moment.phase)) {
    if ((await hook.params.run(moment)) === "drop") return "drop";
  }
  return undefined;
}

/** A `stale` fault has its true answer, only of an earlier world; a `duplicate` one has two. */
function isKeptFromApplying(fault: AnswerFault | undefined): boolean {
  return fault?.phase === "before" && fault.kind !== "stale" && fault.kind !== "duplicate";
}

interface UploadEnd {
  readonly bytes: number;
  readonly then: "reset" | "stall";
}

/** Where a fault ends the upload of the request, for one that does. */
function uploadEndOf(fault: AnswerFault | undefined): UploadEnd | undefined {
  if (fault?.kind !== "reset" && fault?.kind !== "stall") return undefined;
  const bytes = fault.params?.receivedBytes;
  return bytes === undefined || fault.phase !== "during" ? undefined : { bytes, then: fault.kind };
}

/** A request's body on its way to the service: counted, and ended where a fault ends it. */
class Upload {
  readonly #source: ByteStream;
  readonly #end: UploadEnd | undefined;
  readonly count = new ByteCount();
  /** Whether the client went away before the end. */
  isBroken = false;

  constructor(source: ByteStream, end: UploadEnd | undefined) {
    this.#source = source;
    this.#end = end;
  }

  async *stream(): AsyncGenerator<Buffer> {
    const end = this.#end?.bytes;
    if (end === 0) throw new UploadCut(0);
    const source = this.#source[Symbol.asyncIterator]();
    try {
      for (
        let next = await this.#pull(source);
        next !== undefined;
        next = await this.#pull(source)
      ) {
        yield this.count.add(next.subarray(0, (end ?? Infinity) - this.count.bytes));
        if (end !== undefined && this.count.bytes >= end) throw new UploadCut(end);
      }
    } finally {
      await source.return?.();
    }
    if (end !== undefined) {
      throw new Error(`the upload was to be cut after ${end} bytes and had ${this.count.bytes}`);
    }
  }

  /** Tells an error of the connection from one that the reader of the stream throws. */
  async #pull(source: AsyncIterator<Buffer>): Promise<Buffer | undefined> {
    try {
      const next = await source.next();
      return next.done === true ? undefined : next.value;
    } catch (error) {
      this.isBroken = true;
      throw error;
    }
  }
}

/** The delivery with what it sends of a body written down, a stream's at its end. */
function logSent(world: World, n: number, delivery: Delivery): Delivery {
  if (!("answer" in delivery) || delivery.how === "cut-head") return delivery;
  const { answer } = delivery;
  const { body } = answer;
  if (Buffer.isBuffer(body)) {
    const count = new ByteCount();
    count.add(delivery.how === "cut" ? body.subarray(0, delivery.bytes) : body);
    world.exchanges.sent(n, count.passed);
    return delivery;
  }
  const stream = meter(body.stream, (passed) => {
    world.exchanges.sent(n, passed);
  });
  return { ...delivery, answer: { ...answer, body: { ...body, stream } } };
}

function statusOf(delivery: Delivery): { status?: number } {
  if (delivery.how === "huge") return { status: 200 };
  if (delivery.how === "cut-head") return {};
  return "answer" in delivery ? { status: delivery.answer.status } : {};
}

/** What the service answers; undefined when the client was gone before it had sent everything. */
async function apply(
  service: Service,
  request: ReceivedRequest,
  upload: Upload,
  staleBy: number,
  n: number,
): Promise<Answer | StreamedAnswer | undefined> {
  try {
    return await service.answer(n, { ...request, stream: upload.stream() }, staleBy);
  } catch (error) {
    if (upload.isBroken || error instanceof UploadCut) return undefined;
    throw error;
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
  const uploadEnd = uploadEndOf(due.answer);
  let answer: Answer | StreamedAnswer | undefined;
  // A body that was read before is not given to the service, which would not see where it ends.
  if (!isKeptFromApplying(due.answer) && !(uploadEnd !== undefined && request.body !== undefined)) {
    const staleBy = due.answer?.kind === "stale" ? (due.answer.params?.mutations ?? 1) : 0;
    if (due.answer?.kind === "duplicate") {
      if (request.body === undefined) throw new Error("a body that streams cannot come twice");
      await service.answer(n, request, staleBy);
    }
    const upload = new Upload(request.stream, uploadEnd);
    answer = await apply(service, request, upload, staleBy, n);
    if (request.body === undefined) world.exchanges.received(n, upload.count.passed);
    if (uploadEnd === undefined && answer === undefined) return { how: "reset" };
    if (answer !== undefined) {
      const body = Buffer.isBuffer(answer.body) ? answer.body : Buffer.alloc(0);
      for (const violation of service.violationsOf(understood, { ...answer, body })) {
        world.violations.add(violation);
      }
    }
  }
  if ((await runHooks(due, { n, phase: "after", operation, who })) === "drop") {
    return { how: "reset" };
  }
  if (uploadEnd !== undefined) return { how: uploadEnd.then };
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
  if (request.body !== undefined) {
    const count = new ByteCount();
    count.add(request.body);
    world.exchanges.received(n, count.passed);
  }
  const due = world.faults.take({ service: service.name, method: request.method, path, operation });
  const delivery = await decide(world, service, request, understood, due, n);
  const fault = due.answer?.kind ?? (due.hooks.length > 0 ? "hook" : undefined);
  world.exchanges.close(n, { ...statusOf(delivery), fault });
  return logSent(world, n, delivery);
}

/** Takes one request through. A defect of the stage, or of a hook, shows as 500 and a violation. */
async function serveExchange(
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

/** Starts a service on an origin of its own. */
export async function startService(world: World, service: Service): Promise<HttpServer> {
  return startHttpServer(
    (request) => serveExchange(world, service, request),
    (head) => service.streamsBody?.(head) ?? false,
  );
}
