import { type Detection, keypointNames, keypointsBy } from './detection.js';

/** A grid of anchors: one cell every `stride` pixels of the input, `perCell` anchors in the middle of each. */
export interface AnchorGrid {
  readonly stride: number;
  readonly perCell: number;
}

/** A network of the BlazeFace family (Bazarevsky et al., 2019), as `@sdnet/model-blazeface` has them. */
export interface BlazeFace {
  /** Side of the square input it was trained with. */
  readonly size: number;
  /** In the order of its outputs. Sides of its input are multiples of the largest stride. */
  readonly grids: readonly AnchorGrid[];
}

export const blazeFaces = {
  /** For photos. */
  back: {
    size: 256,
    grids: [
      { stride: 16, perCell: 2 },
      { stride: 32, perCell: 6 },
    ],
  },
  /** For one face near a camera: half the work. */
  shortRange: {
    size: 128,
    grids: [
      { stride: 8, perCell: 2 },
      { stride: 16, perCell: 6 },
    ],
  },
} as const satisfies Record<string, BlazeFace>;

/** Numbers a face in `boxes`: centre, size and keypoints. */
const valuesPerAnchor = 4 + 2 * keypointNames.length;

/** How many anchors an input of that size has. */
export const anchorCount = ({ grids }: BlazeFace, width: number, height: number): number =>
  grids.reduce((sum, { stride, perCell }) => sum + (width / stride) * (height / stride) * perCell, 0);

/**
 * The faces in a network's outputs for one input of `width × height`, in pixels of that input: every anchor whose score
 * is at least `threshold` (0 … 1), doubles included.
 */
export function decodeFaces(
  network: BlazeFace,
  width: number,
  height: number,
  scores: Float32Array,
  boxes: Float32Array,
  threshold: number,
): Detection[] {
  const least = Math.log(threshold / (1 - threshold));
  const faces: Detection[] = [];
  let anchor = 0;
  for (const { stride, perCell } of network.grids) {
    for (let y = stride / 2; y < height; y += stride) {
      for (let x = stride / 2; x < width; x += stride) {
        for (let each = 0; each < perCell; each++, anchor++) {
          if (!(scores[anchor]! >= least)) continue;
          const values = boxes.subarray(anchor * valuesPerAnchor, (anchor + 1) * valuesPerAnchor);
          const [boxWidth, boxHeight] = [values[2]!, values[3]!];
          if (!(boxWidth > 0 && boxHeight > 0)) continue;
          faces.push({
            box: {
              x: x + values[0]! - boxWidth / 2,
              y: y + values[1]! - boxHeight / 2,
              width: boxWidth,
              height: boxHeight,
            },
            keypoints: keypointsBy((name) => {
              const at = 4 + 2 * keypointNames.indexOf(name);
              return { x: x + values[at]!, y: y + values[at + 1]! };
            }),
            confidence: 1 / (1 + Math.exp(-scores[anchor]!)),
          });
        }
      }
    }
  }
  return faces;
}
