import type { OverlayOptions } from 'sharp';
import {
  type AffineMap,
  type DecodedImage,
  type Face,
  type FaceExplanation,
  mapToImage,
  overlay,
  type RawImage,
} from 'sdnet';
import { drawnBySdnet, loadDrawingSharp } from './encode-picture.js';
import { headOf, shortName } from './face-panel.js';
import { textOutline, textWidth } from './text-outline.js';

/** A face and why it was read as it was. */
export interface ExplainedFace {
  readonly face: Face;
  readonly explanation: FaceExplanation;
}

/** In pixels. */
const [tile, gap, line, letters] = [320, 16, 30, 15] as const;
/** Side of what is shown around a face, in sides of the square that the network saw. */
const surroundings = 1.35;
const opacity = 0.55;
const colours = { back: '#101418', text: '#ffffff', quiet: '#aab4be', frame: '#ffd23f' } as const;

/** A square part of an image, shown in `tile × tile` pixels. */
interface Part {
  readonly left: number;
  readonly top: number;
  readonly side: number;
}

/**
 * Draws why faces were read as they were, a row for each: the face in the photo, with the square that the network saw; over
 * it Grad-CAM's map; and, where the network has it, the map of CBAM's spatial attention. Below, what the colours mean: each
 * map is stretched to its own range.
 *
 * @param isCrop the image itself is the face
 * @returns a PNG
 */
export async function drawExplanations(
  image: DecodedImage,
  faces: readonly ExplainedFace[],
  isCrop: boolean,
): Promise<Buffer> {
  const sharp = await loadDrawingSharp();
  const columns = faces.some(({ explanation }) => explanation.spatialAttention) ? 3 : 2;
  const width = gap + columns * (tile + gap);
  const rowHeight = 2 * line + tile + gap;
  const layers: OverlayOptions[] = [];
  const texts: string[] = [];
  for (const [index, { face, explanation }] of faces.entries()) {
    const top = gap + index * rowHeight;
    const { expression, toImage, gradCam, spatialAttention } = explanation;
    const part = partAround(image, gradCam.width, toImage, isCrop ? 1 : surroundings);
    const shown = await shownPart(image, part);
    const toTile = withinPart(toImage, part);
    const isAny = gradCam.values.some((value) => value > 0);
    const tiles = [
      { title: isCrop ? 'The face' : 'The face, and what the network saw', map: undefined },
      {
        title: `Grad-CAM: ${isAny ? 'what' : 'nothing'} speaks for ${shortName(expression)}`,
        map: gradCam,
      },
      ...(spatialAttention ? [{ title: "CBAM's spatial attention", map: spatialAttention }] : []),
    ];
    texts.push(
      textOutline(
        headOf(face.expression, face.confidence),
        gap,
        top + 0.7 * line,
        1.3 * letters,
        colours.frame,
      ),
    );
    for (const [column, { title, map }] of tiles.entries()) {
      const left = gap + column * (tile + gap);
      const pixels = map ? overlay(shown, mapToImage(map, toTile, shown), { opacity }) : shown;
      layers.push(layerOf(pixels, left, top + 2 * line));
      texts.push(textOutline(title, left, top + 1.65 * line, letters, colours.text));
      if (!isCrop) texts.push(frame(toTile, gradCam.width, left, top + 2 * line));
    }
  }
  const scaleTop = gap + faces.length * rowHeight;
  layers.push(scaleLayer(gap + tile + gap, scaleTop));
  texts.push(...scaleText(gap + tile + gap, scaleTop));
  const height = scaleTop + line + gap;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${texts.join('')}</svg>`;
  return sharp({ create: { width, height, channels: 3, background: colours.back } })
    .composite([...layers, { input: Buffer.from(svg), left: 0, top: 0 }])
    .withExif({ IFD0: { Software: drawnBySdnet } })
    .png()
    .toBuffer();
}

function layerOf({ width, height, channels, pixels }: RawImage, left: number, top: number): OverlayOptions {
  const input = Buffer.from(pixels.buffer as ArrayBuffer, pixels.byteOffset, pixels.length);
  return { input, raw: { width, height, channels }, left, top };
}

/** The part around the square that the network saw. */
function partAround(
  { width, height }: DecodedImage,
  size: number,
  [a, b, c, d, e, f]: AffineMap,
  factor: number,
): Part {
  const [x, y] = [(a + b) * (size / 2) + c, (d + e) * (size / 2) + f];
  const side = factor * Math.max(Math.hypot(a, d), Math.hypot(b, e)) * size;
  // No larger than the image, and within it where that is possible.
  const whole = Math.max(1, Math.round(Math.min(side, Math.max(width, height))));
  const start = (centre: number, length: number) => {
    const least = Math.min(0, (length - whole) / 2);
    return Math.round(Math.max(least, Math.min(centre - whole / 2, Math.max(least, length - whole))));
  };
  return { left: start(x, width), top: start(y, height), side: whole };
}

/** That part in colour; what is beyond the image is dark. */
async function shownPart(image: DecodedImage, { left, top, side }: Part) {
  const sharp = await loadDrawingSharp();
  const { width, height, channels, pixels } = image;
  const [fromX, fromY] = [Math.max(0, left), Math.max(0, top)];
  const [toX, toY] = [Math.min(width, left + side), Math.min(height, top + side)];
  const margins = {
    left: fromX - left,
    top: fromY - top,
    right: left + side - toX,
    bottom: top + side - toY,
  };
  const square = await sharp(pixels, { raw: { width, height, channels } })
    .extract({ left: fromX, top: fromY, width: toX - fromX, height: toY - fromY })
    .pipelineColourspace('srgb')
    .toColourspace('srgb')
    .extend({ ...margins, background: colours.back })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { data, info } = await sharp(square.data, { raw: square.info })
    .resize(tile, tile, { kernel: side < tile ? 'cubic' : 'lanczos3' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: info.channels as 3, pixels: data };
}

/** From the network's input to the part as it is shown. */
function withinPart([a, b, c, d, e, f]: AffineMap, { left, top, side }: Part): AffineMap {
  const scale = tile / side;
  return [a * scale, b * scale, (c - left) * scale, d * scale, e * scale, (f - top) * scale];
}

/** The square that the network saw. */
function frame([a, b, c, d, e, f]: AffineMap, size: number, left: number, top: number): string {
  const corners = [
    [0, 0],
    [size, 0],
    [size, size],
    [0, size],
  ].map(([x, y]) => `${left + a * x! + b * y! + c},${top + d * x! + e * y! + f}`);
  return `<polygon points="${corners.join(' ')}" fill="none" stroke="${colours.frame}" stroke-width="2"/>`;
}

const scale = { width: 200, height: 10 } as const;

/** The maps' colours from 0 to 1. */
function scaleLayer(left: number, top: number): OverlayOptions {
  const { width, height } = scale;
  const blank = { width, height, channels: 1, pixels: new Uint8Array(width * height) } as const;
  const values = Float32Array.from(blank.pixels, (_, index) => (index % width) / (width - 1));
  const colour = overlay(blank, { x: 0, y: 0, width, height, values }, { opacity: 1 });
  const start = textWidth('little', letters) + 8;
  return layerOf(colour, left + Math.round(start), top + 4);
}

function scaleText(left: number, top: number): string[] {
  const start = textWidth('little', letters) + 8;
  const baseline = top + 14;
  return [
    textOutline('little', left, baseline, letters, colours.quiet),
    textOutline(
      'much, each map for itself',
      left + start + scale.width + 8,
      baseline,
      letters,
      colours.quiet,
    ),
  ];
}
