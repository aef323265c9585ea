import {
  compileInference,
  decodeSafetensors,
  encodeSafetensors,
  evaluationGraph,
  flattenTensors,
  type ImageShape,
  type NamedArray,
  type NamedTensor,
  type Network,
  type ParameterLayout,
  parameterLayout,
  unflatten,
} from '@sdnet/autograd';
import { modelNamed, type StemStride } from './models/index.js';
import { largestSize, type Preprocessing } from './preprocess.js';

/** What identifies a trained network besides its numbers. */
export interface NetworkDescription {
  /** A key of `models`. */
  readonly model: string;
  /** In the order of the network's scores. */
  readonly classNames: readonly string[];
  readonly preprocessing: Preprocessing;
  /** Stride of the first convolution; absent: the official network's. */
  readonly stemStride?: StemStride;
}

/** A trained network. */
export interface Weights extends NetworkDescription {
  readonly parameters: Float32Array;
  readonly statistics: Float32Array;
}

const format = 'sdnet-weights';
const version = 1;

/**
 * The network function of a description. Throws where there is no such model; the function itself where it offers no
 * stem stride.
 */
export function networkOf({
  model,
  classNames,
  stemStride,
}: Pick<NetworkDescription, 'model' | 'classNames' | 'stemStride'>): Network {
  const build = modelNamed(model);
  return (images, scope) =>
    build(images, scope, { classes: classNames.length, ...(stemStride && { stemStride }) });
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
export function metadataOf({
  model,
  classNames,
  preprocessing,
  stemStride,
}: NetworkDescription): Record<string, string> {
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
    ...(stemStride && { stemStride: String(stemStride) }),
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
  if (classNames.includes('') || new Set(classNames).size < classNames.length)
    throw new Error(
      `its metadata has the class names ${JSON.stringify(classNames)}; names that are not empty, each of them once, are expected.`,
    );
  const channels = number('channels');
  if (channels !== 1 && channels !== 3)
    throw new Error(`its metadata has ${channels} channels; 1 or 3 are expected.`);
  const size = number('size');
  if (!Number.isInteger(size) || size < 1 || size > largestSize)
    throw new Error(
      `its metadata has a size of ${size} pixels; a whole number from 1 to ${largestSize} is expected.`,
    );
  const deviation = number('deviation');
  if (deviation <= 0)
    throw new Error(`its metadata has the deviation ${deviation}; a positive number is expected.`);
  const { stemStride } = metadata;
  if (stemStride !== undefined && stemStride !== '1' && stemStride !== '2')
    throw new Error(`its metadata has the stem stride ${stemStride}; 1, 2 or none is expected.`);
  return {
    model: metadata.model ?? '',
    classNames,
    preprocessing: { size, channels, mean: number('mean'), deviation },
    ...(stemStride && { stemStride: stemStride === '1' ? 1 : 2 }),
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
  encodeSafetensors(namedTensors(weights), metadataOf(weights));

/**
 * Reads a file written by `encodeWeights`.
 *
 * @throws where it is damaged, of another format, does not fit its network or has numbers that are not finite; the
 * message says what is wrong
 */
export async function decodeWeights(file: Uint8Array): Promise<Weights> {
  const { tensors, metadata } = await decodeSafetensors(file);
  const description = parseDescription(metadata);
  const layouts = layoutsOf(description);
  return {
    ...description,
    parameters: finiteVector(layouts.parameters, tensors),
    statistics: finiteVector(layouts.statistics, tensors),
  };
}

/** The flat vector of tensors whose every number is finite, also as float32. Throws where one is not. */
function finiteVector(layout: ParameterLayout, tensors: ReadonlyMap<string, NamedArray>): Float32Array {
  const vector = flattenTensors(layout, tensors);
  for (const [name, { data }] of unflatten(layout, vector)) {
    const wrong = data.find((value) => !Number.isFinite(value));
    if (wrong !== undefined)
      throw new Error(`The tensor ${name} contains ${wrong}; finite float32 numbers are expected.`);
  }
  return vector;
}

/** The network as an ONNX model for deployment; see `compileInference`. */
export const exportOnnx = (weights: Weights): Uint8Array =>
  compileInference(networkOf(weights), imageShape(weights.preprocessing), weights, metadataOf(weights));
