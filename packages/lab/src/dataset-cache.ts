import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Dataset } from './datasets/dataset.js';
import { replaceFile } from './write-file.js';

/** A file a data set is read from, as far as a change of its content would show without reading it. */
export interface SourceFile {
  /** Below the data set's root, with `/` on every system. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** Time of the last change in milliseconds since 1970. */
  readonly modified: number;
}

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

/** `$SDNET_CACHE`, or `sdnet` in `$XDG_CACHE_HOME`, or `~/.cache/sdnet`. */
export function defaultCacheDirectory(): string {
  const { SDNET_CACHE: own, XDG_CACHE_HOME: shared } = process.env;
  if (own) return own;
  // Relative paths there are to be ignored (XDG base directory specification).
  return join(shared && isAbsolute(shared) ? shared : join(homedir(), '.cache'), 'sdnet');
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
    const dataset = unpack(await readFile(file), identity);
    if (dataset) return dataset;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      onWarning(`The cache ${file} cannot be used (${(error as Error).message}) and is built again.`);
    }
  }

  const dataset = await load();
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    // Readable by the user alone: faces are personal data.
    await replaceFile(file, pack(dataset, identity), 0o600);
  } catch (error) {
    onWarning(
      `The cache ${file} cannot be written (${(error as Error).message}), so the next start will be as slow. ` +
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
  prefix.writeUInt32LE(crc32(pixels, crc32(header, crc32(prefix.subarray(12)))), 8);
  return [prefix, header, pixels];
}

/** Nothing where the pack is of another format or source; throws where it is damaged. */
function unpack(bytes: Buffer, identity: Identity): Dataset | undefined {
  if (bytes.length < prefixLength) throw new Error('it is cut off');
  if (!bytes.subarray(0, magic.length).equals(magic)) return undefined;
  if (crc32(bytes.subarray(12)) !== bytes.readUInt32LE(8)) throw new Error('it is damaged');

  const headerEnd = prefixLength + bytes.readUInt32LE(12);
  const { content, ...found }: Header = JSON.parse(bytes.toString('utf8', prefixLength, headerEnd));
  if (JSON.stringify(found) !== JSON.stringify(identity)) return undefined;
  // A plain array of bytes: `Buffer` has another `slice`.
  const pixels = new Uint8Array(bytes.buffer, bytes.byteOffset + headerEnd, bytes.length - headerEnd);
  return { ...content, pixels };
}
