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
 * Weights start normal with variance 2 / fan-out (He et al., 2015), fan-out counted within a group.
 */
export function convolution(x: Value, scope: Scope, { channels, kernel, ...options }: ConvolutionLayerOptions): Value {
  const groups = options.groups ?? 1;
  const inputs = known(x.shape[1], 'convolution: the number of channels') / groups;
  const fanOut = (channels / groups) * kernel * kernel;
  const weight = parameter(scope, 'weight', [channels, inputs, kernel, kernel], {
    kind: 'normal',
    deviation: Math.sqrt(2 / fanOut),
  });
  return conv2d(x, weight, options);
}
