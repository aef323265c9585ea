import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeRuntime } from '@sdnet/autograd/node';
import { decodeImage } from '@sdnet/lab';
import { describe, expect, it } from 'vitest';
import { sdnetHere } from '../support/sdnet-command.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const portrait = new URL('../../../../samples/astronaut.png', import.meta.url).pathname;

describe('sdnet export --with-preprocessing', () => {
  it('writes a model that takes a decoded image and gives the scores of predict', async () => {
    const out = join(temporaryFolder(), 'sdnet.onnx');
    expect(await sdnetHere('export', '--out', out, '--with-preprocessing')).toMatchObject({ code: 0 });
    const session = await nodeRuntime.createSession(readFileSync(out));
    const { width, height, channels, pixels } = await decodeImage(portrait);
    const images = { shape: [1, height, width, channels], data: Uint8Array.from(pixels) };
    const { scores } = await session.run({ images });
    const { stdout } = await sdnetHere('predict', portrait, '--cropped', '--json');
    const [predicted] = JSON.parse(stdout) as [{ scores: Record<string, number> }];
    for (const [index, score] of Object.values(predicted.scores).entries())
      expect(Math.abs(scores!.data[index]! - score)).toBeLessThan(1e-4);
    await session.release();
  });

  it('is for ONNX models alone', async () => {
    const out = join(temporaryFolder(), 'sdnet.safetensors');
    expect(await sdnetHere('export', '--out', out, '--with-preprocessing')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--with-preprocessing is for ONNX models') as string,
    });
    expect(existsSync(out)).toBe(false);
  });
});

describe('networks that cannot be are not inspected:', () => {
  it.each([
    [['--classes', '1e15'], /--classes 1000000000000000: a whole number from 1 to 10000 is expected/],
    [['--size', '1e9'], /--size 1000000000: a whole number from 1 to 512 is expected/],
  ])('%j', async (options, message) => {
    const { code, stderr, stdout } = await sdnetHere('inspect', 'sdnet', ...options);
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});
