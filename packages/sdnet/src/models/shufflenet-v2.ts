import { flatten, globalAveragePool, maxPool, relu, type Scope, type Value, within } from '@sdnet/autograd';
import { convNorm } from '../layers/conv-norm.js';
import { dropout } from '../layers/dropout.js';
import { linear } from '../layers/linear.js';
import { shuffleUnit } from '../layers/shuffle-unit.js';
import type { ModelOptions } from './model.js';

/** Table 5 of the paper, 1×: output channels and units of each stage, the first of them with stride 2. */
const stages = [
  { name: 'stage2', channels: 116, units: 4 },
  { name: 'stage3', channels: 232, units: 8 },
  { name: 'stage4', channels: 464, units: 4 },
] as const;

/**
 * ShuffleNetV2 1.0× (Ma et al., "ShuffleNet V2: Practical guidelines for efficient CNN architecture design", 2018),
 * layer for layer as in torchvision. With the official strides an image of 68×68 shrinks to 34, 17 (max-pooling), 9,
 * 5 and 3. 2.28 M parameters with 1,000 classes.
 *
 * @param images feature map [N, 1 or 3, H, W]
 * @returns logits [N, classes]
 */
export function shufflenetV2(
  images: Value,
  scope: Scope,
  { classes, dropoutRate = 0, stemStride = 2 }: ModelOptions,
): Value {
  const stem = { channels: 24, kernel: 3, stride: stemStride, padding: 1 };
  let x = relu(convNorm(images, within(scope, 'conv1'), stem));
  x = maxPool(x, { kernel: 3, stride: 2, padding: 1 });
  for (const { name, channels, units } of stages)
    for (let unit = 1; unit <= units; unit++) {
      const place = within(within(scope, name), `unit${unit}`);
      x = shuffleUnit(x, place, { channels, stride: unit === 1 ? 2 : 1 });
    }
  x = relu(convNorm(x, within(scope, 'conv5'), { channels: 1024, kernel: 1 }));

  const head = within(scope, 'head');
  const features = dropout(flatten(globalAveragePool(x)), head, { rate: dropoutRate });
  return linear(features, within(head, 'classifier'), { outputs: classes });
}
