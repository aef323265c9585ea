import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { random } from '@sdnet/autograd';
import { UserError } from '@sdnet/training';
import { expect, it } from 'vitest';
import { fuzzCount, reportFuzz } from '../../../../test/support/fuzzing.js';
import { readFer2013Csv } from '../../src/datasets/fer2013-csv.js';
import { loadManifest } from '../../src/datasets/manifest.js';
import { plainImage } from '../support/draw-image.js';
import { put, temporaryFolder } from '../support/temporary-folder.js';

/** Of each kind of file. */
const runs = fuzzCount(300);

/** What has broken readers of text before. */
const pieces = [
  ...[
    '"',
    '""',
    ',',
    '\n',
    '\r',
    '\r\n',
    '\t',
    ' ',
    '\\',
    '/',
    '..',
    '../',
    '\0',
    '\uFEFF',
    '\u00E9',
    'e\u0301',
    '\u200B',
  ],
  ...[
    '\uD83D\uDE00',
    '\uFFFD',
    '-1',
    '256',
    '1e9',
    'NaN',
    'train',
    'file',
    'label',
    '__proto__',
    'constructor',
    '%s',
  ],
].map((text) => Buffer.from(text));

/** A change, or in every other one up to four: bytes turned, inserted, removed, repeated, or the end cut off. */
function mutate(original: Buffer, seed: number): Buffer {
  const source = random(seed, 0, 0, 1);
  let bytes = original;
  const changes = seed % 2 === 0 ? 1 : 1 + source.integer(4);
  for (let change = 0; change < changes; change++) {
    const at = source.integer(bytes.length + 1);
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
    const length = source.integer(12);
    const changed: Uint8Array[][] = [
      [before, Buffer.from([source.integer(256)]), after.subarray(1)],
      [before, pieces[source.integer(pieces.length)]!, after],
      [before, after.subarray(length)],
      [before, after.subarray(0, length), after],
      [before],
    ];
    bytes = Buffer.concat(changed[source.integer(changed.length)]!);
  }
  return bytes;
}

/** Loads `runs` mutations: each loads, or is refused in a sentence that names the file and, but for the header, a row. */
async function fuzz(file: string, original: Buffer, load: () => Promise<unknown>) {
  let loaded = 0;
  for (let seed = 0; seed < runs; seed++) {
    writeFileSync(file, mutate(original, seed));
    const error: unknown = await load().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (error === undefined) loaded++;
    else {
      expect(error, `seed ${seed}`).toBeInstanceOf(UserError);
      const { message } = error as UserError;
      expect(message, `seed ${seed}`).toMatch(
        /row \d+|line 1: the header|the header: |no rows below its header|another encoding/,
      );
      expect(message, `seed ${seed}`).toContain(file);
      expect(message.length, `seed ${seed}`).toBeLessThan(1500);
    }
  }
  reportFuzz(basename(file), { loaded, refused: runs - loaded });
  // Both happen, or nothing would be tested.
  expect(loaded).toBeGreaterThan(runs / 50);
  expect(loaded).toBeLessThan(runs);
}

it('manifests: each loads, or is refused by row', async () => {
  const folder = temporaryFolder();
  const face = await plainImage(7, 4);
  const rows = ['file,label,subject,split'];
  for (let index = 0; index < 6; index++) {
    put(folder, `images/${index}.png`, face);
    rows.push(
      `images/${index}.png,${['sad', '"Bored"', 'p\u00eache'][index % 3]},S${index % 2},${index < 4 ? 'train' : 'val'}`,
    );
  }
  const file = join(folder, 'faces.csv');
  const cacheDirectory = temporaryFolder();
  await fuzz(file, Buffer.from(`${rows.join('\n')}\n`), () => loadManifest(file, { cacheDirectory }));
});

it('fer2013.csv: each loads, or is refused by row', async () => {
  const file = join(temporaryFolder(), 'fer2013.csv');
  const pixels = Array.from({ length: 2304 }, (_, index) => index % 256).join(' ');
  const rows = ['Training', 'PublicTest', 'PrivateTest'].map(
    (usage, emotion) => `${emotion},${pixels},${usage}`,
  );
  const original = Buffer.from(`emotion,pixels,Usage\n${rows.join('\n')}\n`);
  await fuzz(file, original, () => readFer2013Csv(file));
});
