import {
  add,
  channelMax,
  channelMean,
  concat,
  type Graph,
  globalAveragePool,
  globalMaxPool,
  known,
  mul,
  observe,
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
  const logits = convolution(summary, within(scope, 'conv'), {
    channels: 1,
    kernel,
    padding: (kernel - 1) / 2,
  });
  return observe(scope, 'attention', sigmoid(logits));
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

/** The spatial attention [N, 1, H, W] of a graph's last CBAM; undefined where there is none. */
export const spatialAttentionOf = ({ observed }: Graph): Value | undefined =>
  [...observed].filter(([name]) => name.endsWith('.spatial.attention')).at(-1)?.[1];
