import {
  initialize,
  type Optimizer,
  type Runtime,
  random,
  type Tensor,
  type TrainStepModel,
} from '../src/index.js';

export interface TrainingRun {
  /** What the last step returned. */
  readonly outputs: Record<string, Tensor>;
  /** The loss of each step. */
  readonly losses: readonly number[];
}

export interface RunOptions {
  readonly steps: number;
  readonly threads: number;
  readonly learningRate: number;
}

/** Runs a compiled train step on random images, targets and masks from a fixed seed. */
export async function train(
  runtime: Runtime,
  compiled: TrainStepModel,
  optimizer: Optimizer,
  shapes: { readonly images: readonly number[]; readonly targets: readonly number[] },
  { steps, threads, learningRate }: RunOptions,
): Promise<TrainingRun> {
  const session = await runtime.createSession(compiled.model, { threads });
  const source = random(11);
  const tensor = (shape: readonly number[], value: (index: number) => number): Tensor => ({
    shape,
    data: Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, (_, index) =>
      value(index),
    ),
  });
  const classes = shapes.targets[1]!;
  const images = tensor(shapes.images, () => source.normal());
  const targets = tensor(shapes.targets, (index) =>
    index % classes === Math.floor(index / classes) % classes ? 1 : 0,
  );
  let state: Record<string, Tensor> = Object.fromEntries(
    Object.entries(compiled.vectors).map(([name, length]) => [name, tensor([length], () => 0)]),
  );
  const start = {
    parameters: initialize(compiled.parameters, 5),
    statistics: initialize(compiled.statistics, 5),
  };
  for (const [name, vector] of Object.entries(state)) {
    if (name === 'parameters' || name === 'averageParameters') vector.data.set(start.parameters);
    if (name === 'statistics' || name === 'averageStatistics') vector.data.set(start.statistics);
  }
  const losses: number[] = [];
  let outputs: Record<string, Tensor> = {};
  for (let step = 1; step <= steps; step++) {
    const masks = compiled.dropoutMasks.map(({ name, shape, rate }) => [
      name,
      tensor(shape, () => (source.uniform() < rate ? 0 : 1 / (1 - rate))),
    ]);
    const scalars = Object.entries({ averageDecay: 0.9, ...optimizer.scalars(step, learningRate) })
      .filter(([name]) => compiled.scalars.includes(name))
      .map(([name, value]) => [name, tensor([1], () => value)]);
    outputs = await session.run({
      images,
      targets,
      ...state,
      ...Object.fromEntries(masks),
      ...Object.fromEntries(scalars),
    });
    losses.push(outputs.loss!.data[0]!);
    state = Object.fromEntries(Object.keys(state).map((name) => [name, outputs[`next.${name}`]!]));
  }
  await session.release();
  return { outputs, losses };
}
