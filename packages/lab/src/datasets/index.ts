import { type Dataset, UserError } from '@sdnet/training';
import type { ImageFilesOptions } from './load-images.js';
import { affectNetClassCounts, loadAffectNet } from './affectnet.js';
import { loadCkPlus } from './ck-plus.js';
import { loadCkPlus48 } from './ck-plus-48.js';
import type { CkPlusClassCount } from './ck-plus-classes.js';
import { loadFer2013 } from './fer2013.js';
import { type FerPlusLabels, loadFerPlus } from './ferplus.js';
import { loadImageFolder } from './image-folder.js';
import { loadManifest } from './manifest.js';
import { loadOuluCasia } from './oulu-casia.js';
import { loadRafDb } from './rafdb.js';
import { loadSfew } from './sfew.js';
import { type SyntheticOptions, syntheticFaces } from './synthetic.js';

export { type CkPlusClassCount, ckPlusClassCounts } from './ck-plus-classes.js';
export { type FerPlusLabels, ferPlusLabels } from './ferplus.js';

export interface LoadOptions extends ImageFilesOptions {
  /** File or folder of a data set that is not drawn by code. */
  readonly data?: string | undefined;
  /**
   * Names what is drawn by lot in making the data set: the synthetic faces, or the validation images held out
   * where a data set has splits but none for validation. Training and evaluation must agree on it. Default 0.
   */
  readonly seed?: number | undefined;
  /** For `synthetic` alone; `--samples` and `--imbalance` on the command line. */
  readonly synthetic?: Pick<SyntheticOptions, 'samplesPerClass' | 'imbalance'> | undefined;
  /**
   * For `ck+` and `ck+48`: 6 without neutral and contempt, 7 (default) without neutral, 8 all. For `affectnet`: 7
   * without contempt, 8 (default) all.
   */
  readonly classes?: CkPlusClassCount | undefined;
  /** For `ferplus`: the class most voted for (default), or the distribution of the votes. */
  readonly labels?: FerPlusLabels | undefined;
  /** For `folder` and `manifest` with numbers as classes: what they are called, from the lowest number on. */
  readonly classNames?: readonly string[] | undefined;
}

/** Options that not every data set takes. */
const particular = ['data', 'synthetic', 'classes', 'labels', 'channels', 'classNames'] as const;
type Particular = (typeof particular)[number];

/** As the command line calls them. */
const optionNames: Readonly<Partial<Record<Particular, string>>> = {
  synthetic: 'samples or imbalance',
  classNames: 'class-names',
};
const optionName = (option: Particular): string => optionNames[option] ?? option;

interface Registered {
  /** Those of the particular options that it takes. */
  readonly takes: readonly Particular[];
  /** What `data` names; absent where it takes none. */
  readonly data?: string;
  readonly load: (data: string, options: LoadOptions) => Promise<Dataset>;
}

const registered = {
  fer2013: {
    takes: ['data'],
    data: 'fer2013.csv, or a folder with train/<class>/ and test/<class>/',
    load: (data, { seed, ...options }) => loadFer2013(data, { holdOutSeed: seed, ...options }),
  },
  ferplus: {
    takes: ['data', 'labels'],
    data: 'the folder with fer2013.csv and fer2013new.csv',
    load: (data, { seed, ...options }) => loadFerPlus(data, { holdOutSeed: seed, ...options }),
  },
  'ck+': {
    takes: ['data', 'classes', 'channels'],
    data: 'the folder with cohn-kanade-images/, Emotion/ and Landmarks/',
    load: loadCkPlus,
  },
  'ck+48': {
    takes: ['data', 'classes', 'channels'],
    data: 'the folder with anger/, contempt/, disgust/, fear/, happy/, sadness/ and surprise/',
    load: loadCkPlus48,
  },
  'oulu-casia': {
    takes: ['data', 'channels'],
    data: 'the folder that holds VL_Acropped/Strong/',
    load: loadOuluCasia,
  },
  sfew: {
    takes: ['data', 'channels'],
    data: 'the folder with Train/ and Val/',
    load: loadSfew,
  },
  rafdb: {
    takes: ['data', 'channels'],
    data: 'the folder with basic/ of RAF-DB, or with train/1 to 7 and test/1 to 7',
    load: (data, { seed, ...options }) => loadRafDb(data, { holdOutSeed: seed, ...options }),
  },
  affectnet: {
    takes: ['data', 'classes', 'channels'],
    data: 'the folder with training.csv, validation.csv and Manually_Annotated_Images/, or with train_set/ and val_set/',
    load: (data, { classes, ...options }) => {
      if (classes === 6)
        throw new UserError(
          `AffectNet has ${affectNetClassCounts.join(' or ')} classes: without contempt, or all.`,
        );
      return loadAffectNet(data, { classes, ...options });
    },
  },
  folder: {
    takes: ['data', 'channels', 'classNames'],
    data: 'a folder of class folders, or with train/<class>/ and so on',
    load: (data, { seed, ...options }) => loadImageFolder(data, { holdOutSeed: seed, ...options }),
  },
  manifest: {
    takes: ['data', 'channels', 'classNames'],
    data: 'a CSV file with the columns file,label[,subject][,split]',
    load: (data, { seed, ...options }) => loadManifest(data, { holdOutSeed: seed, ...options }),
  },
  synthetic: {
    takes: ['synthetic'],
    load: async (_, { seed, synthetic }) => syntheticFaces({ seed, ...synthetic }),
  },
} satisfies Record<string, Registered>;

export type DatasetName = keyof typeof registered;

export const datasetNames = Object.keys(registered) as DatasetName[];

/**
 * Loads the data set called `dataset` (one of `datasetNames`). The first reading of files may take a while;
 * they are then packed into the cache.
 *
 * Throws a `UserError` where there is no such data set, it does not take one of the options, or its files are
 * missing or wrong.
 */
export async function loadDataset({
  dataset,
  ...options
}: LoadOptions & { readonly dataset: string }): Promise<Dataset> {
  const name = datasetNames.find((known) => known === dataset);
  if (!name) {
    throw new UserError(`There is no data set ${dataset}; choose one of ${datasetNames.join(', ')}.`);
  }
  const { takes, data, load }: Registered = registered[name];
  const path = options.data;
  if (data === undefined && path !== undefined) {
    throw new UserError(`The data set ${name} is drawn by code and takes no path, but ${path} was given.`);
  }
  if (data !== undefined && path === undefined) {
    throw new UserError(`The data set ${name} needs a path: ${data}.`);
  }
  for (const option of particular) {
    if (options[option] === undefined || takes.includes(option)) continue;
    const others = datasetNames.filter((other) =>
      (registered[other].takes as readonly Particular[]).includes(option),
    );
    throw new UserError(
      `The data set ${name} takes no option ${optionName(option)}, which is for ${others.join(', ')}. Leave it out.`,
    );
  }
  return load(path ?? '', options);
}
