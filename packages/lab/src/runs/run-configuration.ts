import { createHash } from 'node:crypto';
import { type Dataset, type Partition, type Recipe, recipeSchema } from '@sdnet/training';
import {
  largestSize,
  layoutsOf,
  models,
  namedTensors,
  type NetworkDescription,
  variants,
  type Weights,
} from 'sdnet';
import { z } from 'zod';
import { datasetDigest } from '../datasets/dataset-digest.js';

/** What decides a run's result, so that a run is not resumed as another. */
export interface RunConfiguration {
  readonly network: NetworkDescription & {
    /** Digest of the tensors' names and shapes. */
    readonly tensors: string;
  };
  readonly recipe: Recipe;
  readonly seed: number;
  readonly dataset: {
    readonly name: string;
    readonly train: number;
    readonly validation: number;
    readonly content: string;
  };
  /** Digest of the weights it was fine-tuned from. */
  readonly fineTuned: string | false;
  /** Digests of the weights it learns from; absent where there are none. */
  readonly teachers?: readonly string[];
}

const digest = z.string().regex(/^[\da-f]{64}$/, 'no SHA-256');
const count = z.int().min(0);

/** A configuration that was written as JSON. */
export const runConfigurationSchema: z.ZodType<RunConfiguration> = z.strictObject({
  network: z.strictObject({
    model: z.enum(Object.keys(models)),
    classNames: z.array(z.string().min(1)).min(1),
    preprocessing: z.strictObject({
      size: z.int().min(1).max(largestSize),
      channels: z.literal([1, 3]),
      mean: z.number(),
      deviation: z.number().positive(),
    }),
    stemStride: z.literal([1, 2]).exactOptional(),
    variant: z.enum(variants).exactOptional(),
    tensors: digest,
  }),
  recipe: recipeSchema,
  seed: count,
  dataset: z.strictObject({ name: z.string(), train: count, validation: count, content: digest }),
  fineTuned: z.union([digest, z.literal(false)]),
  teachers: z.array(digest).exactOptional(),
});

/** The configuration of a run. */
export function runConfiguration(
  description: NetworkDescription,
  {
    dataset,
    partition: { train, validation },
    recipe,
    seed,
    teachers = [],
  }: {
    readonly dataset: Dataset;
    readonly partition: Partition;
    readonly recipe: Recipe;
    readonly seed: number;
    readonly teachers?: readonly Weights[] | undefined;
  },
  fineTuned: RunConfiguration['fineTuned'],
): RunConfiguration {
  const { parameters, statistics } = layoutsOf(description);
  const tensors = [parameters, statistics].map(({ entries }) =>
    entries.map(({ name, shape }) => [name, shape]),
  );
  return {
    network: { ...description, tensors: createHash('sha256').update(JSON.stringify(tensors)).digest('hex') },
    recipe,
    seed,
    dataset: {
      name: dataset.name,
      train: train.length,
      validation: validation.length,
      content: datasetDigest(dataset, [...train, ...validation]),
    },
    fineTuned,
    ...(teachers.length > 0 && { teachers: teachers.map(weightsDigest) }),
  };
}

/** SHA-256 of the weights' tensors. */
export function weightsDigest(weights: Weights): string {
  const hash = createHash('sha256');
  for (const [name, { data }] of namedTensors(weights))
    hash.update(name).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return hash.digest('hex');
}
