import { random } from '@sdnet/autograd';
import { classCounts, type Dataset, expressions, samplesOfSplit, UserError } from '@sdnet/training';
import { describe, expect, it } from 'vitest';
import { syntheticFaces } from '../../src/datasets/synthetic.js';
import { drawFace } from '../../src/datasets/synthetic-face.js';

const image = ({ pixels, width, height }: Dataset, index: number) =>
  pixels.subarray(index * width * height, (index + 1) * width * height);

describe('syntheticFaces', () => {
  it('has FER2013’s form: seven classes, three splits, 48×48 grey', () => {
    const dataset = syntheticFaces({ samplesPerClass: 25 });
    expect(dataset).toMatchObject({ name: 'synthetic', width: 48, height: 48, channels: 1 });
    expect(dataset.classNames).toEqual(['angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral']);
    expect(classCounts(dataset, samplesOfSplit(dataset, 'train'))).toEqual(Array(7).fill(21));
    expect(classCounts(dataset, samplesOfSplit(dataset, 'validation'))).toEqual(Array(7).fill(2));
    expect(classCounts(dataset, samplesOfSplit(dataset, 'test'))).toEqual(Array(7).fill(2));
    expect(dataset.pixels).toHaveLength(dataset.samples.length * 48 * 48);
  });

  it('is the same for the same seed and another for another', () => {
    const dataset = syntheticFaces({ samplesPerClass: 10, seed: 5 });
    expect(syntheticFaces({ samplesPerClass: 10, seed: 5 })).toEqual(dataset);
    expect(syntheticFaces({ samplesPerClass: 10, seed: 6 }).pixels).not.toEqual(dataset.pixels);
  });

  it('keeps its images when there are more of them, and repeats none', () => {
    const few = syntheticFaces({ samplesPerClass: 10 });
    const many = syntheticFaces({ samplesPerClass: 30 });
    for (const [index, { source }] of few.samples.entries()) {
      const position = many.samples.findIndex((sample) => sample.source === source);
      expect(image(many, position)).toEqual(image(few, index));
    }
    const contents = many.samples.map((_, index) => Buffer.from(image(many, index)).toString('latin1'));
    expect(new Set(contents).size).toBe(210);
  });

  it('leaves out training images of disgust as asked', () => {
    const dataset = syntheticFaces({ samplesPerClass: 100, imbalance: 0.9 });
    expect(classCounts(dataset, samplesOfSplit(dataset, 'train'))).toEqual([80, 8, 80, 80, 80, 80, 80]);
    expect(classCounts(dataset, samplesOfSplit(dataset, 'test'))).toEqual(Array(7).fill(10));
    expect(classCounts(syntheticFaces({ samplesPerClass: 10, imbalance: 1 }))[1]).toBe(3);
  });

  it('uses the range of grey levels without drowning in black or white', () => {
    const { pixels } = syntheticFaces({ samplesPerClass: 30 });
    const mean = pixels.reduce((sum, level) => sum + level, 0) / pixels.length;
    const clipped = pixels.reduce((sum, level) => sum + Number(level === 0 || level === 255), 0);
    expect(mean).toBeGreaterThan(80);
    expect(mean).toBeLessThan(175);
    expect(clipped / pixels.length).toBeLessThan(0.1);
  });

  it('shows each expression on the same person in the same pose', () => {
    const size = 48;
    for (let person = 0; person < 5; person++) {
      const faces = expressions.map((expression) => {
        const canvas = { size, levels: new Float32Array(size * size) };
        drawFace(canvas, expression, random(person));
        return canvas.levels;
      });
      for (const [first, a] of faces.entries()) {
        for (const b of faces.slice(first + 1)) {
          expect(b.subarray(0, 2 * size)).toEqual(a.subarray(0, 2 * size));
          expect(a.filter((level, pixel) => Math.abs(level - b[pixel]!) > 0.1).length).toBeGreaterThan(20);
        }
      }
    }
  });

  it('is too varied for a mere comparison with each class’s mean', () => {
    const dataset = syntheticFaces({ samplesPerClass: 200 });
    const means = dataset.classNames.map((_, label) => {
      const members = samplesOfSplit(dataset, 'train').filter(
        (index) => dataset.samples[index]!.label === label,
      );
      const sum = new Float64Array(48 * 48);
      for (const index of members) {
        for (const [pixel, level] of image(dataset, index).entries()) sum[pixel]! += level;
      }
      return standardised(sum);
    });
    const judged = [...samplesOfSplit(dataset, 'validation'), ...samplesOfSplit(dataset, 'test')];
    const right = judged.filter((index) => {
      const face = standardised(Float64Array.from(image(dataset, index)));
      const likeness = means.map((mean) => mean.reduce((sum, level, pixel) => sum + level * face[pixel]!, 0));
      return likeness.indexOf(Math.max(...likeness)) === dataset.samples[index]!.label;
    }).length;
    expect(right / judged.length).toBeLessThan(0.5);
  });

  it('draws 2,000 faces in well under two seconds', () => {
    // Of processor time: the machine may be busy with something else.
    const started = process.cpuUsage();
    syntheticFaces({ samplesPerClass: 286 });
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1e6).toBeLessThan(2);
  });

  it('refuses options out of range', () => {
    expect(() => syntheticFaces({ samplesPerClass: 9 })).toThrow(/samplesPerClass is 9; .* from 10/);
    expect(() => syntheticFaces({ samplesPerClass: 10.5 })).toThrow(UserError);
    expect(() => syntheticFaces({ imbalance: 1.1 })).toThrow(/imbalance is 1.1; a number from 0 to 1/);
  });
});

/** With mean 0 and length 1. */
function standardised(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const centred = values.map((value) => value - mean);
  const length = Math.hypot(...centred);
  return centred.map((value) => value / length);
}
