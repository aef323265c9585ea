import { known, type Scope, type Value } from '@sdnet/autograd';
import { convNorm } from './conv-norm.js';

/** Depthwise convolution, then batch norm. Padded so that stride 1 keeps height and width; `kernel` is odd. */
export function depthwiseNorm(
  x: Value,
  scope: Scope,
  { kernel, stride = 1 }: { kernel: number; stride?: number },
): Value {
  const channels = known(x.shape[1], 'depthwiseNorm: the number of channels');
  return convNorm(x, scope, { channels, kernel, stride, padding: (kernel - 1) / 2, groups: channels });
}
