import { statSync } from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';
import { expressions, UserError } from '@sdnet/training';
import { findCkPlus, listSequences } from '../datasets/ck-plus.js';
import { listFer2013Folders } from '../datasets/fer2013-folders.js';
import { loadPublishedFer2013 } from '../datasets/fer2013.js';
import type { DatasetName } from '../datasets/index.js';
import { listClassFolders } from '../datasets/list-class-folders.js';
import { listSubjects } from '../datasets/list-subjects.js';
import { readManifest } from '../datasets/manifest.js';
import { findRawOuluCasia, ouluCasiaClasses } from '../datasets/oulu-casia.js';
import { findEmoLabel, findRepacked } from '../datasets/rafdb.js';
import { findSplit, sfewSplits } from '../datasets/sfew.js';
import { csvText } from '../files/csv-text.js';
import { spelling } from '../files/find-folders.js';
import { listFolder } from '../files/list-folder.js';
import { readText } from '../files/read-text.js';
import type { SourceFile } from '../files/source-file.js';
import { isImage, listImages } from '../images/list-images.js';
import type { BesideFile, CropPlan } from './crop-plan.js';
import { asPng, plannedFiles } from './planned-images.js';

/** Side of crops in pixels: at this size the loaders keep images as they are. */
const size = 96;
/** FER2013's. */
const fer2013Size = 48;

const nothing = (): readonly BesideFile[] => [];

/** How each data set is cropped, or why it is not. */
const plans: Readonly<Record<DatasetName, ((data: string) => Promise<CropPlan>) | string>> = {
  'ck+': planCkPlus,
  'oulu-casia': planOuluCasia,
  sfew: planSfew,
  rafdb: planRafDb,
  fer2013: planFer2013,
  folder: planFolder,
  manifest: planManifest,
  'ck+48': 'its images are crops of 48×48 pixels already; crop the original CK+ (ck+)',
  ferplus: 'its labels are those of the rows of fer2013.csv, which crops do not have; crop fer2013',
  affectnet: 'its loader crops the faces by the boxes in its lists, or finds them cropped',
  synthetic: 'it is drawn by code',
};

/**
 * How the data set called `dataset`, at the path `data`, is cropped.
 *
 * @throws UserError where it is not, or its files are missing or wrong
 */
export async function planCrop(dataset: DatasetName, data: string): Promise<CropPlan> {
  const plan = plans[dataset];
  if (typeof plan === 'string') throw new UserError(`The data set ${dataset} is not cropped: ${plan}.`);
  const found = await plan(data);
  if (found.images.length === 0) throw new UserError(`${data}: there are no images of ${dataset} in it.`);
  return found;
}

/** All frames of all sequences, and the labels of those that have any face. */
async function planCkPlus(data: string): Promise<CropPlan> {
  const trees = findCkPlus(data);
  const labels = listSequences(trees.labels);
  const frames = [...listSequences(trees.images)].flatMap(([sequence, folder]) =>
    listImages(trees.images, folder, 'sequence').map((file) => ({ ...file, sequence })),
  );
  const targetOf = ({ path }: SourceFile) => `cohn-kanade-images/${path}`;
  return {
    size,
    images: plannedFiles(trees.images, frames, targetOf, ({ sequence }) => sequence),
    beside: (cropped) => {
      const seen = new Set(
        frames.filter((file) => cropped.has(asPng(targetOf(file)))).map(({ sequence }) => sequence),
      );
      return [...labels].flatMap(([sequence, folder]) =>
        seen.has(sequence)
          ? listFolder(join(trees.labels, folder)).map(({ name }) => ({
              target: `Emotion/${folder}/${name}`,
              content: readText(join(trees.labels, folder, name)),
            }))
          : [],
      );
    },
  };
}

async function planOuluCasia(data: string): Promise<CropPlan> {
  const strong = findRawOuluCasia(data);
  const frames = listSubjects(strong, /^p\d+$/i, 'P001').flatMap(({ folder }) =>
    listClassFolders(strong, folder, ouluCasiaClasses, 'Oulu-CASIA').flatMap(({ path }) =>
      listImages(strong, path, 'sequence'),
    ),
  );
  return {
    size,
    images: plannedFiles(
      strong,
      frames,
      ({ path }) => `VL_Acropped/Strong/${path}`,
      ({ path }) => posix.dirname(path),
    ),
    beside: nothing,
  };
}

async function planSfew(data: string): Promise<CropPlan> {
  const files = sfewSplits.flatMap(([, beginning]) => {
    const split = findSplit(data, beginning);
    const folder = findFilmFrames(data, split);
    return listClassFolders(data, folder, expressions, 'SFEW').flatMap(({ path }) =>
      listImages(data, path).map((file) => ({
        ...file,
        target: posix.join(split, basename(path), posix.basename(file.path)),
      })),
    );
  });
  return { size, images: plannedFiles(data, files, ({ target }) => target), beside: nothing };
}

