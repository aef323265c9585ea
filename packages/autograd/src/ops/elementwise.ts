import {
  apply,
  constant,
  formatShape,
  type GraphNode,
  type Operator,
  type TensorType,
  type Value,
} from '../graph.js';
import { broadcastShapes, reduceTo } from './broadcast.js';
import { toFeatureMap } from './shape.js';

const isScalar = (type: TensorType) => type.shape.every((dimension) => dimension === 1);

function inferBinary(operator: string, [a, b]: readonly Value[]): TensorType[] {
  const shape = broadcastShapes(operator, a!, b!);
  if (a!.featureMap !== b!.featureMap && !isScalar(a!.featureMap ? b! : a!))
    throw new Error(
      `${operator}: a feature map ${formatShape(a!.shape)} meets a plain tensor ${formatShape(b!.shape)}; ` +
        'turn the plain one into a feature map with toFeatureMap.',
    );
  return [{ shape, dataType: 'float32', featureMap: a!.featureMap || b!.featureMap }];
}

function binary(
  name: string,
  onnxType: string,
  gradient: (
    a: Value,
    b: Value,
    gradient: Value,
    needed: readonly boolean[],
  ) => [Value | undefined, Value | undefined],
): Operator<null> {
  return {
    name,
    infer: (inputs) => inferBinary(name, inputs),
    emit: (emitter, inputs) => [emitter.node(onnxType, inputs)],
    gradient({ inputs: [a, b] }, [outputGradient], needed) {
      const [left, right] = gradient(a!, b!, outputGradient!, needed);
      return [left && reduceTo(left, a!), right && reduceTo(right, b!)];
    },
  };
}

const addOperator = binary('add', 'Add', (_a, _b, gradient, needed) => [
  needed[0] ? gradient : undefined,
  needed[1] ? gradient : undefined,
]);
const subOperator = binary('sub', 'Sub', (_a, _b, gradient, needed) => [
  needed[0] ? gradient : undefined,
  needed[1] ? scale(gradient, -1) : undefined,
]);
const mulOperator = binary('mul', 'Mul', (a, b, gradient, needed) => [
  needed[0] ? mul(gradient, b) : undefined,
  needed[1] ? mul(gradient, a) : undefined,
]);
const divOperator = binary('div', 'Div', (a, b, gradient, needed) => [
  needed[0] ? div(gradient, b) : undefined,
  needed[1] ? scale(div(mul(gradient, a), mul(b, b)), -1) : undefined,
]);

/** a + b, with broadcasting. */
export const add = (a: Value, b: Value): Value => apply(addOperator, [a, b], null)[0]!;
/** a − b, with broadcasting. */
export const sub = (a: Value, b: Value): Value => apply(subOperator, [a, b], null)[0]!;
/** a · b elementwise, with broadcasting. */
export const mul = (a: Value, b: Value): Value => apply(mulOperator, [a, b], null)[0]!;
/** a / b elementwise, with broadcasting. */
export const div = (a: Value, b: Value): Value => apply(divOperator, [a, b], null)[0]!;
/** x · factor. */
export const scale = (x: Value, factor: number): Value => mul(x, constant(x.graph, [factor]));
/** x + term. */
export const shift = (x: Value, term: number): Value => add(x, constant(x.graph, [term]));

function unary(
  name: string,
  emit: Operator<null>['emit'],
  gradient?: (x: Value, y: Value, gradient: Value) => Value,
): Operator<null> {
  return {
    name,
    infer: ([x]) => [{ shape: x!.shape, dataType: 'float32', featureMap: x!.featureMap }],
    emit,
    ...(gradient && {
      gradient: ({ inputs: [x], outputs: [y] }, [outputGradient]) => [gradient(x!, y!, outputGradient!)],
    }),
  };
}

/**
 * 1 where x > 0, else 0; a hard sigmoid so steep that it is one, several times as fast in ONNX Runtime as a
 * comparison with a cast, `Where` or `Sign`.
 */
const stepOperator = unary('step', (emitter, inputs) => [
  emitter.node('HardSigmoid', inputs, { alpha: { float: 3e38 }, beta: { float: 0 } }),
]);
export const step = (x: Value): Value => apply(stepOperator, [x], null)[0]!;

const reluOperator = unary(
  'relu',
  (emitter, inputs) => [emitter.node('Relu', inputs)],
  (_x, y, gradient) => mul(gradient, step(y)),
);
/** max(x, 0); its derivative at 0 is 0. */
export const relu = (x: Value): Value => apply(reluOperator, [x], null)[0]!;

const relu6Operator = unary(
  'relu6',
  (emitter, inputs) => [emitter.node('Clip', [...inputs, emitter.floats([0], []), emitter.floats([6], [])])],
  (_x, y, gradient) => mul(gradient, mul(step(y), step(shift(scale(y, -1), 6)))),
);
/** min(max(x, 0), 6). */
export const relu6 = (x: Value): Value => apply(relu6Operator, [x], null)[0]!;

const sigmoidOperator = unary(
  'sigmoid',
  (emitter, inputs) => [emitter.node('Sigmoid', inputs)],
  (_x, y, gradient) => mul(gradient, mul(y, shift(scale(y, -1), 1))),
);
/** 1 / (1 + e^−x). */
export const sigmoid = (x: Value): Value => apply(sigmoidOperator, [x], null)[0]!;

const logOperator = unary(
  'log',
  (emitter, inputs) => [emitter.node('Log', inputs)],
  (x, _y, gradient) => div(gradient, x),
);
/** Natural logarithm; −∞ of 0. */
export const log = (x: Value): Value => apply(logOperator, [x], null)[0]!;

const hardSigmoidOperator = unary(
  'hardSigmoid',
  (emitter, inputs) => [
    emitter.node('HardSigmoid', inputs, { alpha: { float: 1 / 6 }, beta: { float: 0.5 } }),
  ],
  (_x, y, gradient) => mul(gradient, scale(mul(step(y), step(shift(scale(y, -1), 1))), 1 / 6)),
);
/** min(max(x/6 + 1/2, 0), 1) (MobileNetV3, section 5.2). */
export const hardSigmoid = (x: Value): Value => apply(hardSigmoidOperator, [x], null)[0]!;

export const isHardSigmoid = ({ operator }: GraphNode): boolean => operator === hardSigmoidOperator;

/** x · hardSigmoid(x) (MobileNetV3, section 5.2). */
export const hardSwish = (x: Value): Value => mul(x, hardSigmoid(x));

/** x with elements dropped at random: x · mask, where the mask holds 0 or 1/(1 − rate); see `dropoutMask`. */
export const dropout = (x: Value, mask: Value): Value => mul(x, x.featureMap ? toFeatureMap(mask) : mask);
