import { UserError } from '@sdnet/training';

/** In bytes: what an array can hold in Node 20. */
const mostPackedBytes = 2 ** 32;

/**
 * Room for the pixels of `count` images of one size. Throws a `UserError` where they are too many for one array, or for
 * the machine's memory.
 *
 * @param name what messages call the images
 */
export function packedPixels(
  name: string,
  count: number,
  width: number,
  height: number,
  channels: number,
): Uint8Array<ArrayBuffer> {
  const size = width * height * channels;
  requirePackable(name, count * size, size);
  try {
    return new Uint8Array(count * size);
  } catch (error) {
    throw new UserError(
      `${name}: there is not enough memory for ${count} images (${(count * size) / 1e6} MB). Take fewer of them.`,
      { cause: error },
    );
  }
}

/** Throws a `UserError` where images of `size` bytes together have more `bytes` than one array holds. */
export function requirePackable(name: string, bytes: number, size: number): void {
  if (bytes > mostPackedBytes)
    throw new UserError(
      `${name}: its images take more than the 4 GiB that a data set may have. ` +
        `Take fewer of them: at most ${Math.floor(mostPackedBytes / size)} of ${size} bytes each.`,
    );
}
