import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  adam,
  adamw,
  compileTrainStep,
  concat,
  mul,
  type Network,
  type Optimizer,
  parameter,
  sgd,
  sum,
  type Tensor,
} from '../src/index.js';
import { nodeRuntime } from '../src/node.js';

interface Settings {
  type: 'sgd' | 'adam' | 'adamw';
  learningRate: number;
  weightDecay: number;
  momentum: number;
  nesterov: boolean;
  beta1: number;
  beta2: number;
  epsilon: number;
  clipNorm?: number;
}
interface Golden {
  initial: number[];
  gradients: number[][];
  cases: Record<string, { settings: Settings; afterFirst: number[]; afterLast: number[] }>;
}

/** 20 steps of torch.optim in float64; see tools/pytorch/optimizers.py. */
const golden = JSON.parse(readFileSync(new URL('golden/optimizers.json', import.meta.url), 'utf8')) as Golden;

const optimizerOf = ({
  type,
  momentum,
  nesterov,
  weightDecay,
  beta1,
  beta2,
  epsilon,
}: Settings): Optimizer =>
  type === 'sgd'
    ? sgd({ momentum, nesterov, weightDecay })
    : { adam, adamw }[type]({ beta1, beta2, epsilon, weightDecay });

interface RunOptions {
  readonly learningRate: number;
  readonly clipNorm?: number | undefined;
  /** Whether the second half of the parameters is subject to weight decay. */
  readonly secondDecays?: boolean;
  /** Decay of the moving average at each step. */
  readonly averageDecay?: (step: number) => number;
}

/** All vectors after each step on the golden gradients: the loss parameters · targets has the targets as gradient. */
async function run(
  optimizer: Optimizer,
  { learningRate, clipNorm, secondDecays = true, averageDecay }: RunOptions,
): Promise<Record<string, Float32Array>[]> {
  const { initial, gradients } = golden;
  const half = initial.length / 2;
  const network: Network = (_images, scope) => {
    const zero = { kind: 'constant', value: 0 } as const;
    const first = parameter(scope, 'first', [1, half], zero);
    const second = parameter(scope, 'second', [1, half], zero, { decays: secondDecays });
    return concat([first, second], 1);
  };
  const compiled = compileTrainStep({
    network,
    image: [1, 1, 1],
    batch: 1,
    classes: initial.length,
    loss: (parameters, targets) => sum(mul(parameters, targets), [0, 1]),
    optimizer,
    averaging: averageDecay !== undefined,
    ...(clipNorm !== undefined && { clipNorm }),
  });
  const session = await nodeRuntime.createSession(compiled.model, { threads: 1 });
  const row = (data: Float32Array): Tensor => ({ shape: [1, data.length], data });
  const vector = (data: Float32Array): Tensor => ({ shape: [data.length], data });
  let state: Record<string, Float32Array> = Object.fromEntries(
    Object.entries(compiled.vectors).map(([name, length]) => [
      name,
      /[pP]arameters$/.test(name) ? Float32Array.from(initial) : new Float32Array(length),
    ]),
  );
  const states: Record<string, Float32Array>[] = [];
  for (const [index, gradient] of gradients.entries()) {
    const numbers = {
      ...optimizer.scalars(index + 1, learningRate),
      ...(averageDecay && { averageDecay: averageDecay(index + 1) }),
    };
    const results = await session.run({
      images: { shape: [1, 1, 1, 1], data: new Float32Array(1) },
      targets: row(Float32Array.from(gradient)),
      ...Object.fromEntries(Object.entries(state).map(([name, data]) => [name, vector(data)])),
      ...Object.fromEntries(
        Object.entries(numbers).map(([name, value]) => [name, vector(Float32Array.of(value))]),
      ),
    });
    state = Object.fromEntries(Object.keys(state).map((name) => [name, results[`next.${name}`]!.data]));
    states.push({ ...state, gradientNorm: results.gradientNorm!.data });
  }
  await session.release();
  return states;
}

/** Largest difference, relative to a magnitude of at least 1. */
const largestError = (actual: Float32Array, expected: readonly number[]): number =>
  Math.max(
    ...expected.map((value, index) => Math.abs(actual[index]! - value) / Math.max(1, Math.abs(value))),
  );

