import { existsSync, lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { nodeRuntime } from '@sdnet/autograd/node';
import { back, shortRange } from '@sdnet/model-blazeface';
import { UserError } from '@sdnet/training';
import {
  createDetector,
  cropFace,
  type DecodedImage,
  type Detection,
  type Detector,
  type RawImage,
} from 'sdnet';
import sharp from 'sharp';
import type { DatasetName } from '../datasets/index.js';
import { csvText } from '../files/csv-text.js';
import { replaceFile, writeFile } from '../files/write-file.js';
import { type CropEntry, type CropJournal, journalFile, openJournal } from './crop-journal.js';
import type { CropPlan, PlannedImage } from './crop-plan.js';
import { planCrop } from './plans.js';

export interface CropOptions {
  readonly dataset: DatasetName;
  /** Where the data set is; nothing is written there. */
  readonly data: string;
  /** The new folder. It is there when all is done, and not before: until then the work is in `unfinishedFolder(out)`. */
  readonly out: string;
  /** Stops after the image at hand. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Hears of each image that cannot be read, which is then left out. */
  readonly onUnreadable?: ((message: string) => void) | undefined;
}

/** What came of a data set. */
export interface CropResult {
  /** False where it was stopped; the same call goes on. */
  readonly finished: boolean;
  readonly images: number;
  readonly cropped: number;
  /** Images in which no face was found; some of them were cropped where the next frame of their sequence has one. */
  readonly withoutFace: number;
  readonly croppedLikeNeighbour: number;
  /** Images in which several faces were found, of which the largest was cropped. */
  readonly severalFaces: number;
  readonly unreadable: number;
  /** What the loader takes as `data`. */
  readonly data: string;
  /** The table of the images without a face, with several, and unreadable. */
  readonly report: string;
}

/** Name of the table in the new folder. */
const reportFile = 'crop-report.csv';

/** Raised where the same image would become another crop. */
const version = 1;

/**
 * Detects, aligns and crops the face of each image of a data set, by the functions that recognise photos, and writes the
 * crops in a layout that the data set's loader takes. Of several faces the largest is taken. A call that was interrupted,
 * in whatever way, goes on where it was.
 *
 * @throws UserError where the data set is not cropped, is missing or wrong, or `out` is there already or lies within it
 */
export async function cropDataset({
  dataset,
  data,
  out,
  signal,
  onProgress,
  onUnreadable,
}: CropOptions): Promise<CropResult> {
  const plan = await planCrop(dataset, data);
  requireApart(data, out);
  const work = unfinishedFolder(out);
  await mkdir(work, { recursive: true });
  const task = JSON.stringify({ version, dataset, data: realpathSync(data), size: plan.size });
  if (!existsSync(join(work, journalFile)) && readdirSync(work).length > 0)
    throw new UserError(
      `${work}: is there, and not of an unfinished crop. Remove it, or name another --out.`,
    );
  const journal = await openJournal(work, task);
  const entries = await cropImages(plan, work, journal, { signal, onProgress, onUnreadable });
  const counts = countsOf(entries, plan);
  const result = { ...counts, data: join(out, plan.data ?? ''), report: join(out, reportFile) };
  if (entries.length < plan.images.length) return { finished: false, ...result };
  if (result.cropped === 0) {
    await rm(work, { recursive: true });
    throw new UserError(`${data}: no face was found in any of its ${plan.images.length} images.`);
  }
  const cropped = new Set(entries.flatMap(({ crop }) => crop ?? []));
  const beside = plan.beside(cropped);
  for (const { target, content } of beside) {
    await mkdir(dirname(join(work, target)), { recursive: true });
    await writeFile(join(work, target), content);
  }
  await writeFile(join(work, reportFile), reportOf(entries));
  const files = [...cropped, ...beside.map(({ target }) => target), reportFile, journalFile];
  await keepOnly(work, new Set(files.map((file) => join(work, file))));
  const target = realPath(out);
  // An empty folder, which nothing else may be.
  if (existsSync(target)) await rmdir(target);
  await rename(work, target);
  // The last, as without it the work is not known for what it is.
  await rm(join(target, journalFile));
  return { finished: true, ...result };
}

/** Where the work is until all is done: beside the folder, also beside one that a link leads to. */
export const unfinishedFolder = (out: string): string => `${realPath(out)}.unfinished`;

/** Removes what interrupted calls left in a folder: half a crop, crops of images that have been moved or removed since. */
async function keepOnly(folder: string, files: ReadonlySet<string>): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) {
      if (!files.has(path)) await rm(path);
      continue;
    }
    await keepOnly(path, files);
    if ((await readdir(path)).length === 0) await rmdir(path);
  }
}

