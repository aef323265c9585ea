import { existsSync, mkdirSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type FoldRecord, readCheckpoint, readWeights, runFiles } from '@sdnet/lab';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { expressions } from '../../src/datasets/expressions.js';
import { facePngs } from '../support/draw-faces.js';
import { expectSameRun, logOf } from '../support/run-folder.js';
import { type Ended, type Running, sdnet, startSdnet } from '../support/sdnet-command.js';
import { suiteFolder } from '../support/suite-folder.js';
import { put } from '../support/temporary-folder.js';

// Seconds, unless the machine trains something else beside.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const folder = suiteFolder();
process.env.SDNET_CACHE = join(folder, 'cache');
const model = ['--model', 'mobilenet-v3-small', '--batch', '8'];

/** A training that goes on with its run where there is one already, as a person would start it. */
const goOn = (args: readonly string[], out: string, onError?: (text: string) => void): Running =>
  startSdnet(
    [...args, '--out', out, ...(existsSync(join(out, runFiles.checkpoint)) ? ['--resume'] : [])],
    onError,
  );

/** Resolves when the running training has finished an epoch. */
function epochOf(start: (onError: (text: string) => void) => Running): [Running, Promise<void>] {
  let finished = () => {};
  const epoch = new Promise<void>((resolve) => {
    finished = resolve;
  });
  const running = start((text) => {
    if (/^epoch \d+:/m.test(text)) finished();
  });
  return [running, Promise.race([epoch, running.ended.then(() => {})])];
}

const kill = async ({ process, ended }: Running): Promise<Ended> => {
  process.kill('SIGKILL');
  return ended;
};

/** Whatever is there can be read to its end. */
async function expectWholeFiles(run: string): Promise<void> {
  const isThere = (name: string) => existsSync(join(run, name));
  for (const name of [runFiles.best, runFiles.last].filter(isThere)) await readWeights(join(run, name));
  if (isThere(runFiles.checkpoint)) await readCheckpoint(join(run, runFiles.checkpoint));
  if (isThere(runFiles.log)) logOf(run);
}

describe('a training killed with SIGKILL and resumed', () => {
  const data = join(folder, 'faces');
  // Ten epochs of 48×48 pixels, then four of 68×68.
  const args = [
    ...['train', '--dataset', 'folder', '--data', data, '--recipe', 'strong', '--epochs', '14'],
    ...model,
  ];
  const whole = join(folder, 'whole');
  /** Milliseconds from the start to the end of the first epoch, and of each further epoch. */
  let firstEpoch = 0;
  let epoch = 0;

  beforeAll(async () => {
    for (const expression of ['angry', 'happy', 'surprise'] as const)
      for (const [index, image] of (await facePngs(expression, 10)).entries())
        put(data, `${index < 8 ? 'train' : 'validation'}/${expression}/${index}.png`, image);
    const started = performance.now();
    const [running, afterFirst] = epochOf((onError) => goOn(args, whole, onError));
    await afterFirst;
    firstEpoch = performance.now() - started;
    const { code, stderr } = await running.ended;
    expect({ code, stderr }).toMatchObject({ code: 0 });
    epoch = (performance.now() - started - firstEpoch) / 13;
  });

  it('at five random moments and while its checkpoint is written ends with the same bytes', async () => {
    const out = join(folder, 'killed');
    const moments: string[] = [];
    for (let kills = 0; kills < 5; kills++) {
      const isEarly = Math.random() < 0.5;
      const delay = Math.random() * (isEarly ? firstEpoch : epoch);
      moments.push(`${delay.toFixed(0)} ms after ${isEarly ? 'the start' : 'an epoch'}`);
      const [running, afterEpoch] = epochOf((onError) => goOn(args, out, onError));
      if (!isEarly) await afterEpoch;
      await setTimeout(delay);
      const { code, stderr } = await kill(running);
      expect({ code, stderr }, moments.join(', ')).toEqual({ code: null, stderr: expect.anything() });
      if (existsSync(out)) await expectWholeFiles(out);
    }

    mkdirSync(out, { recursive: true });
    const running = goOn(args, out);
    const watcher = watch(out, (_, name) => {
      if (name?.startsWith(`${runFiles.checkpoint}.`)) running.process.kill('SIGKILL');
    });
    expect((await running.ended).code).toBe(null);
    watcher.close();
    await expectWholeFiles(out);

    const { code, stderr } = await goOn(args, out).ended;
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(logOf(out).map(({ size }) => size)).toEqual([...Array(10).fill(48), ...Array(4).fill(68)]);
    await expectSameRun(out, whole);
  });
});

describe('a cross-validation without shared subjects', () => {
  const data = join(folder, 'CK+48');
  const args = (fold: number) => [
    ...['train', '--dataset', 'ck+48', '--data', data, '--folds', '2', '--fold', String(fold)],
    ...['--recipe', 'paper', '--epochs', '2', '--seed', '4', ...model],
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
  });

  it('evaluates a run on the fold it was not trained on', async () => {
    const out = join(folder, 'evaluated fold');
    const trained = await sdnet(...args(2), '--out', out, '--json');
    expect(trained).toMatchObject({ code: 0 });
    const { history, division, sharesSubjects } = JSON.parse(trained.stdout);
    expect({ division, sharesSubjects }).toEqual({ division: 'fold 2 of 2', sharesSubjects: false });

    const evaluation = async (...more: string[]) => {
      const { code, stdout, stderr } = await sdnet(
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
    // A run folder knows its fold; the best of two epochs may be the first.
    const { code, stdout } = await sdnet(
      ...['evaluate', '--weights', out, '--dataset', 'ck+48', '--data', data, '--json'],
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ samples: record.validation.length, division: 'fold 2 of 2' });

    const random = await evaluation('--protocol', 'random', '--fold', '1', '--split', 'train');
    expect(random.sharesSubjects).toBe(true);
    expect(random.stderr).toContain('training and validation images share subjects');
  });

  it('trains each fold, and a fold that was killed ends as one left alone', async () => {
    const runs = [1, 2].map((fold) => join(folder, `fold${fold}`));
    for (const [index, out] of runs.entries()) {
      const { code, stderr } = await goOn(args(index + 1), out).ended;
      expect({ code, stderr }).toMatchObject({ code: 0 });
      expect(logOf(out)).toHaveLength(2);
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
    const [running, afterEpoch] = epochOf((onError) => goOn(args(2), killed, onError));
    await afterEpoch;
    expect((await kill(running)).code).toBe(null);
    expect(recordOf(killed)).toEqual(records[1]);
    const before = readFileSync(join(killed, runFiles.checkpoint));

    const other = await sdnet(...args(1), '--out', killed, '--resume');
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
