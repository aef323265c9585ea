import { addBias, conv2d, parameter, reshape, type Scope, type Value } from '@sdnet/autograd';

/**
 * Fully connected layer with bias over the channels of a feature map [N, C, 1, 1], as a 1×1 convolution; weight
 * and bias start uniform within ±1/√C. What it returns may be applied several times: the weights are shared.
 */
export function channelLinear(scope: Scope, inputs: number, outputs: number): (x: Value) => Value {
  const initializer = { kind: 'uniform', bound: 1 / Math.sqrt(inputs) } as const;
  const weight = parameter(scope, 'weight', [outputs, inputs], initializer);
  const bias = parameter(scope, 'bias', [outputs], initializer, { decays: false });
  return (x) => addBias(conv2d(x, reshape(weight, [outputs, inputs, 1, 1])), bias);
}