/** Throws a `UserError` where `out` is not new, or one of it and the data lies within the other. */
function requireApart(data: string, out: string): void {
  const status = statSync(out, { throwIfNoEntry: false });
  if (status && !(status.isDirectory() && readdirSync(out).length === 0))
    throw new UserError(`${out}: is there already. Name a new folder, or remove it.`);
  if (!status && lstatSync(out, { throwIfNoEntry: false }))
    throw new UserError(`${out}: a link that leads nowhere. Name a new folder, or remove it.`);
  const folder = statSync(data).isDirectory() ? data : dirname(resolve(data));
  const source = realpathSync(folder);
  const target = realPath(out);
  if (status && status.dev !== statSync(dirname(target)).dev)
    throw new UserError(
      `${out}: another disk begins here, so that it cannot be made anew. Name a new folder in it.`,
    );
  if (isWithin(source, target) || isWithin(target, source))
    throw new UserError(
      `${out}: lies within ${folder}, where the data is, or the other way round. Name a folder elsewhere.`,
    );
}

/** The real path of what may not be there yet. */
function realPath(path: string): string {
  const whole = resolve(path);
  if (existsSync(whole)) return realpathSync(whole);
  return join(realPath(dirname(whole)), relative(dirname(whole), whole));
}

function isWithin(folder: string, path: string): boolean {
  const from = relative(folder, path);
  return from === '' || !(from.split(sep)[0] === '..' || isAbsolute(from));
}

type Reporting = Pick<CropOptions, 'signal' | 'onProgress' | 'onUnreadable'>;

/** Crops what is not known yet; answers what came of all images so far, in the order of the plan. */
async function cropImages(
  { images, size }: CropPlan,
  work: string,
  { known, add }: CropJournal,
  { signal, onProgress, onUnreadable }: Reporting,
): Promise<CropEntry[]> {
  const entries: CropEntry[] = [];
  const detector = await createDetector(nodeRuntime, {
    back: await readFile(back),
    shortRange: await readFile(shortRange),
  });
  try {
    for (const sequence of sequencesOf(images)) {
      const done = sequence.map(({ source, version }) => {
        const entry = known.get(source);
        return entry?.version === version ? entry : undefined;
      });
      const isDone = done.every((entry) => entry !== undefined);
      const found = isDone
        ? (done as CropEntry[])
        : await cropSequence(sequence, size, work, detector, signal);
      if (found === undefined) break;
      if (!isDone) await add(found);
      for (const { problem } of found) if (problem !== undefined) onUnreadable?.(problem);
      entries.push(...found);
      onProgress?.(entries.length, images.length);
    }
  } finally {
    await detector.release();
  }
  return entries;
}

/** The images of each sequence together; others alone. */
function sequencesOf(images: readonly PlannedImage[]): PlannedImage[][] {
  const sequences: PlannedImage[][] = [];
  for (const image of images) {
    const last = sequences.at(-1);
    if (last && image.sequence !== undefined && last[0]!.sequence === image.sequence) last.push(image);
    else sequences.push([image]);
  }
  return sequences;
}

/** What was found in an image that could be read. */
interface Found {
  readonly faces: number;
  readonly face: Detection | undefined;
  readonly width: number;
  readonly height: number;
}

