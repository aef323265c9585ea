import type { Split } from '@sdnet/training';

/** Side of a recorded face: what SDNet sees of it. */
export const faceSize = 68;

/** A face to learn from, as the network sees it. */
export interface TaughtImage {
  readonly id: string;
  readonly className: string;
  /** Frames that were recorded together have the same. Absent for a file, which stands for itself. */
  readonly take?: string;
  /** Where a folder says so: whether it is learned from or tested on. */
  readonly split?: Split;
  /** When it came, in ms since 1970. */
  readonly addedAt: number;
  /** Grey levels, `faceSize × faceSize`. */
  readonly pixels: Uint8Array<ArrayBuffer>;
}
