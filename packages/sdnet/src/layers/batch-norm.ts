import {
  batchNormInference,
  batchNormTraining,
  known,
  parameter,
  type Scope,
  statistic,
  type Value,
} from '@sdnet/autograd';

const epsilon = 1e-5;

/** The name of a batch norm's statistic that is a variance. */
export const runningVariance = 'running_var';

/**
 * Batch norm over a feature map (ε = 1e-5, momentum 0.1, running variance unbiased): with the batch's own statistics in
 * training, unless they are frozen there.
 */
export function batchNorm(x: Value, scope: Scope): Value {
  const shape = [known(x.shape[1], 'batchNorm: the number of channels')];
  const gamma = parameter(scope, 'weight', shape, { kind: 'constant', value: 1 }, { decays: false });
  const beta = parameter(scope, 'bias', shape, { kind: 'constant', value: 0 }, { decays: false });
  const runningMean = statistic(scope, 'running_mean', shape, 0);
  const variances = statistic(scope, runningVariance, shape, 1);
  if (scope.graph.mode === 'evaluation' || scope.graph.frozenStatistics)
    return batchNormInference(x, gamma, beta, runningMean.value, variances.value, epsilon);
  const { y, mean, variance } = batchNormTraining(x, gamma, beta, epsilon);
  scope.graph.batchStatistics.set(runningMean.name, mean);
  scope.graph.batchStatistics.set(variances.name, variance);
  return y;
}
