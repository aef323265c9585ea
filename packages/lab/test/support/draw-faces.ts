import { type Expression, expressions, imageOf, type Split } from '@sdnet/training';
import sharp from 'sharp';
import { syntheticFaces } from '../../src/datasets/synthetic.js';
import { put } from './temporary-folder.js';

const faces = syntheticFaces({ samplesPerClass: 30 });

/** Grey 48×48 PNGs of `count` (at most 24) drawn faces that show `expression`. */
export function facePngs(expression: Expression, count: number): Promise<Buffer[]> {
  const { width, height, channels, samples } = faces;
  const shown = samples.flatMap(({ label, split }, index) =>
    split === 'train' && label === expressions.indexOf(expression) ? [index] : [],
  );
  return Promise.all(
    shown
      .slice(0, count)
      .map((index) =>
        sharp(imageOf(faces, index).pixels, { raw: { width, height, channels } })
          .toColourspace('b-w')
          .png()
          .toBuffer(),
      ),
  );
}

/** FER2013's image folders in small: this many faces of each class, each face in one split alone. */
export async function drawFer2013(root: string, counts: Readonly<Record<Split, number>>): Promise<string> {
  for (const expression of expressions) {
    const images = await facePngs(expression, counts.train + counts.validation + counts.test);
    for (const [index, image] of images.entries()) {
      const isTraining = index < counts.train;
      const usage = isTraining ? 'Training' : index < counts.train + counts.validation ? 'Public' : 'Private';
      const name = isTraining ? `${usage}_${index}.png` : `${usage}Test_${index}.png`;
      put(root, `${isTraining ? 'train' : 'test'}/${expression}/${name}`, image);
    }
  }
  return root;
}
