import { apply, formatShape, type Operator, type Value } from '../graph.js';
import { add } from './elementwise.js';
import { threadInvariantProduct } from './thread-invariance.js';

/** ONNX Runtime never divides sums up to this length. */
const longestSum = 128;

interface MatmulAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

const matmulOperator: Operator<MatmulAttributes> = {
  name: 'matmul',
  infer([a, b], { transposeA, transposeB }) {
    if (a!.shape.length !== 2 || b!.shape.length !== 2 || a!.featureMap || b!.featureMap)
      throw new Error(
        `matmul: needs two plain matrices, not ${formatShape(a!.shape)} and ${formatShape(b!.shape)}.`,
      );
    const [rows, inner] = transposeA ? [a!.shape[1]!, a!.shape[0]!] : [a!.shape[0]!, a!.shape[1]!];
    const [innerB, columns] = transposeB ? [b!.shape[1]!, b!.shape[0]!] : [b!.shape[0]!, b!.shape[1]!];
    if (inner !== innerB)
      throw new Error(
        `matmul: ${formatShape(a!.shape)}${transposeA ? 'ᵀ' : ''} and ${formatShape(b!.shape)}${transposeB ? 'ᵀ' : ''} do not fit.`,
      );
    return [{ shape: [rows, columns], dataType: 'float32', featureMap: false }];
  },
  emit(emitter, [a, b], { inputs, outputs, attributes: { transposeA, transposeB } }) {
    const [rows, columns] = outputs[0]!.shape;
    const inner = inputs[0]!.shape[transposeA ? 0 : 1];
    // Elsewhere than in a train step the number of rows is not known.
    const isKnown = typeof rows === 'number' && typeof columns === 'number' && typeof inner === 'number';
    if (isKnown && inner > longestSum && columns > rows) {
      const transpose = { a: transposeA, b: transposeB };
      return [threadInvariantProduct(emitter, a!, b!, transpose, { rows, columns })];
    }
    return [
      emitter.node('Gemm', [a!, b!], {
        transA: { int: Number(transposeA) },
        transB: { int: Number(transposeB) },
      }),
    ];
  },
  gradient({ inputs: [a, b], attributes: { transposeA, transposeB } }, [gradient], needed) {
    const byA = () =>
      transposeA ? matmul(b!, gradient!, transposeB, true) : matmul(gradient!, b!, false, !transposeB);
    const byB = () =>
      transposeB ? matmul(gradient!, a!, true, transposeA) : matmul(a!, gradient!, !transposeA, false);
    return [needed[0] ? byA() : undefined, needed[1] ? byB() : undefined];
  },
  // With the batch in the rows of a, every element of b is used once an image.
  multiplyAdds: ({ inputs: [, b] }) => (b!.shape[0] as number) * (b!.shape[1] as number),
};
/** Matrix product, each factor transposed first where asked. */
export const matmul = (a: Value, b: Value, transposeA = false, transposeB = false): Value =>
  apply(matmulOperator, [a, b], { transposeA, transposeB })[0]!;

/** x Wᵀ + b: x [N, I], weight [O, I], bias [O] → [N, O]. */
export const linear = (x: Value, weight: Value, bias?: Value): Value => {
  const product = matmul(x, weight, false, true);
  return bias ? add(product, bias) : product;
};
