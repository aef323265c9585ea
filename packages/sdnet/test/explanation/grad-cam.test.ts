import { readFileSync } from 'node:fs';
import { compileEvaluation, type Tensor } from '@sdnet/autograd';
import { nodeRuntime } from '@sdnet/autograd/node';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { createExplainer, type Inside } from '../../src/explanation/explainer.js';
import { gradCam } from '../../src/explanation/grad-cam.js';
import { models } from '../../src/models/index.js';
import { preprocess, type RawImage } from '../../src/preprocess.js';
import { imageShape, networkOf } from '../../src/description.js';
import { decodeWeights, layoutsOf, namedTensors, type Weights } from '../../src/weights.js';
import { noiseImage, untrainedWeights } from './untrained-weights.js';

const vector = (data: Float32Array): Tensor => ({ shape: [data.length], data });

/** How far two vectors are apart, relative to the second. */
const relativeError = (found: readonly number[], expected: readonly number[]) =>
  Math.hypot(...found.map((value, index) => value - expected[index]!)) / Math.hypot(...expected);

/** d(logit)/d(factor) of each plane scaled by a factor, at 1, as the explanation's gradient has it. */
function byGradient({ activation, gradients }: Inside, label: number): number[] {
  const positions = activation.height * activation.width;
  return Array.from({ length: activation.channels }, (_, plane) => {
    let sum = 0;
    for (let place = plane * positions; place < (plane + 1) * positions; place++)
      sum += gradients[label]![place]! * activation.data[place]!;
    return sum;
  });
}

async function lookInto(weights: Weights, image: RawImage): Promise<Inside> {
  const explainer = await createExplainer(nodeRuntime, weights, { threads: 1 });
  const inside = await explainer.look(image);
  await explainer.release();
  return inside;
}

/** The network as it is always evaluated: logits of `image`, for any parameters. */
async function openEvaluation(weights: Weights, image: RawImage) {
  const evaluation = compileEvaluation(networkOf(weights), imageShape(weights.preprocessing));
  const session = await nodeRuntime.createSession(evaluation.model, { threads: 1 });
  const { channels, size } = weights.preprocessing;
  const images = { shape: [1, channels, size, size], data: preprocess(image, weights.preprocessing) };
  const statistics = vector(weights.statistics);
  return {
    logits: async (parameters: Float32Array) =>
      (await session.run({ images, parameters: vector(parameters), statistics })).output!.data,
    release: session.release,
  };
}

const hardSwish = (x: number) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6;
const relu = (x: number) => Math.max(x, 0);
/** What stands between the pooled planes and the classifier. */
const hidden: Readonly<Record<string, (x: number) => number>> = {
  'mobilenet-v3-small': hardSwish,
  ghostnet: relu,
};

/** What follows the last feature map, in float64: from the planes' means to the logits. */
function headOf(weights: Weights): (means: Float64Array) => Float64Array {
  const tensors = namedTensors(weights);
  const linear = (name: string, x: Float64Array) => {
    const { data } = tensors.get(`head.${name}.weight`)!;
    const bias = tensors.get(`head.${name}.bias`)!.data;
    return Float64Array.from(bias, (start, row) =>
      x.reduce((sum, value, column) => sum + value * data[row * x.length + column]!, start),
    );
  };
  const activation = hidden[weights.model];
  return (means) => linear('classifier', activation ? linear('hidden', means).map(activation) : means);
}

