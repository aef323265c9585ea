import { UserError } from '@sdnet/training';
import { inspect } from 'sdnet';
import type { CommandModule } from 'yargs';
import { jsonOption, modelNames, requireWhole, stemStrideOption } from './options.js';
import { table } from './table.js';

interface Arguments {
  readonly model: string;
  readonly classes: number;
  readonly channels: 1 | 3;
  readonly size: number;
  readonly 'stem-stride'?: 1 | 2 | undefined;
  readonly json: boolean;
}

export const inspectCommand: CommandModule<unknown, Arguments> = {
  command: 'inspect <model>',
  describe: "Show a network's layers, parameters and multiply-adds",
  builder: (yargs) =>
    yargs.positional('model', { choices: modelNames, demandOption: true, description: 'Network' }).options({
      classes: { type: 'number', requiresArg: true, default: 7, description: 'Number of classes' },
      channels: { choices: [1, 3] as const, default: 1 as const, description: 'Grey (1) or RGB (3) images' },
      size: {
        type: 'number',
        requiresArg: true,
        default: 68,
        description: 'Side of the square image in pixels',
      },
      ...stemStrideOption,
      ...jsonOption,
    }),
  handler({ model, classes, channels, size, 'stem-stride': stemStride, json }) {
    requireWhole({ classes, size }, 1);
    const summary = describe();
    if (json) {
      console.log(JSON.stringify(summary, undefined, 2));
      return;
    }
    const count = (value: number) => value.toLocaleString('en');
    console.log(
      table(
        ['layer', 'operator', 'output', 'parameters', 'multiply-adds'],
        summary.layers.map(({ name, operator, outputShape, parameters, multiplyAdds }) => [
          name,
          operator,
          outputShape.join('×'),
          count(parameters),
          count(multiplyAdds),
        ]),
        [3, 4],
      ),
    );
    console.log(
      `\n${model}, ${channels === 1 ? 'grey' : 'RGB'} ${size}×${size}, ${classes} classes: ` +
        `${count(summary.parameters)} parameters, ${count(summary.multiplyAdds)} multiply-adds an image`,
    );

    function describe() {
      try {
        return inspect(model, { classes, channels, size, stemStride });
      } catch (error) {
        throw new UserError(`${model} at ${size}×${size}: ${(error as Error).message}`, { cause: error });
      }
    }
  },
};
