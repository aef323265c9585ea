import { describe, expect, it } from 'vitest';
import { inspect } from '../src/inspect.js';

const imagenet = { classes: 1000, channels: 3, size: 224 } as const;
const faces = { classes: 7, channels: 1, size: 68 } as const;

describe('inspect', () => {
  // Parameters: torchvision's model pages; the GhostNet paper; Keras' 22,910,480 less 54,528 that are not trained.
  // Multiply-adds: the papers' tables. The last two columns are counts of PyTorch networks (tools/pytorch).
  it.each([
    ['mobilenet-v3-small', 2_542_856, 56e6, 224, 1_524_743, 8_053_464],
    ['shufflenet-v2', 2_278_604, 146e6, 224, 1_260_347, 19_164_264],
    ['ghostnet', 5.18e6, 141e6, 224, 3_910_187, 20_815_776],
    ['xception', 22_855_952, 8.4e9, 299, 20_820_719, 371_554_528],
  ])('counts %s as published', (model, parameters, multiplyAdds, size, faceParameters, faceMultiplyAdds) => {
    const published = inspect(model, { ...imagenet, size });
    expect(Math.abs(published.parameters / parameters - 1)).toBeLessThan(0.001);
    expect(Math.abs(published.multiplyAdds / multiplyAdds - 1)).toBeLessThan(0.01);
    const small = inspect(model, faces);
    expect(small.parameters).toBe(faceParameters);
    expect(small.multiplyAdds).toBe(faceMultiplyAdds);
  });

  it('finds the sizes that SDNet is made for', () => {
    const sdnet = inspect('sdnet', faces);
    expect(sdnet.parameters).toBe(2_172_047);
    expect(sdnet.multiplyAdds).toBe(123_187_842);
    const xception = inspect('xception', faces);
    expect(xception.multiplyAdds).toBeGreaterThan(3 * sdnet.multiplyAdds);
    expect(xception.parameters).toBeGreaterThan(9.5 * sdnet.parameters);
  });

  it('lists each layer once, with its bias and as often as it runs', () => {
    const { input, parameters, multiplyAdds, layers } = inspect('sdnet', faces);
    expect(input).toEqual([1, 68, 68]);
    expect(layers[0]).toEqual({
      name: 'stem.conv',
      operator: 'conv2d',
      outputShape: [24, 34, 34],
      parameters: 24 * 9,
      multiplyAdds: 24 * 9 * 34 * 34,
    });
    expect(layers[1]).toEqual({
      name: 'stem.norm',
      operator: 'batchNormInference',
      outputShape: [24, 34, 34],
      parameters: 2 * 24,
      multiplyAdds: 0,
    });
    // CBAM's MLP runs on the average and on the maximum.
    expect(layers.find(({ name }) => name === 'head.cbam.channel.reduce')).toEqual({
      name: 'head.cbam.channel.reduce',
      operator: 'conv2d',
      outputShape: [54, 1, 1],
      parameters: 864 * 54 + 54,
      multiplyAdds: 2 * 864 * 54,
    });
    expect(layers.at(-1)).toEqual({
      name: 'head.classifier',
      operator: 'matmul',
      outputShape: [7],
      parameters: 864 * 7 + 7,
      multiplyAdds: 864 * 7,
    });
    expect(new Set(layers.map(({ name }) => name)).size).toBe(layers.length);
    const total = (values: number[]) => values.reduce((sum, value) => sum + value, 0);
    expect(total(layers.map((layer) => layer.parameters))).toBe(parameters);
    expect(total(layers.map((layer) => layer.multiplyAdds))).toBe(multiplyAdds);
  });

  it('counts the larger maps that a stem of stride 1 leaves, with as many parameters', () => {
    const [official, finer] = ([2, 1] as const).map((stemStride) =>
      inspect('ghostnet', { ...faces, stemStride }),
    );
    expect(official).toEqual(inspect('ghostnet', faces));
    expect(finer!.parameters).toBe(official!.parameters);
    expect(finer!.layers[0]).toMatchObject({
      outputShape: [16, 68, 68],
      multiplyAdds: 16 * 9 * 68 * 68,
    });
    expect(finer!.multiplyAdds).toBeGreaterThan(2 * official!.multiplyAdds);
    expect(() => inspect('sdnet', { ...faces, stemStride: 1 })).toThrow(/sdnet offers no stem stride/);
  });

  it.each<[object, RegExp]>([
    [{ classes: 1e15 }, /1000000000000000 classes; a whole number from 1 to 10000 is expected/],
    [{ classes: 0 }, /0 classes; a whole number/],
    [{ classes: NaN }, /NaN classes; a whole number/],
    [{ size: 1e9 }, /a size of 1000000000 pixels; a whole number from 1 to 512 is expected/],
    [{ size: 68.5 }, /a size of 68\.5 pixels; a whole number/],
    [{ channels: 2 }, /2 channels; 1 or 3 are expected/],
    [{ stemStride: 3 }, /the stem stride 3; 1, 2 or none is expected/],
    [{ stemStride: 0 }, /the stem stride 0; 1, 2 or none is expected/],
  ])('refuses a network that cannot be: %o', (wrong, message) => {
    expect(() => inspect('ghostnet', { ...faces, ...wrong })).toThrow(message);
  });

  it('says which networks there are, and where an image is too small', () => {
    expect(() => inspect('resnet', faces)).toThrow(
      /no model resnet; choose one of sdnet, mobilenet-v3-small/,
    );
    expect(() => inspect('constructor', faces)).toThrow(/no model constructor/);
    expect(() => inspect('xception', { ...faces, size: 6 })).toThrow(/larger than the feature map/);
  });
});
