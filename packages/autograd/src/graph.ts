/** A dimension: a size, or `'N'`, the batch size that is only known when the graph runs. */
export type Dimension = number | 'N';
export type Shape = readonly Dimension[];
export type DataType = 'float32' | 'int64' | 'uint8';

/**
 * The type of a value.
 *
 * A **feature map** is a batch of planes with the logical shape [N, C, H, W] whose order in memory the compiler
 * chooses: channel-major (C, N, H, W) in a train step, where a 1×1 convolution is then a single matrix product,
 * and N, C, H, W elsewhere. All other values lie in memory as their shape says.
 */
export interface TensorType {
  readonly shape: Shape;
  readonly dataType: DataType;
  readonly featureMap: boolean;
}

/** A symbolic tensor: what an operator takes and gives. */
export interface Value extends TensorType {
  readonly graph: Graph;
  /** Position among the graph's values; unique. */
  readonly id: number;
  /** The node that computes it; absent for inputs, constants and parameters. */
  readonly producer?: GraphNode;
}

/** An operator whose attributes' type only itself knows. */
export type AnyOperator = Operator<unknown>;

/** One application of an operator. */
export interface GraphNode<Attributes = unknown> {
  readonly operator: AnyOperator;
  readonly inputs: readonly Value[];
  readonly attributes: Attributes;
  readonly outputs: readonly Value[];
  /** The scope it was built in, such as `stage1.dense`; empty for the reverse pass. */
  readonly scope: string;
}

/** Writes ONNX nodes; see `emitter.ts`. */
export interface Emitter {
  /** Order in memory of feature maps. */
  readonly layout: 'NCHW' | 'CNHW';
  /** Adds a node with one output and returns the output's name. */
  node(type: string, inputs: readonly string[], attributes?: OnnxAttributes): string;
  /** Adds a node with several outputs and returns their names. */
  nodes(type: string, inputs: readonly string[], outputs: number, attributes?: OnnxAttributes): string[];
  floats(values: ArrayLike<number>, shape?: readonly number[]): string;
  integers(values: readonly number[]): string;
  /** `Reshape` to `shape`, in which one entry may be −1. */
  reshape(input: string, shape: readonly number[]): string;
  cast(input: string, dataType: DataType): string;
  /** The axis, in memory, of a value's logical `axis`. */
  axis(value: TensorType, axis: number): number;
  /** The shape in memory; a symbolic batch size is −1. */
  physicalShape(value: TensorType): number[];
}

export type OnnxAttributes = Readonly<Record<string, OnnxAttribute>>;
export type OnnxAttribute =
  { int: number } | { ints: readonly number[] } | { float: number } | { string: string };

/** An operator: its shape rule, its ONNX nodes and its derivative. */
export interface Operator<Attributes> {
  readonly name: string;
  /** Shape rule. Throws an error that names the shapes where they do not fit. */
  infer(inputs: readonly Value[], attributes: Attributes): TensorType[];
  /** Writes the ONNX nodes; `inputs` are ONNX names, the names of the outputs are returned. */
  emit(emitter: Emitter, inputs: readonly string[], node: GraphNode<Attributes>): string[];
  /**
   * Vector-Jacobian product: from the loss's gradient by each output (undefined: no influence) the gradient by
   * each input. Only where `needed` is true is a gradient asked for.
   */
  gradient?(
    node: GraphNode<Attributes>,
    outputGradients: readonly (Value | undefined)[],
    needed: readonly boolean[],
  ): (Value | undefined)[];
  /** Multiply-adds of one image: counted for convolutions and linear layers, zero elsewhere. */
  multiplyAdds?(node: GraphNode<Attributes>): number;
}

/** How a parameter is filled before training. */
export type Initializer =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'uniform'; readonly bound: number }
  | { readonly kind: 'normal'; readonly deviation: number };

