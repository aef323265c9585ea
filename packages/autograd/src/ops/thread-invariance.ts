import type { Emitter } from '../graph.js';

/** Most threads on which a train step gives the very bits that it gives on one. */
export const invariantThreads = 8;

/** With so many columns, twice `invariantThreads` have more than 64 each. Wider products would take long to transpose. */
const wideEnough = 1280;

/** a · b, each transposed first where asked; with three dimensions one product for each of the first. */
export const fusedMatMul = (
  emitter: Emitter,
  a: string,
  b: string,
  transposeA: boolean,
  transposeB: boolean,
): string =>
  emitter.node('FusedMatMul', [a, b], {
    transA: { int: Number(transposeA) },
    transB: { int: Number(transposeB) },
  });

/**
 * a · b, [rows, columns], the same on one thread as on several. ONNX Runtime divides a product with more columns than
 * rows among threads by columns, and a thread that has 64 or fewer of them adds up in another order: such a product is
 * computed transposed. Not by `Gemm`, with which ONNX Runtime would fuse the transpositions.
 */
export function threadInvariantProduct(
  emitter: Emitter,
  a: string,
  b: string,
  transpose: { a: boolean; b: boolean },
  { rows, columns }: { rows: number; columns: number },
): string {
  if (columns <= rows || columns >= wideEnough) return fusedMatMul(emitter, a, b, transpose.a, transpose.b);
  const product = fusedMatMul(emitter, b, a, !transpose.b, !transpose.a);
  return emitter.node('Transpose', [product], { perm: { ints: [1, 0] } });
}
