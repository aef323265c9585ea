import {
  apply,
  type Emitter,
  featureMap,
  formatShape,
  type GraphNode,
  known,
  type Operator,
  plain,
  type TensorType,
  type Value,
} from '../graph.js';
import { withoutChannelScale } from './channel-scale.js';
import { add, mul } from './elementwise.js';
import { reshape, slice, toFeatureMap } from './shape.js';
import { fusedMatMul, threadInvariantProduct } from './thread-invariance.js';

export interface ConvolutionOptions {
  /** Step between output positions, both directions; default 1. */
  readonly stride?: number;
  /** Zeros added on every side; default 0. */
  readonly padding?: number;
  readonly dilation?: number;
  /** Input channels are divided into this many groups, each seen by its share of the output channels. */
  readonly groups?: number;
}
export type ConvolutionAttributes = Required<ConvolutionOptions>;

/** Everything the emission of a convolution and its derivatives needs to know. */
interface Geometry extends ConvolutionAttributes {
  readonly batch: number;
  readonly inputChannels: number;
  readonly outputChannels: number;
  readonly height: number;
  readonly width: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
}

/**
 * Throws where one of the options of `operator`, such as a stride, is not the whole number that it has to be: at least
 * 1, padding at least 0.
 */
export function requireWholeOptions(operator: string, options: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(options)) {
    const least = name === 'padding' ? 0 : 1;
    if (!Number.isSafeInteger(value) || value < least)
      throw new Error(`${operator}: ${name} ${value} is not a whole number from ${least}.`);
  }
}

/** Size of a convolution's output along one direction. */
export const outputSize = (
  size: number,
  kernel: number,
  { stride, padding, dilation }: { stride: number; padding: number; dilation: number },
): number => Math.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;

function geometry(x: TensorType, weight: TensorType, attributes: ConvolutionAttributes): Geometry {
  const [batch, inputChannels, height, width] = x.shape;
  const [outputChannels, , kernelHeight, kernelWidth] = weight.shape as readonly number[];
  const size = { height: known(height, 'conv2d: the height'), width: known(width, 'conv2d: the width') };
  return {
    ...attributes,
    ...size,
    batch: typeof batch === 'number' ? batch : -1,
    inputChannels: known(inputChannels, 'conv2d: the number of channels'),
    outputChannels: outputChannels!,
    kernelHeight: kernelHeight!,
    kernelWidth: kernelWidth!,
    outputHeight: outputSize(size.height, kernelHeight!, attributes),
    outputWidth: outputSize(size.width, kernelWidth!, attributes),
  };
}

const isPointwise = (g: Geometry) =>
  g.kernelHeight === 1 && g.kernelWidth === 1 && g.padding === 0 && g.stride === 1;
/** Positions of all images together. */
const positions = (g: Geometry) => g.batch * g.outputHeight * g.outputWidth;
const isDepthwise = (g: Geometry) => g.groups === g.inputChannels && g.outputChannels === g.inputChannels;

/**
 * Up to this many pairs of an input and an output position, a depthwise convolution is one product of each
 * channel's planes with the channel's Toeplitz matrix: it does more arithmetic than a convolution, but at the
 * speed of a matrix product, and its derivatives are matrix products too (`docs/decisions/0002`).
 */
const largestToeplitz = 24_000;
const usesToeplitz = (g: Geometry) => g.height * g.width * g.outputHeight * g.outputWidth <= largestToeplitz;

const convAttributes = (g: Geometry, groups: number) => ({
  kernel_shape: { ints: [g.kernelHeight, g.kernelWidth] },
  strides: { ints: [g.stride, g.stride] },
  pads: { ints: [g.padding, g.padding, g.padding, g.padding] },
  dilations: { ints: [g.dilation, g.dilation] },
  group: { int: groups },
});

const swapped = (emitter: Emitter, name: string) =>
  emitter.node('Transpose', [name], { perm: { ints: [1, 0, 2, 3] } });

/** [1, C·N, H, W]: every plane a channel, so that one grouped `Conv` treats them all. */
const asPlanes = (emitter: Emitter, name: string, g: Geometry, height: number, width: number) =>
  emitter.reshape(name, [1, g.inputChannels * g.batch, height, width]);

