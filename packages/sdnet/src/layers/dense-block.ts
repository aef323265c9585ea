import { concat, relu, type Scope, type Value, within } from '@sdnet/autograd';
import { batchNorm } from './batch-norm.js';
import { convolution } from './convolution.js';
import { separableConvolution } from './separable-convolution.js';

/** Channels of the bottleneck, in units of the growth rate (DenseNet-B). */
const bottleneck = 4;

/**
 * Dense block (paper, section 2.1; Huang et al., 2017): each layer sees all earlier ones' outputs and adds
 * `growthRate` channels. Layer: BN, ReLU, 1×1 convolution to 4 × growth rate, BN, ReLU, separable convolution.
 */
export function denseBlock(
  x: Value,
  scope: Scope,
  { layers, growthRate }: { layers: number; growthRate: number },
): Value {
  const features = [x];
  for (let index = 1; index <= layers; index++) {
    const layer = within(scope, `layer${index}`);
    let y = relu(batchNorm(concat(features, 1), within(layer, 'norm1')));
    y = convolution(y, within(layer, 'conv'), { channels: bottleneck * growthRate, kernel: 1 });
    y = relu(batchNorm(y, within(layer, 'norm2')));
    features.push(separableConvolution(y, within(layer, 'separable'), { channels: growthRate }));
  }
  return concat(features, 1);
}