/** Crops the images of a sequence; nothing where it was stopped. */
async function cropSequence(
  sequence: readonly PlannedImage[],
  size: number,
  work: string,
  detector: Detector,
  signal: AbortSignal | undefined,
): Promise<CropEntry[] | undefined> {
  const found: (Found | { readonly problem: string })[] = [];
  for (const { read, target } of sequence) {
    if (signal?.aborted) return undefined;
    const image = await orProblem(read);
    if ('problem' in image) {
      found.push(image);
      continue;
    }
    const faces = await detector.detect(image);
    const face = largest(faces);
    if (face) await writeCrop(image, face, size, join(work, target));
    found.push({ faces: faces.length, face, width: image.width, height: image.height });
  }
  const entries: CropEntry[] = [];
  for (const [index, { source, version, target, read }] of sequence.entries()) {
    const one = found[index]!;
    if ('problem' in one) {
      entries.push({ source, version, faces: 0, problem: one.problem });
      continue;
    }
    const like = one.face ? undefined : nearest(found, index);
    if (like !== undefined)
      await writeCrop(await read(), (found[like] as Found).face!, size, join(work, target));
    entries.push({
      ...{ source, version, faces: one.faces },
      ...((one.face || like !== undefined) && { crop: target }),
      ...(like !== undefined && { like: sequence[like]!.source }),
    });
  }
  return entries;
}

async function orProblem(
  read: () => Promise<DecodedImage>,
): Promise<DecodedImage | { readonly problem: string }> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UserError) return { problem: error.message };
    throw error;
  }
}

const areaOf = ({ box }: Detection): number => box.width * box.height;

const largest = (faces: readonly Detection[]): Detection | undefined =>
  faces.reduce<Detection | undefined>(
    (best, face) => (best && areaOf(best) >= areaOf(face) ? best : face),
    undefined,
  );

/** The index of the nearest frame of the same size in which a face was found. */
function nearest(
  found: readonly (Found | { readonly problem: string })[],
  index: number,
): number | undefined {
  const frame = found[index] as Found;
  return found
    .flatMap((other, at) => {
      const fits =
        'face' in other && other.face && other.width === frame.width && other.height === frame.height;
      return fits ? [at] : [];
    })
    .sort((a, b) => Math.abs(a - index) - Math.abs(b - index))[0];
}

async function writeCrop(image: RawImage, face: Detection, size: number, file: string): Promise<void> {
  const { pixels, channels } = cropFace(image, face, size, image.channels === 1 ? 1 : 3);
  const png = await sharp(pixels, { raw: { width: size, height: size, channels: channels as 1 | 3 } })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .png()
    .toBuffer();
  await mkdir(dirname(file), { recursive: true });
  await replaceFile(file, [png]);
}

const countsOf = (entries: readonly CropEntry[], { images }: CropPlan) => {
  const count = (fits: (entry: CropEntry) => boolean) => entries.filter(fits).length;
  return {
    images: images.length,
    cropped: count(({ crop }) => crop !== undefined),
    withoutFace: count(({ faces, problem }) => faces === 0 && problem === undefined),
    croppedLikeNeighbour: count(({ like }) => like !== undefined),
    severalFaces: count(({ faces }) => faces > 1),
    unreadable: count(({ problem }) => problem !== undefined),
  };
};

/** A row for each image in which not just one face was found: `file`, `faces`, `crop` (may be empty) and `note`. */
function reportOf(entries: readonly CropEntry[]): string {
  const note = ({ faces, like, problem }: CropEntry): string => {
    if (problem !== undefined) return problem;
    if (faces > 1) return 'several faces: the largest was cropped';
    return like === undefined ? 'no face: left out' : `no face: cropped where ${like} has one`;
  };
  return csvText([
    ['file', 'faces', 'crop', 'note'],
    ...entries
      .filter(({ faces }) => faces !== 1)
      .map((entry) => [entry.source, entry.faces, entry.crop ?? '', note(entry)]),
  ]);
}
