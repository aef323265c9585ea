import {
  compileInference,
  decodeSafetensors,
  encodeSafetensors,
  evaluationGraph,
  flattenTensors,
  type NamedTensor,
  type ParameterLayout,
  parameterLayout,
  printable,
  unflatten,
} from '@sdnet/autograd';
import { calibratedScores } from './calibration.js';
import {
  imageShape,
  metadataOf,
  type NetworkDescription,
  networkOf,
  parseDescription,
  unknownEntries,
  type WeightsDescription,
} from './description.js';
import { runningVariance } from './layers/batch-norm.js';
import { preprocessingInput } from './preprocessing-graph.js';

/** A trained network. */
export interface Weights extends WeightsDescription {
  readonly parameters: Float32Array;
  readonly statistics: Float32Array;
}

/** Largest number in weights: products of three leave float32's range, and none that was trained comes near it. */
const largestNumber = 1e12;

/** Where each tensor of a network lies in its two flat vectors. */
export function layoutsOf(description: NetworkDescription): {
  parameters: ParameterLayout;
  statistics: ParameterLayout;
} {
  const { graph } = evaluationGraph(networkOf(description), imageShape(description.preprocessing));
  return { parameters: parameterLayout(graph.parameters), statistics: parameterLayout(graph.statistics) };
}

/** The tensors of both vectors by name. */
export function namedTensors(weights: Weights): Map<string, NamedTensor> {
  const layouts = layoutsOf(weights);
  return new Map([
    ...unflatten(layouts.parameters, weights.parameters),
    ...unflatten(layouts.statistics, weights.statistics),
  ]);
}

/**
 * Weights as a safetensors file: tensors by their PyTorch names, the description as metadata.
 *
 * @throws where they could not be read back; the message says what is wrong
 */
export async function encodeWeights(weights: Weights): Promise<Uint8Array<ArrayBuffer>> {
  requireWeights(weights);
  return encodeSafetensors(namedTensors(weights), metadataOf(weights));
}

/**
 * Reads a file written by `encodeWeights`.
 *
 * @throws where it is damaged, of another format, does not fit its network or has numbers that cannot be weights; the
 * message says what is wrong
 */
export async function decodeWeights(file: Uint8Array): Promise<Weights> {
  const { tensors, metadata, verified } = await decodeSafetensors(file);
  const description = parseDescription(metadata);
  const [unknown] = verified ? [] : unknownEntries(metadata);
  if (unknown !== undefined)
    throw new Error(
      `its metadata has the entry "${printable(unknown)}", which nobody knows here, and no checksum: it is damaged.`,
    );
  const layouts = layoutsOf(description);
  const weights = {
    ...description,
    parameters: flattenTensors(layouts.parameters, tensors),
    statistics: flattenTensors(layouts.statistics, tensors),
  };
  requireNumbers(layouts, weights);
  return weights;
}

/**
 * Throws where a description is none, vectors have another length than the network's, or numbers are such that its
 * scores would be none.
 */
export function requireWeights(weights: Weights): void {
  metadataOf(weights);
  const layouts = layoutsOf(weights);
  for (const kind of ['parameters', 'statistics'] as const) {
    const vector: unknown = weights[kind];
    if (!(vector instanceof Float32Array) || vector.length !== layouts[kind].length)
      throw new Error(
        `The ${kind} of ${weights.model} are a Float32Array of ${layouts[kind].length} numbers, ` +
          `not ${vector instanceof Float32Array ? vector.length : typeof vector}.`,
      );
  }
  requireNumbers(layouts, weights);
}

function requireNumbers(
  layouts: ReturnType<typeof layoutsOf>,
  weights: Pick<Weights, 'parameters' | 'statistics'>,
): void {
  for (const kind of ['parameters', 'statistics'] as const)
    for (const [name, { data }] of unflatten(layouts[kind], weights[kind])) {
      const isVariance = name.endsWith(`.${runningVariance}`);
      const least = isVariance ? 0 : -largestNumber;
      const wrong = data.find((value) => !(value >= least && value <= largestNumber));
      if (wrong === undefined) continue;
      const expected = Number.isFinite(wrong)
        ? `numbers from ${least} to ${largestNumber} are expected`
        : 'finite float32 numbers are expected';
      throw new Error(`The tensor ${name} contains ${wrong}; ${expected}.`);
    }
}

export interface ExportOptions {
  /**
   * The model takes bytes, [N, height, width, 1 or 3] of any size, and does with them what `preprocess` does; by
   * default it takes what `preprocess` returns, float32 [N, C, size, size].
   */
  readonly preprocessing?: boolean;
}

/**
 * The network as an ONNX model for deployment, IR 8 and opset 17: input `images`, output `scores`, the soft-max, as the
 * weights' calibration has it (it is part of the graph); class names and preprocessing in its metadata properties. See `compileInference`.
 *
 * @throws where the weights are such that its scores would be none
 */
export function exportOnnx(weights: Weights, { preprocessing = false }: ExportOptions = {}): Uint8Array {
  requireWeights(weights);
  return compileInference(networkOf(weights), imageShape(weights.preprocessing), weights, {
    metadata: metadataOf(weights),
    scores: (output) => calibratedScores(output, weights),
    ...(preprocessing && { input: preprocessingInput(weights.preprocessing) }),
  });
}
