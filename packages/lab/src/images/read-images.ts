import { join } from 'node:path';
import { UserError } from '@sdnet/training';
import { resizeBilinear, toPlanes } from 'sdnet';
import type { SourceFile } from '../files/source-file.js';
import { type DecodedImage, maximumPixels, openImage } from 'sdnet';
import { forEachParallel } from './for-each-parallel.js';
import { limitCost } from './limit-cost.js';
import { packedPixels, requirePackable } from './packed-pixels.js';

/** Decoding runs on the four threads of Node's pool; some more are under way to keep them busy. */
const parallelImages = 16;

/** Width and height of packed images, in pixels, where those of the files differ or are larger. */
const packedSide = 96;

export interface ReadImagesOptions<File extends SourceFile> {
  /** 1: the luma (ITU-R 601). 3: RGB, a grey image having three equal channels. */
  readonly channels: 1 | 3;
  /**
   * What becomes of an image before it is packed, such as a crop; by default nothing. Throws a `UserError` where
   * the image, called `name`, is not what was expected.
   */
  readonly prepare?: (image: DecodedImage, file: File, name: string) => DecodedImage | Promise<DecodedImage>;
  /** Hears how many images are done. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Hears of each image that cannot be read, which is then left out. Default: the first one is an error. */
  readonly onUnreadable?: ((message: string) => void) | undefined;
  /** Hears of each image that was mended to be read: see `decodeImage`. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** Images of one size, packed as in a `Dataset`, and the files they are of, in the order given. */
export interface PackedImages<File> {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
  readonly files: readonly File[];
}

/**
 * Decodes the image files below `root` and packs them.
 *
 * Images that all have one size of at most 96×96 stay as they are. Otherwise each becomes 96×96 by the resize of
 * `sdnet`'s `preprocess`; as there, its sides are not kept in proportion. That is more than the paper's 68×68
 * input shows, and keeps 100,000 grey images below 1 GB. Of large images only so many are decoded at a time as have
 * `maximumPixels` together: no more memory is taken than the largest one needs.
 *
 * Throws a `UserError` naming the first file that is no image, damaged or refused by `prepare`, or where
 * `onUnreadable` was told of all of them, or they are too many (`packedPixels`).
 */
export async function readImages<File extends SourceFile>(
  root: string,
  files: readonly File[],
  { channels, prepare = (image) => image, onProgress, onUnreadable, onWarning }: ReadImagesOptions<File>,
): Promise<PackedImages<File>> {
  const images: (DecodedImage | undefined)[] = files.map(() => undefined);
  const unreadable: (string | undefined)[] = files.map(() => undefined);
  const warnings: (string | undefined)[] = files.map(() => undefined);
  let done = 0;
  let bytes = 0;
  const whilePixelsAllow = limitCost(maximumPixels);
  await forEachParallel(files, parallelImages, async (file, index) => {
    const name = join(root, file.path);
    try {
      const { size, decode } = await openImage(name, name, (message) => (warnings[index] = message));
      images[index] = await whilePixelsAllow(size, async () => {
        const image = withChannels(await prepare(await decode(), file, name), channels);
        const isSmall = image.width <= packedSide && image.height <= packedSide;
        return isSmall ? image : resize(image, packedSide);
      });
    } catch (error) {
      if (!onUnreadable || !(error instanceof UserError)) throw error;
      unreadable[index] = error.message;
    }
    // Not only when all are read.
    bytes += images[index]?.pixels.length ?? 0;
    requirePackable(root, bytes, packedSide * packedSide * channels);
    onProgress?.(++done, files.length);
  });
  // In the order of the files, not of the threads.
  for (const message of unreadable) if (message !== undefined) onUnreadable?.(message);
  for (const message of warnings) if (message !== undefined) onWarning?.(message);

  const read = images.flatMap((image, index) => (image ? [{ image, file: files[index]! }] : []));
  if (read.length === 0)
    throw new UserError(
      `${root}: none of its ${files.length} image(s) can be read. Of the first: ${unreadable.find((message) => message)}`,
    );
  const { width, height } = commonSize(read.map(({ image }) => image));
  const pixels = packedPixels(root, read.length, width, height, channels);
  for (const [index, { image }] of read.entries()) {
    const packed = image.width === width && image.height === height ? image : resize(image, packedSide);
    pixels.set(packed.pixels, index * packed.pixels.length);
  }
  return { width, height, pixels, files: read.map(({ file }) => file) };
}

function commonSize([first, ...others]: readonly DecodedImage[]): { width: number; height: number } {
  const { width, height } = first!;
  const isCommon = others.every((image) => image.width === width && image.height === height);
  return isCommon ? { width, height } : { width: packedSide, height: packedSide };
}

function withChannels(image: DecodedImage, channels: 1 | 3): DecodedImage {
  if (image.channels === channels) return image;
  return { ...image, channels, pixels: interleave(toPlanes(image, channels)) };
}

function resize(image: DecodedImage, side: number): DecodedImage {
  const planes = toPlanes(image, image.channels).map((plane) =>
    // Rounded to the nearest grey level.
    Uint8Array.from(resizeBilinear(plane, image.width, image.height, side, side), (level) => level + 0.5),
  );
  return { width: side, height: side, channels: image.channels, pixels: interleave(planes) };
}

function interleave(planes: readonly (Uint8Array | Uint8ClampedArray)[]): Uint8Array {
  const pixels = new Uint8Array(planes.length * planes[0]!.length);
  for (const [channel, plane] of planes.entries()) {
    for (let from = 0, to = channel; from < plane.length; from++, to += planes.length)
      pixels[to] = plane[from]!;
  }
  return pixels;
}
