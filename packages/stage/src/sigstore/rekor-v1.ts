/**
 * Rekor v1 over a transparency log: paths, statuses and sentences of github.com/sigstore/rekor 1.5
 * (`openapi.yaml`, `pkg/api`). One shard, so that a virtual index is an index.
 */
import { createPublicKey } from "node:crypto";
import type { Service, World } from "../serve.ts";
import { canonicalJson } from "./canonical-json.ts";
import { signWith } from "./checkpoint.ts";
import { acceptEntry } from "./rekor-v1-entries.ts";
import { type Call, type Reply, RoutedService } from "./routed-service.ts";
import { repositoryOfCertificate } from "./signer-identity.ts";
import type { LogEntry, TransparencyLog } from "./transparency-log.ts";
import { InvalidInput, parseJson, readList, readRecord, readText } from "./untrusted.ts";
import { canonicalPem, readPemVerifier, sha256 } from "./verifier.ts";

/** `maxSearchQueries` of Rekor. */
const MAX_QUERIES = 10;

const BASE = "/api/v1/log/entries";

export interface RekorV1Settings {
  readonly log: TransparencyLog;
  /** Decimal, below 2^63. */
  readonly treeId: string;
  readonly world: World;
}

function refuse(message: string, code = 400): Reply {
  return { status: code, body: { code, message } };
}

/** A number of a query or body. @throws InvalidInput unless it is one that counts entries */
function readCount(value: unknown, what: string): number {
  const number = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
  if (typeof number !== "number" || !Number.isSafeInteger(number) || number < 0) {
    throw new InvalidInput(`${what} in query is required and must be of type int64`);
  }
  return number;
}

