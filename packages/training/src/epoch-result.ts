import { z } from 'zod';

const ratio = z.number().min(0).max(1);

/** What came of an epoch. */
export const epochResult = z.object({
  /** From 1. */
  epoch: z.int().min(1),
  size: z.int().min(1),
  learningRate: z.number(),
  /** Of the training steps, with augmentation. */
  loss: z.number(),
  trainingAccuracy: ratio,
  validationAccuracy: ratio,
  validationBalancedAccuracy: ratio,
});
export type EpochResult = z.output<typeof epochResult>;

/** What is logged of an epoch: also how long it took, which is never the same again. */
export interface EpochRecord extends EpochResult {
  readonly imagesPerSecond: number;
  readonly seconds: number;
}
