import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { writePng } from '../../../sdnet/test/node/support/write-png.js';
import { put } from '../../../lab/test/support/temporary-folder.js';

/** Writes so many grey images of 48×48 pixels, each another one; their paths, sorted. */
export function noiseImages(folder: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const row = (y: number) =>
      Uint8Array.from(
        Buffer.concat(
          [0, 1].map((part) => createHash('sha256').update(`${index} ${y} ${part}`).digest()),
        ).subarray(0, 48),
      );
    const name = `image${String(index).padStart(5, '0')}.png`;
    put(
      folder,
      name,
      writePng(
        48,
        48,
        8,
        0,
        Array.from({ length: 48 }, (_, y) => row(y)),
      ),
    );
    return join(folder, name);
  });
}
