import { describe, expect, it } from 'vitest';
import { metrics, predictedClasses } from '../src/metrics.js';

describe('metrics', () => {
  it('of an example worked out by hand', () => {
    //               a  a  a  a  b  b  c  c  c  c
    const labels = [0, 0, 0, 0, 1, 1, 2, 2, 2, 2];
    const predictions = [0, 0, 0, 1, 1, 0, 2, 2, 0, 1];
    const result = metrics(labels, predictions, ['a', 'b', 'c']);
    expect(result.confusion).toEqual([
      [3, 1, 0],
      [1, 1, 0],
      [1, 1, 2],
    ]);
    expect(result.samples).toBe(10);
    expect(result.accuracy).toBe(6 / 10);
    expect(result.balancedAccuracy).toBeCloseTo((3 / 4 + 1 / 2 + 2 / 4) / 3, 12);
    expect(result.perClass).toEqual([
      { expression: 'a', precision: 3 / 5, recall: 3 / 4, f1: expect.closeTo(2 / 3, 12), support: 4 },
      { expression: 'b', precision: 1 / 3, recall: 1 / 2, f1: expect.closeTo(2 / 5, 12), support: 2 },
      { expression: 'c', precision: 1, recall: 1 / 2, f1: expect.closeTo(2 / 3, 12), support: 4 },
    ]);
    expect(result.macroF1).toBeCloseTo((2 / 3 + 2 / 5 + 2 / 3) / 3, 12);
  });

  it('with classes that do not occur or were not predicted', () => {
    // b never predicted; c predicted, but does not occur; d neither.
    const result = metrics([0, 0, 1], [0, 2, 0], ['a', 'b', 'c', 'd']);
    expect(result.balancedAccuracy).toBeCloseTo((1 / 2 + 0) / 2, 12);
    expect(result.perClass.map(({ precision }) => precision)).toEqual([1 / 2, 0, 0, 0]);
    expect(result.perClass.map(({ recall }) => recall)).toEqual([1 / 2, 0, 0, 0]);
    expect(result.perClass.map(({ f1 }) => f1)).toEqual([1 / 2, 0, 0, 0]);
    // a, b and c: scikit-learn's f1_score(average='macro') takes the classes in either list.
    expect(result.macroF1).toBeCloseTo(1 / 2 / 3, 12);
  });

  it('of an imbalanced set with a constant answer: accuracy is high, balanced accuracy chance', () => {
    const labels = Array.from({ length: 100 }, (_, index) => (index < 95 ? 0 : 1));
    const result = metrics(
      labels,
      labels.map(() => 0),
      ['many', 'few'],
    );
    expect(result.accuracy).toBe(0.95);
    expect(result.balancedAccuracy).toBe(0.5);
  });

  it('reject what cannot be compared', () => {
    expect(() => metrics([], [], ['a'])).toThrow('at least one sample');
    expect(() => metrics([0], [0, 0], ['a'])).toThrow('2 predictions for 1 labels');
    expect(() => metrics([0], [1], ['a'])).toThrow('Sample 0 has label 0 and prediction 1');
  });
});

describe('predictedClasses', () => {
  it('takes the first of the highest scores', () => {
    expect(predictedClasses(new Float32Array([0, 2, 1, -1, -3, -1]), 3)).toEqual([1, 0]);
  });

  it('rejects NaN and partial rows', () => {
    expect(() => predictedClasses(new Float32Array([0, 1, 0, Number.NaN]), 2)).toThrow('sample 1');
    expect(() => predictedClasses(new Float32Array(5), 3)).toThrow('5 scores');
  });
});
