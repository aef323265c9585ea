import { channelShuffle, concat, relu, type Scope, split, type Value, within } from '@sdnet/autograd';
import { convNorm } from './conv-norm.js';
import { depthwiseNorm } from './depthwise-norm.js';

/**
 * ShuffleNetV2's unit (figure 3c and d). With stride 1, half of the channels pass as they are and half through 1×1,
 * depthwise 3×3 and 1×1 convolutions; with stride 2, all channels pass through both of two branches. The halves are
 * joined and shuffled.
 *
 * @param x feature map; with stride 1 it must have `channels` channels
 * @param options.channels an even number
 */
export function shuffleUnit(
  x: Value,
  scope: Scope,
  { channels, stride }: { channels: number; stride: 1 | 2 },
): Value {
  const half = channels / 2;
  const [left, right] =
    stride === 1 ? split(x, [half, half], 1) : [shortcut(x, within(scope, 'shortcut'), half), x];

  const branch = within(scope, 'branch');
  let y = relu(convNorm(right!, within(branch, 'pointwise1'), { channels: half, kernel: 1 }));
  y = depthwiseNorm(y, within(branch, 'depthwise'), { kernel: 3, stride });
  y = relu(convNorm(y, within(branch, 'pointwise2'), { channels: half, kernel: 1 }));
  return channelShuffle(concat([left!, y], 1), 2);
}

function shortcut(x: Value, scope: Scope, channels: number): Value {
  const y = depthwiseNorm(x, within(scope, 'depthwise'), { kernel: 3, stride: 2 });
  return relu(convNorm(y, within(scope, 'pointwise'), { channels, kernel: 1 }));
}
