import { compileGradient, initialize, random } from '@sdnet/autograd';
import { nodeRuntime } from '@sdnet/autograd/node';
import { type Batch, type Dataset, evaluationBatches, expressions } from '@sdnet/training';
import { imageShape, layoutsOf, type NetworkDescription, networkOf, roLoss, type Weights } from 'sdnet';

/**
 * Weights that nobody trained, but with every number that training would move away from where it began: batch
 * norm's factors, offsets and statistics, and a classifier whose scores differ from image to image.
 */
export function untrainedWeights(model: string, options: Partial<NetworkDescription> = {}): Weights {
  const description: NetworkDescription = {
    model,
    classNames: expressions,
    preprocessing: { size: 48, channels: 1, mean: 0.5, deviation: 0.25 },
    ...options,
  };
  const layouts = layoutsOf(description);
  const parameters = initialize(layouts.parameters, 1);
  const statistics = initialize(layouts.statistics, 1);
  const source = random(1, 0, 0, 1);
  const around = (mean: number, deviation: number) => () => mean + deviation * (2 * source.uniform() - 1);
  const fill = (vector: Float32Array, offset: number, size: number, value: () => number) => {
    for (let index = offset; index < offset + size; index++) vector[index] = value();
  };
  for (const { name, offset, size, shape, initializer } of layouts.parameters.entries) {
    if (initializer.kind === 'constant') fill(parameters, offset, size, around(initializer.value, 0.2));
    else if (/classifier\.weight$/.test(name))
      fill(parameters, offset, size, around(0, 4 / Math.sqrt(shape[1]!)));
    // Of MobileNetV3: as it begins, it passes hardly anything on.
    else if (/hidden\.weight$/.test(name))
      fill(parameters, offset, size, around(0, 1 / Math.sqrt(shape[1]!)));
  }
  for (const { name, offset, size } of layouts.statistics.entries)
    fill(statistics, offset, size, name.endsWith('running_var') ? around(1, 0.5) : around(0, 0.2));
  return { ...description, parameters, statistics };
}

/**
 * The weights with the running statistics of images: those a batch norm would have come to, had it seen them
 * again and again. Without them nothing of an image reaches the scores of a deep network.
 */
export async function withStatisticsOf(
  weights: Weights,
  dataset: Dataset,
  indices: readonly number[],
): Promise<Weights> {
  const { preprocessing, classNames, parameters, statistics } = weights;
  const image = imageShape(preprocessing);
  const batch = indices.length;
  const classes = classNames.length;
  const { model, dropoutMasks } = compileGradient({
    network: networkOf(weights),
    image,
    batch,
    classes,
    trainable: () => false,
    loss: (logits, targets) =>
      roLoss(logits, targets, { lambda1: 1, lambda2: 0, classWeights: classNames.map(() => 1) }),
  });
  const [{ images }] = [...evaluationBatches(dataset, indices, { batch, ...preprocessing })] as [Batch];
  const tensor = (shape: readonly number[], data: Float32Array) => ({ shape, data });
  const masks = dropoutMasks.map(({ name, shape }) => [
    name,
    tensor(shape, new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(1)),
  ]);
  const session = await nodeRuntime.createSession(model);
  const outputs = await session.run({
    images: tensor([batch, ...image], images),
    targets: tensor([batch, classes], new Float32Array(batch * classes)),
    parameters: tensor([parameters.length], parameters),
    // From nothing, so that the smallest variance keeps its digits.
    statistics: tensor([statistics.length], new Float32Array(statistics.length)),
    ...Object.fromEntries(masks),
  });
  await session.release();
  // One step goes a tenth of the way.
  return { ...weights, statistics: outputs['next.statistics']!.data.map((value) => 10 * value) };
}
