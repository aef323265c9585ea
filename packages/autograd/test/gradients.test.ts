import { describe, expect, it } from 'vitest';
import {
  adam,
  adamw,
  add,
  compileGradient,
  compileTrainStep,
  createGraph,
  gradients,
  initialize,
  input,
  mul,
  type Optimizer,
  plain,
  relu,
  scale,
  sgd,
  sigmoid,
  step,
  sub,
  sum,
  unflatten,
  type Value,
} from '../src/index.js';
import { nodeRuntime } from '../src/node.js';
import { checkGradient } from './check-gradient.js';
import { decodeModel } from './decode-model.js';
import { mapOf, plainOf } from './operand.js';
import { classes, image, loss, network } from './small-network.js';
import { train } from './train.js';

describe('gradients', () => {
  it('of a value that is used twice add up', async () => {
    await checkGradient((x) => mul(x, x), [plainOf([3, 4])]);
    await checkGradient((x) => add(x, x), [plainOf([3, 4])], { step: 0.5, tolerance: 1e-5 });
    await checkGradient(
      (x, y) => add(mul(sigmoid(x), y), sub(x, mul(y, y))),
      [mapOf([2, 3, 2, 2]), mapOf([2, 3, 2, 2], 3)],
    );
  });

  it('of a value read by nodes before and after others that read it too', async () => {
    const build = (x: Value) => {
      const a = scale(x, 2);
      const b = mul(a, x);
      return add(mul(b, a), mul(b, x));
    };
    await checkGradient(build, [plainOf([3, 4])]);
  });

  it('of a parameter that the loss does not depend on are undefined', () => {
    const graph = createGraph('training');
    const x = input(graph, 'x', plain([3]));
    const unrelated = input(graph, 'unrelated', plain([3]));
    const [byX, byUnrelated] = gradients(sum(sigmoid(x), [0]), [x, unrelated]);
    expect(byX!.shape).toEqual([3]);
    expect(byUnrelated).toBeUndefined();
  });

  it('are taken of a single number, through operators with a derivative', () => {
    const graph = createGraph('training');
    const x = input(graph, 'x', plain([2, 3]));
    expect(() => gradients(relu(x), [x])).toThrow('the loss must be a single number, not [2, 3]');
    expect(() => gradients(sum(step(x), [0, 1]), [x])).toThrow('the operator step has no derivative');
  });
});

describe('frozen parameters', () => {
  const batch = 4;
  const options = { network, image, batch, classes, loss };
  const inHead = (name: string) => name.startsWith('head.');

  it('cost nothing: their gradients are not computed', () => {
    const everything = decodeModel(compileGradient(options).model);
    const head = decodeModel(compileGradient({ ...options, trainable: inHead }).model);
    const nothing = decodeModel(compileGradient({ ...options, trainable: () => false }).model);
    const { nodes } = head;
    expect(nodes.length).toBeLessThan(0.75 * everything.nodes.length);
    // Of the reverse pass, what the head alone needs is left: no convolution, no pooling.
    expect(nodes.length - nothing.nodes.length).toBeLessThan(20);
    for (const type of ['Conv', 'ConvTranspose', 'MaxPool', 'Gather'])
      expect(head.count(type), type).toBe(nothing.count(type));
  });

  it('have a gradient of zero, and the others the one they have without them', async () => {
    const run = async (trainable: (name: string) => boolean) => {
      const compiled = compileGradient({ ...options, trainable });
      const session = await nodeRuntime.createSession(compiled.model, { threads: 1 });
      const vector = (data: Float32Array) => ({ shape: [data.length], data });
      const images = mapOf([batch, ...image]);
      const targets = plainOf([batch, classes]);
      const masks = compiled.dropoutMasks.map(({ name, shape }) => [name, plainOf(shape, 8)]);
      const feeds = {
        images,
        targets,
        parameters: vector(initialize(compiled.parameters, 1)),
        statistics: vector(initialize(compiled.statistics, 1)),
        ...Object.fromEntries(masks),
      };
      const { gradient } = await session.run(feeds);
      await session.release();
      return unflatten(compiled.parameters, gradient!.data);
    };
    const everything = await run(() => true);
    const head = await run(inHead);
    for (const [name, { data }] of everything) {
      expect(
        data.some((value) => value !== 0),
        name,
      ).toBe(true);
      expect(head.get(name)!.data, name).toEqual(inHead(name) ? data : new Float32Array(data.length));
    }
  });

  it.each<[string, Optimizer]>([
    ['sgd', sgd({ momentum: 0.9, nesterov: true, weightDecay: 0.1 })],
    ['adam', adam({ weightDecay: 0.1 })],
    ['adamw', adamw({ weightDecay: 0.1 })],
  ])('keep their values under %s with weight decay', async (_name, optimizer) => {
    const compiled = compileTrainStep({ ...options, optimizer, trainable: inHead });
    const shapes = { images: [batch, ...image], targets: [batch, classes] };
    const run = { steps: 3, threads: 1, learningRate: 0.1 };
    const { outputs } = await train(nodeRuntime, compiled, optimizer, shapes, run);
    const before = unflatten(compiled.parameters, initialize(compiled.parameters, 5));
    const after = unflatten(compiled.parameters, outputs['next.parameters']!.data);
    for (const [name, { data }] of before)
      if (inHead(name)) expect(after.get(name)!.data, name).not.toEqual(data);
      else expect(after.get(name)!.data, name).toEqual(data);
  });
});
