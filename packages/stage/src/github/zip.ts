/** Writes zip archives (PKWARE APPNOTE 6.3): stored, not compressed, UTF-8 names, up to 4 GiB. */
import { createReadStream } from "node:fs";
import { crc32 } from "node:zlib";

export interface ZipEntry {
  readonly name: string;
  readonly content: Buffer;
}

/** A file that goes into an archive without being held in memory. */
export interface ZipFile {
  readonly name: string;
  readonly source: string;
}

/** What the format's 32-bit fields hold; beyond it needs zip64. */
const MAX_ZIP_BYTES = 0xffff_ffff;

/** Version 2.0 is what reading needs. */
const VERSION = 20;
/** Bit 11: names are UTF-8. */
const FLAGS = 0x0800;
/** 1980-01-01 in DOS's way, so that the same entries give the same bytes. */
const DOS_DATE = 0x0021;

/** One file of an archive: what its headers say of it. */
interface Member {
  readonly name: string;
  readonly crc: number;
  readonly size: number;
}

/** The fields that a local header and the directory's entry have in common. */
function sharedFields({ name, crc, size }: Member): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(VERSION, 0);
  fields.writeUInt16LE(FLAGS, 2);
  fields.writeUInt16LE(DOS_DATE, 8);
  fields.writeUInt32LE(crc, 10);
  fields.writeUInt32LE(size, 14);
  fields.writeUInt32LE(size, 18);
  fields.writeUInt16LE(Buffer.byteLength(name), 22);
  return fields;
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** The archive's end: the directory of what stands before it, at the offsets it stands at. */
function directoryOf(members: readonly Member[]): Buffer {
  const directory: Buffer[] = [];
  let offset = 0;
  for (const member of members) {
    const name = Buffer.from(member.name);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    const madeBy = Buffer.alloc(2);
    madeBy.writeUInt16LE(VERSION);
    directory.push(signature(0x02014b50), madeBy, sharedFields(member), rest, name);
    offset += headerOf(member).length + member.size;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(members.length, 4);
  end.writeUInt16LE(members.length, 6);
  end.writeUInt32LE(size, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...directory, signature(0x06054b50), end]);
}

function headerOf(member: Member): Buffer {
  return Buffer.concat([signature(0x04034b50), sharedFields(member), Buffer.from(member.name)]);
}

/** One archive of all entries, in their order. */
export function zipOf(entries: readonly ZipEntry[]): Buffer {
  const members = entries.map(({ name, content }) => ({
    name,
    crc: crc32(content),
    size: content.length,
    content,
  }));
  return Buffer.concat([
    ...members.flatMap((member) => [headerOf(member), member.content]),
    directoryOf(members),
  ]);
}

/**
 * The same of files, as a stream. Each is read twice: its checksum and size stand before it.
 *
 * @throws Error when the archive would need zip64, or a file changes while it is read
 */
export async function* zipFiles(files: readonly ZipFile[]): AsyncGenerator<Buffer> {
  const members: Member[] = [];
  let total = 0;
  for (const { name, source } of files) {
    const member = { name, ...(await measure(source)) };
    total += member.size;
    if (total > MAX_ZIP_BYTES) throw new Error("an archive of more than 4 GiB");
    members.push(member);
    yield headerOf(member);
    let sent = 0;
    for await (const piece of piecesOf(source)) {
      sent += piece.length;
      yield piece;
    }
    if (sent !== member.size) throw new Error(`${source} changed while it was archived`);
  }
  yield directoryOf(members);
}

async function measure(source: string): Promise<{ readonly crc: number; readonly size: number }> {
  let crc = 0;
  let size = 0;
  for await (const piece of piecesOf(source)) {
    crc = crc32(piece, crc);
    size += piece.length;
  }
  return { crc, size };
}

async function* piecesOf(source: string): AsyncGenerator<Buffer> {
  for await (const chunk of createReadStream(source, { highWaterMark: 1024 * 1024 })) {
    if (!Buffer.isBuffer(chunk)) throw new TypeError("a file without an encoding gives buffers");
    yield chunk;
  }
}
