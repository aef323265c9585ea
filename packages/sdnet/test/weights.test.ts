import {
  decodeSafetensors,
  encodeSafetensors,
  evaluationGraph,
  initialize,
  type NamedTensor,
} from '@sdnet/autograd';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import {
  imageShape,
  metadataOf,
  type NetworkDescription,
  networkOf,
  parseDescription,
  sameClasses,
  type WeightsDescription,
} from '../src/description.js';
import type { StemStride } from '../src/models/index.js';
import {
  decodeWeights,
  encodeWeights,
  exportOnnx,
  layoutsOf,
  namedTensors,
  requireWeights,
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
  statistics: Float32Array.from({ length: layouts.statistics.length }, (_, index) => Math.sin(index) ** 2),
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

describe('calibration and provenance', () => {
  const described: WeightsDescription = {
    ...description,
    smoothing: 0.1175,
    temperature: 1.25,
    provenance: {
      dataset: 'fer2013',
      recipe: 'strong',
      seed: 0,
      epoch: 120,
      accuracy: 0.686,
      note: 'Fälle "wie" diese\n',
    },
  };

  it('are kept', async () => {
    const decoded = await decodeWeights(await encodeWeights({ ...weights, ...described }));
    expect(decoded.smoothing).toBe(0.1175);
    expect(decoded.temperature).toBe(1.25);
    expect(decoded.provenance).toEqual(described.provenance);
    expect(parseDescription(metadataOf(described))).toEqual(described);
  });

  it('are in the metadata of exported models', () => {
    expect(metadataOf(described)).toMatchObject({
      smoothing: '0.1175',
      temperature: '1.25',
      provenance: JSON.stringify(described.provenance),
    });
  });

  it.each([
    [{ smoothing: 0.6 }, /the smoothing 0\.6; a number from 0 to 0\.5 is expected/],
    [{ temperature: NaN }, /the temperature NaN; a number from 0\.01 to 100 is expected/],
    [{ provenance: { accuracy: NaN } }, /accuracy is null; a number from 0 to 1/],
    [{ provenance: { dataset: 'x'.repeat(501) } }, /not longer than 500 characters/],
  ])('that could not be read back are not written: %o', async (wrong, message) => {
    await expect(encodeWeights({ ...weights, ...wrong })).rejects.toThrow(message);
  });
});

describe('weights that could not be read back are neither written nor exported:', () => {
  const small: NetworkDescription = {
    model: 'mobilenet-v3-small',
    classNames: ['a', 'b'],
    preprocessing: { size: 24, channels: 1, mean: 0.5, deviation: 0.25 },
  };
  const { parameters, statistics } = layoutsOf(small);
  const good: Weights = {
    ...small,
    parameters: initialize(parameters, 1),
    statistics: initialize(statistics, 1),
  };
  const filled = (vector: Float32Array, value: number) => vector.slice().fill(value, vector.length - 1);

  it.each<[string, Partial<Weights>, RegExp]>([
    ['a stem stride of 3', { stemStride: 3 as StemStride }, /the stem stride 3; 1, 2 or none is expected/],
    ['a stem stride of 0', { stemStride: 0 as StemStride }, /the stem stride 0; 1, 2 or none is expected/],
    ['no classes', { classNames: [] }, /0 classes; a whole number from 1 to 10000/],
    ['two classes of one name', { classNames: ['a', 'a'] }, /names, each of them once, are expected/],
    [
      'a size of 1e9',
      { preprocessing: { ...small.preprocessing, size: 1e9 } },
      /a size of 1000000000 pixels; a/,
    ],
    ['two channels', { preprocessing: { ...small.preprocessing, channels: 2 as 1 } }, /2 channels; 1 or 3/],
    ['a NaN mean', { preprocessing: { ...small.preprocessing, mean: NaN } }, /the mean NaN; a number from 0/],
    [
      'too few parameters',
      { parameters: good.parameters.subarray(1) },
      /are a Float32Array of \d+ numbers, not \d+/,
    ],
    ['parameters in float64', { parameters: [...good.parameters] as unknown as Float32Array }, /not object/],
    ['a NaN parameter', { parameters: filled(good.parameters, NaN) }, /bias contains NaN; finite float32/],
    ['a parameter of 1e38', { parameters: filled(good.parameters, 1e38) }, /numbers from -1\d+ to 1\d+ are/],
    [
      'a negative variance',
      { statistics: filled(good.statistics, -0.001) },
      /running_var contains -0\.001\d*; numbers from 0 to/,
    ],
  ])('%s', async (_, wrong, message) => {
    const weights = { ...good, ...wrong };
    expect(() => requireWeights(weights)).toThrow(message);
    await expect(encodeWeights(weights)).rejects.toThrow(message);
    expect(() => exportOnnx(weights)).toThrow(message);
  });
});

describe('sameClasses', () => {
  it('compares names, not their text together', () => {
    expect(sameClasses(['a', 'b'], ['a', 'b'])).toBe(true);
    expect(sameClasses(['a,b', 'c'], ['a', 'b,c'])).toBe(false);
    expect(sameClasses(['a', 'b'], ['b', 'a'])).toBe(false);
    expect(sameClasses(['a', 'b'], ['a', 'b', 'c'])).toBe(false);
  });
});

it('the shipped weights have the calibration that their card names', async () => {
  const folder = new URL('../../../models/sdnet-fer2013/', import.meta.url);
  const card = await readFile(new URL('README.md', folder), 'utf8');
  const { smoothing, temperature } = await decodeWeights(
    new Uint8Array(await readFile(new URL('weights.safetensors', folder))),
  );
  const [, named, of] = /ε = ([\d.]+).*T = ([\d.]+)/.exec(card)!;
  expect([smoothing!.toFixed(4), temperature!.toFixed(4)]).toEqual([named, of]);
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
    ['a version that is empty', { version: '' }, /written in version {2}of the format/],
    ['a version below all', { version: '-1' }, /written in version -1 of the format/],
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
    ['an empty mean', { mean: '' }, /no number "mean", but ""/],
    ['a blank deviation', { deviation: ' ' }, /no number "deviation", but " "/],
    ['a mean that JavaScript alone would read', { mean: '0x1' }, /no number "mean", but "0x1"/],
    ['a size with blanks', { size: ' 40 ' }, /no number "size", but " 40 "/],
    ['channels that are empty', { channels: '' }, /no number "channels", but ""/],
    ['a mean beyond all images', { mean: '1e300' }, /the mean 1e\+300; a number from 0 to 1 is expected/],
    ['a negative mean', { mean: '-0.1' }, /the mean -0\.1; a number from 0 to 1 is expected/],
    [
      'a denormal deviation',
      { deviation: '1e-310' },
      /the deviation 1e-310; a positive number from 0\.000004/,
    ],
    ['an endless deviation', { deviation: '1e999' }, /no number "deviation", but "1e999"/],
    [
      'a large deviation',
      { deviation: '1.5' },
      /the deviation 1\.5; a positive number from 0\.000004 to 1 is/,
    ],
    ['no temperature', { temperature: '0' }, /the temperature 0; a number from 0\.01 to 100 is expected/],
    ['a negative temperature', { temperature: '-1' }, /the temperature -1; a number from 0\.01 to 100/],
    ['a negative smoothing', { smoothing: '-0.1' }, /the smoothing -0\.1; a number from 0 to 0\.5/],
    ['an empty temperature', { temperature: '' }, /no number "temperature", but ""/],
    ['a temperature that is NaN', { temperature: 'NaN' }, /no number "temperature", but "NaN"/],
    ['a provenance that is no record', { provenance: '[1]' }, /"provenance" that is no record/],
    ['a provenance that is no JSON', { provenance: '{' }, /"provenance" that is no record/],
    ['an epoch that is a text', { provenance: '{"epoch":"3"}' }, /epoch is "3"; a whole number from 1/],
    [
      'an accuracy in percent',
      { provenance: '{"accuracy":68.6}' },
      /accuracy is 68\.6; a number from 0 to 1/,
    ],
    ['nested provenance', { provenance: '{"more":{"a":1}}' }, /more is \{"a":1\}; a text or a finite number/],
    [
      'a provenance that is too long',
      { provenance: JSON.stringify({ dataset: 'x'.repeat(501) }) },
      /dataset is "x+…; a text, not longer than 500 characters/,
    ],
    [
      'a provenance of too many entries',
      { provenance: JSON.stringify(Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`n${i}`, i]))) },
      /a "provenance" of 33 entries; at most 32/,
    ],
    [
      'a provenance of megabytes',
      { provenance: `{"a":"${'x'.repeat(1e6)}"}` },
      /"provenance" that is no record/,
    ],
    [
      'class names without end',
      { classNames: JSON.stringify(['a', 'x'.repeat(201), 'c']) },
      /names that are not empty and at most 200 characters/,
    ],
    [
      'more classes than a network can have',
      { classNames: JSON.stringify(Array.from({ length: 10_001 }, (_, i) => `${i}`)) },
      /10001 classes; a whole number from 1 to 10000/,
    ],
    ['a mean that is no number', { mean: 'NaN' }, /no number "mean"/],
    [
      'no deviation',
      { deviation: '0' },
      /the deviation 0; a positive number from 0\.000004 to 1 is expected/,
    ],
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
    ['stage1.residual.norm1.bias', 1e38],
    ['stem.norm.running_var', -1e-6],
    ['head.classifier.bias', -Infinity],
  ])('a number in %s that is %d', async (name, number) => {
    const file = await changed({}, (tensors) => {
      const { shape, data } = tensors.get(name)!;
      const spoiled = data.slice();
      spoiled[spoiled.length - 1] = number;
      tensors.set(name, { shape, data: spoiled });
    });
    await expect(decodeWeights(file)).rejects.toThrow(
      Number.isFinite(number)
        ? new RegExp(
            `The tensor ${name} contains ${Math.fround(number)}; numbers from .* are expected`.replace(
              '+',
              '\\+',
            ),
          )
        : `The tensor ${name} contains ${number}; finite float32 numbers are expected.`,
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
