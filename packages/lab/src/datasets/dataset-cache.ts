import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Dataset } from '@sdnet/training';
import { fileProblem } from 'sdnet';
import type { SourceFile } from '../files/source-file.js';
import { removeInterrupted, replaceFile } from '../files/write-file.js';

/** What a packed data set must agree with to be used in place of its source. */
export interface CacheKey {
  readonly dataset: string;
  /** Of the loader: raised whenever it would make something else of the same files. */
  readonly version: number;
  /** Absolute path of the source. */
  readonly source: string;
  readonly files: readonly SourceFile[];
}

export interface CacheOptions {
  /** Default: `defaultCacheDirectory()`. */
  readonly cacheDirectory?: string | undefined;
  /** Hears, in a sentence, why the cache could not be used. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** `$SDNET_CACHE`, or `sdnet` in `$XDG_CACHE_HOME`, or `~/.cache/sdnet`. Throws where there is no home folder. */
export function defaultCacheDirectory(): string {
  const { SDNET_CACHE: own, XDG_CACHE_HOME: shared } = process.env;
  if (own) return own;
  // Relative paths there are to be ignored (XDG base directory specification).
  if (shared && isAbsolute(shared)) return join(shared, 'sdnet');
  // It is whatever $HOME says: with none, faces would be packed below the working folder.
  const home = homedir();
  if (!isAbsolute(home)) throw new Error(`the home folder is "${home}"`);
  return join(home, '.cache', 'sdnet');
}

/**
 * The data set of `key`: read from its pack in the cache where that is whole and agrees with the key, else from
 * `load`, and then packed for the next time. There is one pack for each data set and source path.
 *
 * A cache that cannot be read or written is a warning, never a failure; only what `load` throws is thrown.
 */
export async function loadCached(
  key: CacheKey,
  load: () => Promise<Dataset>,
  { cacheDirectory, onWarning = () => {} }: CacheOptions = {},
): Promise<Dataset> {
  const identity: Identity = {
    dataset: key.dataset,
    version: key.version,
    source: key.source,
    fingerprint: fingerprint(key.files),
  };
  let directory: string;
  try {
    directory = cacheDirectory ?? defaultCacheDirectory();
  } catch (error) {
    onWarning(`No cache directory was found (${(error as Error).message}), so nothing is cached.`);
    return load();
  }
  const file = join(directory, `${key.dataset}-${sha256(key.source).slice(0, 16)}.pack`);

  try {
    const dataset = await readPack(file, identity);
    if (dataset) return dataset;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      onWarning(`The cache ${file} cannot be used (${fileProblem(error)}) and is built again.`);
    }
  }

  const dataset = await load();
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    // One that cannot be removed takes room, no more.
    await removeInterrupted(directory).catch(() => {});
    // Readable by the user alone: faces are personal data.
    await replaceFile(file, pack(dataset, identity), 0o600);
  } catch (error) {
    onWarning(
      `The cache ${file} cannot be written (${fileProblem(error)}), so the next start will be as slow. ` +
        'Make room or choose another folder in the environment variable SDNET_CACHE.',
    );
  }
  return dataset;
}

interface Identity {
  readonly dataset: string;
  readonly version: number;
  readonly source: string;
  readonly fingerprint: string;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function fingerprint(files: readonly SourceFile[]): string {
  const hash = createHash('sha256');
  for (const { path, size, modified } of files) hash.update(`${path}\0${size}\0${modified}\n`);
  return hash.digest('hex');
}

/*
 * A pack: magic with the format's version (8 bytes), CRC-32 of everything after it (uint32, little endian),
 * length of the header in bytes (uint32), the header (JSON: the identity and the data set without pixels), and
 * the pixels to the end of the file.
 */
const magic = Buffer.from('SDNPACK1', 'latin1');
const prefixLength = 16;

type Header = Identity & { readonly content: Omit<Dataset, 'pixels'> };

function pack({ pixels, ...content }: Dataset, identity: Identity): Uint8Array[] {
  const header = Buffer.from(JSON.stringify({ ...identity, content } satisfies Header));
  const prefix = Buffer.alloc(prefixLength);
  magic.copy(prefix);
  prefix.writeUInt32LE(header.length, 12);
  prefix.writeUInt32LE(checksum(prefix.subarray(12), header, pixels), 8);
  return [prefix, header, pixels];
}

/** Nothing where the pack is of another format or source; throws where it is damaged. */
async function readPack(file: string, identity: Identity): Promise<Dataset | undefined> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const prefix = Buffer.from((await readBytes(handle, 0, prefixLength)).buffer);
    if (!prefix.subarray(0, magic.length).equals(magic)) return undefined;
    const headerEnd = prefixLength + prefix.readUInt32LE(12);
    if (headerEnd > size) throw new Error('it is cut off');
    const header = await readBytes(handle, prefixLength, headerEnd - prefixLength);
    const pixels = await readBytes(handle, headerEnd, size - headerEnd);
    if (checksum(prefix.subarray(12), header, pixels) !== prefix.readUInt32LE(8)) {
      throw new Error('it is damaged');
    }
    const { content, ...found }: Header = JSON.parse(new TextDecoder().decode(header));
    if (JSON.stringify(found) !== JSON.stringify(identity)) return undefined;
    return { ...content, pixels };
  } finally {
    await handle.close();
  }
}

/** What is read, or added to a checksum, at once: Node does neither with more than some gigabytes. */
const pieceLength = 1 << 24;

async function readBytes(
  handle: FileHandle,
  start: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(bytes, done, Math.min(pieceLength, length - done), start + done);
    if (bytesRead === 0) throw new Error('it is cut off');
    done += bytesRead;
  }
  return bytes;
}

/** CRC-32 of the parts, one after another. */
function checksum(...parts: readonly Uint8Array[]): number {
  let value = 0;
  for (const part of parts)
    for (let start = 0; start < part.length; start += pieceLength)
      value = crc32(part.subarray(start, start + pieceLength), value);
  return value;
}
