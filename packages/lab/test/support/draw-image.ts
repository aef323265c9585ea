import sharp from 'sharp';

/** A PNG of one colour: a grey level, or red, green and blue. */
export function plainImage(
  colour: number | readonly [number, number, number],
  width: number,
  height = width,
): Promise<Buffer> {
  const levels = typeof colour === 'number' ? [colour] : colour;
  return patternImage(width, height, levels.length as 1 | 3, (_x, _y, channel) => levels[channel]!);
}

/** A PNG drawn pixel by pixel. */
export function patternImage(
  width: number,
  height: number,
  channels: 1 | 3,
  level: (x: number, y: number, channel: number) => number,
): Promise<Buffer> {
  const pixels = Buffer.from(
    Array.from({ length: width * height * channels }, (_, index) => {
      const pixel = Math.floor(index / channels);
      return level(pixel % width, Math.floor(pixel / width), index % channels);
    }),
  );
  return sharp(pixels, { raw: { width, height, channels } })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .png()
    .toBuffer();
}
