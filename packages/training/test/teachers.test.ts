import { compileEvaluation, initialize, random } from '@sdnet/autograd';
import { nodeRuntime } from '@sdnet/autograd/node';
import {
  imageShape,
  layoutsOf,
  networkOf,
  type Preprocessing,
  preprocess,
  type RawImage,
  type Weights,
} from 'sdnet';
import { describe, expect, it } from 'vitest';
import { atTemperature, createTeachers } from '../src/teachers.js';

const classNames = ['a', 'b', 'c'];
const temperature = 3;
const source = random(9);
const images: RawImage[] = Array.from({ length: 4 }, () => ({
  width: 32,
  height: 32,
  channels: 1,
  pixels: Uint8Array.from({ length: 32 * 32 }, () => source.integer(256)),
}));

/** Weights that nobody trained, with scores that differ from image to image. */
function teacher(model: string, seed: number, preprocessing: Partial<Preprocessing> = {}): Weights {
  const description = {
    model,
    classNames,
    preprocessing: { size: 32, channels: 1, mean: 0.5, deviation: 0.25, ...preprocessing } as const,
  };
  const layouts = layoutsOf(description);
  // A variance at which the images reach the scores, and do not burst them.
  const statistics = initialize(layouts.statistics, seed).map((value) => value / 10);
  return { ...description, parameters: initialize(layouts.parameters, seed), statistics };
}

/** Logits of the images as the teacher preprocesses them itself, by the evaluation graph. */
async function logitsOf(weights: Weights): Promise<number[][]> {
  const { preprocessing, parameters, statistics } = weights;
  const { model } = compileEvaluation(networkOf(weights), imageShape(preprocessing));
  const session = await nodeRuntime.createSession(model);
  const { output } = await session.run({
    images: {
      shape: [images.length, ...imageShape(preprocessing)],
      data: Float32Array.from(images.flatMap((image) => [...preprocess(image, preprocessing)])),
    },
    parameters: { shape: [parameters.length], data: parameters },
    statistics: { shape: [statistics.length], data: statistics },
  });
  await session.release();
  return images.map((_, row) => [
    ...output!.data.slice(row * classNames.length, (row + 1) * classNames.length),
  ]);
}

const softened = (logits: readonly number[]) => {
  const powers = logits.map((value) => Math.exp(value / temperature));
  const sum = powers.reduce((total, power) => total + power);
  return powers.map((power) => power / sum);
};

const seen: Preprocessing = { size: 32, channels: 1, mean: 0.4, deviation: 0.2 };
const student = Float32Array.from(images.flatMap((image) => [...preprocess(image, seen)]));

describe('createTeachers', () => {
  it('softens scores as a temperature does to logits', () => {
    const logits = [2, -1, 0.5];
    const scores = Float32Array.from(
      logits.map((z) => Math.exp(z) / (Math.exp(2) + Math.exp(-1) + Math.exp(0.5))),
    );
    for (const [index, score] of atTemperature(scores, 3).entries())
      expect(score).toBeCloseTo(softened(logits)[index]!, 6);
    expect([...atTemperature(Float32Array.of(1, 0, 0), 3)]).toEqual([1, 0, 0]);
  });

  it('gives the mean of all teachers at the temperature, whatever their size, normalisation and calibration', async () => {
    const weights = [
      { ...teacher('mobilenet-v3-small', 1), smoothing: 0.2, temperature: 0.5 },
      teacher('sdnet', 2, { mean: 0.45, deviation: 0.3 }),
      // Enlarged, an image resized twice is one resized once.
      teacher('mobilenet-v3-small', 3, { size: 48 }),
    ];
    const teachers = await createTeachers(nodeRuntime, weights, { classNames, channels: 1, temperature });
    const found = await teachers.softTargets(student, seen);
    await teachers.release();
    const logits = await Promise.all(weights.map(logitsOf));
    const expected = images.flatMap((_, row) => {
      const each = logits.map((rows) => softened(rows[row]!));
      return classNames.map((_, column) =>
        each.reduce((sum, scores) => sum + scores[column]! / each.length, 0),
      );
    });
    expect(new Set(expected.map((value) => value.toFixed(4))).size).toBeGreaterThan(6);
    for (const [index, value] of found.entries()) expect(value).toBeCloseTo(expected[index]!, 5);
  });

  it('means image and mirror image where it flips', async () => {
    const weights = [teacher('mobilenet-v3-small', 1), teacher('sdnet', 2, { size: 48 })];
    const options = { classNames, channels: 1, temperature } as const;
    const once = await createTeachers(nodeRuntime, weights, options);
    const both = await createTeachers(nodeRuntime, weights, { ...options, flip: true });
    const mirrored = student.map((_, index) => student[index - (index % 32) + 31 - (index % 32)]!);
    const plain = await once.softTargets(student, seen);
    const ofMirrored = await once.softTargets(mirrored, seen);
    const found = await both.softTargets(student, seen);
    // Nor may the student's images be mirrored on the way.
    const again = await both.softTargets(student, seen);
    await once.release();
    await both.release();
    expect(again).toEqual(found);
    expect(Math.max(...plain.map((value, index) => Math.abs(value - ofMirrored[index]!)))).toBeGreaterThan(
      0.01,
    );
    for (const [index, value] of found.entries())
      expect(value).toBeCloseTo((plain[index]! + ofMirrored[index]!) / 2, 6);
  });

  it.each([
    ['knows the classes a, b', { ...teacher('sdnet', 1), classNames: ['a', 'b'] }],
    ['knows the classes b, a, c', { ...teacher('sdnet', 1), classNames: ['b', 'a', 'c'] }],
    ['sees 3 channel(s)', teacher('sdnet', 1, { channels: 3 })],
  ])('refuses a teacher that %s', async (message, weights) => {
    await expect(
      createTeachers(nodeRuntime, [weights], { classNames, channels: 1, temperature }),
    ).rejects.toThrow(message);
  });
});