/** The folder of the classes of a split, on its own level or up to three below, that is not of aligned faces. */
function findFilmFrames(data: string, split: string): string {
  let level = [split];
  for (let below = 0; below <= 3; below++) {
    const folders = level.flatMap((folder) =>
      listFolder(join(data, folder))
        .filter(({ name, isFolder }) => isFolder && !spelling(name).includes('aligned'))
        .map(({ name }) => ({ folder, name })),
    );
    const found = folders.find(({ name }) => spelling(name).startsWith('angry'));
    if (found) return found.folder;
    level = folders.map(({ folder, name }) => posix.join(folder, name));
  }
  throw new UserError(
    `${join(data, split)}: has no class folders (Angry, Disgust …) of film frames. Aligned faces need no crop.`,
  );
}

const alignedName = (name: string): string => `basic/Image/aligned/${name}_aligned.png`;

async function planRafDb(data: string): Promise<CropPlan> {
  const release = findEmoLabel(data);
  if (!release) {
    const { base, files } = findRepacked(data);
    return { size, images: plannedFiles(base, files, ({ path }) => path), beside: nothing };
  }
  const { base, list } = release;
  const nameOf = (line: string) => /^((?:train|test)_\d+)(?:_aligned)?\.\w+\s/i.exec(line.trim())?.[1];
  const lines = readText(list).split(/\r?\n/);
  const listed = new Set(lines.map(nameOf));
  const files = listImages(base, 'Image/original', 'folder').filter(({ path }) =>
    listed.has(posix.parse(path).name),
  );
  return {
    data: 'basic',
    size,
    images: plannedFiles(base, files, ({ path }) => alignedName(posix.parse(path).name)),
    beside: (cropped) => [
      {
        target: `basic/EmoLabel/${basename(list)}`,
        content: lines
          .filter((line) => cropped.has(alignedName(nameOf(line) ?? '')))
          .map((line) => `${line}\n`)
          .join(''),
      },
    ],
  };
}

/** In the folders in which it is passed on, whether it comes in these or as CSV. */
async function planFer2013(data: string): Promise<CropPlan> {
  const { isFolders, files } = fer2013Files(data);
  if (isFolders)
    return {
      size: fer2013Size,
      images: plannedFiles(data, files, ({ path }) => path),
      beside: nothing,
    };
  const { samples, pixels, classNames, width, height } = await loadPublishedFer2013(data);
  const parts = { train: 'train/Training', validation: 'test/PublicTest', test: 'test/PrivateTest' };
  return {
    size: fer2013Size,
    images: samples.map(({ source, label, split }, index) => {
      const [folder, kind] = parts[split!].split('/');
      const image = pixels.subarray(index * width * height, (index + 1) * width * height);
      return {
        source,
        version: '',
        read: async () => ({ width, height, channels: 1, pixels: image }),
        target: `${folder}/${classNames[label]}/${kind}_${index + 1}.png`,
      };
    }),
    beside: nothing,
  };
}

function fer2013Files(data: string): { isFolders: boolean; files: readonly SourceFile[] } {
  const isCsv = !isFolder(data) || listFolder(data).some(({ name }) => name === 'fer2013.csv');
  return isCsv ? { isFolders: false, files: [] } : { isFolders: true, files: listFer2013Folders(data) };
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

async function planFolder(data: string): Promise<CropPlan> {
  return { size, images: plannedFiles(data, imagesBelow(data, ''), ({ path }) => path), beside: nothing };
}

function imagesBelow(root: string, folder: string): SourceFile[] {
  return listFolder(join(root, folder)).flatMap(({ name, isFile, isFolder, size, modified }) => {
    const path = posix.join(folder, name);
    if (isFolder) return imagesBelow(root, path);
    return isFile && isImage(name) ? [{ path, size, modified }] : [];
  });
}

async function planManifest(data: string): Promise<CropPlan> {
  const root = dirname(data);
  const rows = await readManifest(data, root);
  const targetOf = ({ path }: SourceFile) => asPng(path);
  const files = rows.map(({ file }) => file);
  return {
    data: 'manifest.csv',
    size,
    images: plannedFiles(root, files, targetOf),
    beside: (cropped) => {
      const columns = [
        'file',
        'label',
        ...(rows.some(({ subject }) => subject !== undefined) ? ['subject'] : []),
        ...(rows.some(({ split }) => split !== undefined) ? ['split'] : []),
      ];
      const kept = rows.filter(({ file }) => cropped.has(targetOf(file)));
      const cells = kept.map(({ file, label, subject = '', split = '' }) =>
        columns.map((column) => ({ file: targetOf(file), label, subject, split })[column]!),
      );
      return [{ target: 'manifest.csv', content: csvText([columns, ...cells]) }];
    },
  };
}
