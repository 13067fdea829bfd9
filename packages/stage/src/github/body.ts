/** Reading a request's JSON, whose shape the published schema has already checked. */

type Json = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Undefined for what is absent, null or no text. */
export function textIn(body: Json, key: string): string | undefined {
  const value = body[key];
  return typeof value === "string" ? value : undefined;
}

export function flagIn(body: Json, key: string): boolean | undefined {
  const value = body[key];
  return typeof value === "boolean" ? value : undefined;
}

/** Empty when it is absent. */
export function textsIn(body: Json, key: string): readonly string[] {
  const value = body[key];
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

export function recordIn(body: Json, key: string): Json | undefined {
  const value = body[key];
  return isRecord(value) ? value : undefined;
}

export function recordsIn(body: Json, key: string): readonly Json[] {
  const value = body[key];
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