/** Depthwise weights [C, 1, kH, kW] repeated for each image: [C·N, 1, kH, kW]. */
function repeatedWeights(emitter: Emitter, weight: string, g: Geometry): string {
  const expanded = emitter.node('Expand', [
    weight,
    emitter.integers([g.inputChannels, g.batch, g.kernelHeight, g.kernelWidth]),
  ]);
  return emitter.reshape(expanded, [g.inputChannels * g.batch, 1, g.kernelHeight, g.kernelWidth]);
}

/** Weights [C, kH·kW] × this one-hot matrix [kH·kW, H·W·H'·W'] = each channel's Toeplitz matrix [H·W, H'·W']. */
function toeplitzPattern(emitter: Emitter, g: Geometry): string {
  const inputs = g.height * g.width;
  const outputs = g.outputHeight * g.outputWidth;
  const pattern = new Float32Array(g.kernelHeight * g.kernelWidth * inputs * outputs);
  for (let i = 0; i < g.kernelHeight; i++)
    for (let j = 0; j < g.kernelWidth; j++)
      for (let oy = 0; oy < g.outputHeight; oy++)
        for (let ox = 0; ox < g.outputWidth; ox++) {
          const y = oy * g.stride + i * g.dilation - g.padding;
          const x = ox * g.stride + j * g.dilation - g.padding;
          if (y < 0 || y >= g.height || x < 0 || x >= g.width) continue;
          const tap = i * g.kernelWidth + j;
          pattern[(tap * inputs + y * g.width + x) * outputs + oy * g.outputWidth + ox] = 1;
        }
  return emitter.floats(pattern, [g.kernelHeight * g.kernelWidth, inputs * outputs]);
}

function toeplitzMatrices(emitter: Emitter, weight: string, g: Geometry): string {
  const taps = emitter.reshape(weight, [g.inputChannels, g.kernelHeight * g.kernelWidth]);
  return emitter.reshape(emitter.node('MatMul', [taps, toeplitzPattern(emitter, g)]), [
    g.inputChannels,
    g.height * g.width,
    g.outputHeight * g.outputWidth,
  ]);
}

/** a · b, one product a group, [rows, columns] each. */
const product = (
  emitter: Emitter,
  a: string,
  b: string,
  transpose: { a: boolean; b: boolean },
  { groups, ...sizes }: { groups: number; rows: number; columns: number },
): string =>
  groups > 1
    ? fusedMatMul(emitter, a, b, transpose.a, transpose.b)
    : threadInvariantProduct(emitter, a, b, transpose, sizes);

/** A feature map (C, N, H, W) as one matrix a group: [groups, C/groups, N·H·W]; one group: [C, N·H·W]. */
const asMatrices = (emitter: Emitter, name: string, groups: number, channels: number) =>
  emitter.reshape(name, groups === 1 ? [channels, -1] : [groups, channels / groups, -1]);
const weightMatrices = (emitter: Emitter, weight: string, g: Geometry) =>
  emitter.reshape(
    weight,
    g.groups === 1
      ? [g.outputChannels, g.inputChannels]
      : [g.groups, g.outputChannels / g.groups, g.inputChannels / g.groups],
  );

