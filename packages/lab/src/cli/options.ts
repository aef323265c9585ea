import { availableParallelism } from 'node:os';
import { models, smallestMinimumFace, variants } from 'sdnet';
import { type Dataset, recipeNames } from '@sdnet/training';
import { ckPlusClassCounts, datasetNames, ferPlusLabels, loadDataset } from '../datasets/index.js';
import { complain } from './output.js';
import { UsageError } from './usage-error.js';

/** Options that say which data set, the same for every command that reads one. */
export const datasetOptions = {
  dataset: {
    choices: datasetNames,
    demandOption: true,
    description: 'Data set',
  },
  data: {
    type: 'string',
    requiresArg: true,
    description: 'Where it is: a file or folder, as the README lists for each data set',
  },
  'data-seed': {
    type: 'number',
    requiresArg: true,
    default: 0,
    description: 'Draws the synthetic faces, and validation images where the data set names none',
  },
  classes: {
    choices: ckPlusClassCounts,
    description:
      'For ck+ and ck+48: without neutral and contempt (6), without neutral (7), all (8); for affectnet: without contempt (7), all (8)',
  },
  'class-names': {
    type: 'string',
    requiresArg: true,
    description:
      'For folder and manifest: what numbered classes mean, from the lowest number on, such as angry,disgust,fear',
  },
  labels: {
    choices: ferPlusLabels,
    description: 'For ferplus: the class most voted for, or the distribution of the votes',
  },
  samples: {
    type: 'number',
    requiresArg: true,
    description:
      'For synthetic: images of each class, a tenth of them validation, a tenth test (default: 300)',
  },
  imbalance: {
    type: 'number',
    requiresArg: true,
    description:
      'For synthetic: how much of the class disgust, from 0 (none) to 1 (all but one image), is left out of training',
  },
  channels: {
    choices: [1, 3] as const,
    description: 'For data sets of photographs: grey (1) or RGB (3)',
  },
} as const;

export interface DatasetArguments {
  readonly dataset: string;
  readonly data?: string | undefined;
  readonly 'data-seed': number;
  readonly classes?: (typeof ckPlusClassCounts)[number] | undefined;
  readonly labels?: (typeof ferPlusLabels)[number] | undefined;
  readonly 'class-names'?: string | undefined;
  readonly samples?: number | undefined;
  readonly imbalance?: number | undefined;
  readonly channels?: 1 | 3 | undefined;
}

/** Drawn images of each class; so many of seven classes take 320 MB. */
const mostSamples = 20_000;

/** The data set the options name; the first, slow reading shows its progress. */
export async function datasetOf(
  {
    dataset,
    data,
    'data-seed': seed,
    classes,
    labels,
    'class-names': names,
    samples,
    imbalance,
    channels,
  }: DatasetArguments,
  onUnreadable?: (message: string) => void,
): Promise<Dataset> {
  requireWhole({ 'data-seed': seed }, 0);
  requireWhole({ samples }, 10, mostSamples);
  if (imbalance !== undefined && !(imbalance >= 0 && imbalance <= 1))
    throw new UsageError(`--imbalance ${imbalance}: a number from 0 to 1 is expected.`);
  const isSynthetic = samples !== undefined || imbalance !== undefined;
  let shown = 0;
  return loadDataset({
    dataset,
    data,
    seed,
    classes,
    labels,
    channels,
    classNames: names?.split(',').map((name) => name.trim()),
    ...(isSynthetic && { synthetic: { samplesPerClass: samples, imbalance } }),
    ...(onUnreadable && { onUnreadable }),
    onNote: (message) => complain(message),
    onWarning: (message) => complain(message),
    onProgress: (done, total) => {
      const percent = Math.floor((100 * done) / total);
      if (percent === shown || (percent < shown + 10 && done < total)) return;
      shown = percent;
      complain(`Reading ${dataset}: ${percent} %`);
    },
  });
}

/** Throws a `UsageError` where `--minimum-face` is no size that is looked for. */
export function requireMinimumFace(pixels: number | undefined): void {
  if (pixels !== undefined && !(Number.isFinite(pixels) && pixels >= smallestMinimumFace))
    throw new UsageError(
      `--minimum-face ${pixels}: a number of pixels from ${smallestMinimumFace} is expected.`,
    );
}

/** Throws a `UsageError` where one of the options is there, but no whole number from `least` to `most`. */
export function requireWhole(
  options: Readonly<Record<string, number | undefined>>,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): void {
  for (const [name, value] of Object.entries(options))
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= least && value <= most)) {
      const end = most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`;
      throw new UsageError(`--${name} ${value}: a whole number from ${least}${end} is expected.`);
    }
}

export const modelNames = Object.keys(models);

export const stemStrideOption = {
  'stem-stride': {
    choices: [1, 2] as const,
    description: "Stride of the first convolution; sdnet offers none (default: the official network's)",
  },
} as const;

export const variantOption = {
  variant: {
    choices: variants,
    description: 'For sdnet: without one of its parts, as in an ablation (default: whole)',
  },
} as const;

/** How to train, the same for every command that does. Their defaults are another matter. */
export const recipeOptions = {
  recipe: {
    type: 'string',
    requiresArg: true,
    description: `How to train: ${recipeNames.join(', ')}, or a file (.json, .yaml)`,
  },
  epochs: { type: 'number', requiresArg: true, description: "Instead of the recipe's" },
} as const;

export const seedOption = {
  seed: {
    type: 'number',
    requiresArg: true,
    description: 'Decides initialisation, order, augmentation and dropout',
  },
} as const;

export const jsonOption = { json: { type: 'boolean', default: false, description: 'Print JSON' } } as const;

/** Throws a `UsageError` where there are more threads than make sense: hundreds of them wait for each other. */
export function requireThreads(threads: number | undefined, name = 'threads'): void {
  requireWhole({ [name]: threads }, 1);
  const most = 4 * availableParallelism();
  if (threads !== undefined && threads > most)
    throw new UsageError(`--${name} ${threads}: at most ${most} are of use on this machine.`);
}

export const threadsOption = {
  threads: { type: 'number', requiresArg: true, description: 'Threads that compute (default: all cores)' },
} as const;
