import {
  apply,
  type Emitter,
  formatShape,
  type GraphNode,
  known,
  type Operator,
  type Shape,
  type TensorType,
  typeOf,
  type Value,
} from '../graph.js';

const like = (type: TensorType, shape: Shape): TensorType => ({ ...typeOf(type), shape });

function checkAxis(operator: string, x: Value, axis: number): void {
  if (axis < 0 || axis >= x.shape.length)
    throw new Error(`${operator}: axis ${axis} does not fit the shape ${formatShape(x.shape)}.`);
}

/** The ONNX name of a value in the order its logical shape says. */
function logical(emitter: Emitter, name: string, value: TensorType): string {
  return value.featureMap && emitter.layout === 'CNHW'
    ? emitter.node('Transpose', [name], { perm: { ints: [1, 0, 2, 3] } })
    : name;
}

const elements = (shape: Shape): number =>
  shape.reduce<number>((product, dimension) => product * (dimension === 'N' ? 1 : dimension), 1);
const batches = (shape: Shape): number => shape.filter((dimension) => dimension === 'N').length;

const reshapeOperator: Operator<{ shape: Shape; featureMap: boolean }> = {
  name: 'reshape',
  infer([x], { shape, featureMap }) {
    if (elements(x!.shape) !== elements(shape) || batches(x!.shape) !== batches(shape))
      throw new Error(`reshape: ${formatShape(x!.shape)} has not the elements of ${formatShape(shape)}.`);
    if (featureMap && shape.length !== 4)
      throw new Error(`reshape: a feature map has the shape [N, C, H, W], not ${formatShape(shape)}.`);
    return [{ shape, dataType: 'float32', featureMap }];
  },
  emit(emitter, [x], { inputs, attributes: { shape, featureMap } }) {
    const reshaped = emitter.reshape(
      logical(emitter, x!, inputs[0]!),
      shape.map((dimension) => (dimension === 'N' ? -1 : dimension)),
    );
    return [logical(emitter, reshaped, { shape, featureMap, dataType: 'float32' })];
  },
  gradient: ({ inputs: [x] }, [gradient]) => [
    apply(reshapeOperator, [gradient!], { shape: x!.shape, featureMap: x!.featureMap })[0],
  ],
};
/** The elements of x, in logical order, with another shape; the result is a plain tensor. */
export const reshape = (x: Value, shape: Shape): Value =>
  apply(reshapeOperator, [x], { shape, featureMap: false })[0]!;
/** A plain tensor [N, C, H, W] (or [N, C]: then H = W = 1) as a feature map. */
export const toFeatureMap = (x: Value): Value =>
  apply(reshapeOperator, [x], {
    shape: x.shape.length === 2 ? [...x.shape, 1, 1] : x.shape,
    featureMap: true,
  })[0]!;
/** Feature map [N, C, H, W] → plain [N, C·H·W]. */
export const flatten = (x: Value): Value => reshape(x, [x.shape[0]!, elements(x.shape.slice(1))]);

const transposeOperator: Operator<{ permutation: readonly number[] }> = {
  name: 'transpose',
  infer([x], { permutation }) {
    if ([...permutation].sort().join() !== x!.shape.map((_, axis) => axis).join())
      throw new Error(
        `transpose: [${permutation.join(', ')}] does not permute the axes of ${formatShape(x!.shape)}.`,
      );
    return [{ shape: permutation.map((axis) => x!.shape[axis]!), dataType: 'float32', featureMap: false }];
  },
  emit: (emitter, [x], { inputs, attributes: { permutation } }) => [
    emitter.node('Transpose', [logical(emitter, x!, inputs[0]!)], { perm: { ints: permutation } }),
  ],
  gradient({ inputs: [x], attributes: { permutation } }, [gradient]) {
    const inverse = permutation.map((_, axis) => permutation.indexOf(axis));
    const back = transpose(gradient!, inverse);
    return [x!.featureMap ? toFeatureMap(back) : back];
  },
};
/** Axis i of the result is axis permutation[i] of x; the result is a plain tensor. */
export const transpose = (x: Value, permutation: readonly number[]): Value =>
  apply(transposeOperator, [x], { permutation })[0]!;

