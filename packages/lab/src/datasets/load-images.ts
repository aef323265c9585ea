import { resolve } from 'node:path';
import type { Dataset, Sample } from '@sdnet/training';
import type { SourceFile } from '../files/source-file.js';
import { loadCached } from './dataset-cache.js';
import { decoderVersion } from 'sdnet';
import { type ReadImagesOptions, readImages } from '../images/read-images.js';

/** An image file of a data set, with what is known of it. */
export interface ImageFile extends SourceFile {
  readonly sample: Omit<Sample, 'source'>;
}

/** What every data set of image files can be asked for. */
export interface ImageFilesOptions {
  /** 1: grey. 3: RGB. Default 1. */
  readonly channels?: 1 | 3 | undefined;
  readonly cacheDirectory?: string | undefined;
  /** Hears of the first, slow reading, in images. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Hears, in a sentence, of what went wrong without being a failure. */
  readonly onWarning?: ((message: string) => void) | undefined;
  /** Hears, in a sentence, of what was found and chosen. */
  readonly onNote?: ((message: string) => void) | undefined;
  /**
   * Hears of each image that cannot be read, which is then left out. The files themselves are read then, never
   * the cache. Default: the first such image is an error.
   */
  readonly onUnreadable?: ((message: string) => void) | undefined;
}

export interface ImageFiles<File extends ImageFile> extends Pick<ReadImagesOptions<File>, 'prepare'> {
  readonly name: string;
  /** Of the loader: raised whenever it would make other pixels of the same files. */
  readonly version: number;
  readonly root: string;
  /** The file or folder that the cache knows the data set by; by default the root. */
  readonly source?: string;
  readonly classNames: readonly string[];
  /** Sorted in an order that does not depend on the system. */
  readonly files: readonly File[];
  /** Other files that the pixels depend on. */
  readonly besides?: readonly SourceFile[];
}

/**
 * The data set made of image files: its pixels from the cache, or decoded and packed (see `readImages`); what is
 * known of its samples as listed just now.
 */
export async function loadImages<File extends ImageFile>(
  { name, version, root, source = root, classNames, files, besides = [], ...reading }: ImageFiles<File>,
  { channels = 1, cacheDirectory, onProgress, onWarning, onUnreadable }: ImageFilesOptions = {},
): Promise<Dataset> {
  const samplesOf = (listed: readonly File[]): Sample[] =>
    listed.map(({ path, sample }) => ({ source: path, ...sample }));
  const read = async (): Promise<Dataset> => {
    const packed = await readImages(root, files, {
      ...reading,
      channels,
      onProgress,
      onUnreadable,
      onWarning,
    });
    const { width, height, pixels } = packed;
    return { name, classNames, width, height, channels, pixels, samples: samplesOf(packed.files) };
  };
  if (onUnreadable) return read();
  const key = {
    dataset: `${name}-${channels === 1 ? 'grey' : 'rgb'}`,
    version: 1000 * decoderVersion + version,
    source: resolve(source),
    files: [...files, ...besides],
  };
  const cached = await loadCached(key, read, { cacheDirectory, onWarning });
  return { ...cached, name, classNames, samples: samplesOf(files) };
}