const conv2dOperator: Operator<ConvolutionAttributes> = {
  name: 'conv2d',
  infer([x, weight], attributes) {
    if (!x!.featureMap || weight!.shape.length !== 4)
      throw new Error(
        `conv2d: needs a feature map and weights [O, I/groups, kH, kW], not ${formatShape(x!.shape)} and ${formatShape(weight!.shape)}.`,
      );
    requireWholeOptions('conv2d', { ...attributes });
    const g = geometry(x!, weight!, attributes);
    if (
      g.inputChannels % g.groups !== 0 ||
      g.outputChannels % g.groups !== 0 ||
      weight!.shape[1] !== g.inputChannels / g.groups
    )
      throw new Error(
        `conv2d: weights ${formatShape(weight!.shape)} do not fit the feature map ${formatShape(x!.shape)} in ${g.groups} group(s).`,
      );
    if (g.outputHeight < 1 || g.outputWidth < 1)
      throw new Error(
        `conv2d: a kernel of ${g.kernelHeight}×${g.kernelWidth} is larger than the feature map ${formatShape(x!.shape)} with padding ${g.padding}.`,
      );
    return [featureMap([x!.shape[0]!, g.outputChannels, g.outputHeight, g.outputWidth])];
  },
  // In inference a third input, the bias, may come from a folded batch norm.
  emit(emitter, [x, weight, ...bias], { inputs, attributes }) {
    const g = geometry(inputs[0]!, inputs[1]!, attributes);
    if (emitter.layout === 'NCHW')
      return [emitter.node('Conv', [x!, weight!, ...bias], convAttributes(g, g.groups))];
    const shape = [g.outputChannels, g.batch, g.outputHeight, g.outputWidth];
    if (isPointwise(g)) {
      const result = product(
        emitter,
        weightMatrices(emitter, weight!, g),
        asMatrices(emitter, x!, g.groups, g.inputChannels),
        { a: false, b: false },
        { groups: g.groups, rows: g.outputChannels, columns: positions(g) },
      );
      return [emitter.reshape(result, shape)];
    }
    if (isDepthwise(g)) {
      if (usesToeplitz(g)) {
        const planes = emitter.reshape(x!, [g.inputChannels, g.batch, g.height * g.width]);
        return [
          emitter.reshape(emitter.node('MatMul', [planes, toeplitzMatrices(emitter, weight!, g)]), shape),
        ];
      }
      const planes = asPlanes(emitter, x!, g, g.height, g.width);
      const groups = g.inputChannels * g.batch;
      return [
        emitter.reshape(
          emitter.node('Conv', [planes, repeatedWeights(emitter, weight!, g)], convAttributes(g, groups)),
          shape,
        ),
      ];
    }
    const result = emitter.node('Conv', [swapped(emitter, x!), weight!], convAttributes(g, g.groups));
    return [swapped(emitter, result)];
  },
  gradient({ inputs: [x, weight], attributes }, [outputGradient], needed) {
    const { x: gradient, factors } = withoutChannelScale(outputGradient!);
    const scaled = (value: Value) =>
      factors ? mul(value, reshape(factors, [factors.shape[0]!, 1, 1, 1])) : value;
    return [
      needed[0] ? apply(inputGradientOperator, [gradient, x!, scaled(weight!)], attributes)[0] : undefined,
      needed[1] ? scaled(apply(weightGradientOperator, [gradient, x!, weight!], attributes)[0]!) : undefined,
    ];
  },
  multiplyAdds({ inputs: [x, weight], attributes }) {
    const g = geometry(x!, weight!, attributes);
    return (
      ((g.outputChannels * g.inputChannels) / g.groups) *
      g.kernelHeight *
      g.kernelWidth *
      g.outputHeight *
      g.outputWidth
    );
  },
};

/** The gradient by the input, from [gradient by the output, input, weights]; channel-major. */
const inputGradientOperator: Operator<ConvolutionAttributes> = {
  name: 'conv2dInputGradient',
  infer: ([, x]) => [featureMap(x!.shape)],
  emit(emitter, [gradient, , weight], { inputs: [, x, w], attributes }) {
    const g = geometry(x!, w!, attributes);
    const shape = [g.inputChannels, g.batch, g.height, g.width];
    if (isPointwise(g)) {
      const result = product(
        emitter,
        weightMatrices(emitter, weight!, g),
        asMatrices(emitter, gradient!, g.groups, g.outputChannels),
        { a: true, b: false },
        { groups: g.groups, rows: g.inputChannels, columns: positions(g) },
      );
      return [emitter.reshape(result, shape)];
    }
    if (isDepthwise(g)) {
      if (usesToeplitz(g)) {
        const planes = emitter.reshape(gradient!, [g.inputChannels, g.batch, g.outputHeight * g.outputWidth]);
        return [
          emitter.reshape(
            fusedMatMul(emitter, planes, toeplitzMatrices(emitter, weight!, g), false, true),
            shape,
          ),
        ];
      }
      const planes = asPlanes(emitter, gradient!, g, g.outputHeight, g.outputWidth);
      const result = transposedConvolution(
        emitter,
        planes,
        repeatedWeights(emitter, weight!, g),
        g,
        g.inputChannels * g.batch,
      );
      return [emitter.reshape(result, shape)];
    }
    return [
      swapped(emitter, transposedConvolution(emitter, swapped(emitter, gradient!), weight!, g, g.groups)),
    ];
  },
};

