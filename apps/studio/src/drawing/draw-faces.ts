import type { Face } from 'sdnet';
import { expressionName, texts } from '../texts/texts.js';
import { faceColour } from './colours.js';

/** A face with its number from 1, by which it is coloured. */
export interface NumberedFace extends Face {
  readonly number: number;
}

const font = '600 13px system-ui, sans-serif';
const small = '500 11px system-ui, sans-serif';
const labelHeight = 24;
const bar = { height: 13, count: 3, name: 66, length: 52 } as const;
const panel = { width: bar.name + bar.length + 16, height: bar.count * bar.height + 10 } as const;

/**
 * Draws boxes, names and bars over a picture.
 *
 * @param scale from the picture's pixels to the canvas's
 * @param mirrored the picture is shown mirrored; text is not
 */
export function drawFaces(
  context: CanvasRenderingContext2D,
  faces: readonly NumberedFace[],
  { scale, width, height, mirrored = false }: DrawOptions,
): void {
  context.save();
  context.textBaseline = 'middle';
  // The largest lie below, so that what is small can be read.
  for (const face of [...faces].sort((a, b) => b.box.width - a.box.width)) {
    const { box, number } = face;
    const colour = faceColour(number);
    const size = { width: box.width * scale, height: box.height * scale };
    const left = mirrored ? width - box.x * scale - size.width : box.x * scale;
    const top = box.y * scale;
    context.lineWidth = Math.max(2, Math.min(3, size.width / 40));
    context.strokeStyle = '#000a';
    roundedFrame(context, left - 1, top - 1, size.width + 2, size.height + 2);
    context.strokeStyle = colour;
    roundedFrame(context, left, top, size.width, size.height);
    if (size.width < 40) continue;
    label(context, face, colour, left, top, width);
    if (size.width >= 84) bars(context, face, colour, left, top + size.height + 6, { width, height });
  }
  context.restore();
}

export interface DrawOptions {
  readonly scale: number;
  /** Of the canvas, in the units it is drawn in. */
  readonly width: number;
  readonly height: number;
  readonly mirrored?: boolean;
}

function roundedFrame(context: CanvasRenderingContext2D, x: number, y: number, w: number, h: number): void {
  context.beginPath();
  context.roundRect(x, y, w, h, Math.min(12, w / 6));
  context.stroke();
}

const within = (value: number, least: number, most: number) => Math.max(least, Math.min(most, value));

function label(
  context: CanvasRenderingContext2D,
  { expression, confidence }: NumberedFace,
  colour: string,
  left: number,
  top: number,
  width: number,
): void {
  context.font = font;
  const text = `${expressionName(expression)}  ${texts.value.percent(confidence)}`;
  const length = context.measureText(text).width + 16;
  const x = within(left, 2, Math.max(2, width - length - 2));
  const y = Math.max(2, top - labelHeight - 4);
  context.fillStyle = colour;
  context.beginPath();
  context.roundRect(x, y, length, labelHeight, 7);
  context.fill();
  context.fillStyle = '#10131a';
  context.fillText(text, x + 8, y + labelHeight / 2 + 1);
}

/** The highest scores, below the box or within it where there is no room. */
function bars(
  context: CanvasRenderingContext2D,
  { scores }: NumberedFace,
  colour: string,
  left: number,
  below: number,
  { width, height }: { readonly width: number; readonly height: number },
): void {
  const x = within(left, 2, Math.max(2, width - panel.width - 2));
  const y = Math.min(below, height - panel.height - 2);
  context.fillStyle = '#10131acc';
  context.beginPath();
  context.roundRect(x, y, panel.width, panel.height, 7);
  context.fill();
  context.font = small;
  const highest = Object.entries(scores)
    .sort(([, a], [, b]) => b - a)
    .slice(0, bar.count);
  for (const [index, [name, score]] of highest.entries()) {
    const middle = y + 5 + (index + 0.5) * bar.height;
    context.fillStyle = '#f2f4f8';
    context.fillText(expressionName(name), x + 8, middle + 1, bar.name - 8);
    context.fillStyle = '#ffffff2e';
    context.fillRect(x + bar.name + 4, middle - 3, bar.length, 6);
    context.fillStyle = colour;
    context.fillRect(x + bar.name + 4, middle - 3, bar.length * score, 6);
  }
}
