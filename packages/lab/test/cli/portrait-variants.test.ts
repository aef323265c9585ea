import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import type { Box, Face } from 'sdnet';
import { describe, expect, it, vi } from 'vitest';
import { sdnetHere } from '../support/sdnet-command.js';
import { suiteFolder } from '../support/suite-folder.js';

vi.setConfig({ testTimeout: 300_000 });

const root = resolve(import.meta.dirname, '../../../..');
/** NASA's portrait, 512×512; where the original does not lie beside the project, the sample's JPEG of it. */
const portrait = [join(root, '../shared/faces/astronaut.png'), join(root, 'samples/portrait.jpg')].find(
  (file) => existsSync(file),
)!;
const side = 512;

interface Variant {
  readonly file: string;
  readonly make: (image: Sharp) => Sharp;
  /** What a file says of itself, so that it is the variant it claims to be. */
  readonly is: Readonly<Record<string, unknown>>;
  /** Where a box of the original is in it; by default, where it was. */
  readonly place?: (box: Box) => Box;
}

const around = (x: number, y: number, { width, height }: Box): Box => ({
  x: x - width / 2,
  y: y - height / 2,
  width,
  height,
});

/** Turned clockwise by degrees, on grey. */
function turned(file: string, degrees: number): Variant {
  const turn = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  /** Of the square around it. */
  const whole = side * (cos + Math.abs(sin));
  return {
    file,
    make: (image) => image.rotate(degrees, { background: '#808080' }).png(),
    is: { width: Math.round(whole) },
    place: (box) => {
      const [x, y] = [box.x + (box.width - side) / 2, box.y + (box.height - side) / 2];
      return around(whole / 2 + cos * x - sin * y, whole / 2 + sin * x + cos * y, box);
    },
  };
}

const variants: readonly Variant[] = [
  { file: 'original.png', make: (image) => image.png(), is: { format: 'png', space: 'srgb' } },
  {
    file: 'mirrored.png',
    make: (image) => image.flop().png(),
    is: { width: side },
    place: ({ x, width, ...box }) => ({ ...box, x: side - x - width, width }),
  },
  turned('clockwise.png', 30),
  turned('anticlockwise.png', -30),
  {
    file: 'quarter.png',
    make: (image) => image.resize(side / 4).png(),
    is: { width: side / 4 },
    place: ({ x, y, width, height }) => ({ x: x / 4, y: y / 4, width: width / 4, height: height / 4 }),
  },
  {
    file: 'exif.jpg',
    make: (image) => image.rotate(270).withMetadata({ orientation: 6 }).jpeg(),
    is: { orientation: 6 },
  },
  { file: 'cmyk.jpg', make: (image) => image.toColourspace('cmyk').jpeg(), is: { space: 'cmyk' } },
  { file: '16-bit.png', make: (image) => image.toColourspace('rgb16').png(), is: { depth: 'ushort' } },
  {
    file: 'grey-alpha.png',
    make: (image) => image.greyscale().ensureAlpha().toColourspace('b-w').png(),
    is: { channels: 2, hasAlpha: true },
  },
];

/** By how much the edges of two boxes differ at most, in sides of the first. */
function apart(one: Box, other: Box): number {
  const edges = ({ x, y, width, height }: Box) => [x, y, x + width, y + height];
  const expected = edges(one);
  const differences = edges(other).map((edge, index) => Math.abs(edge - expected[index]!));
  return Math.max(...differences) / Math.sqrt(one.width * one.height);
}

describe('sdnet predict on the portrait', () => {
  it('finds one happy face at the same place, however the portrait is stored and turned', async () => {
    const folder = suiteFolder();
    for (const { file, make, is } of variants) {
      await make(sharp(portrait)).toFile(join(folder, file));
      expect(await sharp(join(folder, file)).metadata()).toMatchObject(is);
    }
    const files = variants.map(({ file }) => join(folder, file));
    const { code, stdout } = await sdnetHere('predict', ...files, '--json');
    expect(code).toBe(0);
    const read: { faces: Face[] }[] = JSON.parse(stdout);
    const [original] = read[0]!.faces;
    const seen = variants.map(({ file, place = (box) => box }, index) => ({
      file,
      expressions: read[index]!.faces.map(({ expression }) => expression),
      isThere: read[index]!.faces.every(({ box }) => apart(place(original!.box), box) <= 0.1),
    }));
    expect(seen).toEqual(variants.map(({ file }) => ({ file, expressions: ['happy'], isThere: true })));
    // The face: its eyes are near (205, 110) and (245, 112).
    expect(apart({ x: 174, y: 70, width: 102, height: 102 }, original!.box)).toBeLessThan(0.15);
  });
});
