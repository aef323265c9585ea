import {
  decodeSafetensors,
  encodeSafetensors,
  evaluationGraph,
  initialize,
  type NamedTensor,
} from '@sdnet/autograd';
import { describe, expect, it } from 'vitest';
import {
  decodeWeights,
  encodeWeights,
  imageShape,
  layoutsOf,
  metadataOf,
  namedTensors,
  type NetworkDescription,
  networkOf,
  parseDescription,
  type Weights,
} from '../src/weights.js';

const description = {
  model: 'sdnet',
  classNames: ['calm', 'cross', 'glad'],
  preprocessing: { size: 40, channels: 3, mean: 0.5077425080522144, deviation: 0.1 + 0.2 },
} as const;
const layouts = layoutsOf(description);
const weights: Weights = {
  ...description,
  parameters: initialize(layouts.parameters, 3),
  statistics: Float32Array.from({ length: layouts.statistics.length }, (_, index) => Math.sin(index)),
};

/** The file of the weights with other metadata or tensors. */
async function changed(
  metadata: Readonly<Record<string, string | undefined>>,
  change: (tensors: Map<string, NamedTensor>) => void = () => {},
): Promise<Uint8Array> {
  const file = await decodeSafetensors(await encodeWeights(weights));
  const tensors = new Map(file.tensors as ReadonlyMap<string, NamedTensor>);
  change(tensors);
  const merged = Object.entries({ ...file.metadata, ...metadata });
  return encodeSafetensors(
    tensors,
    Object.fromEntries(merged.filter((entry): entry is [string, string] => entry[1] !== undefined)),
  );
}

/** Vectors are compared as bytes, which takes no time, unlike number by number. */
function expectSame({ parameters, statistics, ...decoded }: Weights): void {
  const bytes = ({ buffer, byteOffset, byteLength }: Float32Array) =>
    Buffer.from(buffer, byteOffset, byteLength);
  expect(decoded).toEqual(description);
  expect(bytes(parameters).equals(bytes(weights.parameters))).toBe(true);
  expect(bytes(statistics).equals(bytes(weights.statistics))).toBe(true);
}

describe('encodeWeights and decodeWeights', () => {
  it('keep every bit of weights and description', async () => {
    expectSame(await decodeWeights(await encodeWeights(weights)));
  });

  it("name the tensors as PyTorch's modules would", async () => {
    const { tensors, metadata } = await decodeSafetensors(await encodeWeights(weights));
    expect([...tensors.keys()]).toEqual([...namedTensors(weights).keys()]);
    expect(tensors.get('stem.conv.weight')!.shape).toEqual([24, 3, 3, 3]);
    expect(tensors.get('stem.norm.running_var')!.shape).toEqual([24]);
    expect(tensors.get('head.classifier.weight')!.shape).toEqual([3, 864]);
    expect(metadata).toMatchObject({ format: 'sdnet-weights', version: '1', model: 'sdnet' });
  });

  it('do not depend on the order of the tensors', async () => {
    const reversed = await changed({}, (tensors) => {
      const entries = [...tensors].reverse();
      tensors.clear();
      for (const [name, tensor] of entries) tensors.set(name, tensor);
    });
    expectSame(await decodeWeights(reversed));
  });
});

describe('the stem stride', () => {
  const small: NetworkDescription = {
    ...description,
    model: 'mobilenet-v3-small',
    preprocessing: { ...description.preprocessing, size: 24 },
  };
  const encode = (described: NetworkDescription) => {
    const { parameters, statistics } = layoutsOf(described);
    return encodeWeights({
      ...described,
      parameters: initialize(parameters, 1),
      statistics: initialize(statistics, 1),
    });
  };

  it.each([1, 2] as const)('of %d is kept, and decides the network', async (stemStride) => {
    const decoded = await decodeWeights(await encode({ ...small, stemStride }));
    expect(decoded.stemStride).toBe(stemStride);
    const { graph } = evaluationGraph(networkOf(decoded), imageShape(decoded.preprocessing));
    expect(graph.nodes[0]!.outputs[0]!.shape[2]).toBe(24 / stemStride);
  });

  it('leaves no trace where it is the official one: files and descriptions are as they were', async () => {
    const decoded = await decodeWeights(await encode(small));
    expect(Object.keys(decoded)).toEqual([
      'model',
      'classNames',
      'preprocessing',
      'parameters',
      'statistics',
    ]);
    expect(metadataOf(small)).toEqual({
      format: 'sdnet-weights',
      version: '1',
      model: 'mobilenet-v3-small',
      classNames: '["calm","cross","glad"]',
      size: '24',
      channels: '3',
      mean: '0.5077425080522144',
      deviation: '0.30000000000000004',
    });
    expect(JSON.stringify(parseDescription(metadataOf(small)))).toBe(
      '{"model":"mobilenet-v3-small","classNames":["calm","cross","glad"],' +
        '"preprocessing":{"size":24,"channels":3,"mean":0.5077425080522144,"deviation":0.30000000000000004}}',
    );
  });
});

