import {
  compileEvaluation,
  compileGradient,
  constant,
  mul,
  type NamedTensor,
  type Network,
  parameter,
  random,
  reshape,
  sum,
  toFeatureMap,
  unflatten,
  type Value,
} from '../src/index.js';
import { nodeRuntime } from '../src/node.js';
import type { Operand } from './operand.js';

/** A function under test: from the operands as graph values to its result. */
export type Build = (...values: Value[]) => Value;

/** The operands as a network's parameters, and the result of `build` in logical order. */
const networkOf =
  (build: Build, operands: readonly Operand[]): Network =>
  (_images, scope) => {
    const values = operands.map(({ shape, featureMap }, index) => {
      const value = parameter(scope, `operand${index}`, shape, { kind: 'constant', value: 0 });
      return featureMap ? toFeatureMap(value) : value;
    });
    const result = build(...values);
    return result.featureMap ? reshape(result, result.shape) : result;
  };

/** The fixed random weights w of the loss Σ w ⊙ result. */
export function lossWeights(length: number): Float32Array {
  const source = random(77);
  return Float32Array.from({ length }, () => source.normal());
}

const noImage = { images: { shape: [1, 1, 1, 1], data: new Float32Array(1) } };
const noTarget = { targets: { shape: [1, 1], data: new Float32Array(1) } };
const parametersOf = (operands: readonly Operand[]) => {
  const data = new Float32Array(operands.reduce((length, operand) => length + operand.data.length, 0));
  let offset = 0;
  for (const operand of operands) {
    data.set(operand.data, offset);
    offset += operand.data.length;
  }
  return { shape: [data.length], data };
};

/** Result of `build` and gradient of Σ w ⊙ result by each operand, in a training graph. */
export async function runTraining(
  build: Build,
  operands: readonly Operand[],
): Promise<{ result: NamedTensor; gradients: Float32Array[] }> {
  const { model, parameters } = compileGradient({
    network: networkOf(build, operands),
    image: [1, 1, 1],
    batch: 1,
    classes: 1,
    loss: (output) => {
      const shape = output.shape as readonly number[];
      const weights = lossWeights(shape.reduce((product, size) => product * size, 1));
      return sum(mul(output, constant(output.graph, weights, shape)), [...shape.keys()]);
    },
  });
  const session = await nodeRuntime.createSession(model, { threads: 1 });
  const { output, gradient } = await session.run({
    ...noImage,
    ...noTarget,
    parameters: parametersOf(operands),
  });
  await session.release();
  const pieces = unflatten(parameters, gradient!.data);
  return { result: output!, gradients: operands.map((_, index) => pieces.get(`operand${index}`)!.data) };
}

/** Computes the result of `build` for changing operands. */
export interface Forward {
  run(operands: readonly Operand[]): Promise<NamedTensor>;
  release(): Promise<void>;
}

/** `build` in an evaluation graph or, for what exists in training alone, in a training graph. */
export async function openForward(
  build: Build,
  operands: readonly Operand[],
  mode: 'training' | 'evaluation' = 'evaluation',
): Promise<Forward> {
  const network = networkOf(build, operands);
  const { model } =
    mode === 'evaluation'
      ? compileEvaluation(network, [1, 1, 1])
      : compileGradient({
          network,
          image: [1, 1, 1],
          batch: 1,
          classes: 1,
          loss: (output) => sum(output, [...output.shape.keys()]),
        });
  const session = await nodeRuntime.createSession(model, { threads: 1 });
  const unused = mode === 'evaluation' ? noImage : { ...noImage, ...noTarget };
  return {
    run: async (changed) =>
      (await session.run({ ...unused, parameters: parametersOf(changed) }, ['output'])).output!,
    release: () => session.release(),
  };
}
