import { nodeRuntime } from '@sdnet/autograd/node';
import { webRuntime } from '@sdnet/autograd/web';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createExplainer, type Explainer } from '../../src/explanation/explainer.js';
import { compileExplanation } from '../../src/explanation/explanation-graph.js';
import { models } from '../../src/models/index.js';
import { createCropRecognizer } from '../../src/recognition/crop-recognizer.js';
import { layoutsOf } from '../../src/weights.js';
import { noiseImage, untrainedWeights } from './untrained-weights.js';

const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0);

describe.each([nodeRuntime, webRuntime])('an explainer on $name', (runtime) => {
  const weights = untrainedWeights('sdnet');
  let explainer: Explainer;
  beforeAll(async () => {
    explainer = await createExplainer(runtime, weights, { threads: 1 });
  });
  afterAll(() => explainer.release());

  it('explains the class with the highest score, or the one asked for', async () => {
    const recognizer = await createCropRecognizer(runtime, weights, { threads: 1 });
    const [recognition] = await recognizer.recognize([noiseImage(1)]);
    await recognizer.release();
    const best = await explainer.explain(noiseImage(1));
    expect(best.expression).toBe(recognition!.expression);
    const all = await Promise.all(
      explainer.classNames.map((expression) => explainer.explain(noiseImage(1), { expression })),
    );
    expect(all.map(({ expression }) => expression)).toEqual(weights.classNames);
    const total = sum(all.map(({ logit }) => Math.exp(logit)));
    for (const { expression, logit } of all)
      expect(Math.exp(logit) / total).toBeCloseTo(recognition!.scores[expression]!, 5);
    const maps = all.map(({ gradCam }) => [...gradCam.raw.values].join());
    expect(new Set(maps).size).toBe(maps.length);
  });

  it('gives maps in the coordinates of the input, from 0 to 1', async () => {
    const { gradCam, spatialAttention } = await explainer.explain(noiseImage(2, 90, 70));
    for (const map of [gradCam, spatialAttention!]) {
      expect([map.width, map.height, map.values.length]).toEqual([48, 48, 48 * 48]);
      expect([map.raw.width, map.raw.height, map.raw.values.length]).toEqual([3, 3, 9]);
      expect(Math.max(...map.values)).toBeGreaterThan(0.95);
      expect(Math.max(...map.values)).toBeLessThanOrEqual(1);
      expect(Math.min(...map.values)).toBeGreaterThanOrEqual(0);
      // The corner of the map is the corner of the network's.
      const { values, raw } = map;
      const [least, most] = [map === gradCam ? 0 : Math.min(...raw.values), Math.max(...raw.values)];
      for (const [at, corner] of [
        [0, 0],
        [47, 2],
        [47 * 48, 6],
        [48 * 48 - 1, 8],
      ] as const)
        expect(values[at]).toBeCloseTo((raw.values[corner]! - least) / (most - least), 5);
    }
  });

  it('answers calls at once in their order, and one that fails does not disturb the others', async () => {
    const seeds = [1, 2, 3, 4];
    const damaged = { ...noiseImage(1), width: 47 };
    const [failed, ...together] = await Promise.allSettled([
      explainer.explain(damaged),
      ...seeds.map((seed) => explainer.explain(noiseImage(seed))),
    ]);
    expect(failed).toMatchObject({ status: 'rejected' });
    for (const [index, seed] of seeds.entries()) {
      const alone = await explainer.explain(noiseImage(seed));
      expect(together[index]).toEqual({ status: 'fulfilled', value: alone });
    }
  });

  it('refuses a class that there is not', async () => {
    await expect(explainer.explain(noiseImage(1), { expression: 'happy' })).rejects.toThrow(
      'The network knows no class "happy"; choose one of calm, cross, glad.',
    );
  });
});

it.each(Object.keys(models))('knows whether %s has an attention map', (model) => {
  const { hasAttention, shape } = compileExplanation(untrainedWeights(model));
  expect(hasAttention).toBe(model === 'sdnet');
  // Strides of 16 or 32 in all.
  const [, height, width] = shape;
  expect([height, width]).toEqual([width, height]);
  expect(height).toBeLessThanOrEqual(3);
});

it('shows as spatial attention what CBAM multiplies the features by', async () => {
  const weights = untrainedWeights('sdnet');
  const { offset, size } = layoutsOf(weights).parameters.entries.find(
    ({ name }) => name === 'head.cbam.spatial.conv.weight',
  )!;
  const insideOf = async (parameters: Float32Array) => {
    const explainer = await createExplainer(nodeRuntime, { ...weights, parameters }, { threads: 1 });
    const inside = await explainer.look(noiseImage(1));
    const { spatialAttention } = await explainer.explain(noiseImage(1));
    await explainer.release();
    return { features: inside.activation.data, map: spatialAttention! };
  };
  // Without a kernel, the attention is the sigmoid of 0 everywhere: half of every feature is let pass.
  const half = await insideOf(weights.parameters.slice().fill(0, offset, offset + size));
  expect([...half.map.raw.values]).toEqual(Array(9).fill(0.5));
  // The same everywhere: there is nothing to stretch.
  expect(sum(half.map.values)).toBe(0);
  const { features, map } = await insideOf(weights.parameters);
  expect(Math.max(...map.raw.values) - Math.min(...map.raw.values)).toBeGreaterThan(0.01);
  for (const [index, feature] of features.entries())
    expect(feature).toBeCloseTo(2 * half.features[index]! * map.raw.values[index % 9]!, 4);
});

it('says after its release that it was released, once those before are answered', async () => {
  const explainer = await createExplainer(nodeRuntime, untrainedWeights('mobilenet-v3-small'));
  const before = explainer.explain(noiseImage(1));
  const released = explainer.release();
  await expect(explainer.explain(noiseImage(1))).rejects.toThrow('The explainer has been released.');
  await released;
  expect((await before).gradCam.width).toBe(48);
  await explainer.release();
});

it('says that weights whose scores are no numbers are damaged', async () => {
  const weights = untrainedWeights('mobilenet-v3-small');
  const parameters = weights.parameters.slice().fill(NaN);
  const explainer = await createExplainer(nodeRuntime, { ...weights, parameters });
  await expect(explainer.explain(noiseImage(1))).rejects.toThrow('scores of image 1 are no numbers');
  await explainer.release();
});
