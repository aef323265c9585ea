import { nodeRuntime } from '@sdnet/autograd/node';
import { createCropRecognizer } from 'sdnet';
import type { CommandModule } from 'yargs';
import { decodeImage } from '../images/decode-image.js';
import { jsonOption } from './options.js';
import { weightsOf, weightsOption } from './weights.js';

interface Arguments {
  readonly images: string[];
  readonly weights?: string | undefined;
  readonly json: boolean;
}

/** Images that go through the network together. */
const batch = 32;

/** One after the other: an image may take 192 MB until the recognizer has reduced it. */
async function* decoded(files: readonly string[]) {
  for (const file of files) yield await decodeImage(file);
}

export const predictCommand: CommandModule<unknown, Arguments> = {
  command: 'predict <images..>',
  describe: 'Read the expression of faces',
  builder: (yargs) =>
    yargs
      .positional('images', {
        type: 'string',
        array: true,
        demandOption: true,
        description: 'Images already cropped to one face each',
      })
      .options({ ...weightsOption, ...jsonOption })
      .example('$0 predict face.jpg', 'Print what the face shows')
      .example('$0 predict *.png --json', 'Print every score, for a program'),
  async handler({ images: files, weights, json }) {
    const recognizer = await createCropRecognizer(nodeRuntime, await weightsOf(weights));
    const results = [];
    for (let start = 0; start < files.length; start += batch) {
      const names = files.slice(start, start + batch);
      const recognitions = await recognizer.recognize(decoded(names));
      results.push(...names.map((file, index) => ({ file, ...recognitions[index]! })));
    }
    if (json) console.log(JSON.stringify(results, undefined, 2));
    else
      for (const { file, expression, confidence } of results)
        console.log(`${file}: ${expression} (${(100 * confidence).toFixed(0)} %)`);
  },
};
