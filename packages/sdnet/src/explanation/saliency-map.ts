import { resizeBilinear } from '../preprocess.js';

/** A map over an image: one number a pixel, rows from the top. */
export interface SaliencyMap {
  readonly width: number;
  readonly height: number;
  /** In [0, 1]. */
  readonly values: Float32Array;
  /** The map as the network has it: one number for each position of its last feature map, as computed. */
  readonly raw: {
    readonly width: number;
    readonly height: number;
    readonly values: Float32Array;
  };
}

/**
 * A map of the network's resolution in its input's coordinates, `size × size`: interpolated bilinearly, the positions
 * spread evenly over the image as in the usual implementations of Grad-CAM. (Seen exactly, the centres of what outer
 * positions look at lie up to half a position further out.)
 *
 * @param least becomes 0
 * @param most becomes 1; where it is not above `least`, everything becomes 0
 */
export function saliencyMap(
  raw: SaliencyMap['raw'],
  size: number,
  { least, most }: { least: number; most: number },
): SaliencyMap {
  const range = most - least;
  const scaled = raw.values.map((value) =>
    range > 0 ? Math.min(1, Math.max(0, (value - least) / range)) : 0,
  );
  return {
    width: size,
    height: size,
    values: resizeBilinear(scaled, raw.width, raw.height, size, size),
    raw,
  };
}