const channelShuffleOperator: Operator<{ groups: number }> = {
  name: 'channelShuffle',
  infer([x], { groups }) {
    const channels = known(x!.shape[1], 'channelShuffle: the number of channels');
    if (channels % groups !== 0)
      throw new Error(`channelShuffle: ${channels} channels do not divide into ${groups} groups.`);
    return [typeOf(x!)];
  },
  emit(emitter, [x], { inputs: [value], attributes: { groups } }) {
    const physical = emitter.physicalShape(value!);
    const channels = value!.shape[1] as number;
    const axis = emitter.axis(value!, 1);
    const split = [...physical.slice(0, axis), groups, channels / groups, ...physical.slice(axis + 1)];
    const permutation = split.map((_, index) =>
      index === axis ? axis + 1 : index === axis + 1 ? axis : index,
    );
    const shuffled = emitter.node('Transpose', [emitter.reshape(x!, split)], { perm: { ints: permutation } });
    return [emitter.reshape(shuffled, physical)];
  },
  gradient: ({ inputs: [x], attributes: { groups } }, [gradient]) => [
    channelShuffle(gradient!, (x!.shape[1] as number) / groups),
  ],
};
/** Channel g·(C/groups) + i becomes channel i·groups + g (ShuffleNet, section 3.1). */
export const channelShuffle = (x: Value, groups: number): Value =>
  apply(channelShuffleOperator, [x], { groups })[0]!;

const concatOperator: Operator<{ axis: number }> = {
  name: 'concat',
  infer(inputs, { axis }) {
    const [first] = inputs;
    checkAxis('concat', first!, axis);
    for (const other of inputs)
      if (
        other.featureMap !== first!.featureMap ||
        other.shape.length !== first!.shape.length ||
        other.shape.some((dimension, index) => index !== axis && dimension !== first!.shape[index])
      )
        throw new Error(
          `concat: shapes ${inputs.map(({ shape }) => formatShape(shape)).join(', ')} differ outside axis ${axis}.`,
        );
    const total = inputs.reduce(
      (size, { shape }) => size + known(shape[axis], 'concat: the size of the axis'),
      0,
    );
    return [
      like(
        first!,
        first!.shape.map((dimension, index) => (index === axis ? total : dimension)),
      ),
    ];
  },
  emit: (emitter, inputs, node) => [
    emitter.node('Concat', inputs, { axis: { int: emitter.axis(node.inputs[0]!, node.attributes.axis) } }),
  ],
  gradient: ({ inputs, attributes: { axis } }, [gradient]) =>
    split(
      gradient!,
      inputs.map(({ shape }) => shape[axis] as number),
      axis,
    ),
};
/** Joins tensors along a (logical) axis. */
export const concat = (values: readonly Value[], axis: number): Value =>
  apply(concatOperator, values, { axis })[0]!;

/** Whether a node joins feature maps by their channels. */
export const isChannelConcat = ({ operator, inputs, attributes }: GraphNode): boolean =>
  operator === concatOperator && inputs[0]!.featureMap && (attributes as { axis: number }).axis === 1;

const splitOperator: Operator<{ sizes: readonly number[]; axis: number }> = {
  name: 'split',
  infer([x], { sizes, axis }) {
    checkAxis('split', x!, axis);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    if (x!.shape[axis] !== total)
      throw new Error(
        `split: the sizes ${sizes.join(' + ')} do not fill axis ${axis} of ${formatShape(x!.shape)}.`,
      );
    return sizes.map((size) =>
      like(
        x!,
        x!.shape.map((dimension, index) => (index === axis ? size : dimension)),
      ),
    );
  },
  emit: (emitter, [x], { inputs: [value], attributes: { sizes, axis } }) =>
    emitter.nodes('Split', [x!, emitter.integers(sizes)], sizes.length, {
      axis: { int: emitter.axis(value!, axis) },
    }),
  gradient: ({ outputs, attributes: { axis } }, gradients) => [
    concat(
      outputs.map((output, index) => gradients[index] ?? zerosLike(output)),
      axis,
    ),
  ],
};
/** Cuts a tensor along a (logical) axis into pieces of the given sizes. */
export const split = (x: Value, sizes: readonly number[], axis: number): Value[] =>
  apply(splitOperator, [x], { sizes, axis });

const zerosLikeOperator: Operator<null> = {
  name: 'zerosLike',
  infer: ([x]) => [typeOf(x!)],
  emit: (emitter, [x]) => [emitter.node('ConstantOfShape', [emitter.node('Shape', [x!])])],
};
/** Zeros of x's shape. */
const zerosLike = (x: Value): Value => apply(zerosLikeOperator, [x], null)[0]!;

