import { initialize, random } from '@sdnet/autograd';
import { nodeRuntime } from '@sdnet/autograd/node';
import { webRuntime } from '@sdnet/autograd/web';
import { fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { calibrated } from '../src/calibration.js';
import { metadataOf } from '../src/description.js';
import type { RawImage } from '../src/preprocess.js';
import { createCropRecognizer } from '../src/recognition/crop-recognizer.js';
import { exportOnnx, layoutsOf, type Weights } from '../src/weights.js';

/** Weights that nobody trained, with statistics so small that something of an image reaches the scores. */
function weightsOf(model: string, channels: 1 | 3, size: number, more: Partial<Weights> = {}): Weights {
  const description = {
    model,
    classNames: ['calm', 'cross, or so', 'glad'],
    preprocessing: { size, channels, mean: 0.5077, deviation: 0.2549 },
  };
  const layouts = layoutsOf(description);
  const parameters = initialize(layouts.parameters, 3);
  // As MobileNetV3's last layers begin, scores would hardly differ from image to image.
  for (const { name, offset, size: count } of layouts.parameters.entries)
    if (/^head\.(hidden|classifier)\.weight$/.test(name))
      for (let index = offset; index < offset + count; index++) parameters[index]! *= 2;
  return {
    ...description,
    parameters,
    statistics: Float32Array.from(
      { length: layouts.statistics.length },
      (_, index) => 0.1 + (index % 7) / 500,
    ),
    ...more,
  };
}

const nodesOf = (model: Uint8Array) => fromBinary(ModelProtoSchema, model).graph!.node;

/** Noise in blocks, coarse and fine, so that a resize has something to lose. */
function noise(seed: number, width: number, height: number, channels: 1 | 3): RawImage {
  const draw = random(seed);
  const pixels = Uint8Array.from({ length: width * height * channels }, () => draw.integer(256));
  return { width, height, channels, pixels };
}

/** Smaller than the network's input, as large, larger, odd, extreme. */
const sizes = [
  [32, 32],
  [1, 1],
  [20, 31],
  [31, 20],
  [33, 97],
  [97, 33],
  [64, 64],
  [320, 241],
  [1, 700],
  [700, 1],
  [5, 1999],
  [3001, 7],
] as const;

describe('a model exported with preprocessing', () => {
  it.each([
    [1, nodeRuntime],
    [3, nodeRuntime],
    [1, webRuntime],
    [3, webRuntime],
  ] as const)(
    'has the scores of the recognizer on images of any size: %d channel(s)',
    async (channels, runtime) => {
      const weights = weightsOf('mobilenet-v3-small', channels, 32, { smoothing: 0.1, temperature: 1.5 });
      const recognizer = await createCropRecognizer(nodeRuntime, weights, { threads: 1 });
      const session = await runtime.createSession(exportOnnx(weights, { preprocessing: true }), {
        threads: 1,
      });
      const all: number[] = [];
      for (const [index, [width, height]] of sizes.entries())
        for (const given of [1, 3] as const) {
          const image = noise(index, width, height, given);
          const [expected] = await recognizer.recognize([image]);
          const { scores } = await session.run({
            images: { shape: [1, height, width, given], data: image.pixels as Uint8Array },
          });
          expect(scores!.shape).toEqual([1, 3]);
          for (const [column, score] of Object.values(expected!.scores).entries())
            expect(Math.abs(scores!.data[column]! - score), `${width}×${height}×${given}`).toBeLessThan(1e-4);
          all.push(scores!.data[0]!);
        }
      // Scores that hardly differ would be alike whatever the preprocessing did.
      expect(Math.max(...all) - Math.min(...all)).toBeGreaterThan(0.01);
      await recognizer.release();
      await session.release();
    },
  );

  it('reads several images of one size, and refuses other numbers of channels', async () => {
    for (const channels of [1, 3] as const) {
      const weights = weightsOf('shufflenet-v2', channels, 32);
      const recognizer = await createCropRecognizer(nodeRuntime, weights, { threads: 1 });
      const session = await nodeRuntime.createSession(exportOnnx(weights, { preprocessing: true }));
      const images = [1, 2, 3].map((seed) => noise(seed, 40, 50, 3));
      const data = Uint8Array.from(images.flatMap(({ pixels }) => [...pixels]));
      const { scores } = await session.run({ images: { shape: [3, 50, 40, 3], data } });
      const expected = await recognizer.recognize(images);
      for (const [row, { scores: named }] of expected.entries())
        for (const [column, score] of Object.values(named).entries())
          expect(Math.abs(scores!.data[3 * row + column]! - score)).toBeLessThan(1e-4);
      for (const wrong of [2, 4, 5])
        await expect(
          session.run({ images: { shape: [1, 8, 8, wrong], data: new Uint8Array(64 * wrong) } }),
        ).rejects.toThrow();
      await recognizer.release();
      await session.release();
    }
  });

  it('is IR 8, opset 17, of standard operators, from bytes of any size to scores', () => {
    const weights = weightsOf('sdnet', 1, 48, {
      smoothing: 0.1,
      temperature: 1.5,
      provenance: { dataset: 'fer2013' },
    });
    const model = fromBinary(ModelProtoSchema, exportOnnx(weights, { preprocessing: true }));
    expect(model.irVersion).toBe(8n);
    expect(model.opsetImport.map(({ domain, version }) => [domain, version])).toEqual([['', 17n]]);
    expect(new Set(model.graph!.node.map(({ domain }) => domain))).toEqual(new Set(['']));
    const [input, ...others] = model.graph!.input;
    expect(others).toEqual([]);
    const type = input!.type!.value;
    if (type.case !== 'tensorType') throw new Error('no tensor');
    // UINT8
    expect(type.value.elemType).toBe(2);
    expect(type.value.shape!.dim.map(({ value }) => value.value)).toEqual([
      'N',
      'height',
      'width',
      'channels',
    ]);
    expect(model.graph!.output.map(({ name }) => name)).toEqual(['scores']);
    expect(Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value]))).toEqual(
      metadataOf(weights),
    );
  });
});

