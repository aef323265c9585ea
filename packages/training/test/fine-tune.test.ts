import { initialize, random } from '@sdnet/autograd';
import { nodeRuntime } from '@sdnet/autograd/node';
import { layoutsOf, namedTensors, type NetworkDescription, type Weights } from 'sdnet';
import { describe, expect, it } from 'vitest';
import type { Dataset } from '../src/dataset.js';
import { evaluate, evaluateAcross } from '../src/evaluate.js';
import { fineTune, type FineTuneOptions } from '../src/fine-tune.js';
import { type Recipe, requireRecipe } from '../src/recipe.js';
import { recipeNamed } from '../src/recipes/index.js';

const size = 24;
const count = 24;
const source = random(3);

/** Bright and dark noise: two classes that anybody can tell apart. */
const dataset: Dataset = {
  name: 'light',
  classNames: ['dark', 'bright'],
  ...{ width: size, height: size, channels: 1 },
  pixels: Uint8Array.from(
    { length: count * size * size },
    (_, pixel) => source.integer(100) + 130 * (Math.floor(pixel / (size * size)) % 2),
  ),
  samples: Array.from({ length: count }, (_, index) => ({ source: `image ${index}`, label: index % 2 })),
};
const indices = [...dataset.samples.keys()];
const partition = { train: indices.slice(0, 16), validation: indices.slice(16) };

/** Weights that nobody trained. */
function untrained(classNames: readonly string[]): Weights {
  const description: NetworkDescription = {
    model: 'shufflenet-v2',
    classNames,
    preprocessing: { size, channels: 1, mean: 0.5, deviation: 0.25 },
  };
  const { parameters, statistics } = layoutsOf(description);
  return { ...description, parameters: initialize(parameters, 1), statistics: initialize(statistics, 1) };
}

const small: Recipe = { ...recipeNamed('fine-tune'), size, epochs: 1, batch: 8 };
const options: FineTuneOptions = {
  ...{ runtime: nodeRuntime, dataset, partition, recipe: small, seed: 0, memoryLimit: 2 ** 30 },
  init: untrained(dataset.classNames),
  threads: 1,
};

/** The names of the tensors that are not, bit for bit, what they were. */
function changed(before: Weights, after: Weights): string[] {
  const former = namedTensors(before);
  return [...namedTensors(after)].flatMap(([name, { data }]) =>
    Buffer.from(data.slice().buffer).equals(Buffer.from(former.get(name)!.data.slice().buffer)) ? [] : [name],
  );
}
const isStatistic = (name: string) => /running_(mean|var)$/.test(name);

describe('fineTune', () => {
  it('trains every parameter and leaves the statistics as they are, unless the recipe says otherwise', async () => {
    const frozen = await fineTune(options);
    const names = changed(options.init, frozen!.weights);
    expect(names.filter(isStatistic)).toEqual([]);
    expect(names.length).toBeGreaterThan(50);
    const { batchNorm: _, ...moving } = small;
    const moved = await fineTune({ ...options, recipe: moving });
    const all = [...namedTensors(options.init).keys()];
    expect(changed(options.init, moved!.weights).filter(isStatistic)).toEqual(all.filter(isStatistic));
  });

  it('trains the classifier alone where the recipe says so, and learns', async () => {
    const recipe = requireRecipe({ ...small, trainable: 'classifier', learningRate: 0.05, epochs: 6 });
    const { weights, metrics, history, finished } = (await fineTune({ ...options, recipe }))!;
    expect(changed(options.init, weights)).toEqual(['head.classifier.weight', 'head.classifier.bias']);
    expect(history).toHaveLength(6);
    expect(history.at(-1)!.loss).toBeLessThan(history[0]!.loss);
    expect(finished).toBe(true);
    expect(metrics).toEqual(await evaluate(nodeRuntime, weights, dataset, partition.validation));
    expect(weights.provenance).toMatchObject({
      ...{ dataset: 'light', trainImages: 16, validationImages: 8, recipe: 'fine-tune' },
      accuracy: metrics.accuracy,
    });
  });

  it('keeps what finished epochs have taught where it is stopped, and nothing where none was', async () => {
    const stopping = new AbortController();
    const stopped = await fineTune({
      ...options,
      recipe: { ...small, epochs: 3 },
      signal: stopping.signal,
      onEpoch: ({ epoch }) => epoch === 1 && stopping.abort(),
    });
    expect(stopped).toMatchObject({ finished: false, history: [{ epoch: 1 }] });
    expect(await fineTune({ ...options, signal: AbortSignal.abort() })).toBeUndefined();
  });

  it('learns other classes with a new classifier, and reads messages meanwhile, so that one can stop it', async () => {
    const stopping = new AbortController();
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => stopping.abort();
    let steps = 0;
    const stopped = await fineTune({
      ...options,
      init: untrained(['a', 'b', 'c']),
      recipe: { ...small, epochs: 50 },
      signal: stopping.signal,
      onProgress() {
        // In the second epoch, so that the first is kept.
        if (++steps === 3) port2.postMessage('stop');
      },
    });
    port1.close();
    expect(stopped!.finished).toBe(false);
    expect(steps).toBeLessThan(20);
    expect(stopped!.weights.classNames).toEqual(['dark', 'bright']);
    expect(namedTensors(stopped!.weights).get('head.classifier.bias')!.shape).toEqual([2]);
  });
});

describe('evaluateAcross', () => {
  it('matches classes by name, and never recognises one that the network does not know', async () => {
    const weights = untrained(['bright', 'other']);
    const { classNames, metrics } = await evaluateAcross(nodeRuntime, weights, dataset, indices);
    expect(classNames).toEqual(['dark', 'bright', 'other']);
    const [dark, bright] = metrics.perClass;
    expect([dark!.recall, dark!.support, bright!.support]).toEqual([0, 12, 12]);
    expect(metrics.confusion.map((row) => row[0])).toEqual([0, 0, 0]);
    const same = await evaluateAcross(nodeRuntime, options.init, dataset, indices);
    expect(same.metrics).toEqual(await evaluate(nodeRuntime, options.init, dataset, indices));
  });
});
