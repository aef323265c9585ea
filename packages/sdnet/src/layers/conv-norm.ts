import { type Scope, type Value, within } from '@sdnet/autograd';
import { batchNorm } from './batch-norm.js';
import { type ConvolutionLayerOptions, convolution } from './convolution.js';

/** Convolution, then batch norm: `conv` and `norm` of the scope. */
export const convNorm = (x: Value, scope: Scope, options: ConvolutionLayerOptions): Value =>
  batchNorm(convolution(x, within(scope, 'conv'), options), within(scope, 'norm'));
