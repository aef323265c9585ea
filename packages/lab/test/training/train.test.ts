import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
// As it is built: the worker that prepares batches is a file of its own.
import { nodeRuntime } from '@sdnet/autograd/node';
import {
  compileRecipe,
  type Dataset,
  describeNetwork,
  initialVectors,
  loadDataset,
  type Recipe,
  readCheckpoint,
  readWeights,
  recipeNamed,
  requireSplit,
  runFiles,
  type TrainOptions,
  type TrainResult,
  train,
  trainEpochs,
  trainingBatches,
} from '@sdnet/lab';
import { namedTensors, type Weights } from 'sdnet';
import { beforeAll, describe, expect, it } from 'vitest';
import { startAugmentingThread } from '../../dist/training/augmenting-thread.js';
import { bytesOf, expectSameRun, logOf } from '../support/run-folder.js';
import { suiteFolder } from '../support/suite-folder.js';

const folder = suiteFolder();
const model = 'mobilenet-v3-small';
let dataset: Dataset;
/** What the run `whole` reported. */
const progress: string[] = [];

/** Everything that could depend on how often a run was interrupted: two sizes, dropout, EMA, a schedule. */
const recipe: Recipe = {
  ...recipeNamed('strong'),
  size: 40,
  early: { size: 32, share: 0.5 },
  epochs: 4,
  batch: 14,
  learningRate: 0.02,
};

const partitionOf = (data: Dataset) => ({
  train: requireSplit(data, 'train'),
  validation: requireSplit(data, 'validation'),
});

/** Trains in the run folder `name`; by default the small synthetic faces by the recipe above with seed 1 on one thread. */
const run = (name: string, options: Partial<TrainOptions> = {}): Promise<TrainResult> => {
  const data = options.dataset ?? dataset;
  const out = join(folder, name);
  const partition = partitionOf(data);
  return train({ dataset: data, partition, model, recipe, seed: 1, threads: 1, ...options, out });
};

const weightsOf = (name: string, file: 'best' | 'last' = 'last'): Promise<Weights> =>
  readWeights(join(folder, name, runFiles[file]));

/** The message of the user error that the training ends with. */
async function message(training: Promise<unknown>): Promise<string> {
  const error = await training.then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  expect(error).toMatchObject({ name: 'UserError' });
  return error!.message;
}

/** The bytes of a run's results. */
const contentOf = (name: string) =>
  new Map(
    Object.values(runFiles)
      .filter((file) => existsSync(join(folder, name, file)))
      .map((file) => [file, readFileSync(join(folder, name, file)).toString('base64')]),
  );

/** The loss of each epoch of a training by the paper's recipe on as many images as one batch has. */
async function lossesOf(name: string, changes: Partial<Recipe>): Promise<number[]> {
  const paper: Recipe = { ...recipeNamed('paper'), ...changes };
  const { train: all, validation } = partitionOf(dataset);
  // Of each class as many.
  const images = all.filter((_, index) => index % (all.length / paper.batch) === 0);
  const partition = { train: images, validation: validation.slice(0, 7) };
  const description = describeNetwork({ dataset, partition, model: name, recipe: paper });
  const weights = dataset.classNames.map(() => 1);
  const compileAt = (size: number) => compileRecipe(paper, description, weights, size);
  const { preprocessing } = description;
  const { batch, augmentation } = paper;
  const batches = trainingBatches(
    { dataset, indices: images, batch, preprocessing, augmentation, seed: 1 },
    startAugmentingThread,
  );
  const losses: number[] = [];
  const epochs = trainEpochs({
    ...{ runtime: nodeRuntime, dataset, partition, description, recipe: paper, seed: 1, batches, compileAt },
    history: [],
    vectors: initialVectors(compileAt(paper.size), description, { seed: 1 }),
  });
  for await (const { record } of epochs) losses.push(record.loss);
  await batches.close();
  return losses;
}

beforeAll(async () => {
  dataset = await loadDataset({ dataset: 'synthetic', synthetic: { samplesPerClass: 10 } });
  await run('whole', {
    onProgress: ({ epoch, epochs, step, steps, secondsLeft }) => {
      progress.push(`${epoch}/${epochs} ${step}/${steps}`);
      expect(secondsLeft).toBeGreaterThanOrEqual(0);
    },
  });
});

