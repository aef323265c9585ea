import { UserError } from '../../user-error.js';
import type { Metadata, Sharp, SharpOptions } from 'sharp';
import { decodeApart } from './decode-apart.js';
import { fileBytes } from './file-bytes.js';
import { readGif } from './gif-file.js';
import type { ImageHeader } from './image-header.js';
import { type ImageFormat, imageKind } from './image-kind.js';
import { decodeWithoutStrays, readJpeg } from './jpeg-file.js';
import { loadSharp } from './load-sharp.js';
import { readPng } from './png-file.js';
import { readTiff } from './tiff-file.js';
import { turnUpright } from './turn-upright.js';
import { readWebp } from './webp-file.js';

/** An image in memory: 8 bits a channel, rows from the top, channels interleaved (grey, or sRGB). */
export interface DecodedImage {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly pixels: Uint8Array;
}

/** Larger images are refused by their header, before memory is taken for them. */
export const maximumPixels = 64_000_000;

/** Of a side, in pixels: JPEG's own limit. What is narrower than it is long costs more than its pixels say. */
export const maximumSide = 65_535;

/** What decoding may take of memory, in bytes: 300 MB together with Node and the libraries. */
const maximumMemory = 224_000_000;

/** What it may take in a process of its own, where that is allowed: enough for `maximumPixels` in any of the formats. */
const maximumMemoryApart = 1_600_000_000;

/** Of a JPEG in several scans: pixels times scans. A small file may have thousands of scans; this many take 2 s. */
const maximumScanned = 400_000_000;

/** Pixels in CMYK, which take several times as long as others. */
const maximumCmyk = 40_000_000;

/**
 * The environment variable that lets in what takes more than `maximumMemory` (set to 1). How many bytes such a file has
 * says nothing of who made it: each format has places for padding.
 */
const largeImages = 'SDNET_LARGE_IMAGES';

/** Raised where the same file becomes other pixels than before. */
export const decoderVersion = 2;

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
 * No file takes more than about 300 MB of memory and 2 s of processor time, which is enough for 64 megapixels but of an
 * AVIF (12), a WebP (20), a GIF (32), and of interlaced, progressive and some 16-bit files. Larger ones are refused, or with
 * `SDNET_LARGE_IMAGES=1` in the environment decoded in a process of its own, one at a time, which is ended where it
 * takes more memory or time than such a picture can.
 *
 * `name` is what messages call the image. `onWarning` hears, in a sentence, what was mended in a file whose pixels are
 * whole. Throws a `UserError` where the file is missing, empty, no such image, of samples that are not read (see
 * `docs/image-formats.md`), damaged, cut off, larger than `maximumPixels`, or could take more memory or time than said;
 * and where the package `sharp`, which decodes, is not installed.
 */
export async function decodeImage(
  file: string | Uint8Array,
  name?: string,
  onWarning?: (message: string) => void,
): Promise<DecodedImage> {
  return (await openImage(file, name, onWarning)).decode();
}

/** The first half of `decodeImage`: reads the file and its header, and throws what can be told from them. */
export async function openImage(
  file: string | Uint8Array,
  name = typeof file === 'string' ? file : 'image',
  onWarning: (message: string) => void = () => {},
): Promise<OpenImage> {
  // Always decoded from memory: libvips would remember a path's content after the file has changed.
  const bytes = typeof file === 'string' ? await fileBytes(file, name) : file;
  if (bytes.length === 0)
    throw new UserError(`${name}: the file is empty, but an image was expected.`, {
      code: 'image-unreadable',
    });
  const { size, memory, decode } = await openBytes(bytes, name, onWarning);
  return { size, decode: memory > maximumMemory ? () => decodeApart(bytes, name, onWarning) : decode };
}

/** Like `openImage`, for a file's bytes; `memory` is what decoding is expected to take, in bytes. Decodes here. */
export async function openBytes(
  bytes: Uint8Array,
  name: string,
  onWarning: (message: string) => void,
): Promise<OpenImage & { readonly memory: number }> {
  const header = readOwnHeader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), name);
  if (header) refuseCostly(header, name);
  const content = header?.bytes ?? bytes;
  const library = await loadSharp();
  const open = (of: Uint8Array, options?: SharpOptions) =>
    library(of, { failOn: 'warning', limitInputPixels: maximumPixels, ...options });

  const metadata = await open(content, { limitInputPixels: false })
    .metadata()
    .catch((error: unknown) => Promise.reject(damaged(name, error)));
  // The library's own reading counts: what it says of a size is what it will decode.
  const size = metadata.width * metadata.height;
  const bytesPerPixel =
    (header?.bytesPerPixel ?? avifBytes(metadata)) + (isReducedFirst(metadata) ? metadata.channels : 0);
  const passes = header?.passes ?? 1;
  refuseCostly({ ...metadata, bytesPerPixel, passes }, name);
  if (metadata.space === 'cmyk' && size > maximumCmyk)
    throw tooLarge(name, metadata, `in CMYK are more than the limit of ${maximumCmyk / 1e6} megapixels`);

  const decode = (of: Uint8Array) => decodeOpened(of, metadata, open);
  const attempts = Math.min(16, Math.max(1, Math.floor(maximumScanned / (size * passes))));
  return {
    size,
    memory: Math.max(size, (header?.width ?? 0) * (header?.height ?? 0)) * bytesPerPixel,
    async decode() {
      const mended = [...(header?.mended ?? [])];
      try {
        const image = await (header?.scanEnds
          ? decodeWithoutStrays(content, header.scanEnds, decode, mended, attempts)
          : decode(content));
        if (mended.length > 0)
          onWarning(
            `${name}: has ${mended.join(' and ')}; its pixels are whole, so it is read all the same.`,
          );
        return image;
      } catch (error) {
        throw damaged(name, error);
      }
    },
  };
}

