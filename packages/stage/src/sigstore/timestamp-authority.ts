/**
 * A timestamp authority over HTTP (RFC 3161, 3.4; github.com/sigstore/timestamp-authority 2):
 * queries in DER or in JSON, an answer in DER.
 */
import type { Service, World } from "../serve.ts";
import { type Call, type Reply, RoutedService } from "./routed-service.ts";
import { readDerQuery, readJsonQuery, type TimestampQuery } from "./timestamp-query.ts";
import { sha256 } from "./verifier.ts";

/** Certificates in DER. */
export interface TimestampSigner {
  readonly root: Buffer;
  readonly leaf: Buffer;
  timestamp(query: TimestampQuery): Promise<Buffer>;
}

export interface TimestampAuthoritySettings {
  readonly name: string;
  readonly world: World;
  readonly signer: () => Promise<TimestampSigner>;
}

function refuse(message: string): Reply {
  return { status: 400, body: { code: 400, message } };
}

function pem(der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

export function timestampAuthority(settings: TimestampAuthoritySettings): Service {
  const { name, world, signer } = settings;

  async function timestamp({ body, headers, who }: Call): Promise<Reply> {
    const type = headers["content-type"]?.split(";")[0]?.trim();
    if (type !== "application/json" && type !== "application/timestamp-query") {
      return { status: 415, body: { code: 415, message: `unsupported media type "${type}"` } };
    }
    const query = type === "application/json" ? readJsonQuery(body) : readDerQuery(body);
    const token = await (await signer()).timestamp(query);
    world.history.record({
      service: name,
      who,
      what: "timestamp",
      repository: "",
      before: undefined,
      after: sha256(token).toString("hex"),
    });
    return {
      status: 201,
      headers: { "content-type": "application/timestamp-reply" },
      body: token,
    };
  }

  return new RoutedService({
    name,
    identify: () => "anonymous",
    refuse,
    routes: {
      "POST /api/v1/timestamp": timestamp,
      "GET /api/v1/timestamp/certchain": async () => {
        const { leaf, root } = await signer();
        return {
          status: 200,
          headers: { "content-type": "application/pem-certificate-chain" },
          body: pem(leaf) + pem(root),
        };
      },
    },
  });
}
