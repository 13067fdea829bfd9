/** Reads what came from outside, one field after the other. What is not as asked is refused. */

/** Says in one sentence what was wrong with a request. */
export class InvalidInput extends Error {
  override readonly name = "InvalidInput";
}

/** @throws InvalidInput unless the text is JSON */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new InvalidInput("the body is no JSON");
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @throws InvalidInput unless it is an object */
export function readRecord(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) throw new InvalidInput(`${what} is no object`);
  return value;
}

/** @throws InvalidInput unless it is a list */
export function readList(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new InvalidInput(`${what} is no list`);
  return value;
}

/** @throws InvalidInput unless it is a text that says something */
export function readText(value: unknown, what: string): string {
  if (typeof value !== "string" || value === "") throw new InvalidInput(`missing ${what}`);
  return value;
}

/** Standard base64 with its padding, and nothing that only decodes to the same bytes. */
export function readBase64(value: unknown, what: string): Buffer {
  const text = readText(value, what);
  const bytes = Buffer.from(text, "base64");
  if (bytes.toString("base64") !== text) throw new InvalidInput(`${what} is no base64`);
  return bytes;
}

/** The bytes of a digest. @throws InvalidInput unless it is hex of that many bytes, in any case */
export function readHex(value: unknown, what: string, bytes: number): Buffer {
  const text = readText(value, what);
  if (!/^[0-9a-f]+$/i.test(text) || text.length !== bytes * 2) {
    throw new InvalidInput(`invalid value for ${what}`);
  }
  return Buffer.from(text, "hex");
}
