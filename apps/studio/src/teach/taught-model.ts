import type { EpochRecord, Metrics, Recipe } from '@sdnet/training';

/** How well a network recognises the held-out images: its classes may be more than those that were taught. */
export interface Judgement {
  readonly classNames: readonly string[];
  readonly metrics: Metrics;
}

/** How a model came to be. */
export interface Lesson {
  readonly recipe: Recipe;
  readonly history: readonly EpochRecord[];
  readonly trainImages: number;
  readonly heldOutImages: number;
  /** Of the network it started from, and of itself, on the same images. */
  readonly before: Judgement;
  readonly after: Judgement;
  /** False where it was stopped early. */
  readonly finished: boolean;
}

/** A model that is kept in the browser. */
export interface TaughtModel {
  readonly id: string;
  readonly name: string;
  readonly classNames: readonly string[];
  readonly keptAt: number;
  /** Of its weights, in bytes. */
  readonly size: number;
  /** Absent for one that was imported. */
  readonly lesson?: Lesson;
}
