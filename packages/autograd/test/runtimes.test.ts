import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileInference, compileTrainStep, initialize, type Runtime, sgd } from '../src/index.js';
import { nodeRuntime } from '../src/node.js';
import { webRuntime } from '../src/web.js';
import { mapOf } from './operand.js';
import { relativeError } from './relative-error.js';
import { classes, image, loss, network } from './small-network.js';
import { train } from './train.js';

const batch = 4;
// Not Adam: where a gradient is nearly zero, the direction of its first step hangs on rounding.
const optimizer = sgd({ momentum: 0.9 });
const compiled = compileTrainStep({
  network,
  image,
  batch,
  classes,
  loss,
  optimizer,
  clipNorm: 1,
  averaging: true,
});
const weights = {
  parameters: initialize(compiled.parameters, 5),
  statistics: initialize(compiled.statistics, 5),
};

describe('onnxruntime-node and onnxruntime-web', () => {
  it('train alike', async () => {
    const shapes = { images: [batch, ...image], targets: [batch, classes] };
    const run = (runtime: Runtime) =>
      train(runtime, compiled, optimizer, shapes, { steps: 3, threads: 1, learningRate: 0.05 });
    const native = await run(nodeRuntime);
    const wasm = await run(webRuntime);
    expect(Object.keys(wasm.outputs).sort()).toEqual(Object.keys(native.outputs).sort());
    for (const [name, { shape, data }] of Object.entries(native.outputs)) {
      expect(wasm.outputs[name]!.shape, name).toEqual(shape);
      expect(relativeError(wasm.outputs[name]!.data, data), name).toBeLessThan(1e-4);
    }
  });

  it('recognise alike', async () => {
    const model = compileInference(network, image, weights);
    const images = mapOf([3, ...image]);
    const run = async (runtime: Runtime) => {
      const session = await runtime.createSession(model, { threads: 1 });
      expect(session.inputNames).toEqual(['images']);
      expect(session.outputNames).toEqual(['scores']);
      const { scores } = await session.run({ images });
      await session.release();
      return scores!;
    };
    const native = await run(nodeRuntime);
    const wasm = await run(webRuntime);
    expect(native.shape).toEqual([3, classes]);
    expect(wasm.shape).toEqual([3, classes]);
    for (const [index, score] of native.data.entries())
      expect(Math.abs(wasm.data[index]! - score)).toBeLessThan(1e-4);
  });

  it('refuse numbers of threads that no session can have', async () => {
    const model = compileInference(network, image, weights);
    for (const threads of [1e6, 257, 0, -1, 1.5, NaN])
      await expect(nodeRuntime.createSession(model, { threads })).rejects.toThrow(
        `A session of ${threads} threads cannot be: a whole number from 1 to 256 is expected.`,
      );
  });

  it('refuse by name a device that is not offered, and never take another for it', async () => {
    const model = compileInference(network, image, weights);
    const cpu = await nodeRuntime.createSession(model, { device: 'cpu', threads: 1 });
    await cpu.release();
    for (const [runtime, device, message] of [
      [nodeRuntime, 'abacus', /^The device abacus is not offered here: .* has cpu\b/],
      [webRuntime, 'abacus', /^The device abacus cannot be used here: backend not found\. Choose cpu\.$/],
      [webRuntime, 'webgpu', /^The device webgpu cannot be used here: .*onnxruntime-web\/webgpu/],
    ] as const)
      await expect(
        runtime.createSession(model, { device }),
        `${runtime.name} ${device}`,
      ).rejects.toMatchObject({
        name: 'DeviceError',
        message: expect.stringMatching(message),
      });
  });

  // Its build has the name, but only a machine with its libraries has the device.
  it.runIf(process.platform === 'linux' && process.arch === 'x64' && !existsSync('/proc/driver/nvidia'))(
    'refuse CUDA where there is no card, with what is missing',
    async () => {
      const model = compileInference(network, image, weights);
      await expect(nodeRuntime.createSession(model, { device: 'cuda' })).rejects.toMatchObject({
        name: 'DeviceError',
        message: expect.stringMatching(
          /^The device cuda cannot be used here: .*\. Install what it needs, or choose of cpu/,
        ),
      });
    },
  );

  it('say so where a session is used after its release', async () => {
    const model = compileInference(network, image, weights);
    for (const runtime of [nodeRuntime, webRuntime]) {
      const session = await runtime.createSession(model, { threads: 1 });
      await session.release();
      await expect(session.run({ images: mapOf([1, ...image]) }), runtime.name).rejects.toThrow(
        'The session has been released.',
      );
      await session.release();
    }
  });

  it('refuse images of another size', async () => {
    const model = compileInference(network, image, weights);
    for (const runtime of [nodeRuntime, webRuntime]) {
      const session = await runtime.createSession(model, { threads: 1 });
      await expect(session.run({ images: mapOf([1, 1, 17, 16]) }), runtime.name).rejects.toThrow(
        'invalid dimensions',
      );
      await session.release();
    }
  });
});
