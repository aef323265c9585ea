// Converts the letters of the font Inter (semi-bold; SIL Open Font License 1.1) into the outlines that pictures are lettered
// with, so that they look the same on every machine, and on one without any font:
//
//   npm install --no-save --ignore-scripts opentype.js@2.0.0 @fontsource/inter@5.3.0
//   node tools/convert-letters.mjs

import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import opentype from 'opentype.js';

const require = createRequire(import.meta.url);
const read = (name) => readFile(require.resolve(`@fontsource/inter/${name}`));

/** Printable ASCII and Latin-1. */
const codePoints = [...range(0x20, 0x7e), ...range(0xa1, 0xac), ...range(0xae, 0xff)];
const file = await read('files/inter-latin-600-normal.woff');
const font = opentype.parse(file.buffer.slice(file.byteOffset, file.byteOffset + file.length));

/** A glyph in thousandths of the font's size, its baseline at y = 0, downwards. */
function outline(codePoint) {
  const glyph = font.charToGlyph(String.fromCodePoint(codePoint));
  return {
    advance: Math.round((1000 * glyph.advanceWidth) / font.unitsPerEm),
    path: glyph.getPath(0, 0, 1000).toPathData(0),
  };
}

function range(first, last) {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

const lines = codePoints.map((codePoint) => {
  const { advance, path } = outline(codePoint);
  return `  ${JSON.stringify(String.fromCodePoint(codePoint))}: [${advance}, ${JSON.stringify(path)}],`;
});
/** An empty box. */
const unknown = '  "\ufffd": [600, "M80 0V-700H520V0ZM150-70H450V-630H150Z"],';
await writeFile(
  'packages/lab/src/drawing/letters.ts',
  `// Made by tools/convert-letters.mjs of the font Inter, semi-bold: see OFL.txt.

/**
 * Of each letter: how far it takes the pen, and its outline as an SVG path whose baseline is at y = 0; both in
 * thousandths of the font's size. U+FFFD stands for what has none.
 */
export const letters: Readonly<Record<string, readonly [advance: number, path: string]>> = {
${[unknown, ...lines].join('\n')}
};
`,
);
await writeFile('packages/lab/OFL.txt', await read('LICENSE'));
