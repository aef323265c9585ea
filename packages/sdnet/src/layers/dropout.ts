import { dropout as apply, dropoutMask, type Scope, type Value } from '@sdnet/autograd';

/** In training, drops each element with probability `rate` and scales the others by 1/(1 − rate). */
export function dropout(x: Value, scope: Scope, { rate }: { rate: number }): Value {
  if (scope.graph.mode === 'evaluation' || rate === 0) return x;
  return apply(x, dropoutMask(scope, x.shape as readonly number[], rate));
}
