import { random } from '@sdnet/autograd';
import { nodeRuntime } from '@sdnet/autograd/node';
import { expect, it } from 'vitest';
import { compileRecipe, initialVectors, optimizerOf, recipeNamed } from '../src/index.js';

const classNames = ['a', 'b', 'c'];
const batch = 4;
const size = 32;
const source = random(7);
/** Positive numbers with the sum 1. */
const distribution = () => {
  const values = classNames.map(() => Math.exp(source.normal()));
  const sum = values.reduce((total, value) => total + value);
  return values.map((value) => value / sum);
};
const softmax = (row: readonly number[], temperature: number) => {
  const powers = row.map((value) => Math.exp(value / temperature));
  const sum = powers.reduce((total, power) => total + power);
  return powers.map((power) => power / sum);
};

it.each([
  [0.7, 3, 1, 0],
  [0.25, 2, 0.9, 0.1],
])(
  'with teachers, the loss is %d of theirs at temperature %d and the rest of the labels (λ %d, %d), in float64',
  async (weight, temperature, lambda1, lambda2) => {
    const recipe = {
      ...recipeNamed('distilled'),
      batch,
      size,
      distillation: { weight, temperature },
      loss: { lambda1, lambda2, classWeights: true },
    };
    const preprocessing = { size, channels: 1, mean: 0.5, deviation: 0.25 } as const;
    const description = { model: 'mobilenet-v3-small', classNames, preprocessing };
    const classWeights = [1, 2.5, 1.2];
    const step = compileRecipe(recipe, description, classWeights, size);
    const labels = Array.from({ length: batch }, (_, row) =>
      classNames.map((__, c) => Number(c === row % 3)),
    );
    const soft = labels.map(distribution);
    const tensor = (shape: readonly number[], data: readonly number[] | Float32Array) => ({
      shape,
      data: Float32Array.from(data),
    });
    const vectors = initialVectors(step, description, { seed: 1 });
    // As it begins, the network gives hardly any image a score of its own.
    const { offset, size: length } = step.parameters.entries.find(({ name }) =>
      name.endsWith('classifier.weight'),
    )!;
    for (let index = offset; index < offset + length; index++) vectors.parameters![index] = source.normal();
    const session = await nodeRuntime.createSession(step.model);
    const { loss, output } = await session.run({
      images: tensor(
        [batch, 1, size, size],
        Float32Array.from({ length: batch * size * size }, () => source.normal()),
      ),
      targets: tensor(
        [batch, 6],
        labels.flatMap((row, index) => [...row, ...soft[index]!]),
      ),
      ...Object.fromEntries(
        Object.entries(vectors).map(([name, data]) => [name, tensor([data.length], data)]),
      ),
      ...Object.fromEntries(
        Object.entries({ ...optimizerOf(recipe).scalars(1, 0.1), averageDecay: 0.1 }).map(([name, value]) => [
          name,
          tensor([1], [value]),
        ]),
      ),
      ...Object.fromEntries(
        step.dropoutMasks.map(({ name, shape }) => [
          name,
          tensor(shape, Array<number>(shape.reduce((product, side) => product * side, 1)).fill(1)),
        ]),
      ),
    });
    await session.release();

    const logits = labels.map((_, row) => Array.from(output!.data.slice(3 * row, 3 * row + 3)));
    expect(new Set(logits.flat().map((value) => value.toFixed(2))).size).toBeGreaterThan(6);
    let expected = 0;
    for (const [row, values] of logits.entries()) {
      const q = softmax(values, 1).map(Math.log);
      const tempered = softmax(values, temperature).map(Math.log);
      const label = row % 3;
      const ofLabel = -classWeights[label]! * (lambda1 * q[label]! + (lambda2 / 3) * (q[0]! + q[1]! + q[2]!));
      const ofTeachers = -(temperature ** 2) * soft[row]!.reduce((sum, p, c) => sum + p * tempered[c]!, 0);
      expected += ((1 - weight) * ofLabel + weight * ofTeachers) / batch;
    }
    expect(loss!.data[0]! / expected).toBeCloseTo(1, 5);
  },
);
