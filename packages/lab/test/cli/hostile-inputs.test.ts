import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { writeWeights } from '@sdnet/lab';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Cost, costOf, reportCost } from '../../../../test/support/cost.js';
import { facePngs } from '../support/draw-faces.js';
import { program } from '../support/sdnet-command.js';
import { suiteFolder } from '../support/suite-folder.js';
import { put } from '../support/temporary-folder.js';
import { untrainedWeights } from '../support/untrained-weights.js';

const folder = suiteFolder();
const weights = join(folder, 'weights.safetensors');
const model = 'mobilenet-v3-small';
const predict = ['predict', '--cropped', '--weights', weights];
let ordinary: Cost;

beforeAll(async () => {
  // The largest network that weights may have: what is narrow and long was once made 512 wide at its full length.
  const preprocessing = { size: 512, channels: 1, mean: 0.5, deviation: 0.25 } as const;
  await writeWeights(weights, untrainedWeights(model, { preprocessing }));
  const [face] = await facePngs('happy', 1);
  ordinary = await costOf(program, ...predict, put(folder, 'face.png', face!));
  reportCost('an ordinary face', '', ordinary);
  expect(ordinary.code).toBe(0);
});

describe.skipIf(process.platform === 'win32')(
  'what is hostile takes the command no more than 2 s and 300 MB',
  () => {
    it.each<[what: string, before: string, make: () => string[] | Promise<string[]>, answer: RegExp]>([
      [
        'a packed SVG',
        '> 90 s',
        () => {
          const drawing = `<svg xmlns="http://www.w3.org/2000/svg"><text>${'a'.repeat(30_000)}`;
          return [...predict, put(folder, 'x.png', gzipSync(`${drawing}</text></svg>`))];
        },
        /packed by gzip/,
      ],
      [
        '1 × 65,535 pixels, by weights of size 512',
        '2 GB',
        async () => {
          const narrow = sharp({ create: { width: 1, height: 65_535, channels: 3, background: '#888' } });
          return [...predict, put(folder, 'narrow.png', await narrow.png().toBuffer())];
        },
        /narrow\.png: \w+ \(\d+ %\)/,
      ],
      [
        'a pipe without a writer',
        'hangs',
        () => {
          execFileSync('mkfifo', [join(folder, 'pipe')]);
          return [...predict, join(folder, 'pipe')];
        },
        /a pipe or device; a file was expected/,
      ],
      ['/dev/zero', 'grows', () => [...predict, '/dev/zero'], /a pipe or device; a file was expected/],
      [
        '--batch 1e12',
        'for ever',
        () => ['train', '--dataset', 'synthetic', '--batch', '1e12'],
        /from 1 to 65536 is expected/,
      ],
      [
        '--samples 1e7',
        'aborts',
        () => ['train', '--dataset', 'synthetic', '--samples', '1e7'],
        /from 10 to 20000 is expected/,
      ],
    ])('%s', async (what, before, make, expected) => {
      const cost = await costOf(program, ...(await make()));
      reportCost(what, before, cost);
      expect(cost.answer).toMatch(expected);
      // Beside what the command itself takes to start.
      expect(cost.seconds).toBeLessThan(ordinary.seconds + 2);
      expect(cost.megabytes).toBeLessThan(300);
    });
  },
);
