import {
  add,
  channelMax,
  channelMean,
  concat,
  globalAveragePool,
  globalMaxPool,
  known,
  mul,
  relu,
  type Scope,
  sigmoid,
  type Value,
  within,
} from '@sdnet/autograd';
import { channelLinear } from './channel-linear.js';
import { convolution } from './convolution.js';

/** One weight a channel: an MLP shared by the global average and the global maximum. */
function channelAttention(x: Value, scope: Scope, reduction: number): Value {
  const channels = known(x.shape[1], 'cbam: the number of channels');
  const hidden = Math.floor(channels / reduction);
  const reduce = channelLinear(within(scope, 'reduce'), channels, hidden);
  const expand = channelLinear(within(scope, 'expand'), hidden, channels);
  const mlp = (pooled: Value) => expand(relu(reduce(pooled)));
  return sigmoid(add(mlp(globalAveragePool(x)), mlp(globalMaxPool(x))));
}

/** One weight a position: a convolution over the channels' mean and maximum. */
function spatialAttention(x: Value, scope: Scope, kernel: number): Value {
  const summary = concat([channelMean(x), channelMax(x)], 1);
  return sigmoid(
    convolution(summary, within(scope, 'conv'), { channels: 1, kernel, padding: (kernel - 1) / 2 }),
  );
}

/**
 * Convolutional block attention module (paper, section 2; Woo et al., 2018): the feature map times its channel
 * attention, then times its spatial attention.
 */
export function cbam(
  x: Value,
  scope: Scope,
  { reduction, kernel }: { reduction: number; kernel: number },
): Value {
  const refined = mul(x, channelAttention(x, within(scope, 'channel'), reduction));
  return mul(refined, spatialAttention(refined, within(scope, 'spatial'), kernel));
}
