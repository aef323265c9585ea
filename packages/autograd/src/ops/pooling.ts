import {
  apply,
  type Emitter,
  featureMap,
  formatShape,
  known,
  type Operator,
  type TensorType,
  type Value,
} from '../graph.js';
import { outputSize, requireWholeOptions } from './convolution.js';

export interface PoolingOptions {
  /** Side of the window. */
  readonly kernel: number;
  /** Default: the kernel's side. */
  readonly stride?: number;
  /** Positions added on every side: below all values for the maximum, zeros for the average. At most kernel/2. */
  readonly padding?: number;
}
type PoolingAttributes = Required<PoolingOptions>;

function inferPooling(name: string, [x]: readonly Value[], attributes: PoolingAttributes): TensorType[] {
  if (!x!.featureMap)
    throw new Error(`${name}: needs a feature map, not a plain tensor ${formatShape(x!.shape)}.`);
  requireWholeOptions(name, { ...attributes });
  if (attributes.padding * 2 > attributes.kernel)
    throw new Error(
      `${name}: padding ${attributes.padding} is more than half the kernel ${attributes.kernel}.`,
    );
  const [height, width] = pooledSize(x!, attributes);
  if (height < 1 || width < 1)
    throw new Error(
      `${name}: the kernel ${attributes.kernel} is larger than the feature map ${formatShape(x!.shape)}.`,
    );
  return [featureMap([x!.shape[0]!, x!.shape[1]!, height, width])];
}

const pooledSize = (
  { shape }: TensorType,
  { kernel, stride, padding }: PoolingAttributes,
): [number, number] => [
  outputSize(known(shape[2], 'pooling: the height'), kernel, { stride, padding, dilation: 1 }),
  outputSize(known(shape[3], 'pooling: the width'), kernel, { stride, padding, dilation: 1 }),
];

const poolAttributes = ({ kernel, stride, padding }: PoolingAttributes) => ({
  kernel_shape: { ints: [kernel, kernel] },
  strides: { ints: [stride, stride] },
  pads: { ints: [padding, padding, padding, padding] },
});

const maxPoolOperator: Operator<PoolingAttributes> = {
  name: 'maxPool',
  infer: (inputs, attributes) => inferPooling('maxPool', inputs, attributes),
  emit: (emitter, inputs, { attributes }) => [emitter.node('MaxPool', inputs, poolAttributes(attributes))],
  gradient: ({ inputs: [x], attributes }, [gradient]) => [
    apply(maxPoolGradientOperator, [gradient!, x!], attributes)[0],
  ],
};

const range = (length: number) => Array.from({ length }, (_, index) => index);
const greater = (emitter: Emitter, a: string, b: string) =>
  emitter.node('HardSigmoid', [emitter.node('Sub', [a, b])], { alpha: { float: 3e38 }, beta: { float: 0 } });

/**
 * The positions that tap t of the windows looks at. A tap in the padding looks at the nearest edge instead, which
 * is in its window anyway: the maximum and where its gradient goes stay the same.
 */
const tapPositions = (
  size: number,
  output: number,
  { kernel, stride, padding }: PoolingAttributes,
): number[][] =>
  range(kernel).map((tap) =>
    range(output).map((position) => Math.min(Math.max(position * stride + tap - padding, 0), size - 1)),
  );

/** The largest of the taps, and for each tap but the first whether it is larger than all before it. */
function runningMaximum(emitter: Emitter, taps: readonly string[]): { maximum: string; wins: string[] } {
  let maximum = taps[0]!;
  const wins: string[] = [];
  for (const tap of taps.slice(1)) {
    wins.push(greater(emitter, tap, maximum));
    maximum = emitter.node('Max', [maximum, tap]);
  }
  return { maximum, wins };
}

/** Each tap's share of the gradient by the maximum: the last winner has it all. */
function tapGradients(emitter: Emitter, gradient: string, wins: readonly string[]): string[] {
  const shares: string[] = [];
  let rest = gradient;
  for (const win of [...wins].reverse()) {
    const share = emitter.node('Mul', [rest, win]);
    shares.unshift(share);
    rest = emitter.node('Sub', [rest, share]);
  }
  return [rest, ...shares];
}

/**
 * The gradient goes to the first maximum of each window in reading order. Along rows, then along columns, taps are
 * picked by one-hot products and by gathering rows: several times as fast as the indices of `MaxPool` with
 * `ScatterElements`.
 */
