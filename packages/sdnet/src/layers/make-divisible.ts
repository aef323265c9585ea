/**
 * The multiple of `divisor` nearest to a number of channels, at least `divisor` and not more than a tenth below the
 * number (as in the official MobileNet and GhostNet).
 */
export function makeDivisible(channels: number, divisor: number): number {
  const nearest = Math.max(divisor, Math.floor((channels + divisor / 2) / divisor) * divisor);
  return nearest < 0.9 * channels ? nearest + divisor : nearest;
}
