import type { z } from 'zod';
import type { recipeSchema } from '../recipe.js';
import { strong } from './strong.js';

/**
 * SDNet taught by other networks (Hinton et al. 2015). The labels' part is hard, as the teachers' scores are soft
 * already; scale and rotation vary more than in `strong`, as the crops of a face detector do.
 */
export const distilled: z.input<typeof recipeSchema> = {
  ...strong,
  name: 'distilled',
  epochs: 120,
  loss: { lambda1: 1, lambda2: 0, classWeights: true },
  distillation: { weight: 0.7, temperature: 3 },
  augmentation: { ...strong.augmentation, rotationDegrees: 20, scale: 0.25 },
};
