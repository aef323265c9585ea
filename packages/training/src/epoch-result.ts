import { z } from 'zod';

/** What came of an epoch. */
export const epochResult = z.object({
  /** From 1. */
  epoch: z.int(),
  size: z.int(),
  learningRate: z.number(),
  /** Of the training steps, with augmentation. */
  loss: z.number(),
  trainingAccuracy: z.number(),
  validationAccuracy: z.number(),
  validationBalancedAccuracy: z.number(),
});
export type EpochResult = z.output<typeof epochResult>;

/** What is logged of an epoch: also how long it took, which is never the same again. */
export interface EpochRecord extends EpochResult {
  readonly imagesPerSecond: number;
  readonly seconds: number;
}
