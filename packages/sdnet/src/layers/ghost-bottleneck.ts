import { add, type Scope, type Value, within } from '@sdnet/autograd';
import { convNorm } from './conv-norm.js';
import { depthwiseNorm } from './depthwise-norm.js';
import { ghostModule } from './ghost-module.js';
import { makeDivisible } from './make-divisible.js';
import { squeezeExcite } from './squeeze-excite.js';

export interface GhostBottleneckOptions {
  /** Side of the depthwise kernels, in the middle and in the shortcut. */
  readonly kernel: number;
  /** Channels in the middle. */
  readonly expanded: number;
  /** Channels of the output. */
  readonly channels: number;
  /** Whether there is a squeeze-and-excite in the middle. */
  readonly squeeze: boolean;
  readonly stride: 1 | 2;
}

/**
 * Ghost bottleneck (GhostNet, figure 3): a ghost module that expands, with stride 2 a depthwise convolution,
 * squeeze-and-excite to a quarter, a linear ghost module that projects; plus the input, through a depthwise and a
 * 1×1 convolution where the shape changes.
 */
export function ghostBottleneck(
  x: Value,
  scope: Scope,
  { kernel, expanded, channels, squeeze, stride }: GhostBottleneckOptions,
): Value {
  let y = ghostModule(x, within(scope, 'ghost1'), { channels: expanded, rectified: true });
  if (stride > 1) y = depthwiseNorm(y, within(scope, 'depthwise'), { kernel, stride });
  if (squeeze) y = squeezeExcite(y, within(scope, 'squeeze'), { channels: makeDivisible(expanded / 4, 4) });
  y = ghostModule(y, within(scope, 'ghost2'), { channels, rectified: false });
  if (stride === 1 && x.shape[1] === channels) return add(y, x);

  const shortcut = within(scope, 'shortcut');
  const projected = depthwiseNorm(x, within(shortcut, 'depthwise'), { kernel, stride });
  return add(y, convNorm(projected, within(shortcut, 'pointwise'), { channels, kernel: 1 }));
}