const maxPoolGradientOperator: Operator<PoolingAttributes> = {
  name: 'maxPoolGradient',
  infer: ([, x]) => [featureMap(x!.shape)],
  emit(emitter, [gradient, x], { inputs: [, value], attributes }) {
    const [, , height, width] = value!.shape as readonly number[];
    const [outputHeight, outputWidth] = pooledSize(value!, attributes);

    const columnTaps = tapPositions(width!, outputWidth, attributes).map((positions) => {
      const oneHot = new Float32Array(width! * outputWidth);
      for (const [column, position] of positions.entries()) oneHot[position * outputWidth + column] = 1;
      return emitter.floats(oneHot, [width!, outputWidth]);
    });
    const columns = runningMaximum(
      emitter,
      columnTaps.map((oneHot) => emitter.node('MatMul', [x!, oneHot])),
    );

    const rowPositions = tapPositions(height!, outputHeight, attributes);
    const rows = runningMaximum(
      emitter,
      rowPositions.map((positions) =>
        emitter.node('Gather', [columns.maximum, emitter.integers(positions)], { axis: { int: 2 } }),
      ),
    );
    const rowGradients = tapGradients(emitter, gradient!, rows.wins);
    const zeroRow = emitter.node('ConstantOfShape', [
      emitter.integers([...emitter.physicalShape(value!).slice(0, 2), 1, outputWidth]),
    ]);
    const byColumns = gatherRows(emitter, rowGradients, zeroRow, rowPositions, height!, outputHeight);
    const byTap = tapGradients(emitter, byColumns, columns.wins);
    // Gemm adds up as it goes.
    const rowsOf = (part: string) => emitter.reshape(part, [-1, outputWidth]);
    const total = byTap.reduce<string | undefined>(
      (sum, part, tap) =>
        emitter.node('Gemm', [rowsOf(part), columnTaps[tap]!, ...(sum === undefined ? [] : [sum])], {
          transB: { int: 1 },
        }),
      undefined,
    );
    return [emitter.reshape(total!, emitter.physicalShape(value!))];
  },
};

/** Sums, for each of `height` rows, the gradients of all (tap, output row) that looked at it. */
function gatherRows(
  emitter: Emitter,
  taps: readonly string[],
  zeroRow: string,
  positions: readonly number[][],
  height: number,
  outputHeight: number,
): string {
  const stacked = emitter.node('Concat', [...taps, zeroRow], { axis: { int: 2 } });
  const sources = range(height).map((row) =>
    positions.flatMap((tap, index) =>
      tap.flatMap((position, output) => (position === row ? [index * outputHeight + output] : [])),
    ),
  );
  const most = Math.max(...sources.map(({ length }) => length));
  return range(most)
    .map((turn) =>
      emitter.node(
        'Gather',
        [stacked, emitter.integers(sources.map((source) => source[turn] ?? taps.length * outputHeight))],
        { axis: { int: 2 } },
      ),
    )
    .reduce((total, part) => emitter.node('Add', [total, part]));
}

/** Maximum over windows of a feature map [N, C, H, W]. */
export const maxPool = (x: Value, { kernel, stride = kernel, padding = 0 }: PoolingOptions): Value =>
  apply(maxPoolOperator, [x], { kernel, stride, padding })[0]!;

const averagePoolOperator: Operator<PoolingAttributes> = {
  name: 'averagePool',
  infer: (inputs, attributes) => inferPooling('averagePool', inputs, attributes),
  emit: (emitter, inputs, { attributes }) => [
    emitter.node('AveragePool', inputs, { ...poolAttributes(attributes), count_include_pad: { int: 1 } }),
  ],
  gradient: ({ inputs: [x], attributes }, [gradient]) => [
    apply(averagePoolGradientOperator, [gradient!, x!], attributes)[0],
  ],
};

/** Rows, then columns: each output's gradient goes in equal parts to what its window saw; a product with a matrix each. */
const averagePoolGradientOperator: Operator<PoolingAttributes> = {
  name: 'averagePoolGradient',
  infer: ([, x]) => [featureMap(x!.shape)],
  emit(emitter, [gradient], { inputs: [, value], attributes }) {
    const [, , height, width] = value!.shape as readonly number[];
    const [outputHeight, outputWidth] = pooledSize(value!, attributes);
    const windows = (size: number, output: number): Float32Array => {
      const matrix = new Float32Array(output * size);
      for (const position of range(output))
        for (const tap of range(attributes.kernel)) {
          const source = position * attributes.stride + tap - attributes.padding;
          if (source >= 0 && source < size) matrix[position * size + source] = 1 / attributes.kernel;
        }
      return matrix;
    };
    const rows = emitter.node(
      'Transpose',
      [emitter.floats(windows(height!, outputHeight), [outputHeight, height!])],
      {
        perm: { ints: [1, 0] },
      },
    );
    const byRow = emitter.node('MatMul', [rows, gradient!]);
    return [
      emitter.node('MatMul', [byRow, emitter.floats(windows(width!, outputWidth), [outputWidth, width!])]),
    ];
  },
};

/** Mean over windows of a feature map [N, C, H, W]; padding counts as zeros. */
export const averagePool = (x: Value, { kernel, stride = kernel, padding = 0 }: PoolingOptions): Value =>
  apply(averagePoolOperator, [x], { kernel, stride, padding })[0]!;
