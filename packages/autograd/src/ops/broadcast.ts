import {
  apply,
  type Dimension,
  type Emitter,
  formatShape,
  type GraphNode,
  type Operator,
  type Shape,
  type TensorType,
  typeOf,
  type Value,
} from '../graph.js';
import { reshape } from './shape.js';

/** The common shape of two operands: equal dimensions, or 1 against anything (NumPy's rule). */
export function broadcastShapes(operator: string, a: TensorType, b: TensorType): Shape {
  const rank = Math.max(a.shape.length, b.shape.length);
  const shape: Dimension[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const left = a.shape[axis - rank + a.shape.length] ?? 1;
    const right = b.shape[axis - rank + b.shape.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1)
      throw new Error(
        `${operator}: shapes ${formatShape(a.shape)} and ${formatShape(b.shape)} do not broadcast.`,
      );
    shape.push(left === 1 ? right : left);
  }
  return shape;
}

export interface ReductionAttributes {
  readonly axes: readonly number[];
}

export function inferReduction(name: string, [x]: readonly Value[], { axes }: ReductionAttributes) {
  if (axes.length === 0 || axes.some((axis) => axis < 0 || axis >= x!.shape.length))
    throw new Error(`${name}: axes ${axes.join(', ')} do not fit the shape ${formatShape(x!.shape)}.`);
  if (new Set(axes).size < axes.length)
    throw new Error(`${name}: of the axes ${axes.join(', ')} one is there twice.`);
  const shape = x!.shape.map((dimension, axis) => (axes.includes(axis) ? 1 : dimension));
  return [{ shape, dataType: 'float32' as const, featureMap: x!.featureMap }];
}

export const physicalAxes = (emitter: Emitter, node: GraphNode<ReductionAttributes>) =>
  node.attributes.axes.map((axis) => emitter.axis(node.inputs[0]!, axis)).sort((a, b) => a - b);

const sumOperator: Operator<ReductionAttributes> = {
  name: 'sum',
  infer: (inputs, attributes) => inferReduction('sum', inputs, attributes),
  // Axes moved from attribute to input in opset 13 for ReduceSum, in opset 18 for the others.
  emit: (emitter, [x], node) => [
    emitter.node('ReduceSum', [x!, emitter.integers(physicalAxes(emitter, node))]),
  ],
  gradient: ({ inputs: [x] }, [gradient]) => [expand(gradient!, x!)],
};

/** Sum over `axes` (logical), which stay as 1. */
export const sum = (x: Value, axes: readonly number[]): Value => apply(sumOperator, [x], { axes })[0]!;

const expandOperator: Operator<null> = {
  name: 'expand',
  infer: ([, x]) => [typeOf(x!)],
  emit: (emitter, [gradient], { inputs: [, x] }) => [
    emitter.node('Expand', [gradient!, emitter.integers(emitter.physicalShape(x!))]),
  ],
};
/** A gradient by a reduced tensor, repeated over the reduced axes of x; part of reductions' derivatives. */
export const expand = (gradient: Value, x: Value): Value => apply(expandOperator, [gradient, x], null)[0]!;

/** Sums a gradient over the axes along which its operand was broadcast. */
export function reduceTo(gradient: Value, operand: Value): Value {
  const lead = gradient.shape.length - operand.shape.length;
  const axes = gradient.shape.flatMap((dimension, axis) =>
    (axis < lead || operand.shape[axis - lead] === 1) && dimension !== 1 ? [axis] : [],
  );
  const summed = axes.length > 0 ? sum(gradient, axes) : gradient;
  return operand.shape.length === gradient.shape.length && operand.featureMap === gradient.featureMap
    ? summed
    : reshape(summed, operand.shape);
}
