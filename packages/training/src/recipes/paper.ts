import type { z } from 'zod';
import type { recipeSchema } from '../recipe.js';

/** The paper's own settings (section 3.2). It says nothing of augmentation or a schedule, so there is none. */
export const paper: z.input<typeof recipeSchema> = {
  name: 'paper',
  size: 68,
  epochs: 30,
  batch: 16,
  learningRate: 0.001,
  optimizer: { name: 'adam', weightDecay: 0.0004 },
  schedule: { name: 'constant' },
  loss: { lambda1: 0.9, lambda2: 0.1, classWeights: true },
  augmentation: {},
};
