/** What an object may be called ("About Cloud Storage objects", object name requirements). */
import { invalid, requiredParameter } from "./errors.ts";

const MAX_NAME_BYTES = 1024;
const ACME_PREFIX = ".well-known/acme-challenge/";

/**
 * A name has no structure to the server: `a/../b` and `a//b` are names like any other.
 *
 * @throws StorageError 400
 */
export function assertObjectName(name: string): void {
  if (name === "") throw requiredParameter("name");
  if (!name.isWellFormed() || /[\r\n]/.test(name)) {
    throw invalid(`Disallowed unicode characters present in object name '${name.toWellFormed()}'`);
  }
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) {
    throw invalid(
      `The maximum object length is ${MAX_NAME_BYTES} characters, but got a name with ${Buffer.byteLength(
        name,
      )} characters: '${name.slice(0, 32)}...'`,
    );
  }
  if (name === "." || name === ".." || name.startsWith(ACME_PREFIX)) {
    throw invalid(`Invalid object name: '${name}'`);
  }
}

/** The order of listings: by the bytes of the names in UTF-8 ("Objects: list"). */
export function compareNames(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
