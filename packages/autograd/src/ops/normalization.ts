import {
  apply,
  type Emitter,
  formatShape,
  type GraphNode,
  known,
  type Operator,
  plain,
  type Value,
} from '../graph.js';
import { sum } from './broadcast.js';
import { mul, scale, sub } from './elementwise.js';
import { reshape, toFeatureMap } from './shape.js';

interface BatchNormAttributes {
  readonly epsilon: number;
}

function inferBatchNorm(inputs: readonly Value[]) {
  const [x, ...channelVectors] = inputs;
  const channels = known(x!.shape[1], 'batchNorm: the number of channels');
  if (!x!.featureMap)
    throw new Error(`batchNorm: needs a feature map, not a plain tensor ${formatShape(x!.shape)}.`);
  for (const vector of channelVectors)
    if (vector.shape.length !== 1 || vector.shape[0] !== channels)
      throw new Error(
        `batchNorm: a feature map ${formatShape(x!.shape)} needs vectors of ${channels}, not ${formatShape(vector.shape)}.`,
      );
  return {
    x: { shape: x!.shape, dataType: 'float32' as const, featureMap: true },
    vector: plain([channels]),
    channels,
  };
}

const elementsPerChannel = ({ shape: [batch, , height, width] }: Value): number =>
  [batch, height, width].reduce<number>(
    (product, size) => product * known(size, 'batchNorm in training: the size'),
    1,
  );

/** Scales and shifts each row of a matrix [C, P] in one pass: a 1×1 depthwise convolution with bias. */
function affineRows(
  emitter: Emitter,
  matrix: string,
  channels: number,
  factors: string,
  terms: string,
): string {
  const image = emitter.reshape(matrix, [1, channels, 1, -1]);
  return emitter.node(
    'Conv',
    [image, emitter.reshape(factors, [channels, 1, 1, 1]), emitter.reshape(terms, [channels])],
    {
      kernel_shape: { ints: [1, 1] },
      group: { int: channels },
    },
  );
}

/** Σ over each row of a ⊙ b, for matrices [C, P]: [C, 1]. Reads each matrix once and writes nothing but the sums. */
function rowDots(emitter: Emitter, a: string, b: string, channels: number): string {
  const products = emitter.node(
    'FusedMatMul',
    [emitter.reshape(a, [channels, 1, -1]), emitter.reshape(b, [channels, 1, -1])],
    { transB: { int: 1 } },
  );
  return emitter.reshape(products, [channels, 1]);
}

const rowMeans = (emitter: Emitter, matrix: string) =>
  emitter.node('ReduceMean', [matrix], { axes: { ints: [1] } });

/**
 * Inputs x, γ, β; outputs y, mean, variance (biased) and, for the derivative, the centred x, its rest mean and the
 * inverse deviation. Two passes, and what rounding left of the mean is taken off as well: a channel whose mean is
 * a hundred deviations, or that is constant, is normalised as exactly as any other.
 */
const trainingOperator: Operator<BatchNormAttributes> = {
  name: 'batchNormTraining',
  infer(inputs) {
    const { x, vector, channels } = inferBatchNorm(inputs);
    return [x, vector, vector, x, plain([channels, 1]), plain([channels, 1])];
  },
  emit(emitter, [x, gamma, beta], { inputs: [value], attributes: { epsilon } }) {
    const channels = value!.shape[1] as number;
    const count = emitter.floats([elementsPerChannel(value!)], []);
    const matrix = emitter.reshape(x!, [channels, -1]);
    const roughMean = rowMeans(emitter, matrix);
    const centred = emitter.node('Sub', [matrix, roughMean]);
    const rest = rowMeans(emitter, centred);
    const meanSquare = emitter.node('Div', [rowDots(emitter, centred, centred, channels), count]);
    const variance = emitter.node('Relu', [
      emitter.node('Sub', [meanSquare, emitter.node('Mul', [rest, rest])]),
    ]);
    const deviation = emitter.node('Sqrt', [emitter.node('Add', [variance, emitter.floats([epsilon], [])])]);
    const inverse = emitter.node('Div', [emitter.floats([1], []), deviation]);
    const factors = emitter.node('Mul', [emitter.reshape(gamma!, [channels, 1]), inverse]);
    const terms = emitter.node('Sub', [
      emitter.reshape(beta!, [channels, 1]),
      emitter.node('Mul', [factors, rest]),
    ]);
    const y = affineRows(emitter, centred, channels, factors, terms);
    return [
      emitter.reshape(y, emitter.physicalShape(value!)),
      emitter.reshape(emitter.node('Add', [roughMean, rest]), [channels]),
      emitter.reshape(variance, [channels]),
      centred,
      rest,
      inverse,
    ];
  },
  gradient({ inputs: [, gamma], outputs: [, , , centred, rest, inverse] }, [gradient, ...others], needed) {
    if (!gradient || others.some((other) => other))
      throw new Error('batchNorm: the batch statistics have no derivative.');
    const [dx, dGamma, dBeta] = apply(
      trainingGradientOperator,
      [gradient, centred!, rest!, inverse!, gamma!],
      null,
    );
    return [needed[0] ? dx : undefined, needed[1] ? dGamma : undefined, needed[2] ? dBeta : undefined];
  },
};

