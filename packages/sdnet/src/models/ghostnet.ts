import { flatten, globalAveragePool, relu, type Scope, type Value, within } from '@sdnet/autograd';
import { convNorm } from '../layers/conv-norm.js';
import { dropout } from '../layers/dropout.js';
import { type GhostBottleneckOptions, ghostBottleneck } from '../layers/ghost-bottleneck.js';
import { linear } from '../layers/linear.js';
import type { ModelOptions } from './model.js';

/** Table 1 of the paper: #exp, #out, SE, stride; the kernels as in the authors' code. */
const bottlenecks: readonly GhostBottleneckOptions[] = [
  { kernel: 3, expanded: 16, channels: 16, squeeze: false, stride: 1 },
  { kernel: 3, expanded: 48, channels: 24, squeeze: false, stride: 2 },
  { kernel: 3, expanded: 72, channels: 24, squeeze: false, stride: 1 },
  { kernel: 5, expanded: 72, channels: 40, squeeze: true, stride: 2 },
  { kernel: 5, expanded: 120, channels: 40, squeeze: true, stride: 1 },
  { kernel: 3, expanded: 240, channels: 80, squeeze: false, stride: 2 },
  { kernel: 3, expanded: 200, channels: 80, squeeze: false, stride: 1 },
  { kernel: 3, expanded: 184, channels: 80, squeeze: false, stride: 1 },
  { kernel: 3, expanded: 184, channels: 80, squeeze: false, stride: 1 },
  { kernel: 3, expanded: 480, channels: 112, squeeze: true, stride: 1 },
  { kernel: 3, expanded: 672, channels: 112, squeeze: true, stride: 1 },
  { kernel: 5, expanded: 672, channels: 160, squeeze: true, stride: 2 },
  { kernel: 5, expanded: 960, channels: 160, squeeze: false, stride: 1 },
  { kernel: 5, expanded: 960, channels: 160, squeeze: true, stride: 1 },
  { kernel: 5, expanded: 960, channels: 160, squeeze: false, stride: 1 },
  { kernel: 5, expanded: 960, channels: 160, squeeze: true, stride: 1 },
];

/**
 * GhostNet 1.0× (Han et al., "GhostNet: More features from cheap operations", 2020), layer for layer as the authors'
 * PyTorch network. With the official strides an image of 68×68 shrinks to 34, 17, 9, 5 and 3. 5.18 M parameters with
 * 1,000 classes.
 *
 * @param images feature map [N, 1 or 3, H, W]
 * @returns logits [N, classes]
 */
export function ghostnet(
  images: Value,
  scope: Scope,
  { classes, dropoutRate = 0.2, stemStride = 2 }: ModelOptions,
): Value {
  const stem = { channels: 16, kernel: 3, stride: stemStride, padding: 1 };
  let x = relu(convNorm(images, within(scope, 'stem'), stem));
  for (const [index, bottleneck] of bottlenecks.entries())
    x = ghostBottleneck(x, within(scope, `block${index + 1}`), bottleneck);
  x = relu(convNorm(x, within(scope, 'last'), { channels: 960, kernel: 1 }));

  const head = within(scope, 'head');
  const features = relu(linear(flatten(globalAveragePool(x)), within(head, 'hidden'), { outputs: 1280 }));
  return linear(dropout(features, head, { rate: dropoutRate }), within(head, 'classifier'), {
    outputs: classes,
  });
}
