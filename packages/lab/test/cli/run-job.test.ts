import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadDataset, recipeNamed } from '@sdnet/lab';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeRunJob, runJob } from '../../dist/cli/run-job.js';
import { namedFold } from '../../dist/cli/fold-options.js';
import { type ExperimentRun, experimentRun, trainRuns } from '../../dist/experiments/experiment-run.js';
import { lockRun, RunOccupiedError } from '../../dist/runs/run-lock.js';
import { expectSameRun } from '../support/run-folder.js';
import { suiteFolder } from '../support/suite-folder.js';

const folder = suiteFolder();
const small = { ...recipeNamed('paper'), size: 32, batch: 14, epochs: 1 };
const dataset = await loadDataset({ dataset: 'synthetic', synthetic: { samplesPerClass: 10 } });

/** A run as of an ablation: of a variant, and by a recipe that no option names. */
function runIn(name: string): ExperimentRun {
  const { fold, record: foldRecord } = namedFold({ 'data-seed': 0 }, dataset);
  return experimentRun(
    {
      ...{ name, out: join(folder, name) },
      record: {
        options: {
          ...{ dataset: 'synthetic', samples: 10, 'data-seed': 0, model: 'sdnet', variant: 'without-cbam' },
          ...{ recipe: 'paper', seed: 3, threads: 1 },
        },
        recipe: { ...small, name: 'other', loss: { ...small.loss, lambda1: 1, lambda2: 0 } },
      },
    },
    { dataset, fold, foldRecord },
  );
}

const job = async (name: string) => JSON.parse(JSON.stringify(await runJob(runIn(name))));
const never = () => expect.unreachable();
const { signal } = new AbortController();

describe('the job of a run', () => {
  it('is the same run to whoever makes it, and is made once', async () => {
    await trainRuns([runIn('here')], {});
    const epochs: number[] = [];
    const elsewhere = await job('elsewhere');
    expect(await makeRunJob(elsewhere, { signal, onEpoch: ({ epoch }) => epochs.push(epoch) })).toBe(true);
    expect(epochs).toEqual([1]);
    await expectSameRun(join(folder, 'elsewhere'), join(folder, 'here'));
    expect(await makeRunJob(elsewhere, { signal, onEpoch: never })).toBe(true);
  });

  it('is refused where storage or data are others', async () => {
    const one = await job('refused');
    const lost = makeRunJob({ ...one, out: join(folder, 'lost') }, { signal, onEpoch: never });
    await expect(lost).rejects.toThrow(/lost is not there.*the same storage at the same path/);
    expect(readdirSync(folder)).not.toContain('lost');
    one.record.options.samples = 20;
    await expect(makeRunJob(one, { signal, onEpoch: never })).rejects.toThrow(
      /refused is another one here .*dataset\.train was 56, now 112.*same data and weights/,
    );
    expect(readdirSync(join(folder, 'refused'))).toEqual([]);
  });

  it('waits for whoever makes the run already', async () => {
    const one = await job('occupied');
    mkdirSync(one.out, { recursive: true });
    const lock = await lockRun(one.out);
    onTestFinished(lock.release);
    await expect(makeRunJob(one, { signal, onEpoch: never })).rejects.toThrow(RunOccupiedError);
  });
});