/** dx = γ/σ · (dy − mean(dy) − x̂ · mean(dy ⊙ x̂)), dγ = Σ dy ⊙ x̂, dβ = Σ dy (Ioffe and Szegedy, section 3). */
const trainingGradientOperator: Operator<null> = {
  name: 'batchNormTrainingGradient',
  infer: ([gradient, , , , gamma]) => [
    { shape: gradient!.shape, dataType: 'float32', featureMap: true },
    plain(gamma!.shape),
    plain(gamma!.shape),
  ],
  emit(emitter, [gradient, centred, rest, inverse, gamma], { inputs: [value] }) {
    const channels = value!.shape[1] as number;
    const count = emitter.floats([elementsPerChannel(value!)], []);
    const matrix = emitter.reshape(gradient!, [channels, -1]);
    const sums = emitter.node('ReduceSum', [matrix, emitter.integers([1])]);
    const dots = rowDots(emitter, matrix, centred!, channels);
    const dGamma = emitter.node('Mul', [
      emitter.node('Sub', [dots, emitter.node('Mul', [rest!, sums])]),
      inverse!,
    ]);
    // dx = factor · dy + slope · centred + term
    const factor = emitter.node('Mul', [emitter.reshape(gamma!, [channels, 1]), inverse!]);
    const slope = emitter.node('Neg', [
      emitter.node('Div', [emitter.node('Mul', [emitter.node('Mul', [factor, inverse!]), dGamma]), count]),
    ]);
    const term = emitter.node('Neg', [
      emitter.node('Add', [
        emitter.node('Div', [emitter.node('Mul', [factor, sums]), count]),
        emitter.node('Mul', [slope, rest!]),
      ]),
    ]);
    const dx = emitter.node('Add', [
      emitter.node('Mul', [matrix, factor]),
      emitter.reshape(affineRows(emitter, centred!, channels, slope, term), [channels, -1]),
    ]);
    return [
      emitter.reshape(dx, emitter.physicalShape(value!)),
      emitter.reshape(dGamma, [channels]),
      emitter.reshape(sums, [channels]),
    ];
  },
};

/** Inputs x, γ, β, mean, variance; output γ · (x − mean) / √(variance + ε) + β. */
const inferenceOperator: Operator<BatchNormAttributes> = {
  name: 'batchNormInference',
  infer: (inputs) => [inferBatchNorm(inputs).x],
  emit(emitter, inputs, { inputs: [value], attributes: { epsilon } }) {
    if (emitter.layout === 'NCHW')
      return [emitter.node('BatchNormalization', inputs, { epsilon: { float: epsilon } })];
    const [x, ...vectors] = inputs;
    const channels = value!.shape[1] as number;
    const image = emitter.reshape(x!, [1, channels, 1, -1]);
    const y = emitter.node('BatchNormalization', [image, ...vectors], { epsilon: { float: epsilon } });
    return [emitter.reshape(y, emitter.physicalShape(value!))];
  },
  gradient({ inputs, attributes: { epsilon } }, [gradient], needed) {
    const [x, gamma, , average, variance] = inputs;
    if (needed[3] || needed[4]) throw new Error('batchNorm: running statistics have no derivative.');
    const inverse = apply(inverseDeviationOperator, [variance!], { epsilon })[0]!;
    const channelwise = (vector: Value) => toFeatureMap(reshape(vector, [1, vector.shape[0]!, 1, 1]));
    const normalised = () => mul(sub(x!, channelwise(average!)), channelwise(inverse));
    const perChannel = (value: Value) => reshape(sum(value, [0, 2, 3]), gamma!.shape);
    return [
      needed[0] ? mul(gradient!, channelwise(mul(gamma!, inverse))) : undefined,
      needed[1] ? perChannel(mul(gradient!, normalised())) : undefined,
      needed[2] ? perChannel(gradient!) : undefined,
      undefined,
      undefined,
    ];
  },
};

const inverseDeviationOperator: Operator<BatchNormAttributes> = {
  name: 'inverseDeviation',
  infer: ([variance]) => [plain(variance!.shape)],
  emit: (emitter, [variance], { attributes: { epsilon } }) => [
    emitter.node('Div', [
      emitter.floats([1], []),
      emitter.node('Sqrt', [emitter.node('Add', [variance!, emitter.floats([epsilon], [])])]),
    ]),
  ],
};

export interface BatchNormResult {
  /** Feature map of x's shape. */
  readonly y: Value;
  /** Batch mean [C]. */
  readonly mean: Value;
  /** Unbiased batch variance [C], as running statistics keep it. */
  readonly variance: Value;
}

/**
 * Batch norm with the batch's own statistics.
 *
 * @param x feature map [N, C, H, W]
 * @param gamma scale [C]
 * @param beta shift [C]
 */
export function batchNormTraining(x: Value, gamma: Value, beta: Value, epsilon: number): BatchNormResult {
  const [y, mean, variance] = apply(trainingOperator, [x, gamma, beta], { epsilon });
  const count = elementsPerChannel(x);
  return { y: y!, mean: mean!, variance: count > 1 ? scale(variance!, count / (count - 1)) : variance! };
}

/** Batch norm with given statistics, `average` and `variance` [C]. */
export const batchNormInference = (
  x: Value,
  gamma: Value,
  beta: Value,
  average: Value,
  variance: Value,
  epsilon: number,
): Value => apply(inferenceOperator, [x, gamma, beta, average, variance], { epsilon })[0]!;

export const isBatchNormInference = (node: GraphNode): node is GraphNode<BatchNormAttributes> =>
  node.operator === inferenceOperator;
