import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { classCounts, samplesOfSplit } from '@sdnet/training';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadRafDb, type RafDbOptions } from '../../src/datasets/rafdb.js';
import { plainImage } from '../support/draw-image.js';
import { refusal } from '../support/refusal.js';
import { put, temporaryFolder } from '../support/temporary-folder.js';

let faces: Buffer[];
beforeAll(async () => {
  faces = await Promise.all([1, 2, 3, 4, 5, 6, 7].map((level) => plainImage([20 * level, 40, 60], 100)));
});

/** Each number twice in training, once in test. */
const list = [1, 2, 3, 4, 5, 6, 7].flatMap((number) => [
  { name: `train_0000${number}`, number },
  { name: `train_0001${number}`, number },
  { name: `test_000${number}`, number },
]);
const lines = list.map(({ name, number }) => `${name}.jpg ${number}`);

function drawRelease(listed = lines.join('\n'), listName = 'list_patition_label.txt'): string {
  const root = temporaryFolder();
  for (const { name, number } of list)
    put(root, `basic/Image/aligned/${name}_aligned.jpg`, faces[number - 1]!);
  put(root, `basic/EmoLabel/${listName}`, `${listed}\n`);
  // The compound expressions lie beside the basic ones.
  put(root, `compound/EmoLabel/${listName}`, 'train_00001.jpg 1\n');
  return root;
}

function drawRepacked(): string {
  const root = temporaryFolder();
  for (const { name, number } of list)
    put(root, `DATASET/${name.split('_')[0]}/${number}/${name}_aligned.jpg`, faces[number - 1]!);
  put(root, 'DATASET/train_labels.csv', 'image,label\n');
  return root;
}

const load = (root: string, options: RafDbOptions = {}) =>
  loadRafDb(root, { cacheDirectory: temporaryFolder(), ...options });

describe('loadRafDb', () => {
  it.each([
    ['the release', () => drawRelease(), ['', 'basic', 'basic/EmoLabel']],
    ['with the list spelled right', () => drawRelease(undefined, 'list_partition_label.txt'), ['']],
    ['the folders that are passed on', drawRepacked, ['', 'DATASET']],
  ])('reads %s from any level', async (_, draw, levels) => {
    const root = draw();
    const notes: string[] = [];
    for (const level of levels) {
      const dataset = await load(join(root, level), { channels: 3, onNote: (note) => notes.push(note) });
      expect(dataset).toMatchObject({ name: 'rafdb', width: 96, height: 96, channels: 3 });
      expect(dataset.classNames).toEqual(['angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral']);
      expect(classCounts(dataset, samplesOfSplit(dataset, 'test'))).toEqual(Array(7).fill(1));
      expect(classCounts(dataset, samplesOfSplit(dataset, 'train'))).toEqual(Array(7).fill(1));
      expect(classCounts(dataset, samplesOfSplit(dataset, 'validation'))).toEqual(Array(7).fill(1));
      // 1 surprise … 7 neutral, told apart by their red.
      const numbers = [6, 3, 2, 4, 5, 1, 7];
      for (const [index, { label }] of dataset.samples.entries())
        expect(Math.abs(dataset.pixels[index * 96 * 96 * 3]! - 20 * numbers[label]!)).toBeLessThanOrEqual(3);
      expect(new Set(dataset.samples.map(({ source }) => source.split('/')[0])).size).toBeLessThanOrEqual(2);
    }
    expect(notes[0]).toBe('RAF-DB: 14 images in training, 7 in test (the paper has 12271 and 3068).');
  });

  it.each([
    ['a number of none', `${lines.join('\n')}\ntrain_00099.jpg 8`, /line 22: is "train_00099.jpg 8"/],
    [
      'an image that is not there',
      'train_00099.jpg 1',
      /line 1: Image\/aligned has no train_00099_aligned.jpg/,
    ],
    ['an image twice', `${lines[0]}\n${lines[0]}`, /line 2: train_00001 is listed already/],
    ['nothing', '', /lists no image/],
  ])('refuses a list of %s', async (_, listed, message) => {
    expect(await refusal(load(drawRelease(listed)))).toMatch(message);
  });

  it('refuses what is not RAF-DB, or numbered otherwise', async () => {
    expect(await refusal(load(temporaryFolder()))).toMatch(
      /neither EmoLabel.* nor train\/1 to 7 .*\(it is empty\)/,
    );
    const root = drawRepacked();
    put(root, 'DATASET/train/0/a.jpg', faces[0]!);
    expect(await refusal(load(root))).toMatch(
      /train\/0: not a class folder of RAF-DB; expected 1 surprise, 2 fear/,
    );
    const release = drawRelease();
    rmSync(join(release, 'basic/Image'), { recursive: true });
    expect(await refusal(load(release))).toMatch(/Image\/aligned with the aligned faces was not found/);
  });
});
