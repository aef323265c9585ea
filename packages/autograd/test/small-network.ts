import {
  add,
  batchNormInference,
  batchNormTraining,
  type ConvolutionOptions,
  channelShuffle,
  concat,
  conv2d,
  dropout,
  dropoutMask,
  flatten,
  globalAveragePool,
  type ImageShape,
  known,
  linear,
  logSoftmax,
  maxPool,
  mul,
  type Network,
  parameter,
  relu,
  reshape,
  type Scope,
  scale,
  statistic,
  sum,
  type Value,
  within,
} from '../src/index.js';

export const image: ImageShape = [2, 17, 16];
export const classes = 5;

function convolution(
  x: Value,
  scope: Scope,
  { channels, kernel, ...options }: ConvolutionOptions & { channels: number; kernel: number },
): Value {
  const inputs = known(x.shape[1], 'channels') / (options.groups ?? 1);
  const shape = [channels, inputs, kernel, kernel];
  const bound = Math.sqrt(6 / (inputs * kernel * kernel));
  return conv2d(x, parameter(scope, 'weight', shape, { kind: 'uniform', bound }), options);
}

export function batchNorm(x: Value, scope: Scope): Value {
  const shape = [known(x.shape[1], 'channels')];
  const gamma = parameter(scope, 'gamma', shape, { kind: 'constant', value: 1 }, { decays: false });
  const beta = parameter(scope, 'beta', shape, { kind: 'uniform', bound: 0.1 }, { decays: false });
  const mean = statistic(scope, 'mean', shape, 0);
  const variance = statistic(scope, 'variance', shape, 1);
  if (scope.graph.mode === 'evaluation' || scope.graph.frozenStatistics)
    return batchNormInference(x, gamma, beta, mean.value, variance.value, 1e-5);
  const batch = batchNormTraining(x, gamma, beta, 1e-5);
  scope.graph.batchStatistics.set(mean.name, batch.mean);
  scope.graph.batchStatistics.set(variance.name, batch.variance);
  return batch.y;
}

/** How many of the network's batch norms directly follow a convolution that nothing else reads. */
export const foldable = 3;
/** And how many do not. */
export const notFoldable = 3;

/** A network with every way in which a convolution and a batch norm can meet. */
export const network: Network = (images, scope) => {
  let x = convolution(images, within(scope, 'stem'), { channels: 8, kernel: 3, stride: 2, padding: 1 });
  x = relu(batchNorm(x, within(scope, 'stemNorm')));

  const depthwise = convolution(x, within(scope, 'depthwise'), {
    channels: 8,
    kernel: 3,
    padding: 1,
    groups: 8,
  });
  const separable = batchNorm(depthwise, within(scope, 'depthwiseNorm'));
  const grouped = convolution(separable, within(scope, 'grouped'), { channels: 8, kernel: 1, groups: 2 });
  const shuffled = channelShuffle(batchNorm(grouped, within(scope, 'groupedNorm')), 2);

  // After a concatenation; after a convolution that is read twice; after one whose weights are computed.
  const joined = relu(batchNorm(concat([x, shuffled], 1), within(scope, 'joinedNorm')));
  const shared = convolution(joined, within(scope, 'shared'), { channels: 8, kernel: 1 });
  const residual = add(shared, batchNorm(shared, within(scope, 'sharedNorm')));
  const flat = parameter(within(scope, 'reshaped'), 'weight', [12, 8], { kind: 'uniform', bound: 0.7 });
  const reshaped = conv2d(residual, reshape(flat, [12, 8, 1, 1]), { stride: 2 });
  const pooled = maxPool(relu(batchNorm(reshaped, within(scope, 'reshapedNorm'))), {
    kernel: 3,
    stride: 2,
    padding: 1,
  });

  const features = flatten(globalAveragePool(pooled));
  const head = within(scope, 'head');
  const dropped =
    scope.graph.mode === 'training'
      ? dropout(features, dropoutMask(head, features.shape as readonly number[], 0.5))
      : features;
  const weight = parameter(head, 'weight', [classes, 12], { kind: 'uniform', bound: 0.3 });
  const bias = parameter(head, 'bias', [classes], { kind: 'uniform', bound: 0.3 }, { decays: false });
  return linear(dropped, weight, bias);
};

/** Cross-entropy, mean over the batch. */
export const loss = (logits: Value, targets: Value): Value =>
  scale(sum(mul(logSoftmax(logits), targets), [0, 1]), -1 / known(logits.shape[0], 'batch'));