describe('exported models', () => {
  it('have the calibration within, in standard operators', async () => {
    const calibration = { smoothing: 0.15, temperature: 0.7 };
    const plain = weightsOf('mobilenet-v3-small', 1, 32);
    const images = {
      shape: [2, 1, 32, 32],
      data: Float32Array.from(noise(1, 32, 64, 1).pixels, (p) => p / 64),
    };
    const [raw, own] = await Promise.all(
      [plain, { ...plain, ...calibration }].map(async (weights) => {
        const session = await nodeRuntime.createSession(exportOnnx(weights), { threads: 1 });
        const { scores } = await session.run({ images });
        await session.release();
        return scores!.data;
      }),
    );
    for (const row of [0, 1]) {
      const logits = [...raw!.subarray(3 * row, 3 * row + 3)].map(Math.log);
      for (const [column, score] of calibrated(logits, calibration).entries())
        expect(own![3 * row + column]).toBeCloseTo(score, 5);
      expect(Math.max(...own!.subarray(3 * row, 3 * row + 3))).not.toBeCloseTo(
        Math.max(...logits.map(Math.exp)),
        2,
      );
    }
  });

  it('say their class names, and end with the soft-max', () => {
    const model = fromBinary(ModelProtoSchema, exportOnnx(weightsOf('shufflenet-v2', 1, 32)));
    const classNames = model.metadataProps.find(({ key }) => key === 'classNames')!.value;
    expect(JSON.parse(classNames)).toEqual(['calm', 'cross, or so', 'glad']);
    expect(model.graph!.node.at(-2)!.opType).toBe('Softmax');
  });

  it.each(['sdnet', 'mobilenet-v3-small', 'ghostnet'])(
    'of %s have no operator that OpenCV would take for another',
    (name) => {
      const nodes = nodesOf(exportOnnx(weightsOf(name, 1, 32)));
      const producers = new Map(nodes.flatMap((node) => node.output.map((output) => [output, node.opType])));
      // Its dnn fuses a product with a HardSigmoid to HardSwish, whatever the other factor.
      const factors = nodes
        .filter(({ opType }) => opType === 'Mul')
        .flatMap(({ input }) => input.map((factor) => producers.get(factor)));
      expect(factors).not.toContain('HardSigmoid');
      // OpenCV 4.6 reads no Clip whose limits are inputs.
      const types = nodes.map(({ opType }) => opType);
      expect(types).not.toContain('HardSwish');
      expect(types).not.toContain('Clip');
      if (name !== 'sdnet') expect(types).toContain('HardSigmoid');
    },
  );
});