describe('optimizers', () => {
  it.each(Object.entries(golden.cases))(
    '%s: 20 steps as in PyTorch',
    async (_name, { settings, ...expected }) => {
      const states = await run(optimizerOf(settings), settings);
      expect(states).toHaveLength(20);
      expect(largestError(states[0]!.parameters!, expected.afterFirst)).toBeLessThan(1e-6);
      expect(largestError(states.at(-1)!.parameters!, expected.afterLast)).toBeLessThan(1e-6);
    },
  );

  it.each([
    ['sgd', 'sgd', 'sgd with weight decay'],
    ['adam', 'adam', 'adam with L2 decay'],
  ])('%s: decay leaves out what does not decay', async (_name, without, decayed) => {
    const { settings } = golden.cases[decayed]!;
    const optimizer = optimizerOf(settings);
    const half = golden.initial.length / 2;
    const { parameters } = (await run(optimizer, { ...settings, secondDecays: false })).at(-1)!;
    expect(
      largestError(parameters!.subarray(0, half), golden.cases[decayed]!.afterLast.slice(0, half)),
    ).toBeLessThan(1e-6);
    expect(
      largestError(parameters!.subarray(half), golden.cases[without]!.afterLast.slice(half)),
    ).toBeLessThan(1e-6);
  });

  it('adamw: decay leaves out what does not decay', async () => {
    const { settings, afterLast } = golden.cases['adamw with a large rate and decay']!;
    const half = golden.initial.length / 2;
    const { parameters } = (await run(optimizerOf(settings), { ...settings, secondDecays: false })).at(-1)!;
    // AdamW without decay is Adam.
    const { parameters: plain } = (await run(adam(), settings)).at(-1)!;
    expect(largestError(parameters!.subarray(0, half), afterLast.slice(0, half))).toBeLessThan(1e-6);
    expect(parameters!.subarray(half)).toEqual(plain!.subarray(half));
    expect(plain!.subarray(half)).not.toEqual(Float32Array.from(afterLast.slice(half)));
  });

  it('report the global norm of the gradient before clipping', async () => {
    const norms = golden.gradients.map((gradient) => Math.hypot(...gradient));
    // Steps on both sides of the limit.
    expect(Math.min(...norms)).toBeLessThan(1);
    expect(Math.max(...norms)).toBeGreaterThan(1);
    const states = await run(sgd(), { learningRate: 0.1, clipNorm: 1 });
    for (const [index, { gradientNorm }] of states.entries())
      expect(gradientNorm![0]).toBeCloseTo(norms[index]!, 5);
  });

  it.each<[string, () => unknown, string]>([
    ['NaN as momentum', () => sgd({ momentum: NaN }), 'sgd: momentum is NaN; a number from 0 and below 1'],
    ['a momentum of 1', () => sgd({ momentum: 1 }), 'sgd: momentum is 1; a number from 0 and below 1'],
    ['negative decay', () => sgd({ weightDecay: -1 }), 'sgd: weightDecay is -1; a number from 0 is expected'],
    ['NaN as decay', () => adamw({ weightDecay: NaN }), 'adamw: weightDecay is NaN; a number from 0'],
    ['an average of nothing new', () => adam({ beta1: 1 }), 'adam: beta1 is 1; a number from 0 and below 1'],
    ['NaN as ε', () => adam({ epsilon: NaN }), 'adam: epsilon is NaN; a number above 0 is expected'],
  ])('refuse %s', (_, make, message) => {
    expect(make).toThrow(message);
  });

  it('Nesterov needs momentum', () => {
    expect(() => sgd({ nesterov: true })).toThrow('Nesterov needs a momentum');
  });
});

describe('moving average', () => {
  it('is a ← d · a + (1 − d) · θ, the decay chosen at each step', async () => {
    const averageDecay = (step: number) => Math.min(0.9, step / (step + 4));
    const states = await run(sgd({ momentum: 0.9 }), { learningRate: 0.1, averageDecay });
    let average = golden.initial;
    for (const [index, { parameters, averageParameters }] of states.entries()) {
      const decay = averageDecay(index + 1);
      average = average.map((value, element) => decay * value + (1 - decay) * parameters![element]!);
      expect(largestError(averageParameters!, average)).toBeLessThan(1e-6);
    }
  });
});

it.each([adam, adamw])('an ε of 0 is refused: it would make gradients of 0 into no numbers', (rule) => {
  expect(() => rule({ epsilon: 0 })).toThrow('epsilon is 0; a number above 0 is expected');
});
