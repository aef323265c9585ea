import { extname } from 'node:path';
import { UserError } from '@sdnet/training';
import { createRecognizer } from 'sdnet';
import type { CommandModule } from 'yargs';
import { drawExplanations, type ExplainedFace } from '../drawing/draw-explanations.js';
import { requireOutputFile } from '../files/require-output-file.js';
import { visible } from '../files/visible.js';
import { writeFile } from '../files/write-file.js';
import { decodeImageFile } from './decode-image-file.js';
import { expandImages } from './expand-images.js';
import { requireWhole } from './options.js';
import { print } from './output.js';
import { UsageError } from './usage-error.js';
import { weightsFileOf, weightsOption } from './weights.js';

interface Arguments {
  readonly image: string;
  readonly out: string;
  readonly expression?: string | undefined;
  readonly cropped: boolean;
  readonly 'maximum-faces'?: number | undefined;
  readonly weights?: string | undefined;
}

/** A row of the picture each. */
const mostFaces = 50;
const usualFaces = 8;

export const explainCommand: CommandModule<unknown, Arguments> = {
  command: 'explain <image>',
  describe: 'Draw what in a face speaks for the expression that is read in it',
  builder: (yargs) =>
    yargs
      .positional('image', {
        type: 'string',
        demandOption: true,
        description: 'An image file; - is standard input',
      })
      .options({
        out: {
          type: 'string',
          requiresArg: true,
          demandOption: true,
          description: 'The picture to write (.png): a row for each face, with Grad-CAM and CBAM attention',
        },
        expression: {
          type: 'string',
          requiresArg: true,
          description: 'What speaks for this one, instead of the one that is read',
        },
        cropped: {
          type: 'boolean',
          default: false,
          description: 'The image is already cropped to one face: look for none',
        },
        'maximum-faces': {
          type: 'number',
          requiresArg: true,
          description: `Of more faces, the largest; at most ${mostFaces} (default: ${usualFaces})`,
        },
        ...weightsOption,
      })
      .example('$0 explain photo.jpg --out why.png', 'See where the network looks')
      .example('$0 explain photo.jpg --out sad.png --expression sad', 'See what would speak for sad'),
  async handler({ image, out, expression, cropped, 'maximum-faces': maximumFaces, weights }) {
    if (extname(out).toLowerCase() !== '.png')
      throw new UsageError(`--out ${out}: the picture is a PNG; a name that ends in .png is expected.`);
    requireWhole({ 'maximum-faces': maximumFaces }, 1, mostFaces);
    if (cropped && maximumFaces !== undefined)
      throw new UsageError('--maximum-faces is for photos; with --cropped, no face is looked for.');
    const [entry, ...others] = await expandImages([image]);
    if (others.length > 0)
      throw new UserError(`${image}: this is several images (${others.length + 1}); name one.`);
    requireOutputFile(out, 'picture', [entry!.file, weightsFileOf(weights)]);
    const pixels = await decodeImageFile(entry!);
    const recognizer = await createRecognizer({ weights: weightsFileOf(weights), detector: !cropped });
    try {
      const { classNames } = recognizer;
      if (expression !== undefined && !classNames.includes(expression))
        throw new UsageError(
          `--expression ${expression}: the network does not know it; one of ${classNames.join(', ')} is expected.`,
        );
      const faces = await recognizer.recognize(pixels, { maximumFaces: maximumFaces ?? usualFaces });
      if (faces.length === 0)
        throw new UserError(
          `${image}: no face is found in it, so there is nothing to explain. If it is cropped to a face, say --cropped.`,
        );
      const explained: ExplainedFace[] = [];
      for (const face of faces)
        explained.push({ face, explanation: await recognizer.explain(face, { expression }) });
      await writeFile(out, await drawExplanations(pixels, explained, cropped));
      for (const { face, explanation } of explained)
        print(
          `${visible(out)}: ${visible(face.expression)} (${(100 * face.confidence).toFixed(0)} %)` +
            (expression === undefined ? '' : `, what speaks for ${visible(explanation.expression)}`),
        );
    } finally {
      await recognizer.release();
    }
  },
};