interface SliceAttributes {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly step: number;
}
const sliceIndices = ({ start, end, step }: SliceAttributes): number[] =>
  Array.from({ length: Math.max(0, Math.ceil((end - start) / step)) }, (_, index) => start + index * step);

const picksColumns = (x: TensorType, { axis, step }: SliceAttributes): boolean =>
  x.featureMap && axis === 3 && step > 1;

/** [W, W']: column i is one at the position that column i of the slice shows. */
function oneHotColumns(emitter: Emitter, x: TensorType, attributes: SliceAttributes): string {
  const width = x.shape[3] as number;
  const positions = sliceIndices(attributes);
  const oneHot = new Float32Array(width * positions.length);
  for (const [column, position] of positions.entries()) oneHot[position * positions.length + column] = 1;
  return emitter.floats(oneHot, [width, positions.length]);
}

const sliceOperator: Operator<SliceAttributes> = {
  name: 'slice',
  infer([x], attributes) {
    const { axis, start, end, step } = attributes;
    checkAxis('slice', x!, axis);
    const size = known(x!.shape[axis], 'slice: the size of the axis');
    if (start < 0 || end > size || start >= end || step < 1)
      throw new Error(
        `slice: ${start}:${end}:${step} does not fit axis ${axis} of ${formatShape(x!.shape)}.`,
      );
    const length = sliceIndices(attributes).length;
    return [
      like(
        x!,
        x!.shape.map((dimension, index) => (index === axis ? length : dimension)),
      ),
    ];
  },
  emit(emitter, [x], { inputs: [value], attributes }) {
    const axis = emitter.axis(value!, attributes.axis);
    // A strided Slice is slow: within rows a product with a one-hot matrix picks the columns, elsewhere Gather whole
    // blocks.
    if (picksColumns(value!, attributes))
      return [emitter.node('MatMul', [x!, oneHotColumns(emitter, value!, attributes)])];
    if (attributes.step > 1)
      return [
        emitter.node('Gather', [x!, emitter.integers(sliceIndices(attributes))], { axis: { int: axis } }),
      ];
    const { start, end } = attributes;
    return [
      emitter.node('Slice', [
        x!,
        emitter.integers([start]),
        emitter.integers([end]),
        emitter.integers([axis]),
      ]),
    ];
  },
  gradient: ({ inputs: [x], attributes }, [gradient]) => [
    apply(sliceGradientOperator, [gradient!, x!], attributes)[0],
  ],
};
/** x[start:end:step] along a (logical) axis; step ≥ 1. */
export const slice = (
  x: Value,
  { axis, start = 0, end, step = 1 }: { axis: number; start?: number; end?: number; step?: number },
): Value =>
  apply(sliceOperator, [x], {
    axis,
    start,
    end: end ?? known(x.shape[axis], 'slice: the size of the axis'),
    step,
  })[0]!;

const sliceGradientOperator: Operator<SliceAttributes> = {
  name: 'sliceGradient',
  infer: ([, x]) => [typeOf(x!)],
  emit(emitter, [gradient], { inputs: [gradientValue, x], attributes }) {
    if (picksColumns(x!, attributes))
      return [
        emitter.node('FusedMatMul', [gradient!, oneHotColumns(emitter, x!, attributes)], {
          transB: { int: 1 },
        }),
      ];
    const axis = emitter.axis(x!, attributes.axis);
    const size = x!.shape[attributes.axis] as number;
    const positions = sliceIndices(attributes);
    return [spread(emitter, gradient!, emitter.physicalShape(gradientValue!), axis, size, positions)];
  },
};

/** Puts slice i of `axis` at positions[i] of an axis of the given size, zeros elsewhere. */
function spread(
  emitter: Emitter,
  name: string,
  shape: readonly number[],
  axis: number,
  size: number,
  positions: readonly number[],
): string {
  const zeroSlice = emitter.node('ConstantOfShape', [
    emitter.integers(shape.map((dimension, index) => (index === axis ? 1 : dimension))),
  ]);
  const padded = emitter.node('Concat', [name, zeroSlice], { axis: { int: axis } });
  const sources = Array.from({ length: size }, (_, position) => {
    const index = positions.indexOf(position);
    return index === -1 ? positions.length : index;
  });
  return emitter.node('Gather', [padded, emitter.integers(sources)], { axis: { int: axis } });
}
