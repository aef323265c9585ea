import { add, maxPool, relu, type Scope, type Value, within } from '@sdnet/autograd';
import { batchNorm } from './batch-norm.js';
import { convNorm } from './conv-norm.js';
import { separableConvolution } from './separable-convolution.js';

/**
 * Residual module of separable convolutions (paper, section 2.1; Xception's entry and exit flow): ReLU, separable
 * convolution to `innerChannels` (default: `channels`), ReLU, separable convolution to `channels`, 3×3/2
 * max-pooling, plus a 1×1/2 projection of the input. Halves height and width.
 *
 * @param options shortcut: false leaves the projection out, for an ablation
 */
export function residualModule(
  x: Value,
  scope: Scope,
  {
    channels,
    innerChannels = channels,
    shortcut = true,
  }: { channels: number; innerChannels?: number; shortcut?: boolean },
): Value {
  let main = separableConvolution(relu(x), within(scope, 'separable1'), { channels: innerChannels });
  main = relu(batchNorm(main, within(scope, 'norm1')));
  main = separableConvolution(main, within(scope, 'separable2'), { channels });
  main = batchNorm(main, within(scope, 'norm2'));
  main = maxPool(main, { kernel: 3, stride: 2, padding: 1 });

  if (!shortcut) return main;
  return add(main, convNorm(x, within(scope, 'shortcut'), { channels, kernel: 1, stride: 2 }));
}
