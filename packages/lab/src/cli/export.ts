import { extname } from 'node:path';
import { UserError } from '@sdnet/training';
import { encodeWeights, exportOnnx } from 'sdnet';
import type { CommandModule } from 'yargs';
import { writeFile } from '../files/write-file.js';
import { UsageError } from './usage-error.js';
import { weightsOf, weightsOption } from './weights.js';

interface Arguments {
  readonly weights?: string | undefined;
  readonly out: string;
  readonly 'with-preprocessing': boolean;
}

export const exportCommand: CommandModule<unknown, Arguments> = {
  command: 'export',
  describe: 'Write a network as ONNX or safetensors file',
  builder: (yargs) =>
    yargs
      .options({
        ...weightsOption,
        out: {
          type: 'string',
          requiresArg: true,
          demandOption: true,
          description: 'File to write: .onnx or .safetensors',
        },
        'with-preprocessing': {
          type: 'boolean',
          default: false,
          description: 'The ONNX model takes decoded images, uint8 N×height×width×channels of any size',
        },
      })
      .example('$0 export --out sdnet.onnx', 'The shipped SDNet for any ONNX runtime'),
  async handler({ weights, out, 'with-preprocessing': preprocessing }) {
    const kind = extname(out).toLowerCase();
    if (kind !== '.onnx' && kind !== '.safetensors')
      throw new UserError(`${out}: a file name that ends in .onnx or .safetensors is expected.`);
    if (preprocessing && kind !== '.onnx')
      throw new UsageError('--with-preprocessing is for ONNX models: a name that ends in .onnx is expected.');
    const loaded = await weightsOf(weights);
    const content = kind === '.onnx' ? exportOnnx(loaded, { preprocessing }) : await encodeWeights(loaded);
    await writeFile(out, content);
    console.log(`${out}: ${loaded.model}, ${(content.length / 1e6).toFixed(1)} MB`);
  },
};
