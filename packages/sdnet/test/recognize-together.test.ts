import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { nodeRuntime } from '@sdnet/autograd/node';
import { back, shortRange } from '@sdnet/model-blazeface';
import { weights } from '@sdnet/model-fer2013';
import { expect, it } from 'vitest';
import {
  createFaceRecognizer,
  createRecognizer,
  decodeImage,
  type Face,
  readWeights,
} from '../src/node/index.js';

const sample = (name: string) => fileURLToPath(new URL(`../../../samples/${name}`, import.meta.url));
const portrait = () => decodeImage(sample('portrait.jpg'));
const crop = () => decodeImage(sample('astronaut.png'));
const blank = async () =>
  ({ width: 300, height: 200, channels: 1, pixels: new Uint8Array(60_000).fill(128) }) as const;

/** Batches of other sizes sum in another order. */
function expectSame(faces: readonly Face[], others: readonly Face[]): void {
  expect(faces).toHaveLength(others.length);
  for (const [index, { scores, confidence, ...face }] of faces.entries()) {
    const { scores: otherScores, confidence: _, ...other } = others[index]!;
    expect(face).toEqual(other);
    for (const [name, score] of Object.entries(scores)) expect(score).toBeCloseTo(otherScores[name]!, 5);
    expect(confidence).toBe(scores[face.expression]);
  }
}

it('reads images together as each would be read alone, each by its own options', async () => {
  const models = { back: await readFile(back), shortRange: await readFile(shortRange) };
  const together = await createFaceRecognizer(nodeRuntime, await readWeights(weights), models);
  const found = await createRecognizer();
  const twoViews = await createRecognizer({ detector: false, views: 2 });

  let held = 0;
  const outcomes = await together.recognizeTogether([
    { image: portrait },
    { image: crop, detector: false, views: 2 },
    { image: () => Promise.reject(new Error('no image')) },
    {
      image: async () => {
        held++;
        return blank();
      },
    },
    { image: portrait, minimumFace: 400 },
    { image: crop },
  ]);
  expect(held).toBe(1);
  expect(outcomes[2]).toEqual({ error: new Error('no image') });
  expect(outcomes[3]).toEqual({ width: 300, height: 200, faces: [] });
  expect(outcomes[0]).toMatchObject({ width: 512, height: 512 });
  const facesOf = (index: number) => (outcomes[index] as { faces: readonly Face[] }).faces;
  expect(facesOf(0)[0]!.expression).toBe('happy');
  expectSame(facesOf(0), await found.recognize(sample('portrait.jpg')));
  expectSame(facesOf(1), await twoViews.recognize(sample('astronaut.png')));
  expectSame(facesOf(4), await found.recognize(sample('portrait.jpg'), { minimumFace: 400 }));
  expectSame(facesOf(5), await found.recognize(sample('astronaut.png')));
  await Promise.all([together.release(), found.release(), twoViews.release()]);
});