/** A trainable tensor, or (in `Graph.statistics`) a running statistic of batch norm. */
export interface Parameter {
  /** Scope and own name, joined by dots: `stem.conv.weight`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly initializer: Initializer;
  /** Whether weight decay applies: not to biases and batch norm. */
  readonly decays: boolean;
  readonly value: Value;
}

/** A random mask that the caller feeds at each training step: 0 with probability `rate`, else 1/(1 − rate). */
export interface DropoutMask {
  readonly name: string;
  readonly shape: readonly number[];
  readonly rate: number;
  readonly value: Value;
}

export interface GraphInput {
  readonly name: string;
  readonly value: Value;
}

export interface GraphConstant {
  readonly data: Float32Array;
  readonly value: Value;
}

/** A network being written down: built by operators, read by the reverse pass and the compiler. */
export interface Graph {
  /** `training`: batch norm uses the batch's statistics and dropout drops. */
  readonly mode: 'training' | 'evaluation';
  /** Batch norm uses the running statistics in training, too, and leaves them as they are. */
  readonly frozenStatistics: boolean;
  readonly nodes: GraphNode[];
  readonly inputs: GraphInput[];
  readonly constants: GraphConstant[];
  readonly parameters: Parameter[];
  readonly statistics: Parameter[];
  /** The batch's own value of a running statistic, by the statistic's name; see `statisticsMomentum`. */
  readonly batchStatistics: Map<string, Value>;
  readonly dropoutMasks: DropoutMask[];
  /** What is worth looking at besides the output, by name; see `observe`. */
  readonly observed: Map<string, Value>;
  values: number;
}

/** Share of the batch's statistics in the running ones after a training step. */
export const statisticsMomentum = 0.1;

export function createGraph(
  mode: Graph['mode'],
  { frozenStatistics = false }: { readonly frozenStatistics?: boolean } = {},
): Graph {
  return {
    mode,
    frozenStatistics,
    nodes: [],
    inputs: [],
    constants: [],
    parameters: [],
    statistics: [],
    batchStatistics: new Map(),
    dropoutMasks: [],
    observed: new Map(),
    values: 0,
  };
}

export const typeOf = ({ shape, dataType, featureMap }: TensorType): TensorType => ({
  shape,
  dataType,
  featureMap,
});
export const plain = (shape: Shape): TensorType => ({ shape, dataType: 'float32', featureMap: false });
export const featureMap = (shape: Shape): TensorType => ({ shape, dataType: 'float32', featureMap: true });

function addValue(graph: Graph, type: TensorType, producer?: GraphNode): Value {
  const { shape, dataType, featureMap } = type;
  return { graph, id: graph.values++, shape, dataType, featureMap, ...(producer && { producer }) };
}

/** A value fed when the graph runs. */
export function input(graph: Graph, name: string, type: TensorType): Value {
  if (graph.inputs.some((other) => other.name === name))
    throw new Error(`The graph has two inputs "${name}".`);
  const value = addValue(graph, type);
  graph.inputs.push({ name, value });
  return value;
}

/** A plain constant of the given shape; default: a single number. */
export function constant(graph: Graph, data: ArrayLike<number>, shape: readonly number[] = []): Value {
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  if (data.length !== size)
    throw new Error(`A constant of shape ${formatShape(shape)} needs ${size} values, not ${data.length}.`);
  const value = addValue(graph, plain(shape));
  graph.constants.push({ data: Float32Array.from(data), value });
  return value;
}

/** A place in the network that names what is built in it. */
export interface Scope {
  readonly graph: Graph;
  readonly path: string;
  /** How what is declared here is filled; default: by the layers' own initializers. */
  readonly initialize?: InitializerOf;
}

/** How a parameter of a shape is filled, which its layer would fill by `own`. */
export type InitializerOf = (shape: readonly number[], own: Initializer) => Initializer;

export const rootScope = (graph: Graph): Scope => ({ graph, path: '' });
export const within = (scope: Scope, name: string): Scope => ({
  ...scope,
  path: scope.path ? `${scope.path}.${name}` : name,
});

