import {
  apply,
  type Emitter,
  formatShape,
  type GraphNode,
  known,
  type Operator,
  plain,
  type TensorType,
  type Value,
} from '../graph.js';
import { sum } from './broadcast.js';
import { channelScale } from './channel-scale.js';
import { mul, scale, sub } from './elementwise.js';
import { concat, isChannelConcat, reshape, toFeatureMap } from './shape.js';

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

/*
 * In a train step a feature map is handled as rows [C, 1, P] with P = N·H·W, one for each channel, and what there is
 * one of for each channel as a column [C, 1, 1].
 */
const asRows = (emitter: Emitter, name: string, channels: number) => emitter.reshape(name, [channels, 1, -1]);
const asColumn = (emitter: Emitter, name: string, channels: number) =>
  emitter.reshape(name, [channels, 1, 1]);

/**
 * factors ⊙ rows + terms, or addend + factors ⊙ rows + terms, in one pass: a 1×1 depthwise convolution with bias. The
 * sum is written where the addend was, if nothing else reads that any more.
 */
function affineRows(
  emitter: Emitter,
  rows: string,
  channels: number,
  { factors, terms, addend }: { factors: string; terms: string; addend?: string },
): string {
  const asImage = (name: string) => emitter.reshape(name, [1, channels, 1, -1]);
  const weights = emitter.reshape(factors, [channels, 1, 1, 1]);
  const operands = [asImage(rows), weights, emitter.reshape(terms, [channels])];
  const attributes = { kernel_shape: { ints: [1, 1] }, group: { int: channels } };
  const y =
    addend === undefined
      ? emitter.node('Conv', operands, attributes)
      : emitter.node('FusedConv', [...operands, asImage(addend)], attributes);
  return emitter.reshape(y, [channels, 1, -1]);
}

/*
 * Rows are summed in pieces, then the pieces' sums: in one go, a hundred thousand numbers lose up to 1e-5 of their sum
 * to rounding. Later on, such a channel's error moves values across the kinks of ReLUs, where the gradient jumps. Pieces
 * of some thousand are summed up as fast as the whole; the calls for shorter ones would take longer than the sums.
 */
const longestPiece = 6000;
const shortestPiece = 128;

/** Into how many equal pieces rows of this length are cut; 1 where they are short, or their length has no divisor. */
function piecesOf(length: number): number {
  for (let pieces = Math.ceil(length / longestPiece); pieces * shortestPiece <= length; pieces++)
    if (length % pieces === 0) return pieces;
  return 1;
}

const inPieces = (emitter: Emitter, rows: string, channels: number, pieces: number) =>
  emitter.reshape(rows, [channels * pieces, 1, -1]);

/** The sums over rows, from the sums over their pieces. */
const joinedSums = (emitter: Emitter, sums: string, channels: number, pieces: number) =>
  pieces === 1 ? sums : emitter.node('ReduceSum', [asRows(emitter, sums, channels), emitter.integers([2])]);

/** Σ over each row of a ⊙ b. Reads each once and writes little but the sums. */
function rowDots(emitter: Emitter, a: string, b: string, value: Value): string {
  const channels = value.shape[1] as number;
  const pieces = piecesOf(elementsPerChannel(value));
  const operands = [a, b].map((rows) => inPieces(emitter, rows, channels, pieces));
  const dots = emitter.node('FusedMatMul', operands, { transB: { int: 1 } });
  return joinedSums(emitter, dots, channels, pieces);
}

function rowSums(emitter: Emitter, rows: string, value: Value): string {
  const channels = value.shape[1] as number;
  const pieces = piecesOf(elementsPerChannel(value));
  const sums = emitter.node('ReduceSum', [inPieces(emitter, rows, channels, pieces), emitter.integers([2])]);
  return joinedSums(emitter, sums, channels, pieces);
}

const rowMeans = (emitter: Emitter, rows: string, value: Value) =>
  emitter.node('Mul', [rowSums(emitter, rows, value), emitter.floats([1 / elementsPerChannel(value)], [])]);

/**
 * x̂ = (x − mean) / √(variance + ε) of each channel, as its parts: the centred x, the mean that rounding left in it,
 * and the inverse deviation; and the batch's mean and biased variance [C]. Two passes, and the rest of the mean is
 * accounted for as well: a channel whose mean is a hundred deviations, or that is constant, comes out as exactly as
 * any other.
 */