/** A pixel, as measured: its decoder holds several copies of the picture. */
const avifBytes = ({ depth }: Metadata) => (depth === 'ushort' ? 25 : 18);

/** Of 16 bits, the library brings RGB to another colour space than of 8, and leaves grey as it is. */
const isReducedFirst = ({ hasProfile, depth, space }: Metadata) =>
  hasProfile && depth === 'ushort' && space !== 'cmyk';

const readers: Partial<Record<ImageFormat, (bytes: Buffer) => ImageHeader | undefined>> = {
  PNG: readPng,
  JPEG: readJpeg,
  WebP: readWebp,
  GIF: readGif,
  TIFF: readTiff,
};

/** The header as this house reads it; AVIF's is left to the library. */
function readOwnHeader(bytes: Buffer, name: string): ImageHeader | undefined {
  const kind = imageKind(bytes);
  if (!('format' in kind)) throw notAnImage(name, kind.other);
  if (kind.format === 'AVIF') return undefined;
  let header: ImageHeader | undefined;
  try {
    header = readers[kind.format]!(bytes);
  } catch (error) {
    // An offset or a length beyond the file's end.
    if (!(error instanceof RangeError)) throw error;
  }
  if (!header) throw damaged(name, new Error('its header is incomplete'));
  if (header.refused) throw notAnImage(name, header.refused);
  return header;
}

function refuseCostly(
  { width, height, bytesPerPixel, passes = 1 }: Omit<ImageHeader, 'bytes'>,
  name: string,
) {
  const pixels = width * height;
  const memory = pixels * bytesPerPixel;
  const refuse = (what: string, remedy?: string) => {
    throw tooLarge(name, { width, height }, what, remedy);
  };
  if (pixels > maximumPixels) refuse(`are more than the limit of ${maximumPixels / 1e6} megapixels`);
  if (Math.max(width, height) > maximumSide) refuse(`are more than the limit of ${maximumSide} on a side`);
  if (memory > maximumMemoryApart)
    refuse(`of this kind need more than the limit of ${maximumMemoryApart / 1e6} MB of memory`);
  if (memory > maximumMemory && process.env[largeImages] !== '1')
    refuse(
      `of this kind need ${Math.ceil(memory / 1e6)} MB of memory to decode, more than the limit of ${maximumMemory / 1e6}`,
      `, or set the environment variable ${largeImages}=1, which allows that`,
    );
  if (passes > 1 && pixels * passes > maximumScanned) refuse(`in ${passes} scans take too long to decode`);
}

function tooLarge(
  name: string,
  { width, height }: Pick<ImageHeader, 'width' | 'height'>,
  what: string,
  remedy = '',
): UserError {
  return new UserError(`${name}: ${width}×${height} pixels ${what}. Make the image smaller first${remedy}.`, {
    code: 'image-too-large',
  });
}

function notAnImage(name: string, what: string | undefined): UserError {
  return new UserError(
    `${name}: not an image that can be read${what ? ` (it is ${what})` : ''}. ` +
      'Expected PNG, JPEG, WebP, AVIF, GIF or TIFF, with samples of up to 16 bits without a sign.',
    { code: 'image-unreadable' },
  );
}

function damaged(name: string, error: unknown): UserError {
  // The library says the same of every part that it reads.
  const reasons = [...new Set((error as Error).message.split('\n'))];
  return new UserError(
    `${name}: the image is damaged or cut off (${reasons.slice(0, 3).join('; ')}). Replace or remove it.`,
    { code: 'image-unreadable', cause: error },
  );
}

async function decodeOpened(
  bytes: Uint8Array,
  metadata: Metadata,
  open: (bytes: Uint8Array) => Sharp,
): Promise<DecodedImage> {
  const { space, orientation = 1 } = metadata;
  const colours = space === 'b-w' || space === 'grey16' ? 'b-w' : 'srgb';
  let input = bytes;
  if (isReducedFirst(metadata)) {
    const reduced = open(bytes).toColourspace(colours).keepIccProfile();
    input = await reduced.tiff({ compression: 'none' }).toBuffer();
  }
  const { data, info } = await open(input)
    .flatten({ background: '#ffffff' })
    .toColourspace(colours)
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  if (channels !== 1 && channels !== 3) throw new Error(`${channels} channels`);
  const pixels = new Uint8Array(data.buffer, data.byteOffset, data.length);
  return turnUpright({ width, height, channels, pixels }, orientation);
}
