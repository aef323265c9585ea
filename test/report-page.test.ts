import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imageOf, loadDataset } from '@sdnet/lab';
import { sdnetHere } from '../packages/lab/test/support/sdnet-command.js';
import { smallRecipe } from '../packages/lab/test/support/small-training.js';
import { hasChromium, openFromDisk } from './support/browser.js';
import { root } from './support/packages.js';

const folder = mkdtempSync(join(tmpdir(), 'sdnet-report-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const runs = join(folder, 'runs');
const [html, withImages, markdown, ofRun] = ['page.html', 'images.html', 'page.md', 'run.html'].map((name) =>
  join(folder, name),
) as [string, string, string, string];
const looks = [
  { file: withImages, scheme: 'light', width: 1200 },
  { file: withImages, scheme: 'dark', width: 360 },
  { file: ofRun, scheme: 'dark', width: 1200 },
  { file: ofRun, scheme: 'light', width: 360 },
] as const;
const text = (file: string) => readFileSync(file, 'utf8');

async function made(...args: string[]): Promise<void> {
  const { code, stderr } = await sdnetHere(...args);
  expect({ code, stderr }).toMatchObject({ code: 0 });
}

beforeAll(async () => {
  await made(
    ...['compare', '--dataset', 'synthetic', '--samples', '10', '--recipe', smallRecipe(folder, 2)],
    ...['--models', 'mobilenet-v3-small', '--seeds', '1,2', '--threads', '1', '--out', runs],
  );
  await made('report', runs, '--out', html);
  await made('report', runs, '--out', withImages, '--images');
  await made('report', runs, '--out', markdown);
  await made('report', join(runs, 'mobilenet-v3-small-seed2'), '--out', ofRun, '--threads', '1');
});

describe('sdnet report', () => {
  it.runIf(hasChromium)(
    'is a page that opens from disk in light and dark, on a desk and on a phone, and asks for nothing',
    async () => {
      const opened = await openFromDisk(looks, mkdtempSync(join(folder, 'profile-')));
      for (const [index, found] of opened.entries()) {
        expect(found).toMatchObject({ printed: [], violations: [], width: looks[index]!.width });
        expect(found.requested.filter((url) => !url.startsWith('data:'))).toHaveLength(1);
        expect(found.title).toBe('MobileNetV3 small on faces drawn by code');
      }
    },
  );

  it('has the figures of the comparison, its command, seeds, settings, versions and machine', () => {
    const { networks, command } = JSON.parse(text(join(runs, 'table.json')));
    const accuracy = `${(100 * networks[0].accuracy).toFixed(1)} %`;
    expect(command).toBe(
      'npx sdnet compare --dataset synthetic --samples 10 --recipe small-2.yaml --models mobilenet-v3-small ' +
        '--seeds 1,2 --out FOLDER',
    );
    for (const [file, spaces] of [
      [html, '\u00a0'],
      [markdown, ' '],
    ] as const) {
      const page = text(file).replaceAll('\\', '');
      expect(page).toContain(accuracy.replace(' ', spaces));
      expect(page).toContain(command);
      expect(page).toContain('--seed 2 ');
      expect(page).toContain(process.version);
      expect(page).toContain('LDL-ALSG [20]');
      expect(page).toContain('Label distribution learning on auxiliary label space graphs');
      // Where data and results lie is nobody's business.
      expect(page).not.toContain(folder);
    }
  });

  it('counts the images of each class, true and recognised', () => {
    const { confusion, classNames } = JSON.parse(
      text(join(runs, 'evaluations/mobilenet-v3-small-seed2.json')),
    );
    const page = text(ofRun);
    for (const [label, row] of confusion.entries()) {
      const line = page.match(
        new RegExp(`<th scope="row">${classNames[label]}</th>(<td class="(right|wrong)".*?)</tr>`),
      )!;
      expect([...line[1]!.matchAll(/">(\d+)<span>/g)].map(([, images]) => Number(images))).toEqual(row);
    }
    expect(page).toContain('56 images to learn from, and 7 others');
  });

  it('shows images only where it is asked to: those of the data set, by their surest mistakes', async () => {
    expect(text(html)).not.toContain('data:image');
    const { predictions } = JSON.parse(text(join(runs, 'evaluations/mobilenet-v3-small-seed1.json')));
    const wrong = predictions
      .filter(({ label, predicted }: { label: string; predicted: string }) => label !== predicted)
      .sort(
        (a: { scores: number[] }, b: { scores: number[] }) => Math.max(...b.scores) - Math.max(...a.scores),
      );
    const shown = [...text(withImages).matchAll(/src="data:image\/png;base64,([^"]+)"/g)];
    expect(shown).toHaveLength(wrong.length);
    const dataset = await loadDataset({ dataset: 'synthetic', synthetic: { samplesPerClass: 10 } });
    for (const [index, [, base64]] of shown.entries()) {
      const pixels = await sharp(Buffer.from(base64!, 'base64')).toColourspace('b-w').raw().toBuffer();
      const sample = dataset.samples.findIndex(({ source }) => source === wrong[index].file);
      expect(pixels.equals(Uint8Array.from(imageOf(dataset, sample).pixels))).toBe(true);
    }
  });

  it('of FER2013 is in the repository, small and without faces', () => {
    const page = text(join(root, 'docs/report-fer2013.html'));
    expect(page.length).toBeLessThan(1_500_000);
    expect(page.match(/data:image|<img|<script|https?:\/\/(?!www\.w3\.org\/)[^"]*/)).toBe(null);
    const { networks } = JSON.parse(text(join(root, 'models/table-1/table.json')));
    for (const { accuracy } of networks) expect(page).toContain(`${(100 * accuracy).toFixed(2)}\u00a0%`);
  });
});
