/** Conditions of a request on what it meets ("Request preconditions"). */
import { conditionNotMet, invalid, notModified } from "./errors.ts";

/** What a condition is held against. */
export interface Versioned {
  readonly generation: bigint;
  readonly metageneration: bigint;
}

export interface Preconditions {
  readonly generationMatch: bigint | undefined;
  readonly generationNotMatch: bigint | undefined;
  readonly metagenerationMatch: bigint | undefined;
  readonly metagenerationNotMatch: bigint | undefined;
}

/** A number of 64 bits in decimal, as the API takes generations. @throws StorageError 400 */
export function parseNumber(query: URLSearchParams, name: string): bigint | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^\d{1,19}$/.test(text)) {
    throw invalid(`Invalid value at '${name}' (TYPE_INT64), "${text}"`);
  }
  return BigInt(text);
}

/** `ifGenerationMatch` and its like; with `ifSource`, those of a copy's source. */
export function parsePreconditions(
  query: URLSearchParams,
  prefix: "if" | "ifSource" = "if",
): Preconditions {
  return {
    generationMatch: parseNumber(query, `${prefix}GenerationMatch`),
    generationNotMatch: parseNumber(query, `${prefix}GenerationNotMatch`),
    metagenerationMatch: parseNumber(query, `${prefix}MetagenerationMatch`),
    metagenerationNotMatch: parseNumber(query, `${prefix}MetagenerationNotMatch`),
  };
}

/**
 * Generation 0 stands for "there is none", so that `ifGenerationMatch=0` creates and never replaces.
 *
 * @throws StorageError 412 for a match that fails, 304 for a difference that fails
 */
export function assertPreconditions(wanted: Preconditions, met: Versioned | undefined): void {
  const generation = met?.generation ?? 0n;
  if (wanted.generationMatch !== undefined && wanted.generationMatch !== generation) {
    throw conditionNotMet();
  }
  if (
    wanted.metagenerationMatch !== undefined &&
    wanted.metagenerationMatch !== met?.metageneration
  ) {
    throw conditionNotMet();
  }
  if (wanted.generationNotMatch === generation) throw notModified();
  if (met !== undefined && wanted.metagenerationNotMatch === met.metageneration) {
    throw notModified();
  }
}
