import type { OverSeeds } from './over-seeds.js';

/** How the tables write their figures. */
export const percent = (value: number, digits = 1): string => `${(100 * value).toFixed(digits)} %`;

/** Of what there is none, as the recall of a class without images, there is no figure. */
export const percentOrNone = (value: number | null): string => (value === null ? '–' : percent(value));

/** A difference of shares. */
export const points = (value: number): string => `${(100 * value).toFixed(1)} points`;

/** Of McNemar's test. */
export const probability = (p: number): string => (p < 0.001 ? '< 0.001' : p.toFixed(3));

/** Accuracy, with the deviation between seeds where there are several. */
export const accuracyText = ({ accuracy, deviation }: OverSeeds): string =>
  percent(accuracy) + (deviation === null ? '' : ` ± ${(100 * deviation).toFixed(1)}`);

export const intervalText = ({ interval: { lower, upper } }: OverSeeds): string =>
  `${(100 * lower).toFixed(1)}–${percent(upper)}`;
