import { add, type Scope, type Value, within } from '@sdnet/autograd';
import { convNorm } from './conv-norm.js';
import { depthwiseNorm } from './depthwise-norm.js';
import { makeDivisible } from './make-divisible.js';
import { squeezeExcite } from './squeeze-excite.js';

export interface InvertedResidualOptions {
  /** Side of the depthwise kernel. */
  readonly kernel: number;
  /** Channels in the middle. */
  readonly expanded: number;
  /** Channels of the output. */
  readonly channels: number;
  /** Whether a squeeze-and-excite follows the depthwise convolution. */
  readonly squeeze: boolean;
  readonly activation: (x: Value) => Value;
  readonly stride: 1 | 2;
}

/**
 * Inverted residual (MobileNetV3, figure 4): 1×1 expansion (left out where it changes nothing), depthwise
 * convolution, squeeze-and-excite to a quarter, linear 1×1 projection; plus the input where the shapes allow it.
 */
export function invertedResidual(
  x: Value,
  scope: Scope,
  { kernel, expanded, channels, squeeze, activation, stride }: InvertedResidualOptions,
): Value {
  let y = x;
  if (x.shape[1] !== expanded)
    y = activation(convNorm(y, within(scope, 'expand'), { channels: expanded, kernel: 1 }));
  y = activation(depthwiseNorm(y, within(scope, 'depthwise'), { kernel, stride }));
  if (squeeze) y = squeezeExcite(y, within(scope, 'squeeze'), { channels: makeDivisible(expanded / 4, 8) });
  y = convNorm(y, within(scope, 'project'), { channels, kernel: 1 });
  return stride === 1 && x.shape[1] === channels ? add(y, x) : y;
}
