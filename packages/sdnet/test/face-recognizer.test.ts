import type { Runtime } from '@sdnet/autograd';
import { nodeRuntime } from '@sdnet/autograd/node';
import { expect, it } from 'vitest';
import { createFaceRecognizer } from '../src/recognition/face-recognizer.js';
import { noiseImage, untrainedWeights } from './explanation/untrained-weights.js';

it('explains after an attempt that failed, and is released whatever failed', async () => {
  let failures = 0;
  const runtime: Runtime = {
    ...nodeRuntime,
    async createSession(...session) {
      if (failures-- > 0) throw new Error('out of memory for a moment');
      return nodeRuntime.createSession(...session);
    },
  };
  const weights = untrainedWeights('sdnet');
  const recognizer = await createFaceRecognizer(runtime, weights, undefined, { threads: 1 });
  failures = 1;
  await expect(recognizer.explain(noiseImage(1))).rejects.toThrow('out of memory for a moment');
  expect((await recognizer.explain(noiseImage(1))).gradCam.raw.values.some((value) => value > 0)).toBe(true);
  await recognizer.release();

  const other = await createFaceRecognizer(runtime, weights, undefined, { threads: 1 });
  failures = 1;
  const failed = expect(other.explain(noiseImage(1))).rejects.toThrow('out of memory for a moment');
  await other.release();
  await failed;
});
