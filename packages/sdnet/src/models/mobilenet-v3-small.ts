import {
  flatten,
  globalAveragePool,
  hardSwish,
  initializedBy,
  type InitializerOf,
  relu,
  type Scope,
  type Value,
  within,
} from '@sdnet/autograd';
import { convNorm } from '../layers/conv-norm.js';
import { dropout } from '../layers/dropout.js';
import { type InvertedResidualOptions, invertedResidual } from '../layers/inverted-residual.js';
import { linear } from '../layers/linear.js';
import type { ModelOptions } from './model.js';

/** Table 2 of the paper, from its second row: exp size, #out, SE, NL, s. */
const bottlenecks: readonly InvertedResidualOptions[] = [
  { kernel: 3, expanded: 16, channels: 16, squeeze: true, activation: relu, stride: 2 },
  { kernel: 3, expanded: 72, channels: 24, squeeze: false, activation: relu, stride: 2 },
  { kernel: 3, expanded: 88, channels: 24, squeeze: false, activation: relu, stride: 1 },
  { kernel: 5, expanded: 96, channels: 40, squeeze: true, activation: hardSwish, stride: 2 },
  { kernel: 5, expanded: 240, channels: 40, squeeze: true, activation: hardSwish, stride: 1 },
  { kernel: 5, expanded: 240, channels: 40, squeeze: true, activation: hardSwish, stride: 1 },
  { kernel: 5, expanded: 120, channels: 48, squeeze: true, activation: hardSwish, stride: 1 },
  { kernel: 5, expanded: 144, channels: 48, squeeze: true, activation: hardSwish, stride: 1 },
  { kernel: 5, expanded: 288, channels: 96, squeeze: true, activation: hardSwish, stride: 2 },
  { kernel: 5, expanded: 576, channels: 96, squeeze: true, activation: hardSwish, stride: 1 },
  { kernel: 5, expanded: 576, channels: 96, squeeze: true, activation: hardSwish, stride: 1 },
];

/** Weights are normal with the deviation of their shape, biases 0; batch norm is as ever. */
const normal =
  (deviationOf: (shape: readonly number[]) => number): InitializerOf =>
  (shape, own) => {
    if (shape.length > 1) return { kind: 'normal', deviation: deviationOf(shape) };
    return own.kind === 'constant' ? own : { kind: 'constant', value: 0 };
  };

/** √(2/fan-out) as by He et al. (2015); fan-out is counted over all groups, of squeeze-and-excite's layers too. */
const convolutions = normal(([outputs, , height = 1, width = 1]) =>
  Math.sqrt(2 / (outputs! * height * width)),
);
const linearLayers = normal(() => 0.01);

/**
 * MobileNetV3-Small (Howard et al., "Searching for MobileNetV3", 2019), layer for layer as in torchvision. With the
 * official strides an image of 68×68 shrinks to 34, 17, 9, 5 and 3. 2.54 M parameters with 1,000 classes.
 *
 * Filled before training as there, too: with the initializers of the other networks here it stays at the classes'
 * frequencies under the learning rate of recipe `strong`. Differs from torchvision in batch norm's ε = 1e-5 and momentum
 * 0.1 (there 1e-3 and 0.01).
 *
 * @param images feature map [N, 1 or 3, H, W]
 * @returns logits [N, classes]
 */
export function mobilenetV3Small(
  images: Value,
  scope: Scope,
  { classes, dropoutRate = 0.2, stemStride = 2 }: ModelOptions,
): Value {
  const body = initializedBy(scope, convolutions);
  const stem = { channels: 16, kernel: 3, stride: stemStride, padding: 1 };
  let x = hardSwish(convNorm(images, within(body, 'stem'), stem));
  for (const [index, bottleneck] of bottlenecks.entries())
    x = invertedResidual(x, within(body, `block${index + 1}`), bottleneck);
  x = hardSwish(convNorm(x, within(body, 'last'), { channels: 576, kernel: 1 }));

  const head = initializedBy(within(scope, 'head'), linearLayers);
  const features = hardSwish(
    linear(flatten(globalAveragePool(x)), within(head, 'hidden'), { outputs: 1024 }),
  );
  return linear(dropout(features, head, { rate: dropoutRate }), within(head, 'classifier'), {
    outputs: classes,
  });
}
