import { readFile } from 'node:fs/promises';
import { decodeSafetensors, encodeSafetensors, type NamedTensor } from '@sdnet/autograd';
import { type EpochResult, epochResult, issuesOf, recipeLimits, UserError } from '@sdnet/training';
import { z } from 'zod';
import { fileError } from 'sdnet';
import { visible } from '../files/visible.js';
import { writeFile } from '../files/write-file.js';
import { runConfigurationSchema } from './run-configuration.js';

/** Everything a run needs to go on after its last finished epoch. */
export interface Checkpoint {
  /** Decides the run's result, as canonical JSON: a resumed run must have the same. */
  readonly configuration: string;
  readonly history: readonly EpochResult[];
  /** The train step's vectors: parameters, statistics, optimizer state, averages. */
  readonly vectors: Readonly<Record<string, Float32Array>>;
}

const format = 'sdnet-checkpoint';
const version = 1;

export async function writeCheckpoint(
  path: string,
  { configuration, history, vectors }: Checkpoint,
): Promise<void> {
  const tensors = new Map<string, NamedTensor>(
    Object.entries(vectors).map(([name, data]) => [name, { shape: [data.length], data }]),
  );
  await writeFile(
    path,
    await encodeSafetensors(tensors, {
      format,
      version: String(version),
      configuration,
      history: JSON.stringify(history),
    }),
  );
}

/**
 * Reads a checkpoint.
 *
 * @throws UserError where it is missing, cut short, damaged, newer than this version or none at all
 */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw fileError(path, error);
  });
  try {
    const { tensors, metadata } = await decodeSafetensors(bytes);
    if (metadata.format !== format)
      throw new Error('not a checkpoint: its metadata does not name the format sdnet-checkpoint.');
    if (!(Number(metadata.version) >= 1 && Number(metadata.version) <= version))
      throw new Error(
        `written in version ${visible(String(metadata.version))} of the format; this version reads up to ${version}. Update the program.`,
      );
    const known = new Set(['format', 'version', 'configuration', 'history']);
    const unknown = Object.keys(metadata).find((name) => !known.has(name));
    // Such as a checksum whose own name was damaged.
    if (unknown !== undefined)
      throw new Error(`damaged: its metadata has an unknown entry ${visible(unknown)}.`);
    const { configuration, history } = metadata;
    if (configuration === undefined || history === undefined)
      throw new Error('its metadata lacks the configuration or history of the run.');
    parsed('configuration', runConfigurationSchema, configuration);
    return {
      configuration,
      history: parsed('history', historySchema, history),
      vectors: Object.fromEntries([...tensors].map(([name, { data }]) => [name, Float32Array.from(data)])),
    };
  } catch (error) {
    throw new UserError(
      `${path}: ${(error as Error).message} Start the run anew, or restore the file from a copy.`,
      {
        cause: error,
      },
    );
  }
}

/** One result an epoch, in order. */
const historySchema = z
  .array(epochResult)
  .max(recipeLimits.epochs)
  .refine((results) => results.every(({ epoch }, index) => epoch === index + 1), 'epochs are not in order');

/** A part of the metadata. Throws in a sentence where it is not what it should be. */
function parsed<Value>(name: string, schema: z.ZodType<Value>, text: string): Value {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`its ${name} is no JSON.`);
  }
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  throw new Error(`its ${name} is none of a run: ${visible(issuesOf(error))}.`);
}
