import { createOnnxBuilder, type OnnxBuilder } from './emitter.js';
import { gradients } from './gradients.js';
import {
  createGraph,
  type DataType,
  type DropoutMask,
  type Emitter,
  featureMap,
  type Graph,
  type GraphNode,
  input,
  known,
  plain,
  rootScope,
  type Scope,
  statisticsMomentum,
  type Value,
} from './graph.js';
import { largestBatch } from './largest-batch.js';
import { isBatchNormInference, isConvolution, isHardSigmoid, reshape, softmax } from './ops/index.js';
import type { Optimizer } from './optimizers.js';
import { type ParameterLayout, parameterLayout, unflatten } from './parameter-layout.js';

/** A network: from a feature map of images to its output, such as logits [N, classes]. */
export type Network = (images: Value, scope: Scope) => Value;

/** Channels, height and width of one image. */
export type ImageShape = readonly [channels: number, height: number, width: number];

/** Writes the graph's nodes; `names` knows the inputs, constants are added here. */
function emitNodes(
  builder: OnnxBuilder,
  graph: Graph,
  names: Map<Value, string>,
  emit = (node: GraphNode, inputs: readonly string[]) => node.operator.emit(builder, inputs, node),
): void {
  for (const { value, data } of graph.constants)
    names.set(value, builder.floats(data, value.shape as readonly number[]));
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((value) => names.get(value)!);
    for (const [index, name] of emit(node, inputs).entries()) names.set(node.outputs[index]!, name);
  }
}

/** Cuts a flat vector into its tensors. */
function emitLayout(
  builder: OnnxBuilder,
  layout: ParameterLayout,
  vector: string,
  list: Graph['parameters'],
  names: Map<Value, string>,
): void {
  if (layout.length === 0) return;
  const pieces = builder.nodes(
    'Split',
    [vector, builder.integers(layout.entries.map(({ size }) => size))],
    layout.entries.length,
    { axis: { int: 0 } },
  );
  for (const [index, { name, shape }] of layout.entries.entries())
    names.set(list.find((declared) => declared.name === name)!.value, builder.reshape(pieces[index]!, shape));
}

/** The tensors of a layout as one vector; zeros stand for those that are not there. */
function flattened(
  builder: OnnxBuilder,
  layout: ParameterLayout,
  tensorOf: (name: string) => string | undefined,
): string {
  return builder.node(
    'Concat',
    layout.entries.map(({ name, size }) => {
      const tensor = tensorOf(name);
      return tensor === undefined
        ? builder.node('ConstantOfShape', [builder.integers([size])])
        : builder.reshape(tensor, [-1]);
    }),
    { axis: { int: 0 } },
  );
}

/** What batch norm finds in the batch, as one vector; running statistics that no batch norm moves are as they were. */
const batchStatistics = (
  builder: OnnxBuilder,
  graph: Graph,
  layout: ParameterLayout,
  names: ReadonlyMap<Value, string>,
): string =>
  flattened(builder, layout, (name) => {
    const declared = graph.statistics.find((other) => other.name === name)!;
    return names.get(graph.batchStatistics.get(name) ?? declared.value);
  });

export interface TrainingOptions {
  readonly network: Network;
  readonly image: ImageShape;
  /** Images a step, from 1 to `largestBatch`. */
  readonly batch: number;
  /** Length of one image's target. */
  readonly classes: number;
  /** From the network's output and the targets [batch, classes] to a single number. */
  readonly loss: (output: Value, targets: Value) => Value;
  /** Which parameters are trained, by name; default: all. The others keep their values, and their gradients are not computed. */
  readonly trainable?: (name: string) => boolean;
  /** Batch norm uses the running statistics and leaves them as they are; default: the batch's own, which the running ones follow. */
  readonly frozenStatistics?: boolean;
}

/** What a training model reads and returns. */
export interface TrainingModel {
  readonly model: Uint8Array;
  readonly parameters: ParameterLayout;
  readonly statistics: ParameterLayout;
  readonly dropoutMasks: readonly Pick<DropoutMask, 'name' | 'shape' | 'rate'>[];
}

function requireCompilable(batch: number): void {
  if (!(Number.isInteger(batch) && batch >= 1 && batch <= largestBatch))
    throw new Error(
      `A step of ${batch} images cannot be compiled: a whole number from 1 to ${largestBatch} is expected.`,
    );
}

