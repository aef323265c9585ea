import type { Dataset } from '@sdnet/training';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { eachAlteredCopy } from '../../src/datasets-check/altered-copies.js';
import { eachNearlyEqualPair } from '../../src/datasets-check/nearly-equal.js';
import { picture } from '../support/draw-picture.js';

/** The middle of a picture after another program has altered it, so that the borders show what lay beside. */
async function altered(seed: number, alter: (image: Sharp) => Sharp = (image) => image): Promise<Uint8Array> {
  const levels = Uint8Array.from(picture(seed), (level) => Math.min(255, Math.max(0, level)));
  const drawn = sharp(levels, { raw: { width: 64, height: 64, channels: 1 } });
  const turned = await alter(drawn).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });
  const { width, height } = turned.info;
  const cut = { left: (width - 48) >> 1, top: (height - 48) >> 1, width: 48, height: 48 };
  return sharp(turned.data, { raw: { width, height, channels: 1 } })
    .extract(cut)
    .toColourspace('b-w')
    .raw()
    .toBuffer();
}

/** In pixels, of which the middle is cut out. */
const moved = (x: number, y: number) => (image: Sharp) =>
  image.extract({
    left: 8 + x - Math.abs(x),
    top: 8 + y - Math.abs(y),
    width: 48 + 2 * Math.abs(x),
    height: 48 + 2 * Math.abs(y),
  });

const datasetOf = (images: readonly Uint8Array[]): Dataset => ({
  name: 'pictures',
  classNames: ['a'],
  width: 48,
  height: 48,
  channels: 1,
  pixels: Uint8Array.from(images.flatMap((image) => [...image])),
  samples: images.map((_, index) => ({ source: `${index}`, label: 0 })),
});

function found(images: readonly Uint8Array[], each = eachAlteredCopy): string[] {
  const pairs = new Set<string>();
  each(datasetOf(images), [...images.keys()], (first, second, correlation) => {
    expect(correlation).toBeLessThanOrEqual(1 + 1e-6);
    pairs.add(`${Math.min(first, second)} ${Math.max(first, second)}`);
  });
  return [...pairs];
}

const seeds = [1, 2, 3, 4, 5, 6];

describe('eachAlteredCopy', () => {
  it.each<[string, (image: Sharp) => Sharp]>([
    ['mirrored', (image) => image.flop()],
    ['turned by 5°', (image) => image.rotate(5)],
    ['turned by -10°', (image) => image.rotate(-10)],
    ['turned by 12.5°', (image) => image.rotate(12.5)],
    ['turned by -15°', (image) => image.rotate(-15)],
    ['enlarged by a tenth', (image) => image.resize(70, 70)],
    ['reduced by a tenth', (image) => image.resize(58, 58)],
    ['moved to the right', moved(3, 0)],
    ['moved up', moved(0, -3)],
    ['moved aslant', moved(-3, 3)],
  ])('finds copies that are %s, whichever comes first', async (_, alter) => {
    const originals = await Promise.all(seeds.map((seed) => altered(seed)));
    const copies = await Promise.all(seeds.map((seed) => altered(seed, alter)));
    const expected = seeds.map((_, index) => `${index} ${index + seeds.length}`).sort();
    for (const images of [
      [...originals, ...copies],
      [...copies, ...originals],
    ]) {
      // Those of pictures without much detail are nearly equal as they are.
      const near = found(images, eachNearlyEqualPair);
      const rest = found(images);
      expect(rest.filter((pair) => near.includes(pair))).toEqual([]);
      expect([...near, ...rest].sort()).toEqual(expected);
    }
  });

  it('leaves out what is nearly equal as it is, other pictures and single grey levels', async () => {
    const originals = await Promise.all(seeds.map((seed) => altered(seed)));
    const blurred = await Promise.all(seeds.map((seed) => altered(seed, (image) => image.blur(0.7))));
    const grey = new Uint8Array(48 * 48).fill(90);
    expect(found([...originals, ...blurred, grey, grey])).toEqual([]);
  });
});
