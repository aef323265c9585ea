import type { Random } from '../src/index.js';

const interesting = [
  '"',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '0',
  '9',
  '-',
  'e',
  '\\',
  'null',
  '1e308',
  '__proto__',
];

/**
 * A file with some damage: bits flipped, bytes exchanged, pieces cut out, doubled or overwritten, cut short, with another
 * length of the header, more often in its first `header` bytes than elsewhere.
 */
export function mutate(file: Uint8Array, draw: Random, header: number): Uint8Array<ArrayBuffer> {
  let mutated = Uint8Array.from(file);
  for (let changes = 1 + draw.integer(3); changes > 0; changes--) {
    const end = Math.max(1, draw.uniform() < 0.8 ? Math.min(header, mutated.length) : mutated.length);
    const at = draw.integer(end);
    const piece = mutated.slice(at, at + 1 + draw.integer(64));
    const spliced = (inserted: Uint8Array, removed: number) =>
      Uint8Array.from([...mutated.subarray(0, at), ...inserted, ...mutated.subarray(at + removed)]);
    switch (draw.integer(8)) {
      case 0:
        mutated[at]! ^= 1 << draw.integer(8);
        break;
      case 1:
        mutated[at] = draw.integer(256);
        break;
      case 2:
        mutated = mutated.slice(0, at);
        break;
      case 3:
        mutated = spliced(new Uint8Array(0), piece.length);
        break;
      case 4:
        mutated = spliced(piece, 0);
        break;
      case 5:
        mutated.set(piece.subarray(0, mutated.length - at), at);
        mutated.copyWithin(at, draw.integer(end), draw.integer(end));
        break;
      case 6:
        mutated = spliced(
          new TextEncoder().encode(interesting[draw.integer(interesting.length)]),
          draw.integer(3),
        );
        break;
      case 7:
        if (mutated.length >= 8)
          new DataView(mutated.buffer).setBigUint64(
            0,
            [0n, 1n, 2n ** 63n, 2n ** 64n - 1n, BigInt(header), BigInt(draw.integer(2 * header))][
              draw.integer(6)
            ]!,
            true,
          );
        break;
    }
  }
  return mutated;
}
