import { UserError } from '../user-error.js';
import type { Dataset } from './dataset.js';
import { loadFer2013 } from './fer2013.js';
import { type SyntheticOptions, syntheticFaces } from './synthetic.js';

export interface LoadOptions {
  /** File or folder of a data set that is not drawn by code. */
  readonly data?: string | undefined;
  /**
   * Names what is drawn by lot in making the data set: the synthetic faces, or the validation images held out
   * where a data set has none. Training and evaluation must agree on it. Default 0.
   */
  readonly seed?: number | undefined;
  /** For `synthetic` alone. */
  readonly synthetic?: Pick<SyntheticOptions, 'samplesPerClass' | 'imbalance'> | undefined;
  /** Where packed data sets are kept; default: see `defaultCacheDirectory`. */
  readonly cacheDirectory?: string | undefined;
  /** Hears of a first, slow reading, in units of the data set's own. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Hears, in a sentence, of what went wrong without being a failure. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

type Loader = (options: LoadOptions) => Promise<Dataset>;

const loaders = {
  fer2013: async ({ data, seed, ...options }) => {
    if (data === undefined) {
      throw new UserError(
        'The data set fer2013 needs a path: fer2013.csv, or a folder with train/<class>/ and test/<class>/.',
      );
    }
    return loadFer2013(data, { holdOutSeed: seed, ...options });
  },
  synthetic: async ({ data, seed, synthetic }) => {
    if (data !== undefined) {
      throw new UserError(
        `The data set synthetic is drawn by code and takes no path, but ${data} was given.`,
      );
    }
    return syntheticFaces({ seed, ...synthetic });
  },
} satisfies Record<string, Loader>;

export type DatasetName = keyof typeof loaders;

export const datasetNames = Object.keys(loaders) as DatasetName[];

/**
 * Loads the data set called `dataset` (one of `datasetNames`). The first reading of files may take a while;
 * they are then packed into the cache.
 *
 * Throws a `UserError` where there is no such data set, or its files are missing or wrong.
 */
export async function loadDataset({
  dataset,
  ...options
}: LoadOptions & { readonly dataset: string }): Promise<Dataset> {
  const name = datasetNames.find((known) => known === dataset);
  if (!name) {
    throw new UserError(`There is no data set ${dataset}; choose one of ${datasetNames.join(', ')}.`);
  }
  return loaders[name](options);
}
