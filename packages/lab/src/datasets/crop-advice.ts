import { UserError } from '@sdnet/training';
import type { DecodedImage } from 'sdnet';

/** What to do about images whose faces are not cropped. */
export const cropAdvice = (dataset: string, data: string): string =>
  `Or crop the faces: sdnet datasets crop --dataset ${dataset} --data ${data} --out DIR`;

/** Passes a cropped image on; throws a `UserError` that ends with `problem` for any other, as crops are square. */
export function requireSquare(image: DecodedImage, name: string, problem: string): DecodedImage {
  if (image.width === image.height) return image;
  throw new UserError(`${problem} (${name} is ${image.width}×${image.height}: a whole frame.)`);
}