/** The adjoint of a convolution. With stride 1 and one channel a group, or one group, it is a convolution itself. */
function transposedConvolution(
  emitter: Emitter,
  gradient: string,
  weight: string,
  g: Geometry,
  groups: number,
): string {
  const padding = [g.kernelHeight, g.kernelWidth].map((kernel) => g.dilation * (kernel - 1) - g.padding);
  const depthwise = groups > 1 && isDepthwise(g);
  if (g.stride === 1 && padding.every((size) => size >= 0) && (depthwise || groups === 1)) {
    const flipped = emitter.node('Slice', [
      depthwise ? weight : swapped(emitter, weight),
      emitter.integers([-1, -1]),
      emitter.integers([-(2 ** 31), -(2 ** 31)]),
      emitter.integers([2, 3]),
      emitter.integers([-1, -1]),
    ]);
    return emitter.node('Conv', [gradient, flipped], {
      ...convAttributes(g, groups),
      pads: { ints: [...padding, ...padding] },
    });
  }
  // What the convolution's rounding left over on the far side receives no gradient.
  const rest = (size: number, output: number, kernel: number) =>
    size + 2 * g.padding - g.dilation * (kernel - 1) - 1 - (output - 1) * g.stride;
  return emitter.node('ConvTranspose', [gradient, weight], {
    ...convAttributes(g, groups),
    output_padding: {
      ints: [rest(g.height, g.outputHeight, g.kernelHeight), rest(g.width, g.outputWidth, g.kernelWidth)],
    },
  });
}

/** The gradient by the weights, from [gradient by the output, input, weights]; channel-major. */
const weightGradientOperator: Operator<ConvolutionAttributes> = {
  name: 'conv2dWeightGradient',
  infer: ([, , weight]) => [plain(weight!.shape)],
  emit(emitter, [gradient, x], { inputs: [, value, weight], attributes }) {
    const g = geometry(value!, weight!, attributes);
    const shape = weight!.shape as number[];
    if (isPointwise(g)) {
      const result = product(
        emitter,
        asMatrices(emitter, gradient!, g.groups, g.outputChannels),
        asMatrices(emitter, x!, g.groups, g.inputChannels),
        { a: false, b: true },
        { groups: g.groups, rows: g.outputChannels, columns: g.inputChannels },
      );
      return [emitter.reshape(result, shape)];
    }
    if (isDepthwise(g)) {
      const taps = usesToeplitz(g)
        ? toeplitzWeightGradient(emitter, gradient!, x!, g)
        : isSame3x3(g)
          ? rowPairWeightGradient(emitter, gradient!, x!, g)
          : rowWeightGradient(emitter, gradient!, x!, g);
      return [emitter.reshape(taps, shape)];
    }
    return [denseWeightGradient(emitter, gradient!, x!, g)];
  },
};

/** The gradient by the Toeplitz matrices is one product a channel; the pattern's transpose sums it to [C, kH·kW]. */
function toeplitzWeightGradient(emitter: Emitter, gradient: string, x: string, g: Geometry): string {
  const inputs = g.height * g.width;
  const outputs = g.outputHeight * g.outputWidth;
  const matrices = fusedMatMul(
    emitter,
    emitter.reshape(x, [g.inputChannels, g.batch, inputs]),
    emitter.reshape(gradient, [g.inputChannels, g.batch, outputs]),
    true,
    false,
  );
  return fusedMatMul(
    emitter,
    emitter.reshape(matrices, [g.inputChannels, inputs * outputs]),
    toeplitzPattern(emitter, g),
    false,
    true,
  );
}

/** 3×3, stride 1, the output as large as the input: the depthwise convolution of all five networks but for strides. */
const isSame3x3 = (g: Geometry) =>
  g.kernelHeight === 3 && g.kernelWidth === 3 && g.stride === 1 && g.dilation === 1 && g.padding === 1;

