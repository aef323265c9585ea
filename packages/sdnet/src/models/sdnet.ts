import { flatten, globalAveragePool, relu, type Scope, type Value, within } from '@sdnet/autograd';
import { batchNorm } from '../layers/batch-norm.js';
import { cbam } from '../layers/cbam.js';
import { convolution } from '../layers/convolution.js';
import { denseBlock } from '../layers/dense-block.js';
import { dropout } from '../layers/dropout.js';
import { linear } from '../layers/linear.js';
import { residualModule } from '../layers/residual-module.js';
import { separableConvolution } from '../layers/separable-convolution.js';
import type { ModelOptions } from './model.js';

/** The three stages: channels of the residual module, then growth rate and layers of the dense block. */
const stages = [
  { channels: 64, growthRate: 24, layers: 2 },
  { channels: 192, growthRate: 32, layers: 6 },
  { channels: 480, growthRate: 48, layers: 8 },
] as const;

/**
 * SDNet (paper, section 2.1): separable convolutions, residual modules, dense blocks and CBAM. 2.17 M parameters,
 * 123 M multiply-adds for a grey 68×68 image. What the paper leaves open is decided in `docs/decisions/0001`.
 *
 * @param images feature map [N, 1 or 3, H, W]
 * @returns logits [N, classes]
 * @param options variant: without one of its parts, for an ablation
 * @throws where a stem stride is given
 */
export function sdnet(
  images: Value,
  scope: Scope,
  { classes, dropoutRate = 0.2, stemStride, variant }: ModelOptions,
): Value {
  if (stemStride !== undefined)
    throw new Error("sdnet offers no stem stride: its first convolution's stride is always 2. Leave it out.");
  const stem = within(scope, 'stem');
  let x = convolution(images, within(stem, 'conv'), { channels: 24, kernel: 3, stride: 2, padding: 1 });
  x = relu(batchNorm(x, within(stem, 'norm')));
  x = separableConvolution(x, within(stem, 'separable'), { channels: 48 });
  x = batchNorm(x, within(stem, 'separable_norm'));

  for (const [index, { channels, growthRate, layers }] of stages.entries()) {
    const stage = within(scope, `stage${index + 1}`);
    x = residualModule(x, within(stage, 'residual'), { channels, shortcut: variant !== 'without-residuals' });
    x =
      variant === 'without-dense-blocks'
        ? plainBlock(x, within(stage, 'plain'), { channels: channels + layers * growthRate })
        : denseBlock(x, within(stage, 'dense'), { layers, growthRate });
  }

  const head = within(scope, 'head');
  x = relu(batchNorm(x, within(head, 'norm')));
  if (variant !== 'without-cbam') x = cbam(x, within(head, 'cbam'), { reduction: 16, kernel: 7 });
  const features = dropout(flatten(globalAveragePool(x)), head, { rate: dropoutRate });
  return linear(features, within(head, 'classifier'), { outputs: classes });
}

/** What stands for a dense block where there is none. */
const plainBlock = (x: Value, scope: Scope, { channels }: { channels: number }): Value =>
  separableConvolution(relu(batchNorm(x, within(scope, 'norm'))), within(scope, 'separable'), { channels });
