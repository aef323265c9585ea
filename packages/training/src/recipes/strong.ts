import type { z } from 'zod';
import type { recipeSchema } from '../recipe.js';

/** The paper's network, class weights and RO loss; everything else is what trained best on FER2013. */
export const strong: z.input<typeof recipeSchema> = {
  name: 'strong',
  size: 68,
  early: { size: 48, share: 0.7 },
  epochs: 60,
  batch: 64,
  learningRate: 0.1,
  optimizer: { name: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 0.0004 },
  schedule: { name: 'cosine', warmup: 0.5 },
  averageDecay: 0.998,
  loss: { lambda1: 0.9, lambda2: 0.1, classWeights: true },
  augmentation: {
    horizontalFlip: 0.5,
    rotationDegrees: 15,
    scale: 0.15,
    shift: 0.12,
    contrast: 0.3,
    brightness: 0.3,
    erasing: { probability: 0.5, minimum: 8, maximum: 24 },
  },
};
