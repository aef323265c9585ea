import { initialize, random } from '@sdnet/autograd';
import { describe, expect, it } from 'vitest';
import { fuzzCount, reportFuzz } from '../../../test/support/fuzzing.js';
import { mutate } from '../../autograd/test/mutate.js';
import { metadataOf, parseDescription, type WeightsDescription } from '../src/description.js';
import { decodeWeights, encodeWeights, layoutsOf, type Weights } from '../src/weights.js';

const description = {
  model: 'shufflenet-v2',
  classNames: ['calm', 'cross'],
  preprocessing: { size: 16, channels: 1, mean: 0.5, deviation: 0.25 },
  smoothing: 0.125,
  temperature: 1.5,
  provenance: { dataset: 'fer2013', epoch: 3 },
} as const;
const layouts = layoutsOf(description);
const weights: Weights = {
  ...description,
  parameters: initialize(layouts.parameters, 3),
  statistics: initialize(layouts.statistics, 3),
};
const count = fuzzCount(150);
const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) =>
  Buffer.from(buffer, byteOffset, byteLength);

describe('mutated weights', () => {
  it('are refused, or are the same', async () => {
    const file = await encodeWeights(weights);
    const header = 8 + Number(new DataView(file.buffer).getBigUint64(0, true));
    const draw = random(9);
    let same = 0;
    for (let index = 0; index < count; index++) {
      const decoded = await decodeWeights(mutate(file, draw, header)).catch((error: Error) => {
        expect(error.message.length, error.message.slice(0, 300)).toBeLessThan(1000);
      });
      if (!decoded) continue;
      same++;
      const { parameters, statistics, ...rest } = decoded;
      expect(rest, `file ${index}`).toEqual(description);
      expect(bytesOf(parameters).equals(bytesOf(weights.parameters))).toBe(true);
      expect(bytesOf(statistics).equals(bytesOf(weights.statistics))).toBe(true);
    }
    reportFuzz('weights', { refused: count - same, 'read without loss': same });
  });

  it('with the right checksum are refused by what their metadata says, or can be written again', () => {
    const draw = random(10);
    const values = [
      '',
      ' ',
      '0',
      '-1',
      'NaN',
      '1e300',
      '1e-310',
      '0x10',
      '[]',
      '{}',
      'null',
      '["a","a"]',
      '9'.repeat(1e4),
    ];
    const good = metadataOf(description);
    const names = Object.keys(good);
    let refused = 0;
    for (let index = 0; index < 20 * count; index++) {
      const metadata: Record<string, string> = { ...good };
      for (let changes = 1 + draw.integer(2); changes > 0; changes--) {
        const name = names[draw.integer(names.length)]!;
        const text = good[name]!;
        const at = draw.integer(text.length);
        if (draw.uniform() < 0.1) delete metadata[name];
        else if (draw.uniform() < 0.5) metadata[name] = values[draw.integer(values.length)]!;
        else
          metadata[name] =
            text.slice(0, at) + String.fromCharCode(32 + draw.integer(95)) + text.slice(at + 1);
      }
      let parsed: WeightsDescription;
      try {
        parsed = parseDescription(metadata);
      } catch (error) {
        refused++;
        const { message } = error as Error;
        expect(message.length, message.slice(0, 300)).toBeLessThan(1000);
        continue;
      }
      expect(parseDescription(metadataOf(parsed)), JSON.stringify(metadata)).toEqual(parsed);
    }
    reportFuzz('metadata', { refused, 'that can be written again': 20 * count - refused });
  });

  it('whose checksum has lost its name are refused', async () => {
    const file = await encodeWeights(weights);
    const at = Buffer.from(file).indexOf('sdnet.sha256');
    for (let position = at; position < at + 12; position++) {
      const damaged = file.slice();
      damaged[position]! ^= 1;
      await expect(decodeWeights(damaged)).rejects.toThrow(
        /nobody knows here, and no checksum: it is damaged/,
      );
    }
  });

  it('of another program may lack the checksum', async () => {
    const file = await encodeWeights(weights);
    const length = Number(new DataView(file.buffer).getBigUint64(0, true));
    const text = Buffer.from(file).toString('utf8', 8, 8 + length);
    const without = text.replace(/,"sdnet\.sha256":"[0-9a-f]{64}"/, '').padEnd(text.length);
    file.set(new TextEncoder().encode(without), 8);
    expect((await decodeWeights(file)).classNames).toEqual(weights.classNames);
  });
});
