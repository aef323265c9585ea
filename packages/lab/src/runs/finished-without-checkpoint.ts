import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  type EpochResult,
  epochResult,
  learningRateAt,
  type Partition,
  type Recipe,
  sizeAt,
  UserError,
} from '@sdnet/training';
import { type NetworkDescription, readWeights } from 'sdnet';
import { readHistory } from './history.js';
import { runFiles } from './run-folder.js';

/** What a run was to be, as far as its last weights and its log tell. */
export interface FinishedRunOptions {
  readonly description: NetworkDescription;
  readonly dataset: { readonly name: string };
  readonly partition: Partition;
  readonly recipe: Recipe;
  readonly seed: number;
}

/** Whether the folder has what is kept of a finished run where its checkpoint is not: it is four times as large. */
export const isWithoutCheckpoint = (out: string): boolean =>
  !existsSync(join(out, runFiles.checkpoint)) &&
  [runFiles.last, runFiles.log].every((name) => existsSync(join(out, name)));

/**
 * The epochs of a finished run of which the last weights and the log alone are left. They do not say everything that a
 * checkpoint does, so what they say is looked at closely: the network with its classes and the training images' mean and
 * deviation, data set, numbers of images, recipe, seed, and each epoch's image size and learning rate.
 *
 * @throws UserError where it is another run, or a file is damaged; the message says what is different
 */
export async function finishedWithoutCheckpoint(
  out: string,
  { description, dataset, partition, recipe, seed }: FinishedRunOptions,
): Promise<readonly EpochResult[]> {
  const file = join(out, runFiles.last);
  const { provenance, ...weights } = await readWeights(file);
  if (!provenance)
    throw new UserError(
      `${file}: does not say how it was trained, and there is no checkpoint. Name another folder by --out.`,
    );
  // Without how long they took, as in a checkpoint.
  const history = readHistory(out).map((record) => epochResult.parse(record));
  const expected = {
    ...described(description),
    'data set': dataset.name,
    'training images': partition.train.length,
    'validation images': partition.validation.length,
    recipe: recipe.name,
    seed,
    epochs: recipe.epochs,
    'epochs in the log': recipe.epochs,
    'image sizes': history.map((_, epoch) => sizeAt(recipe, epoch)),
    'learning rates': learningRates(
      recipe,
      history,
      Math.max(1, Math.floor(partition.train.length / recipe.batch)),
    ),
  };
  const found: Readonly<Record<keyof typeof expected, unknown>> = {
    ...described(weights),
    'data set': provenance.dataset,
    'training images': provenance.trainImages,
    'validation images': provenance.validationImages,
    recipe: provenance.recipe,
    seed: provenance.seed,
    epochs: provenance.epoch,
    'epochs in the log': history.length,
    'image sizes': history.map(({ size }) => size),
    'learning rates': history.map(({ learningRate }) => Number(learningRate.toPrecision(9))),
  };
  const different = (Object.keys(expected) as (keyof typeof expected)[]).filter(
    (name) => !isDeepStrictEqual(found[name], expected[name]),
  );
  if (different.length > 0)
    throw new UserError(
      `${file} is of another run: ` +
        different.map((name) => `${name} ${text(found[name])}, expected ${text(expected[name])}`).join('; ') +
        '. Name the options it was trained with, or another folder by --out.',
    );
  const last = history.at(-1)!;
  if (last.validationAccuracy !== provenance.accuracy)
    throw new UserError(
      `${out}: ${runFiles.last} has a validation accuracy of ${provenance.accuracy}, the last line of ${runFiles.log} ` +
        `${last.validationAccuracy}. They are of different runs: restore them from a copy.`,
    );
  return history;
}

const described = ({ model, classNames, preprocessing, stemStride, variant }: NetworkDescription) => ({
  network: model,
  classes: classNames,
  preprocessing,
  'stem stride': stemStride,
  variant,
});

/** What the recipe gives at the last step of each epoch, as the log has it. */
function learningRates(recipe: Recipe, history: readonly EpochResult[], steps: number): number[] {
  return history.map((_, epoch) =>
    Number(learningRateAt(recipe, epoch + (steps - 1) / steps, history.slice(0, epoch)).toPrecision(9)),
  );
}

/** Of a list, its first entries say enough. */
const text = (value: unknown): string => {
  const whole = JSON.stringify(value) ?? 'none';
  return whole.length > 200 ? `${whole.slice(0, 200)} …` : whole;
};
