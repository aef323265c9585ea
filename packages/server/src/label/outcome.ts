import type { Face, TrackedFrame } from 'sdnet';

/** What was read in an image, or in a video. */
export type Labels =
  | { readonly width: number; readonly height: number; readonly faces: readonly Face[] }
  | { readonly frames: readonly TrackedFrame[] };

/** What came of a file: its labels, why there are none, or both, of a video that cannot be read to its end. */
export interface Outcome {
  /** SHA-256 of its content; absent where it could not be read. */
  readonly hash?: string | undefined;
  readonly labels?: Labels | undefined;
  readonly error?: string | undefined;
}

/** How many faces there are: of a video, those it follows. */
export function facesOf(labels: Labels | undefined): number {
  if (!labels) return 0;
  if ('faces' in labels) return labels.faces.length;
  return new Set(labels.frames.flatMap(({ faces }) => faces.map(({ id }) => id))).size;
}
