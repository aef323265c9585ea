import {
  globalAveragePool,
  hardSigmoid,
  known,
  mul,
  relu,
  type Scope,
  type Value,
  within,
} from '@sdnet/autograd';
import { channelLinear } from './channel-linear.js';

/**
 * Squeeze-and-excite (Hu et al., 2018; with a hard sigmoid as in MobileNetV3, section 5.3): each channel times a
 * weight that a layer of `channels` hidden units finds from the global averages.
 */
export function squeezeExcite(x: Value, scope: Scope, { channels }: { channels: number }): Value {
  const inputs = known(x.shape[1], 'squeezeExcite: the number of channels');
  const reduce = channelLinear(within(scope, 'reduce'), inputs, channels);
  const expand = channelLinear(within(scope, 'expand'), channels, inputs);
  return mul(x, hardSigmoid(expand(relu(reduce(globalAveragePool(x))))));
}
