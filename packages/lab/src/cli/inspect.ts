import { existsSync } from 'node:fs';
import { UserError } from '@sdnet/training';
import {
  inspect,
  type InspectOptions,
  largestSize,
  type ModelSummary,
  models,
  type NetworkDescription,
  type Variant,
} from 'sdnet';
import type { CommandModule } from 'yargs';
import { visible } from '../files/visible.js';
import { jsonOption, modelNames, requireWhole, stemStrideOption, variantOption } from './options.js';
import { print, printJson } from './output.js';
import { table } from './table.js';
import { UsageError } from './usage-error.js';
import { weightsOf } from './weights.js';

interface Arguments {
  readonly network: string;
  readonly classes?: number | undefined;
  readonly channels?: 1 | 3 | undefined;
  readonly size?: number | undefined;
  readonly 'stem-stride'?: 1 | 2 | undefined;
  readonly variant?: Variant | undefined;
  readonly json: boolean;
}

/** More would be a slip of the pen. */
const mostClasses = 10_000;

export const inspectCommand: CommandModule<unknown, Arguments> = {
  command: 'inspect <network>',
  describe: "Show a network's layers, parameters and multiply-adds, or what a file of weights holds",
  builder: (yargs) =>
    yargs
      .positional('network', {
        type: 'string',
        demandOption: true,
        description: `${modelNames.join(', ')}; or a file of weights or a run folder`,
      })
      .options({
        classes: { type: 'number', requiresArg: true, description: 'Number of classes (default: 7)' },
        channels: { choices: [1, 3] as const, description: 'Grey (1, the default) or RGB (3) images' },
        size: {
          type: 'number',
          requiresArg: true,
          description: 'Side of the square image in pixels (default: 68)',
        },
        ...stemStrideOption,
        ...variantOption,
        ...jsonOption,
      })
      .example('$0 inspect sdnet', 'The layers of SDNet')
      .example('$0 inspect runs/mine', 'What its best weights are, and what they were trained on'),
  async handler({ network, json, classes, channels, size, 'stem-stride': stemStride, variant }) {
    const options = { classes, channels, size, 'stem-stride': stemStride, variant };
    requireWhole({ classes: options.classes }, 1, mostClasses);
    requireWhole({ size: options.size }, 1, largestSize);
    if (Object.hasOwn(models, network)) inspectModel(network, options, json);
    else await inspectWeights(network, options, json);
  },
};

function inspectModel(
  model: string,
  {
    classes = 7,
    channels = 1,
    size = 68,
    'stem-stride': stemStride,
    variant,
  }: Omit<Arguments, 'network' | 'json'>,
  json: boolean,
): void {
  const options = { classes, channels, size, stemStride, variant };
  const summary = summaryOf(model, options);
  if (json) printJson(summary, 2);
  else {
    print(layerTable(summary));
    print(`\n${totals(summary, options)}`);
  }
}

async function inspectWeights(
  path: string,
  options: Omit<Arguments, 'network' | 'json'>,
  json: boolean,
): Promise<void> {
  if (!existsSync(path))
    throw new UsageError(
      `${path} is neither a network nor a file; choose one of ${modelNames.join(', ')}, or name a file of weights.`,
    );
  const given = Object.entries(options).find(([, value]) => value !== undefined);
  if (given)
    throw new UsageError(`--${given[0]} ${given[1]}: weights have their own; it is for a network by name.`);
  const { parameters: _, statistics: __, ...description } = await weightsOf(path);
  const { model, classNames, preprocessing, stemStride, variant } = description;
  const { size, channels } = preprocessing;
  const shape = { classes: classNames.length, size, channels, stemStride, variant };
  const summary = summaryOf(model, shape);
  if (json) {
    printJson({ ...description, ...summary }, 2);
    return;
  }
  print(descriptionText(path, description));
  print(`\n${layerTable(summary)}`);
  print(`\n${totals(summary, shape)}`);
}

/** One line each. */
function descriptionText(path: string, description: NetworkDescription): string {
  const { classNames, preprocessing, stemStride, ...others } = description;
  const { size, channels, mean, deviation } = preprocessing;
  const { provenance = {} } = others as { provenance?: Readonly<Record<string, unknown>> };
  const lines = {
    weights: path,
    network: `${others.model}${stemStride === undefined ? '' : `, stem stride ${stemStride}`}${others.variant === undefined ? '' : `, ${others.variant}`}`,
    classes: classNames.join(', '),
    images: `${colour(channels)} ${size}×${size}, mean ${mean}, deviation ${deviation}`,
  };
  const all = [...Object.entries(lines), ...Object.entries(provenance)];
  const width = Math.max(...all.map(([name]) => name.length));
  return all.map(([name, value]) => `${visible(name).padEnd(width)}  ${visible(String(value))}`).join('\n');
}

const colour = (channels: 1 | 3): string => (channels === 1 ? 'grey' : 'RGB');
const count = (value: number): string => value.toLocaleString('en');

function layerTable({ layers }: ModelSummary): string {
  return table(
    ['layer', 'operator', 'output', 'parameters', 'multiply-adds'],
    layers.map(({ name, operator, outputShape, parameters, multiplyAdds }) => [
      name,
      operator,
      outputShape.join('×'),
      count(parameters),
      count(multiplyAdds),
    ]),
    [3, 4],
  );
}

const totals = (
  { model, parameters, multiplyAdds }: ModelSummary,
  { classes, channels, size }: InspectOptions,
): string =>
  `${model}, ${colour(channels)} ${size}×${size}, ${classes} classes: ` +
  `${count(parameters)} parameters, ${count(multiplyAdds)} multiply-adds an image`;

function summaryOf(model: string, options: InspectOptions): ModelSummary {
  try {
    return inspect(model, options);
  } catch (error) {
    throw new UserError(`${model} at ${options.size}×${options.size}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
