import { appendFileSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { type EpochRecord, UserError } from '@sdnet/training';
import crc32c from 'crc-32/crc32c.js';
import { fileProblem } from 'sdnet';

/** What TensorBoard takes for a file of events. */
const eventFile = 'events.out.tfevents.sdnet';

/** The curves of a run, as it is trained. */
export interface TensorBoardLog {
  /**
   * Writes the file anew with the epochs that are done, as they were logged.
   *
   * @throws UserError where it cannot be written
   */
  begin(history: readonly EpochRecord[]): void;
  /** Adds an epoch that is not there yet. Throws the file system's error. */
  add(record: EpochRecord): void;
}

/**
 * `<folder>/<run>/events.out.tfevents.sdnet`, which TensorBoard shows as the run's curves while they grow. It holds every
 * epoch once, also of a run that was killed and goes on.
 *
 * @param folder of any number of runs
 * @param out the run folder, whose name the curves get
 * @throws UserError where a new run would replace the events of another
 */
export function tensorBoardLog(
  folder: string,
  out: string,
  { resume }: { readonly resume: boolean },
): TensorBoardLog {
  const file = join(folder, basename(resolve(out)), eventFile);
  // Of a run that finished no epoch nothing is lost.
  if (!resume && existsSync(file) && statSync(file).size > startRecord(0).length)
    throw new UserError(
      `${file} holds the curves of another run of that name. Choose another folder by --tensorboard or --out, or remove it.`,
    );
  let written = 0;
  return {
    begin(history) {
      try {
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, Buffer.concat(eventsOf(history)));
      } catch (error) {
        throw new UserError(`${file} could not be written: ${fileProblem(error)}.`, { cause: error });
      }
      written = history.length;
    },
    add(record) {
      // Killed after it was logged, an epoch is trained again, with the same result.
      if (record.epoch > written) appendFileSync(file, epochEvent(record, Date.now() / 1000));
    },
  };
}

/** When earlier epochs ended is known from how long they took, going back from now. */
function eventsOf(history: readonly EpochRecord[]): Uint8Array[] {
  let ended = Date.now() / 1000 - history.reduce((sum, { seconds }) => sum + seconds, 0);
  const start = startRecord(ended);
  const epochs = history.map((record) => {
    ended += record.seconds;
    return epochEvent(record, ended);
  });
  return [start, ...epochs];
}

/** What every file begins with. */
const startRecord = (wallTime: number): Uint8Array => eventRecord({ wallTime, fileVersion: 'brain.Event:2' });

const epochEvent = (record: EpochRecord, wallTime: number): Uint8Array =>
  eventRecord({
    wallTime,
    step: record.epoch,
    scalars: {
      'accuracy/validation': record.validationAccuracy,
      'accuracy/validation balanced': record.validationBalancedAccuracy,
      'accuracy/training': record.trainingAccuracy,
      loss: record.loss,
      'learning rate': record.learningRate,
      'image size': record.size,
      'images per second': record.imagesPerSecond,
    },
  });

interface Event {
  /** In seconds since 1970. */
  readonly wallTime: number;
  readonly step?: number;
  readonly fileVersion?: string;
  readonly scalars?: Readonly<Record<string, number>>;
}

/**
 * An event as TensorFlow's record format has it: length (64 bits), its masked CRC-32C, the `Event` message, and its masked
 * CRC-32C (tensorflow/core/lib/io/record_writer.h, tensorflow/core/util/event.proto and framework/summary.proto).
 */
export function eventRecord({ wallTime, step, fileVersion, scalars }: Event): Uint8Array {
  const message = new BinaryWriter();
  message.tag(1, WireType.Bit64).double(wallTime);
  if (step !== undefined) message.tag(2, WireType.Varint).int64(step);
  if (fileVersion !== undefined) message.tag(3, WireType.LengthDelimited).string(fileVersion);
  if (scalars) {
    message.tag(5, WireType.LengthDelimited).fork();
    for (const [tag, value] of Object.entries(scalars)) {
      message.tag(1, WireType.LengthDelimited).fork();
      message.tag(1, WireType.LengthDelimited).string(tag).tag(2, WireType.Bit32).float(value);
      message.join();
    }
    message.join();
  }
  const data = message.finish();
  const record = Buffer.alloc(data.length + 16);
  record.writeBigUInt64LE(BigInt(data.length), 0);
  record.writeUInt32LE(maskedCrc(record.subarray(0, 8)), 8);
  record.set(data, 12);
  record.writeUInt32LE(maskedCrc(data), data.length + 12);
  return record;
}

/** Masked, as a checksum of bytes that contain checksums is weak. */
function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c.buf(bytes) >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
