// What the tools that fit something of weights to images have in common: their options, and how both are read.

import { readWeights, sameClasses } from 'sdnet';
import { loadDataset, UserError } from '@sdnet/lab';

/** For `parseArgs`. */
export const commonOptions = {
  data: { type: 'string' },
  dataset: { type: 'string', default: 'fer2013' },
  weights: {
    type: 'string',
    default: new URL('../models/sdnet-fer2013/weights.safetensors', import.meta.url).pathname,
  },
  threads: { type: 'string' },
  write: { type: 'string' },
};

/** The data set and the weights that the options name; both of the same classes. */
export async function weightsAndImages({ data, dataset: name, weights: file, threads }) {
  if (!data) throw new UserError('Name the data set by --data: its folder, or fer2013.csv.');
  const dataset = await loadDataset({ dataset: name, data });
  const weights = await readWeights(file);
  if (!sameClasses(weights.classNames, dataset.classNames))
    throw new UserError(
      `The weights know the classes ${weights.classNames.join(', ')}, the data set ${dataset.classNames.join(', ')}.`,
    );
  return { dataset, weights, threads: threads === undefined ? undefined : Number(threads) };
}

/** Runs a tool; what is for the person at the command line is said without a stack. */
export async function run(tool) {
  try {
    await tool();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
