import { printable } from './printable.js';

/**
 * Tensors in a file: the safetensors format (a length, a JSON header, the data), which PyTorch and many others read.
 * Written files carry the SHA-256 of header and data in their metadata, so that damage is noticed. In a browser that
 * takes a secure context: a page served over https or from localhost.
 */

export interface NamedArray {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array;
}

export interface TensorFile {
  readonly tensors: ReadonlyMap<string, NamedArray>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Whether the file carries a SHA-256, which is then the right one. */
  readonly verified: boolean;
}

interface HeaderEntry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

const lengthBytes = 8;
/** Thousands of tensors take some hundred kilobytes. */
const largestHeader = 10_000_000;
/** An object of objects with lists. */
const deepestNesting = 3;
const highestRank = 32;
const checksumKey = 'sdnet.sha256';
const elementSizes: Readonly<Record<string, number>> = { F32: 4, F64: 8 };

/** The bytes of a safetensors file with float32 tensors. Throws where a tensor's shape is not that of its data. */
export async function encodeSafetensors(
  tensors: ReadonlyMap<string, { shape: readonly number[]; data: Float32Array }>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  let offset = 0;
  const entries = [...tensors].map(([name, { shape, data }]) => {
    if (!shape.every(isCount) || elementsOf(shape) !== data.length)
      throw new Error(
        `The tensor ${printable(name)} of shape [${shape.join(', ')}] has ${data.length} values and cannot be written.`,
      );
    const begin = offset;
    offset += data.byteLength;
    return [name, { dtype: 'F32', shape: [...shape], data_offsets: [begin, offset] }] as const;
  });
  const data = new Uint8Array(offset);
  for (const [index, { data: values }] of [...tensors.values()].entries())
    data.set(
      new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
      entries[index]![1].data_offsets[0],
    );

  const header = (described: Readonly<Record<string, string>>) =>
    JSON.stringify({ __metadata__: described, ...Object.fromEntries(entries) });
  const checksum = await digest(header(metadata), data);
  const text = new TextEncoder().encode(header({ ...metadata, [checksumKey]: checksum }));
  // The data starts at a multiple of 8 bytes; the header is filled up with spaces.
  const headerLength = Math.ceil(text.length / 8) * 8;
  const file = new Uint8Array(lengthBytes + headerLength + data.length).fill(
    0x20,
    lengthBytes,
    lengthBytes + headerLength,
  );
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength), true);
  file.set(text, lengthBytes);
  file.set(data, lengthBytes + headerLength);
  return file;
}

/**
 * Reads a safetensors file of float32 or float64 tensors.
 *
 * @throws where it is cut short, damaged or no safetensors file; the message says what is wrong
 */
export async function decodeSafetensors(bytes: Uint8Array): Promise<TensorFile> {
  if (!ArrayBuffer.isView(bytes))
    throw new Error('The bytes of a safetensors file are expected as a Uint8Array.');
  // A Buffer's slice would share its memory, unlike a Uint8Array's.
  const file = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.length < lengthBytes) throw new Error(`too short for a safetensors file: ${file.length} bytes.`);
  const headerLength = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  if (headerLength > largestHeader)
    throw new Error('not a safetensors file: its header would be larger than 10 MB.');
  if (file.length < lengthBytes + headerLength)
    throw new Error(`cut short: a header of ${headerLength} bytes in a file of ${file.length}.`);
  const { metadata, entries } = parseHeader(file.subarray(lengthBytes, lengthBytes + headerLength));
  const data = file.slice(lengthBytes + headerLength);

  const needed = requireGapless(entries);
  if (data.length !== needed)
    throw new Error(
      `${data.length < needed ? 'cut short' : 'too long'}: ${data.length} bytes of data where the header says ${needed}.`,
    );
  const { [checksumKey]: checksum, ...described } = metadata;
  if (
    checksum !== undefined &&
    checksum !== (await digest(JSON.stringify({ __metadata__: described, ...entries }), data))
  )
    throw new Error('damaged: its SHA-256 is not the one it was written with.');

  const tensors = new Map<string, NamedArray>();
  for (const [
    name,
    {
      dtype,
      shape,
      data_offsets: [begin, end],
    },
  ] of Object.entries(entries)) {
    const elementSize = Object.hasOwn(elementSizes, dtype) ? elementSizes[dtype] : undefined;
    if (elementSize === undefined)
      throw new Error(`the tensor ${printable(name)} is ${printable(dtype)}; F32 or F64 is expected.`);
    if (elementsOf(shape) * elementSize !== end - begin)
      throw new Error(
        `the tensor ${printable(name)} of shape [${shape.join(', ')}] does not fill its ${end - begin} bytes.`,
      );
    const bytes = data.slice(begin, end).buffer;
    tensors.set(name, { shape, data: dtype === 'F32' ? new Float32Array(bytes) : new Float64Array(bytes) });
  }
  return { tensors, metadata: described, verified: checksum !== undefined };
}

