import type { z } from 'zod';
import type { recipeSchema } from '../recipe.js';

/** For a trained network and some dozens of new images: small steps, the statistics of batch norm as they are. */
export const fineTune: z.input<typeof recipeSchema> = {
  name: 'fine-tune',
  size: 68,
  epochs: 10,
  batch: 8,
  learningRate: 0.001,
  optimizer: { name: 'adamw', weightDecay: 0.01 },
  schedule: { name: 'cosine', warmup: 0.5 },
  loss: { lambda1: 0.9, lambda2: 0.1, classWeights: true },
  augmentation: {
    horizontalFlip: 0.5,
    rotationDegrees: 10,
    scale: 0.1,
    shift: 0.08,
    contrast: 0.2,
    brightness: 0.2,
  },
  trainable: 'all',
  batchNorm: 'frozen',
};
