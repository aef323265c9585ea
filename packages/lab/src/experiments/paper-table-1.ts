import type { DatasetName } from '../datasets/index.js';

/** A row of the paper's Table 1. */
export interface PaperFigures {
  /** In [0, 1], by data set. */
  readonly accuracy: Readonly<Partial<Record<DatasetName, number>>>;
  /** In millions. */
  readonly parameters: number;
  /** In millions; not multiply-adds of one image (`docs/decisions/0001`). */
  readonly flops: number;
}

/** Table 1 of the paper, in its order, by the networks' names here. */
export const paperTable1: Readonly<Record<string, PaperFigures>> = {
  'mobilenet-v3-small': {
    accuracy: { 'ck+': 0.669, 'oulu-casia': 0.6875, fer2013: 0.6478, sfew: 0.2329 },
    parameters: 1.54,
    flops: 3.09,
  },
  'shufflenet-v2': {
    accuracy: { 'ck+': 0.7794, 'oulu-casia': 0.8542, fer2013: 0.6245, sfew: 0.4201 },
    parameters: 2.3,
    flops: 5.72,
  },
  ghostnet: {
    accuracy: { 'ck+': 0.9118, 'oulu-casia': 0.9201, fer2013: 0.6773, sfew: 0.4529 },
    parameters: 3.27,
    flops: 6.58,
  },
  xception: {
    accuracy: { 'ck+': 0.9779, 'oulu-casia': 0.9653, fer2013: 0.6652, sfew: 0.4155 },
    parameters: 20.87,
    flops: 17.2,
  },
  sdnet: {
    accuracy: { 'ck+': 0.9779, 'oulu-casia': 0.9688, fer2013: 0.6708, sfew: 0.4566 },
    parameters: 2.17,
    flops: 5.38,
  },
};
