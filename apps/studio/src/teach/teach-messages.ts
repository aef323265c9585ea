import type { Dataset, EpochRecord, Partition, Recipe, TrainingProgress } from '@sdnet/training';
import type { Judgement } from './taught-model.js';

/** A lesson for the worker. */
export interface LessonRequest {
  readonly dataset: Dataset;
  readonly partition: Partition;
  /** Weights to start from, as a safetensors file. */
  readonly init: Uint8Array<ArrayBuffer>;
  readonly recipe: Recipe;
  readonly seed: number;
  readonly threads: number;
}

export type TeachRequest =
  | { readonly kind: 'teach'; readonly lesson: LessonRequest }
  /** Ends the lesson after the current step. */
  | { readonly kind: 'stop' }
  /** A picture that is a face as a whole, at the size of `TaughtImage`. */
  | { readonly kind: 'read'; readonly file: File }
  /** What classes weights know. */
  | { readonly kind: 'describe'; readonly weights: Uint8Array<ArrayBuffer> }
  /** As an ONNX model. */
  | { readonly kind: 'export'; readonly weights: Uint8Array<ArrayBuffer> };

export type TeachAnswer =
  /** What the network knows before it is taught. */
  | { readonly kind: 'before'; readonly before: Judgement }
  | { readonly kind: 'progress'; readonly progress: TrainingProgress }
  | { readonly kind: 'epoch'; readonly record: EpochRecord }
  | {
      readonly kind: 'taught';
      /** As a safetensors file. */
      readonly weights: Uint8Array<ArrayBuffer>;
      readonly after: Judgement;
      readonly finished: boolean;
    }
  /** Before an epoch was finished. */
  | { readonly kind: 'stopped' }
  | { readonly kind: 'face'; readonly pixels: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'described'; readonly classNames: readonly string[] }
  | { readonly kind: 'exported'; readonly onnx: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'failed'; readonly message: string; readonly code?: string };
