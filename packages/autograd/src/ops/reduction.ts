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
import { expand, inferReduction, physicalAxes, type ReductionAttributes, sum } from './broadcast.js';
import { div, mul, scale, shift, step, sub } from './elementwise.js';

/** Pooling operators stay in the blocked layout that ONNX Runtime gives convolutions. */
const isGlobalPool = (
  emitter: Emitter,
  { inputs: [x], attributes: { axes } }: GraphNode<ReductionAttributes>,
): boolean =>
  emitter.layout === 'NCHW' && x!.featureMap && axes.length === 2 && axes.includes(2) && axes.includes(3);

const meanOperator: Operator<ReductionAttributes> = {
  name: 'mean',
  infer: (inputs, attributes) => inferReduction('mean', inputs, attributes),
  emit: (emitter, inputs, node) => [
    isGlobalPool(emitter, node)
      ? emitter.node('GlobalAveragePool', inputs)
      : emitter.node('ReduceMean', inputs, { axes: { ints: physicalAxes(emitter, node) } }),
  ],
  gradient({ inputs: [x], attributes: { axes } }, [gradient]) {
    const count = axes.reduce(
      (product, axis) => product * known(x!.shape[axis], 'mean: the reduced size'),
      1,
    );
    return [expand(scale(gradient!, 1 / count), x!)];
  },
};

const maxOperator: Operator<ReductionAttributes> = {
  name: 'max',
  infer: (inputs, attributes) => inferReduction('max', inputs, attributes),
  emit: (emitter, inputs, node) => [
    isGlobalPool(emitter, node)
      ? emitter.node('GlobalMaxPool', inputs)
      : emitter.node('ReduceMax', inputs, { axes: { ints: physicalAxes(emitter, node) } }),
  ],
  // Elements that share the maximum share its gradient, as in PyTorch's amax.
  gradient({ inputs: [x], outputs: [y], attributes: { axes } }, [gradient]) {
    const isMaximum = shift(scale(step(sub(y!, x!)), -1), 1);
    return [mul(isMaximum, div(gradient!, sum(isMaximum, axes)))];
  },
};

/** Mean over `axes` (logical), which stay as 1. */
export const mean = (x: Value, axes: readonly number[]): Value => apply(meanOperator, [x], { axes })[0]!;
/** Maximum over `axes` (logical), which stay as 1. */
export const max = (x: Value, axes: readonly number[]): Value => apply(maxOperator, [x], { axes })[0]!;

/** Feature map [N, C, H, W] → [N, C, 1, 1]. */
export const globalAveragePool = (x: Value): Value => mean(x, [2, 3]);
export const isGlobalAveragePool = ({ operator, inputs, attributes }: GraphNode): boolean =>
  operator === meanOperator &&
  inputs[0]!.featureMap &&
  [...(attributes as ReductionAttributes).axes].sort().join() === '2,3';
/** Feature map [N, C, H, W] → [N, C, 1, 1]. */
export const globalMaxPool = (x: Value): Value => max(x, [2, 3]);
/** Feature map [N, C, H, W] → [N, 1, H, W]. */
export const channelMean = (x: Value): Value => mean(x, [1]);
/** Feature map [N, C, H, W] → [N, 1, H, W]. */
export const channelMax = (x: Value): Value => max(x, [1]);

function inferSoftmax(name: string, [x]: readonly Value[]) {
  if (x!.featureMap)
    throw new Error(`${name}: needs a plain tensor, not a feature map ${formatShape(x!.shape)}.`);
  return [plain(x!.shape)];
}

const logSoftmaxOperator: Operator<null> = {
  name: 'logSoftmax',
  infer: (inputs) => inferSoftmax('logSoftmax', inputs),
  emit: (emitter, inputs) => [emitter.node('LogSoftmax', inputs, { axis: { int: -1 } })],
  gradient({ outputs: [y] }, [gradient]) {
    const total = sum(gradient!, [y!.shape.length - 1]);
    return [sub(gradient!, mul(softmax(y!), total))];
  },
};
const softmaxOperator: Operator<null> = {
  name: 'softmax',
  infer: (inputs) => inferSoftmax('softmax', inputs),
  emit: (emitter, inputs) => [emitter.node('Softmax', inputs, { axis: { int: -1 } })],
  gradient({ outputs: [y] }, [gradient]) {
    const total = sum(mul(gradient!, y!), [y!.shape.length - 1]);
    return [mul(y!, sub(gradient!, total))];
  },
};
/** log(softmax(x)) over the last axis of a plain tensor. */
export const logSoftmax = (x: Value): Value => apply(logSoftmaxOperator, [x], null)[0]!;
/** e^x / Σ e^x over the last axis of a plain tensor. */
export const softmax = (x: Value): Value => apply(softmaxOperator, [x], null)[0]!;
