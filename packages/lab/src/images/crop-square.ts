import type { DecodedImage } from 'sdnet';

/** In pixels; the corner may lie outside the image. */
export interface Square {
  readonly left: number;
  readonly top: number;
  readonly side: number;
}

/** A square cut out of an image. Where it reaches beyond the border, the edge pixels are repeated. */
export function cropSquare(image: DecodedImage, { left, top, side }: Square): DecodedImage {
  const { width, height, channels, pixels } = image;
  const cropped = new Uint8Array(side * side * channels);
  const within = (position: number, length: number) => Math.min(length - 1, Math.max(0, position));
  let to = 0;
  for (let y = top; y < top + side; y++) {
    const row = within(y, height) * width;
    for (let x = left; x < left + side; x++) {
      const from = (row + within(x, width)) * channels;
      for (let channel = 0; channel < channels; channel++) cropped[to++] = pixels[from + channel]!;
    }
  }
  return { width: side, height: side, channels, pixels: cropped };
}