/** Writes forward and reverse pass, and declares their inputs and the outputs `loss` and `output`. */
function emitTraining({
  network,
  image,
  batch,
  classes,
  loss,
  trainable = () => true,
  frozenStatistics = false,
}: TrainingOptions) {
  requireCompilable(batch);
  const graph = createGraph('training', { frozenStatistics });
  const images = input(graph, 'images', featureMap([batch, ...image]));
  const targets = input(graph, 'targets', plain([batch, classes]));
  const output = network(images, rootScope(graph));
  const activations = graph.nodes.flatMap(({ outputs }) => outputs.filter(({ featureMap }) => featureMap));
  // A feature map's order in memory is the compiler's own affair: it is returned as N, C, H, W.
  const returned = output.featureMap ? reshape(output, output.shape) : output;
  const lossValue = loss(output, targets);
  const trained = graph.parameters.filter(({ name }) => trainable(name));
  const found = gradients(
    lossValue,
    trained.map(({ value }) => value),
  );
  const gradientOf = new Map(trained.map(({ name }, index) => [name, found[index]]));

  const parameters = parameterLayout(graph.parameters);
  const statistics = parameterLayout(graph.statistics);
  const builder = createOnnxBuilder('CNHW');
  const names = new Map<Value, string>();
  const imageBatch = builder.input('images', 'float32', [batch, ...image]);
  names.set(images, builder.node('Transpose', [imageBatch], { perm: { ints: [1, 0, 2, 3] } }));
  names.set(targets, builder.input('targets', 'float32', [batch, classes]));
  const parameterVector = builder.input('parameters', 'float32', [parameters.length]);
  emitLayout(builder, parameters, parameterVector, graph.parameters, names);
  const statisticVector =
    statistics.length > 0 ? builder.input('statistics', 'float32', [statistics.length]) : undefined;
  if (statisticVector) emitLayout(builder, statistics, statisticVector, graph.statistics, names);
  for (const { name, shape, value } of graph.dropoutMasks)
    names.set(value, builder.input(name, 'float32', shape));
  emitNodes(builder, graph, names);

  const gradient = flattened(builder, parameters, (name) => {
    const value = gradientOf.get(name);
    return value && names.get(value);
  });
  const movedStatistics = (vector: string) =>
    builder.node('Add', [
      builder.node('Mul', [vector, builder.floats([1 - statisticsMomentum], [])]),
      builder.node('Mul', [
        batchStatistics(builder, graph, statistics, names),
        builder.floats([statisticsMomentum], []),
      ]),
    ]);
  const nextStatistics =
    statisticVector && (frozenStatistics ? statisticVector : movedStatistics(statisticVector));

  builder.output('loss', builder.reshape(names.get(lossValue)!, [1]), [1]);
  builder.output('output', names.get(returned)!, returned.shape);
  if (nextStatistics) builder.output('next.statistics', nextStatistics, [statistics.length]);
  return {
    builder,
    parameters,
    statistics,
    parameterVector,
    gradient,
    nextStatistics,
    dropoutMasks: graph.dropoutMasks,
    activationBytes: activations.reduce((sum, { shape }) => sum + 4 * elementsOf(shape), 0),
    trained: new Set(gradientOf.keys()),
  };
}

const elementsOf = (shape: Value['shape']): number =>
  shape.reduce<number>((product, size) => product * (size as number), 1);

/**
 * Compiles loss and gradient. Inputs: `images` [batch, C, H, W], `targets` [batch, classes], `parameters`,
 * `statistics` and the dropout masks. Outputs: `loss` [1], `output`, `gradient` in the layout of the parameters, and
 * `next.statistics`.
 */
export function compileGradient(options: TrainingOptions): TrainingModel {
  const { builder, parameters, statistics, gradient, dropoutMasks } = emitTraining(options);
  builder.output('gradient', gradient, [parameters.length]);
  return { model: builder.finish(), parameters, statistics, dropoutMasks };
}

export interface TrainStepOptions extends TrainingOptions {
  readonly optimizer: Optimizer;
  /** Scales the gradient down to this global norm where it is larger. */
  readonly clipNorm?: number;
  /** Keeps an exponential moving average (EMA) of parameters and statistics. */
  readonly averaging?: boolean;
}

/** A compiled train step; see `compileTrainStep`. */
export interface TrainStepModel extends TrainingModel {
  /** Vectors that go in under their name and come out as `next.` + name, with their lengths. */
  readonly vectors: Readonly<Record<string, number>>;
  /** Names of the single numbers the step reads: the optimizer's, and `averageDecay` with averaging. */
  readonly scalars: readonly string[];
  /** Size of all feature maps of the forward pass: a step needs at least that much memory, and about twice as much in all. */
  readonly activationBytes: number;
}

