import sharp from 'sharp';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { decodeImage } from 'sdnet';
import { decodeApart } from '../../dist/node/images/decode-apart.js';
import { writePng } from './support/write-png.js';

const failing = (image: Promise<unknown>) =>
  image.then(
    () => expect.fail('decoded'),
    ({ message, code }: { message: string; code: string }) => ({ message, code }),
  );

describe('an image that takes much memory is decoded in a process of its own, where that is allowed,', () => {
  beforeEach(() => {
    vi.stubEnv('SDNET_LARGE_IMAGES', '1');
    return () => vi.unstubAllEnvs();
  });
  let large: Buffer;
  beforeAll(async () => {
    const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
    const small = sharp({ create: { width: 460, height: 460, channels: 3, background: '#888', noise } });
    // 21 megapixels, which a WebP decoder holds in 233 MB.
    large = await sharp(await small.png().toBuffer())
      .resize(4600, 4600, { kernel: 'nearest' })
      .webp({ quality: 60, effort: 0 })
      .toBuffer();
  });

  it('with the same pixels', async () => {
    const { pixels, ...image } = await decodeImage(large, 'face.webp');
    expect(image).toEqual({ width: 4600, height: 4600, channels: 3 });
    expect(Buffer.compare(pixels, await sharp(large).raw().toBuffer())).toBe(0);
  });

  it('and refused where it is not', async () => {
    vi.stubEnv('SDNET_LARGE_IMAGES', '');
    const { message, code } = await failing(decodeImage(large, 'face.webp'));
    expect(message).toBe(
      'face.webp: 4600×4600 pixels of this kind need 233 MB of memory to decode, more than the limit of 224. ' +
        'Make the image smaller first, or set the environment variable SDNET_LARGE_IMAGES=1, which allows that.',
    );
    expect(code).toBe('image-too-large');
  });

  it.each([
    [{ memory: 150_000_000, seconds: 60 }, /face.webp: .* takes more than 150 MB of memory/],
    [{ memory: 1e10, seconds: 0.05 }, /face.webp: .* takes more than 0.05 s of processor time/],
  ])('which is ended beyond its limits: %j', async (limits, words) => {
    const { message, code } = await failing(decodeApart(large, 'face.webp', () => {}, limits));
    expect(message).toMatch(words);
    expect(code).toBe('image-too-large');
  });

  it('with what is said of the file here, too', async () => {
    const small = writePng(3, 2, 8, 0, [Buffer.of(0, 128, 255), Buffer.of(1, 2, 3)]);
    expect(await decodeApart(small, 'face.png', () => {})).toEqual(await decodeImage(small));
    const damaged = small.subarray(0, -20);
    expect(await failing(decodeApart(damaged, 'face.png', () => {}))).toEqual(
      await failing(decodeImage(damaged, 'face.png')),
    );
    const blank = sharp({ create: { width: 40, height: 40, channels: 3, background: '#888' } });
    const whole = await blank.jpeg().toBuffer();
    const at = whole.indexOf(Buffer.of(0xff, 0xdb));
    const mended = Buffer.concat([whole.subarray(0, at), Buffer.of(0, 0, 0), whole.subarray(at)]);
    const [here, apart]: string[][] = [[], []];
    const image = await decodeImage(mended, 'face.jpg', (message) => here!.push(message));
    expect(await decodeApart(mended, 'face.jpg', (message) => apart!.push(message))).toEqual(image);
    expect(here).toHaveLength(1);
    expect(apart).toEqual(here);
  });
});
