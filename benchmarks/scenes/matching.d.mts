import type { Box } from 'sdnet';
import type { PlacedFace } from './compose.mjs';

export function matchFaces(
  faces: readonly Pick<PlacedFace, 'x' | 'y' | 'size'>[],
  boxes: readonly Box[],
): number[];
