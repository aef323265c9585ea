import { readFileSync } from 'node:fs';
import { UserError } from '@sdnet/training';
import { fileError } from 'sdnet';

/**
 * The one whole number that a NumPy file (`.npy`, format 1 to 3) holds, as an integer or as text.
 *
 * @throws UserError naming the file that holds anything else
 */
export function readNpyNumber(file: string): number {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw fileError(file, error);
  }
  const value = numberIn(bytes);
  if (value !== undefined) return value;
  throw new UserError(`${file}: not a NumPy file of one whole number. Unpack it again.`);
}

function numberIn(bytes: Buffer): number | undefined {
  if (bytes.toString('latin1', 0, 6) !== '\x93NUMPY' || bytes.length < 12) return undefined;
  const [start, length] = bytes[6] === 1 ? [10, bytes.readUInt16LE(8)] : [12, bytes.readUInt32LE(8)];
  const header = bytes.toString('latin1', start, start + length);
  const type = /'descr':\s*'([<>|=]?[a-zA-Z]\d+)'/.exec(header)?.[1];
  if (type === undefined || !/'shape':\s*\(\s*(1\s*,)?\s*\)/.test(header)) return undefined;
  const text = textOf(type, bytes.subarray(start + length));
  return text !== undefined && /^-?\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function textOf(type: string, data: Buffer): string | undefined {
  const [, order, kind, digits] = /^([<>|=]?)(\w)(\d+)$/.exec(type)!;
  const size = Number(digits);
  const isLittle = order !== '>';
  if (kind === 'U') {
    const points = Array.from({ length: Math.floor(Math.min(4 * size, data.length) / 4) }, (_, index) =>
      isLittle ? data.readUInt32LE(4 * index) : data.readUInt32BE(4 * index),
    );
    // A number is in ASCII; the rest is padding.
    return points.every((point) => point < 128) ? strip(String.fromCharCode(...points)) : undefined;
  }
  if (kind === 'S') return strip(data.toString('latin1', 0, size));
  if (![1, 2, 4, 8].includes(size) || data.length < size) return undefined;
  if (kind === 'i' || kind === 'u') {
    const ordered = [...data.subarray(0, size)];
    if (isLittle) ordered.reverse();
    const digits = BigInt(`0x${Buffer.from(ordered).toString('hex')}`);
    return String(kind === 'i' ? BigInt.asIntN(8 * size, digits) : digits);
  }
  return undefined;
}

const strip = (text: string): string => text.replace(/\0+$/, '').trim();
