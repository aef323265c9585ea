import { type DecodedImage, decodeImage } from 'sdnet';
import type { ImageFile } from './expand-images.js';
import { complain } from './output.js';
import { readStandardInput } from './standard-input.js';

/** The pixels of an image file or of standard input. Throws a `UserError` where it cannot be read. */
export async function decodeImageFile({ file, problem }: ImageFile): Promise<DecodedImage> {
  if (problem) throw problem;
  return decodeImage(file === '-' ? await readStandardInput() : file, file, complain);
}
