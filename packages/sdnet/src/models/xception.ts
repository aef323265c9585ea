import { add, flatten, globalAveragePool, relu, type Scope, type Value, within } from '@sdnet/autograd';
import { batchNorm } from '../layers/batch-norm.js';
import { convNorm } from '../layers/conv-norm.js';
import { dropout } from '../layers/dropout.js';
import { linear } from '../layers/linear.js';
import { residualModule } from '../layers/residual-module.js';
import { separableConvolution } from '../layers/separable-convolution.js';
import type { ModelOptions } from './model.js';

/** Figure 5 of the paper. The channels of its separable convolutions. */
const entryFlow = [128, 256, 728];
const middleFlow = { modules: 8, convolutions: 3, channels: 728 };
const exitFlow = { residual: { innerChannels: 728, channels: 1024 }, separable: [1536, 2048] };

/**
 * Xception (Chollet, "Xception: Deep learning with depthwise separable convolutions", 2017), as in Keras Applications.
 * Its stem is not padded: an image of 68×68 shrinks to 33 and 31, then to 16, 8, 4 and 2. 22.86 M parameters with
 * 1,000 classes.
 *
 * Differs from Keras in batch norm's ε = 1e-5 and momentum 0.1 (there 1e-3 and 0.01), and in that max-pooling is padded
 * on all sides, as in the PyTorch ports: Keras pads a map of even size at its far side alone.
 *
 * @param images feature map [N, 1 or 3, H, W] of at least 7×7
 * @returns logits [N, classes]
 */
export function xception(
  images: Value,
  scope: Scope,
  { classes, dropoutRate = 0, stemStride = 2 }: ModelOptions,
): Value {
  const stem = within(scope, 'stem');
  let x = relu(convNorm(images, within(stem, 'conv1'), { channels: 32, kernel: 3, stride: stemStride }));
  x = relu(convNorm(x, within(stem, 'conv2'), { channels: 64, kernel: 3 }));

  // The first module's ReLU, which the paper leaves out, finds nothing negative.
  for (const [index, channels] of entryFlow.entries())
    x = residualModule(x, within(scope, `entry${index + 1}`), { channels });

  const { modules, convolutions, channels } = middleFlow;
  for (let index = 1; index <= modules; index++) {
    const module = within(scope, `middle${index}`);
    let y = x;
    for (let layer = 1; layer <= convolutions; layer++) {
      y = separableConvolution(relu(y), within(module, `separable${layer}`), { channels });
      y = batchNorm(y, within(module, `norm${layer}`));
    }
    x = add(y, x);
  }

  const exit = within(scope, 'exit');
  x = residualModule(x, within(exit, 'residual'), exitFlow.residual);
  for (const [index, channels] of exitFlow.separable.entries()) {
    x = separableConvolution(x, within(exit, `separable${index + 1}`), { channels });
    x = relu(batchNorm(x, within(exit, `norm${index + 1}`)));
  }

  const head = within(scope, 'head');
  const features = dropout(flatten(globalAveragePool(x)), head, { rate: dropoutRate });
  return linear(features, within(head, 'classifier'), { outputs: classes });
}