function emitStandardised(emitter: Emitter, x: string, value: Value, epsilon: number): string[] {
  const channels = value.shape[1] as number;
  const count = emitter.floats([elementsPerChannel(value)], []);
  const rows = asRows(emitter, x, channels);
  const roughMean = rowMeans(emitter, rows, value);
  const centred = emitter.node('Sub', [rows, roughMean]);
  const rest = rowMeans(emitter, centred, value);
  // The division is kept away from the product: ONNX Runtime would make it the product's factor, which is ten times
  // as slow.
  const squares = emitter.node('Sub', [
    rowDots(emitter, centred, centred, value),
    emitter.node('Mul', [emitter.node('Mul', [rest, rest]), count]),
  ]);
  const variance = emitter.node('Relu', [emitter.node('Div', [squares, count])]);
  const deviation = emitter.node('Sqrt', [emitter.node('Add', [variance, emitter.floats([epsilon], [])])]);
  return [
    emitter.reshape(centred, emitter.physicalShape(value)),
    rest,
    emitter.node('Div', [emitter.floats([1], []), deviation]),
    emitter.reshape(emitter.node('Add', [roughMean, rest]), [channels]),
    emitter.reshape(variance, [channels]),
  ];
}

/** γ x̂ + β. */
function emitScaled(
  emitter: Emitter,
  parts: readonly string[],
  gamma: string,
  beta: string,
  value: Value,
): string {
  const [centred, rest, inverse] = parts;
  const channels = value.shape[1] as number;
  const factors = emitter.node('Mul', [asColumn(emitter, gamma, channels), inverse!]);
  const terms = emitter.node('Sub', [
    asColumn(emitter, beta, channels),
    emitter.node('Mul', [factors, rest!]),
  ]);
  const y = affineRows(emitter, asRows(emitter, centred!, channels), channels, { factors, terms });
  return emitter.reshape(y, emitter.physicalShape(value));
}

/** Σ dy and Σ dy ⊙ x̂ of each channel: dβ and dγ. */
function emitSums(emitter: Emitter, gradient: string, parts: readonly string[], value: Value) {
  const [centred, rest, inverse] = parts;
  const sums = rowSums(emitter, gradient, value);
  const dots = rowDots(emitter, gradient, centred!, value);
  const remainder = emitter.node('Sub', [dots, emitter.node('Mul', [rest!, sums])]);
  return { sums, products: emitter.node('Mul', [remainder, inverse!]) };
}

/** dy − mean(dy) − x̂ · mean(dy ⊙ x̂), from the sums above: dx but for its factor (Ioffe and Szegedy, section 3). */
function emitInputGradient(
  emitter: Emitter,
  gradient: string,
  parts: readonly string[],
  { sums, products }: { sums: string; products: string },
  value: Value,
): string {
  const [centred, rest, inverse] = parts;
  const channels = value.shape[1] as number;
  const share = emitter.floats([-1 / elementsPerChannel(value)], []);
  const factors = emitter.node('Mul', [emitter.node('Mul', [inverse!, products]), share]);
  const terms = emitter.node('Sub', [
    emitter.node('Mul', [sums, share]),
    emitter.node('Mul', [factors, rest!]),
  ]);
  const rows = asRows(emitter, centred!, channels);
  const dx = affineRows(emitter, rows, channels, { factors, terms, addend: gradient });
  return emitter.reshape(dx, emitter.physicalShape(value));
}

const column = (channels: number) => plain([channels, 1, 1]);
const featureMapLike = ({ shape }: Value): TensorType => ({ shape, dataType: 'float32', featureMap: true });
const statisticsHaveNone = 'batchNorm: the batch statistics have no derivative.';

/** Inputs x, γ, β; outputs y, the parts of x̂, mean and variance. */
const trainingOperator: Operator<BatchNormAttributes> = {
  name: 'batchNormTraining',
  infer(inputs) {
    const { x, vector, channels } = inferBatchNorm(inputs);
    return [x, x, column(channels), column(channels), vector, vector];
  },
  emit(emitter, [x, gamma, beta], { inputs: [value], attributes: { epsilon } }) {
    const standardised = emitStandardised(emitter, x!, value!, epsilon);
    return [emitScaled(emitter, standardised, gamma!, beta!, value!), ...standardised];
  },
  gradient({ inputs: [, gamma], outputs: [, ...parts] }, [gradient, ...others], needed) {
    if (!gradient || others.some((other) => other)) throw new Error(statisticsHaveNone);
    const [direction, byGamma, byBeta] = apply(
      trainingGradientOperator,
      [gradient, ...parts.slice(0, 3)],
      null,
    );
    const byInput = () => channelScale(direction!, mul(gamma!, reshape(parts[2]!, gamma!.shape)));
    return [
      needed[0] ? byInput() : undefined,
      ...[byGamma, byBeta].map((result, index) => (needed[index + 1] ? result : undefined)),
    ];
  },
};

const trainingGradientOperator: Operator<null> = {
  name: 'batchNormTrainingGradient',
  infer: ([gradient]) => [
    featureMapLike(gradient!),
    plain([gradient!.shape[1]!]),
    plain([gradient!.shape[1]!]),
  ],
  emit(emitter, [gradient, ...parts], { inputs: [value] }) {
    const channels = value!.shape[1] as number;
    const sums = emitSums(emitter, gradient!, parts, value!);
    return [
      emitInputGradient(emitter, gradient!, parts, sums, value!),
      emitter.reshape(sums.products, [channels]),
      emitter.reshape(sums.sums, [channels]),
    ];
  },
};

