import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { UserError } from '@sdnet/training';
import { type DecodedImage, type Face, fileError, fileProblem } from 'sdnet';
import { drawFaces } from '../drawing/draw-faces.js';
import { drawnNames } from '../drawing/drawn-names.js';
import { drawnBySdnet } from '../drawing/encode-picture.js';
import { writeFile } from '../files/write-file.js';

/** Draws the faces of one of the images; what cannot be written is a `UserError`. */
export type DrawInto = (file: string, image: DecodedImage, faces: readonly Face[]) => Promise<void>;

/**
 * Makes the folder that pictures of `files` with their faces are drawn into. Only pictures that an earlier command drew
 * are replaced.
 *
 * @throws UserError where the folder cannot be made, holds one of the images, or holds a file of another's that would be
 * replaced
 */
export async function drawingsIn(folder: string, files: readonly string[]): Promise<DrawInto> {
  const names = drawnNames(files);
  refuseWithin(folder, files);
  makeFolder(folder);
  for (const [file, { name }] of names) await refuseOthers(join(folder, name), file);
  return async (file, image, faces) => {
    const { name, format } = names.get(file)!;
    const target = join(folder, name);
    const picture = await drawFaces(image, faces, format);
    makeFolder(dirname(target));
    await writeFile(target, picture);
  };
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new UserError(`${folder}: the folder cannot be made: ${fileProblem(error)}.`, { cause: error });
  }
}

/** Originals would be replaced, or drawings be drawn upon. */
function refuseWithin(folder: string, files: readonly string[]): void {
  if (!existsSync(folder)) return;
  const inside = realpathSync(folder) + sep;
  const found = files.find(
    (file) => file !== '-' && existsSync(file) && realpathSync(file).startsWith(inside),
  );
  if (found !== undefined)
    throw new UserError(
      `${folder}: ${found} lies there and is read. Name a folder for the drawn pictures that holds none of the images.`,
    );
}

async function refuseOthers(target: string, file: string): Promise<void> {
  let content: Buffer;
  try {
    content = await readFile(target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw fileError(target, error);
  }
  if (!content.includes(drawnBySdnet))
    throw new UserError(
      `${target}: is there and was not drawn by sdnet, so ${file} is not drawn over it. Move it, or name another folder.`,
    );
}
