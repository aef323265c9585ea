import { appendFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventRecord, tensorBoardLog } from '../../src/runs/tensorboard.js';
import { logOf } from '../support/run-folder.js';
import { sdnetHere } from '../support/sdnet-command.js';
import { smallTraining } from '../support/small-training.js';
import { temporaryFolder } from '../support/temporary-folder.js';

/** CRC-32C bit by bit: the polynomial 0x1EDC6F41, reflected. */
function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

const masked = (bytes: Uint8Array): number => {
  const crc = BigInt(crc32c(bytes));
  return Number((((crc >> 15n) | (crc << 17n)) + 0xa282ead8n) & 0xffffffffn);
};

/** The fields of a protobuf message, in order: number and content. */
function* fieldsOf(message: Buffer): Generator<[number, Buffer | number]> {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++]!;
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const [field, wire] = [tag >>> 3, tag & 7];
    if (wire === 0) yield [field, varint()];
    else if (wire === 1) yield [field, message.readDoubleLE((at += 8) - 8)];
    else if (wire === 5) yield [field, message.readFloatLE((at += 4) - 4)];
    else {
      const length = varint();
      yield [field, message.subarray(at, (at += length))];
    }
  }
}

interface Event {
  readonly wallTime: number;
  readonly step?: number;
  readonly version?: string;
  readonly scalars: Readonly<Record<string, number>>;
}

function eventsOf(file: Buffer): Event[] {
  const events: Event[] = [];
  for (let at = 0; at < file.length;) {
    const length = Number(file.readBigUInt64LE(at));
    const data = file.subarray(at + 12, at + 12 + length);
    expect(file.readUInt32LE(at + 8)).toBe(masked(file.subarray(at, at + 8)));
    expect(file.readUInt32LE(at + 12 + length)).toBe(masked(data));
    const fields = new Map(fieldsOf(data));
    const scalars = [...fieldsOf((fields.get(5) as Buffer | undefined) ?? Buffer.alloc(0))].map(
      ([, value]) => {
        const content = new Map(fieldsOf(value as Buffer));
        return [String(content.get(1)), content.get(2) as number] as const;
      },
    );
    events.push({
      wallTime: fields.get(1) as number,
      ...(fields.has(2) && { step: fields.get(2) as number }),
      ...(fields.has(3) && { version: String(fields.get(3)) }),
      scalars: Object.fromEntries(scalars),
    });
    at += length + 16;
  }
  return events;
}

it('a file begins as every one of TensorFlow does', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  const record = Buffer.from(eventRecord({ wallTime: 1.5e9, fileVersion: 'brain.Event:2' }));
  // Length 24 and its checksum, the field wall_time, then the version.
  expect(record.subarray(0, 13).toString('hex')).toBe('1800000000000000a37f4b2209');
  expect(record.subarray(21, 36).toString('latin1')).toBe('\x1a\x0dbrain.Event:2');
});

describe('sdnet train --tensorboard', () => {
  it('writes every epoch once, also of a run that was killed and goes on', async () => {
    const folder = temporaryFolder();
    const [out, curves] = [join(folder, 'run'), join(folder, 'curves')];
    const file = join(curves, 'run/events.out.tfevents.sdnet');
    const train = (...args: string[]) => sdnetHere(...args, '--out', out, '--tensorboard', curves);
    const expectCurves = () => {
      const [start, ...epochs] = eventsOf(readFileSync(file));
      expect(start).toMatchObject({ version: 'brain.Event:2', scalars: {} });
      const log = logOf(out);
      expect(epochs.map(({ step }) => step)).toEqual(log.map(({ epoch }) => epoch));
      for (const [index, { scalars, wallTime }] of epochs.entries()) {
        const record = log[index]!;
        expect(Math.abs(Date.now() / 1000 - wallTime)).toBeLessThan(3600);
        expect(wallTime).toBeGreaterThanOrEqual((epochs[index - 1] ?? start!).wallTime);
        expect(scalars).toEqual({
          'accuracy/validation': Math.fround(record.validationAccuracy),
          'accuracy/validation balanced': Math.fround(record.validationBalancedAccuracy),
          'accuracy/training': Math.fround(record.trainingAccuracy),
          loss: Math.fround(record.loss),
          'learning rate': Math.fround(record.learningRate),
          'image size': 32,
          'images per second': Math.fround(record.imagesPerSecond),
        });
      }
      return epochs.length;
    };

    const { code, stderr } = await train(...smallTraining(folder, 2));
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(expectCurves()).toBe(2);
    // As a kill in the middle of writing leaves it.
    truncateSync(file, 100);
    expect(await train('train', '--resume', '--epochs', '3')).toMatchObject({ code: 0 });
    expect(expectCurves()).toBe(3);
    // Killed when the last epoch was logged, but not in the checkpoint yet.
    appendFileSync(join(out, 'log.jsonl'), `${JSON.stringify({ ...logOf(out)[2], epoch: 4 })}\n`);
    expect(await train('train', '--resume', '--epochs', '4')).toMatchObject({ code: 0 });
    expect(eventsOf(readFileSync(file)).map(({ step }) => step)).toEqual([undefined, 1, 2, 3, 4]);
  });

  it('replaces those of a run that finished no epoch', () => {
    const folder = temporaryFolder();
    const start = () => tensorBoardLog(folder, 'runs/mine', { resume: false });
    start().begin([]);
    const log = start();
    log.begin([]);
    const figures = { loss: 1, trainingAccuracy: 0, validationAccuracy: 0, validationBalancedAccuracy: 0 };
    log.add({ epoch: 1, size: 32, learningRate: 1, imagesPerSecond: 1, seconds: 1, ...figures });
    expect(start).toThrow(/holds the curves of another run/);
  });

  it('replaces the curves of no other run, and says where it cannot write', async () => {
    const folder = temporaryFolder();
    const train = (out: string, curves: string) =>
      sdnetHere(
        ...smallTraining(folder, 1),
        '--out',
        join(folder, out),
        '--tensorboard',
        join(folder, curves),
      );
    expect(await train('a/run', 'curves')).toMatchObject({ code: 0 });
    const before = readFileSync(join(folder, 'curves/run/events.out.tfevents.sdnet'));
    const second = await train('b/run', 'curves');
    expect(second.stderr).toMatch(
      /events\.out\.tfevents\.sdnet holds the curves of another run of that name/,
    );
    expect(second.code).toBe(1);
    expect(readFileSync(join(folder, 'curves/run/events.out.tfevents.sdnet')).equals(before)).toBe(true);
    expect(readdirSync(folder)).not.toContain('b');
    writeFileSync(join(folder, 'no-folder'), '');
    const third = await train('c/run', 'no-folder');
    expect(third.stderr).toMatch(/no-folder\/run\/events\.out\.tfevents\.sdnet could not be written/);
    expect(third.code).toBe(1);
  });
});
