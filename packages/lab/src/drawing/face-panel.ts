import type { Recognition } from 'sdnet';
import { visible } from '../files/visible.js';
import type { Size } from './place-panels.js';
import { textOutline, textWidth } from './text-outline.js';

/** Most bars: a network may have been taught hundreds of classes. */
const mostBars = 8;
/** In font sizes. */
const [padding, title, row, barLength, barHeight, column] = [0.7, 1.3, 1.4, 5.5, 0.8, 0.6];
const colours = {
  back: '#101418',
  text: '#ffffff',
  bar: '#8fa3b5',
  best: '#ffd23f',
  track: '#3a434c',
} as const;
/** Longest name of a class that is shown, in letters. */
const longestName = 16;

/** What a face shows, for a picture. */
export interface FacePanel extends Size {
  /** Its SVG, with its corner at (`x`, `y`). */
  readonly at: (x: number, y: number) => string;
}

/** The expression alone. `size` is the letters' in pixels. */
export function faceLabel({ expression, confidence }: Recognition, size: number): FacePanel {
  const head = headOf(expression, confidence);
  const width = Math.ceil(textWidth(head, title * size) + 2 * padding * size);
  const height = Math.ceil((title + padding) * size);
  const at = (x: number, y: number): string =>
    background(x, y, width, height, size) +
    textOutline(head, x + padding * size, y + (0.4 * padding + title) * size, title * size, colours.best);
  return { width, height, at };
}

/** The expression, and a bar for each class's score. `size` is the letters' in pixels. */
export function facePanel({ expression, confidence, scores }: Recognition, size: number): FacePanel {
  const rows = shownScores(scores);
  const names = rows.map(([name]) => textWidth(shortName(name), size));
  const nameWidth = Math.max(...names);
  const percentWidth = textWidth('100 %', size);
  const head = headOf(expression, confidence);
  const inner = Math.max(
    nameWidth + (2 * column + barLength) * size + percentWidth,
    textWidth(head, title * size),
  );
  const width = Math.ceil(inner + 2 * padding * size);
  const height = Math.ceil((2 * padding + 1.5 * title + row * rows.length) * size);
  const at = (x: number, y: number): string => {
    const left = x + padding * size;
    const top = y + (padding + 1.5 * title) * size;
    const barLeft = left + nameWidth + column * size;
    const bars = rows.map(([name, score], index) => {
      const isBest = name === expression;
      const baseline = top + (index + 0.5) * row * size + 0.36 * size;
      const barTop = top + ((index + 0.5) * row - barHeight / 2) * size;
      const bar = (length: number, fill: string) =>
        `<rect x="${barLeft}" y="${barTop}" width="${length}" height="${barHeight * size}" rx="${0.15 * size}" fill="${fill}"/>`;
      const share = percent(score);
      const nameLeft = left + nameWidth - names[index]!;
      const shareLeft = x + width - padding * size - textWidth(share, size);
      return [
        textOutline(shortName(name), nameLeft, baseline, size, isBest ? colours.best : colours.text),
        bar(barLength * size, colours.track),
        bar(Math.min(1, score) * barLength * size, isBest ? colours.best : colours.bar),
        textOutline(share, shareLeft, baseline, size, colours.text),
      ].join('');
    });
    return (
      background(x, y, width, height, size) +
      textOutline(head, left, y + (padding + title) * size, title * size, colours.best) +
      bars.join('')
    );
  };
  return { width, height, at };
}

const background = (x: number, y: number, width: number, height: number, size: number): string =>
  `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${0.5 * size}" fill="${colours.back}" fill-opacity="0.82"/>`;

/** The expression as it is written, and how sure it is. */
export const headOf = (expression: string, confidence: number): string =>
  `${shortName(expression)} ${percent(confidence)}`;

/** The classes that are shown with their scores: in their order, of too many the highest. */
function shownScores(scores: Readonly<Record<string, number>>): [name: string, score: number][] {
  const all = Object.entries(scores);
  const least = all.map(([, score]) => score).sort((a, b) => b - a)[mostBars - 1] ?? 0;
  return all.filter(([, score]) => score >= least).slice(0, mostBars);
}

/** A class's name, fit for a picture. */
export function shortName(name: string): string {
  const letters = [...visible(name)];
  return letters.length > longestName ? `${letters.slice(0, longestName - 1).join('')}…` : letters.join('');
}

const percent = (score: number): string => `${Math.round(100 * score)} %`;
