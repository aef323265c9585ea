/**
 * Counter-based random numbers: Philox 4×32 with 10 rounds (Salmon et al., "Parallel random numbers: as easy
 * as 1, 2, 3", SC 2011). A stream is named by a key, such as (seed, epoch, index), so what is drawn for one
 * image depends on nothing that was drawn before: work can be split, resumed and repeated bit for bit.
 */

const multiplier0 = 0xd2511f53;
const multiplier1 = 0xcd9e8d57;
const weyl0 = 0x9e3779b9;
const weyl1 = 0xbb67ae85;

function highProduct(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  const cross = (middle & 0xffff) + a0 * b1;
  return (a1 * b1 + Math.floor(middle / 0x10000) + Math.floor(cross / 0x10000)) >>> 0;
}

/** One Philox block: four 32-bit words from a counter of four words and a key of two. */
export function philox(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): [number, number, number, number] {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const high0 = highProduct(multiplier0, c0);
    const low0 = Math.imul(multiplier0, c0) >>> 0;
    const high1 = highProduct(multiplier1, c2);
    const low1 = Math.imul(multiplier1, c2) >>> 0;
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0;
    k0 = (k0 + weyl0) >>> 0;
    k1 = (k1 + weyl1) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** A stream of random numbers. */
export interface Random {
  /** Uniform in [0, 1), 32 bits. */
  uniform(): number;
  /** Standard normal (Box–Muller). */
  normal(): number;
  /** Uniform integer in [0, bound). */
  integer(bound: number): number;
}

/**
 * The stream named by `seed` (an integer, 0 ≤ seed < 2^53) and up to three further integers, each
 * 0 ≤ key < 2^32. Throws where they are not.
 */
export function random(seed: number, key0 = 0, key1 = 0, key2 = 0): Random {
  if (!(Number.isSafeInteger(seed) && seed >= 0))
    throw new Error(`The seed ${seed} is no whole number from 0 to 2^53 − 1.`);
  for (const key of [key0, key1, key2])
    if (key >>> 0 !== key)
      throw new Error(`The key ${key} of a random stream is no whole number from 0 to 2^32 − 1.`);
  const seedWords: [number, number] = [seed >>> 0, Math.floor(seed / 0x100000000) >>> 0];
  let block: number[] = [];
  let blocks = 0;
  const uniform = () => {
    if (block.length === 0) block = philox([blocks++, key0, key1, key2], seedWords);
    return block.pop()! / 0x100000000;
  };
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    integer: (bound) => Math.floor(uniform() * bound),
  };
}

/** The integers 0 … length − 1 in a random order (Fisher–Yates). */
export function permutation(length: number, source: Random): Uint32Array {
  const order = Uint32Array.from({ length }, (_, index) => index);
  for (let last = length - 1; last > 0; last--) {
    const other = source.integer(last + 1);
    const swapped = order[last]!;
    order[last] = order[other]!;
    order[other] = swapped;
  }
  return order;
}