describe('the gradient that Grad-CAM weighs planes by', () => {
  it.each(Object.keys(models))('is that of scaling single planes of %s', async (model) => {
    const [weights, image, label] = [untrainedWeights(model, 40), noiseImage(1), 2];
    const inside = await lookInto(weights, image);
    const { channels, data } = inside.activation;
    const positions = data.length / channels;
    const means = Float64Array.from({ length: channels }, (_, plane) =>
      data.subarray(plane * positions, (plane + 1) * positions).reduce((sum, x) => sum + x / positions, 0),
    );
    const head = headOf(weights);
    const evaluation = await openEvaluation(weights, image);
    const logits = await evaluation.logits(weights.parameters);
    await evaluation.release();
    expect(relativeError([...head(means)], [...logits])).toBeLessThan(1e-4);
    expect(relativeError([...inside.logits], [...logits])).toBeLessThan(1e-4);

    const step = 1e-4;
    const planes = Array.from({ length: 16 }, (_, index) => Math.floor((index * channels) / 16));
    const differences = planes.map((plane) => {
      const scaled = (factor: number) =>
        head(means.map((mean, index) => (index === plane ? mean * factor : mean)))[label]!;
      return (scaled(1 + step) - scaled(1 - step)) / (2 * step);
    });
    expect(Math.hypot(...differences)).toBeGreaterThan(1e-3);
    const found = byGradient(inside, label);
    const error = relativeError(
      planes.map((plane) => found[plane]!),
      differences,
    );
    expect(error).toBeLessThan(1e-3);
  });

  it('is that of scaling single planes of the shipped SDNet on the portrait', async () => {
    const root = new URL('../../../../', import.meta.url);
    const file = readFileSync(new URL('models/sdnet-fer2013/weights.safetensors', root));
    const weights = await decodeWeights(new Uint8Array(file));
    const portrait = sharp(readFileSync(new URL('samples/astronaut.png', root))).removeAlpha();
    const { data, info } = await portrait.raw().toBuffer({ resolveWithObject: true });
    const image: RawImage = { width: info.width, height: info.height, channels: 3, pixels: data };
    const happy = weights.classNames.indexOf('happy');
    const inside = await lookInto(weights, image);
    const found = byGradient(inside, happy);
    // Those that matter most.
    const planes = [...found.keys()].sort((a, b) => Math.abs(found[b]!) - Math.abs(found[a]!)).slice(0, 12);

    // The classifier multiplies each plane's mean by a column: scaling that is scaling the plane. It is linear, so that
    // the step may be large.
    const step = 0.5;
    const evaluation = await openEvaluation(weights, image);
    const classifier = layoutsOf(weights).parameters.entries.find(
      ({ name }) => name === 'head.classifier.weight',
    )!;
    const [rows, columns] = classifier.shape as readonly [number, number];
    expect(columns).toBe(inside.activation.channels);
    const differences: number[] = [];
    for (const plane of planes) {
      const scaled = async (factor: number) => {
        const parameters = weights.parameters.slice();
        for (let row = 0; row < rows; row++) parameters[classifier.offset + row * columns + plane]! *= factor;
        return (await evaluation.logits(parameters))[happy]!;
      };
      differences.push(((await scaled(1 + step)) - (await scaled(1 - step))) / (2 * step));
    }
    await evaluation.release();
    const error = relativeError(
      planes.map((plane) => found[plane]!),
      differences,
    );
    expect(error).toBeLessThan(1e-3);
    expect(placeOfMaximum(inside, happy)).toEqual({ below: 'the middle', side: 'centre' });
  });
});

/** Where the map is highest; on a laughing face that is the mouth. */
function placeOfMaximum({ activation, gradients }: Inside, label: number) {
  const { height, width } = activation;
  const map = gradCam(activation, gradients[label]!);
  const place = map.indexOf(Math.max(...map));
  const [row, column] = [Math.floor(place / width), place % width];
  return {
    below: row > (height - 1) / 2 ? 'the middle' : 'nothing',
    side: Math.abs(column - (width - 1) / 2) <= 1 ? 'centre' : 'edge',
  };
}

describe('gradCam', () => {
  it('is the weighted sum of the planes where it is positive', () => {
    // Weights are the gradients' means: 2, −1 and 0.5.
    const gradient = Float32Array.of(1, 3, 2, 2, -4, 0, 0, 0, 0, 0, 0, 2);
    const data = Float32Array.of(1, 2, 0, 1, 1, 5, 2, 0, 4, 0, 2, 2);
    const map = gradCam({ channels: 3, height: 2, width: 2, data }, gradient);
    expect([...map]).toEqual([2 - 1 + 2, 0, 0, 2 - 0 + 1]);
  });
});
