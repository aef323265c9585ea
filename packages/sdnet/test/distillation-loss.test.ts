import { compileGradient, parameter, random } from '@sdnet/autograd';
import { nodeRuntime } from '@sdnet/autograd/node';
import { describe, expect, it } from 'vitest';
import { distillationLoss } from '../src/losses/distillation-loss.js';

const batch = 3;
const classes = 4;
const source = random(5);
const logits = Float32Array.from({ length: batch * classes }, () => 3 * source.normal());
const rows = (values: ArrayLike<number>) =>
  Array.from({ length: batch }, (_, row) => Array.from(values).slice(row * classes, (row + 1) * classes));
function softmax(row: readonly number[], temperature: number): number[] {
  const powers = row.map((value) => Math.exp(value / temperature));
  const sum = powers.reduce((total, power) => total + power);
  return powers.map((power) => power / sum);
}
const softTargets = rows(Float32Array.from({ length: batch * classes }, () => source.normal())).map((row) =>
  softmax(row, 1),
);

describe('distillationLoss', () => {
  it.each([1, 3, 8])(
    'is the loss of Hinton et al. in float64, gradient too, at temperature %d',
    async (t) => {
      const { model, parameters } = compileGradient({
        network: (_images, scope) =>
          parameter(scope, 'logits', [batch, classes], { kind: 'constant', value: 0 }),
        image: [1, 1, 1],
        batch,
        classes,
        loss: (output, targets) => distillationLoss(output, targets, { temperature: t }),
      });
      const session = await nodeRuntime.createSession(model);
      const { loss, gradient } = await session.run({
        images: { shape: [batch, 1, 1, 1], data: new Float32Array(batch) },
        targets: { shape: [batch, classes], data: Float32Array.from(softTargets.flat()) },
        parameters: { shape: [parameters.length], data: logits },
      });
      await session.release();
      const q = rows(logits).map((row) => softmax(row, t));
      const crossEntropies = q.map((row, b) =>
        row.reduce((sum, score, c) => sum - softTargets[b]![c]! * Math.log(score), 0),
      );
      expect(loss!.data[0]).toBeCloseTo((t ** 2 * crossEntropies.reduce((a, b) => a + b)) / batch, 5);
      // ∂L/∂z = T/B (softmax(z / T) − t)
      const expected = q.flatMap((row, b) =>
        row.map((score, c) => (t / batch) * (score - softTargets[b]![c]!)),
      );
      for (const [index, value] of gradient!.data.entries()) expect(value).toBeCloseTo(expected[index]!, 6);
    },
  );
});