/**
 * Input x; outputs the parts of x̂, mean and variance. The gradient by the first part stands for the gradient by x̂
 * itself; the others have none.
 */
const standardiseOperator: Operator<BatchNormAttributes> = {
  name: 'standardise',
  infer(inputs) {
    const { x, vector, channels } = inferBatchNorm(inputs);
    return [x, column(channels), column(channels), vector, vector];
  },
  emit: (emitter, [x], { inputs: [value], attributes: { epsilon } }) =>
    emitStandardised(emitter, x!, value!, epsilon),
  gradient({ outputs }, [gradient, ...others]) {
    if (!gradient || others.some((other) => other)) throw new Error(statisticsHaveNone);
    const direction = apply(standardiseGradientOperator, [gradient, ...outputs.slice(0, 3)], null)[0]!;
    return [channelScale(direction, reshape(outputs[2]!, [outputs[2]!.shape[0]!]))];
  },
};

const standardiseGradientOperator: Operator<null> = {
  name: 'standardiseGradient',
  infer: ([gradient]) => [featureMapLike(gradient!)],
  emit(emitter, [gradient, ...parts], { inputs: [value] }) {
    const sums = emitSums(emitter, gradient!, parts, value!);
    return [emitInputGradient(emitter, gradient!, parts, sums, value!)];
  },
};

/** Inputs the parts of x̂, γ and β; output γ x̂ + β. */
const scaleOperator: Operator<null> = {
  name: 'batchNormScale',
  infer: ([centred]) => [featureMapLike(centred!)],
  emit: (emitter, [centred, rest, inverse, gamma, beta], { inputs: [value] }) => [
    emitScaled(emitter, [centred!, rest!, inverse!], gamma!, beta!, value!),
  ],
  gradient({ inputs }, [gradient], needed) {
    const results = apply(scaleGradientOperator, [gradient!, ...inputs.slice(0, 4)], null);
    const [byStandardised, byGamma, byBeta] = results;
    return [byStandardised, undefined, undefined, byGamma, byBeta].map((result, index) =>
      needed[index] ? result : undefined,
    );
  },
};

const scaleGradientOperator: Operator<null> = {
  name: 'batchNormScaleGradient',
  infer: ([gradient, , , , gamma]) => [featureMapLike(gradient!), plain(gamma!.shape), plain(gamma!.shape)],
  emit(emitter, [gradient, centred, rest, inverse, gamma], { inputs: [value] }) {
    const channels = value!.shape[1] as number;
    const { sums, products } = emitSums(emitter, gradient!, [centred!, rest!, inverse!], value!);
    const scaled = emitter.node('Mul', [
      asRows(emitter, gradient!, channels),
      asColumn(emitter, gamma!, channels),
    ]);
    return [
      emitter.reshape(scaled, emitter.physicalShape(value!)),
      emitter.reshape(products, [channels]),
      emitter.reshape(sums, [channels]),
    ];
  },
};

/** The feature maps that x joins by channels; x itself where it joins none. */
const channelPieces = (x: Value): readonly Value[] =>
  x.producer && isChannelConcat(x.producer) ? x.producer.inputs.flatMap(channelPieces) : [x];

/** The outputs of `standardise` for x; the node is shared by all batch norms that see x. */
function standardise(x: Value, epsilon: number): readonly Value[] {
  const existing = x.graph.nodes.find(
    ({ operator, inputs, attributes }) =>
      operator === standardiseOperator &&
      inputs[0] === x &&
      (attributes as BatchNormAttributes).epsilon === epsilon,
  );
  return existing?.outputs ?? apply(standardiseOperator, [x], { epsilon });
}

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
  const count = elementsPerChannel(x);
  const unbiased = (variance: Value) => (count > 1 ? scale(variance, count / (count - 1)) : variance);
  const pieces = channelPieces(x);
  if (pieces.length === 1) {
    const [y, , , , mean, variance] = apply(trainingOperator, [x, gamma, beta], { epsilon });
    return { y: y!, mean: mean!, variance: unbiased(variance!) };
  }
  // In a dense block every layer normalises all earlier ones' outputs: they are standardised once.
  inferBatchNorm([x, gamma, beta]);
  const parts = pieces.map((piece) => standardise(piece, epsilon));
  const joined = (index: number, axis: number) =>
    concat(
      parts.map((outputs) => outputs[index]!),
      axis,
    );
  const [y] = apply(scaleOperator, [joined(0, 1), joined(1, 0), joined(2, 0), gamma, beta], null);
  return { y: y!, mean: joined(3, 0), variance: unbiased(joined(4, 0)) };
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