export function rekorV1(settings: RekorV1Settings): Service {
  const { log, treeId, world } = settings;
  const logId = log.key.logId.toString("hex");
  const treeHex = BigInt(treeId).toString(16).padStart(16, "0");

  function entryId(entry: LogEntry): string {
    return treeHex + entry.leafHash.toString("hex");
  }

  /** The inclusion promise: signed over what a verifier puts together again from a bundle. */
  function promiseOf(entry: LogEntry): string {
    const promised = canonicalJson({
      body: entry.body.toString("base64"),
      integratedTime: entry.integratedTime,
      logID: logId,
      logIndex: entry.index,
    });
    return signWith(log.key, promised).toString("base64");
  }

  function present(entry: LogEntry): Readonly<Record<string, unknown>> {
    const proof = log.inclusionProof(entry.index);
    return {
      [entryId(entry)]: {
        body: entry.body.toString("base64"),
        integratedTime: entry.integratedTime,
        logID: logId,
        logIndex: entry.index,
        verification: {
          inclusionProof: {
            checkpoint: proof.checkpoint,
            hashes: proof.hashes.map((hash) => hash.toString("hex")),
            logIndex: proof.index,
            rootHash: proof.root.toString("hex"),
            treeSize: proof.treeSize,
          },
          signedEntryTimestamp: promiseOf(entry),
        },
      },
    };
  }

  /** By entry id (tree and leaf hash) or by leaf hash alone. @throws InvalidInput for neither */
  function findById(id: string): LogEntry | undefined {
    const match = /^(?<tree>[0-9a-f]{16})?(?<leaf>[0-9a-f]{64})$/i.exec(id)?.groups;
    if (match === undefined) throw new InvalidInput(`invalid entryID ${id}`);
    const tree = match["tree"]?.toLowerCase() ?? treeHex;
    return tree === treeHex ? log.find((match["leaf"] ?? "").toLowerCase()) : undefined;
  }

  function found(entry: LogEntry | undefined): Reply {
    // Rekor's 404 has no body.
    return entry === undefined ? { status: 404 } : { status: 200, body: present(entry) };
  }

  function create({ body, path, who }: Call): Reply {
    let accepted;
    try {
      accepted = acceptEntry(parseJson(body));
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      return refuse(`error processing entry: ${error.message}`);
    }
    const { entry, isNew } = log.add(accepted.body, accepted.terms);
    const id = entryId(entry);
    const location = `${path}/${id}`;
    if (!isNew) {
      const message = `an equivalent entry already exists in the transparency log with UUID ${id}`;
      return { ...refuse(message, 409), headers: { location } };
    }
    world.history.record({
      service: log.name,
      who,
      what: "log entry",
      repository: repositoryOfCertificate(accepted.verifiers[0]?.certificate),
      before: undefined,
      after: id,
    });
    return { status: 201, headers: { location, etag: id }, body: present(entry) };
  }

  function search({ body }: Call): Reply {
    const query = readRecord(parseJson(body), "query");
    const [uuids, indexes, proposals] = ["entryUUIDs", "logIndexes", "entries"].map((key) =>
      query[key] === undefined ? [] : readList(query[key], key),
    );
    const total = [uuids, indexes, proposals].flat().length;
    if (total > MAX_QUERIES) {
      return refuse(`more than max allowed ${MAX_QUERIES} entries in request`, 422);
    }
    const entries = [
      ...(uuids ?? []).map((uuid) => findById(readText(uuid, "entryUUID"))),
      ...(proposals ?? []).map((proposal) => {
        const { body: leaf } = acceptEntry(proposal);
        return log.entries.find((entry) => entry.body.equals(leaf));
      }),
      ...(indexes ?? []).map((index) => log.entries[readCount(index, "logIndexes")]),
    ];
    return {
      status: 200,
      body: entries.filter((entry) => entry !== undefined).map(present),
    };
  }

  /** Entry ids by digest or key: what `rekor-cli search` asks. */
  function searchIndex({ body }: Call): Reply {
    const query = readRecord(parseJson(body), "query");
    const terms: string[] = [];
    if (query["hash"] !== undefined) {
      const hash = readText(query["hash"], "hash").toLowerCase();
      terms.push(hash.includes(":") ? hash : `sha256:${hash}`);
    }
    if (query["publicKey"] !== undefined) {
      const key = readRecord(query["publicKey"], "publicKey");
      const pem = Buffer.from(readText(key["content"], "publicKey content"), "base64");
      terms.push(`publickey:${sha256(canonicalPem(readPemVerifier(pem))).toString("hex")}`);
    }
    const isAll = query["operator"] === "and";
    const hits = log.entries.filter((entry) =>
      isAll
        ? terms.length > 0 && terms.every((term) => entry.terms.includes(term))
        : terms.some((term) => entry.terms.includes(term)),
    );
    return { status: 200, body: hits.map(entryId) };
  }

  function consistency({ query }: Call): Reply {
    const first = readCount(query.get("firstSize") ?? "1", "firstSize");
    const last = readCount(query.get("lastSize"), "lastSize");
    if (first > last) {
      return refuse(`firstSize(${first}) must be less than lastSize(${last})`);
    }
    if ((query.get("treeID") ?? treeId) !== treeId) {
      return refuse(`invalid tree ID specified: ${query.get("treeID")}`);
    }
    if (last > log.size) {
      return refuse(
        `the tree size requested(${last}) was greater than what is currently observable(${log.size})`,
      );
    }
    const hashes = log.consistencyProof(first, last).map((hash) => hash.toString("hex"));
    return { status: 200, body: { rootHash: log.root().toString("hex"), hashes } };
  }

  return new RoutedService({
    name: log.name,
    identify: () => "anonymous",
    refuse,
    routes: {
      "GET /api/v1/log": () => ({
        status: 200,
        body: {
          inactiveShards: [],
          rootHash: log.root().toString("hex"),
          signedTreeHead: log.checkpoint(),
          treeID: treeId,
          treeSize: log.size,
        },
      }),
      "GET /api/v1/log/proof": consistency,
      "GET /api/v1/log/publicKey": () => ({
        status: 200,
        headers: { "content-type": "application/x-pem-file" },
        body: createPublicKey({ key: log.key.spki, format: "der", type: "spki" }).export({
          format: "pem",
          type: "spki",
        }),
      }),
      [`POST ${BASE}`]: create,
      [`GET ${BASE}`]: ({ query }) =>
        found(log.entries[readCount(query.get("logIndex"), "logIndex")]),
      [`GET ${BASE}/{entryUUID}`]: ({ params }) => found(findById(params["entryUUID"] ?? "")),
      [`POST ${BASE}/retrieve`]: search,
      "POST /api/v1/index/retrieve": searchIndex,
    },
  });
}
