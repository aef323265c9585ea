import type { EpochRecord } from '@sdnet/lab';

/** What a process that makes a run says. All but an epoch is its last word. */
export type TrainingMessage =
  | { readonly kind: 'epoch'; readonly record: EpochRecord }
  | { readonly kind: 'finished' }
  /** By whoever started it. */
  | { readonly kind: 'stopped' }
  /** Somebody else is making the run. */
  | { readonly kind: 'occupied'; readonly reason: string }
  /** `isFinal`: tried again it would be the same. */
  | { readonly kind: 'failed'; readonly reason: string; readonly isFinal: boolean };
