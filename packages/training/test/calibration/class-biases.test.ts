import { random } from '@sdnet/autograd';
import { describe, expect, it } from 'vitest';
import { fitClassBiases } from '../../src/calibration/class-biases.js';

const classes = 4;

/** Logits, and labels drawn from their soft-max with `truth` added. */
function drawn(count: number, truth: readonly number[]) {
  const source = random(5, 23);
  const logits = Float64Array.from({ length: count * classes }, () => 2 * source.normal());
  const labels = Array.from({ length: count }, (_, row) => {
    const powers = truth.map((bias, index) => Math.exp(logits[row * classes + index]! + bias));
    let rest = source.uniform() * powers.reduce((sum, power) => sum + power, 0);
    for (const [label, power] of powers.entries()) if ((rest -= power) < 0) return label;
    return classes - 1;
  });
  return { logits, labels };
}

/** Mean negative log-likelihood, written as its definition says. */
function likelihood(logits: Float64Array, labels: readonly number[], biases: ArrayLike<number>): number {
  return (
    labels.reduce((sum, label, row) => {
      const z = Array.from(biases, (bias, index) => logits[row * classes + index]! + bias);
      const total = z.reduce((all, value) => all + Math.exp(value), 0);
      return sum - Math.log(Math.exp(z[label]!) / total);
    }, 0) / labels.length
  );
}

describe('fitClassBiases', () => {
  it('are the logarithms of the shares where the logits say nothing', () => {
    const counts = [1, 10, 5, 4];
    const labels = counts.flatMap((count, label) => Array<number>(count).fill(label));
    const { biases, before, after } = fitClassBiases(new Float64Array(20 * classes), labels, classes);
    const logs = counts.map((count) => Math.log(count / 20));
    const mean = logs.reduce((sum, value) => sum + value, 0) / classes;
    for (const [index, bias] of biases.entries()) expect(bias).toBeCloseTo(logs[index]! - mean, 10);
    expect(before).toBeCloseTo(Math.log(classes), 12);
    expect(after).toBeCloseTo(-counts.reduce((sum, n, index) => sum + (n / 20) * logs[index]!, 0), 12);
  });

  it('are those by which labels were drawn, and no step beside them is better', () => {
    const truth = [-1.2, 0.5, 0.7, 0];
    const { logits, labels } = drawn(20_000, truth);
    const { biases, before, after } = fitClassBiases(logits, labels, classes);
    for (const [index, bias] of biases.entries()) expect(Math.abs(bias - truth[index]!)).toBeLessThan(0.08);
    expect(before).toBeCloseTo(likelihood(logits, labels, [0, 0, 0, 0]), 10);
    expect(after).toBeCloseTo(likelihood(logits, labels, biases), 10);
    for (const index of biases.keys())
      for (const step of [-0.01, 0.01])
        expect(
          likelihood(
            logits,
            labels,
            biases.map((bias, other) => bias + (other === index ? step : 0)),
          ),
        ).toBeGreaterThan(after);
  });

  it('refuses a class without images', () => {
    expect(() => fitClassBiases(new Float64Array(2 * classes), [0, 2], classes)).toThrow(
      'Class 1 has no image',
    );
  });
});
