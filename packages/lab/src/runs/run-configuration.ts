import { createHash } from 'node:crypto';
import type { Dataset, Partition, Recipe } from '@sdnet/training';
import { layoutsOf, namedTensors, type NetworkDescription, type Weights } from 'sdnet';
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
