import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { weights } from '@sdnet/model-fer2013';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createEngine, type Engine } from '../src/engine/engine.js';
import { WorkerDiedError } from '../src/engine/errors.js';
import type { ImageTask } from '../src/engine/messages.js';
import { temporaryFolder } from '../../lab/test/support/temporary-folder.js';
import { sample } from './support/start.js';

const image = (bytes: Uint8Array): ImageTask => ({ bytes, options: { cropped: true } });

describe('an abort in a library', () => {
  let engine: Engine;
  const deaths: Error[] = [];
  beforeAll(async () => {
    engine = await createEngine({
      weights: fileURLToPath(weights),
      ...{ workers: 1, queue: 100, pixelLimit: 25e6, timeLimit: 600_000, sameBits: true },
      worker: new URL('./support/aborting-worker.js', import.meta.url),
      observer: { workerDied: (error) => deaths.push(error) },
    });
    return () => engine.close();
  });

  it('fails the one image it came of; those in its batch, and later ones, are answered alike', async () => {
    const portrait = image(sample('portrait.jpg'));
    const [alone] = await engine.recognize([portrait]);
    expect(alone).toHaveProperty('faces.length', 1);
    const good = Array.from({ length: 6 }, () => engine.recognize([portrait]));
    const poison = engine.recognize([image(Buffer.from('abort'))]);
    await expect(poison).rejects.toThrow(WorkerDiedError);
    // In a batch of six, of one, and after two deaths: the same bits.
    expect(await Promise.all(good)).toEqual(good.map(() => [alone]));
    expect(deaths.length).toBeGreaterThan(0);
    expect(await engine.recognize([portrait])).toEqual([alone]);
  });
});

const worker = new URL('./support/aborting-worker.js', import.meta.url);

it('loads its networks again where they could not be loaded', async () => {
  const copy = join(temporaryFolder(), 'weights.safetensors');
  copyFileSync(fileURLToPath(weights), copy);
  const engine = await createEngine({
    weights: copy,
    ...{ workers: 1, queue: 100, pixelLimit: 25e6, timeLimit: 600_000, worker },
  });
  onTestFinished(() => engine.close());
  const portrait = image(sample('portrait.jpg'));
  rmSync(copy);
  await expect(engine.recognize([image(Buffer.from('abort'))])).rejects.toThrow(WorkerDiedError);
  await expect(engine.recognize([portrait])).rejects.toThrow(/there is no such file/);
  copyFileSync(fileURLToPath(weights), copy);
  expect(await engine.recognize([portrait])).toMatchObject([{ faces: [{}] }]);
});

it('answers within the time limit what shares a batch with what takes too long', async () => {
  const timeLimit = 24_000;
  const engine = await createEngine({
    weights: fileURLToPath(weights),
    ...{ workers: 1, queue: 100, pixelLimit: 25e6, timeLimit, worker },
  });
  onTestFinished(() => engine.close());
  const signal = AbortSignal.timeout(timeLimit);
  const [portrait, stalling] = await Promise.all([
    engine.recognize([image(sample('portrait.jpg'))], signal),
    engine.recognize([image(Buffer.from('stall'))], signal),
  ]);
  expect(portrait).toMatchObject([{ faces: [{}] }]);
  expect(stalling).toMatchObject([{ problem: { code: 'image-unreadable' } }]);
});
