import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import type { Box, Face } from 'sdnet';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { drawnNames } from '../../src/drawing/drawn-names.js';
import { placePanels } from '../../src/drawing/place-panels.js';
import { plainImage } from '../support/draw-image.js';
import { sdnetHere } from '../support/sdnet-command.js';
import { suiteFolder } from '../support/suite-folder.js';
import { put } from '../support/temporary-folder.js';

vi.setConfig({ testTimeout: 300_000 });

const portrait = resolve(import.meta.dirname, '../../../../samples/portrait.jpg');
const folder = suiteFolder();
const photos = join(folder, 'photos');
const out = join(folder, 'drawn');

/** Of the portrait: what EXIF says is turned by a quarter, one in grey, one of a format that is not written. */
beforeAll(async () => {
  for (const name of ['a', 'b']) mkdirSync(join(photos, name), { recursive: true });
  copyFileSync(portrait, join(photos, 'a/face.jpg'));
  const turned = sharp(portrait).extract({ left: 60, top: 0, width: 320, height: 480 }).rotate(270);
  await turned.withMetadata({ orientation: 6 }).toFile(join(photos, 'b/face.jpg'));
  await sharp(portrait).greyscale().webp().toFile(join(photos, 'grey.webp'));
  put(photos, 'broken.png', 'no image');
});

async function pixelsOf(file: string) {
  const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
  return {
    ...info,
    at: (x: number, y: number) => {
      const from = (Math.round(y) * info.width + Math.round(x)) * info.channels;
      return [...data.subarray(from, from + 3)] as [number, number, number];
    },
  };
}

/** How many of the box's four lines are yellow in their middle, where the box is turned by the face's angle. */
async function linesSeen(file: string, { box, angle }: Face): Promise<number> {
  const { at } = await pixelsOf(file);
  const [cos, sin] = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
  const seen = [[-0.5, 0] as const, [0.5, 0] as const, [0, -0.5] as const, [0, 0.5] as const].filter(
    ([across, down]) => {
      const [right, below] = [across * box.width, down * box.height];
      const x = box.x + box.width / 2 + cos * right - sin * below;
      const y = box.y + box.height / 2 + sin * right + cos * below;
      const near = [-1, 0, 1].flatMap((dx) => [-1, 0, 1].map((dy) => at(x + dx, y + dy)));
      return near.some(([red, green, blue]) => red > 200 && green > 150 && blue < 130);
    },
  );
  return seen.length;
}

describe('sdnet predict --draw', () => {
  it('draws a box around each face into a picture of its name and format, and leaves the photos as they are', async () => {
    const { code, stdout, stderr } = await sdnetHere('predict', photos, '--json', '--draw', out);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('broken.png: not an image'),
    });
    const drawn = ['a/face.jpg', 'b/face.jpg', 'grey.webp.png'];
    const names = readdirSync(out, { recursive: true, encoding: 'utf8' }).map((name) =>
      name.replaceAll('\\', '/'),
    );
    expect(names.sort()).toEqual([...drawn, 'a', 'b'].sort());
    const read = (JSON.parse(stdout) as { file: string; faces?: Face[] }[]).filter(({ faces }) => faces);
    expect(read.map(({ file }) => file)).toEqual(
      ['a/face.jpg', 'b/face.jpg', 'grey.webp'].map((name) => join(photos, name)),
    );
    for (const [index, { faces }] of read.entries()) {
      expect(faces).toHaveLength(1);
      const file = join(out, drawn[index]!);
      expect(await linesSeen(file, faces![0]!)).toBe(4);
      const { format, width, height, orientation } = await sharp(file).metadata();
      const expected = { width: index === 1 ? 320 : 512, height: index === 1 ? 480 : 512 };
      expect({ format, width, height }).toEqual({ format: index < 2 ? 'jpeg' : 'png', ...expected });
      // Its pixels are upright already.
      expect(orientation ?? 1).toBe(1);
    }
    // Far from the face nothing is changed but by JPEG.
    const [before, after] = [await pixelsOf(portrait), await pixelsOf(join(out, 'a/face.jpg'))];
    for (const [channel, value] of after.at(150, 320).entries())
      expect(Math.abs(value - before.at(150, 320)[channel]!)).toBeLessThan(12);
    expect(readFileSync(join(photos, 'a/face.jpg'))).toEqual(readFileSync(portrait));
  });

  it('replaces what it has drawn, and nothing else', async () => {
    const plain = put(folder, 'own/plain.png', await plainImage(90, 200));
    const into = join(folder, 'again');
    const draw = async () => (await sdnetHere('predict', plain, '--draw', into)).code;
    expect([await draw(), await draw()]).toEqual([0, 0]);
    expect(readdirSync(into)).toEqual(['plain.png']);
    const refused = async (...args: string[]) => {
      const { code, stdout, stderr } = await sdnetHere('predict', ...args);
      expect({ code, stdout }).toEqual({ code: expect.any(Number), stdout: '' });
      expect(code).not.toBe(0);
      return stderr;
    };
    const own = put(folder, 'other/plain.png', await plainImage(80, 200));
    const before = readFileSync(own);
    expect(await refused(plain, '--draw', join(folder, 'other'))).toMatch(
      'plain.png: is there and was not drawn by sdnet',
    );
    expect(await refused(own, '--draw', folder)).toMatch('lies there and is read');
    expect(await refused(own, '--draw', plain)).toMatch('the folder cannot be made');
    expect(await refused(own, '--cropped', '--draw', into)).toMatch('--draw is for photos');
    expect(readFileSync(own)).toEqual(before);
  });
});

