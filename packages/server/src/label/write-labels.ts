import { extname } from 'node:path';
import { beginOutput, csvText, faceCells, faceColumns, type NewFile, visibleJson } from '@sdnet/lab/cli';
import { ByteWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import type { Face } from 'sdnet';
import type { LabelledFile } from './ledger.js';

/** Writes files and their labels in a format. */
interface Writer {
  write(file: LabelledFile): Promise<void>;
  finish(): Promise<void>;
}

type Format = (file: NewFile, classNames: readonly string[]) => Promise<Writer>;

/** By the ending of a file's name. */
const formats: Readonly<Record<string, Format>> = {
  '.jsonl': jsonLines,
  '.csv': csv,
  '.parquet': parquet,
};

export const outputEndings = Object.keys(formats);

export const isOutputName = (path: string): boolean => extname(path).toLowerCase() in formats;

/**
 * Writes labels, in the format that the name ends with, whole or not at all.
 *
 * @throws UserError where it cannot be written
 */
export async function writeLabels(
  path: string,
  files: Iterable<LabelledFile>,
  classNames: readonly string[],
): Promise<void> {
  const output = await beginOutput(path);
  try {
    const writer = await formats[extname(path).toLowerCase()]!(output, classNames);
    for (const file of files) await writer.write(file);
    await writer.finish();
    await output.keep();
  } finally {
    await output.discard();
  }
}

/** A line for each image and each frame of a video, and one for what could not be read. */
async function jsonLines(output: NewFile): Promise<Writer> {
  const lines = batched(1000, (texts: readonly string[]) => output.write(texts.join('')));
  return {
    async write({ path: file, outcome: { hash: sha256, labels, error } }) {
      const objects: object[] = [];
      if (labels && 'faces' in labels) objects.push({ file, sha256, ...labels });
      if (labels && 'frames' in labels)
        for (const frame of labels.frames) objects.push({ file, sha256, ...frame });
      if (error !== undefined) objects.push({ file, sha256, error });
      for (const object of objects) await lines.add(`${visibleJson(object)}\n`);
    },
    finish: lines.flush,
  };
}

type Cells = readonly (string | number | null)[];

/** `time` and `id` are of videos; a file without faces has a row without them. */
const columnsOf = (classNames: readonly string[]): string[] => [
  ...['file', 'sha256', 'time', 'id', ...faceColumns(classNames), 'error'],
];

/** A row for each face, of a video in each frame; and one for a file without faces, or that could not be read. */
function rowsOf({ path, outcome }: LabelledFile, classNames: readonly string[]): Cells[] {
  const { hash = null, labels, error } = outcome;
  const none = faceColumns(classNames).map(() => null);
  const row = (time: number | null, id: number | null, face: Face): Cells => [
    ...[path, hash, time, id, ...faceCells(face, classNames), null],
  ];
  const rows =
    labels === undefined
      ? []
      : 'faces' in labels
        ? labels.faces.map((face) => row(null, null, face))
        : labels.frames.flatMap(({ time, faces }) => faces.map((face) => row(time, face.id, face)));
  if (rows.length === 0 || error !== undefined) rows.push([path, hash, null, null, ...none, error ?? null]);
  return rows;
}

async function csv(output: NewFile, classNames: readonly string[]): Promise<Writer> {
  await output.write(csvText([columnsOf(classNames)]));
  const rows = batched(1000, (cells: readonly Cells[]) =>
    output.write(csvText(cells.map((row) => row.map((cell) => cell ?? '')))),
  );
  return {
    async write(file) {
      for (const row of rowsOf(file, classNames)) await rows.add(row);
    },
    finish: rows.flush,
  };
}

/** Rows that are in memory together. */
const rowGroup = 50_000;

async function parquet(output: NewFile, classNames: readonly string[]): Promise<Writer> {
  const bytes = new ByteWriter();
  const names = columnsOf(classNames);
  const isText = (name: string) => ['file', 'sha256', 'expression', 'error'].includes(name);
  const schema: SchemaElement[] = [
    { name: 'root', num_children: names.length },
    ...names.map((name): SchemaElement =>
      isText(name)
        ? { name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' }
        : { name, type: name === 'id' ? 'INT32' : 'DOUBLE', repetition_type: 'OPTIONAL' },
    ),
  ];
  const writer = new ParquetWriter({ writer: bytes, schema });
  async function flushBytes() {
    await output.write(new Uint8Array(bytes.buffer.slice(0, bytes.index)));
    bytes.index = 0;
  }
  const rows = batched(rowGroup, async (cells: readonly Cells[]) => {
    await writer.write({
      columnData: names.map((name, column) => ({ name, data: cells.map((row) => row[column] ?? null) })),
      rowGroupSize: rowGroup,
    });
    await flushBytes();
  });
  return {
    async write(file) {
      for (const row of rowsOf(file, classNames)) await rows.add(row);
    },
    async finish() {
      await rows.flush();
      await writer.finish();
      await flushBytes();
    },
  };
}

/** Gathers what is written together. */
function batched<Item>(most: number, write: (items: readonly Item[]) => Promise<void>) {
  let items: Item[] = [];
  async function flush(): Promise<void> {
    const taken = items;
    items = [];
    if (taken.length > 0) await write(taken);
  }
  return {
    async add(item: Item): Promise<void> {
      if (items.push(item) >= most) await flush();
    },
    flush,
  };
}
