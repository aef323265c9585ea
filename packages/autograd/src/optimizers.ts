import type { Emitter } from './graph.js';

/** ONNX names of what an optimizer works on: vectors of all parameters, and single numbers. */
export interface OptimizerOperands {
  readonly parameters: string;
  readonly gradient: string;
  /** 1 where weight decay applies, else 0. */
  readonly decays: string;
  readonly state: Readonly<Record<string, string>>;
  readonly scalars: Readonly<Record<string, string>>;
}

/** An update rule over the flat parameter vector. */
export interface Optimizer {
  readonly name: string;
  /** Names of its state vectors, each as long as the parameters and zero at first. */
  readonly state: readonly string[];
  /** The numbers that step `step` (from 1) needs; computed in float64. */
  scalars(step: number, learningRate: number): Record<string, number>;
  update(
    emitter: Emitter,
    operands: OptimizerOperands,
  ): { parameters: string; state: Record<string, string> };
}

const times = (emitter: Emitter, vector: string, factor: number) =>
  emitter.node('Mul', [vector, emitter.floats([factor], [])]);

/** gradient + weightDecay · parameters, where it applies: L2 regularisation. */
function withWeightDecay(emitter: Emitter, weightDecay: number, operands: OptimizerOperands): string {
  if (weightDecay === 0) return operands.gradient;
  const decayed = emitter.node('Mul', [operands.parameters, times(emitter, operands.decays, weightDecay)]);
  return emitter.node('Add', [operands.gradient, decayed]);
}

/** Throws where one of an optimizer's numbers is outside [least, below). */
function requireRange(
  optimizer: string,
  options: Readonly<Record<string, number>>,
  least: number,
  below = Infinity,
): void {
  for (const [name, value] of Object.entries(options))
    if (!(value >= least && value < below))
      throw new Error(
        `${optimizer}: ${name} is ${value}; a number from ${least}${below < Infinity ? ` and below ${below}` : ''} is expected.`,
      );
}

export interface SgdOptions {
  readonly momentum?: number;
  readonly nesterov?: boolean;
  /** L2: added to the gradient. */
  readonly weightDecay?: number;
}

/** Stochastic gradient descent as in PyTorch: v ← μv + g; θ ← θ − η(g + μv) with Nesterov, else θ − ηv. */
export function sgd({ momentum = 0, nesterov = false, weightDecay = 0 }: SgdOptions = {}): Optimizer {
  requireRange('sgd', { momentum }, 0, 1);
  requireRange('sgd', { weightDecay }, 0);
  if (nesterov && momentum === 0) throw new Error('sgd: Nesterov needs a momentum above 0.');
  return {
    name: 'sgd',
    state: momentum > 0 ? ['velocity'] : [],
    scalars: (_step, learningRate) => ({ learningRate }),
    update(emitter, operands) {
      const gradient = withWeightDecay(emitter, weightDecay, operands);
      const move = (direction: string) =>
        emitter.node('Sub', [
          operands.parameters,
          emitter.node('Mul', [direction, operands.scalars.learningRate!]),
        ]);
      if (momentum === 0) return { parameters: move(gradient), state: {} };
      const velocity = emitter.node('Add', [times(emitter, operands.state.velocity!, momentum), gradient]);
      const direction = nesterov
        ? emitter.node('Add', [gradient, times(emitter, velocity, momentum)])
        : velocity;
      return { parameters: move(direction), state: { velocity } };
    },
  };
}

export interface AdamOptions {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  readonly weightDecay?: number;
}

function adamRule(name: 'adam' | 'adamw', options: AdamOptions): Optimizer {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 } = options;
  requireRange(name, { beta1, beta2 }, 0, 1);
  requireRange(name, { weightDecay }, 0);
  // A gradient that is always 0, as of frozen parameters, would be divided by 0.
  if (!(epsilon > 0)) throw new Error(`${name}: epsilon is ${epsilon}; a number above 0 is expected.`);
  return {
    name,
    state: ['firstMoment', 'secondMoment'],
    scalars: (step, learningRate) => ({
      stepSize: learningRate / (1 - beta1 ** step),
      secondCorrection: 1 / Math.sqrt(1 - beta2 ** step),
      ...(name === 'adamw' && { shrinkage: learningRate * weightDecay }),
    }),
    update(emitter, operands) {
      const gradient = name === 'adam' ? withWeightDecay(emitter, weightDecay, operands) : operands.gradient;
      const { stepSize, secondCorrection, shrinkage } = operands.scalars;
      const average = (vector: string, beta: number, sample: string) =>
        emitter.node('Add', [times(emitter, vector, beta), times(emitter, sample, 1 - beta)]);
      const firstMoment = average(operands.state.firstMoment!, beta1, gradient);
      const secondMoment = average(
        operands.state.secondMoment!,
        beta2,
        emitter.node('Mul', [gradient, gradient]),
      );
      const deviation = emitter.node('Add', [
        emitter.node('Mul', [emitter.node('Sqrt', [secondMoment]), secondCorrection!]),
        emitter.floats([epsilon], []),
      ]);
      const change = emitter.node('Mul', [emitter.node('Div', [firstMoment, deviation]), stepSize!]);
      const kept =
        name === 'adamw' && weightDecay > 0
          ? emitter.node('Sub', [
              operands.parameters,
              emitter.node('Mul', [operands.parameters, emitter.node('Mul', [operands.decays, shrinkage!])]),
            ])
          : operands.parameters;
      return { parameters: emitter.node('Sub', [kept, change]), state: { firstMoment, secondMoment } };
    },
  };
}

/** Adam (Kingma and Ba, 2015); weight decay is L2, added to the gradient. */
export const adam = (options: AdamOptions = {}): Optimizer => adamRule('adam', options);
/** AdamW (Loshchilov and Hutter, 2019): Adam with decoupled weight decay. */
export const adamw = (options: AdamOptions = {}): Optimizer => adamRule('adamw', options);
