import {
  flattenTensors,
  initialize,
  type NamedTensor,
  type ParameterLayout,
  type TrainStepModel,
  unflatten,
} from '@sdnet/autograd';
import { type NetworkDescription, namedTensors, sameClasses, type Weights } from 'sdnet';
import { classifierTensors } from './classifier-tensors.js';

/**
 * The vectors a training starts with.
 *
 * @param seed draws the parameters
 * @param init weights that take their place; where the classes differ, the classifier starts anew
 */
export function initialVectors(
  model: TrainStepModel,
  description: NetworkDescription,
  { seed, init }: { seed: number; init?: Weights | undefined },
): Record<string, Float32Array> {
  let parameters = initialize(model.parameters, seed);
  let statistics = initialize(model.statistics, seed);
  if (init) {
    const given = namedTensors(init);
    if (!sameClasses(init.classNames, description.classNames))
      for (const name of classifierTensors(description)) given.delete(name);
    parameters = merged(model.parameters, parameters, given);
    statistics = merged(model.statistics, statistics, given);
  }
  const vectors: Record<string, Float32Array> = {};
  for (const [name, length] of Object.entries(model.vectors)) vectors[name] = new Float32Array(length);
  const start = { parameters, statistics, averageParameters: parameters, averageStatistics: statistics };
  for (const [name, vector] of Object.entries(start)) if (name in vectors) vectors[name] = vector.slice();
  return vectors;
}

/** A flat vector in which `tensors` take the place of their namesakes. */
const merged = (
  layout: ParameterLayout,
  vector: Float32Array,
  tensors: ReadonlyMap<string, NamedTensor>,
): Float32Array => flattenTensors(layout, new Map([...unflatten(layout, vector), ...tensors]));
