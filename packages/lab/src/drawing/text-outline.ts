import { letters } from './letters.js';

const unknown = letters['\ufffd']!;
const lettersOf = (text: string) => [...text.normalize('NFC')].map((letter) => letters[letter] ?? unknown);

/** How wide a text is at a font size, in the size's unit. */
export const textWidth = (text: string, size: number): number =>
  (lettersOf(text).reduce((sum, [advance]) => sum + advance, 0) * size) / 1000;

/** A text as SVG: outlines, as no font need be there. Its baseline begins at (`x`, `y`). */
export function textOutline(text: string, x: number, y: number, size: number, fill: string): string {
  let pen = 0;
  const paths = lettersOf(text).map(([advance, path]) => {
    const at = pen;
    pen += advance;
    return path === '' ? '' : `<path transform="translate(${at} 0)" d="${path}"/>`;
  });
  return `<g transform="translate(${x} ${y}) scale(${size / 1000})" fill="${fill}">${paths.join('')}</g>`;
}
