import { csvParse } from 'd3-dsv';
import { strFromU8, unzipSync } from 'fflate';
import { afterEach, expect, it, vi } from 'vitest';
import { zipOfImages } from '../src/teach/export-images.js';

afterEach(() => vi.unstubAllGlobals());

it('gives each class a folder of its own', async () => {
  class FakeImage {
    data = new Uint8Array(4 * 68 ** 2);
  }
  class FakeCanvas {
    getContext() {
      return { putImageData() {} };
    }
    async convertToBlob() {
      return new Blob(['a picture']);
    }
  }
  vi.stubGlobal('ImageData', FakeImage);
  vi.stubGlobal('OffscreenCanvas', FakeCanvas);
  const classNames = ['a?', 'a*', 'A_', 'a_ 2', 'happy'];
  const images = classNames.map((className) => ({
    ...{ id: className, className, addedAt: 0 },
    pixels: new Uint8Array(68 ** 2),
  }));
  const zip = await zipOfImages(images, classNames);
  const files = unzipSync(new Uint8Array(await zip.arrayBuffer()));
  const rows = csvParse(strFromU8(files['manifest.csv']!));
  const folders = Object.fromEntries(rows.map(({ file, label }) => [label!, file!.split('/')[0]]));
  expect(folders).toEqual({ 'a?': 'a_', 'a*': 'a_ 2', A_: 'A_ 3', 'a_ 2': 'a_ 2 2', happy: 'happy' });
  expect(Object.keys(files)).toHaveLength(6);
});
