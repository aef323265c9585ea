import { evaluationGraph, type Graph, type GraphNode, type ImageShape, type Value } from '@sdnet/autograd';
import type { NetworkDescription } from './description.js';
import { modelNamed, requireModelOptions, type StemStride, type Variant } from './models/index.js';
import { requireInputSize } from './preprocess.js';

/** A row of the layer table: an operator and its own parameters. Shapes are those of one image. */
export interface LayerSummary {
  /** The layer's scope, such as `stage1.residual.separable1.depthwise`. */
  readonly name: string;
  /** What the parameters are used for: `conv2d`, `matmul` (a fully connected layer) or `batchNormInference`. */
  readonly operator: string;
  readonly outputShape: readonly number[];
  /** Trainable numbers, counted once however often the layer runs. */
  readonly parameters: number;
  /** Of one image, counted as often as the layer runs. */
  readonly multiplyAdds: number;
}

/** A network in figures. */
export interface ModelSummary {
  readonly model: string;
  readonly input: ImageShape;
  /** Trainable numbers; batch norm's running statistics are none. */
  readonly parameters: number;
  /** Of one image: convolutions and fully connected layers. */
  readonly multiplyAdds: number;
  /** Every layer with parameters, in the order in which they run first. */
  readonly layers: readonly LayerSummary[];
}

export interface InspectOptions {
  /** From 1 to `largestClasses`. */
  readonly classes: number;
  /** 1: grey. 3: RGB. */
  readonly channels: 1 | 3;
  /** Side of the square image in pixels, from 1 to `largestSize`. */
  readonly size: number;
  /** Default: the official network's. */
  readonly stemStride?: StemStride | undefined;
  /** SDNet without one of its parts; default: whole. */
  readonly variant?: Variant | undefined;
}

/**
 * Counts a network's parameters and multiply-adds, layer by layer.
 *
 * @param model a key of `models`
 * @throws where there is no such model, the image is too small or too large for it, it offers no stem stride, or there
 * are too many classes
 */
export function inspect(
  model: string,
  { classes, channels, size, stemStride, variant }: InspectOptions,
): ModelSummary {
  const build = modelNamed(model);
  const options = { classes, stemStride, variant };
  requireModelOptions(options);
  requireInputSize({ size, channels });
  const input: ImageShape = [channels, size, size];
  const { graph } = evaluationGraph((images, scope) => build(images, scope, options), input);
  const layers = layersOf(graph);
  const total = (count: (layer: LayerSummary) => number) =>
    layers.reduce((sum, layer) => sum + count(layer), 0);
  return {
    model,
    input,
    parameters: total(({ parameters }) => parameters),
    multiplyAdds: total(({ multiplyAdds }) => multiplyAdds),
    layers,
  };
}

/** Counts what the network of some weights has. Throws as `inspect` does. */
export const inspectNetwork = ({
  model,
  classNames,
  preprocessing: { channels, size },
  stemStride,
  variant,
}: NetworkDescription): ModelSummary =>
  inspect(model, { classes: classNames.length, channels, size, stemStride, variant });

/** A layer's nodes are those that use its parameters: a convolution and the addition of its bias, say. */
function layersOf(graph: Graph): LayerSummary[] {
  const scopes = parameterScopes(graph);
  const nodes = new Map<string, GraphNode[]>();
  for (const node of graph.nodes) {
    // What is computed from parameters alone, such as their reshape, is no layer yet.
    if (scopes.has(node.outputs[0]!)) continue;
    const scope = node.inputs.map((value) => scopes.get(value)).find((name) => name !== undefined);
    if (scope !== undefined) nodes.set(scope, [...(nodes.get(scope) ?? []), node]);
  }
  return [...nodes].map(([name, [first, ...others]]) => ({
    name,
    operator: first!.operator.name,
    outputShape: first!.outputs[0]!.shape.slice(1) as number[],
    parameters: graph.parameters
      .filter((parameter) => scopeOf(parameter.name) === name)
      .reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0),
    multiplyAdds: [first!, ...others].reduce(
      (sum, node) => sum + (node.operator.multiplyAdds?.(node) ?? 0),
      0,
    ),
  }));
}

/** The layer of every parameter and of every value computed from one alone. */
function parameterScopes(graph: Graph): Map<Value, string> {
  const scopes = new Map(
    [...graph.parameters, ...graph.statistics].map(({ name, value }) => [value, scopeOf(name)]),
  );
  for (const { inputs, outputs } of graph.nodes) {
    const scope = scopes.get(inputs[0]!);
    if (scope !== undefined && inputs.every((value) => scopes.get(value) === scope))
      for (const output of outputs) scopes.set(output, scope);
  }
  return scopes;
}

const scopeOf = (parameterName: string): string => parameterName.slice(0, parameterName.lastIndexOf('.'));
