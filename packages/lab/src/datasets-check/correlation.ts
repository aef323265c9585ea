/** Pearson's coefficient; 0 where either is of one grey level. */
export function correlationOf(a: Float32Array, b: Float32Array): number {
  let [sumA, sumB, squaresA, squaresB, products] = [0, 0, 0, 0, 0];
  for (let index = 0; index < a.length; index++) {
    const [p, q] = [a[index]!, b[index]!];
    sumA += p;
    sumB += q;
    squaresA += p * p;
    squaresB += q * q;
    products += p * q;
  }
  const varianceA = squaresA - (sumA * sumA) / a.length;
  const varianceB = squaresB - (sumB * sumB) / a.length;
  return varianceA > 1e-3 && varianceB > 1e-3
    ? (products - (sumA * sumB) / a.length) / Math.sqrt(varianceA * varianceB)
    : 0;
}
