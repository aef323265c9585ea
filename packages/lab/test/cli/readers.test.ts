import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { writeWeights } from '@sdnet/lab';
import { beforeAll, describe, expect, it } from 'vitest';
import { facePngs } from '../support/draw-faces.js';
import { expectSameRun, logOf } from '../support/run-folder.js';
import { program, sdnetHere, startSdnet } from '../support/sdnet-command.js';
import { smallTraining } from '../support/small-training.js';
import { suiteFolder } from '../support/suite-folder.js';
import { put } from '../support/temporary-folder.js';
import { untrainedWeights } from '../support/untrained-weights.js';

const folder = suiteFolder();
const weights = join(folder, 'weights.safetensors');
const whole = join(folder, 'whole');
// So many epochs that what is done after the first comes before the end.
const epochs = 4;
const training = (out: string) => [...smallTraining(folder, epochs), '--out', out];
let face: string;

beforeAll(async () => {
  face = put(folder, 'face.png', (await facePngs('happy', 1))[0]!);
  const preprocessing = { size: 32, channels: 1, mean: 0.5, deviation: 0.25 } as const;
  await writeWeights(weights, untrainedWeights('mobilenet-v3-small', { preprocessing }));
  const { code, stderr } = await sdnetHere(...training(whole));
  expect({ code, stderr }).toMatchObject({ code: 0 });
});

/** Starts the training, and does something to it when its first epoch is finished. */
async function afterFirstEpoch(out: string, act: (running: ReturnType<typeof startSdnet>) => void) {
  let acted = false;
  const running = startSdnet(training(out), (text) => {
    if (acted || !text.includes('epoch 1:')) return;
    acted = true;
    act(running);
  });
  const ended = await running.ended;
  expect(acted).toBe(true);
  return ended;
}

describe('a training goes on', () => {
  it('when those who read its output leave', async () => {
    const out = join(folder, 'unread');
    const { code } = await afterFirstEpoch(out, ({ process: { stdout, stderr } }) => {
      stdout!.destroy();
      stderr!.destroy();
    });
    expect(code).toBe(0);
    expect(logOf(out)).toHaveLength(epochs);
    await expectSameRun(out, whole);
  });

  it('when its terminal is closed', async () => {
    const out = join(folder, 'hung up');
    const { code, stderr } = await afterFirstEpoch(out, (running) => running.process.kill('SIGHUP'));
    expect({ code, stderr }).toMatchObject({ code: 0 });
    await expectSameRun(out, whole);
  });
});

describe('a training whose folder is moved away', () => {
  it('stops, writes nothing into what is in its place, and goes on where it was moved to', async () => {
    const out = join(folder, 'moved');
    const elsewhere = join(folder, 'elsewhere');
    const { code, stderr } = await afterFirstEpoch(out, () => {
      renameSync(out, elsewhere);
      mkdirSync(out);
    });
    expect(code).toBe(1);
    expect(stderr).toContain(`${out} was moved away or replaced`);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(readdirSync(out)).toEqual([]);
    const resumed = await sdnetHere('train', '--resume', '--out', elsewhere);
    expect({ code: resumed.code, stderr: resumed.stderr }).toMatchObject({ code: 0 });
    await expectSameRun(elsewhere, whole);
  });
});

describe('a command whose reader has left ends quietly', () => {
  it.each([
    ['predict', () => [face, face, '--weights', weights]],
    ['predict as JSON', () => [face, '--weights', weights, '--json']],
    ['evaluate', () => ['--dataset', 'synthetic', '--samples', '10', '--weights', weights]],
    ['inspect', () => [weights]],
    ['inspect', () => ['sdnet']],
    ['datasets check', () => ['--dataset', 'synthetic', '--samples', '10']],
  ])('%s', async (command, args) => {
    const running = startSdnet([...command.replace(' as JSON', '').split(' '), ...args()]);
    running.process.stdout!.destroy();
    expect(await running.ended).toEqual({ code: 0, stdout: '', stderr: '' });
  });
});

it('a table is whole where nobody reads what is printed beside it', async () => {
  const table = join(folder, 'faces.csv');
  const running = startSdnet(['predict', face, face, '--weights', weights, '--csv', table]);
  running.process.stdout!.destroy();
  expect(await running.ended).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(readFileSync(table, 'utf8')).toMatch(/^file,/);
});

it.skipIf(!existsSync('/dev/full'))('results that do not fit on a disk are an error', async () => {
  const full = openSync('/dev/full', 'w');
  const child = spawn(process.execPath, [program, 'inspect', weights], { stdio: ['ignore', full, 'pipe'] });
  closeSync(full);
  let stderr = '';
  child.stderr!.on('data', (text) => (stderr += text));
  const [code] = await once(child, 'close');
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: 'The results could not be written to standard output: the disk is full.\n',
  });
});