/**
 * For a 3×3 kernel, rows in pairs, as if the images of a channel stood one below the other: one product a channel over
 * all pairs of rows (0, 1), (2, 3) … holds what every tap connects within them, another over the pairs (1, 2), (3, 4) …
 * what it connects across; what the last row of an image has to do with the first of the next is taken off again.
 * One-hot matrices sum it up.
 */
function rowPairWeightGradient(emitter: Emitter, gradient: string, x: string, g: Geometry): string {
  const rows = g.batch * g.height;
  const asColumnOfRows = (name: string) => emitter.reshape(name, [g.inputChannels, rows, g.width]);
  const sliced = (name: string, starts: number[], ends: number[], axes: number[]) =>
    emitter.node('Slice', [name, emitter.integers(starts), emitter.integers(ends), emitter.integers(axes)]);
  const rowsFrom = (name: string, start: number, end: number) =>
    start === 0 && end === rows ? name : sliced(asColumnOfRows(name), [start], [end], [1]);
  /** Sums over blocks of rows; from one pair of positions in them to another leads the tap that `down` allows, times `sign`. */
  const taps = (
    gradientRows: string,
    inputRows: string,
    together: number,
    down: (from: number, to: number) => number | undefined,
    sign = 1,
  ): string => {
    const side = together * g.width;
    const blocks = (name: string) => emitter.reshape(name, [g.inputChannels, -1, side]);
    const pattern = new Float32Array(side * side * 9);
    for (let from = 0; from < side; from++)
      for (let to = 0; to < side; to++) {
        const vertical = down(Math.floor(from / g.width), Math.floor(to / g.width));
        const across = (to % g.width) - (from % g.width);
        if (vertical !== undefined && Math.abs(across) <= 1)
          pattern[(from * side + to) * 9 + (vertical + 1) * 3 + across + 1] = sign;
      }
    const products = fusedMatMul(emitter, blocks(gradientRows), blocks(inputRows), true, false);
    const flat = emitter.reshape(products, [g.inputChannels, side * side]);
    return emitter.node('MatMul', [flat, emitter.floats(pattern, [side * side, 9])]);
  };
  const pairs = (start: number, end: number, down: (from: number, to: number) => number | undefined) =>
    taps(rowsFrom(gradient, start, end), rowsFrom(x, start, end), 2, down);
  const even = rows - (rows % 2);
  const parts = [pairs(0, even, (from, to) => to - from)];
  if (rows > 2)
    parts.push(pairs(1, rows - 1 + (rows % 2), (from, to) => (from === to ? undefined : to - from)));
  if (rows % 2 === 1) parts.push(taps(rowsFrom(gradient, even, rows), rowsFrom(x, even, rows), 1, () => 0));
  if (g.batch > 1) {
    const last = (name: string) => sliced(name, [0, g.height - 1], [g.batch - 1, g.height], [1, 2]);
    const first = (name: string) => sliced(name, [1, 0], [g.batch, 1], [1, 2]);
    parts.push(taps(last(gradient), first(x), 1, () => 1, -1));
    parts.push(taps(first(gradient), last(x), 1, () => -1, -1));
  }
  return parts.reduce((total, part) => emitter.node('Add', [total, part]));
}

/**
 * One product a channel and kernel row, over all rows of all images: [W', W] for every pair of columns, of which a
 * one-hot matrix sums those that a tap connects.
 */