/**
 * Compiles a train step: forward pass, reverse pass, optimizer and moving average in one model.
 *
 * Inputs: `images`, `targets`, dropout masks; `parameters`, `statistics` and the vectors named in `vectors`; the
 * numbers in `scalars`, each of shape [1]. Outputs: `loss`, `output`, `gradientNorm`, and every vector as `next.…`.
 */
export function compileTrainStep(options: TrainStepOptions): TrainStepModel {
  const { optimizer, clipNorm, averaging = false } = options;
  if (clipNorm !== undefined && !(clipNorm > 0))
    throw new Error(`The gradient's norm cannot be limited to ${clipNorm}; a number above 0 is expected.`);
  const {
    builder,
    parameters,
    statistics,
    parameterVector,
    gradient,
    nextStatistics,
    dropoutMasks,
    activationBytes,
    trained,
  } = emitTraining(options);
  const vectors: Record<string, number> = { parameters: parameters.length };
  if (statistics.length > 0) vectors.statistics = statistics.length;
  const vector = (name: string, length: number) => {
    vectors[name] = length;
    return builder.input(name, 'float32', [length]);
  };
  const scalars: string[] = [];
  const scalar = (name: string) => {
    scalars.push(name);
    return builder.input(name, 'float32', [1]);
  };

  const norm = builder.node('Sqrt', [
    builder.node('ReduceSumSquare', [gradient], { axes: { ints: [0] }, keepdims: { int: 1 } }),
  ]);
  builder.output('gradientNorm', norm, [1]);
  const clipped = clipNorm === undefined ? gradient : clip(builder, gradient, norm, clipNorm);
  const updated = optimizer.update(builder, {
    parameters: parameterVector,
    gradient: clipped,
    decays: decayMask(builder, parameters, trained),
    state: Object.fromEntries(optimizer.state.map((name) => [name, vector(name, parameters.length)])),
    scalars: Object.fromEntries(Object.keys(optimizer.scalars(1, 0)).map((name) => [name, scalar(name)])),
  });
  builder.output('next.parameters', updated.parameters, [parameters.length]);
  for (const [name, value] of Object.entries(updated.state))
    builder.output(`next.${name}`, value, [parameters.length]);

  if (averaging) {
    const decay = scalar('averageDecay');
    const average = (name: string, next: string, length: number) => {
      const old = vector(name, length);
      // next + decay · (old − next)
      const moved = builder.node('Mul', [builder.node('Sub', [old, next]), decay]);
      builder.output(`next.${name}`, builder.node('Add', [next, moved]), [length]);
    };
    average('averageParameters', updated.parameters, parameters.length);
    if (nextStatistics) average('averageStatistics', nextStatistics, statistics.length);
  }
  return {
    model: builder.finish(),
    parameters,
    statistics,
    dropoutMasks,
    vectors,
    scalars,
    activationBytes,
  };
}

/** 1 where weight decay applies, which frozen parameters are spared, else 0. */
function decayMask(builder: OnnxBuilder, layout: ParameterLayout, trained: ReadonlySet<string>): string {
  const runs: { value: number; length: number }[] = [];
  for (const { name, offset, size } of layout.entries) {
    const value = offset < layout.decaying && trained.has(name) ? 1 : 0;
    const last = runs.at(-1);
    if (last?.value === value) last.length += size;
    else runs.push({ value, length: size });
  }
  const pieces = runs.map(({ value, length }) =>
    builder.node('Expand', [builder.floats([value]), builder.integers([length])]),
  );
  return builder.node('Concat', pieces, { axis: { int: 0 } });
}

function clip(builder: OnnxBuilder, gradient: string, norm: string, clipNorm: number): string {
  const ratio = builder.node('Div', [
    builder.floats([clipNorm], []),
    builder.node('Add', [norm, builder.floats([1e-6], [])]),
  ]);
  return builder.node('Mul', [gradient, builder.node('Min', [ratio, builder.floats([1], [])])]);
}

/**
 * Compiles what batch norm finds in a batch: the forward pass of a train step, without dropout. Inputs: `images`
 * [batch, C, H, W], `parameters`. Output: `statistics`, each batch norm's mean and unbiased variance over this batch alone.
 *
 * @param batch images a batch, from 1 to `largestBatch`
 * @throws Error where the batch cannot be compiled, or the network has no batch norm
 */
