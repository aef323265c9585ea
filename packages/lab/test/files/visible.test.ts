import { describe, expect, it } from 'vitest';
import { visible, visibleJson } from '../../src/files/visible.js';

/** What could forge a line, move the cursor or turn the reading direction. */
const hostile = [
  ...Array.from({ length: 0x20 }, (_, code) => code),
  ...Array.from({ length: 0x21 }, (_, code) => 0x7f + code),
  ...[0x61c, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e],
  ...[0x2066, 0x2067, 0x2068, 0x2069, 0xfeff, 0xe0041, 0xd800],
];

describe('visible', () => {
  it.each(hostile)('shows the character %d as an escape', (code) => {
    const character = String.fromCodePoint(code);
    expect(visible(`a${character}b`)).toBe(`a\\u{${code.toString(16)}}b`);
  });

  it('leaves letters, accents, pictures and paths as they are', () => {
    for (const name of ['Gesicht ä é 表情 😀.png', 'C:\\faces\\a b.png', '<>&"\'%'])
      expect(visible(name)).toBe(name);
  });
});

describe('visibleJson', () => {
  it('is JSON of the same value without such characters', () => {
    const value = { [`k${String.fromCodePoint(0x202e)}`]: String.fromCodePoint(...hostile.slice(0, -1)) };
    for (const indent of [undefined, 2]) {
      const text = visibleJson(value, indent);
      expect(JSON.parse(text)).toEqual(value);
      expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
    }
  });
});
