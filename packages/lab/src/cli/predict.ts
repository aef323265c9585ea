import { nodeRuntime } from '@sdnet/autograd/node';
import { UserError } from '@sdnet/training';
import { createCropRecognizer, type Recognition } from 'sdnet';
import type { CommandModule } from 'yargs';
import { visible } from '../files/visible.js';
import { decodeImage } from '../images/decode-image.js';
import { expandImages, type ImageFile } from './expand-images.js';
import { jsonOption } from './options.js';
import { complain, print, printJson } from './output.js';
import { readStandardInput } from './standard-input.js';
import { weightsOf, weightsOption } from './weights.js';

interface Arguments {
  readonly images: string[];
  readonly weights?: string | undefined;
  readonly json: boolean;
}

/** Images that go through the network together. */
const batch = 32;

export const predictCommand: CommandModule<unknown, Arguments> = {
  command: 'predict <images..>',
  describe: 'Read the expression of faces',
  builder: (yargs) =>
    yargs
      .positional('images', {
        type: 'string',
        array: true,
        demandOption: true,
        description:
          'Images already cropped to one face each: files, folders, quoted patterns; - is standard input',
      })
      .options({ ...weightsOption, ...jsonOption })
      .example('$0 predict face.jpg', 'Print what the face shows')
      .example('$0 predict faces/ --json', 'Print every score of every image in a folder, for a program'),
  async handler({ images, weights, json }) {
    const recognizer = await createCropRecognizer(nodeRuntime, await weightsOf(weights));
    try {
      const files = await expandImages(images);
      const results: Outcome[] = [];
      const refused: UserError[] = [];
      for (let start = 0; start < files.length; start += batch) {
        const outcomes = await outcomesOf(recognizer.recognize, files.slice(start, start + batch));
        for (const { file, recognition, problem } of outcomes)
          if (problem) refused.push(problem);
          else if (!json) print(lineOf(file, recognition!));
        // The last word is the error's.
        if (files.length > 1)
          for (const { message } of outcomes.flatMap(({ problem }) => problem ?? [])) complain(message);
        if (json) results.push(...outcomes);
      }
      if (json)
        printJson(
          results.map(({ file, recognition, problem }) =>
            problem ? { file, error: problem.message } : { file, ...recognition },
          ),
          2,
        );
      if (files.length === 1 && refused.length === 1) throw refused[0]!;
      if (refused.length > 0)
        throw new UserError(`${refused.length} of ${files.length} images could not be read.`);
    } finally {
      await recognizer.release();
    }
  },
};

const lineOf = (file: string, { expression, confidence }: Recognition): string =>
  `${visible(file)}: ${visible(expression)} (${(100 * confidence).toFixed(0)} %)`;

/** What came of an image: one of both. */
interface Outcome {
  readonly file: string;
  readonly recognition?: Recognition;
  readonly problem?: UserError;
}

/** One image after the other: one may take 192 MB until the recognizer has reduced it. */
async function outcomesOf(
  recognize: (images: AsyncIterable<Awaited<ReturnType<typeof decodeImage>>>) => Promise<Recognition[]>,
  files: readonly ImageFile[],
): Promise<Outcome[]> {
  const problems = new Map<ImageFile, UserError>();
  async function* decoded() {
    for (const entry of files)
      try {
        if (entry.problem) throw entry.problem;
        yield await (entry.file === '-'
          ? decodeImage(await readStandardInput(), '-')
          : decodeImage(entry.file));
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        problems.set(entry, error);
      }
  }
  const recognitions = await recognize(decoded());
  return files.map((entry) => {
    const problem = problems.get(entry);
    return problem ? { file: entry.file, problem } : { file: entry.file, recognition: recognitions.shift()! };
  });
}