describe('train', () => {
  it('learns: SDNet reads the expressions of new drawn faces after a few epochs', async () => {
    const faces = await loadDataset({ dataset: 'synthetic', synthetic: { samplesPerClass: 60 } });
    const { history, bestAccuracy, finished } = await run('learns', {
      dataset: faces,
      model: 'sdnet',
      recipe: { ...recipeNamed('paper'), size: 32, epochs: 4, batch: 14, learningRate: 0.003 },
    });
    expect(finished).toBe(true);
    const losses = history.map(({ loss }) => loss);
    expect(losses).toEqual([...losses].sort((a, b) => b - a));
    expect(losses.at(-1)).toBeLessThan(0.8 * losses[0]!);
    // Chance is 1/7; of 42 images, 17 right by chance have a probability of 1 in 20,000.
    expect(bestAccuracy).toBeGreaterThan(0.4);
    expect(bestAccuracy).toBe(Math.max(...history.map(({ validationAccuracy }) => validationAccuracy)));
  });

  it.each(['mobilenet-v3-small', 'shufflenet-v2', 'ghostnet', 'xception'])(
    'learns a batch by heart with %s too',
    async (name) => {
      // Without files: one checkpoint of Xception has 250 MB.
      const losses = await lossesOf(name, { size: 32, epochs: 4, batch: 7, learningRate: 0.003 });
      expect(losses).toHaveLength(4);
      expect(losses.at(-1)).toBeLessThan(0.6 * losses[0]!);
    },
  );

  it('logs one line an epoch, with the size of its images', () => {
    const log = logOf(join(folder, 'whole'));
    expect(log.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
    expect(log.map(({ size }) => size)).toEqual([32, 32, 40, 40]);
    for (const record of log)
      for (const value of Object.values(record)) expect(Number.isFinite(value)).toBe(true);
  });

  it('notes where it ran', () => {
    const [line, ...rest] = readFileSync(join(folder, 'whole', 'machine.jsonl'), 'utf8')
      .trimEnd()
      .split('\n');
    expect(rest).toEqual([]);
    expect(JSON.parse(line!)).toMatchObject({ epoch: 1, threads: 1, node: process.version });
  });

  it('keeps weights that know how images are prepared for them', async () => {
    const best = await weightsOf('whole', 'best');
    expect(best).toMatchObject({ model, classNames: dataset.classNames });
    expect(best.preprocessing).toMatchObject({ size: 40, channels: 1 });
  });

  it('ends with the same bytes for the same seed, and others for another', async () => {
    await run('again');
    await expectSameRun(join(folder, 'again'), join(folder, 'whole'));
    await run('other', { seed: 2, recipe: { ...recipe, epochs: 1 } });
    const [other, whole] = await Promise.all([weightsOf('other'), weightsOf('whole')]);
    expect(bytesOf(other.parameters).equals(bytesOf(whole.parameters))).toBe(false);
  });

  it('ends with the same bytes on one thread and on two', async () => {
    const options = { model: 'sdnet', recipe: { ...recipe, early: undefined, size: 32, epochs: 2 } };
    await run('one thread', { ...options, threads: 1 });
    await run('two threads', { ...options, threads: 2 });
    await expectSameRun(join(folder, 'one thread'), join(folder, 'two threads'));
  });

  it('ends with the same bytes when it is interrupted and resumed', async () => {
    const stop = new AbortController();
    const first = await run('resumed', {
      signal: stop.signal,
      onProgress: ({ epoch, step }) => {
        if (epoch === 2 && step === 2) stop.abort();
      },
    });
    expect(first).toMatchObject({ finished: false, history: [{ epoch: 1 }] });
    const afterThird = new AbortController();
    const second = await run('resumed', {
      resume: true,
      signal: afterThird.signal,
      onEpoch: ({ epoch }) => {
        if (epoch === 3) afterThird.abort();
      },
    });
    expect(second.finished).toBe(false);
    expect(second.history.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
    const third = await run('resumed', { resume: true });
    expect(third.finished).toBe(true);
    await expectSameRun(join(folder, 'resumed'), join(folder, 'whole'));
  });

  it('can be resumed wherever it was killed, also before its first epoch was finished', async () => {
    const stop = new AbortController();
    const options = { recipe: { ...recipe, epochs: 2 } };
    const { history } = await run('early', {
      ...options,
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    expect(history).toEqual([]);
    // As if it had been killed between the first weights and the checkpoint after them.
    cpSync(join(folder, 'whole', runFiles.best), join(folder, 'early', runFiles.best));
    await run('early', { ...options, resume: true });
    await run('two epochs', options);
    await expectSameRun(join(folder, 'early'), join(folder, 'two epochs'));
  });

  it('starts anew where no epoch was finished', async () => {
    const stop = new AbortController();
    await run('anew', { seed: 3, signal: stop.signal, onProgress: () => stop.abort() });
    await run('anew', { recipe: { ...recipe, epochs: 2 } });
    await expectSameRun(join(folder, 'anew'), join(folder, 'two epochs'));
  });

  it('goes on to more epochs, where none depends on how many there are', async () => {
    const constant: Recipe = { ...recipe, size: 32, early: undefined, schedule: { name: 'constant' } };
    await run('longer', { recipe: { ...constant, epochs: 1 } });
    await run('longer', { recipe: { ...constant, epochs: 2 }, resume: true });
    await run('at once', { recipe: { ...constant, epochs: 2 } });
    await expectSameRun(join(folder, 'longer'), join(folder, 'at once'));
    expect(await message(run('whole', { recipe: { ...recipe, epochs: 5 }, resume: true }))).toContain(
      'recipe.epochs was 4, now 5',
    );
  });

  it('ends at the size of the recipe, however few its epochs', async () => {
    await run('one epoch', { recipe: { ...recipe, epochs: 1 }, threads: undefined });
    expect(logOf(join(folder, 'one epoch')).map(({ size }) => size)).toEqual([40]);
  });

  it('takes all cores where no number of threads is asked for', () => {
    const machine = readFileSync(join(folder, 'one epoch', 'machine.jsonl'), 'utf8');
    expect(JSON.parse(machine)).toMatchObject({ epoch: 1, threads: 'all' });
  });

  it('has nothing left to do when a finished run is resumed', async () => {
    const before = contentOf('whole');
    const { finished, history } = await run('whole', { resume: true });
    expect(finished).toBe(true);
    expect(history).toHaveLength(4);
    expect(contentOf('whole')).toEqual(before);
  });

  it('reports every step', () => {
    const steps = [1, 2, 3, 4];
    expect(progress).toEqual(steps.flatMap((epoch) => steps.map((step) => `${epoch}/4 ${step}/4`)));
  });
});

describe('train stops where the loss is no number', () => {
  it('names the step and keeps the last good checkpoint', async () => {
    let before: Map<string, string> | undefined;
    const diverging: Partial<TrainOptions> = {
      recipe: { ...recipe, schedule: { name: 'step', every: 1, factor: 1e30 } },
      onEpoch: () => {
        before = contentOf('diverges');
      },
    };
    expect(await message(run('diverges', diverging))).toMatch(
      /^The loss is (NaN|-?Infinity) and .* at step [234] of epoch 2: .* The checkpoint after epoch 1 is kept\..* lower learning rate/,
    );
    expect(before?.size).toBe(4);
    expect(contentOf('diverges')).toEqual(before);
    // Resumed, it comes to the same end.
    expect(await message(run('diverges', { ...diverging, resume: true }))).toMatch(/of epoch 2/);
    expect(contentOf('diverges')).toEqual(before);
  });

  it('also where the very last step of an epoch ruins the weights', async () => {
    // One step an epoch, so that no later loss shows it.
    const ruinous: Recipe = {
      ...recipe,
      early: undefined,
      size: 32,
      batch: 56,
      learningRate: 1e38,
      schedule: { name: 'constant' },
    };
    expect(await message(run('ruined', { recipe: ruinous }))).toMatch(
      /^(The weights are not finite after step 1|The validation images have no scores after the last step) of epoch 1: training has diverged\. No epoch was finished\./,
    );
    const { history } = await readCheckpoint(join(folder, 'ruined', runFiles.checkpoint));
    expect(history).toEqual([]);
    expect(existsSync(join(folder, 'ruined', runFiles.best))).toBe(false);
  });
});

describe('train with init', () => {
  /** So small a learning rate that the parameters stay as they began. */
  const still: Recipe = {
    ...recipeNamed('paper'),
    size: 32,
    epochs: 1,
    batch: 14,
    learningRate: 1e-38,
    optimizer: { name: 'sgd', momentum: 0, nesterov: false, weightDecay: 0 },
  };
  const fineTune = async (name: string, classNames: readonly string[]) => {
    const init = await weightsOf('whole');
    const samples = dataset.samples.map((sample) => ({ ...sample, label: sample.label % classNames.length }));
    const data = { ...dataset, classNames, samples };
    await run(name, { dataset: data, recipe: still, init, seed: 7 });
    return { before: namedTensors(init), tuned: await weightsOf(name), init };
  };
  const isHead = (name: string) => name.startsWith('head.classifier');
  const parametersOf = (weights: Weights) =>
    [...namedTensors(weights)].filter(([name]) => !/running_(mean|var)$/.test(name));

  it('begins with the given weights', async () => {
    const { before, tuned, init } = await fineTune('same classes', dataset.classNames);
    for (const [name, { data }] of parametersOf(tuned))
      expect(bytesOf(data).equals(bytesOf(before.get(name)!.data)), name).toBe(true);
    expect(tuned.preprocessing).toEqual({ ...init.preprocessing, size: 32 });
  });

  it.each([
    ['three classes', ['calm', 'cross', 'glad']],
    ['seven others', ['a', 'b', 'c', 'd', 'e', 'f', 'g']],
  ])('keeps the body and makes a new head for %s', async (name, classNames) => {
    const { before, tuned } = await fineTune(name, classNames);
    expect(tuned.classNames).toEqual(classNames);
    const parameters = parametersOf(tuned);
    expect(parameters.filter(([tensor]) => isHead(tensor)).map(([, { shape }]) => shape[0])).toEqual([
      classNames.length,
      classNames.length,
    ]);
    for (const [tensor, { data }] of parameters) {
      const isKept = bytesOf(data).equals(bytesOf(before.get(tensor)!.data));
      expect(isKept, tensor).toBe(!isHead(tensor));
    }
  });

  it('goes on without the weights it began with, and not with others', async () => {
    const init = await weightsOf('whole');
    const two = { recipe: { ...still, epochs: 2, schedule: { name: 'constant' } as const }, init, seed: 7 };
    await run('tuned', two);
    const stop = new AbortController();
    await run('tuned in two', { ...two, signal: stop.signal, onEpoch: () => stop.abort() });
    expect(
      await message(run('tuned in two', { ...two, init: await weightsOf('other'), resume: true })),
    ).toMatch(/fineTuned was "\w+", now "\w+"/);
    await run('tuned in two', { ...two, init: undefined, resume: true });
    await expectSameRun(join(folder, 'tuned in two'), join(folder, 'tuned'));
  });

  it('refuses the weights of another network', async () => {
    const init = await weightsOf('whole');
    expect(await message(run('not there', { init, model: 'sdnet' }))).toBe(
      'The weights to start from are of mobilenet-v3-small, but sdnet is to be trained.',
    );
    expect(existsSync(join(folder, 'not there'))).toBe(false);
  });
});

describe('train refuses', () => {
  it('to go on with a run of other options, and says which', async () => {
    const before = contentOf('whole');
    const text = await message(
      run('whole', { resume: true, seed: 2, recipe: { ...recipe, learningRate: 0.03 } }),
    );
    expect(text).toContain('seed was 1, now 2');
    expect(text).toContain('recipe.learningRate was 0.02, now 0.03');
    expect(contentOf('whole')).toEqual(before);
  });

  it('to go on with other images', async () => {
    const before = contentOf('whole');
    const pixels = Uint8Array.from(dataset.pixels, (value, index) => (index === 5000 ? value ^ 1 : value));
    expect(await message(run('whole', { resume: true, dataset: { ...dataset, pixels } }))).toMatch(
      /dataset\.content was "\w+", now "\w+"/,
    );
    expect(contentOf('whole')).toEqual(before);
  });

  it('to write over the results of a run whose checkpoint is gone', async () => {
    await run('results', { recipe: { ...recipe, epochs: 1 } });
    rmSync(join(folder, 'results', runFiles.checkpoint));
    const before = contentOf('results');
    expect(await message(run('results'))).toMatch(
      /results holds the results of a run: \S+\. Choose another folder by --out, or remove them/,
    );
    expect(contentOf('results')).toEqual(before);
  });

  it('to write where another training is writing, but not where one was killed', async () => {
    const lock = join(folder, 'locked', 'run.lock');
    const first = run('locked', {
      recipe: { ...recipe, epochs: 1 },
      onStart: async () => {
        expect(await message(run('locked'))).toMatch(/Another training, process \d+ on .*, is writing to /);
      },
    });
    await first;
    expect(existsSync(lock)).toBe(false);
    writeFileSync(lock, String(process.pid));
    const { finished } = await run('locked', { recipe: { ...recipe, epochs: 1 }, resume: true });
    expect(finished).toBe(true);
    expect(existsSync(lock)).toBe(false);
  });

  it('to report best weights that are not there', async () => {
    const one = { recipe: { ...recipe, epochs: 1 } };
    rmSync(join(folder, 'locked', runFiles.best));
    expect(await message(run('locked', { ...one, resume: true }))).toMatch(
      /best\.safetensors is missing: the weights of the best epoch/,
    );
    expect(existsSync(join(folder, 'locked', 'run.lock'))).toBe(false);
  });

  it('a stem stride where the network offers none, and takes it where it does', async () => {
    expect(await message(run('stride', { model: 'sdnet', stemStride: 1 }))).toMatch(
      /sdnet cannot be trained like this: .*offers no stem stride/,
    );
    await run('stride', { stemStride: 1, recipe: { ...recipe, epochs: 1 } });
    const weights = await weightsOf('stride');
    expect(weights.stemStride).toBe(1);
    expect(await message(run('other stride', { init: weights, stemStride: 2 }))).toMatch(
      /have 1 as stem stride, not 2/,
    );
  });

  it('a batch that does not fit into memory, before the system ends it', async () => {
    const faces = await loadDataset({ dataset: 'synthetic', synthetic: { samplesPerClass: 20 } });
    const large = { ...recipe, early: undefined, size: 512, batch: 112 };
    expect(await message(run('huge', { dataset: faces, model: 'xception', recipe: large }))).toMatch(
      /A step of 112 images of 512×512 needs about [\d.]+ GiB of memory, and there are [\d.]+ GiB/,
    );
  });

  it('a recipe that is none, before anything is written', async () => {
    const refused = (changes: object) => message(run('none', { recipe: { ...recipe, ...changes } }));
    expect(await refused({ epochs: 0 })).toMatch(/^This is no recipe\. epochs: .*1/);
    expect(await refused({ augmentation: undefined })).toMatch(/augmentation: /);
    expect(await refused({ optimizer: { name: 'sgd', nesterov: true, momentum: 0 } })).toMatch(
      /optimizer: Nesterov needs momentum/,
    );
    expect(await message(run('none', { seed: -1 }))).toMatch(/^The seed is -1; a whole number from 0/);
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });

  it('to write over a run', async () => {
    const before = contentOf('whole');
    expect(await message(run('whole'))).toMatch(/whole already holds a run\. Go on with it by --resume/);
    expect(contentOf('whole')).toEqual(before);
  });

  it('data without validation images, or without images of a class, before anything is written', async () => {
    const { train: training, validation } = partitionOf(dataset);
    expect(await message(run('none', { partition: { train: training, validation: [] } }))).toMatch(
      /synthetic has no validation images/,
    );
    const withoutHappy = training.filter((index) => dataset.samples[index]!.label !== 3);
    expect(await message(run('none', { partition: { train: withoutHappy, validation } }))).toMatch(
      /synthetic has no training image of the class happy/,
    );
    expect(await message(run('none', { recipe: { ...recipe, batch: 57 } }))).toMatch(
      /56 training image\(s\) do not fill one batch of 57/,
    );
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });
});
