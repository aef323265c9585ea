import { expressions } from '@sdnet/training';
import { facePngs } from './draw-faces.js';
import { put } from './temporary-folder.js';

/** Draws the "CK+48" folders: six subjects, each with a frame of every expression. */
export async function drawCkPlus48(folder: string): Promise<void> {
  for (const [label, expression] of expressions.entries()) {
    // The set has contempt in place of neutral.
    const name = expression === 'neutral' ? 'contempt' : expression === 'angry' ? 'anger' : expression;
    for (const [index, image] of (await facePngs(expression, 6)).entries())
      put(folder, `${name}/S${101 + index}_00${label + 1}_00000001.png`, image);
  }
}
