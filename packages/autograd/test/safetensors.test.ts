import { createHash } from 'node:crypto';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { fuzzCount, reportFuzz } from '../../../test/support/fuzzing.js';
import { decodeSafetensors, encodeSafetensors, type NamedTensor, random } from '../src/index.js';
import { mutate } from './mutate.js';
import { plainOf } from './operand.js';

const tensors = new Map<string, NamedTensor>([
  ['stem.weight', plainOf([4, 3, 2])],
  ['stem.bias', plainOf([4], 3)],
  ['scalar', { shape: [], data: Float32Array.of(-0) }],
  ['empty', { shape: [0, 5], data: new Float32Array(0) }],
  ['7', plainOf([5], 4)],
  ['ein schöner Name "in Anführungszeichen"', plainOf([1, 1], 5)],
]);
const metadata = { format: 'sdnet', classes: '["wütend","glücklich"]', note: '' };

const bitsOf = (data: Float32Array | Float64Array) =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** A file as the format's description says, written by hand. */
function fileOf(header: unknown, data: Uint8Array, padding = ''): Uint8Array {
  const text = new TextEncoder().encode(
    (typeof header === 'string' ? header : JSON.stringify(header)) + padding,
  );
  const file = new Uint8Array(8 + text.length + data.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  file.set(data, 8 + text.length);
  return file;
}

/** A file read as the format's description says. */
function readByHand(file: Uint8Array) {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  const start = 8 + headerLength;
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, start)));
  const { __metadata__, ...entries } = header as Record<string, never>;
  return {
    start,
    metadata: __metadata__ as unknown as Record<string, string>,
    entries: entries as Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>,
    number: (position: number) => view.getFloat32(start + position, true),
  };
}

