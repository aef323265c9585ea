import type { OverlayOptions } from 'sharp';
import type { Box, DecodedImage } from 'sdnet';
import type { Size } from './place-panels.js';

export const pictureFormats = ['png', 'jpeg'] as const;
export type PictureFormat = (typeof pictureFormats)[number];

/** What files that are drawn here say of themselves. */
export const drawnBySdnet = 'Drawn by sdnet';

/** A picture with drawings over it. */
export interface Picture {
  readonly image: DecodedImage;
  /** By how much the image is enlarged: a whole number. */
  readonly scale: number;
  /** Of the whole, at least that of the enlarged image, which is at its left and top. */
  readonly size: Size;
  /** SVG in the picture's pixels, each within its place. */
  readonly layers: readonly { readonly place: Box; readonly svg: string }[];
}

/** The library that draws. */
export async function loadDrawingSharp() {
  const { default: sharp } = await import('sharp');
  // Switched off where images are decoded, which are told by their content: what is ours alone is rendered.
  sharp.unblock({ operation: ['VipsForeignLoadSvg'] });
  return sharp;
}

/** A picture as a file's content. */
export async function encodePicture(
  { image, scale, size, layers }: Picture,
  format: PictureFormat,
): Promise<Buffer> {
  const sharp = await loadDrawingSharp();
  const { width, height, channels, pixels } = image;
  const overlays = layers.flatMap(({ place, svg }) => overlay(place, svg, size));
  return sharp(pixels, { raw: { width, height, channels } })
    .pipelineColourspace('srgb')
    .resize(width * scale, height * scale, { kernel: 'cubic' })
    .extend({
      right: size.width - width * scale,
      bottom: size.height - height * scale,
      background: '#ffffff',
    })
    .composite(overlays)
    .withExif({ IFD0: { Software: drawnBySdnet } })
    .toFormat(format, format === 'jpeg' ? { quality: 92, chromaSubsampling: '4:4:4' } : {})
    .toBuffer();
}

/** The part of a layer that is within the picture: rendering it at the picture's size would take all that memory. */
function overlay(place: Box, svg: string, size: Size): OverlayOptions[] {
  const left = Math.max(0, Math.floor(place.x));
  const top = Math.max(0, Math.floor(place.y));
  const width = Math.min(size.width, Math.ceil(place.x + place.width)) - left;
  const height = Math.min(size.height, Math.ceil(place.y + place.height)) - top;
  if (width <= 0 || height <= 0) return [];
  const input = Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${left} ${top} ${width} ${height}">${svg}</svg>`,
  );
  return [{ input, left, top }];
}
