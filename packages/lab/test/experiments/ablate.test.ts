import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectSameRun } from '../support/run-folder.js';
import { type Ended, sdnetHere, startSdnet } from '../support/sdnet-command.js';
import { suiteFolder } from '../support/suite-folder.js';
import { put } from '../support/temporary-folder.js';

const folder = suiteFolder();
const out = join(folder, 'killed');
const options = [
  ...['--dataset', 'synthetic', '--samples', '10', '--recipe', join(folder, 'small.yaml'), '--threads', '1'],
];
const ablate = (to: string) => ['ablate', ...options, '--out', to];
const runs = [
  'sdnet-lambda2-0.05-seed0',
  'sdnet-lambda2-0.2-seed0',
  'sdnet-seed0',
  'sdnet-without-cbam-seed0',
  'sdnet-without-class-weights-seed0',
  'sdnet-without-dense-blocks-seed0',
  'sdnet-without-residuals-seed0',
  'sdnet-without-ro-loss-seed0',
];
const [finished, interrupted] = ['sdnet-without-ro-loss-seed0', 'sdnet-without-cbam-seed0'];
let again: Ended;

beforeAll(async () => {
  put(folder, 'small.yaml', 'extends: paper\nsize: 16\nbatch: 28\nepochs: 1\nlearningRate: 0.002\n');
  // As the third of the runs ends, or the fourth begins.
  const { process: running, ended } = startSdnet(ablate(out), (text) => {
    if (text.includes(`${finished}: epoch 1`)) running.kill('SIGKILL');
  });
  expect((await ended).code).toBe(null);
  again = await sdnetHere(...ablate(out));
});

describe('sdnet ablate', () => {
  it('killed and started again trains what is missing, and repeats nothing that was finished', () => {
    expect(again).toMatchObject({ code: 0 });
    for (const run of ['sdnet-seed0', 'sdnet-without-class-weights-seed0', finished])
      expect(again.stderr).not.toContain(`${run}: epoch`);
    for (const run of [interrupted, 'sdnet-without-residuals-seed0'])
      expect(again.stderr).toContain(`${run}: epoch 1`);
    expect(readdirSync(out).sort()).toEqual(['ablation.json', 'ablation.md', 'evaluations', ...runs].sort());
    for (const run of runs) expect(readdirSync(join(out, run))).not.toContain('run.lock');
  });

  it('trains SDNet whole and without each part, and judges each on training images too', () => {
    const { rows } = JSON.parse(readFileSync(join(out, 'ablation.json'), 'utf8'));
    expect(rows.map(({ parameters }: { parameters: number }) => (parameters / 1e6).toFixed(3))).toEqual([
      ...['2.172', '2.172', '2.172', '2.078', '1.313', '1.962', '2.172', '2.172'],
    ]);
    for (const { trainingAccuracy, accuracy, gap } of rows)
      expect(gap).toBeCloseTo(trainingAccuracy - accuracy, 12);
  });

  it('gives the bytes that each training gives undisturbed and by itself, and the same table of them', async () => {
    const other = join(folder, 'undisturbed');
    cpSync(out, other, { recursive: true });
    for (const name of [finished, interrupted, 'evaluations', 'ablation.json', 'ablation.md'])
      rmSync(join(other, name), { recursive: true });
    const variant = ['--variant', 'without-cbam'];
    const alone = await sdnetHere('train', ...options, ...variant, '--out', join(other, interrupted));
    expect(alone).toMatchObject({ code: 0 });
    expect(await sdnetHere(...ablate(other))).toMatchObject({ code: 0 });
    for (const run of [finished, interrupted]) await expectSameRun(join(out, run), join(other, run));
    for (const file of ['ablation.json', 'ablation.md', ...runs.map((run) => `evaluations/${run}.json`)])
      expect(readFileSync(join(out, file), 'utf8'), file).toBe(readFileSync(join(other, file), 'utf8'));
  });

  it('is reported with every part and the small classes', async () => {
    const page = join(folder, 'page.md');
    expect(await sdnetHere('report', out, '--out', page)).toMatchObject({ code: 0 });
    const text = readFileSync(page, 'utf8').replaceAll('\\', '');
    expect(text).toContain('# What each part of SDNet is worth, on faces drawn by code');
    for (const row of ['without class weights', 'without dense blocks', 'λ₂ = 0.05'])
      expect(text).toContain(`| ${row} |`);
    const ofRun = async (run: string) => {
      const file = join(folder, `${run}.md`);
      expect(await sdnetHere('report', join(out, run), '--out', file)).toMatchObject({ code: 0 });
      return readFileSync(file, 'utf8');
    };
    // Only the whole is what a command with the recipe trains; its images are not varied.
    const ofWhole = await ofRun('sdnet-seed0');
    expect(ofWhole).toContain('npx sdnet train');
    expect(ofWhole).toContain('images that it was not trained on');
    expect(ofWhole).not.toContain('altered at random');
    expect(await ofRun(finished)).not.toContain('npx sdnet train');
    expect(text).toContain('npx sdnet ablate --dataset synthetic --samples 10 --recipe small.yaml');
  });
});
