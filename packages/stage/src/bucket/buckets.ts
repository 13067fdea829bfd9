/** The operations on buckets ("Buckets"). */
import { requiredParameter } from "./errors.ts";
import { type Call, type Reply, termsOf } from "./operation.ts";
import { assertPreconditions, parseNumber, parsePreconditions } from "./preconditions.ts";
import { authorize } from "./tokens.ts";

export function getBucket({ bucket, caller, request }: Call): Reply {
  authorize(caller, bucket, "storage.buckets.get");
  assertPreconditions(parsePreconditions(request.query), bucket.state);
  return { status: 200, body: bucket.resource() };
}

export function patchBucket(call: Call): Reply {
  const { bucket, caller, body } = call;
  authorize(caller, bucket, "storage.buckets.update");
  bucket.patchSettings(body, termsOf(call, bucket));
  return { status: 200, body: bucket.resource() };
}

export function lockRetentionPolicy({ bucket, caller, request }: Call): Reply {
  authorize(caller, bucket, "storage.buckets.update");
  const wanted = parseNumber(request.query, "ifMetagenerationMatch");
  if (wanted === undefined) throw requiredParameter("ifMetagenerationMatch");
  bucket.lockRetentionPolicy(caller.identity, wanted);
  return { status: 200, body: bucket.resource() };
}
