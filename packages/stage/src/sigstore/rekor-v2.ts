/**
 * Rekor v2 over a transparency log: one call that writes, and the log itself to be read as tiles.
 * After github.com/sigstore/rekor-tiles 2.3 and C2SP tlog-tiles; an answer is the protobuf message
 * TransparencyLogEntry in its JSON form.
 */
import type { Service, World } from "../serve.ts";
import { acceptRequest, type EnvelopeTreatment } from "./rekor-v2-entries.ts";
import { type Call, type Reply, RoutedService } from "./routed-service.ts";
import { repositoryOfCertificate } from "./signer-identity.ts";
import type { LogEntry, TransparencyLog } from "./transparency-log.ts";
import { InvalidInput, parseJson } from "./untrusted.ts";

/** C2SP tlog-tiles: hashes in a full tile, and levels of the tree in one tile. */
const TILE_WIDTH = 256;
const TILE_LEVELS = 8;

export interface RekorV2Settings {
  readonly log: TransparencyLog;
  readonly world: World;
  readonly envelopes: EnvelopeTreatment;
}

/** `google.rpc.Code`, with the HTTP status the gateway maps it to. */
const INVALID_ARGUMENT = { code: 3, status: 400 };
const NOT_FOUND = { code: 5, status: 404 };
const ALREADY_EXISTS = { code: 6, status: 409 };

function refuse(
  message: string,
  { code, status }: { code: number; status: number } = INVALID_ARGUMENT,
): Reply {
  return { status, body: { code, message, details: [] } };
}

interface TilePlace {
  readonly index: number;
  /** How many items of the tile are asked for. */
  readonly width: number;
}

/** `x001/x234/067` is 1234067, and `.p/8` a tile of which only 8 items are there yet. */
function readTilePlace(text: string): TilePlace | undefined {
  const groups = /^(?<path>(?:x\d{3}\/){0,4}\d{3})(?:\.p\/(?<width>\d{1,3}))?$/.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const width = groups["width"] === undefined ? TILE_WIDTH : Number(groups["width"]);
  const isPartial = groups["width"] !== undefined;
  if (isPartial && (width < 1 || width >= TILE_WIDTH)) return undefined;
  return { index: Number((groups["path"] ?? "").replaceAll(/[x/]/g, "")), width };
}

/** An entry bundle has each entry behind its length in two bytes. */
function frame(body: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(body.length);
  return Buffer.concat([length, body]);
}

/** The longest body the length in a bundle can name. */
const MAX_BODY_BYTES = 0xffff;

export function rekorV2({ log, world, envelopes }: RekorV2Settings): Service {
  function present(entry: LogEntry): Readonly<Record<string, unknown>> {
    const proof = log.inclusionProof(entry.index);
    return {
      logIndex: String(entry.index),
      logId: { keyId: log.key.logId.toString("base64") },
      kindVersion: { kind: "hashedrekord", version: "0.0.2" },
      // There is none: the time is for a timestamp authority to say.
      integratedTime: "0",
      inclusionPromise: null,
      inclusionProof: {
        logIndex: String(proof.index),
        rootHash: proof.root.toString("base64"),
        treeSize: String(proof.treeSize),
        hashes: proof.hashes.map((hash) => hash.toString("base64")),
        checkpoint: { envelope: proof.checkpoint },
      },
      canonicalizedBody: entry.body.toString("base64"),
    };
  }

  function create({ body, who }: Call): Reply {
    const accepted = acceptRequest(parseJson(body), envelopes);
    if (accepted.body.length > MAX_BODY_BYTES) throw new InvalidInput("invalid entry");
    const { entry, isNew } = log.add(accepted.body, accepted.terms);
    if (!isNew) {
      const message =
        "an equivalent entry already exists in the transparency log with index " +
        String(entry.index);
      return {
        ...refuse(message, ALREADY_EXISTS),
        headers: { "x-log-index": String(entry.index) },
      };
    }
    world.history.record({
      service: log.name,
      who,
      what: "log entry",
      repository: repositoryOfCertificate(accepted.verifiers[0]?.certificate),
      before: undefined,
      after: entry.leafHash.toString("hex"),
    });
    return { status: 201, body: present(entry) };
  }

  function bytes(items: readonly Buffer[], width: number): Reply {
    if (items.length < width) return refuse("Not Found", NOT_FOUND);
    return {
      status: 200,
      headers: { "content-type": "application/octet-stream" },
      body: Buffer.concat(items),
    };
  }

  function hashTile({ params }: Call): Reply {
    const place = readTilePlace(params["place"] ?? "");
    const level = /^\d{1,2}$/.test(params["level"] ?? "") ? Number(params["level"]) : undefined;
    if (place === undefined || level === undefined) return refuse("Not Found", NOT_FOUND);
    const { index, width } = place;
    return bytes(log.nodes(level * TILE_LEVELS, index * TILE_WIDTH, width), width);
  }

  function entryTile({ params }: Call): Reply {
    const place = readTilePlace(params["place"] ?? "");
    if (place === undefined) return refuse("Not Found", NOT_FOUND);
    const from = place.index * TILE_WIDTH;
    const entries = log.entries.slice(from, from + place.width);
    return bytes(
      entries.map((entry) => frame(entry.body)),
      place.width,
    );
  }

  return new RoutedService({
    name: log.name,
    identify: () => "anonymous",
    refuse,
    routes: {
      "POST /api/v2/log/entries": create,
      "GET /api/v2/checkpoint": () => ({
        status: 200,
        headers: { "content-type": "text/plain; charset=utf-8" },
        body: log.checkpoint(),
      }),
      "GET /api/v2/tile/entries/{place+}": entryTile,
      "GET /api/v2/tile/{level}/{place+}": hashTile,
    },
  });
}
