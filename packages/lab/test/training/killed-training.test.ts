import { existsSync, mkdirSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { type FoldRecord, readCheckpoint, readWeights, runFiles } from '@sdnet/lab';
import { beforeAll, describe, expect, it } from 'vitest';
import { fuzzCount } from '../../../../test/support/fuzzing.js';
import { expressions } from '@sdnet/training';
import { facePngs } from '../support/draw-faces.js';
import { expectSameRun, logOf } from '../support/run-folder.js';
import { type Ended, type Running, sdnetHere, startSdnet } from '../support/sdnet-command.js';
import { smallRecipe } from '../support/small-training.js';
import { suiteFolder } from '../support/suite-folder.js';
import { put } from '../support/temporary-folder.js';

const folder = suiteFolder();
process.env.SDNET_CACHE = join(folder, 'cache');
const model = ['--model', 'mobilenet-v3-small', '--threads', '1'];

/** How often the training is killed. */
const kills = fuzzCount(5);

/** A training that goes on with its run where there is one already, as a person would start it. */
const goOn = (args: readonly string[], out: string, onError?: (text: string) => void): Running =>
  startSdnet(
    [...args, '--out', out, ...(existsSync(join(out, runFiles.checkpoint)) ? ['--resume'] : [])],
    onError,
  );

/** Goes on with a training, and kills it with SIGKILL at the `at`th change in its folder, if it comes so far. */
async function killedAtChange(at: number, args: readonly string[], out: string): Promise<Ended> {
  mkdirSync(out, { recursive: true });
  let changes = 0;
  const watcher = watch(out, () => {
    if (++changes === at) running.process.kill('SIGKILL');
  });
  const running = goOn(args, out);
  try {
    return await running.ended;
  } finally {
    watcher.close();
  }
}

/** Whatever is there can be read to its end. */
async function expectWholeFiles(run: string): Promise<void> {
  const isThere = (name: string) => existsSync(join(run, name));
  for (const name of [runFiles.best, runFiles.last].filter(isThere)) await readWeights(join(run, name));
  if (isThere(runFiles.checkpoint)) await readCheckpoint(join(run, runFiles.checkpoint));
  if (isThere(runFiles.log)) logOf(run);
}

describe('a training killed with SIGKILL and resumed', () => {
  const data = join(folder, 'faces');
  // So many epochs that each kill comes before the end: of 32×32 pixels, then of 40×40.
  const epochs = kills + 3;
  const early = Math.round(0.6 * epochs);
  const recipe = put(
    folder,
    'two-sizes.yaml',
    `extends: strong\nsize: 40\nearly: { size: 32, share: 0.6 }\nepochs: ${epochs}\nbatch: 8\n`,
  );
  const args = ['train', '--dataset', 'folder', '--data', data, '--recipe', recipe, ...model];
  const whole = join(folder, 'whole');
  /** In the run folder, up to the end of the first epoch. */
  let changes = 0;

  beforeAll(async () => {
    for (const expression of ['angry', 'happy', 'surprise'] as const)
      for (const [index, image] of (await facePngs(expression, 10)).entries())
        put(data, `${index < 8 ? 'train' : 'validation'}/${expression}/${index}.png`, image);
    mkdirSync(whole);
    const watcher = watch(whole, () => changes++);
    const { code, stderr } = await startSdnet([...args, '--out', whole], (text) => {
      if (text.includes('epoch 1:')) watcher.close();
    }).ended;
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(changes).toBeGreaterThan(0);
  });

  it(`at ${kills} random changes of its folder and while its checkpoint is written ends with the same bytes`, async () => {
    const out = join(folder, 'killed');
    const moments: number[] = [];
    const killAtRandom = async () => {
      // Between its start and the end of an epoch.
      moments.push(1 + Math.floor(Math.random() * changes));
      const { code, stderr } = await killedAtChange(moments.at(-1)!, args, out);
      expect(code, `killed at the changes ${moments.join(', ')}: ${stderr}`).toBe(null);
      await expectWholeFiles(out);
    };
    await killAtRandom();

    const running = goOn(args, out);
    const watcher = watch(out, (_, name) => {
      if (name?.startsWith(`${runFiles.checkpoint}.`)) running.process.kill('SIGKILL');
    });
    expect((await running.ended).code).toBe(null);
    watcher.close();
    await expectWholeFiles(out);

    for (let kill = 1; kill < kills; kill++) await killAtRandom();
    const { code, stderr } = await goOn(args, out).ended;
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(logOf(out).map(({ size }) => size)).toEqual([
      ...Array(early).fill(32),
      ...Array(epochs - early).fill(40),
    ]);
    await expectSameRun(out, whole);
  });
});

describe('a cross-validation without shared subjects', () => {
  const data = join(folder, 'CK+48');
  // So many that a kill after the first comes before the end.
  const epochs = 3;
  const runs = [1, 2].map((fold) => join(folder, `fold${fold}`)) as [string, string];
  /** What the trainings printed. */
  const trained: Ended[] = [];
  const args = (fold: number) => [
    ...['train', '--dataset', 'ck+48', '--data', data, '--folds', '2', '--fold', String(fold)],
    ...['--recipe', smallRecipe(folder, epochs), '--seed', '4', ...model],
  ];
  const recordOf = (out: string): FoldRecord => JSON.parse(readFileSync(join(out, 'folds.json'), 'utf8'));
  const subjectsOf = (sources: readonly string[]) =>
    new Set(sources.map((source) => /(S\d+)_\d+_\d+\.png$/.exec(source)![1]));

  beforeAll(async () => {
    // Six subjects, each with two frames of every expression.
    for (const [label, expression] of expressions.entries()) {
      // The set has contempt in place of neutral.
      const name = expression === 'neutral' ? 'contempt' : expression === 'angry' ? 'anger' : expression;
      for (const [index, image] of (await facePngs(expression, 12)).entries())
        put(data, `${name}/S${101 + (index % 6)}_00${label + 1}_0000000${1 + (index >> 1)}.png`, image);
    }
    for (const [index, out] of runs.entries())
      trained.push(await sdnetHere(...args(index + 1), '--out', out, '--json'));
  });

  it('evaluates a run on the fold it was not trained on', async () => {
    const out = runs[1];
    const { history, division, sharesSubjects } = JSON.parse(trained[1]!.stdout);
    expect({ division, sharesSubjects }).toEqual({ division: 'fold 2 of 2', sharesSubjects: false });

    const evaluation = async (...more: string[]) => {
      const { code, stdout, stderr } = await sdnetHere(
        ...['evaluate', '--weights', join(out, runFiles.last), '--dataset', 'ck+48', '--data', data],
        ...['--json', ...more],
      );
      expect({ code, stderr }).toMatchObject({ code: 0 });
      return { ...JSON.parse(stdout), stderr };
    };
    const named = await evaluation('--folds', '2', '--fold', '2');
    const record = recordOf(out);
    expect(named).toMatchObject({ samples: record.validation.length, division: 'fold 2 of 2' });
    expect(named.accuracy).toBe(history.at(-1).validationAccuracy);
    expect(await evaluation('--folds', '2', '--fold', '2', '--split', 'train')).toMatchObject({
      samples: record.train.length,
    });
    // A run folder knows its fold; the best of the epochs may be another.
    const { code, stdout } = await sdnetHere(
      ...['evaluate', '--weights', out, '--dataset', 'ck+48', '--data', data, '--json'],
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ samples: record.validation.length, division: 'fold 2 of 2' });

    const random = await evaluation('--protocol', 'random', '--fold', '1', '--split', 'train');
    expect(random.sharesSubjects).toBe(true);
    expect(random.stderr).toContain('training and validation images share subjects');
  });

  it('trains each fold, and a fold that was killed ends as one left alone', async () => {
    for (const [index, out] of runs.entries()) {
      expect(trained[index]).toMatchObject({ code: 0 });
      expect(logOf(out)).toHaveLength(epochs);
    }
    const records = runs.map(recordOf);
    for (const [index, record] of records.entries()) {
      expect(record).toMatchObject({
        dataset: 'ck+48',
        protocol: 'subjects',
        seed: 0,
        k: 2,
        fold: index + 1,
        sharesSubjects: false,
      });
      const [trained, validated] = [subjectsOf(record.train), subjectsOf(record.validation)];
      expect([...trained].filter((subject) => validated.has(subject))).toEqual([]);
      expect(new Set([...record.train, ...record.validation]).size).toBe(84);
    }
    // Each image is once a validation image.
    expect(new Set(records.flatMap(({ validation }) => validation)).size).toBe(84);
    expect(records.flatMap(({ validation }) => validation)).toHaveLength(84);

    const killed = join(folder, 'killed fold');
    const running = goOn(args(2), killed, (text) => {
      if (text.includes('epoch 1:')) running.process.kill('SIGKILL');
    });
    expect((await running.ended).code).toBe(null);
    expect(recordOf(killed)).toEqual(records[1]);
    const before = readFileSync(join(killed, runFiles.checkpoint));

    const other = await sdnetHere(...args(1), '--out', killed, '--resume');
    expect(other.code).toBe(1);
    expect(other.stderr).toContain(
      `The run in ${killed} was started with --fold 2, so it cannot go on with --fold 1.`,
    );
    expect(readFileSync(join(killed, runFiles.checkpoint)).equals(before)).toBe(true);

    const { code, stderr } = await goOn(args(2), killed).ended;
    expect({ code, stderr }).toMatchObject({ code: 0 });
    await expectSameRun(killed, runs[1]!);
    expect(readFileSync(join(killed, 'folds.json')).equals(readFileSync(join(runs[1]!, 'folds.json')))).toBe(
      true,
    );
  });
});