/** The same scope where `initialize` decides how parameters are filled, for a network that has its own way. */
export const initializedBy = (scope: Scope, initialize: InitializerOf): Scope => ({ ...scope, initialize });

function declare(
  list: Parameter[],
  scope: Scope,
  name: string,
  shape: readonly number[],
  rest: {
    initializer: Initializer;
    decays: boolean;
  },
): Parameter {
  const path = within(scope, name).path;
  if (list.some((other) => other.name === path)) throw new Error(`The parameter ${path} is declared twice.`);
  const declared = { name: path, shape, ...rest, value: addValue(scope.graph, plain(shape)) };
  list.push(declared);
  return declared;
}

/** Declares a trainable parameter, filled as it or its scope says. Weights decay unless `decays` is false. */
export function parameter(
  scope: Scope,
  name: string,
  shape: readonly number[],
  initializer: Initializer,
  { decays = true }: { decays?: boolean } = {},
): Value {
  const { initialize = (_, own) => own } = scope;
  return declare(scope.graph.parameters, scope, name, shape, {
    initializer: initialize(shape, initializer),
    decays,
  }).value;
}

/** Declares a running statistic: kept with the parameters, not trained. */
export function statistic(scope: Scope, name: string, shape: readonly number[], value: number): Parameter {
  return declare(scope.graph.statistics, scope, name, shape, {
    initializer: { kind: 'constant', value },
    decays: false,
  });
}

/** A dropout mask named after its scope, which can have one. */
export function dropoutMask(scope: Scope, shape: readonly number[], rate: number): Value {
  const name = within(scope, 'mask').path;
  if (!(rate >= 0 && rate < 1))
    throw new Error(`The dropout ${name} has the rate ${rate}; a number from 0 and below 1 is expected.`);
  if (scope.graph.dropoutMasks.some((other) => other.name === name))
    throw new Error(`The graph has two dropout masks ${name}.`);
  const value = addValue(scope.graph, plain(shape));
  scope.graph.dropoutMasks.push({ name, shape, rate, value });
  return value;
}

/**
 * Names a value inside a network that is worth looking at, such as an attention map, so that it is found in the graph
 * without knowing how the network is built. Costs nothing where nobody looks.
 *
 * @returns the value
 */
export function observe(scope: Scope, name: string, value: Value): Value {
  const path = within(scope, name).path;
  if (scope.graph.observed.has(path)) throw new Error(`The graph has two observed values ${path}.`);
  scope.graph.observed.set(path, value);
  return value;
}

/** Applies an operator: checks the shapes, adds the node, returns its outputs. */
export function apply<Attributes>(
  operator: Operator<Attributes>,
  inputs: readonly Value[],
  attributes: Attributes,
): Value[] {
  const graph = inputs[0]!.graph;
  if (inputs.some((value) => value.graph !== graph))
    throw new Error(`${operator.name}: the inputs belong to different graphs.`);
  const outputs: Value[] = [];
  const node: GraphNode<Attributes> = {
    operator,
    inputs: [...inputs],
    attributes,
    outputs,
    scope: scopeOf(inputs),
  };
  for (const type of operator.infer(inputs, attributes)) outputs.push(addValue(graph, type, node));
  graph.nodes.push(node);
  return outputs;
}

/** The scope of the parameter that a node uses, so that a layer table can name it. */
function scopeOf(inputs: readonly Value[]): string {
  const graph = inputs[0]!.graph;
  for (const value of inputs) {
    const own = graph.parameters.find((candidate) => candidate.value === value);
    if (own) return own.name.split('.').slice(0, -1).join('.');
  }
  return '';
}

export const formatShape = (shape: Shape): string => `[${shape.join(', ')}]`;

/** A dimension that must be known when the graph is built. */
export function known(dimension: Dimension | undefined, what: string): number {
  if (typeof dimension !== 'number') throw new Error(`${what} must be known when the graph is built.`);
  return dimension;
}
