import { readFile } from 'node:fs/promises';
import { UserError } from '@sdnet/training';
import sharp, { type Metadata } from 'sharp';
import { fileError } from '../files/file-error.js';

/** An image in memory: 8 bits a channel, rows from the top, channels interleaved (grey, or sRGB). */
export interface DecodedImage {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly pixels: Uint8Array;
}

/** Larger images are refused by their header, before memory is taken for them. */
export const maximumPixels = 64_000_000;

/** As sharp calls the formats; AVIF is one of `heif`. */
const formats: ReadonlySet<string | undefined> = new Set(['png', 'jpeg', 'webp', 'heif', 'gif', 'tiff']);

/** An image file whose header is read. */
export interface OpenImage {
  /** How many pixels it has, and so how much memory decoding takes. */
  readonly size: number;
  readonly decode: () => Promise<DecodedImage>;
}

/**
 * Decodes an image file (a path, or the file's bytes): PNG, JPEG, WebP, AVIF, GIF or TIFF. Greyscale files give one
 * channel, all others three in sRGB; the EXIF orientation is applied, transparency is laid over white, 16 bits are
 * reduced to 8, and of an animation the first frame counts.
 *
 * `name` is what error messages call the image. Throws a `UserError` where the file is missing, empty, not such an
 * image, damaged, cut off, or larger than `maximumPixels`.
 */
export async function decodeImage(file: string | Uint8Array, name?: string): Promise<DecodedImage> {
  return (await openImage(file, name)).decode();
}

/** The first half of `decodeImage`: reads the file and its header, and throws what can be told from them. */
export async function openImage(
  file: string | Uint8Array,
  name = typeof file === 'string' ? file : 'image',
): Promise<OpenImage> {
  // Always decoded from memory: libvips would remember a path's content after the file has changed.
  const bytes = typeof file === 'string' ? await readBytes(file, name) : file;
  if (bytes.length === 0) throw new UserError(`${name}: the file is empty, but an image was expected.`);

  const header = await readHeader(bytes, name);
  const size = header.width * header.height;
  if (size > maximumPixels) {
    throw new UserError(
      `${name}: ${header.width}×${header.height} pixels are more than the limit of ` +
        `${maximumPixels / 1e6} megapixels. Make the image smaller first.`,
    );
  }
  return { size, decode: () => decodeOpened(bytes, header, name) };
}

async function decodeOpened(bytes: Uint8Array, header: Metadata, name: string): Promise<DecodedImage> {
  try {
    return await decode(bytes, header, 'warning');
  } catch (error) {
    // Some phones write this one field wrong in pictures that are whole; every other warning means damage.
    if (String(error).includes('Invalid SOS parameters')) {
      return await decode(bytes, header, 'error').catch((second) => Promise.reject(damaged(name, second)));
    }
    throw damaged(name, error);
  }
}

async function readBytes(path: string, name: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw fileError(name, error);
  }
}

async function readHeader(bytes: Uint8Array, name: string): Promise<Metadata> {
  let header: Metadata;
  try {
    header = await sharp(bytes, { limitInputPixels: false }).metadata();
  } catch (error) {
    if (!/unsupported image format/.test(String(error))) throw damaged(name, error);
    throw notAnImage(name, error);
  }
  // The library reads others too, such as SVG, which is a text and has no pixels of its own.
  if (!formats.has(header.format)) throw notAnImage(name, undefined, ` (it is ${header.format})`);
  return header;
}

function notAnImage(name: string, cause: unknown, what = ''): UserError {
  return new UserError(
    `${name}: not an image that can be read${what}. Expected PNG, JPEG, WebP, AVIF, GIF or TIFF.`,
    { cause },
  );
}

function damaged(name: string, error: unknown): UserError {
  const reason = (error as Error).message;
  return new UserError(`${name}: the image is damaged or cut off (${reason}). Replace or remove it.`, {
    cause: error,
  });
}

async function decode(
  bytes: Uint8Array,
  header: Metadata,
  failOn: 'warning' | 'error',
): Promise<DecodedImage> {
  const grey = header.space === 'b-w' || header.space === 'grey16';
  const { data, info } = await sharp(bytes, { failOn, limitInputPixels: maximumPixels, autoOrient: true })
    .flatten({ background: '#ffffff' })
    .toColourspace(grey ? 'b-w' : 'srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 1 && info.channels !== 3) throw new Error(`${info.channels} channels`);
  return {
    width: info.width,
    height: info.height,
    channels: info.channels,
    pixels: new Uint8Array(data.buffer, data.byteOffset, data.length),
  };
}
