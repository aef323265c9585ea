import { spawnSync } from 'node:child_process';
import { copyFileSync, linkSync, mkdirSync, readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeWeights } from '@sdnet/lab';
import { exportOnnx } from 'sdnet';
import { beforeEach, describe, expect, it } from 'vitest';
import { plainImage } from '../support/draw-image.js';
import { program } from '../support/sdnet-command.js';
import { smallTraining } from '../support/small-training.js';
import { put, temporaryFolder } from '../support/temporary-folder.js';
import { bareEnvironment, canTrace, type Traced, traced } from '../support/traced.js';
import { untrainedWeights } from '../support/untrained-weights.js';

const written = (name: string): string => fileURLToPath(new URL(`./programs/${name}.mjs`, import.meta.url));

/** Seen from the system: nothing left the process but into its folder, which holds `files`. */
function expectPrivate(ran: Traced, folder: string, ...files: string[]): void {
  expect(ran.code, ran.stderr).toBe(0);
  expect(ran.network).toEqual([]);
  expect(ran.identity).toEqual([]);
  expect(ran.writes).toEqual([]);
  expect(readdirSync(folder).sort()).toEqual(['face.png', 'tmp', 'trace', ...files].sort());
  expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
}

describe.skipIf(!canTrace)('what leaves the process, as strace sees it', () => {
  let folder: string;
  let image: string;

  beforeEach(async () => {
    folder = realpathSync(temporaryFolder());
    image = put(folder, 'face.png', await plainImage(90, 48));
  });

  it.each(['recognise-and-train', 'in-worker'])(
    'is nothing while a program recognises and trains: %s',
    (name) => {
      const ran = traced(folder, [written(name), image]);
      expect(ran.stdout).toMatch(/^[a-z]+, epoch 1\n$/);
      expect(ran.stderr).not.toMatch('Warning');
      expectPrivate(ran, folder, 'run');
    },
  );

  it('is nothing while a program does that has loaded onnxruntime-node itself', () => {
    const ran = traced(folder, [written('loaded-before'), image]);
    // Whether it has made a session cannot be told.
    expect(ran.stderr).toMatch('onnxruntime-node was loaded before @sdnet/autograd');
    expectPrivate(ran, folder, 'run');
  });

  it('is nothing while the command finds and recognises a face', () => {
    copyFileSync(join(import.meta.dirname, '../../../../samples/astronaut.png'), join(folder, 'face.png'));
    const ran = traced(folder, [program, 'predict', 'face.png']);
    expect(ran.stdout).toMatch(/^face\.png: happy \(\d+ %\)\n$/);
    expectPrivate(ran, folder);
  });

  it('is nothing while the command trains', () => {
    const recipe = temporaryFolder();
    const ran = traced(folder, [program, ...smallTraining(recipe, 1), '--out', 'run']);
    expectPrivate(ran, folder, 'run');
  });

  it('is warned of where the program made a session of its own before', () => {
    const model = put(folder, 'model.onnx', exportOnnx(untrainedWeights('mobilenet-v3-small')));
    const ran = traced(folder, [written('session-before'), model]);
    expect(ran.stderr).toMatch(
      /onnxruntime-node was loaded before @sdnet\/autograd, with its telemetry on\./,
    );
    // So this test can see what the others find absent.
    expect(ran.identity).not.toEqual([]);
  });
});

describe('a command line of 2,000 images', () => {
  it('is read to its end', async () => {
    const folder = temporaryFolder();
    const face = put(folder, 'face.png', await plainImage(90, 48));
    const names = Array.from({ length: 2000 }, (_, index) => `images/face-${index}.png`);
    mkdirSync(join(folder, 'images'));
    for (const name of names) linkSync(face, join(folder, name));
    // Of a network that takes little time.
    const preprocessing = { size: 32, channels: 1, mean: 0.5, deviation: 0.25 } as const;
    const weights = join(folder, 'weights.safetensors');
    await writeWeights(weights, untrainedWeights('mobilenet-v3-small', { preprocessing }));
    const { stdout, stderr, status, signal } = spawnSync(
      process.execPath,
      [program, 'predict', '--cropped', ...names, '--weights', weights],
      { cwd: folder, env: bareEnvironment(folder), encoding: 'utf8' },
    );
    expect({ stderr, status, signal }).toEqual({ stderr: '', status: 0, signal: null });
    expect(stdout.trim().split('\n')).toHaveLength(2000);
  });
});