function rowWeightGradient(emitter: Emitter, gradient: string, x: string, g: Geometry): string {
  const padded =
    g.padding === 0
      ? x
      : emitter.node('Pad', [x, emitter.integers([0, 0, g.padding, 0, 0, 0, g.padding, 0])]);
  const gradientRows = emitter.reshape(gradient, [g.inputChannels, g.batch * g.outputHeight, g.outputWidth]);
  const diagonals = new Float32Array(g.outputWidth * g.width * g.kernelWidth);
  for (let ox = 0; ox < g.outputWidth; ox++)
    for (let j = 0; j < g.kernelWidth; j++) {
      const column = ox * g.stride + j * g.dilation - g.padding;
      if (column >= 0 && column < g.width) diagonals[(ox * g.width + column) * g.kernelWidth + j] = 1;
    }
  const pattern = emitter.floats(diagonals, [g.outputWidth * g.width, g.kernelWidth]);
  const rows = Array.from({ length: g.kernelHeight }, (_, i) => {
    const first = i * g.dilation;
    const indices = Array.from({ length: g.outputHeight }, (_, oy) => first + oy * g.stride);
    const seen =
      g.stride === 1
        ? emitter.node('Slice', [
            padded,
            emitter.integers([first]),
            emitter.integers([first + g.outputHeight]),
            emitter.integers([2]),
          ])
        : emitter.node('Gather', [padded, emitter.integers(indices)], { axis: { int: 2 } });
    const inputRows = emitter.reshape(seen, [g.inputChannels, g.batch * g.outputHeight, g.width]);
    const pairs = fusedMatMul(emitter, gradientRows, inputRows, true, false);
    return emitter.node('MatMul', [
      emitter.reshape(pairs, [g.inputChannels, g.outputWidth * g.width]),
      pattern,
    ]);
  });
  return emitter.node('Concat', rows, { axis: { int: 1 } });
}

/**
 * A convolution in which images are channels: the input's channels as batch, the output's gradient as kernel,
 * stride and dilation exchanged.
 */
function denseWeightGradient(emitter: Emitter, gradient: string, x: string, g: Geometry): string {
  const perGroup = g.outputChannels / g.groups;
  const inputsPerGroup = g.inputChannels / g.groups;
  const pieces = (name: string, size: number) =>
    g.groups === 1
      ? [name]
      : emitter.nodes('Split', [name, emitter.integers(Array<number>(g.groups).fill(size))], g.groups, {
          axis: { int: 0 },
        });
  const inputs = pieces(x, inputsPerGroup);
  const gradients = pieces(gradient, perGroup);
  const results = inputs.map((piece, group) => {
    const correlation = emitter.node('Conv', [piece, gradients[group]!], {
      kernel_shape: { ints: [g.outputHeight, g.outputWidth] },
      strides: { ints: [g.dilation, g.dilation] },
      dilations: { ints: [g.stride, g.stride] },
      pads: { ints: [g.padding, g.padding, g.padding, g.padding] },
    });
    // Rounding may leave positions beyond the kernel.
    const kernel = emitter.node('Slice', [
      correlation,
      emitter.integers([0, 0]),
      emitter.integers([g.kernelHeight, g.kernelWidth]),
      emitter.integers([2, 3]),
    ]);
    return swapped(emitter, kernel);
  });
  return results.length === 1 ? results[0]! : emitter.node('Concat', results, { axis: { int: 0 } });
}

/**
 * Two-dimensional convolution (cross-correlation) without bias.
 *
 * @param x feature map [N, I, H, W]
 * @param weight [O, I/groups, kH, kW]
 * @returns feature map [N, O, H', W'] with H' = ⌊(H + 2·padding − dilation·(kH − 1) − 1) / stride⌋ + 1
 * @throws where the shapes do not fit; the message has both
 */
export function conv2d(x: Value, weight: Value, options: ConvolutionOptions = {}): Value {
  const { stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
  const pointwise = weight.shape[2] === 1 && weight.shape[3] === 1 && padding === 0;
  if (pointwise && stride > 1 && x.featureMap && x.graph.mode === 'training') {
    // What a strided 1×1 convolution does not look at is left out first: the rest is a matrix product, and so are its
    // derivatives.
    const rows = slice(x, { axis: 2, step: stride });
    return conv2d(slice(rows, { axis: 3, step: stride }), weight, { groups });
  }
  return apply(conv2dOperator, [x, weight], { stride, padding, dilation, groups })[0]!;
}

/** Adds bias [C] to every position of a feature map [N, C, H, W]. */
export const addBias = (x: Value, bias: Value): Value =>
  add(x, toFeatureMap(reshape(bias, [1, bias.shape[0]!, 1, 1])));

export const isConvolution = (node: GraphNode): node is GraphNode<ConvolutionAttributes> =>
  node.operator === conv2dOperator;