/** The length of the data, in which each tensor has to begin where another ends. */
function requireGapless(entries: Header['entries']): number {
  const places = Object.entries(entries).map(([name, { data_offsets: offsets }]) => ({ name, offsets }));
  places.sort(({ offsets: [a, aEnd] }, { offsets: [b, bEnd] }) => a - b || aEnd - bEnd);
  let end = 0;
  for (const { name, offsets } of places) {
    if (offsets[0] !== end)
      throw new Error(
        `damaged: the tensor ${printable(name)} begins at byte ${offsets[0]} of the data, and the one before it ends at ${end}.`,
      );
    end = offsets[1];
  }
  return end;
}

interface Header {
  metadata: Record<string, string>;
  entries: Record<string, HeaderEntry>;
}

function parseHeader(bytes: Uint8Array): Header {
  let header: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    // Millions of brackets would take gigabytes.
    if (!isShallow(bytes)) throw new Error('nested too deeply');
    header = JSON.parse(text);
  } catch {
    throw new Error('not a safetensors file, or damaged: its header is no JSON.');
  }
  const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  const isEntry = (value: unknown) =>
    isObject(value) &&
    typeof value.dtype === 'string' &&
    Array.isArray(value.shape) &&
    value.shape.length <= highestRank &&
    value.shape.every(isCount) &&
    Array.isArray(value.data_offsets) &&
    value.data_offsets.length === 2 &&
    value.data_offsets.every(isCount) &&
    value.data_offsets[0] <= value.data_offsets[1];
  const isMetadata = (value: unknown) =>
    isObject(value) && Object.values(value).every((entry) => typeof entry === 'string');
  if (
    !isObject(header) ||
    !Object.entries(header).every(([name, value]) =>
      name === '__metadata__' ? isMetadata(value) : isEntry(value),
    )
  )
    throw new Error('not a safetensors file, or damaged: its header does not describe tensors.');
  const { __metadata__: metadata = {}, ...entries } = header;
  return { metadata, entries } as Header;
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const elementsOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** Whether JSON, as UTF-8, nests no deeper than a header does. */
function isShallow(bytes: Uint8Array): boolean {
  const [quote, backslash] = [0x22, 0x5c];
  let depth = 0;
  let quoted = false;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index]!;
    if (byte === quote) quoted = !quoted;
    else if (quoted) {
      if (byte === backslash) index++;
      // [ and {, ] and } differ by one bit.
    } else if ((byte | 0x20) === 0x7b) {
      if (++depth > deepestNesting) return false;
    } else if ((byte | 0x20) === 0x7d) depth--;
  }
  return true;
}

async function digest(header: string, data: Uint8Array<ArrayBuffer>): Promise<string> {
  // Browsers leave `subtle` out of pages that came over plain http.
  if (!crypto.subtle)
    throw new Error(
      'the SHA-256 of a safetensors file needs a secure context: serve the page over https or from localhost.',
    );
  const text = new TextEncoder().encode(header);
  const all = new Uint8Array(text.length + data.length);
  all.set(text);
  all.set(data, text.length);
  const hash = await crypto.subtle.digest('SHA-256', all);
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
