import type { EpochResult, Metrics, Recipe, Reliability } from '@sdnet/training';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { ImagePrediction } from '../evaluation/predictions.js';
import { readText } from '../files/read-text.js';
import { machineFile } from '../runs/run-folder.js';

/** What a report says of a network and its training; what is not known of it is absent. */
export interface ReportedRun extends Metrics {
  /** As its folder is called. */
  readonly run: string;
  readonly model: string;
  readonly classNames: readonly string[];
  readonly parameters: number;
  readonly multiplyAdds: number;
  readonly reliability: Reliability;
  readonly predictions: readonly ImagePrediction[];
  /** Whether it is known to have been trained on none of the images that it is judged by. */
  readonly imagesAreUnseen?: boolean;
  /** Why its figures may be too good, in sentences. */
  readonly reservations?: readonly string[];
  /** Whether its scores were calibrated after training, which moves the calibration error alone. */
  readonly calibrated?: boolean;
  /** Empty where there is no log. */
  readonly history: readonly EpochResult[];
  /** Training images of each class, and what each weighs in the loss. */
  readonly classCounts?: readonly number[];
  readonly classWeights?: readonly number[];
  readonly recipe?: Recipe;
  readonly seed?: number;
  /** The last that is in the weights, from 1. */
  readonly epoch?: number;
  /** Of its training alone. */
  readonly command?: string;
  readonly machines: readonly MachineLine[];
}

const machineLine = z.object({
  epoch: z.int().min(1),
  threads: z.union([z.literal('all'), z.int().min(1)]),
  processor: z.string(),
  cores: z.int().min(1),
  node: z.string(),
  onnxruntime: z.string(),
  /** Older runs do not say. */
  sdnet: z.string().optional(),
});

/** Where a run was computed from an epoch on. */
export type MachineLine = z.output<typeof machineLine>;

/** What the run in the folder notes of the machines it ran on; lines that say nothing are left out. */
export function readMachines(folder: string): MachineLine[] {
  const file = join(folder, machineFile);
  if (!existsSync(file)) return [];
  return readText(file)
    .split('\n')
    .flatMap((line) => {
      try {
        return [machineLine.parse(JSON.parse(line))];
      } catch {
        return [];
      }
    });
}
