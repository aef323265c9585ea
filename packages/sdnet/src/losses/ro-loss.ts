import { add, constant, logSoftmax, mul, reshape, scale, sum, type Value } from '@sdnet/autograd';

export interface RoLossOptions {
  /** λ₁ of eq. 5. */
  readonly lambda1?: number;
  /** λ₂ of eq. 6. With λ₁ + λ₂ = 1 the loss is cross-entropy with label smoothing λ₂. */
  readonly lambda2?: number;
  /** W of eq. 3, one a class; default: 1 for every class. */
  readonly classWeights?: readonly number[];
}

/**
 * RO loss (paper, section 2.3, eq. 4–6), weighted by class (section 2.2) and averaged over the batch:
 * L = 1/B Σ_b W_b · L_RO,b with W_b = Σ_c p_c W_c. The paper's sums are maximised; this is their negative.
 *
 * @param logits [B, N] with N classes
 * @param targets label values p [B, N], each row summing to 1
 * @returns a single number
 */
export function roLoss(
  logits: Value,
  targets: Value,
  { lambda1 = 0.9, lambda2 = 0.1, classWeights }: RoLossOptions = {},
): Value {
  const [batch, classes] = targets.shape as readonly [number, number];
  const logQ = logSoftmax(logits);
  // Eq. 5: λ₁ Σ p log q
  const l1 = scale(sum(mul(targets, logQ), [1]), lambda1);
  // Eq. 6: λ₂ Σ (O(p)/N) log q, O(p) being ones
  const l2 = scale(sum(logQ, [1]), lambda2 / classes);
  // Eq. 4
  const lRo = add(l1, l2);
  const weights = constant(logits.graph, classWeights ?? Array<number>(classes).fill(1), [1, classes]);
  const weighted = mul(lRo, sum(mul(targets, weights), [1]));
  return reshape(scale(sum(weighted, [0]), -1 / batch), [1]);
}