describe('a written file', () => {
  it('gives back names, shapes, bits and metadata', async () => {
    const decoded = await decodeSafetensors(await encodeSafetensors(tensors, metadata));
    expect(decoded.metadata).toEqual(metadata);
    expect([...decoded.tensors.keys()].sort()).toEqual([...tensors.keys()].sort());
    for (const [name, { shape, data }] of tensors) {
      expect(decoded.tensors.get(name)!.shape, name).toEqual(shape);
      expect(bitsOf(decoded.tensors.get(name)!.data), name).toEqual(bitsOf(data));
    }
  });

  it('is what the format describes', async () => {
    const file = await encodeSafetensors(tensors, metadata);
    const { start, metadata: described, entries, number } = readByHand(file);
    expect(start % 8).toBe(0);
    expect(described).toEqual({ ...metadata, 'sdnet.sha256': expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(Object.keys(entries).sort()).toEqual([...tensors.keys()].sort());
    // No holes, no overlaps, nothing behind.
    const ranges = Object.values(entries).map(({ data_offsets }) => data_offsets);
    let end = 0;
    for (const [from, to] of ranges.sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
      expect(from).toBe(end);
      end = to;
    }
    expect(start + end).toBe(file.length);
    for (const [name, { shape, data }] of tensors) {
      const entry = entries[name]!;
      expect(entry.dtype).toBe('F32');
      expect(entry.shape).toEqual(shape);
      const values = Float32Array.from(data, (_value, index) => number(entry.data_offsets[0] + 4 * index));
      expect(values, name).toEqual(data);
    }
  });

  it('has the same bytes for the same tensors', async () => {
    expect(await encodeSafetensors(tensors, metadata)).toEqual(await encodeSafetensors(tensors, metadata));
  });

  it('keeps the bits of infinities and of every NaN', async () => {
    const bits = Uint32Array.of(0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001, 0xffc12345, 0x00000001);
    const data = new Float32Array(bits.buffer);
    const file = await encodeSafetensors(new Map([['odd', { shape: [6], data }]]));
    const { tensors: read } = await decodeSafetensors(file);
    expect(bitsOf(read.get('odd')!.data)).toEqual(new Uint8Array(bits.buffer));
  });

  it('is read from within a larger buffer, and does not share its memory', async () => {
    const file = await encodeSafetensors(tensors, metadata);
    const larger = new Uint8Array(file.length + 13).fill(0xee);
    larger.set(file, 5);
    const { tensors: read } = await decodeSafetensors(larger.subarray(5, 5 + file.length));
    larger.fill(0);
    expect(read.get('stem.weight')!.data).toEqual(tensors.get('stem.weight')!.data);
  });

  it('takes tensors that are part of a larger array', async () => {
    const vector = plainOf([10]).data;
    const file = await encodeSafetensors(new Map([['part', { shape: [4], data: vector.subarray(3, 7) }]]));
    expect((await decodeSafetensors(file)).tensors.get('part')!.data).toEqual(vector.slice(3, 7));
  });
});

describe('a damaged file', () => {
  it('cut short anywhere is refused', async () => {
    const file = await encodeSafetensors(tensors, metadata);
    for (let length = 0; length < file.length; length++)
      await expect(decodeSafetensors(file.subarray(0, length)), `${length} bytes`).rejects.toThrow(/short/);
  });

  it('with anything behind is refused', async () => {
    const file = await encodeSafetensors(tensors, metadata);
    const longer = new Uint8Array(file.length + 1);
    longer.set(file);
    await expect(decodeSafetensors(longer)).rejects.toThrow(
      'too long: 141 bytes of data where the header says 140',
    );
  });

  it('with any bit flipped is refused, or nothing was lost', async () => {
    const file = await encodeSafetensors(tensors, metadata);
    const nameOfChecksum = new TextDecoder('latin1').decode(file).indexOf('"sdnet.sha256"') + 1;
    const unnoticed = new Set<number>();
    for (let position = 0; position < file.length; position++) {
      const damaged = file.slice();
      damaged[position]! ^= 1 << (position % 8);
      const decoded = await decodeSafetensors(damaged).catch((error: Error) => error.message);
      if (typeof decoded === 'string') {
        expect(decoded).toMatch(/damaged|safetensors file|short|too long/);
        continue;
      }
      unnoticed.add(position);
      for (const [name, { shape, data }] of tensors)
        expect(decoded.tensors.get(name), name).toEqual({ shape, data });
    }
    // A file without checksum is a good one, and so is one where the checksum has lost its name.
    for (const position of unnoticed) expect(position - nameOfChecksum).toBeGreaterThanOrEqual(0);
    for (const position of unnoticed) expect(position - nameOfChecksum).toBeLessThan('sdnet.sha256'.length);
  });

  it('with its data exchanged is refused', async () => {
    const file = await encodeSafetensors(tensors, metadata);
    const { start } = readByHand(file);
    file.copyWithin(start, start + 4, start + 8);
    await expect(decodeSafetensors(file)).rejects.toThrow(
      'damaged: its SHA-256 is not the one it was written with',
    );
  });
});

describe('a crafted file', () => {
  /** With the right checksum, as an attacker would write it. */
  async function signed(header: Record<string, unknown>, data: Uint8Array): Promise<Uint8Array> {
    const { __metadata__: described = {}, ...entries } = header as { __metadata__?: object };
    const text = JSON.stringify({ __metadata__: described, ...entries });
    const hash = createHash('sha256').update(text).update(data).digest('hex');
    return fileOf({ __metadata__: { ...described, 'sdnet.sha256': hash }, ...entries }, data);
  }
  const entry = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };

  it('is read where it is right', async () => {
    const { tensors: read, verified } = await decodeSafetensors(
      await signed({ x: entry }, new Uint8Array(8)),
    );
    expect(verified).toBe(true);
    expect(read.get('x')!.shape).toEqual([2]);
    expect((await decodeSafetensors(fileOf({ x: entry }, new Uint8Array(8)))).verified).toBe(false);
  });

  it.each<[string, Record<string, unknown>, string]>([
    [
      'overlapping tensors',
      { x: entry, y: entry },
      'begins at byte 0 of the data, and the one before it ends at 8',
    ],
    [
      'a shape whose size is no number',
      { x: { ...entry, shape: [0, 2 ** 53 - 1, 2 ** 53 - 1] } },
      'does not fill',
    ],
    [
      'a shape of a thousand dimensions',
      { x: { ...entry, shape: Array(1000).fill(1) } },
      'does not describe',
    ],
    [
      'a type of an object',
      { x: { ...entry, dtype: 'constructor' } },
      'is constructor; F32 or F64 is expected',
    ],
    [
      'offsets beyond what can be counted',
      { x: { ...entry, data_offsets: [0, 2 ** 53] } },
      'does not describe',
    ],
  ])('with %s is refused', async (_, header, message) => {
    await expect(decodeSafetensors(await signed(header, new Uint8Array(8)))).rejects.toThrow(message);
  });

  it('with millions of nested brackets is refused at once', async () => {
    for (const text of ['['.repeat(9e6), '{"a":'.repeat(1.8e6), `{"x":[[${'[],'.repeat(2e6)}[]]]}`]) {
      const before = process.resourceUsage().maxRSS;
      await expect(decodeSafetensors(fileOf(text, new Uint8Array(0)))).rejects.toThrow(
        'its header is no JSON',
      );
      // In kilobytes.
      expect(process.resourceUsage().maxRSS - before).toBeLessThan(200_000);
    }
  });

  it('may have brackets in its names', async () => {
    const name = '[{"\\[[[{{{';
    const { tensors: read } = await decodeSafetensors(fileOf({ [name]: entry }, new Uint8Array(8)));
    expect([...read.keys()]).toEqual([name]);
  });

  it('cannot forge a line of the message, nor fill a screen', async () => {
    const name = `x\nAll is well.\u001b[2J\u202e${'y'.repeat(1e6)}`;
    const refused = decodeSafetensors(fileOf({ [name]: { ...entry, dtype: 'I8' } }, new Uint8Array(8)));
    const message = await refused.then(String, (error: Error) => error.message);
    expect(message).toMatch(
      /^the tensor x\\u\{a\}All is well\.\\u\{1b\}\[2J\\u\{202e\}y+… is I8; F32 or F64 is expected\.$/,
    );
    expect(message.length).toBeLessThan(400);
  });

  it('is expected as bytes', async () => {
    await expect(decodeSafetensors(new ArrayBuffer(64) as never)).rejects.toThrow('expected as a Uint8Array');
  });
});

it('tensors whose shape is not that of their data are not written', async () => {
  const data = new Float32Array(3);
  for (const shape of [[2], [], [-3], [NaN], [1.5, 2]])
    await expect(encodeSafetensors(new Map([['x', { shape, data }]]))).rejects.toThrow(
      'has 3 values and cannot be',
    );
});

describe('mutated files', () => {
  const count = fuzzCount(3000);

  it('are refused, or nothing was lost', async () => {
    const file = await encodeSafetensors(tensors, metadata);
    const { start } = readByHand(file);
    const draw = random(8);
    let accepted = 0;
    for (let index = 0; index < count; index++) {
      const mutated = mutate(file, draw, start);
      const decoded = await decodeSafetensors(mutated).catch((error: Error) => {
        expect(error.message).toMatch(/damaged|safetensors file|short|too long|expected|fill|larger/);
        expect(error.message.length).toBeLessThan(600);
      });
      if (!decoded) continue;
      // Where the checksum lost its name there is none any more, and the caller is told.
      if (!decoded.verified) continue;
      accepted++;
      expect(decoded.metadata).toEqual(metadata);
      for (const [name, { shape, data }] of tensors)
        expect(decoded.tensors.get(name), `file ${index}`).toEqual({ shape, data });
    }
    reportFuzz('safetensors', {
      'refused or without a checksum': count - accepted,
      'read without loss': accepted,
    });
    // Blanks between header and data, say.
    expect(accepted).toBeLessThan(count / 20);
  });
});

describe('in a browser without a secure context, which has no crypto.subtle,', () => {
  const message = 'needs a secure context: serve the page over https or from localhost';

  it('a checksum is neither written nor checked: the error says what to do', async () => {
    const file = await encodeSafetensors(tensors, metadata);
    vi.stubGlobal('crypto', {});
    onTestFinished(() => void vi.unstubAllGlobals());
    await expect(encodeSafetensors(tensors, metadata)).rejects.toThrow(message);
    await expect(decodeSafetensors(file)).rejects.toThrow(message);
  });
});

describe('a file that others wrote', () => {
  const data = new Uint8Array(Float64Array.of(1.5, -2.25, 0).buffer);
  const entry = { dtype: 'F64', shape: [3], data_offsets: [0, 24] };

  it('needs no checksum and no metadata, and may have any padding', async () => {
    const { tensors: read, metadata: described } = await decodeSafetensors(fileOf({ x: entry }, data, '   '));
    expect(described).toEqual({});
    expect(read.get('x')).toEqual({ shape: [3], data: Float64Array.of(1.5, -2.25, 0) });
  });

  it('may hold its tensors in any order and at odd places', async () => {
    const numbers = new Uint8Array(12);
    const view = new DataView(numbers.buffer);
    view.setFloat32(0, 1, true);
    view.setFloat32(4, 2, true);
    view.setFloat32(8, 3, true);
    const header = {
      late: { dtype: 'F32', shape: [2], data_offsets: [4, 12] },
      __metadata__: { format: 'pt' },
      early: { dtype: 'F32', shape: [], data_offsets: [0, 4] },
    };
    const { tensors: read, metadata: described } = await decodeSafetensors(fileOf(header, numbers, ' '));
    expect(described).toEqual({ format: 'pt' });
    expect(read.get('early')).toEqual({ shape: [], data: Float32Array.of(1) });
    expect(read.get('late')).toEqual({ shape: [2], data: Float32Array.of(2, 3) });
  });

  it.each([
    ['another type', { x: { ...entry, dtype: 'BF16' } }, 'the tensor x is BF16; F32 or F64 is expected'],
    [
      'a shape that does not fit',
      { x: { ...entry, shape: [2, 2] } },
      'x of shape [2, 2] does not fill its 24 bytes',
    ],
    ['offsets beyond the end', { x: { ...entry, data_offsets: [0, 32] } }, 'cut short: 24 bytes of data'],
    [
      'two tensors that overlap',
      { x: entry, y: { ...entry, shape: [1], data_offsets: [0, 8] } },
      'the tensor x begins at byte 0 of the data, and the one before it ends at 8',
    ],
    ['a hole', { x: { ...entry, data_offsets: [8, 32] } }, 'the tensor x begins at byte 8 of the data'],
    ['offsets in the wrong order', { x: { ...entry, data_offsets: [24, 0] } }, 'does not describe tensors'],
    ['negative sizes', { x: { ...entry, shape: [-3] } }, 'does not describe tensors'],
    ['an entry without type', { x: { shape: [3], data_offsets: [0, 24] } }, 'does not describe tensors'],
    ['metadata that are no strings', { __metadata__: { epoch: 3 }, x: entry }, 'does not describe tensors'],
    ['a list for a header', [entry], 'does not describe tensors'],
    ['a header that is no JSON', '{"x": ', 'its header is no JSON'],
  ])('%s is refused', async (_name, header, message) => {
    await expect(decodeSafetensors(fileOf(header, data))).rejects.toThrow(message);
  });

  it.each([
    ['a header larger than 10 MB', 10_000_001n],
    ['a header of more bytes than can be counted', 2n ** 64n - 1n],
  ])('%s is refused', async (_name, length) => {
    const file = new Uint8Array(64);
    new DataView(file.buffer).setBigUint64(0, length, true);
    await expect(decodeSafetensors(file)).rejects.toThrow('larger than 10 MB');
  });

  it.each([
    ['a PNG', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13], 'not a safetensors file'],
    ['nothing', [], 'too short for a safetensors file: 0 bytes'],
  ])('%s is refused', async (_name, bytes, message) => {
    await expect(decodeSafetensors(Uint8Array.from(bytes))).rejects.toThrow(message);
  });
});
