import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { suiteFolder } from '../packages/lab/test/support/suite-folder.js';
import { hasChromium, serveFolder, visit } from './support/browser.js';
import { launchFirefox, withoutFirefox } from './support/firefox.js';
import { bundleScript } from './support/recognizer-page.js';

/** Reads pictures by the package, and as a canvas on which the browser paints them has them. */
const page = `
import { readPixels } from 'sdnet';

const [width, height] = [62, 46];
function canvas(alpha, transparent) {
  const { canvas, context } = emptyCanvas(width, height, { alpha });
  const image = context.createImageData(width, height);
  for (let at = 0; at < width * height; at++)
    image.data.set([(7 * at) % 256, (13 * at) % 256, (29 * at) % 256, transparent ? at % 256 : 255], 4 * at);
  context.putImageData(image, 0, 0);
  return canvas;
}
function emptyCanvas(width, height, options) {
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  return { canvas, context: canvas.getContext('2d', options) };
}
const yuv = Uint8Array.from({ length: 1.5 * width * height }, (_, at) => 40 + ((at * 3) % 150));
const frame = (more) =>
  new VideoFrame(yuv, { format: 'I420', codedWidth: width, codedHeight: height, timestamp: 0, ...more });
const jpeg = await (await fetch('turned.jpg')).blob();
const image = Object.assign(new Image(), { src: 'turned.jpg' });
await image.decode();

async function painted(source) {
  const shown = source instanceof Blob ? await createImageBitmap(source) : source;
  const [width, height] = [shown.displayWidth ?? shown.width, shown.displayHeight ?? shown.height];
  const { context } = emptyCanvas(width, height);
  context.drawImage(shown, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}
const differences = {};
for (const [name, source] of Object.entries({
  opaqueCanvas: canvas(false, false),
  canvasWithoutHoles: canvas(true, false),
  transparentCanvas: canvas(true, true),
  imageData: canvas(true, false).getContext('2d').getImageData(0, 0, width, height),
  bitmap: await createImageBitmap(canvas(true, false)),
  transparentBitmap: await createImageBitmap(canvas(true, true)),
  turnedBlob: jpeg,
  turnedImage: image,
  videoFrame: frame({}),
  cutFrame: frame({ visibleRect: { x: 8, y: 4, width: 40, height: 30 } }),
  stretchedFrame: frame({ displayWidth: 2 * width, displayHeight: height }),
})) {
  const expected = source instanceof ImageData ? source : await painted(source);
  const { width, height, pixels } = await readPixels(source);
  let most = 0;
  for (let at = 0; at < expected.data.length; at++)
    most = Math.max(most, Math.abs(expected.data[at] - pixels[at]));
  differences[name] = { isSize: width === expected.width && height === expected.height, most };
}
console.log(JSON.stringify(differences));
`;

/** What Firefox prints first. */
async function visitByFirefox(folder: string): Promise<string> {
  const { address, close } = await serveFolder(folder);
  const browser = await launchFirefox();
  try {
    const tab = await browser.newPage();
    const printed = new Promise<string>((resolve, reject) => {
      tab.on('console', (message) => resolve(message.text()));
      tab.on('pageerror', reject);
    });
    await tab.goto(address, { timeout: 0 });
    return await printed;
  } finally {
    await browser.close();
    close();
  }
}

const browsers = [
  {
    name: 'Chromium',
    missing: hasChromium ? undefined : ' (skipped: Chromium is not installed)',
    open: async (folder: string) => (await visit(folder, join(folder, 'profile'))).printed,
  },
  { name: 'Firefox', missing: withoutFirefox, open: visitByFirefox },
];

for (const { name, missing, open } of browsers)
  describe.skipIf(missing)(`pixels in ${name}${missing ?? ''}`, () => {
    const folder = suiteFolder();
    let differences: Readonly<Record<string, { readonly isSize: boolean; readonly most: number }>>;
    beforeAll(async () => {
      writeFileSync(
        join(folder, 'index.html'),
        '<!doctype html><script type="module" src="main.js"></script>',
      );
      const pixels = Uint8Array.from({ length: 3 * 62 * 46 }, (_, at) => (at * at) % 251);
      await sharp(pixels, { raw: { width: 62, height: 46, channels: 3 } })
        .withMetadata({ orientation: 6 })
        .jpeg()
        .toFile(join(folder, 'turned.jpg'));
      await bundleScript(page, join(folder, 'main.js'));
      differences = JSON.parse(await open(folder)) as typeof differences;
    }, 600_000);

    it('are those that a canvas has', () => {
      const same = { isSize: true, most: 0 };
      expect(differences).toEqual({
        ...{ opaqueCanvas: same, canvasWithoutHoles: same, transparentCanvas: same, imageData: same },
        ...{ bitmap: same, transparentBitmap: same, turnedBlob: same, turnedImage: same },
        ...{ videoFrame: same, cutFrame: same, stretchedFrame: same },
      });
    });
  });
