import { concat, relu, type Scope, type Value, within } from '@sdnet/autograd';
import { convNorm } from './conv-norm.js';
import { depthwiseNorm } from './depthwise-norm.js';

/**
 * Ghost module (GhostNet, section 3.1): a 1×1 convolution makes half of the channels, a cheap depthwise 3×3
 * convolution of them the other half (ratio 2, d = 3).
 *
 * @param options.channels an even number
 * @param options.rectified whether a ReLU follows each batch norm
 */
export function ghostModule(
  x: Value,
  scope: Scope,
  { channels, rectified }: { channels: number; rectified: boolean },
): Value {
  const activation = rectified ? relu : (y: Value) => y;
  const primary = activation(convNorm(x, within(scope, 'primary'), { channels: channels / 2, kernel: 1 }));
  const cheap = activation(depthwiseNorm(primary, within(scope, 'cheap'), { kernel: 3 }));
  return concat([primary, cheap], 1);
}
