import type { DecodedImage } from './decode-image.js';

/**
 * Turns a picture upright whose EXIF orientation is `orientation`, 1 to 8, within its own memory: `image.pixels` is
 * changed. A large photograph would otherwise be held twice.
 */
export function turnUpright(image: DecodedImage, orientation: number): DecodedImage {
  // EXIF 2.3, table 6: the first row is at the top (1, 2), bottom (3, 4), left (5, 8) or right (6, 7); the first column
  // at the left (1, 4), right (2, 3), top (5, 6) or bottom (7, 8).
  const isMirrored = [2, 3, 6, 7].includes(orientation);
  const upright = orientation >= 5 ? transpose(image, isMirrored) : image;
  if (isMirrored && orientation < 5) mirrorRows(upright);
  if ([3, 4, 7, 8].includes(orientation)) reverseRows(upright);
  return upright;
}

/** Left and right exchanged. */
function mirrorRows({ width, height, channels, pixels }: DecodedImage): void {
  for (let row = 0; row < height; row++) {
    let left = row * width * channels;
    let right = left + (width - 1) * channels;
    for (; left < right; left += channels, right -= channels)
      for (let channel = 0; channel < channels; channel++) {
        const level = pixels[left + channel]!;
        pixels[left + channel] = pixels[right + channel]!;
        pixels[right + channel] = level;
      }
  }
}

/** Top and bottom exchanged. */
function reverseRows({ width, height, channels, pixels }: DecodedImage): void {
  const length = width * channels;
  const row = new Uint8Array(length);
  for (let top = 0, bottom = (height - 1) * length; top < bottom; top += length, bottom -= length) {
    row.set(pixels.subarray(top, top + length));
    pixels.copyWithin(top, bottom, bottom + length);
    pixels.set(row, bottom);
  }
}

/** Columns that are moved together: the more, the fewer pieces there are to move. And most bytes of a panel, which is held beside. */
const [maximumPanel, maximumHeld] = [256, 12e6];

/** Rows become columns; `isMirrored`: from right to left. */
function transpose({ width, height, channels, pixels }: DecodedImage, isMirrored: boolean): DecodedImage {
  // What is left of a row after whole panels is put aside, and the rows move together.
  const panel = Math.max(1, Math.min(maximumPanel, Math.floor(maximumHeld / (height * channels))));
  const panels = Math.floor(width / panel);
  const whole = panels * panel;
  const rest = new Uint8Array((width - whole) * height * channels);
  const [length, kept] = [width * channels, whole * channels];
  for (let row = 0; row < height; row++) {
    const end = (row + 1) * length;
    rest.set(pixels.subarray(end - (length - kept), end), row * (length - kept));
    pixels.copyWithin(row * kept, row * length, row * length + kept);
  }

  movePieces(pixels, panel * channels, height, panels);

  // Each panel, now in one piece, is small enough to be turned beside its place.
  const size = panel * height * channels;
  const held = new Uint8Array(panels > 0 ? size : 0);
  for (let start = 0; start < panels * size; start += size) {
    held.set(pixels.subarray(start, start + size));
    transposeInto(held, panel, height, channels, isMirrored, pixels.subarray(start));
  }
  transposeInto(rest, width - whole, height, channels, isMirrored, pixels.subarray(panels * size));
  return { width: height, height: width, channels, pixels };
}

/** Exchanges rows and columns of a table of pieces, following each cycle of places: at i belongs what is at i·columns mod n−1. */
function movePieces(pixels: Uint8Array, length: number, rows: number, columns: number): void {
  const last = rows * columns - 1;
  const isDone = new Uint8Array(last + 1);
  const held = new Uint8Array(length);
  for (let start = 1; start < last; start++) {
    if (isDone[start]) continue;
    held.set(pixels.subarray(start * length, (start + 1) * length));
    let hole = start;
    for (;;) {
      isDone[hole] = 1;
      const from = (hole * columns) % last;
      if (from === start) break;
      pixels.copyWithin(hole * length, from * length, (from + 1) * length);
      hole = from;
    }
    pixels.set(held, hole * length);
  }
}

/** Row by row: the columns' ends, where it writes, stay in the processor's cache from one row to the next. */
function transposeInto(
  source: Uint8Array,
  width: number,
  height: number,
  channels: number,
  isMirrored: boolean,
  target: Uint8Array,
): void {
  const column = height * channels;
  let from = 0;
  for (let row = 0; row < height; row++) {
    let to = (isMirrored ? height - 1 - row : row) * channels;
    for (const end = from + width * channels; from < end; from += channels, to += column) {
      target[to] = source[from]!;
      if (channels === 1) continue;
      target[to + 1] = source[from + 1]!;
      target[to + 2] = source[from + 2]!;
    }
  }
}
