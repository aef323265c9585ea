import { type ConvolutionOptions, conv2d, known, parameter, type Scope, type Value } from '@sdnet/autograd';

export interface ConvolutionLayerOptions extends ConvolutionOptions {
  /** Number of output channels. */
  readonly channels: number;
  /** Side of the kernel. */
  readonly kernel: number;
}

/**
 * Convolution without bias: every one here is followed by batch norm, or by an addition that is.
 *
 * Weights start uniform within ±1/√fan-in, fan-in counted within a group. Under batch norm only their direction
 * matters, and their small size makes the first steps large: from weights as large as He et al. (2015) have them,
 * SDNet needs several times as long to leave the plateau it starts on.
 */
export function convolution(
  x: Value,
  scope: Scope,
  { channels, kernel, ...options }: ConvolutionLayerOptions,
): Value {
  const groups = options.groups ?? 1;
  const inputs = known(x.shape[1], 'convolution: the number of channels') / groups;
  const weight = parameter(scope, 'weight', [channels, inputs, kernel, kernel], {
    kind: 'uniform',
    bound: 1 / Math.sqrt(inputs * kernel * kernel),
  });
  return conv2d(x, weight, options);
}