describe('drawnNames', () => {
  it('gives no two files one name, whatever the file system makes of case', () => {
    const files = ['x/a/Photo.JPG', 'x/b/photo.jpg', 'x/a/photo.jpg', 'x/a/photo.png', '-', 'x/a/photo.webp'];
    const names = [...drawnNames(files).values()].map(({ name }) => name.replaceAll('\\', '/'));
    expect(names).toEqual([
      ...['a/Photo.JPG', 'b/photo.jpg', 'a/photo-2.jpg', 'a/photo.png'],
      ...['standard-input.png', 'a/photo.webp.png'],
    ]);
    expect([...drawnNames(['x/a/photo.jpg']).values()]).toEqual([{ name: 'photo.jpg', format: 'jpeg' }]);
  });
});

describe('placePanels', () => {
  const panels = { large: { width: 60, height: 50 }, small: { width: 30, height: 10 } };
  const overlap = (a: Box, b: Box) =>
    a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

  it('covers no face and no other panel where there is room, with names alone where there is little', () => {
    // Four columns close together, and one apart.
    const faces = Array.from({ length: 15 }, (_, index) => ({
      x: 30 + (index % 5 === 4 ? 400 : 75 * (index % 5)),
      y: 20 + 70 * Math.floor(index / 5),
      ...{ width: 30, height: 30 },
    }));
    const picture = { width: 560, height: 230 };
    const placed = placePanels(
      picture,
      faces,
      faces.map(() => panels),
      4,
    );
    const boxes = [...faces, ...placed.map(({ place }) => place)];
    for (const [index, one] of boxes.entries())
      for (const other of boxes.slice(index + 1)) expect(overlap(one, other)).toBe(false);
    for (const { place } of placed) {
      expect(Math.min(place.x, place.y)).toBeGreaterThanOrEqual(0);
      expect(place.x + place.width).toBeLessThanOrEqual(picture.width);
      expect(place.y + place.height).toBeLessThanOrEqual(picture.height);
    }
    expect(new Set(placed.map(({ panel }) => panel))).toEqual(new Set([panels.large, panels.small]));
  });

  it('puts the panel of a face that fills the picture beside the picture', () => {
    const face = { x: 5, y: 5, width: 90, height: 90 };
    const [placed] = placePanels({ width: 100, height: 100 }, [face], [panels], 4);
    expect(placed!.panel).toBe(panels.large);
    expect(overlap(placed!.place, face)).toBe(false);
  });
});
