import { describe, expect, it } from 'vitest';
import { turnUpright } from '../../src/node/images/turn-upright.js';

/** Where the pixel at (x, y) of the upright picture is in one of `width × height`, by EXIF 2.3, table 6. */
const places: Readonly<
  Record<number, (x: number, y: number, width: number, height: number) => [number, number]>
> = {
  1: (x, y) => [x, y],
  2: (x, y, width) => [width - 1 - x, y],
  3: (x, y, width, height) => [width - 1 - x, height - 1 - y],
  4: (x, y, _, height) => [x, height - 1 - y],
  5: (x, y) => [y, x],
  6: (x, y, _, height) => [y, height - 1 - x],
  7: (x, y, width, height) => [width - 1 - y, height - 1 - x],
  8: (x, y, width) => [width - 1 - y, x],
};

describe('turnUpright', () => {
  // Panels of 256 columns, some left over; so high that panels are narrower; grey; fewer columns than a panel.
  it.each([
    [600, 71, 3],
    [300, 16_000, 3],
    [600, 71, 1],
    [7, 130, 1],
  ] as const)(
    'puts every pixel of %d×%d, %d channels, where each orientation says',
    (width, height, channels) => {
      const pixels = Uint8Array.from({ length: width * height * channels }, (_, index) => (index * 37) % 251);
      for (let orientation = 1; orientation <= 8; orientation++) {
        const upright = turnUpright({ width, height, channels, pixels: pixels.slice() }, orientation);
        const sides = orientation < 5 ? [width, height] : [height, width];
        expect([upright.width, upright.height]).toEqual(sides);
        let wrong = 0;
        for (let y = 0; y < upright.height; y++)
          for (let x = 0; x < upright.width; x++) {
            const [column, row] = places[orientation]!(x, y, width, height);
            for (let channel = 0; channel < channels; channel++)
              if (
                upright.pixels[(y * upright.width + x) * channels + channel] !==
                pixels[(row * width + column) * channels + channel]
              )
                wrong++;
          }
        expect(wrong).toBe(0);
      }
    },
  );
});
