import { logSoftmax, mul, reshape, scale, sum, type Value } from '@sdnet/autograd';

/**
 * Cross-entropy of a student's scores at a temperature T with its teachers' (Hinton, Vinyals, Dean: "Distilling the
 * Knowledge in a Neural Network", 2015, section 2), averaged over the batch:
 * L = −T²/B Σ_b Σ_c t_bc log softmax(z_b / T)_c. The factor T² keeps the gradient's size at any temperature.
 *
 * @param logits z [B, N] with N classes
 * @param softTargets the teachers' scores t at that temperature [B, N], each row summing to 1
 * @returns a single number
 */
export function distillationLoss(
  logits: Value,
  softTargets: Value,
  { temperature }: { readonly temperature: number },
): Value {
  const [batch] = softTargets.shape as readonly [number, number];
  const logQ = logSoftmax(scale(logits, 1 / temperature));
  return reshape(scale(sum(mul(softTargets, logQ), [0, 1]), -(temperature ** 2) / batch), [1]);
}