describe('decodeWeights refuses', () => {
  it.each([
    ['another format', { format: undefined }, /does not name the format sdnet-weights/],
    [
      'a newer version',
      { version: '2' },
      /written in version 2 of the format; this library reads up to 1\. Update it/,
    ],
    ['no version', { version: undefined }, /written in version undefined/],
    ['an unknown network', { model: 'resnet' }, /there is no model resnet; choose one of sdnet,/],
    ['no class names', { classNames: undefined }, /no list "classNames"/],
    ['an empty list of class names', { classNames: '[]' }, /no list "classNames"/],
    ['class names that are none', { classNames: '[1, 2, 3]' }, /no list "classNames"/],
    [
      'an empty class name',
      { classNames: '["a", "", "b"]' },
      /the class names \["a","","b"\]; names that are not empty/,
    ],
    [
      'a class name twice',
      { classNames: '["a", "b", "a"]' },
      /the class names .*, each of them once, are expected/,
    ],
    ['no size', { size: undefined }, /no number "size"/],
    ['half a pixel', { size: '40.5' }, /a size of 40\.5 pixels; a whole number from 1 to 512 is expected/],
    ['more than 512 pixels', { size: '513' }, /a size of 513 pixels; a whole number from 1 to 512/],
    ['two channels', { channels: '2' }, /2 channels; 1 or 3 are expected/],
    ['a mean that is no number', { mean: 'NaN' }, /no number "mean"/],
    ['no deviation', { deviation: '0' }, /the deviation 0; a positive number is expected/],
    [
      'other class names than the classifier has',
      { classNames: '["a", "b"]' },
      /The tensor head\.classifier\.weight has the shape \[3, 864\] where \[2, 864\] is expected/,
    ],
    [
      'another stem stride',
      { model: 'ghostnet', stemStride: '3' },
      /the stem stride 3; 1, 2 or none is expected/,
    ],
    ['a stem stride of a network that offers none', { stemStride: '1' }, /sdnet offers no stem stride/],
    ['another network', { model: 'ghostnet' }, /The tensor \S+ (is missing|has the shape)/],
  ])('%s', async (_, metadata, message) => {
    await expect(decodeWeights(await changed(metadata))).rejects.toThrow(message);
  });

  it('a missing tensor', async () => {
    const file = await changed({}, (tensors) => tensors.delete('stem.norm.bias'));
    await expect(decodeWeights(file)).rejects.toThrow('The tensor stem.norm.bias is missing.');
  });

  it.each([
    ['stem.norm.weight', NaN],
    ['stem.norm.running_var', Infinity],
    ['head.classifier.bias', -Infinity],
  ])('a number in %s that is %d', async (name, number) => {
    const file = await changed({}, (tensors) => {
      const { shape, data } = tensors.get(name)!;
      const spoiled = data.slice();
      spoiled[spoiled.length - 1] = number;
      tensors.set(name, { shape, data: spoiled });
    });
    await expect(decodeWeights(file)).rejects.toThrow(
      `The tensor ${name} contains ${number}; finite float32 numbers are expected.`,
    );
  });

  it('a file with any one bit flipped, or cut anywhere', async () => {
    const file = await encodeWeights(weights);
    for (let step = 0; step < 25; step++) {
      const damaged = file.slice();
      damaged[Math.floor((step / 25) * file.length)]! ^= 1 << (step % 8);
      await expect(decodeWeights(damaged), `step ${step}`).rejects.toThrow();
      await expect(decodeWeights(file.slice(0, (step / 25) * file.length))).rejects.toThrow();
    }
  });
});
