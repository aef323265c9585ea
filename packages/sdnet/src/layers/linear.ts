import { linear as apply, known, parameter, type Scope, type Value } from '@sdnet/autograd';

/** Fully connected layer with bias, [N, I] → [N, outputs]; both start uniform within ±1/√I. */
export function linear(x: Value, scope: Scope, { outputs }: { outputs: number }): Value {
  const inputs = known(x.shape[1], 'linear: the number of features');
  const initializer = { kind: 'uniform', bound: 1 / Math.sqrt(inputs) } as const;
  const weight = parameter(scope, 'weight', [outputs, inputs], initializer);
  const bias = parameter(scope, 'bias', [outputs], initializer, { decays: false });
  return apply(x, weight, bias);
}
