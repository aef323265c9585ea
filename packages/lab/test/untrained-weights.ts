import { initialize, random } from '@sdnet/autograd';
import { layoutsOf, type NetworkDescription, type Weights } from 'sdnet';
import { expressions } from '../src/datasets/expressions.js';

/**
 * Weights that nobody trained, but with every number that training would move away from where it began: batch
 * norm's factors, offsets and statistics, and a classifier whose scores differ from image to image.
 */
export function untrainedWeights(model: string, options: Partial<NetworkDescription> = {}): Weights {
  const description: NetworkDescription = {
    model,
    classNames: expressions,
    preprocessing: { size: 48, channels: 1, mean: 0.5, deviation: 0.25 },
    ...options,
  };
  const layouts = layoutsOf(description);
  const parameters = initialize(layouts.parameters, 1);
  const statistics = initialize(layouts.statistics, 1);
  const source = random(1, 0, 0, 1);
  const around = (mean: number, deviation: number) => () => mean + deviation * (2 * source.uniform() - 1);
  const fill = (vector: Float32Array, offset: number, size: number, value: () => number) => {
    for (let index = offset; index < offset + size; index++) vector[index] = value();
  };
  for (const { name, offset, size, initializer } of layouts.parameters.entries) {
    if (initializer.kind === 'constant') fill(parameters, offset, size, around(initializer.value, 0.2));
    else if (/classifier\.weight$/.test(name)) fill(parameters, offset, size, around(0, 1));
  }
  for (const { name, offset, size } of layouts.statistics.entries)
    fill(statistics, offset, size, name.endsWith('running_var') ? around(1, 0.5) : around(0, 0.2));
  return { ...description, parameters, statistics };
}
