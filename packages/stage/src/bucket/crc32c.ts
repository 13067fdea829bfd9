/**
 * CRC-32C (Castagnoli; RFC 3720, B.4), the checksum of Cloud Storage. `node:zlib` has only the other
 * CRC-32.
 */

/** 0x1EDC6F41 with its bits in reverse order. */
const POLYNOMIAL = 0x82f63b78;

/** How many bytes one step takes in; each has a table of its own ("slicing"). */
const SLICES = 8;

function makeTables(): readonly Uint32Array[] {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
    return crc;
  });
  const tables = [first];
  for (let slice = 1; slice < SLICES; slice += 1) {
    const previous = tables[slice - 1] ?? first;
    tables.push(previous.map((crc) => (crc >>> 8) ^ (first[crc & 0xff] ?? 0)));
  }
  return tables;
}

const BLANK = new Uint32Array(256);
const [
  T0 = BLANK,
  T1 = BLANK,
  T2 = BLANK,
  T3 = BLANK,
  T4 = BLANK,
  T5 = BLANK,
  T6 = BLANK,
  T7 = BLANK,
] = makeTables();

/** A typed array reads as 0 only outside of itself, where no index below goes. */
function at(table: Uint32Array, index: number): number {
  return table[index] ?? 0;
}

export class Crc32c {
  #state = 0xffffffff;

  update(bytes: Uint8Array): this {
    let crc = this.#state;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const whole = bytes.length - (bytes.length % SLICES);
    let offset = 0;
    for (; offset < whole; offset += SLICES) {
      const low = view.getUint32(offset, true) ^ crc;
      const high = view.getUint32(offset + 4, true);
      crc =
        at(T7, low & 0xff) ^
        at(T6, (low >>> 8) & 0xff) ^
        at(T5, (low >>> 16) & 0xff) ^
        at(T4, low >>> 24) ^
        at(T3, high & 0xff) ^
        at(T2, (high >>> 8) & 0xff) ^
        at(T1, (high >>> 16) & 0xff) ^
        at(T0, high >>> 24);
    }
    for (; offset < bytes.length; offset += 1) {
      crc = (crc >>> 8) ^ at(T0, (crc ^ view.getUint8(offset)) & 0xff);
    }
    this.#state = crc >>> 0;
    return this;
  }

  /** The checksum of what came so far, as an unsigned number. */
  get value(): number {
    return ~this.#state >>> 0;
  }

  /** Base64 of the four bytes, most significant first ("Data validation and change detection"). */
  toBase64(): string {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(this.value);
    return bytes.toString("base64");
  }
}
