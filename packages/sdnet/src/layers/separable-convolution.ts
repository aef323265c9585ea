import { known, type Scope, type Value, within } from '@sdnet/autograd';
import { convolution } from './convolution.js';

/**
 * Depthwise-separable convolution (paper, section 2.1; Chollet, 2017): a 3×3 kernel for each channel, then a 1×1
 * convolution to `channels`, nothing in between.
 */
export function separableConvolution(x: Value, scope: Scope, { channels }: { channels: number }): Value {
  const inputs = known(x.shape[1], 'separableConvolution: the number of channels');
  const depthwise = convolution(x, within(scope, 'depthwise'), {
    channels: inputs,
    kernel: 3,
    padding: 1,
    groups: inputs,
  });
  return convolution(depthwise, within(scope, 'pointwise'), { channels, kernel: 1 });
}