export function compileBatchStatistics(network: Network, image: ImageShape, batch: number): EvaluationModel {
  requireCompilable(batch);
  const graph = createGraph('training');
  const images = input(graph, 'images', featureMap([batch, ...image]));
  network(images, rootScope(graph));
  if (graph.statistics.length === 0) throw new Error('The network has no batch norm, and so no statistics.');
  const builder = createOnnxBuilder('CNHW');
  const imageBatch = builder.input('images', 'float32', [batch, ...image]);
  const names = new Map<Value, string>([
    [images, builder.node('Transpose', [imageBatch], { perm: { ints: [1, 0, 2, 3] } })],
  ]);
  for (const { shape, value } of graph.dropoutMasks)
    names.set(value, builder.node('Expand', [builder.floats([1], []), builder.integers(shape)]));
  const parameters = parameterLayout(graph.parameters);
  const statistics = parameterLayout(graph.statistics);
  const parameterVector = builder.input('parameters', 'float32', [parameters.length]);
  emitLayout(builder, parameters, parameterVector, graph.parameters, names);
  emitNodes(builder, graph, names);
  builder.output('statistics', batchStatistics(builder, graph, statistics, names), [statistics.length]);
  return { model: builder.finish(), parameters, statistics };
}

export interface EvaluationModel {
  readonly model: Uint8Array;
  readonly parameters: ParameterLayout;
  readonly statistics: ParameterLayout;
}

/** The graph of a network in evaluation, for any batch size. */
export function evaluationGraph(
  network: Network,
  image: ImageShape,
): { graph: Graph; images: Value; output: Value } {
  const graph = createGraph('evaluation');
  const images = input(graph, 'images', featureMap(['N', ...image]));
  return { graph, images, output: network(images, rootScope(graph)) };
}

/**
 * Compiles the evaluation of a network whose weights are still being trained. Inputs: `images` [N, C, H, W] with any
 * N, `parameters`, `statistics`. Output: `output`.
 */
export function compileEvaluation(network: Network, image: ImageShape): EvaluationModel {
  const { graph, images, output } = evaluationGraph(network, image);
  const builder = createOnnxBuilder('NCHW');
  const names = new Map<Value, string>([[images, builder.input('images', 'float32', images.shape)]]);
  const layouts = emitVectors(builder, graph, names);
  emitNodes(builder, graph, names);
  builder.output('output', names.get(output)!, output.shape);
  return { model: builder.finish(), ...layouts };
}

/** Declares the vectors `parameters` and `statistics` of a graph in evaluation, and cuts them into their tensors. */
function emitVectors(builder: OnnxBuilder, graph: Graph, names: Map<Value, string>) {
  const vector = (name: 'parameters' | 'statistics') => {
    const layout = parameterLayout(graph[name]);
    if (layout.length > 0 || name === 'parameters')
      emitLayout(builder, layout, builder.input(name, 'float32', [layout.length]), graph[name], names);
    return layout;
  };
  return { parameters: vector('parameters'), statistics: vector('statistics') };
}

/**
 * Compiles any values of a graph in evaluation: what a network computes on its way, and what `gradients` added to the
 * graph. Inputs: the graph's own, whose shapes must all be known, `parameters` and `statistics`. Outputs: those of
 * `outputs`, feature maps as [N, C, H, W].
 */
export function compileValues(graph: Graph, outputs: Readonly<Record<string, Value>>): EvaluationModel {
  // As in a train step: the derivatives of convolutions exist channel-major only.
  const returned = Object.entries(outputs).map(
    ([name, value]) => [name, value.featureMap ? reshape(value, value.shape) : value] as const,
  );
  const builder = createOnnxBuilder('CNHW');
  const names = new Map<Value, string>();
  for (const { name, value } of graph.inputs) {
    for (const dimension of value.shape) known(dimension, `compileValues: every dimension of ${name}`);
    const fed = builder.input(name, 'float32', value.shape);
    names.set(
      value,
      value.featureMap ? builder.node('Transpose', [fed], { perm: { ints: [1, 0, 2, 3] } }) : fed,
    );
  }
  const layouts = emitVectors(builder, graph, names);
  emitNodes(builder, graph, names);
  for (const [name, value] of returned) builder.output(name, names.get(value)!, value.shape);
  return { model: builder.finish(), ...layouts };
}

/** What a deployed model reads in place of the network's own input, and how it becomes that. */
export interface ModelInput {
  readonly dataType: DataType;
  /** A name, such as `'N'`, stands for a size that is only known when the model runs. */
  readonly shape: readonly (number | string)[];
  /** From the ONNX name of the input to that of the network's images [N, C, H, W]. */
  readonly toImages: (emitter: Emitter, input: string) => string;
}

