import {
  compileInference,
  decodeSafetensors,
  encodeSafetensors,
  evaluationGraph,
  flattenTensors,
  type ImageShape,
  type NamedTensor,
  type Network,
  type ParameterLayout,
  parameterLayout,
  unflatten,
} from '@sdnet/autograd';
import { modelNamed } from './models/index.js';
import type { Preprocessing } from './preprocess.js';

/** What identifies a trained network besides its numbers. */
export interface NetworkDescription {
  /** A key of `models`. */
  readonly model: string;
  /** In the order of the network's scores. */
  readonly classNames: readonly string[];
  readonly preprocessing: Preprocessing;
}

/** A trained network. */
export interface Weights extends NetworkDescription {
  readonly parameters: Float32Array;
  readonly statistics: Float32Array;
}

const format = 'sdnet-weights';
const version = 1;

/** The network function of a description. Throws where there is no such model. */
export function networkOf({ model, classNames }: Pick<NetworkDescription, 'model' | 'classNames'>): Network {
  const build = modelNamed(model);
  return (images, scope) => build(images, scope, { classes: classNames.length });
}

export const imageShape = ({ size, channels }: Preprocessing): ImageShape => [channels, size, size];

/** Where each tensor of a network lies in its two flat vectors. */
export function layoutsOf(description: NetworkDescription): {
  parameters: ParameterLayout;
  statistics: ParameterLayout;
} {
  const { graph } = evaluationGraph(networkOf(description), imageShape(description.preprocessing));
  return { parameters: parameterLayout(graph.parameters), statistics: parameterLayout(graph.statistics) };
}

/** A description as text properties: the metadata of weights and of exported models alike. */
export function describe({ model, classNames, preprocessing }: NetworkDescription): Record<string, string> {
  const { size, channels, mean, deviation } = preprocessing;
  return {
    format,
    version: String(version),
    model,
    classNames: JSON.stringify(classNames),
    size: String(size),
    channels: String(channels),
    mean: String(mean),
    deviation: String(deviation),
  };
}

/**
 * The description in a file's metadata.
 *
 * @throws where it is not ours, newer than this version of the library, or incomplete; the message says which
 */
export function parseDescription(metadata: Readonly<Record<string, string>>): NetworkDescription {
  if (metadata.format !== format)
    throw new Error('no weights of this library: its metadata does not name the format sdnet-weights.');
  if (!(Number(metadata.version) <= version))
    throw new Error(
      `written in version ${metadata.version} of the format; this library reads up to ${version}. Update it.`,
    );
  const number = (name: string): number => {
    const value = Number(metadata[name]);
    if (metadata[name] === undefined || !Number.isFinite(value))
      throw new Error(`its metadata has no number "${name}".`);
    return value;
  };
  let classNames: unknown;
  try {
    classNames = JSON.parse(metadata.classNames ?? '');
  } catch {
    classNames = undefined;
  }
  if (
    !Array.isArray(classNames) ||
    classNames.length === 0 ||
    !classNames.every((name) => typeof name === 'string')
  )
    throw new Error('its metadata has no list "classNames".');
  const channels = number('channels');
  if (channels !== 1 && channels !== 3)
    throw new Error(`its metadata has ${channels} channels; 1 or 3 are expected.`);
  const size = number('size');
  if (!Number.isInteger(size) || size < 1)
    throw new Error(`its metadata has a size of ${size} pixels; a whole number from 1 is expected.`);
  const deviation = number('deviation');
  if (deviation <= 0)
    throw new Error(`its metadata has the deviation ${deviation}; a positive number is expected.`);
  return {
    model: metadata.model ?? '',
    classNames,
    preprocessing: { size, channels, mean: number('mean'), deviation },
  };
}

/** The tensors of both vectors by name. */
export function namedTensors(weights: Weights): Map<string, NamedTensor> {
  const layouts = layoutsOf(weights);
  return new Map([
    ...unflatten(layouts.parameters, weights.parameters),
    ...unflatten(layouts.statistics, weights.statistics),
  ]);
}

/** Weights as a safetensors file: tensors by their PyTorch names, the description as metadata. */
export const encodeWeights = (weights: Weights): Promise<Uint8Array<ArrayBuffer>> =>
  encodeSafetensors(namedTensors(weights), describe(weights));

/**
 * Reads a file written by `encodeWeights`.
 *
 * @throws where it is damaged, of another format or does not fit its network; the message says what is wrong
 */
export async function decodeWeights(file: Uint8Array): Promise<Weights> {
  const { tensors, metadata } = await decodeSafetensors(file);
  const description = parseDescription(metadata);
  const layouts = layoutsOf(description);
  return {
    ...description,
    parameters: flattenTensors(layouts.parameters, tensors),
    statistics: flattenTensors(layouts.statistics, tensors),
  };
}

/** The network as an ONNX model for deployment; see `compileInference`. */
export const exportOnnx = (weights: Weights): Uint8Array =>
  compileInference(networkOf(weights), imageShape(weights.preprocessing), weights, describe(weights));
