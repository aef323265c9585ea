import { recipeNamed } from '@sdnet/training';
import { describe, expect, it } from 'vitest';
import { ablationNote, ablationsOf, ablationTable } from '../../src/experiments/ablation.js';
import type { RunEvaluation } from '../../src/experiments/run-evaluation.js';
import { ablationBlocks } from '../../src/reports/ablation-blocks.js';
import { markdownPage } from '../../src/reports/markdown-page.js';

const strong = recipeNamed('strong');

describe('the ablations of a recipe', () => {
  it('are the whole and it without each part, and the factors of the RO loss that are not there yet', () => {
    const found = ablationsOf(strong).map(({ name, variant, recipe: { loss } }) => [
      name,
      variant,
      loss.classWeights,
      loss.lambda1,
      loss.lambda2,
    ]);
    expect(found).toEqual([
      ['whole', undefined, true, 0.9, 0.1],
      ['without-class-weights', undefined, false, 0.9, 0.1],
      ['without-ro-loss', undefined, true, 1, 0],
      ['without-cbam', 'without-cbam', true, 0.9, 0.1],
      ['without-dense-blocks', 'without-dense-blocks', true, 0.9, 0.1],
      ['without-residuals', 'without-residuals', true, 0.9, 0.1],
      ['lambda2-0.05', undefined, true, 0.95, 0.05],
      ['lambda2-0.2', undefined, true, 0.8, 0.2],
    ]);
  });

  it('change nothing else of the recipe', () => {
    for (const { recipe } of ablationsOf(strong))
      expect({ ...recipe, name: strong.name, loss: strong.loss }).toEqual(strong);
  });
});

/** Of ten images, the first of which are right; class b has few of them. */
function evaluationOf(seed: number, right: number, training: number): RunEvaluation {
  const predictions = Array.from({ length: 10 }, (_, index) => ({
    file: `${index}.png`,
    label: 'a',
    predicted: index < right ? 'a' : 'b',
    scores: [0.5, 0.5],
  }));
  return {
    run: `run-seed${seed}`,
    seed,
    classNames: ['a', 'b'],
    samples: 10,
    epoch: 12,
    accuracy: right / 10,
    balancedAccuracy: right / 10,
    macroF1: 0.5,
    parameters: 100,
    perClass: [
      { expression: 'a', recall: right / 10, support: 7 },
      { expression: 'b', recall: seed / 10, support: 3 },
    ],
    training: { samples: 20, accuracy: training, balancedAccuracy: training },
    predictions,
  } as unknown as RunEvaluation;
}

it('the table has means over the seeds, the gap, the small classes and the test against the whole', () => {
  const [whole, without] = ablationsOf(strong);
  const table = ablationTable(
    { dataset: 'synthetic', sharesSubjects: false },
    [
      { ablation: whole!, evaluations: [evaluationOf(1, 9, 0.95), evaluationOf(3, 7, 0.85)] },
      { ablation: without!, evaluations: [evaluationOf(1, 4, 0.9), evaluationOf(3, 7, 1)] },
    ],
    [30, 10],
  );
  expect(table).toMatchObject({ dataset: 'synthetic', images: 10, epochs: 12, smallClasses: ['b'] });
  const [first, second] = table.rows;
  expect(first).toMatchObject({ name: 'whole', seeds: [1, 3], lambda2: 0.1, mcnemar: [] });
  expect(first!.accuracy).toBeCloseTo(0.8, 12);
  // √(0.1² + 0.1²)
  expect(first!.deviation).toBeCloseTo(Math.SQRT2 / 10, 12);
  expect(first!.gap).toBeCloseTo(0.1, 12);
  expect(first!.smallClassRecall).toBeCloseTo(0.2, 12);
  expect(first!.recall).toEqual({ a: 0.8, b: 0.2 });
  expect(second!.gap).toBeCloseTo(0.95 - 0.55, 12);
  // Five images that the whole alone got right: 2 / 2^5.
  expect(second!.mcnemar).toEqual([
    { seed: 1, onlyFirst: 5, onlySecond: 0, p: expect.closeTo(2 / 32, 12) },
    { seed: 3, onlyFirst: 0, onlySecond: 0, p: 1 },
  ]);
});

it('a class without validation images has no recall, and a negative gap is written as it is', () => {
  const [whole] = ablationsOf(strong);
  const evaluation = evaluationOf(1, 9, 0.8);
  const perClass = [...evaluation.perClass, { expression: 'c', precision: 0, recall: 0, f1: 0, support: 0 }];
  const evaluations = [{ ...evaluation, classNames: ['a', 'b', 'c'], perClass }];
  const table = ablationTable(
    { dataset: 'synthetic', sharesSubjects: true },
    [{ ablation: whole!, evaluations }],
    [30, 10, 10],
  );
  expect(table).toMatchObject({ smallClasses: ['b', 'c'], sharesSubjects: true });
  const [row] = table.rows;
  expect(row!.recall).toEqual({ a: 0.9, b: 0.1, c: null });
  expect(row!.smallClassRecall).toBeCloseTo(0.1, 12);
  expect(ablationNote(table)).toMatch(/^SUBJECTS ARE SHARED between training and validation images/);
  const page = markdownPage({ title: '', summary: '', blocks: ablationBlocks(table) });
  expect(page).toContain('| whole | 90.0 % | 10.0 % | – |');
  expect(page).toMatch(/Gap between training and validation(.|\n)*\| whole \| -10\.0 points \|/);
});