export interface InferenceOptions {
  /** Go into the model's metadata properties. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** What becomes of the network's output; default: the soft-max. */
  readonly scores?: (output: Value) => Value;
  /** Default: the network's own images, float32 [N, C, H, W]. */
  readonly input?: ModelInput;
}

/**
 * Compiles the finished network for deployment: weights inside, batch norm folded into the convolution it directly
 * follows, standard operators only. Input: `images` [N, C, H, W] with any N, or what `options.input` says. Output:
 * `scores` [N, classes], the soft-max of the network's output or what `options.scores` makes of it.
 *
 * @throws where weights leave the float32 numbers when they are folded
 */
export function compileInference(
  network: Network,
  image: ImageShape,
  weights: { parameters: Float32Array; statistics: Float32Array },
  { metadata = {}, scores: scoresOf = softmax, input: modelInput }: InferenceOptions = {},
): Uint8Array {
  const { graph, images, output } = evaluationGraph(network, image);
  const scores = scoresOf(output);
  const tensors = new Map([
    ...unflatten(parameterLayout(graph.parameters), weights.parameters),
    ...unflatten(parameterLayout(graph.statistics), weights.statistics),
  ]);
  const dataOf = new Map(
    [...graph.parameters, ...graph.statistics].map(({ name, value }) => [value, tensors.get(name)!.data]),
  );
  const builder = createOnnxBuilder('NCHW');
  const { dataType, shape, toImages }: ModelInput = modelInput ?? {
    dataType: 'float32',
    shape: images.shape,
    toImages: (_, name) => name,
  };
  const names = new Map<Value, string>([
    [images, toImages(builder, builder.input('images', dataType, shape))],
  ]);
  for (const [value, data] of dataOf)
    names.set(value, builder.floats(data, value.shape as readonly number[]));

  const readers = new Map<Value, number>([[scores, 1]]);
  for (const node of graph.nodes)
    for (const value of node.inputs) readers.set(value, (readers.get(value) ?? 0) + 1);
  const folded = new Map<GraphNode, GraphNode>();
  for (const node of graph.nodes) {
    const convolution = node.inputs[0]?.producer;
    if (
      isBatchNormInference(node) &&
      convolution &&
      isConvolution(convolution) &&
      readers.get(node.inputs[0]!) === 1 &&
      [convolution.inputs[1]!, ...node.inputs.slice(1)].every((value) => dataOf.has(value))
    )
      folded.set(convolution, node);
  }
  const absorbed = new Set(folded.values());
  emitNodes(builder, graph, names, (node, inputs) => {
    const batchNorm = folded.get(node);
    if (batchNorm) return [foldedConvolution(builder, node, batchNorm, inputs[0]!, dataOf)];
    // Its convolution has already computed it.
    if (absorbed.has(node)) return [inputs[0]!];
    const outputs = node.operator.emit(builder, inputs, node);
    // OpenCV's dnn takes every product with a HardSigmoid for x · hardSigmoid(x), which squeeze-and-excite's is not; a
    // Relu after it changes no number. (In parts it would need a Clip: OpenCV 4.6 reads none whose limits are inputs.)
    return isHardSigmoid(node) ? [builder.node('Relu', outputs)] : outputs;
  });
  builder.output('scores', names.get(scores)!, scores.shape);
  return builder.finish(metadata);
}

/** γ/√(v + ε) · (W∗x − m) + β as one convolution with bias. */
function foldedConvolution(
  builder: OnnxBuilder,
  convolution: GraphNode,
  batchNorm: GraphNode,
  x: string,
  dataOf: ReadonlyMap<Value, Float32Array>,
): string {
  if (!isBatchNormInference(batchNorm)) throw new Error('Only batch norm folds into a convolution.');
  const weight = convolution.inputs[1]!;
  const [gamma, beta, average, variance] = batchNorm.inputs.slice(1).map((value) => dataOf.get(value)!);
  const data = dataOf.get(weight)!;
  const size = data.length / gamma!.length;
  const factors = Float64Array.from(
    gamma!,
    (value, channel) => value / Math.sqrt(variance![channel]! + batchNorm.attributes.epsilon),
  );
  const weights = data.map((value, index) => value * factors[Math.floor(index / size)]!);
  const bias = beta!.map((value, channel) => value - average![channel]! * factors[channel]!);
  if (!weights.every(Number.isFinite) || !bias.every(Number.isFinite))
    throw new Error(
      `The weights of ${convolution.scope} are not finite numbers once batch norm is folded into them: they are damaged.`,
    );
  const operands = [x, builder.floats(weights, weight.shape as readonly number[]), builder.floats(bias)];
  return convolution.operator.emit(builder, operands, convolution)[0]!;
}
